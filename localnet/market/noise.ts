import type { Rng } from "../../domain/random.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { PUMP_WITHDRAW_AUTHORITY, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../../domain/solana/programs.ts";
import { LAMPORTS_PER_SOL } from "../../domain/units.ts";
import { lpMintAddress, poolAddress } from "../../domain/venues/pdas.ts";
import { transferInstruction } from "../chain/programs/system.ts";
import type { LiveToken, MarketContext } from "./context.ts";
import { balanceOf } from "./curve-phase.ts";
import { createStrangersPool, migrateCoin } from "./instructions.ts";
import { TICKS_PER_SECOND } from "./plan.ts";

/** Mean seconds between two transactions that touch the watched address without being a graduation. */
const NOISE_SECONDS = 12;

/**
 * Now and then a transaction that a discoverer must see through: migrations that do nothing or
 * fail, strangers' pools (some with wrapped SOL as base) that dust the watched address, transfers.
 */
export function playNoise(context: MarketContext, tokens: readonly LiveToken[], rng: Rng): void {
  if (rng.next() > 1 / (NOISE_SECONDS * TICKS_PER_SECOND)) return;
  const dice = rng.next();
  const pooled = tokens.filter(({ phase }) => phase === "pool");
  const onCurve = tokens.filter(({ phase, plan }) => phase === "curve" && context.tick() < plan.graduateTick - 1);
  if (dice < 0.35) migrateAgain(context, pick(pooled, rng), rng);
  else if (dice < 0.6) migrateAgain(context, pick(onCurve, rng), rng);
  else if (dice < 0.8) strangersPool(context, pick(pooled, rng), false, rng);
  else if (dice < 0.9) strangersPool(context, pick(pooled, rng), true, rng);
  else dust(context, rng);
}

function pick<T>(items: readonly T[], rng: Rng): T | null {
  return items[rng.int(Math.max(1, items.length))] ?? null;
}

/** Of a migrated coin: a successful no-op. Of one still on its curve: error 6006. */
function migrateAgain(context: MarketContext, token: LiveToken | null, rng: Rng): void {
  if (token === null) return;
  const wallet = context.bank.special("migrator");
  context.bank.fund(wallet, LAMPORTS_PER_SOL);
  const event = { type: "noise", subject: token.coin.mint, amount: "0" } as const;
  context.submit(wallet.address, [migrateCoin(token.coin, wallet.address)], event, rng);
}

function dust(context: MarketContext, rng: Rng): void {
  const wallet = context.bank.retail(rng.int(1_000));
  context.bank.fund(wallet, 0n);
  const event = { type: "noise", subject: PUMP_WITHDRAW_AUTHORITY, amount: "1" } as const;
  context.submit(wallet.address, [transferInstruction(wallet.address, PUMP_WITHDRAW_AUTHORITY, 1n)], event, rng);
}

/** A holder opens a second pool of a coin, the right way round or inverted, with a little money in it. */
function strangersPool(context: MarketContext, token: LiveToken | null, inverted: boolean, rng: Rng): void {
  const holder = token?.holders.filter(({ role }) => role === "crowd").find((candidate) => balanceOf(context, candidate) > 1_000_000n);
  if (token === null || holder === undefined || token.plan.kind === "honeypot") return;
  const creator = holder.wallet.address;
  const coinSide = { mint: token.coin.mint, program: TOKEN_2022_PROGRAM, user: holder.tokens, amount: balanceOf(context, holder) / 20n };
  const solSide = {
    mint: WSOL_MINT,
    program: TOKEN_PROGRAM,
    user: holder.wallet.wrapped,
    amount: BigInt(100_000_000 + rng.int(200_000_000)),
  };
  const [base, quote] = inverted ? [solSide, coinSide] : [coinSide, solSide];
  const index = 1 + token.extras.length;
  const address = poolAddress(index, creator, base.mint, quote.mint);
  const lpMint = lpMintAddress(address);
  const vaults = {
    base: associatedTokenAddress(address, base.mint, base.program),
    quote: associatedTokenAddress(address, quote.mint, quote.program),
    userBase: base.user,
    userQuote: quote.user,
    userLp: associatedTokenAddress(creator, lpMint, TOKEN_2022_PROGRAM),
  };
  context.bank.fund(holder.wallet, LAMPORTS_PER_SOL);
  token.extras.push(address, lpMint, vaults.base, vaults.quote, vaults.userLp);
  context.submit(
    creator,
    [
      createStrangersPool(
        { index, address, lpMint, base: base.mint, quote: quote.mint },
        creator,
        vaults,
        { base: base.program, quote: quote.program },
        base.amount,
        quote.amount,
      ),
      transferInstruction(creator, PUMP_WITHDRAW_AUTHORITY, 1n),
    ],
    { type: "noise", subject: token.coin.mint, amount: quote.amount.toString() },
    rng,
  );
}
