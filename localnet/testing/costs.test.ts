import { describe, expect, test } from "vitest";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { createAssociatedTokenIdempotent } from "../../domain/solana/instructions.ts";
import { TOKEN_2022_PROGRAM } from "../../domain/solana/programs.ts";
import { encodeTokenAccount, plainTokenAccount } from "../../domain/solana/token.ts";
import type { Address } from "../../domain/units.ts";
import { pumpBuyExactSolIn, pumpSell, pumpSwapBuyExactQuoteIn, pumpSwapSell } from "../../domain/venues/instructions.ts";
import { labelAddress } from "../chain/fixture.ts";
import { wrappedSolAccount } from "../chain/genesis.ts";
import { rentExemptLamports } from "../chain/rent.ts";
import type { TransactionRecord } from "../chain/types.ts";
import { fromKit } from "./coin-instructions.ts";
import type { CoinKind, TestCoin } from "./coins.ts";
import { createTestNode, type TestNode } from "./node.ts";

const FUNDS = 100_000_000_000n;
const SIGNATURE_FEE = 5_000n;

function delta({ transaction, preBalances, postBalances }: TransactionRecord, address: Address): bigint {
  const index = transaction.accountKeys.indexOf(address);
  return (postBalances[index] ?? 0n) - (preBalances[index] ?? 0n);
}

/** A wallet with wrapped SOL, and with tokens when `tokens` says so. */
function trader(node: TestNode, coin: TestCoin, label: string, tokens: bigint): Address {
  const address = labelAddress(label);
  node.fund(address, FUNDS);
  const wrapped = wrappedSolAccount(address, FUNDS);
  node.chain.plant(wrapped.address, wrapped.account);
  if (tokens > 0n) {
    const data = encodeTokenAccount(plainTokenAccount(coin.mint, address, tokens, coin.tokenProgram === TOKEN_2022_PROGRAM));
    const account = associatedTokenAddress(address, coin.mint, coin.tokenProgram);
    node.chain.plant(account, { owner: coin.tokenProgram, lamports: rentExemptLamports(data.length), data, executable: false });
  }
  return address;
}

function trade(node: TestNode, coin: TestCoin, user: Address, side: "buy" | "sell", amount: bigint): TransactionRecord {
  const { mint, tokenProgram } = coin;
  const account = associatedTokenAddress(user, mint, tokenProgram);
  const create = createAssociatedTokenIdempotent({ payer: user, account, owner: user, mint, tokenProgram });
  const inPool = node.chain.account(coin.pool) !== null;
  const build = () => {
    if (inPool) {
      const accounts = node.poolAccounts(coin, user);
      return side === "buy"
        ? pumpSwapBuyExactQuoteIn(accounts, { spendableQuoteIn: amount, minBaseAmountOut: 1n })
        : pumpSwapSell(accounts, { baseAmountIn: amount, minQuoteAmountOut: 0n });
    }
    const accounts = node.curveAccounts(coin, user);
    return side === "buy"
      ? pumpBuyExactSolIn(accounts, { spendableSolIn: amount, minTokensOut: 1n })
      : pumpSell(accounts, { tokenAmount: amount, minSolOutput: 0n });
  };
  const record = node.perform(user, [fromKit(create), fromKit(build())]);
  expect(record.err, record.logs.join("\n")).toBeNull();
  return record;
}

/** What 1 SOL moved on the real programs of 2026-06 (`npm run test:chain` compares them with ours trade by trade). */
describe("what a first buyer of 1 SOL pays, as on the real programs", () => {
  test.each([
    ["normal", 1_004_814_360n, 2_074_080n, 3_853_843n, 1_844_400n],
    ["cashback", 1_003_923_480n, 2_074_080n, 0n, 4_807_363n],
    ["classic", 1_004_779_560n, 2_039_280n, 3_853_843n, 1_844_400n],
  ] as const)("on the curve, %s coin", (kind, paid, ownRent, vault, accumulator) => {
    const node = createTestNode({ seed: `curve costs/${kind}` });
    const coin = node.addCoin({ kind, stage: "curve" });
    const user = trader(node, coin, `first/${kind}`, 0n);
    const accounts = node.curveAccounts(coin, user);
    const record = trade(node, coin, user, "buy", 1_000_000_000n);
    const moved = [
      user,
      accounts.userTokenAccount,
      accounts.protocolFeeRecipient,
      accounts.bondingCurve,
      accounts.creatorVault,
      accounts.userVolumeAccumulator,
      accounts.buybackFeeRecipient,
    ].map((address) => delta(record, address));
    expect(moved).toEqual([-paid, ownRent, 4_691_359n, 987_654_320n, vault, accumulator, 4_691_358n]);
    // The second time, only the trade and the fee of the signature.
    expect(delta(trade(node, coin, user, "buy", 1_000_000_000n), user)).toBe(-1_000_000_000n - SIGNATURE_FEE);
  });

  test.each([
    ["normal", 2_074_080n, 0n],
    ["cashback", 2_074_080n, 2_039_280n],
    ["classic", 2_039_280n, 0n],
  ] as const satisfies ReadonlyArray<readonly [CoinKind, bigint, bigint]>)("in the pool, %s coin", (kind, ownRent, cashbackRent) => {
    const node = createTestNode({ seed: `pool costs/${kind}` });
    const coin = node.addCoin({ kind });
    const first = trader(node, coin, `first/${kind}`, 0n);
    const accounts = node.poolAccounts(coin, first);
    const record = trade(node, coin, first, "buy", 1_000_000_000n);
    expect(delta(record, first)).toBe(-(ownRent + 2_039_280n + 1_844_400n + cashbackRent + SIGNATURE_FEE));
    expect(delta(record, accounts.userQuoteTokenAccount)).toBe(-1_000_000_000n);
    const second = trader(node, coin, `second/${kind}`, 0n);
    expect(delta(trade(node, coin, second, "buy", 1_000_000_000n), second)).toBe(-(ownRent + 1_844_400n + cashbackRent + SIGNATURE_FEE));
    expect(delta(trade(node, coin, second, "sell", 1_000_000n), second)).toBe(-SIGNATURE_FEE);
  });
});

describe("what a first seller pays, who was given the tokens", () => {
  test.each([
    ["normal", "curve", 890_880n],
    ["cashback", "curve", 1_844_400n],
    ["normal", "pool", 2_039_280n],
    ["cashback", "pool", 5_922_960n],
  ] as const)("%s coin, %s", (kind, stage, rents) => {
    const node = createTestNode({ seed: `sale/${kind}/${stage}` });
    const coin = node.addCoin({ kind, stage: "curve" });
    node.trade(coin, { side: "buy", amount: 5_000_000_000n });
    node.chain.remove(node.curveAccounts(coin, coin.creator).creatorVault);
    if (stage === "pool") node.graduate(coin);
    const user = trader(node, coin, `given/${kind}/${stage}`, 10_000_000_000n);
    const first = trade(node, coin, user, "sell", 1_000_000n);
    const second = trade(node, coin, user, "sell", 1_000_000n);
    const proceeds = (record: TransactionRecord) => delta(record, user) + SIGNATURE_FEE;
    expect(proceeds(second)).toBeGreaterThanOrEqual(0n);
    expect(proceeds(second) - proceeds(first)).toBe(rents);
  });

  test("a creator's vault below its rent gets the whole rent besides the fee", () => {
    const node = createTestNode({ seed: "vault" });
    const coin = node.addCoin({ stage: "curve" });
    const user = trader(node, coin, "vault", 0n);
    const { creatorVault } = node.curveAccounts(coin, user);
    trade(node, coin, user, "buy", 1_000_000n);
    for (const [held, extra] of [
      [500_000n, 890_880n],
      [890_879n, 890_880n],
      [890_880n, 0n],
    ] as const) {
      node.fund(creatorVault, held);
      const record = trade(node, coin, user, "buy", 1_000_000n);
      expect(delta(record, user)).toBe(-1_000_000n - SIGNATURE_FEE - extra);
      expect(delta(record, creatorVault)).toBe(2_963n + extra);
    }
  });
});
