import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteWriter } from "../solana/bytes.ts";
import { decodeTransaction } from "../solana/decode.ts";
import { encodeEvent, eventCpiData } from "../solana/encode-events.ts";
import { PUMP_PROGRAM, PUMP_SWAP_PROGRAM, SYSTEM_PROGRAM } from "../solana/programs.ts";
import type { ChainTransaction, TokenBalance } from "../solana/transaction.ts";
import { judgeBehaviour } from "./behaviour.ts";
import { bundleWallets } from "./bundle-gates.ts";
import { soundEvidence } from "./corpus/harness.ts";
import { type CreationSlot, creatorsIn, curveTradesIn, type Funding, fundingsIn, type PoolTrade, poolTradesIn } from "./history.ts";
import { judgeMetadata } from "./metadata-gates.ts";
import { sampleAddress } from "./sample-token.ts";

const [POOL, MINT, USER, OTHER] = [sampleAddress(1), sampleAddress(2), sampleAddress(3), sampleAddress(4)] as const;

function transaction(changes: Partial<ChainTransaction>): ChainTransaction {
  return {
    signature: "1".repeat(64),
    slot: 7,
    blockTimeMs: null,
    failed: false,
    accountKeys: [USER],
    instructions: [],
    innerRecorded: true,
    logs: [],
    preBalances: [],
    postBalances: [],
    preTokenBalances: [],
    postTokenBalances: [],
    ...changes,
  };
}

/** A transaction in which `program` made these events. */
function emitting(program: string, ...events: readonly Uint8Array[]): ChainTransaction {
  const inner = events.map((event) => ({ programId: program, accounts: [], data: eventCpiData(event) }));
  return transaction({ instructions: [{ programId: program, accounts: [], data: new Uint8Array(), inner }] });
}

const BUY = { pool: POOL, user: OTHER, base_amount_out: 5n, quote_amount_in: 90n, user_quote_amount_in: 100n };

describe("swaps", () => {
  test("who traded, not who paid; reserves with their virtual part", () => {
    const event = encodeEvent("Buy", {
      ...BUY,
      pool_base_token_reserves: 70n,
      pool_quote_token_reserves: 30n,
      virtual_quote_reserves: 10n,
    });
    const tx = emitting(PUMP_SWAP_PROGRAM, event);
    expect(poolTradesIn(tx, decodeTransaction(tx), POOL)).toEqual([
      {
        slot: 7,
        side: "buy",
        user: OTHER,
        failed: false,
        baseAmount: 5n,
        quoteLamports: 100n,
        before: { baseReserves: 70n, quoteReservesLamports: 40n },
        statesVaults: null,
      },
    ]);
    expect(poolTradesIn(tx, decodeTransaction(tx), OTHER)).toEqual([]);
    expect(poolTradesIn({ ...tx, slot: null }, decodeTransaction(tx), POOL)).toEqual([]);
  });

  test("stated reserves are held against the vaults only where both are known", () => {
    const event = encodeEvent("Buy", { ...BUY, pool_base_token_reserves: 70n, pool_quote_token_reserves: 30n });
    const held = (owner: string, amount: bigint): TokenBalance => ({
      account: USER,
      mint: MINT,
      owner,
      tokenProgram: null,
      amount,
      decimals: 6,
    });
    const states = (balances: readonly TokenBalance[], ...events: readonly Uint8Array[]) => {
      const tx = { ...emitting(PUMP_SWAP_PROGRAM, event, ...events), preTokenBalances: balances };
      return poolTradesIn(tx, decodeTransaction(tx), POOL)[0]?.statesVaults;
    };
    expect(states([held(POOL, 70n), held(POOL, 30n), held(OTHER, 9n)])).toBe(true);
    expect(states([held(POOL, 70n), held(POOL, 31n)])).toBe(false);
    expect(states([held(POOL, 70n)])).toBeNull();
    expect(states([held(POOL, 70n), held(POOL, 30n), held(POOL, 1n)])).toBeNull();
    expect(states([held(POOL, 70n), held(POOL, 31n)], event)).toBeNull();
  });

  test("a failed sale is one, a failed something else is none", () => {
    const sell = Uint8Array.from([0x33, 0xe6, 0x85, 0xa4, 0x01, 0x7f, 0x83, 0xad, 1, 2]);
    const attempt = (programId: string, accounts: string[], data = sell) =>
      poolTradesIn(transaction({ failed: true, instructions: [{ programId, accounts, data, inner: [] }] }), [], POOL);
    expect(attempt(PUMP_SWAP_PROGRAM, [POOL, OTHER])).toMatchObject([{ side: "sell", user: OTHER, failed: true, quoteLamports: 0n }]);
    expect(attempt(PUMP_PROGRAM, [POOL, OTHER])).toEqual([]);
    expect(attempt(PUMP_SWAP_PROGRAM, [OTHER, POOL])).toEqual([]);
    expect(attempt(PUMP_SWAP_PROGRAM, [POOL])).toEqual([]);
    expect(attempt(PUMP_SWAP_PROGRAM, [POOL, OTHER], new Uint8Array(8))).toEqual([]);
  });
});

test("the creation slot: creators, and what the others bought net of sales", () => {
  const bought = (user: string, token_amount: bigint, is_buy = true) => encodeEvent("Trade", { mint: MINT, user, token_amount, is_buy });
  const tx = emitting(
    PUMP_PROGRAM,
    encodeEvent("Create", { mint: MINT, user: USER, creator: OTHER }),
    bought(USER, 50n),
    bought(POOL, 30n),
    bought(POOL, 10n, false),
    bought(MINT, 25n),
    encodeEvent("Trade", { mint: OTHER, user: MINT, token_amount: 99n, is_buy: true }),
  );
  const events = decodeTransaction(tx);
  expect(creatorsIn(events, MINT)).toEqual([USER, OTHER]);
  expect(creatorsIn(events, OTHER)).toEqual([]);
  const trades = curveTradesIn(tx, events, MINT);
  expect(trades).toHaveLength(4);
  const creation: CreationSlot = { slot: 7, creators: creatorsIn(events, MINT), trades, isComplete: true };
  expect(bundleWallets(creation)).toEqual([
    { wallet: MINT, tokens: 25n },
    { wallet: POOL, tokens: 20n },
  ]);
});

test("plain transfers fund, others do not", () => {
  const instruction = (type: number, accounts: string[], programId = SYSTEM_PROGRAM) => {
    const data = new ByteWriter().u32(type).u64(5n).toBytes();
    return fundingsIn(transaction({ instructions: [{ programId, accounts, data, inner: [] }] }));
  };
  expect(instruction(2, [USER, OTHER])).toEqual([{ from: USER, to: OTHER, lamports: 5n }]);
  expect(instruction(0, [USER, OTHER])).toEqual([{ from: USER, to: OTHER, lamports: 5n }]);
  expect(instruction(11, [USER, POOL, OTHER])).toEqual([{ from: USER, to: OTHER, lamports: 5n }]);
  expect(instruction(1, [USER, OTHER])).toEqual([]);
  expect(instruction(2, [USER, USER])).toEqual([]);
  expect(instruction(2, [USER])).toEqual([]);
  expect(instruction(2, [USER, OTHER], PUMP_PROGRAM)).toEqual([]);
});

describe("whatever is recorded", () => {
  const address = fc.constantFrom(POOL, MINT, USER, OTHER, ...Array.from({ length: 12 }, (_, i) => sampleAddress(20 + i)));
  const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  const reserves = fc.option(fc.record({ baseReserves: u64, quoteReservesLamports: u64 }), { nil: null });
  const trade: fc.Arbitrary<PoolTrade> = fc.record({
    slot: fc.nat(40),
    side: fc.constantFrom("buy", "sell"),
    user: address,
    failed: fc.boolean(),
    baseAmount: u64,
    quoteLamports: u64,
    before: reserves,
    statesVaults: fc.constantFrom(true, false, null),
  });
  const curveTrade = fc.record({
    slot: fc.nat(3),
    side: fc.constantFrom("buy" as const, "sell" as const),
    user: address,
    payer: address,
    tokenAmount: u64,
  });
  const creation = fc.record({
    slot: fc.nat(3),
    creators: fc.array(address, { maxLength: 2 }),
    trades: fc.array(curveTrade, { maxLength: 20 }),
    isComplete: fc.boolean(),
  });
  const funding: fc.Arbitrary<Funding> = fc.record({ from: address, to: address, lamports: u64 });

  test("gates never throw, and a mismatch of stated reserves never passes", () => {
    fc.assert(
      fc.property(
        fc.array(trade, { maxLength: 14 }),
        fc.option(creation, { nil: null }),
        fc.array(funding, { maxLength: 20 }),
        fc.option(u64, { nil: null }),
        fc.option(u64, { nil: null }),
        (trades, slot, fundings, supply, creatorHolds) => {
          const findings = judgeBehaviour({ ...soundEvidence(), trades, creation: slot, fundings, supply, creatorHolds, creator: USER });
          const isMismatch = trades.some(({ failed, statesVaults }) => !failed && statesVaults === false);
          expect(findings.some(({ code }) => code === "POOL_RESERVES_MISMATCH")).toBe(isMismatch);
        },
      ),
    );
  });

  test("order does not matter", () => {
    fc.assert(
      fc.property(fc.array(trade, { maxLength: 10 }), fc.infiniteStream(fc.nat(1_000)), (trades, keys) => {
        const codesOf = (list: readonly PoolTrade[]) =>
          judgeBehaviour({ ...soundEvidence(), trades: list }).map(({ code, severity }) => `${severity} ${code}`);
        const shuffled = trades.map((one) => ({ one, key: keys.next().value ?? 0 })).sort((a, b) => a.key - b.key);
        expect(codesOf(shuffled.map(({ one }) => one))).toEqual(codesOf(trades));
      }),
    );
  });

  test("arbitrary bytes of instructions never throw", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(PUMP_SWAP_PROGRAM, PUMP_PROGRAM, SYSTEM_PROGRAM),
        fc.uint8Array({ maxLength: 64 }),
        fc.array(address, { maxLength: 4 }),
        fc.boolean(),
        (programId, data, accounts, failed) => {
          const tx = transaction({ failed, instructions: [{ programId, accounts, data, inner: [{ programId, accounts, data }] }] });
          const events = decodeTransaction(tx);
          for (const one of poolTradesIn(tx, events, POOL)) expect(one.failed).toBe(failed);
          curveTradesIn(tx, events, MINT);
          if (failed) expect(fundingsIn(tx)).toEqual([]);
        },
      ),
    );
  });

  test("any text is judged, and in time", () => {
    const text = fc.string({ unit: "binary", maxLength: 400 });
    fc.assert(
      fc.property(text, text, text, (name, symbol, uri) => {
        judgeMetadata({ mint: MINT, name, symbol, uri, createdByPump: true });
      }),
    );
    const startedAt = performance.now();
    for (const part of ["[", "<", "'", " ignore ", "&#", "a\u0301"]) {
      judgeMetadata({ mint: MINT, name: part.repeat(50_000), symbol: part.repeat(50_000), uri: part.repeat(50_000), createdByPump: true });
    }
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
