import { describe, expect, test } from "vitest";
import { addressBytes } from "../../domain/solana/address.ts";
import { MAX_WIRE_TRANSACTION_BYTES } from "../../domain/solana/message.ts";
import { bookTrade } from "../../domain/trading/landing/book.ts";
import { parseConfirmed } from "../../domain/trading/landing/confirmed.ts";
import type { Prepared } from "../../domain/trading/landing/intent.ts";
import { computeBudget, planTrade, priorityFeeLamports, type TradeRequest } from "../../domain/trading/landing/plan.ts";
import { type Accounts, findRoute, type Route, routeAddresses, tradeAddresses } from "../../domain/trading/landing/route.ts";
import type { PoolKeys } from "../../domain/trading/market.ts";
import type { Address } from "../../domain/units.ts";
import { renderTransaction } from "../chain/render.ts";
import { type CoinKind, type TestCoin, tokenAmount } from "../testing/coins.ts";
import type { TestNode } from "../testing/node.ts";
import { IS_WITHOUT_PROGRAMS, land, newWallet, recordedGenesis, svmNode, type TestWallet } from "./pair.ts";

const FUNDS = 10_000_000_000n;
const BUDGET = computeBudget(400_000, 50_000n, 1_000_000n);
const BUY: TradeRequest = {
  side: "buy",
  amountIn: 500_000_000n,
  minOut: 1n,
  slippageBps: 0,
  isPart: false,
  closesAccount: false,
  tip: null,
};
const SELL: TradeRequest = { ...BUY, side: "sell", minOut: 0n, slippageBps: 100 };

function read(node: TestNode, addresses: readonly Address[]): Accounts {
  return new Map(addresses.map((address) => [address, node.chain.account(address)]));
}

function keysOf({ mint, pool, addresses }: TestCoin): PoolKeys {
  return { mint, pool, baseVault: addresses.poolBase, quoteVault: addresses.poolQuote };
}

function routeOf(node: TestNode, coin: TestCoin, wallet: Address): Route {
  const keys = keysOf(coin);
  const route = findRoute(keys, wallet, "choice", read(node, routeAddresses(keys)));
  if (!route.ok) throw new Error(`${route.reason} ${route.detail}`);
  return route.value;
}

/** Plans a trade on the accounts as they are, lands it, and compares plan, booking and what moved. */
async function perform(node: TestNode, coin: TestCoin, who: TestWallet, request: TradeRequest): Promise<void> {
  const route = routeOf(node, coin, who.address);
  const plan = planTrade(route, request, read(node, tradeAddresses(route)));
  if (!plan.ok) throw new Error(`${plan.reason} ${plan.detail}`);
  const predicted = plan.value.predicted(priorityFeeLamports(BUDGET));
  const held = {
    lamports: node.chain.account(who.address)?.lamports ?? 0n,
    tokens: tokenAmount(node.chain, plan.value.basis.baseAccount),
  };
  const signed = who.sign(plan.value.instructions(BUDGET), node.chain.latestBlockhash().blockhash);
  expect(signed.wire.length).toBeLessThanOrEqual(MAX_WIRE_TRANSACTION_BYTES);
  const record = await land(node, signed);
  expect(record.err, record.logs.join("\n")).toBeNull();
  const confirmed = parseConfirmed(renderTransaction(record));
  if (!confirmed.ok) throw new Error(confirmed.reason);
  const { basis, amountIn, minOut, tipLamports } = plan.value;
  const prepared: Prepared = {
    preparedAtMs: node.now(),
    messageBase64: "",
    lastValidBlockHeight: 0,
    computeUnitLimit: BUDGET.computeUnitLimit,
    priorityFeeLamports: priorityFeeLamports(BUDGET),
    tipLamports,
    amountIn,
    minOut,
    basis,
    predicted,
  };
  const booked = bookTrade(request.side, prepared, confirmed.value);
  expect(booked).toMatchObject({ ok: true, value: { differences: [], actual: predicted } });
  const sign = request.side === "buy" ? 1n : -1n;
  const costs = BigInt(predicted.networkFeeLamports) + BigInt(predicted.tipLamports) + BigInt(predicted.otherRentLamports);
  const paid = sign * (BigInt(predicted.quoteLamports) + BigInt(predicted.rentLamports)) + costs;
  expect({
    lamports: node.chain.account(who.address)?.lamports ?? 0n,
    tokens: tokenAmount(node.chain, plan.value.basis.baseAccount),
  }).toEqual({
    lamports: held.lamports - paid,
    tokens: held.tokens + sign * BigInt(predicted.baseAmount),
  });
}

type Case = readonly [kind: CoinKind, stage: "curve" | "pool", before: bigint];
const CASES: readonly Case[] = [
  ["normal", "curve", 0n],
  ["normal", "curve", 500_000_000n],
  ["normal", "pool", 0n],
  ["cashback", "curve", 0n],
  ["cashback", "pool", 0n],
  ["classic", "curve", 0n],
  ["classic", "pool", 0n],
];

/** Two wallets' first and later trades with one coin. */
async function tradesOf(node: TestNode, [kind, stage, before]: Case): Promise<void> {
  const coin = node.addCoin({ kind, stage });
  if (before > 0n) node.trade(coin, { side: "buy", amount: before });
  const [wallet, other] = [newWallet("first"), newWallet("second")];
  for (const { address } of [wallet, other]) node.fund(address, FUNDS);
  await perform(node, coin, wallet, BUY);
  await perform(node, coin, wallet, { ...SELL, closesAccount: true });
  await perform(node, coin, other, BUY);
  await perform(node, coin, wallet, { ...BUY, amountIn: 30_000_000n });
  await perform(node, coin, wallet, SELL);
}

describe.skipIf(IS_WITHOUT_PROGRAMS)("planned trades cost what they were planned to, on the real programs", () => {
  test.each(CASES)("%s coin, %s, others traded %s before", async (...trades) => {
    await tradesOf(svmNode(`plans/${trades.join("/")}`), trades);
  });

  const recorded = IS_WITHOUT_PROGRAMS ? null : recordedGenesis();
  if (recorded === null && !IS_WITHOUT_PROGRAMS) console.warn("SKIPPED: no recorded configuration accounts beside the checkout");
  test.skipIf(recorded === null).each(CASES)(
    "with mainnet's recorded configuration: %s coin, %s, others traded %s before",
    async (...trades) => {
      await tradesOf(svmNode(`recorded/${trades.join("/")}`, recorded ?? undefined), trades);
    },
  );

  test.each([0n, 500_000n, 890_879n, 890_880n])("a creator's vault that holds %s lamports", async (held) => {
    const node = svmNode(`vault/${held}`);
    const coin = node.addCoin({ stage: "curve" });
    const wallet = newWallet("wallet");
    node.fund(wallet.address, FUNDS);
    if (held > 0n) node.fund(node.curveAccounts(coin, wallet.address).creatorVault, held);
    await perform(node, coin, wallet, { ...BUY, amountIn: 2_000_000n });
  });

  test.each([
    ["normal", "curve"],
    ["cashback", "curve"],
    ["normal", "pool"],
    ["cashback", "pool"],
  ] as const)("a first sale of tokens that were sent to the wallet: %s coin, %s", async (kind, stage) => {
    const node = svmNode(`given/${kind}/${stage}`);
    const coin = node.addCoin({ kind, stage });
    const donor = newWallet("donor");
    const wallet = newWallet("wallet");
    node.fund(donor.address, FUNDS);
    node.fund(wallet.address, FUNDS);
    const route = routeOf(node, coin, donor.address);
    const plan = planTrade(route, BUY, read(node, tradeAddresses(route)));
    if (!plan.ok) throw new Error(plan.reason);
    expect((await land(node, donor.sign(plan.value.instructions(BUDGET), node.chain.latestBlockhash().blockhash))).err).toBeNull();
    const own = routeOf(node, coin, wallet.address);
    const account = own.venue === "pool" ? own.accounts.userBaseTokenAccount : own.accounts.userTokenAccount;
    const given = node.chain.account(plan.value.basis.baseAccount);
    if (given === null) throw new Error("the donor holds nothing");
    // The donor's account with another owner: as if its tokens had been transferred.
    const data = Uint8Array.from(given.data);
    data.set(addressBytes(wallet.address), 32);
    node.chain.plant(account, { ...given, data });
    const sale = planTrade(own, { ...SELL, closesAccount: true }, read(node, tradeAddresses(own)));
    if (!sale.ok) throw new Error(`${sale.reason} ${sale.detail}`);
    const predicted = sale.value.predicted(priorityFeeLamports(BUDGET));
    const record = await land(node, wallet.sign(sale.value.instructions(BUDGET), node.chain.latestBlockhash().blockhash));
    expect(record.err, record.logs.join("\n")).toBeNull();
    const gained = BigInt(predicted.quoteLamports) + BigInt(predicted.rentLamports);
    const costs = BigInt(predicted.networkFeeLamports) + BigInt(predicted.otherRentLamports);
    expect(node.chain.account(wallet.address)?.lamports).toBe(FUNDS + gained - costs);
  });
});
