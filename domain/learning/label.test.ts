import { describe, expect, test } from "vitest";
import type { PathSample } from "../trading/backtest.ts";
import { builtinParameters } from "../trading/parameters.ts";
import { ascendingSamples, labelCandidate, type RecordedPath } from "./label.ts";

const parameters = { ...builtinParameters("default"), paperFailureBps: 0 };
const SOL_USD = 150;

/** A pool of about 85 SOL whose price follows `factor`, one sample per 10 s for an hour. */
function path(factor: (second: number) => number, complete = true): RecordedPath {
  const samples: PathSample[] = [];
  for (let second = 0; second <= 3_600; second += 10) {
    const root = Math.sqrt(factor(second));
    samples.push({
      atMs: 1_000_000 + second * 1_000,
      slot: 1_000 + Math.floor(second * 2.5),
      baseReserves: BigInt(Math.round(206_900_000_000_000 / root)),
      quoteReservesLamports: BigInt(Math.round(85_000_000_000 * root)),
    });
  }
  return { mint: "mint", complete, samples };
}

describe("label", () => {
  test("a runner wins, a bleeder loses, a flat token loses by its costs", () => {
    const runner = labelCandidate(
      path((s) => 1 + s / 600),
      1_000_000,
      SOL_USD,
      parameters,
    );
    expect(runner).toMatchObject({ win: 1, t0Ms: 1_000_000 });
    const bleeder = labelCandidate(
      path((s) => Math.exp(-s / 900)),
      1_000_000,
      SOL_USD,
      parameters,
    );
    expect(bleeder).toMatchObject({ win: 0 });
    const flat = labelCandidate(
      path(() => 1),
      1_000_000,
      SOL_USD,
      parameters,
    );
    expect(flat).toMatchObject({ win: 0, t1Ms: expect.any(Number) });
    if (typeof flat === "string" || typeof runner === "string") throw new Error("unlabelled");
    expect(flat.returnBps).toBeLessThan(0);
    expect(flat.returnBps).toBeGreaterThan(-800);
    expect(flat.t1Ms - flat.t0Ms).toBeGreaterThanOrEqual(parameters.maxHoldMs - 10_000);
    expect(runner.t1Ms).toBeLessThan(flat.t1Ms);
  });

  test("looks at nothing before the decision", () => {
    const spike = path((s) => (s < 300 ? 5 : 1));
    const late = labelCandidate(spike, 1_000_000 + 305_000, SOL_USD, parameters);
    expect(late).toMatchObject({ win: 0, t0Ms: 1_305_000 });
  });

  test("a broken-off path is censored even if the trade would have ended before", () => {
    expect(
      labelCandidate(
        path((s) => 1 + s / 60, false),
        1_000_000,
        SOL_USD,
        parameters,
      ),
    ).toBe("censored");
    const short = path(() => 1);
    expect(labelCandidate({ ...short, samples: short.samples.slice(0, 5) }, 1_000_000, SOL_USD, parameters)).toBe("censored");
    expect(labelCandidate({ ...short, samples: [] }, 1_000_000, SOL_USD, parameters)).toBe("no-path");
    expect(labelCandidate(short, 1_000_000, 0, parameters)).toBe("no-path");
  });

  test("an entry whose round trip would cost too much has no label", () => {
    expect(
      labelCandidate(
        path(() => 1),
        1_000_000,
        SOL_USD,
        { ...parameters, maxCostShareBps: 100 },
      ),
    ).toBe("not-entered");
  });

  test("repeated slots and times are dropped", () => {
    const at = (atMs: number, slot: number): PathSample => ({ atMs, slot, baseReserves: 1n, quoteReservesLamports: 1n });
    const kept = ascendingSamples([at(1, 1), at(2, 1), at(3, 2), at(3, 3), at(2, 4), at(5, 5)]);
    expect(kept.map(({ atMs }) => atMs)).toEqual([1, 3, 5]);
  });
});
