import { describe, expect, test } from "vitest";
import { type CoinKind, type TestCoin, tokenAmount } from "../../../localnet/testing/coins.ts";
import { createTestNode, type TestNode } from "../../../localnet/testing/node.ts";
import { associatedTokenAddress } from "../../solana/address.ts";
import { PUMP_FEE_CONFIG, PUMP_GLOBAL, PUMP_SWAP_FEE_CONFIG, PUMP_SWAP_GLOBAL_CONFIG, TOKEN_2022_PROGRAM } from "../../solana/programs.ts";
import { decodeMint, EXTENSION, encodeMint, encodeTokenAccount, plainTokenAccount } from "../../solana/token.ts";
import type { Address } from "../../units.ts";
import { bondingCurveAddress } from "../../venues/pdas.ts";
import { encodePool } from "../../venues/pump-swap.ts";
import type { PoolKeys } from "../market.ts";
import { computeBudget, planTrade, priorityFeeLamports, type TradeRequest } from "./plan.ts";
import { type Accounts, accountOf, curveOf, findRoute, type ReadAccount, type Route, routeAddresses, tradeAddresses } from "./route.ts";

const FUNDS = 10_000_000_000n;
const BUY: TradeRequest = {
  side: "buy",
  amountIn: 500_000_000n,
  minOut: 1n,
  slippageBps: 0,
  isPart: false,
  closesAccount: false,
  tip: null,
};
const SELL: TradeRequest = { ...BUY, side: "sell", minOut: 0n, slippageBps: 100, closesAccount: true };
const BUDGET = computeBudget(400_000, 50_000n, 1_000_000n);

type Stage = "pool" | "curve";

/** A wallet and a coin on the TypeScript chain, with what is read of them. */
function scene(kind: CoinKind = "normal", stage: Stage = "pool") {
  const node = createTestNode({ seed: `plan-${kind}-${stage}` });
  const coin = node.addCoin({ kind, stage });
  const wallet = coin.creator;
  node.fund(wallet, FUNDS);
  const { mint, pool, addresses } = coin;
  const keys: PoolKeys = { mint, pool, baseVault: addresses.poolBase, quoteVault: addresses.poolQuote };
  const token = associatedTokenAddress(wallet, mint, coin.tokenProgram);
  return { node, coin, wallet, keys, token };
}

function read(node: TestNode, addresses: readonly Address[]): Map<Address, ReadAccount> {
  return new Map(addresses.map((address) => [address, node.chain.account(address)]));
}

function routeOf(node: TestNode, keys: PoolKeys, wallet: Address): Route {
  const route = findRoute(keys, wallet, "choice", read(node, routeAddresses(keys)));
  if (!route.ok) throw new Error(`${route.reason} ${route.detail}`);
  return route.value;
}

/** Puts `amount` of the coin into the wallet's account. */
function hold(node: TestNode, coin: TestCoin, wallet: Address, token: Address, amount: bigint): void {
  const data = encodeTokenAccount(plainTokenAccount(coin.mint, wallet, amount, coin.tokenProgram === TOKEN_2022_PROGRAM));
  node.chain.plant(token, { owner: coin.tokenProgram, lamports: 2_074_080n, data, executable: false });
}

function changed(accounts: Accounts, address: Address, account: ReadAccount): Accounts {
  return new Map(accounts).set(address, account);
}

describe("findRoute", () => {
  test("takes the curve while it is not complete, else the pool", () => {
    for (const [kind, stage] of [
      ["normal", "curve"],
      ["normal", "pool"],
      ["cashback", "pool"],
      ["classic", "pool"],
    ] as const) {
      const { node, keys, wallet } = scene(kind, stage);
      const route = routeOf(node, keys, wallet);
      expect(route.venue).toBe(stage);
      expect(new Set(tradeAddresses(route)).size).toBe(tradeAddresses(route).length);
    }
  });

  test("refuses what it cannot tell", () => {
    const { node, keys, wallet } = scene();
    const accounts = read(node, routeAddresses(keys));
    const found = (address: Address, account: ReadAccount) => findRoute(keys, wallet, "choice", changed(accounts, address, account));
    expect(found(keys.mint, null)).toMatchObject({ ok: false, reason: "MINT_UNAVAILABLE" });
    expect(found(keys.pool, null)).toMatchObject({ ok: false, reason: "POOL_UNAVAILABLE" });
    expect(found(PUMP_SWAP_GLOBAL_CONFIG, null)).toMatchObject({ ok: false, reason: "GLOBAL_MALFORMED" });
    const config = accountOf(accounts, PUMP_SWAP_GLOBAL_CONFIG);
    if (config === null) throw new Error("no config");
    expect(found(PUMP_SWAP_GLOBAL_CONFIG, { ...config, data: new Uint8Array(3) }).ok).toBe(false);
    const young = scene("normal", "curve");
    const early = read(young.node, routeAddresses(young.keys));
    expect(findRoute(young.keys, wallet, "choice", changed(early, PUMP_GLOBAL, null))).toMatchObject({
      ok: false,
      reason: "GLOBAL_MALFORMED",
    });
    expect(() => accountOf(accounts, "never read")).toThrow("never read");
  });

  test("a curve is what pump owns and can be decoded", () => {
    const { node, keys } = scene("normal", "curve");
    const account = node.chain.account(bondingCurveAddress(keys.mint));
    if (account === null) throw new Error("no curve");
    expect(curveOf(account)).not.toBeNull();
    expect([curveOf(null), curveOf({ ...account, owner: "x" }), curveOf({ ...account, data: new Uint8Array(9) })]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe("planTrade of a sale", () => {
  test.each<[string, bigint, Partial<TradeRequest>, bigint, boolean]>([
    ["everything that the wallet holds", 1_000n, { amountIn: 7n }, 1_000n, true],
    ["a part, and the account stays", 1_000_000n, { amountIn: 400_000n, isPart: true }, 400_000n, false],
    ["at most what is there", 300_000n, { amountIn: 400_000n, isPart: true }, 300_000n, false],
    ["everything, with the account left open", 1_000_000n, { closesAccount: false }, 1_000_000n, false],
  ])("sells %s", (_name, held, request, amountIn, closes) => {
    for (const stage of ["pool", "curve"] as const) {
      const { node, coin, keys, wallet, token } = scene("normal", stage);
      // A curve holds nothing that it could pay before somebody bought.
      if (stage === "curve") node.trade(coin, { side: "buy", amount: 2_000_000_000n });
      node.tick();
      hold(node, coin, wallet, token, held * 1_000_000n);
      expect(tokenAmount(node.chain, token)).toBe(held * 1_000_000n);
      const route = routeOf(node, keys, wallet);
      const asked = { ...SELL, ...request, amountIn: (request.amountIn ?? 0n) * 1_000_000n };
      const plan = planTrade(route, asked, read(node, tradeAddresses(route)));
      if (!plan.ok) throw new Error(`${plan.reason} ${plan.detail}`);
      expect(plan.value.amountIn).toBe(amountIn * 1_000_000n);
      expect(plan.value.basis.closesBase).toBe(closes);
      expect(plan.value.predicted(priorityFeeLamports(BUDGET)).rentLamports).toBe(closes ? "2074080" : "0");
      expect(plan.value.funded(0n).ok).toBe(true);
      expect(plan.value.instructions(BUDGET).length).toBeGreaterThan(2);
    }
  });

  test("tells apart what is missing and what is not ours", () => {
    const { node, coin, keys, wallet, token } = scene();
    const route = routeOf(node, keys, wallet);
    const planned = () => planTrade(route, SELL, read(node, tradeAddresses(route)));
    expect(planned()).toMatchObject({ ok: false, reason: "TOKENS_MISSING", detail: "no account" });
    hold(node, coin, wallet, token, 0n);
    expect(planned()).toMatchObject({ ok: false, reason: "TOKENS_MISSING", detail: "empty" });
    hold(node, coin, coin.pool, token, 5n);
    expect(planned()).toMatchObject({ ok: false, reason: "TOKEN_ACCOUNT_MALFORMED" });
    node.chain.plant(token, { owner: coin.tokenProgram, lamports: 1n, data: new Uint8Array(4), executable: false });
    expect(planned().ok).toBe(false);
  });

  test("accepts one lamport at least, as the signer demands", () => {
    const { node, coin, keys, wallet, token } = scene();
    hold(node, coin, wallet, token, 1_000_000n);
    const route = routeOf(node, keys, wallet);
    const plan = planTrade(route, { ...SELL, slippageBps: 10_000 }, read(node, tradeAddresses(route)));
    expect(plan).toMatchObject({ ok: true, value: { minOut: 1n } });
  });
});

describe("planTrade of a buy", () => {
  test.each<[CoinKind, Stage]>([
    ["normal", "pool"],
    ["cashback", "pool"],
    ["classic", "pool"],
    ["normal", "curve"],
    ["cashback", "curve"],
  ])("prices a %s coin in its %s, tip and rents included", (kind, stage) => {
    const { node, keys, wallet } = scene(kind, stage);
    const route = routeOf(node, keys, wallet);
    const tip = { account: keys.pool, lamports: 200_000n };
    const plan = planTrade(route, { ...BUY, tip }, read(node, tradeAddresses(route)));
    if (!plan.ok) throw new Error(`${plan.reason} ${plan.detail}`);
    expect(plan.value.predicted(7n)).toMatchObject({ tipLamports: "200000", networkFeeLamports: "5007" });
    expect(BigInt(plan.value.predicted(7n).rentLamports)).toBeGreaterThan(2_000_000n);
    expect(plan.value.funded(0n).ok).toBe(true);
    expect(plan.value.funded(FUNDS)).toMatchObject({ ok: false, reason: "WALLET_UNDERFUNDED" });
  });

  test("refuses what is held, what moved, and what cannot be read", () => {
    const { node, coin, keys, wallet, token } = scene();
    const route = routeOf(node, keys, wallet);
    const accounts = read(node, tradeAddresses(route));
    const planned = (address: Address, account: ReadAccount, request = BUY) =>
      planTrade(route, request, changed(accounts, address, account));
    const at = (address: Address) => {
      const account = accountOf(accounts, address);
      if (account === null) throw new Error(`no ${address}`);
      return account;
    };
    expect(planTrade(route, { ...BUY, minOut: 10n ** 18n }, accounts)).toMatchObject({ ok: false, reason: "SLIPPAGE_EXCEEDED" });
    expect(planTrade(route, { ...BUY, amountIn: 0n }, accounts)).toMatchObject({ ok: false, reason: "QUOTE_UNAVAILABLE" });
    expect(planned(keys.mint, null)).toMatchObject({ ok: false, reason: "MINT_UNAVAILABLE" });
    expect(planned(keys.mint, { ...at(keys.mint), data: new Uint8Array(8) }).ok).toBe(false);
    expect(planned(keys.pool, null)).toMatchObject({ ok: false, reason: "POOL_UNAVAILABLE" });
    expect(planned(PUMP_SWAP_FEE_CONFIG, null)).toMatchObject({ ok: false, reason: "FEE_CONFIG_MALFORMED" });
    expect(planned(wallet, null).ok && planned(wallet, null)).toMatchObject({ ok: true });
    hold(node, coin, wallet, token, 0n);
    expect(planTrade(route, BUY, read(node, tradeAddresses(route)))).toMatchObject({ ok: false, reason: "ALREADY_HELD" });
  });

  test("refuses a pool that is another than the one the route was made for", () => {
    const { node, keys, wallet } = scene();
    const route = routeOf(node, keys, wallet);
    if (route.venue !== "pool") throw new Error("no pool");
    const accounts = read(node, tradeAddresses(route));
    for (const other of [{ coinCreator: keys.mint }, { isCashbackCoin: true }, { isMayhemMode: true }]) {
      const account = accountOf(accounts, keys.pool);
      if (account === null) throw new Error("no pool");
      const data = encodePool({ ...route.pool, ...other });
      expect(planTrade(route, BUY, changed(accounts, keys.pool, { ...account, data }))).toMatchObject({
        ok: false,
        reason: "POOL_MALFORMED",
      });
    }
  });

  test("a curve whose account or fees are gone is refused", () => {
    const { node, keys, wallet } = scene("normal", "curve");
    const route = routeOf(node, keys, wallet);
    const accounts = read(node, tradeAddresses(route));
    expect(planTrade(route, BUY, changed(accounts, bondingCurveAddress(keys.mint), null))).toMatchObject({
      ok: false,
      reason: "CURVE_MALFORMED",
    });
    expect(planTrade(route, BUY, changed(accounts, PUMP_FEE_CONFIG, null))).toMatchObject({ ok: false, reason: "FEE_CONFIG_MALFORMED" });
    expect(planTrade(route, { ...BUY, amountIn: 0n }, accounts).ok).toBe(false);
  });

  test("an extension of the mint makes the account larger, and dearer", () => {
    const { node, keys, wallet } = scene();
    const route = routeOf(node, keys, wallet);
    const accounts = read(node, tradeAddresses(route));
    const account = accountOf(accounts, keys.mint);
    if (account === null) throw new Error("no mint");
    const mint = decodeMint(account.data);
    if (!mint.ok) throw new Error(mint.reason);
    const rentWith = (type: number) => {
      const data = encodeMint({ ...mint.value, extensions: [{ type, data: new Uint8Array(0) }] });
      const plan = planTrade(route, BUY, changed(accounts, keys.mint, { ...account, data }));
      if (!plan.ok) throw new Error(plan.reason);
      return plan.value.basis.baseRentLamports;
    };
    expect(rentWith(EXTENSION.transferFeeConfig) - rentWith(EXTENSION.nonTransferable)).toBe(8n * 6_960n);
  });
});

test("a compute price is cut so that the fee stays within its cap", () => {
  expect(priorityFeeLamports(computeBudget(300_000, null, 100_000n))).toBeLessThanOrEqual(100_000n);
  expect(priorityFeeLamports(computeBudget(300_000, 10n ** 12n, 100_000n))).toBeLessThanOrEqual(100_000n);
  expect(computeBudget(300_000, 5n, 100_000n).microLamports).toBe(5n);
});
