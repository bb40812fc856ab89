import { describe, expect, test } from "vitest";
import type { ChainTransaction } from "../../solana/transaction.ts";
import { type ConfirmedTransaction, contradiction, customError, describeError, parseConfirmed } from "./confirmed.ts";
import { oddEvents } from "./event-sizes.ts";
import { judgeSimulation, programError } from "./simulation.ts";

const TRANSACTION: ChainTransaction = {
  signature: "s",
  slot: 5,
  blockTimeMs: null,
  failed: false,
  accountKeys: ["w", "b"],
  signers: ["w"],
  logs: [],
  instructions: [],
  preBalances: [10n, 0n],
  postBalances: [7n, 2n],
  preTokenBalances: [],
  postTokenBalances: [],
} as unknown as ChainTransaction;
const CONFIRMED: ConfirmedTransaction = { transaction: TRANSACTION, slot: 5, feeLamports: 1n, err: null };

describe("parseConfirmed", () => {
  test("refuses what a node does not have, and what is no transaction", () => {
    expect(parseConfirmed(null)).toMatchObject({ ok: false, reason: "TX_NOT_FOUND" });
    expect(parseConfirmed({ meta: 3 }).ok).toBe(false);
  });
});

describe("two readings of one transaction", () => {
  const token = { account: "b", mint: "m", owner: "w", amount: 3n, decimals: 6 } as unknown as ChainTransaction["preTokenBalances"][number];
  test.each<[string, Partial<ConfirmedTransaction>, string | null]>([
    ["alike", {}, null],
    ["another outcome", { err: "x" }, "outcome"],
    ["another fee", { feeLamports: 2n }, "fee"],
    ["another balance", { transaction: { ...TRANSACTION, postBalances: [6n, 2n] } }, "balance of ours"],
    ["other tokens", { transaction: { ...TRANSACTION, postTokenBalances: [token] } }, "balance of ours"],
    ["another balance of somebody else", { transaction: { ...TRANSACTION, postBalances: [7n, 1n] } }, null],
  ])("%s", (name, change, found) => {
    const ours = name.includes("somebody") ? ["w", "nobody"] : ["w", "b"];
    expect(contradiction(CONFIRMED, { ...CONFIRMED, ...change }, ours)).toBe(found);
  });
});

describe("errors", () => {
  test("are told in one line", () => {
    const custom = { InstructionError: [2, { Custom: 6_004 }] };
    expect(customError(custom)).toEqual({ instruction: 2, code: 6_004 });
    expect(describeError(custom)).toBe("instruction 2: custom error 6004");
    expect(describeError("AccountNotFound")).toBe("AccountNotFound");
    expect(describeError({ InstructionError: [0, "x".repeat(500)] }).length).toBe(200);
  });

  test("a custom error of nobody known is a failed simulation", () => {
    const err = { InstructionError: [0, { Custom: 1 }] };
    expect(programError(err, [], [])).toEqual({ code: 1, programId: null });
    expect(judgeSimulation("sell", err, [], [])).toMatchObject({ ok: false, reason: "SIMULATION_FAILED" });
    expect(judgeSimulation("sell", { Odd: 1 }, [], [])).toMatchObject({ ok: false, reason: "SIMULATION_FAILED" });
  });
});

describe("events of an unknown length", () => {
  const cpi = (bytes: readonly number[]) => Uint8Array.from([0xe4, 0x45, 0xa5, 0x2e, 0x51, 0xcb, 0x9a, 0x1d, ...bytes]);
  const holding = (programId: string, data: Uint8Array): ChainTransaction =>
    ({
      ...TRANSACTION,
      instructions: [{ programId: "outer", accounts: [], data, inner: [{ programId, accounts: [], data }] }],
    }) as unknown as ChainTransaction;

  test("are named by their discriminator, of the programs asked about only", () => {
    const unknown = cpi([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(oddEvents(holding("p", unknown), ["p"])).toEqual([{ event: "0102030405060708", bytes: 9 }]);
    expect(oddEvents(holding("q", unknown), ["p"])).toEqual([]);
    expect(oddEvents(holding("p", Uint8Array.of(1, 2)), ["p"])).toEqual([]);
  });

  test("a known event cut short is odd", () => {
    // PumpSwap's Buy event.
    const short = cpi([0x67, 0xf4, 0x52, 0x1f, 0x2c, 0xf5, 0x77, 0x77, 1]);
    expect(oddEvents(holding("p", short), ["p"])).toMatchObject([{ bytes: 9 }]);
  });
});
