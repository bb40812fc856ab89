import { base64 } from "@scure/base";
import type { Rpc, RpcResult } from "../../../adapters/rpc/client.ts";
import { hash32 } from "../../../domain/random.ts";
import { ok, type Result, refuse } from "../../../domain/result.ts";
import { associatedTokenAddress } from "../../../domain/solana/address.ts";
import { compileMessage, wireTransaction, wireTransactionBytes } from "../../../domain/solana/build-message.ts";
import { MAX_WIRE_TRANSACTION_BYTES } from "../../../domain/solana/message.ts";
import { checkExpiry } from "../../../domain/trading/landing/expiry.ts";
import type { Intent, Prepared } from "../../../domain/trading/landing/intent.ts";
import { computeBudget, planTrade, priorityFeeLamports } from "../../../domain/trading/landing/plan.ts";
import {
  type Accounts,
  findRoute,
  type ReadAccount,
  type Route,
  routeAddresses,
  tradeAddresses,
} from "../../../domain/trading/landing/route.ts";
import { DRAFT_UNITS, judgeSimulation, programError, unitsFor } from "../../../domain/trading/landing/simulation.ts";
import type { Address } from "../../../domain/units.ts";
import type { ChainParts, TradingWallet } from "./chain.ts";
import type { TradeContext } from "./ports.ts";

/** Least tip that Helius Sender takes (helius.dev/docs/sending-transactions/sender). */
const MIN_TIP_LAMPORTS = 200_000n;
/** Only its length counts: a simulation without signature check. */
const NO_SIGNATURE = new Uint8Array(64);
/**
 * Builds the transaction of an intent: accounts and blockhash read fresh, priced, simulated without a
 * signature, and given the compute budget that the simulation shows. Nothing is signed. Refuses as
 * `findRoute`, `planTrade` and `judgeSimulation` do, with TX_TOO_LARGE, and with the RPC's codes.
 */
export async function prepareTransaction(intent: Intent, context: TradeContext, ports: ChainParts): Promise<Result<Prepared>> {
  const { rpc } = ports;
  const { parameters } = context;
  const held = await ports.wallet(context.buyer);
  if (!held.ok) return held;
  const wallet = held.value;
  const route = await routeOf(intent, wallet, context, ports);
  if (!route.ok) return route;
  const addresses = tradeAddresses(route.value);
  const [accounts, blockhash, progress, estimate] = await Promise.all([
    readAccounts(rpc, addresses, context.minSlot),
    rpc.getLatestBlockhash(),
    rpc.getProgress(),
    rpc.getPriorityFeeEstimate({ accountKeys: writtenByAll(route.value) }),
  ]);
  if (!accounts.ok) return accounts;
  if (!blockhash.ok) return blockhash;
  if (!progress.ok) return progress;
  const expiry = checkExpiry(blockhash.value.lastValidBlockHeight, progress.value.blockHeight);
  if (!expiry.ok) return expiry;
  const tip = tipOf(intent.id, wallet, context, ports);
  const request = {
    side: intent.side,
    amountIn: intent.amountIn,
    minOut: intent.minOut,
    slippageBps: intent.slippageBps,
    isPart: intent.isPart,
    closesAccount: intent.closesAccount,
    tip,
  };
  const plan = planTrade(route.value, request, accounts.value);
  if (!plan.ok) {
    ports.routes.route = null;
    return plan.reason === "TOKENS_MISSING" ? await confirmMissing(route.value, context, ports, plan.detail) : plan;
  }
  const price = estimate.ok ? estimate.value : null;
  const cap = BigInt(parameters.priorityFeeLamports);
  const compile = (units: number) => {
    const budget = computeBudget(units, price, cap);
    const instructions = plan.value.instructions(budget);
    return { budget, instructions, message: compileMessage({ payer: wallet.address, instructions, blockhash: blockhash.value.blockhash }) };
  };
  const draft = compile(DRAFT_UNITS);
  const funded = plan.value.funded(priorityFeeLamports(draft.budget));
  if (!funded.ok) return funded;
  const size = wireTransactionBytes(draft.message);
  if (size > MAX_WIRE_TRANSACTION_BYTES) return refuse("TX_TOO_LARGE", `${size} bytes`);
  const simulated = await rpc.simulateTransaction(base64.encode(wireTransaction(draft.message, NO_SIGNATURE)));
  if (!simulated.ok) return simulated;
  const { err, logs, unitsConsumed } = simulated.value;
  const programs = draft.instructions.map(({ programAddress }) => programAddress as Address);
  const custom = programError(err, logs, programs);
  if (custom !== null) ports.observe({ kind: "custom-error", ...custom, where: `${intent.id} in simulation` });
  const judged = judgeSimulation(intent.side, err, logs, programs);
  if (!judged.ok) {
    // Perhaps an account of the route is no longer the program's choice.
    if (judged.reason === "SIMULATION_FAILED") ports.routes.route = null;
    return judged;
  }
  const { message, budget } = compile(unitsFor(intent.side, unitsConsumed));
  const fee = priorityFeeLamports(budget);
  return ok({
    preparedAtMs: ports.now(),
    messageBase64: base64.encode(message),
    lastValidBlockHeight: blockhash.value.lastValidBlockHeight,
    computeUnitLimit: budget.computeUnitLimit,
    priorityFeeLamports: fee,
    tipLamports: plan.value.tipLamports,
    amountIn: plan.value.amountIn,
    minOut: plan.value.minOut,
    basis: plan.value.basis,
    predicted: plan.value.predicted(fee),
  });
}

/** Reads accounts at one slot, not before `minSlot`. */
export async function readAccounts(rpc: Rpc, addresses: readonly Address[], minSlot: number): Promise<RpcResult<Accounts>> {
  const reply = await rpc.getAccounts(addresses, minSlot > 0 ? { minContextSlot: minSlot } : {});
  if (!reply.ok) return reply;
  return ok(new Map(addresses.map((address, index): [Address, ReadAccount] => [address, reply.value.accounts[index] ?? null])));
}

async function routeOf(intent: Intent, wallet: TradingWallet, context: TradeContext, { rpc, routes }: ChainParts): Promise<Result<Route>> {
  const known = routes.route;
  // A curve may have completed since; a pool stays the coin's pool.
  if (known?.venue === "pool") return ok(known);
  const accounts = await readAccounts(rpc, routeAddresses(context.keys), context.minSlot);
  if (!accounts.ok) return accounts;
  const route = findRoute(context.keys, wallet.address, intent.positionId, accounts.value);
  if (route.ok) routes.route = route.value;
  return route;
}

/** Accounts that every trade of the coin writes: what the fee market of this coin is about. */
function writtenByAll(route: Route): Address[] {
  if (route.venue === "curve") return [route.accounts.bondingCurve, route.accounts.bondingCurveTokenAccount];
  return [route.accounts.pool, route.accounts.poolBaseTokenAccount, route.accounts.poolQuoteTokenAccount];
}

/** With Sender a tip is due; the account is drawn by the intent, so that tips spread over the list. */
function tipOf(intentId: string, wallet: TradingWallet, { parameters }: TradeContext, { sender }: ChainParts) {
  if (sender === null) return null;
  const account = wallet.tipAccounts[hash32(intentId) % Math.max(1, wallet.tipAccounts.length)];
  if (account === undefined) return null;
  const lamports = BigInt(parameters.tipLamports);
  return { account, lamports: lamports > MIN_TIP_LAMPORTS ? lamports : MIN_TIP_LAMPORTS };
}

/** That the tokens are gone must be said by every provider; one of them may lag or be wrong. */
async function confirmMissing(
  route: Route,
  context: TradeContext,
  { providers }: ChainParts,
  detail: string | undefined,
): Promise<Result<never>> {
  const program = route.venue === "pool" ? route.accounts.baseTokenProgram : route.accounts.tokenProgram;
  const account = associatedTokenAddress(route.accounts.user, context.keys.mint, program);
  const replies = await Promise.all(providers.map(({ rpc }) => readAccounts(rpc, [account], context.minSlot)));
  for (const reply of replies) {
    if (!reply.ok) return reply;
    const data = reply.value.get(account)?.data;
    // Amount of a token account: 8 bytes from byte 64.
    if (data?.subarray(64, 72).some((byte) => byte !== 0)) return refuse("RPC_DISAGREEMENT", "one provider knows the tokens");
  }
  return refuse("TOKENS_MISSING", detail);
}
