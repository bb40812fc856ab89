import { describe, expect, test } from "vitest";
import { judgeHolding, type PositionFacts, walletShortfall } from "./portfolio-reconcile.ts";
import type { Holding } from "./portfolio-state.ts";
import type { Order } from "./position-state.ts";

const OPEN: Holding = {
  positionId: "p",
  signalId: "s",
  mint: "coin",
  pool: "pool",
  symbol: "",
  phase: "open",
  sinceMs: 0,
  reservedLamports: 0n,
  exposureLamports: 10n,
  costLamports: 10n,
  grossLamports: 10n,
  baseAmount: 100n,
  rentLamports: 0n,
  exits: 0,
  realisedLamports: 0n,
  exitCostLamports: 0n,
  valueLamports: 0n,
  markedSlot: 0,
  markedAtMs: 0,
  score: 0,
  stopLossBps: 0,
  takeProfitBps: 0,
  maxHoldMs: 0,
  creator: null,
  isRehearsal: false,
};
const RESERVED: Holding = { ...OPEN, phase: "reserved", baseAmount: 0n };
const ORDER = { id: "p:sell:1" } as Order;

function position(status: PositionFacts["status"], heldBase = 100n, order: Order | null = null): PositionFacts {
  return { status, heldBase, order };
}

describe("a holding against its position", () => {
  test.each<[string, Holding, PositionFacts | null, string, string]>([
    ["reserved, never started", RESERVED, null, "start", "start"],
    ["reserved, planned", RESERVED, position("planned", 0n), "agrees", "wait"],
    ["reserved, entering", RESERVED, position("entering", 0n, ORDER), "agrees", "wait"],
    ["reserved, open already", RESERVED, position("open"), "wait", "wait"],
    ["reserved, abandoned", RESERVED, position("abandoned", 0n), "wait", "wait"],
    ["reserved, closed already", RESERVED, position("closed", 0n), "wait", "wait"],
    ["open, unknown to itself", OPEN, null, "mismatch", "mismatch"],
    ["open, open", OPEN, position("open"), "agrees", "agrees"],
    ["open, selling", OPEN, position("exiting", 100n, ORDER), "agrees", "wait"],
    ["open, a part sold", OPEN, position("open", 60n), "wait", "wait"],
    ["open, more than bought", OPEN, position("open", 101n), "mismatch", "mismatch"],
    ["open, closed", OPEN, position("closed", 0n), "wait", "wait"],
    ["open, abandoned", OPEN, position("abandoned", 0n), "mismatch", "mismatch"],
    ["open, planned", OPEN, position("planned", 0n), "mismatch", "mismatch"],
    ["open, entering", OPEN, position("entering", 0n), "mismatch", "mismatch"],
  ])("%s", (_name, holding, facts, onPaper, live) => {
    expect(judgeHolding(holding, facts, true).kind).toBe(onPaper);
    expect(judgeHolding(holding, facts, false).kind).toBe(live);
  });
});

describe("a wallet against the books", () => {
  test.each<[string, readonly Holding[], bigint, ReadonlyArray<readonly [string, bigint]>, string | null]>([
    ["all there", [OPEN], 1_000n, [["coin", 100n]], null],
    [
      "more lamports, more tokens, strangers' tokens",
      [OPEN],
      1_001n,
      [
        ["coin", 101n],
        ["airdrop", 5n],
      ],
      null,
    ],
    ["a token short", [OPEN], 1_000n, [["coin", 99n]], "p: the wallet holds 99 of 100 base units of coin"],
    ["no account at all", [OPEN], 1_000n, [], "p: the wallet holds 0 of 100 base units of coin"],
    [
      "tokens of an entry that knows nothing",
      [RESERVED],
      1_000n,
      [["coin", 1n]],
      "p: the wallet holds 1 base units of coin, the books none",
    ],
    ["an entry that bought nothing", [RESERVED], 1_000n, [], null],
    ["a lamport short", [], 999n, [], "null: the wallet holds 999 of 1000 lamports"],
  ])("%s", (_name, holdings, lamports, tokens, expected) => {
    const shortfall = walletShortfall(1_000n, holdings, { lamports, tokens: new Map(tokens) });
    expect(shortfall === null ? null : `${shortfall.positionId}: ${shortfall.detail}`).toBe(expected);
  });
});
