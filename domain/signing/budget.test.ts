import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit, type BudgetEntry, budgetUses, countedLamports, LONGEST_WINDOW_MS } from "./budget.ts";
import { SAMPLE_POLICY } from "./sample-messages.ts";
import type { SignerPolicy, SignKind } from "./types.ts";

const SEED = 20261121;
const HOUR_MS = 3_600_000;
const POLICY: SignerPolicy = {
  ...SAMPLE_POLICY,
  maxFeePerTxLamports: 10n,
  entryHourLamports: 100n,
  entryDayLamports: 300n,
  entrySignaturesPerHour: 5,
  entrySignaturesPerDay: 12,
  exitHourLamports: 60n,
  exitDayLamports: 150n,
  exitSignaturesPerHour: 6,
  exitSignaturesPerDay: 15,
};

const request = fc.record({
  afterMs: fc.integer({ min: 0, max: 4 * HOUR_MS }),
  kind: fc.constantFrom<SignKind>("entry", "exit", "sweep"),
  spendLamports: fc.bigInt({ min: 1n, max: 60n }),
  feeLamports: fc.bigInt({ min: 1n, max: 10n }),
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

/** Runs requests in time order and returns what was admitted. */
function run(requests: readonly Request[]): BudgetEntry[] {
  const entries: BudgetEntry[] = [];
  let nowMs = 1_000_000;
  for (const { afterMs, ...cost } of requests) {
    nowMs += afterMs;
    if (admit(entries, cost, POLICY, nowMs).ok) entries.push({ kind: cost.kind, atMs: nowMs, lamports: countedLamports(cost) });
  }
  return entries;
}

describe("signer budget", () => {
  test(`no window of an hour or a day is ever exceeded (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 80 }), (requests) => {
        const entries = run(requests);
        for (const { atMs: endMs } of entries) {
          for (const [kind, windowMs, lamports, signatures] of [
            ["entry", HOUR_MS, POLICY.entryHourLamports, POLICY.entrySignaturesPerHour],
            ["entry", LONGEST_WINDOW_MS, POLICY.entryDayLamports, POLICY.entrySignaturesPerDay],
            ["exit", HOUR_MS, POLICY.exitHourLamports, POLICY.exitSignaturesPerHour],
            ["exit", LONGEST_WINDOW_MS, POLICY.exitDayLamports, POLICY.exitSignaturesPerDay],
          ] as const) {
            const inside = entries.filter((entry) => entry.kind === kind && entry.atMs > endMs - windowMs && entry.atMs <= endMs);
            expect(inside.reduce((sum, entry) => sum + entry.lamports, 0n)).toBeLessThanOrEqual(lamports);
            expect(inside.length).toBeLessThanOrEqual(signatures);
          }
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test(`what exits may sign does not depend on entries, nor entries on exits (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 80 }), (requests) => {
        const admitted = run(requests);
        for (const kind of ["entry", "exit", "sweep"] as const) {
          // The same requests with the other kinds made to ask for nothing that counts: time still passes.
          let carriedMs = 0;
          const alone = requests.flatMap((one) => {
            carriedMs += one.afterMs;
            if (one.kind !== kind) return [];
            const afterMs = carriedMs;
            carriedMs = 0;
            return [{ ...one, afterMs }];
          });
          expect(admitted.filter((entry) => entry.kind === kind)).toEqual(run(alone));
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test("a window is freed when the signature leaves it, and not by a clock set back", () => {
    const cost = { kind: "entry", spendLamports: 100n, feeLamports: 1n } as const;
    const entries: BudgetEntry[] = [{ kind: "entry", atMs: HOUR_MS, lamports: 100n }];
    expect(admit(entries, cost, POLICY, 2 * HOUR_MS - 1)).toMatchObject({ ok: false, reason: "SIGN_BUDGET" });
    expect(admit(entries, cost, POLICY, 2 * HOUR_MS)).toMatchObject({ ok: true });
    expect(admit(entries, cost, POLICY, 0)).toMatchObject({ ok: false, reason: "SIGN_BUDGET" });
  });

  test("the number of signatures is a limit of its own", () => {
    const entries = Array.from({ length: 5 }, (): BudgetEntry => ({ kind: "entry", atMs: 1, lamports: 0n }));
    expect(admit(entries, { kind: "entry", spendLamports: 1n, feeLamports: 1n }, POLICY, 2)).toMatchObject({ reason: "SIGN_RATE" });
    expect(admit(entries, { kind: "exit", spendLamports: 1n, feeLamports: 1n }, POLICY, 2)).toMatchObject({ ok: true });
    expect(budgetUses(entries, POLICY, 2).find(({ kind }) => kind === "entry")).toMatchObject({ signatures: 5, usedLamports: 0n });
  });
});
