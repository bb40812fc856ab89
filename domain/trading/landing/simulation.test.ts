import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ATA_PROGRAM,
  COMPUTE_BUDGET_PROGRAM,
  PUMP_PROGRAM,
  PUMP_SWAP_PROGRAM,
  SYSTEM_PROGRAM,
  TOKEN_PROGRAM,
} from "../../solana/programs.ts";
import { computeBudget, priorityFeeLamports } from "./plan.ts";
import { BUY_MIN_UNITS, DRAFT_UNITS, judgeSimulation, programError, unitsFor } from "./simulation.ts";

const BUY = [
  COMPUTE_BUDGET_PROGRAM,
  COMPUTE_BUDGET_PROGRAM,
  ATA_PROGRAM,
  ATA_PROGRAM,
  SYSTEM_PROGRAM,
  TOKEN_PROGRAM,
  PUMP_SWAP_PROGRAM,
  TOKEN_PROGRAM,
];
const custom = (instruction: number, code: number) => ({ InstructionError: [instruction, { Custom: code }] });
const failed = (program: string) => [`Program ${program} failed: custom program error: 0x1`];

describe("what a simulation's error means", () => {
  test.each<[string, "buy" | "sell", unknown, string[], string | null]>([
    ["none", "buy", null, [], null],
    ["slippage of a buy", "buy", custom(6, 6040), [], "SLIPPAGE_EXCEEDED"],
    ["slippage of a sale", "sell", custom(6, 6004), [], "SLIPPAGE_EXCEEDED"],
    ["pump's slippage, by its own line in the logs", "sell", custom(6, 6003), failed(PUMP_PROGRAM), "SLIPPAGE_EXCEEDED"],
    ["the same number of another program", "sell", custom(6, 6003), failed(PUMP_SWAP_PROGRAM), "SIMULATION_FAILED"],
    ["the guard of a buy", "buy", { InstructionError: [2, "IllegalOwner"] }, [], "ALREADY_HELD"],
    ["the wrapped-SOL account is no guard", "buy", { InstructionError: [3, "IllegalOwner"] }, [], "SIMULATION_FAILED"],
    ["a sale has no guard", "sell", { InstructionError: [2, "IllegalOwner"] }, [], "SIMULATION_FAILED"],
    ["too few lamports to wrap", "buy", custom(4, 1), [], "WALLET_UNDERFUNDED"],
    ["no lamports for the fee", "buy", "InsufficientFundsForFee", [], "WALLET_UNDERFUNDED"],
    ["our wallet below its rent", "buy", { InsufficientFundsForRent: { account_index: 0 } }, [], "WALLET_UNDERFUNDED"],
    ["somebody else below its rent", "buy", { InsufficientFundsForRent: { account_index: 9 } }, [], "SIMULATION_FAILED"],
    ["a number beyond 2^53", "buy", { Surprise: 2n ** 60n }, [], "SIMULATION_FAILED"],
    ["something new", "buy", { Surprise: 1 }, [], "SIMULATION_FAILED"],
  ])("%s", (_name, side, err, logs, reason) => {
    const judged = judgeSimulation(side, err, logs, BUY);
    expect(judged.ok ? null : judged.reason).toBe(reason);
  });

  test("a custom error is told with the innermost program that failed", () => {
    expect(programError(custom(6, 6023), failed(TOKEN_PROGRAM), BUY)).toEqual({ code: 6023, programId: TOKEN_PROGRAM });
    expect(programError(custom(6, 6023), ["Program log: Program x failed: not a line of the runtime"], BUY)).toEqual({
      code: 6023,
      programId: PUMP_SWAP_PROGRAM,
    });
    expect(programError("AccountInUse", [], BUY)).toBeNull();
  });
});

test("compute units: what was used and a margin, never less than a first buy needs", () => {
  expect(unitsFor("buy", 100_000)).toBe(BUY_MIN_UNITS);
  expect(unitsFor("buy", 300_000)).toBe(345_000);
  expect(unitsFor("sell", 200_000)).toBe(230_000);
  expect(unitsFor("sell", null)).toBe(DRAFT_UNITS);
});

test("a priority fee never exceeds its cap, and a known estimate below it is what is paid", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_400_000 }),
      fc.option(fc.bigInt({ min: 0n, max: 1n << 64n })),
      fc.bigInt({ min: 0n, max: 50_000_000n }),
      (units, estimate, cap) => {
        const budget = computeBudget(units, estimate, cap);
        expect(priorityFeeLamports(budget)).toBeLessThanOrEqual(cap);
        if (estimate !== null && estimate * BigInt(units) <= cap * 1_000_000n) expect(budget.microLamports).toBe(estimate);
      },
    ),
    { seed: 20_261_121, numRuns: 2_000 },
  );
});
