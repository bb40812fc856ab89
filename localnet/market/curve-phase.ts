import { createRng, type Rng } from "../../domain/random.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { TOKEN_2022_PROGRAM } from "../../domain/solana/programs.ts";
import { LAMPORTS_PER_SOL } from "../../domain/units.ts";
import { type BondingCurve, decodeBondingCurve } from "../../domain/venues/pump-curve.ts";
import { createAtaInstruction } from "../chain/programs/ata.ts";
import { transferInstruction } from "../chain/programs/system.ts";
import { readTokenAccount } from "../chain/token-state.ts";
import { RETAIL_WALLETS } from "./bank.ts";
import type { Holder, LiveToken, MarketContext } from "./context.ts";
import { plantHostileMint } from "./honeypot.ts";
import { buyOnCurve, createCoin, migrateCoin, sellOnCurve, type Wallet } from "./instructions.ts";
import type { TokenPlan } from "./plan.ts";

/** Budgets include the curve's fees of 1.25 %. */
const CURVE_FEE_FACTOR = 1.0125;
/** More than a whole curve costs: the program takes what it needs. */
const FINAL_BUY_LAMPORTS = 120n * LAMPORTS_PER_SOL;
const MIN_TRADE_SOL = 0.01;

/** Ticks of the curve's buys: denser toward graduation, as attention grows. */
export function curveSchedule(seed: string, plan: TokenPlan): number[] {
  const rng = createRng(`${seed}/schedule/${plan.index}`);
  const span = plan.graduateTick - plan.createTick - 2;
  const haste = plan.kind === "bundled-insiders" ? 1 : 1.3;
  return Array.from({ length: plan.curve.buys }, () => plan.createTick + 1 + Math.floor(span * rng.next() ** (1 / haste))).sort(
    (a, b) => a - b,
  );
}

/** Plays one tick of a coin on its curve: creation, the buys that are due, and the migration. */
export function playCurve(context: MarketContext, token: LiveToken): void {
  const tick = context.tick();
  const { plan } = token;
  if (token.phase === "planned") {
    if (tick < plan.createTick) return;
    create(context, token);
  }
  while (token.step < token.schedule.length && (token.schedule[token.step] ?? 0) <= tick) {
    crowdBuys(context, token, token.step);
    token.step++;
  }
  if (tick === plan.graduateTick - 1) complete(context, token);
  if (tick >= plan.graduateTick) graduate(context, token);
}

function create(context: MarketContext, token: LiveToken): void {
  const { plan, coin } = token;
  const rng = createRng(`${context.seed}/create/${plan.index}`);
  const creator = holderOf(token, context.bank.special(`creator/${plan.index}`), "creator");
  context.bank.fund(creator.wallet, toLamports(plan.curve.devSol));
  const lamports = toLamports(plan.curve.devSol);
  context.submit(
    creator.wallet.address,
    [
      createCoin(coin, creator.wallet.address, plan.name, plan.symbol, plan.uri),
      createAtaInstruction(creator.wallet.address, creator.tokens, creator.wallet.address, coin.mint, TOKEN_2022_PROGRAM),
      buyOnCurve(coin, creator.wallet, creator.tokens, context.bank.fees(plan.index), lamports, 0n),
    ],
    { type: "create", subject: coin.mint, amount: lamports.toString() },
    rng,
  );
  token.phase = "curve";
  token.createdAtMs = context.chain.clock().unixMs;
  if (plan.kind === "honeypot") plantHostileMint(context, token, rng);
  const insiders = plan.curve.bundleSol.map((sol, index) => {
    const wallet = context.bank.special(`insider/${plan.index}/${index}`);
    return { holder: holderOf(token, wallet, "insider"), lamports: toLamports(sol) };
  });
  if (plan.kind === "bundled-insiders")
    fundFromOne(
      context,
      token,
      insiders.map(({ holder }) => holder),
    );
  for (const { holder, lamports: spend } of insiders) buy(context, token, holder, spend, rng);
}

/** One wallet sends every insider the first SOL that it ever sees: what a gate on common funders finds. */
function fundFromOne(context: MarketContext, token: LiveToken, insiders: readonly Holder[]): void {
  const rng = createRng(`${context.seed}/funder/${token.plan.index}`);
  const funder = context.bank.special(`funder/${token.plan.index}`);
  token.extras.push(funder.address, funder.wrapped);
  context.bank.fund(funder, BigInt(insiders.length) * LAMPORTS_PER_SOL);
  for (const { wallet } of insiders) {
    const event = { type: "noise", subject: wallet.address, amount: LAMPORTS_PER_SOL.toString() } as const;
    context.submit(funder.address, [transferInstruction(funder.address, wallet.address, LAMPORTS_PER_SOL)], event, rng);
  }
}

/** One scheduled buy: an even share of the tokens that are left, give or take; a sale may follow. */
function crowdBuys(context: MarketContext, token: LiveToken, step: number): void {
  const { plan } = token;
  const state = curveState(context, token);
  if (state === null || state.complete) return;
  const rng = createRng(`${context.seed}/step/${plan.index}/${step}`);
  const { sizeSpread, buys, newBuyerChance, sellChance } = plan.curve;
  const even = Number(state.realTokenReserves) / (buys - step + 1);
  const tokens = Math.min(even * Math.exp(sizeSpread * rng.normal() - sizeSpread ** 2 / 2), 0.9 * Number(state.realTokenReserves));
  const sol = (Number(state.virtualQuoteReserves) * tokens) / (Number(state.virtualTokenReserves) - tokens) / 1e9;
  const crowd = token.holders.filter(({ role }) => role === "crowd");
  const known = crowd[rng.int(Math.max(1, crowd.length))];
  const buyer = known !== undefined && rng.next() > newBuyerChance ? known : newBuyer(context, token, rng);
  buy(context, token, buyer, toLamports(Math.max(sol * CURVE_FEE_FACTOR, MIN_TRADE_SOL)), rng);
  const seller = crowd[rng.int(Math.max(1, crowd.length))];
  if (seller !== undefined && rng.next() < sellChance) sellSome(context, token, seller, rng);
}

function sellSome(context: MarketContext, token: LiveToken, seller: Holder, rng: Rng): void {
  const held = balanceOf(context, seller);
  const amount = (held * BigInt(20 + rng.int(80))) / 100n;
  if (amount === 0n || curveState(context, token)?.complete !== false) return;
  const { plan, coin } = token;
  const instruction = sellOnCurve(coin, seller.wallet, seller.tokens, context.bank.fees(plan.index + token.step), amount, 0n);
  context.submit(seller.wallet.address, [instruction], { type: "sell", subject: coin.mint, amount: amount.toString() }, rng);
}

/** Somebody buys whatever is left. */
function complete(context: MarketContext, token: LiveToken): void {
  if (curveState(context, token)?.complete !== false) return;
  const rng = createRng(`${context.seed}/complete/${token.plan.index}`);
  buy(context, token, newBuyer(context, token, rng), FINAL_BUY_LAMPORTS, rng);
}

function graduate(context: MarketContext, token: LiveToken): void {
  const { plan, coin } = token;
  const rng = createRng(`${context.seed}/graduate/${plan.index}`);
  const migrator = context.bank.special("migrator");
  context.bank.fund(migrator, LAMPORTS_PER_SOL);
  const record = context.submit(
    migrator.address,
    [migrateCoin(coin, migrator.address)],
    { type: "graduate", subject: coin.mint, amount: "0" },
    rng,
  );
  // Only an outsider's interference can make it fail; such a coin is left alone.
  if (record.err !== null) {
    token.phase = "over";
    return;
  }
  token.phase = "pool";
  token.graduatedAtMs = context.chain.clock().unixMs;
}

function buy(context: MarketContext, token: LiveToken, buyer: Holder, lamports: bigint, rng: Rng): void {
  const { plan, coin } = token;
  context.bank.fund(buyer.wallet, lamports);
  // Some set a minimum that the market has already left behind: their transactions fail.
  const minTokens = rng.next() < 0.015 ? 1n << 60n : 0n;
  context.submit(
    buyer.wallet.address,
    [
      createAtaInstruction(buyer.wallet.address, buyer.tokens, buyer.wallet.address, coin.mint, TOKEN_2022_PROGRAM),
      buyOnCurve(
        coin,
        buyer.wallet,
        buyer.tokens,
        context.bank.fees(plan.index + token.step),
        lamports,
        lamports === FINAL_BUY_LAMPORTS ? 0n : minTokens,
      ),
    ],
    { type: "buy", subject: coin.mint, amount: lamports.toString() },
    rng,
  );
}

/** A retail wallet that does not hold the coin yet, or any when the crowd is exhausted. */
export function newBuyer(context: MarketContext, token: LiveToken, rng: Rng): Holder {
  const start = rng.int(RETAIL_WALLETS);
  const wallet = context.bank.retail(start);
  return holderOf(token, wallet, "crowd");
}

/** The wallet's entry among the coin's holders, added when it is new. */
export function holderOf(token: LiveToken, wallet: Wallet, role: Holder["role"]): Holder {
  const known = token.holders.find((holder) => holder.wallet.address === wallet.address);
  if (known !== undefined) return known;
  const holder: Holder = { wallet, role, tokens: associatedTokenAddress(wallet.address, token.coin.mint, TOKEN_2022_PROGRAM) };
  token.holders.push(holder);
  return holder;
}

/** The holder's balance in base units. */
export function balanceOf(context: MarketContext, holder: Holder): bigint {
  const account = context.chain.account(holder.tokens);
  return account === null ? 0n : (readTokenAccount(account)?.amount ?? 0n);
}

function curveState(context: MarketContext, token: LiveToken): BondingCurve | null {
  const decoded = decodeBondingCurve(context.chain.account(token.coin.curve)?.data ?? new Uint8Array(0));
  return decoded.ok ? decoded.value : null;
}

export function toLamports(sol: number): bigint {
  return BigInt(Math.round(sol * 1e9));
}
