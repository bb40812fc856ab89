import type { Instruction as KitInstruction } from "@solana/kit";
import type { Rng } from "../../domain/random.ts";
import { HELIUS_TIP_ACCOUNTS } from "../../domain/signing/tip-accounts.ts";
import {
  closeAccount,
  createAssociatedToken,
  createAssociatedTokenIdempotent,
  setComputeUnitLimit,
  setComputeUnitPrice,
  syncNative,
  systemTransfer,
} from "../../domain/solana/instructions.ts";
import { PUMP_TOKEN_SUPPLY, TOKEN_PROGRAM, WSOL_MINT } from "../../domain/solana/programs.ts";
import type { Address } from "../../domain/units.ts";
import { DEFAULT_CURVE_FEES, DEFAULT_FEE_CONFIG } from "../../domain/venues/fee-config.ts";
import {
  pumpBuy,
  pumpBuyExactSolIn,
  pumpSell,
  pumpSwapBuy,
  pumpSwapBuyExactQuoteIn,
  pumpSwapSell,
} from "../../domain/venues/instructions.ts";
import { decodeBondingCurve, quoteCurveBuyExactQuoteIn, quoteCurveBuyExactTokens, quoteCurveSell } from "../../domain/venues/pump-curve.ts";
import {
  decodePool,
  feesForPool,
  poolReserves,
  quoteBuyExactBaseOut,
  quoteBuyExactQuoteIn,
  quoteSell,
} from "../../domain/venues/pump-swap.ts";
import { type TestCoin, tokenAmount } from "../testing/coins.ts";
import type { TestNode } from "../testing/node.ts";

const TIP_LAMPORTS = 200_000n;
const UNIT_LIMIT = 400_000;
const UNIT_PRICE = 50_000n;
/** Past this share of its curve sold, a coin is left alone: the last buy is a story of its own. */
const LAST_CURVE_TOKENS = 150_000_000_000_000n;

export type Kind = "buy" | "buy exact in" | "sell";

/** A trade and what it must do. */
export interface Planned {
  readonly kind: Kind;
  readonly instructions: readonly KitInstruction[];
  /** Base units and lamports that the trade itself must move, fees included. */
  readonly baseAmount: bigint;
  readonly quoteLamports: bigint;
  /** The error of the swap instruction when the bound is one too tight. */
  readonly expected: { readonly Custom: number } | null;
}

/** One coin on both engines. */
export interface Stage {
  readonly svm: TestNode;
  readonly typescript: TestNode;
  readonly coin: TestCoin;
  readonly rng: Rng;
}

/** Log-uniform between two amounts. */
function between(rng: Rng, least: bigint, most: bigint): bigint {
  return BigInt(Math.floor(Math.exp(Math.log(Number(least)) + rng.next() * (Math.log(Number(most)) - Math.log(Number(least))))));
}

/** Mostly a bound that holds exactly, now and then one that is one too tight. */
function isTooTight(rng: Rng): boolean {
  return rng.next() < 0.1;
}

function frame(rng: Rng, user: Address, trade: readonly KitInstruction[]): KitInstruction[] {
  const tip = HELIUS_TIP_ACCOUNTS[rng.int(HELIUS_TIP_ACCOUNTS.length)] ?? "";
  return [
    setComputeUnitLimit(UNIT_LIMIT),
    setComputeUnitPrice(UNIT_PRICE),
    ...trade,
    ...(rng.next() < 0.5 ? [systemTransfer(user, tip, TIP_LAMPORTS)] : []),
  ];
}

function pickKind(rng: Rng, held: bigint): Kind {
  if (held > 0n && rng.next() < 0.45) return "sell";
  return rng.next() < 0.3 ? "buy" : "buy exact in";
}

/** A random trade of the user on the curve, as the real programs stand. */
export function planCurve(stage: Stage, user: Address): Planned {
  const { svm, coin, rng } = stage;
  const accounts = svm.curveAccounts(coin, user);
  const decoded = decodeBondingCurve(svm.chain.account(accounts.bondingCurve)?.data ?? new Uint8Array());
  if (!decoded.ok) throw new Error(decoded.reason);
  const curve = decoded.value;
  const { userTokenAccount: account, mint, tokenProgram } = accounts;
  const held = tokenAmount(svm.chain, account);
  const mustSell = curve.realTokenReserves < LAST_CURVE_TOKENS && held > 0n;
  const kind = mustSell ? "sell" : pickKind(rng, held);
  const tight = isTooTight(rng) ? 1n : 0n;
  const ata = { payer: user, account, owner: user, mint, tokenProgram };
  const create = svm.chain.account(account) === null ? createAssociatedToken(ata) : createAssociatedTokenIdempotent(ata);
  if (kind === "sell") {
    const amount = rng.next() < 0.3 ? held : between(rng, held < 1_000n ? 1n : held / 1_000n, held);
    const quote = quoteCurveSell(curve, amount, DEFAULT_CURVE_FEES);
    if (!quote.ok) return planCurve(stage, user);
    const { userQuoteAmountLamports: lamports } = quote.value;
    const close = amount === held ? [closeAccount(account, user, user, tokenProgram)] : [];
    const sell = pumpSell(accounts, { tokenAmount: amount, minSolOutput: lamports + tight });
    return planned(kind, frame(rng, user, [sell, ...close]), amount, lamports, tight === 0n ? null : { Custom: 6003 });
  }
  const spend = between(rng, 1_000_000n, 6_000_000_000n);
  const exact = quoteCurveBuyExactQuoteIn(curve, spend, DEFAULT_CURVE_FEES);
  if (!exact.ok) throw new Error(exact.reason);
  if (kind === "buy exact in") {
    const { tokenAmount: tokens, userQuoteAmountLamports: lamports } = exact.value;
    const buy = pumpBuyExactSolIn(accounts, { spendableSolIn: spend, minTokensOut: tokens + tight });
    return planned(kind, frame(rng, user, [create, buy]), tokens, lamports, tight === 0n ? null : { Custom: 6042 });
  }
  const quote = quoteCurveBuyExactTokens(curve, exact.value.tokenAmount, DEFAULT_CURVE_FEES);
  if (!quote.ok) throw new Error(quote.reason);
  const { tokenAmount: tokens, userQuoteAmountLamports: lamports } = quote.value;
  const buy = pumpBuy(accounts, { tokenAmount: tokens, maxSolCost: lamports - tight });
  return planned(kind, frame(rng, user, [create, buy]), tokens, lamports, tight === 0n ? null : { Custom: 6002 });
}

/** A random trade of the user in the pool, as the real programs stand. */
export function planPool(stage: Stage, user: Address): Planned {
  const { svm, coin, rng } = stage;
  const accounts = svm.poolAccounts(coin, user);
  const decoded = decodePool(svm.chain.account(coin.pool)?.data ?? new Uint8Array());
  if (!decoded.ok) throw new Error(decoded.reason);
  const vault = (address: Address) => tokenAmount(svm.chain, address);
  const reserves = poolReserves(decoded.value, vault(accounts.poolBaseTokenAccount), vault(accounts.poolQuoteTokenAccount));
  const fees = feesForPool(DEFAULT_FEE_CONFIG, decoded.value, reserves, PUMP_TOKEN_SUPPLY);
  const { userBaseTokenAccount: account, userQuoteTokenAccount: wrapped, baseMint, baseTokenProgram } = accounts;
  const held = vault(account);
  const kind = pickKind(rng, held);
  const tight = isTooTight(rng) ? 1n : 0n;
  const wrap = createAssociatedTokenIdempotent({
    payer: user,
    account: wrapped,
    owner: user,
    mint: WSOL_MINT,
    tokenProgram: TOKEN_PROGRAM,
  });
  const unwrap = closeAccount(wrapped, user, user, TOKEN_PROGRAM);
  if (kind === "sell") {
    const amount = rng.next() < 0.3 ? held : between(rng, held < 1_000n ? 1n : held / 1_000n, held);
    const quote = quoteSell(reserves, amount, fees);
    if (!quote.ok) return planPool(stage, user);
    const { userQuoteAmountLamports: lamports } = quote.value;
    const close = amount === held ? [closeAccount(account, user, user, baseTokenProgram)] : [];
    const sell = pumpSwapSell(accounts, { baseAmountIn: amount, minQuoteAmountOut: lamports + tight });
    return planned(kind, frame(rng, user, [wrap, sell, ...close, unwrap]), amount, lamports, tight === 0n ? null : { Custom: 6004 });
  }
  // Up to several times the pool: fee tiers change on the way.
  const spend = between(rng, 1_000_000n, 300_000_000_000n);
  const exact = quoteBuyExactQuoteIn(reserves, spend, fees);
  if (!exact.ok) throw new Error(exact.reason);
  const ata = { payer: user, account, owner: user, mint: baseMint, tokenProgram: baseTokenProgram };
  const create = svm.chain.account(account) === null ? createAssociatedToken(ata) : createAssociatedTokenIdempotent(ata);
  const paid = (lamports: bigint, buy: KitInstruction) =>
    frame(rng, user, [create, wrap, systemTransfer(user, wrapped, lamports), syncNative(wrapped), buy, unwrap]);
  if (kind === "buy exact in") {
    const { baseAmount, userQuoteAmountLamports: lamports } = exact.value;
    const buy = pumpSwapBuyExactQuoteIn(accounts, { spendableQuoteIn: spend, minBaseAmountOut: baseAmount + tight });
    return planned(kind, paid(spend, buy), baseAmount, lamports, tight === 0n ? null : { Custom: 6040 });
  }
  const quote = quoteBuyExactBaseOut(reserves, exact.value.baseAmount, fees);
  if (!quote.ok) throw new Error(quote.reason);
  const { baseAmount, userQuoteAmountLamports: lamports } = quote.value;
  const buy = pumpSwapBuy(accounts, { baseAmountOut: baseAmount, maxQuoteAmountIn: lamports - tight });
  return planned(kind, paid(lamports, buy), baseAmount, lamports, tight === 0n ? null : { Custom: 6004 });
}

function planned(
  kind: Kind,
  instructions: readonly KitInstruction[],
  baseAmount: bigint,
  quoteLamports: bigint,
  expected: Planned["expected"],
): Planned {
  return { kind, instructions, baseAmount, quoteLamports, expected };
}
