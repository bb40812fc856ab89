import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CapitalFlow, DAY_MS, dailyEquity, dayOf, type EquitySample, type RecordedDay } from "./daily-equity.ts";
import { compoundDrawdown } from "./returns.ts";

const DAY = 20_700;
const HOUR = 3_600_000;

/** A sample `hours` into the period; the peak is the equity unless given. */
function at(hours: number, equityLamports: bigint, peakLamports = equityLamports): EquitySample {
  return { atMs: DAY * DAY_MS + hours * HOUR, equityLamports, peakLamports };
}

function ended(close: EquitySample, deepest = close): RecordedDay {
  return { close, deepest };
}

function flow(hours: number, lamports: bigint, equityBeforeLamports: bigint): CapitalFlow {
  return { atMs: DAY * DAY_MS + hours * HOUR, lamports, equityBeforeLamports };
}

describe("dailyEquity", () => {
  test("opening, a gain, a day without records, a loss", () => {
    const curve = dailyEquity({
      base: at(5, 1_000n),
      days: [ended(at(20, 1_100n)), ended(at(60, 990n, 1_100n))],
      flows: [],
      fromDay: DAY,
      toDay: DAY + 3,
    });
    expect(curve.days.map(({ equityLamports }) => equityLamports)).toEqual([1_100n, 1_100n, 990n, 990n]);
    const returns = curve.days.map(({ dayReturn }) => dayReturn ?? Number.NaN);
    [0.1, 0, -0.1, 0].forEach((expected, day) => {
      expect(returns[day]).toBeCloseTo(expected, 12);
    });
    expect(returns[1]).toBe(0);
    expect(curve.growth).toBeCloseTo(0.99, 12);
    expect(curve.drawdown).toMatchObject({
      peakDay: DAY,
      troughAtMs: at(60, 0n).atMs,
      recoveredDay: null,
      longestUnderwaterDays: 2,
      underwaterDays: 2,
    });
    expect(curve.drawdown?.max).toBeCloseTo(0.1, 12);
  });

  test("a fall within a day counts, also below a peak that was reached within the day", () => {
    const curve = dailyEquity({
      base: at(0, 1_000n),
      days: [ended(at(20, 1_000n, 1_200n), at(10, 900n, 1_200n)), ended(at(30, 1_300n))],
      flows: [],
      fromDay: DAY,
      toDay: DAY + 1,
    });
    expect(curve.drawdown).toMatchObject({
      max: 0.25,
      peakDay: DAY,
      troughAtMs: at(10, 0n).atMs,
      recoveredDay: DAY + 1,
      underwaterDays: 0,
      current: 0,
    });
    expect(curve.days[0]).toMatchObject({ dayReturn: 0 });
    expect(curve.days[0]?.lowReturn).toBeCloseTo(-0.1, 12);
    expect(curve.days[0]?.drawdown).toBeCloseTo(1 - 1_000 / 1_200, 12);
    expect(curve.days[1]?.lowReturn).toBe(0);
  });

  test("a peak from before the period counts for nothing; one started anew within it does", () => {
    const days = [ended(at(20, 990n, 5_000n))];
    expect(dailyEquity({ base: at(0, 1_000n, 5_000n), days, flows: [], fromDay: DAY, toDay: DAY }).drawdown?.max).toBeCloseTo(0.01, 12);
    // The operator resumed at 800: the books' peak fell to that, the period's did not.
    const resumed = [ended(at(12, 800n, 800n)), ended(at(30, 900n, 1_000n))];
    const { drawdown } = dailyEquity({ base: at(0, 1_000n), days: resumed, flows: [], fromDay: DAY, toDay: DAY + 1 });
    expect(drawdown?.max).toBeCloseTo(0.2, 12);
  });

  test("deposits and withdrawals are no returns", () => {
    const curve = dailyEquity({
      base: at(0, 1_000n),
      // 1000 → 1100, deposit 900 → 2000 → 2200, then withdraw 2000 of 2200 → 200 → 100.
      days: [ended(at(23, 2_200n)), ended(at(40, 100n, 2_200n))],
      flows: [flow(12, 900n, 1_100n), flow(30, -2_000n, 2_200n)],
      fromDay: DAY,
      toDay: DAY + 1,
    });
    expect(curve.days[0]).toMatchObject({ flowLamports: 900n, equityLamports: 2_200n });
    expect(curve.days[0]?.dayReturn).toBeCloseTo(1.1 * 1.1 - 1, 12);
    expect(curve.days[1]?.dayReturn).toBeCloseTo(-0.5, 12);
    expect(curve.growth).toBeCloseTo(1.21 / 2, 12);
    expect(curve.drawdown?.max).toBeCloseTo(0.5, 12);
  });

  test("a flow after the day's last record, on a day without records, and one that is in the base already", () => {
    const curve = dailyEquity({
      base: at(1, 1_000n),
      days: [ended(at(10, 1_000n))],
      flows: [flow(0, 500n, 500n), flow(20, 100n, 1_000n), flow(40, -600n, 1_100n)],
      fromDay: DAY,
      toDay: DAY + 2,
    });
    expect(curve.days.map((day) => [day.equityLamports, day.flowLamports, day.dayReturn])).toEqual([
      [1_100n, 100n, 0],
      [500n, -600n, 0],
      [500n, 0n, 0],
    ]);
    expect(curve).toMatchObject({ growth: 1, drawdown: { max: 0, peakDay: null, troughAtMs: null } });
  });

  test("everything withdrawn, then put back: no return in between", () => {
    const curve = dailyEquity({
      base: at(0, 1_000n),
      days: [ended(at(10, 0n)), ended(at(50, 2_200n))],
      flows: [flow(10, -1_000n, 1_000n), flow(49, 2_000n, 0n)],
      fromDay: DAY,
      toDay: DAY + 2,
    });
    const returns = curve.days.map((day) => day.dayReturn);
    expect(returns.slice(0, 2)).toEqual([0, 0]);
    expect(returns[2]).toBeCloseTo(0.1, 12);
  });

  test("ruin is a return of -1; equity out of nothing has no meaning and takes it from the whole curve", () => {
    const ruin = dailyEquity({ base: at(0, 1_000n), days: [ended(at(10, 0n, 1_000n))], flows: [], fromDay: DAY, toDay: DAY + 1 });
    expect(ruin).toMatchObject({ growth: 0, drawdown: { max: 1 }, days: [{ dayReturn: -1 }, { dayReturn: 0 }] });
    const risen = [ended(at(10, 0n, 1_000n)), ended(at(30, 5n, 1_000n))];
    const curve = dailyEquity({ base: at(0, 1_000n), days: risen, flows: [], fromDay: DAY, toDay: DAY + 1 });
    expect(curve).toMatchObject({ growth: null, drawdown: null });
    expect(curve.days[1]?.dayReturn).toBeNull();
    const negative = dailyEquity({ base: at(0, 10n), days: [ended(at(10, -5n, 10n))], flows: [], fromDay: DAY, toDay: DAY });
    expect(negative).toMatchObject({ growth: null, drawdown: null, days: [{ dayReturn: null }] });
  });
});

describe("properties", () => {
  const closes = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 40 });

  test("without flows the days' returns compound to growth and drawdown of the closes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), closes, (opening, list) => {
        const curve = dailyEquity({
          base: at(0, BigInt(opening)),
          days: list.map((close, day) => ended(at(day * 24 + 12, BigInt(close), BigInt(Math.max(opening, ...list.slice(0, day + 1)))))),
          flows: [],
          fromDay: DAY,
          toDay: DAY + list.length - 1,
        });
        const returns = curve.days.map(({ dayReturn }) => dayReturn ?? Number.NaN);
        expect(curve.growth).toBeCloseTo((list.at(-1) ?? 0) / opening, 9);
        expect(curve.drawdown?.max).toBeCloseTo(compoundDrawdown(returns), 9);
      }),
    );
  });

  test("what is deposited or withdrawn anywhere changes neither returns nor drawdown", () => {
    const steps = fc.array(
      fc.record({ growthBps: fc.integer({ min: 5_000, max: 15_000 }), flow: fc.integer({ min: -500_000, max: 2_000_000 }) }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const scale = 1_000_000_000n;
        const run = (hasFlows: boolean) => {
          let equity = 1_000_000n * scale;
          const days: RecordedDay[] = [];
          const flows: CapitalFlow[] = [];
          const base = at(0, equity);
          list.forEach((step, day) => {
            const moved = BigInt(step.flow) * scale;
            if (hasFlows && equity + moved > 0n) {
              flows.push(flow(day * 24 + 6, moved, equity));
              equity += moved;
            }
            equity = (equity * BigInt(step.growthBps)) / 10_000n;
            // Without meaning here: the books' peak is not ours once there are flows.
            days.push(ended(at(day * 24 + 12, equity, base.peakLamports)));
          });
          return dailyEquity({ base, days, flows, fromDay: DAY, toDay: DAY + list.length - 1 });
        };
        const [still, moved] = [run(false), run(true)];
        moved.days.forEach((day, index) => {
          expect(day.dayReturn).toBeCloseTo(still.days[index]?.dayReturn ?? Number.NaN, 6);
        });
        expect(moved.growth ?? Number.NaN).toBeCloseTo(still.growth ?? Number.NaN, 4);
        expect(moved.drawdown?.max).toBeCloseTo(still.drawdown?.max ?? Number.NaN, 4);
      }),
    );
  });

  test("days are UTC days", () => {
    expect(dayOf(Date.UTC(2026, 10, 21, 23, 59, 59, 999))).toBe(dayOf(Date.UTC(2026, 10, 21)));
    expect(dayOf(Date.UTC(2026, 10, 22))).toBe(dayOf(Date.UTC(2026, 10, 21)) + 1);
  });
});
