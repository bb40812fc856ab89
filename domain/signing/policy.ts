import { ok, type Result, refuse } from "../result.ts";
import type { Address } from "../units.ts";
import {
  BASE_FEE_LAMPORTS,
  EMPTY_ACCOUNT_RENT_LAMPORTS,
  priorityFeeLamports,
  TOKEN_2022_ACCOUNT_RENT_LAMPORTS,
  TOKEN_ACCOUNT_RENT_LAMPORTS,
  VOLUME_ACCUMULATOR_RENT_LAMPORTS,
} from "./costs.ts";
import { decodeMessage } from "./decode-message.ts";
import {
  type CloseTokenAccount,
  type CreateTokenAccount,
  type KnownInstruction,
  readInstruction,
  type TradeInstruction,
} from "./instructions.ts";
import { addressOf, KEYS, type Key, keyOf, sameKey } from "./keys.ts";
import { isAssociatedToken } from "./program-address.ts";
import { checkTradeAccounts, type TradeAccounts } from "./trade-accounts.ts";
import type { SignerPolicy, SignKind } from "./types.ts";

/** What a message does, as its own bytes say. Amounts in lamports. */
export interface Judgement {
  readonly kind: SignKind;
  /** Most that can leave the wallet: quote or sweep, fees, tip, and the rents of accounts that the transaction may have to create. */
  readonly spendLamports: bigint;
  /** Base fee, priority fee and tip. */
  readonly feeLamports: bigint;
  /** The coin that is traded; null for a sweep and for closing accounts. */
  readonly mint: Address | null;
}

export interface JudgementRules {
  readonly wallet: Address;
  readonly policy: SignerPolicy;
}

interface Fees {
  readonly feeLamports: bigint;
}

/**
 * Judges an unsigned message: default deny. It must be one of these lists of instructions, in this
 * order, each after a compute unit limit and a compute unit price (in either order):
 * - buy in the pool: create our coin account, ensure our wrapped-SOL account, transfer to it, sync, buy, close it;
 * - sell in the pool: ensure our wrapped-SOL account, sell, close our coin account, close the wrapped-SOL account;
 * - buy on the curve: create our coin account, buy;
 * - sell on the curve: sell, close our coin account;
 * - any of these with one tip at the end;
 * - closing accounts of ours, one or more;
 * - a sweep: one transfer to the sweep address.
 * A sale may leave our coin account open: it cannot be closed when somebody sends us a token of the
 * coin meanwhile, and that must not hold up an exit.
 * Refuses with a SIGN_… code.
 */
export function judgeMessage(message: Uint8Array, { wallet, policy }: JudgementRules): Result<Judgement> {
  const decoded = decodeMessage(message);
  if (!decoded.ok) return decoded;
  const walletKey = keyOf(wallet);
  if (!sameKey(decoded.value.feePayer, walletKey)) return refuse("SIGN_FEE_PAYER");
  const instructions: KnownInstruction[] = [];
  for (const instruction of decoded.value.instructions) {
    const known = readInstruction(instruction);
    if (!known.ok) return known;
    instructions.push(known.value);
  }
  return judgeInstructions(instructions, walletKey, policy);
}

function judgeInstructions(instructions: readonly KnownInstruction[], wallet: Key, policy: SignerPolicy): Result<Judgement> {
  const [limit, price] = unitLimitAndPrice(instructions);
  if (limit === null || price === null) return refuse("SIGN_SHAPE", "a unit limit and a unit price come first");
  const rest = instructions.slice(2);
  const last = rest.at(-1);
  const tip = rest.length > 1 && last?.kind === "transfer" ? last : null;
  const steps = tip === null ? rest : rest.slice(0, -1);

  const feeLamports = BASE_FEE_LAMPORTS + priorityFeeLamports(price, limit) + (tip?.lamports ?? 0n);
  if (feeLamports > policy.maxFeePerTxLamports) return refuse("SIGN_FEE_CAP", `${feeLamports} lamports`);
  if (tip !== null) {
    if (!sameKey(tip.from, wallet)) return refuse("SIGN_ACCOUNT", "the tip is not from our wallet");
    const to = addressOf(tip.to);
    if (!policy.tipAccounts.includes(to)) return refuse("SIGN_TIP_ACCOUNT", to);
  }
  return judgeSteps(steps, tip !== null, { feeLamports }, wallet, policy);
}

function unitLimitAndPrice([first, second]: readonly KnownInstruction[]): [limit: bigint | null, price: bigint | null] {
  const limit = first?.kind === "unit-limit" ? first : second;
  const price = limit === first ? second : first;
  return [limit?.kind === "unit-limit" ? limit.units : null, price?.kind === "unit-price" ? price.microLamports : null];
}

function judgeSteps(steps: readonly KnownInstruction[], tipped: boolean, fees: Fees, wallet: Key, policy: SignerPolicy): Result<Judgement> {
  const [a, b, c, d, e, f] = steps;
  switch (steps.map(({ kind }) => kind).join(" ")) {
    case "create ensure transfer sync pool-buy close":
      // The switch has told the kinds; the compiler is told again.
      if (a?.kind !== "create" || b?.kind !== "ensure" || c?.kind !== "transfer" || d?.kind !== "sync") break;
      if (e?.kind !== "pool-buy" || f?.kind !== "close") break;
      return judgePoolBuy({ create: a, ensure: b, wrap: c, synced: d.account, trade: e, close: f }, fees, wallet, policy);
    case "ensure pool-sell close close":
    case "ensure pool-sell close":
      if (a?.kind !== "ensure" || b?.kind !== "pool-sell") break;
      return judgePoolSell(a, b, closings(steps), fees, wallet);
    case "create curve-buy":
      if (a?.kind !== "create" || b?.kind !== "curve-buy") break;
      return judgeCurveBuy(a, b, fees, wallet, policy);
    case "curve-sell close":
    case "curve-sell":
      if (a?.kind !== "curve-sell") break;
      return judgeCurveSell(a, closings(steps), fees, wallet);
    case "transfer":
      if (a?.kind !== "transfer" || tipped) break;
      return judgeSweep(a, fees, wallet, policy);
    default:
      if (tipped || steps.length === 0 || steps.some(({ kind }) => kind !== "close")) break;
      return judgeClosing(closings(steps), fees, wallet);
  }
  return refuse("SIGN_SHAPE", steps.map(({ kind }) => kind).join(" "));
}

interface PoolBuySteps {
  readonly create: CreateTokenAccount;
  readonly ensure: CreateTokenAccount;
  readonly wrap: { readonly from: Key; readonly to: Key; readonly lamports: bigint };
  readonly synced: Key;
  readonly trade: TradeInstruction;
  readonly close: CloseTokenAccount;
}

function judgePoolBuy(steps: PoolBuySteps, fees: Fees, wallet: Key, policy: SignerPolicy): Result<Judgement> {
  const { create, ensure, wrap, synced, trade, close } = steps;
  const trading = checkBuy(trade, create, wallet, policy);
  if (!trading.ok) return trading;
  const wsolAccount = ensure.account;
  if (!createsWsol(ensure, wallet)) return refuse("SIGN_ACCOUNT", "the wrapped-SOL account is not ours");
  if (!sameKey(wrap.from, wallet) || !sameKey(wrap.to, wsolAccount) || !sameKey(synced, wsolAccount)) {
    return refuse("SIGN_ACCOUNT", "SOL is wrapped elsewhere than in our account");
  }
  // More than is wrapped here would draw on what the account holds already; less would be wrapped for nothing.
  if (wrap.lamports !== trade.quote) return refuse("SIGN_SPEND_CAP", `${wrap.lamports} lamports wrapped, ${trade.quote} to spend`);
  if (!closes(close, wsolAccount, KEYS.token, wallet)) return refuse("SIGN_ACCOUNT", "the wrapped-SOL account is not closed to our wallet");
  const rents =
    baseAccountRent(trading.value) +
    TOKEN_ACCOUNT_RENT_LAMPORTS + // Our wrapped-SOL account: lent until the transaction closes it.
    TOKEN_ACCOUNT_RENT_LAMPORTS + // The creator's vault, which the first trade of a pool pays for.
    VOLUME_ACCUMULATOR_RENT_LAMPORTS +
    (trading.value.cashback ? TOKEN_ACCOUNT_RENT_LAMPORTS : 0n);
  return judged("entry", trade.quote + rents, fees, trading.value.mint);
}

function judgeCurveBuy(
  create: CreateTokenAccount,
  trade: TradeInstruction,
  fees: Fees,
  wallet: Key,
  policy: SignerPolicy,
): Result<Judgement> {
  const trading = checkBuy(trade, create, wallet, policy);
  if (!trading.ok) return trading;
  const rents = baseAccountRent(trading.value) + EMPTY_ACCOUNT_RENT_LAMPORTS + VOLUME_ACCUMULATOR_RENT_LAMPORTS;
  return judged("entry", trade.quote + rents, fees, trading.value.mint);
}

function checkBuy(trade: TradeInstruction, create: CreateTokenAccount, wallet: Key, policy: SignerPolicy): Result<TradeAccounts> {
  const accounts = checkTradeAccounts(trade, wallet);
  if (!accounts.ok) return accounts;
  const { mint, tokenProgram, baseAccount } = accounts.value;
  const creates =
    sameKey(create.payer, wallet) &&
    sameKey(create.owner, wallet) &&
    sameKey(create.account, baseAccount) &&
    sameKey(create.mint, mint) &&
    sameKey(create.tokenProgram, tokenProgram);
  if (!creates) return refuse("SIGN_ACCOUNT", "the coin account is not the one that the trade fills");
  if (trade.base === 0n) return refuse("SIGN_MIN_OUT");
  if (trade.quote > policy.maxSpendPerTxLamports) return refuse("SIGN_SPEND_CAP", `${trade.quote} lamports`);
  return accounts;
}

function judgePoolSell(
  ensure: CreateTokenAccount,
  trade: TradeInstruction,
  closes: readonly CloseTokenAccount[],
  fees: Fees,
  wallet: Key,
): Result<Judgement> {
  const trading = checkSell(trade, closes.slice(0, -1), wallet);
  if (!trading.ok) return trading;
  if (!createsWsol(ensure, wallet)) return refuse("SIGN_ACCOUNT", "the wrapped-SOL account is not ours");
  if (!closesAll(closes.slice(-1), ensure.account, KEYS.token, wallet)) {
    return refuse("SIGN_ACCOUNT", "the wrapped-SOL account is not closed to our wallet");
  }
  // Our wrapped-SOL account and the creator's vault; of a cashback coin the accumulator's account too.
  const rents = TOKEN_ACCOUNT_RENT_LAMPORTS * (trading.value.cashback ? 3n : 2n);
  return judged("exit", rents, fees, trading.value.mint);
}

function judgeCurveSell(trade: TradeInstruction, closes: readonly CloseTokenAccount[], fees: Fees, wallet: Key): Result<Judgement> {
  const trading = checkSell(trade, closes, wallet);
  return trading.ok ? judged("exit", EMPTY_ACCOUNT_RENT_LAMPORTS, fees, trading.value.mint) : trading;
}

/** `closes`: the closing of the coin account, if any. */
function checkSell(trade: TradeInstruction, closes: readonly CloseTokenAccount[], wallet: Key): Result<TradeAccounts> {
  const accounts = checkTradeAccounts(trade, wallet);
  if (!accounts.ok) return accounts;
  const { baseAccount, tokenProgram } = accounts.value;
  if (!closesAll(closes, baseAccount, tokenProgram, wallet)) return refuse("SIGN_ACCOUNT", "the coin account is not closed to our wallet");
  if (trade.base === 0n || trade.quote === 0n) return refuse("SIGN_MIN_OUT");
  return accounts;
}

function judgeSweep(transfer: { from: Key; to: Key; lamports: bigint }, fees: Fees, wallet: Key, policy: SignerPolicy): Result<Judgement> {
  if (!sameKey(transfer.from, wallet)) return refuse("SIGN_ACCOUNT", "the transfer is not from our wallet");
  if (addressOf(transfer.to) !== policy.sweepAddress) return refuse("SIGN_SWEEP_ADDRESS", addressOf(transfer.to));
  return judged("sweep", transfer.lamports, fees, null);
}

/**
 * A CloseAccount names no mint, so that the account cannot be derived. It need not be: the token
 * programs close only what the wallet is the authority of, and only to the wallet, empty or wrapped SOL.
 */
function judgeClosing(closings: readonly CloseTokenAccount[], fees: Fees, wallet: Key): Result<Judgement> {
  if (!closings.every((close) => closes(close, close.account, close.tokenProgram, wallet))) {
    return refuse("SIGN_ACCOUNT", "an account is not closed to our wallet");
  }
  if (closings.some(({ account }) => sameKey(account, wallet))) return refuse("SIGN_ACCOUNT", "the wallet is no token account");
  return judged("exit", 0n, fees, null);
}

function closings(steps: readonly KnownInstruction[]): CloseTokenAccount[] {
  return steps.filter((step) => step.kind === "close");
}

function closesAll(closings: readonly CloseTokenAccount[], account: Key, tokenProgram: Key, wallet: Key): boolean {
  return closings.every((close) => closes(close, account, tokenProgram, wallet));
}

function closes(close: CloseTokenAccount, account: Key, tokenProgram: Key, wallet: Key): boolean {
  return (
    sameKey(close.account, account) &&
    sameKey(close.tokenProgram, tokenProgram) &&
    sameKey(close.destination, wallet) &&
    sameKey(close.owner, wallet)
  );
}

function createsWsol({ payer, owner, account, mint, tokenProgram }: CreateTokenAccount, wallet: Key): boolean {
  return (
    sameKey(payer, wallet) &&
    sameKey(owner, wallet) &&
    sameKey(mint, KEYS.wsol) &&
    sameKey(tokenProgram, KEYS.token) &&
    isAssociatedToken(account, wallet, KEYS.wsol, KEYS.token)
  );
}

function baseAccountRent({ tokenProgram }: TradeAccounts): bigint {
  return sameKey(tokenProgram, KEYS.token) ? TOKEN_ACCOUNT_RENT_LAMPORTS : TOKEN_2022_ACCOUNT_RENT_LAMPORTS;
}

function judged(kind: SignKind, lamports: bigint, { feeLamports }: Fees, mint: Key | null): Result<Judgement> {
  return ok({ kind, spendLamports: lamports + feeLamports, feeLamports, mint: mint === null ? null : addressOf(mint) });
}
