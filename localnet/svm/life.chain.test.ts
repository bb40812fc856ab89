import { describe, expect, test } from "vitest";
import { decodeTransaction, findGraduation } from "../../domain/solana/decode.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import { decodeBondingCurve, POOL_MIGRATION_FEE_LAMPORTS } from "../../domain/venues/pump-curve.ts";
import { decodePool, isCanonicalPool } from "../../domain/venues/pump-swap.ts";
import { programDataAddress, UPGRADEABLE_PROGRAMS } from "../chain/program-accounts.ts";
import { renderTransaction } from "../chain/render.ts";
import { readMint } from "../chain/token-state.ts";
import type { TransactionRecord } from "../chain/types.ts";
import { tokenAmount } from "../testing/coins.ts";
import { IS_WITHOUT_PROGRAMS, svmNode, typescriptNode } from "./pair.ts";

function parsed(record: TransactionRecord) {
  const transaction = parseTransaction(renderTransaction(record));
  if (!transaction.ok) throw new Error(transaction.reason);
  return transaction.value;
}

function names(record: TransactionRecord): string[] {
  return decodeTransaction(parsed(record)).map(({ name }) => name);
}

describe.skipIf(IS_WITHOUT_PROGRAMS)("a coin's whole life in the real programs", () => {
  test.each(["normal", "cashback", "classic"] as const)(
    "%s: created, traded on its curve, completed, migrated, traded in its pool",
    (kind) => {
      const node = svmNode(`life/${kind}`);
      const twin = typescriptNode(`life/${kind}`);
      const coin = node.addCoin({ kind, stage: "curve" });
      expect(twin.addCoin({ kind, stage: "curve" })).toEqual(coin);
      const both = (play: (one: typeof node) => TransactionRecord): TransactionRecord => {
        const [real, ours] = [play(node), play(twin)];
        expect(real.err).toBeNull();
        expect(ours.err).toBeNull();
        expect(names(ours)).toEqual(names(real));
        return real;
      };
      const curve = () => {
        const decoded = decodeBondingCurve(node.chain.account(coin.addresses.curve)?.data ?? new Uint8Array());
        if (!decoded.ok) throw new Error(decoded.reason);
        return decoded.value;
      };
      expect(curve()).toMatchObject({ complete: false, creator: coin.creator, isCashbackCoin: kind === "cashback", isMayhemMode: false });
      expect(names(both((one) => one.trade(coin, { side: "buy", amount: 3_000_000_000n })))).toEqual(["Trade"]);
      expect(names(both((one) => one.trade(coin, { side: "buy", amount: 2_000_000_000n, stranger: 1 })))).toEqual(["Trade"]);
      both((one) => one.trade(coin, { side: "sell", amount: 40_000_000_000_000n }));
      const migrated = both((one) => one.graduate(coin));
      expect(curve()).toMatchObject({ complete: true, realTokenReserves: 0n });
      const graduation = findGraduation(parsed(migrated));
      if (!graduation.ok) throw new Error(graduation.reason);
      expect(graduation.value).toMatchObject({
        mint: coin.mint,
        pool: coin.pool,
        baseAmount: 206_900_000_000_000n,
        instruction: "migrate_v2",
      });
      const pool = decodePool(node.chain.account(coin.pool)?.data ?? new Uint8Array());
      if (!pool.ok) throw new Error(pool.reason);
      expect(isCanonicalPool(pool.value)).toBe(true);
      expect(pool.value).toMatchObject({
        coinCreator: coin.creator,
        isCashbackCoin: kind === "cashback",
        virtualQuoteReservesLamports: 0n,
      });
      const quote = tokenAmount(node.chain, coin.addresses.poolQuote);
      expect(quote).toBe(graduation.value.quoteAmountLamports);
      expect(quote).toBe(tokenAmount(twin.chain, coin.addresses.poolQuote));
      expect(quote > 84_990_000_000n && quote < 85_005_359_057n + POOL_MIGRATION_FEE_LAMPORTS).toBe(true);
      const lp = node.chain.account(coin.addresses.lpMint);
      expect(lp === null ? null : readMint(lp)?.supply).toBe(0n);
      for (const stranger of [0, 1]) {
        expect(names(both((one) => one.trade(coin, { side: "buy", amount: 1_000_000_000n, stranger })))).toEqual(["Buy"]);
        expect(names(both((one) => one.trade(coin, { side: "sell", amount: 1_000_000_000_000n, stranger })))).toEqual(["Sell"]);
      }
      for (const vault of [coin.addresses.poolBase, coin.addresses.poolQuote])
        expect(tokenAmount(twin.chain, vault)).toBe(tokenAmount(node.chain, vault));
    },
  );

  test("a program deployed anew goes on working, with another slot and other bytes", () => {
    const node = svmNode("upgrade");
    const coin = node.addCoin();
    const data = () => node.chain.account(programDataAddress(UPGRADEABLE_PROGRAMS.pump_amm))?.data ?? new Uint8Array();
    const before = data();
    node.tick(5);
    node.upgradeProgram("pump_amm");
    const after = data();
    expect(new DataView(after.buffer).getBigUint64(4, true)).toBe(BigInt(node.slot()));
    expect(after.length).toBe(before.length + 1);
    node.tick();
    expect(node.trade(coin, { side: "buy", amount: 1_000_000_000n }).err).toBeNull();
  });
});
