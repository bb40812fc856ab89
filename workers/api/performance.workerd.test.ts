import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { readClosedTrades, readDailyEquity } from "../../adapters/d1/performance.ts";
import { projectEntries } from "../../adapters/d1/project.ts";
import type { PerformanceView } from "../../domain/api/performance.ts";
import { appendEntries, GENESIS } from "../../domain/journal/chain.ts";
import type { JournalEntry, LedgerRecord } from "../../domain/journal/entry.ts";
import { sampleEquity, samplePosition, sampleTrade } from "../../domain/journal/sample-entries.ts";
import { DAY_MS } from "../../domain/statistics/daily-equity.ts";
import { openPortfolio, reducePortfolio } from "../../domain/trading/portfolio.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { createApi } from "./app.ts";
import { readPerformance } from "./performance.ts";

const api = createApi();
const DAY = 20_778;
const NOW_MS = DAY * DAY_MS + 43_200_000;

let records = 0;
function equity(daysAgo: number, hour: number, lamports: number, peak = lamports, ledger: "paper-A" | "live-A" = "paper-A"): JournalEntry {
  records += 1;
  return sampleEquity(`equity-${records}`, {
    atMs: (DAY - daysAgo) * DAY_MS + hour * 3_600_000,
    ledger,
    equityLamports: String(lamports),
    peakLamports: String(peak),
    drawdownBps: Math.floor(((peak - lamports) * 10_000) / peak),
  });
}

function deposit(daysAgo: number, hour: number, lamports: number): LedgerRecord {
  records += 1;
  return {
    kind: "ledger",
    id: `ledger-${records}`,
    atMs: (DAY - daysAgo) * DAY_MS + hour * 3_600_000,
    ledger: "paper-A",
    isDryRun: true,
    movement: "flow",
    positionId: null,
    postings: [
      { account: "cash", lamports: String(lamports) },
      { account: "capital", lamports: String(-lamports) },
    ],
  };
}

function closed(id: string, daysAgo: number, pnl: number): JournalEntry[] {
  const closedAtMs = (DAY - daysAgo) * DAY_MS + 7_200_000;
  return [
    samplePosition(id, { id: `${id}:closed`, status: "closed", stopLossBps: 1_000, atMs: closedAtMs }),
    sampleTrade(id, { atMs: closedAtMs, closedAtMs, holdMs: 60_000, costLamports: "1000", pnlLamports: String(pnl) }),
  ];
}

async function project(...entries: JournalEntry[]): Promise<void> {
  await projectEntries(env.DB, appendEntries(GENESIS, entries), 1);
}

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
});

describe("performance", () => {
  test("daily closes, a fall within a day, a deposit, trades with their risk", async () => {
    await project(
      equity(3, 1, 1_000),
      equity(3, 5, 900, 1_000),
      equity(3, 20, 1_100),
      equity(3, 21, 5_000, 5_000, "live-A"),
      ...closed("a", 3, 100),
      // No record two days ago; a deposit yesterday, which the books journal before the equity of the same moment.
      deposit(1, 6, 1_100),
      equity(1, 6, 2_200, 2_200),
      equity(1, 12, 1_980, 2_200),
      ...closed("b", 1, -200),
      equity(0, 2, 1_980, 2_200),
    );
    const view = await readPerformance(env.DB, "paper-A", 30, NOW_MS);
    expect(view.days.map((day) => [day.date, day.equityLamports, day.flowLamports, day.pnlLamports, day.trades, day.isOver])).toEqual([
      ["2026-11-18", "1100", "0", "100", 1, true],
      ["2026-11-19", "1100", "0", "0", 0, true],
      ["2026-11-20", "1980", "1100", "-220", 1, true],
      ["2026-11-21", "1980", "0", "0", 0, false],
    ]);
    [0.1, 0, -0.1, 0].forEach((expected, day) => {
      expect(view.days[day]?.periodReturn).toBeCloseTo(expected, 12);
    });
    expect(view).toMatchObject({
      fromDate: "2026-11-18",
      completeDays: 3,
      daysAsked: 30,
      isTruncated: false,
      equity: { baseLamports: "1000", equityLamports: "1980", flowLamports: "1100", pnlLamports: "-120" },
      trades: {
        count: 2,
        wins: 1,
        losses: 1,
        pnlLamports: "-100",
        profitFactor: 0.5,
        tradesWithRisk: 2,
        perDay: 2 / 3,
        averageHoldMs: 60_000,
      },
      drawdown: { peakDate: "2026-11-18" },
    });
    expect(view.trades.expectancyR).toBeCloseTo((1 - 2) / 2, 12);
    expect(view.drawdown?.max).toBeCloseTo(0.1, 12);
    expect(view.equity?.totalReturn).toBeCloseTo(-0.01, 12);
  });

  test("a deposit as the books journal it is no return", async () => {
    const opening = { ledger: "live-A", openingLamports: 5_000n, maxPositions: 1, maxDrawdownBps: 1_500, solUsd: 150 } as const;
    const openedMs = (DAY - 1) * DAY_MS + 1_000;
    const opened = openPortfolio(opening, openedMs);
    const event = { type: "external-flow", nowMs: openedMs + 60_000, seenLamports: 5_000n, lamports: 2_500n } as const;
    const moved = reducePortfolio(opened.state, event);
    expect(moved.answer.ok).toBe(true);
    await project(...[...opened.effects, ...moved.effects].flatMap((effect) => (effect.type === "journal" ? [effect.entry] : [])));
    const view = await readPerformance(env.DB, "live-A", 30, NOW_MS);
    expect(view.equity).toEqual({
      baseLamports: "5000",
      equityLamports: "7500",
      flowLamports: "2500",
      pnlLamports: "0",
      totalReturn: 0,
    });
    expect(view.days[0]).toMatchObject({ flowLamports: "2500", periodReturn: 0, drawdown: 0 });
  });

  test("a shorter period starts from the last equity before it, and leaves older trades out", async () => {
    await project(equity(9, 1, 1_000), equity(5, 1, 2_000), ...closed("old", 5, 1_000), equity(1, 1, 2_200), ...closed("new", 1, 200));
    const view = await readPerformance(env.DB, "paper-A", 2, NOW_MS);
    expect(view).toMatchObject({ fromDate: "2026-11-19", completeDays: 2, equity: { baseLamports: "2000" }, trades: { count: 1 } });
    expect(view.days.map((day) => day.pnlLamports)).toEqual(["0", "200", "0"]);
  });

  test("an idle ledger has zero days up to today, an unknown one has nothing", async () => {
    await project(equity(400, 1, 1_000));
    const view = await readPerformance(env.DB, "paper-A", 365, NOW_MS);
    expect(view).toMatchObject({ completeDays: 365, drawdown: { max: 0 }, returns: { sharpe: null, mean: 0 } });
    const unknown = await readPerformance(env.DB, "live-B", 365, NOW_MS);
    expect(unknown).toMatchObject({ equity: null, drawdown: null, completeDays: 0, trades: { count: 0, winRate: null } });
  });

  test("of a day's records the last and the deepest are read, two of the same moment in their order", async () => {
    await project(
      equity(2, 1, 1_000),
      equity(2, 2, 700, 1_000),
      equity(2, 3, 950, 1_000),
      equity(2, 3, 980, 1_000),
      equity(0, 1, 990, 1_000),
    );
    const input = await readDailyEquity(env.DB, "paper-A", DAY - 30, NOW_MS);
    expect(input?.days.map(({ close, deepest }) => [close.equityLamports, deepest.equityLamports])).toEqual([
      [980n, 700n],
      [990n, 990n],
    ]);
    expect(input).toMatchObject({ base: { equityLamports: 1_000n }, fromDay: DAY - 2, toDay: DAY });
  });

  test("a day costs a few steps through the index, however many records it has", async () => {
    const entries = Array.from({ length: 40 }, (_, day) =>
      Array.from({ length: 50 }, (_, i) => equity(day, i / 3, 1_000_000 + 1_000 * ((i * 37) % 101), 1_101_000)),
    ).flat();
    await project(...entries);
    const plan = await env.DB.prepare(
      "EXPLAIN QUERY PLAN SELECT rowid FROM equity WHERE ledger = 'paper-A' AND at_ms / 86400000 = 5 ORDER BY drawdown_bps DESC LIMIT 1",
    ).all<{ detail: string }>();
    expect(plan.results.map(({ detail }) => detail)).toEqual([
      expect.stringContaining("USING COVERING INDEX equity_day (ledger=? AND <expr>=?)"),
    ]);
    const input = await readDailyEquity(env.DB, "paper-A", DAY - 100, NOW_MS);
    expect(input?.days).toHaveLength(40);
    expect(input?.days.every(({ deepest }) => deepest.equityLamports === 1_000_000n)).toBe(true);
  });

  test("trades come oldest first over all pages", async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
       INSERT INTO trades SELECT 'p' || i, i, 's', 'paper-A', 1, 'm', 'pool', 'SYM', 1, 0, 1000 + i / 3, 5, '1', '1000', '1000', '0',
         CAST(i AS TEXT), 0, 'EXIT_TIME', 'v', NULL FROM n`,
    ).run();
    const { trades, isTruncated } = await readClosedTrades(env.DB, "paper-A", 2_000);
    expect(isTruncated).toBe(false);
    expect(trades.map(({ pnlLamports }) => Number(pnlLamports))).toEqual(Array.from({ length: 25_000 - 2_999 }, (_, i) => 3_000 + i));
    expect(trades[0]).toMatchObject({ stopLossBps: null, costLamports: 1_000n });
  });

  test("the route answers for the mode's ledger and refuses what is no period or ledger", async () => {
    const call = (query: string) => api.request(`http://sniper.test/api/v1/performance${query}`, {}, env);
    const answer = await call("");
    expect(answer.status).toBe(200);
    expect(await answer.json<PerformanceView>()).toMatchObject({ ledger: "paper-A", daysAsked: 365, completeDays: 0 });
    expect((await call("?days=0")).status).toBe(400);
    expect((await call("?days=2001")).status).toBe(400);
    expect((await call("?ledger=paper-C")).status).toBe(400);
  });
});
