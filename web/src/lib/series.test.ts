import { describe, expect, test } from "vitest";
import { equitySeries, worstDrawdown } from "./series.ts";

const point = (ledger: string, atMs: number, equityLamports: string, drawdownBps = 0) => ({ ledger, atMs, equityLamports, drawdownBps });

describe("equitySeries", () => {
  test("aligns ledgers on one ascending time axis and leaves absent points undefined", () => {
    const series = equitySeries(
      [point("paper-B", 3_000, "5000000000", 120), point("paper-A", 2_000, "7500000000"), point("paper-A", 1_000, "7000000000")],
      0,
    );
    expect(series.ledgers).toEqual(["paper-A", "paper-B"]);
    expect(series.times).toEqual([1, 2, 3]);
    expect(series.equity).toEqual([
      [7, 7.5, undefined],
      [undefined, undefined, 5],
    ]);
    expect(series.drawdown).toEqual([
      [0, 0, undefined],
      [undefined, undefined, -1.2],
    ]);
  });

  test("drops unreadable and early points", () => {
    const series = equitySeries([point("a", 1_000, "1"), point("a", 2_000, "nonsense"), point("a", 3_000, "1", Number.NaN)], 500);
    expect(series.times).toEqual([1]);
    expect(equitySeries([point("a", 1_000, "1")], 1_001).ledgers).toEqual([]);
  });
});

test("worstDrawdown is per ledger and from a moment on", () => {
  const points = [point("a", 30, "1", 10), point("a", 10, "1", 250), point("b", 5, "1", 900)];
  expect(worstDrawdown(points, "a", 0)).toBe(250);
  expect(worstDrawdown(points, "a", 11)).toBe(10);
  expect(worstDrawdown(points, "c", 0)).toBeNull();
});
