import { describe, expect, test } from "vitest";
import type { IntentView } from "../../domain/api/types.ts";
import { type BookSide, type ChainSide, compareBooks, type Damage, duplicateBuys, type LandedTrade } from "./books.ts";

const OPENING = 1_000_000n;

function trade(signature: string, mint: string, tokens: bigint, lamports: bigint, failed = false): LandedTrade {
  return { signature, failed, lamports, tokens: failed ? new Map() : new Map([[mint, tokens]]) };
}

function intent(intentId: string, signature: string | null, status: string): IntentView {
  const side = intentId.includes("sell") ? "sell" : "buy";
  const rest = { positionId: "p", mint: "m", amountIn: "1", minOut: "1", sends: 1, slot: 1, reason: null, detail: null };
  return { intentId, signature, status, side, predicted: null, actual: null, reactionMs: null, updatedAtMs: 0, ...rest };
}

/** Two round trips, a failed sale, and a buy that expired. */
const CHAIN: ChainSide = {
  sent: new Set(["buy-a", "sell-a", "buy-b", "fail-b", "sell-b", "gone-c"]),
  landed: [
    trade("buy-a", "a", 10n, -100n),
    trade("sell-a", "a", -10n, 130n),
    trade("buy-b", "b", 5n, -100n),
    trade("fail-b", "b", 0n, -5n, true),
    trade("sell-b", "b", -5n, 60n),
  ],
  openingLamports: OPENING,
  walletLamports: OPENING - 15n,
  heldMints: [],
};
const BOOKS: BookSide = {
  intents: [
    intent("a:buy:1", "buy-a", "landed"),
    intent("a:sell:1", "sell-a", "landed"),
    intent("b:buy:1", "buy-b", "landed"),
    intent("b:sell:1", "fail-b", "failed"),
    intent("b:sell:2", "sell-b", "landed"),
    intent("c:buy:1", "gone-c", "expired"),
    intent("d:buy:1", null, "failed"),
  ],
  trades: [],
  cashLamports: OPENING - 15n,
  reservedLamports: 0n,
  realisedLamports: -15n,
  openPositions: 0,
};

function damages(chain: Partial<ChainSide>, books: Partial<BookSide> = {}): Damage[] {
  return [...new Set(compareBooks({ ...CHAIN, ...chain }, { ...BOOKS, ...books }).map(({ damage }) => damage))];
}

const without = (id: string): IntentView[] => BOOKS.intents.filter(({ intentId }) => intentId !== id);
const changed = (id: string, change: Partial<IntentView>): IntentView[] =>
  BOOKS.intents.map((one) => (one.intentId === id ? { ...one, ...change } : one));

describe("books that were doctored are found out", () => {
  test("honest books have no violation", () => {
    expect(compareBooks(CHAIN, BOOKS)).toEqual([]);
  });

  test.each<[string, Damage, Partial<ChainSide>, Partial<BookSide>]>([
    ["an intent whose transaction landed is gone", "lost-intent", {}, { intents: without("a:sell:1") }],
    ["an intent whose transaction never landed is gone", "lost-intent", {}, { intents: without("c:buy:1") }],
    ["all intents are gone", "lost-intent", {}, { intents: [] }],
    ["a second signature replaced the first", "lost-intent", {}, { intents: changed("a:buy:1", { signature: "other" }) }],
    ["one intent has two signatures", "two-signatures", {}, { intents: [...BOOKS.intents, intent("c:buy:1", "buy-c2", "expired")] }],
    ["an intent never ends", "unfinished-intent", {}, { intents: changed("c:buy:1", { status: "sent" }) }],
    ["a buy that landed is booked as expired", "wrong-end", {}, { intents: changed("a:buy:1", { status: "expired" }) }],
    ["a sale that failed is booked as landed", "wrong-end", {}, { intents: changed("b:sell:1", { status: "landed" }) }],
    ["a buy that expired is booked as landed", "wrong-end", {}, { intents: changed("c:buy:1", { status: "landed" }) }],
    ["cash is one lamport off", "cash", {}, { cashLamports: OPENING - 16n }],
    ["a reservation is left", "cash", {}, { reservedLamports: 1n }],
    ["the result is one lamport off", "realised", {}, { realisedLamports: -16n }],
    ["the wallet lost a lamport that no transaction moved", "cash", { walletLamports: OPENING - 16n }, { cashLamports: OPENING - 16n }],
    ["tokens are left in the wallet", "left-behind", { heldMints: ["b"] }, {}],
    ["a position is open still", "left-behind", {}, { openPositions: 1 }],
  ])("%s: %s", (_name, damage, chain, books) => {
    expect(damages(chain, books)).toContain(damage);
  });

  test("a second landed buy of a mint is a duplicate, a failed one is none", () => {
    expect(duplicateBuys([...CHAIN.landed, trade("buy-a2", "a", 9n, -100n)])).toMatchObject([{ damage: "duplicate-buy" }]);
    expect(duplicateBuys([...CHAIN.landed, trade("buy-a2", "a", 9n, -5n, true)])).toEqual([]);
  });

  test("a buy held for expired is booked once by the attempt after it", () => {
    const late = [...changed("a:buy:1", { status: "expired" }), intent("a:buy:2", "buy-a", "landed")];
    expect(damages({}, { intents: late })).toEqual([]);
  });
});
