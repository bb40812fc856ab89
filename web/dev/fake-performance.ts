import type { PerformanceView } from "../../domain/api/performance.ts";
import { createRng } from "../../domain/random.ts";
import { type CapitalFlow, DAY_MS, dayOf, type RecordedDay } from "../../domain/statistics/daily-equity.ts";
import { PerformanceTally } from "../../domain/statistics/performance.ts";
import { performanceView } from "../../domain/statistics/performance-view.ts";

const OPENING = 7_000_000_000n;
const HISTORY_DAYS = 210;
const DEPOSIT_DAY = 120;
const DEPOSIT = 3_000_000_000n;

/** Invented figures: none for an engine that has seen nothing, a few days for one that trades live, months else. */
export function fakePerformance(ledger: string, daysAsked: number, nowMs: number, seed: string): PerformanceView {
  const history = seed === "empty" ? 0 : seed === "live" ? 3 : HISTORY_DAYS;
  const rng = createRng(`${seed}/${ledger}`);
  const today = dayOf(nowMs);
  const opened = today - history;
  const fromDay = Math.max(opened, today - daysAsked);
  const tally = new PerformanceTally();
  const days: RecordedDay[] = [];
  const flows: CapitalFlow[] = [];
  let base = { atMs: opened * DAY_MS, equityLamports: OPENING, peakLamports: OPENING };
  let equityLamports = OPENING;
  let peakLamports = OPENING;
  for (let day = opened; day <= today && history > 0; day++) {
    const atMs = day * DAY_MS;
    if (day - opened === DEPOSIT_DAY) {
      flows.push({ atMs: atMs + 1, lamports: DEPOSIT, equityBeforeLamports: equityLamports });
      equityLamports += DEPOSIT;
    }
    for (let trade = rng.int(6); trade > 0; trade--) {
      const pnlLamports = BigInt(Math.round((rng.next() < 0.58 ? 0.16 : -0.13) * (0.5 + rng.next()) * 8e8));
      equityLamports += pnlLamports;
      const closed = { closedAtMs: atMs + trade * 1_000, holdMs: 20_000 + rng.int(90_000), costLamports: 800_000_000n, pnlLamports };
      if (day >= fromDay) tally.add({ ...closed, stopLossBps: 1_300 });
    }
    if (equityLamports > peakLamports) peakLamports = equityLamports;
    const close = { atMs: atMs + DAY_MS - 2, equityLamports, peakLamports };
    const dip = { atMs: atMs + DAY_MS / 2, equityLamports: (equityLamports * BigInt(985 - rng.int(20))) / 1_000n, peakLamports };
    if (day >= fromDay) days.push({ close, deepest: rng.next() < 0.3 ? dip : close });
    else base = close;
  }
  const input = history === 0 ? null : { base, days, flows, fromDay, toDay: today };
  return performanceView({ ledger, nowMs, daysAsked, isTruncated: false }, tally.performance(input));
}
