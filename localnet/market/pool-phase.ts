import { createRng, type Rng } from "../../domain/random.ts";
import { TOKEN_2022_PROGRAM } from "../../domain/solana/programs.ts";
import { decodePool } from "../../domain/venues/pump-swap.ts";
import { createAtaInstruction } from "../chain/programs/ata.ts";
import { readTokenAccount } from "../chain/token-state.ts";
import type { Holder, LiveToken, MarketContext } from "./context.ts";
import { balanceOf, newBuyer, toLamports } from "./curve-phase.ts";
import { buyOnPool, sellOnPool } from "./instructions.ts";
import type { Course } from "./kinds.ts";
import { clamp, TICKS_PER_SECOND } from "./plan.ts";

/** Distance from the path, in log price, that provokes a trade toward it. */
const DEAD_ZONE = 0.004;
/** Lowest multiple of the opening price: below, the vault cannot pay sellers and all sales fail. */
const LOWEST_LOG_MULTIPLE = Math.log(0.06);
/** Opening price of every canonical pool: lamports of effective quote per base unit. */
const OPENING_PRICE = 84_990_359_056 / 206_900_000_000_000;
const MAX_TRADES_PER_TICK = 4;
const WASH_RING = 3;
/** Chance that a trade without direction is a buy: a first, faint sign of where the coin is headed. */
const BUY_CHANCE: Readonly<Record<Course, number>> = {
  rises: 0.66,
  "fakes-out": 0.58,
  stalls: 0.52,
  bleeds: 0.38,
  dumps: 0.52,
  washes: 0.5,
  dies: 0.4,
  traps: 0.8,
};

/** Plays one tick of a coin in its pool. */
export function playPool(context: MarketContext, token: LiveToken): void {
  const tick = context.tick();
  const { plan, path } = token;
  if (tick >= plan.endTick) {
    token.phase = "over";
    return;
  }
  const rng = createRng(`${context.seed}/tick/${plan.index}/${tick}`);
  const seconds = (tick - plan.graduateTick) / TICKS_PER_SECOND;
  const leaving = path.exitTick !== null && tick >= path.exitTick && tick < path.exitTick + 15 * TICKS_PER_SECOND;
  const rate = leaving ? Math.max(4, plan.tradeRate) : plan.tradeRate * (0.25 + 0.75 * Math.exp(-seconds / 40));
  let expected = rate / TICKS_PER_SECOND;
  for (let i = 0; i < MAX_TRADES_PER_TICK && rng.next() < expected; i++, expected -= 1) trade(context, token, rng, leaving);
}

/** The pool's reserves as numbers, for steering only. */
function reservesOf(context: MarketContext, token: LiveToken): { base: number; effective: number } | null {
  const { chain } = context;
  const pool = decodePool(chain.account(token.coin.pool)?.data ?? new Uint8Array(0));
  const amount = (address: string): bigint | undefined => {
    const account = chain.account(address);
    return account === null ? undefined : readTokenAccount(account)?.amount;
  };
  const base = amount(token.coin.poolBase);
  const quote = amount(token.coin.poolQuote);
  if (!pool.ok || base === undefined || quote === undefined) return null;
  return { base: Number(base), effective: Number(quote + pool.value.virtualQuoteReservesLamports) };
}

function trade(context: MarketContext, token: LiveToken, rng: Rng, leaving: boolean): void {
  const reserves = reservesOf(context, token);
  if (reserves === null) return;
  const target = Math.max(token.path.at(context.tick()), LOWEST_LOG_MULTIPLE);
  const gap = target - Math.log(reserves.effective / reserves.base / OPENING_PRICE);
  const isScatter = !leaving && rng.next() < 0.3;
  if (Math.abs(gap) < DEAD_ZONE || isScatter) {
    const sol = token.plan.kind === "wash-traded" ? 0.4 : clamp(0.12 * Math.exp(0.8 * rng.normal()), 0.01, 0.6);
    if (rng.next() < BUY_CHANCE[token.plan.course]) buy(context, token, sol, rng);
    else sell(context, token, (sol * 1e9 * reserves.base) / reserves.effective, rng, false);
    return;
  }
  const factor = Math.exp(gap * (0.4 + 0.5 * rng.next()));
  if (gap > 0) buy(context, token, (reserves.effective * (Math.sqrt(factor) - 1)) / 1e9, rng);
  else sell(context, token, reserves.base * (1 / Math.sqrt(factor) - 1), rng, leaving);
}

function buy(context: MarketContext, token: LiveToken, sol: number, rng: Rng): void {
  const { plan, coin } = token;
  const crowd = token.holders.filter(({ role }) => role === "crowd");
  const isWash = plan.kind === "wash-traded";
  const known = (isWash ? ringOf(crowd) : crowd)[rng.int(Math.max(1, isWash ? ringOf(crowd).length : crowd.length))];
  const isNew = known === undefined || rng.next() < (isWash ? 0.05 : 0.5);
  const buyer = isNew ? newBuyer(context, token, rng) : known;
  const lamports = toLamports(clamp(sol, 0.01, 60));
  context.bank.fund(buyer.wallet, lamports);
  const minBase = rng.next() < 0.02 ? 1n << 60n : 0n;
  context.submit(
    buyer.wallet.address,
    [
      createAtaInstruction(buyer.wallet.address, buyer.tokens, buyer.wallet.address, coin.mint, TOKEN_2022_PROGRAM),
      buyOnPool(coin, buyer.wallet, buyer.tokens, context.bank.fees(plan.index), lamports, minBase),
    ],
    { type: "buy", subject: coin.mint, amount: lamports.toString() },
    rng,
  );
}

function sell(context: MarketContext, token: LiveToken, wanted: number, rng: Rng, leaving: boolean): void {
  const { plan, coin } = token;
  const seller = pickSeller(context, token, rng, leaving);
  if (seller === null) return;
  const held = balanceOf(context, seller);
  const amount = held < BigInt(Math.round(wanted)) ? held : BigInt(Math.max(1, Math.round(wanted)));
  context.bank.fund(seller.wallet, 0n);
  context.submit(
    seller.wallet.address,
    [sellOnPool(coin, seller.wallet, seller.tokens, context.bank.fees(plan.index), amount, 0n)],
    { type: "sell", subject: coin.mint, amount: amount.toString() },
    rng,
  );
}

/** The few wallets that a wash trader moves the coin between. */
function ringOf(crowd: readonly Holder[]): readonly Holder[] {
  return crowd.slice(0, WASH_RING);
}

/** Somebody who holds the coin: insiders and the developer first when they are leaving, the crowd otherwise. */
function pickSeller(context: MarketContext, token: LiveToken, rng: Rng, leaving: boolean): Holder | null {
  const holding = token.holders.filter((holder) => balanceOf(context, holder) > 1_000n);
  const insiders = holding.filter(({ role }) => role !== "crowd");
  if (token.plan.kind === "honeypot" && !leaving) return holding.find(({ role }) => role === "creator") ?? null;
  const everyone = holding.filter(({ role }) => role === "crowd");
  const crowd = token.plan.kind === "wash-traded" ? ringOf(everyone) : everyone;
  const group = (leaving && insiders.length > 0) || crowd.length === 0 ? insiders : crowd;
  return group[rng.int(Math.max(1, group.length))] ?? null;
}
