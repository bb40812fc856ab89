import type { Instruction as KitInstruction } from "@solana/kit";
import { describe, expect, test } from "vitest";
import { createRng, type Rng } from "../../domain/random.ts";
import { HELIUS_TIP_ACCOUNTS } from "../../domain/signing/tip-accounts.ts";
import { decodeTransaction } from "../../domain/solana/decode.ts";
import {
  closeAccount,
  createAssociatedToken,
  createAssociatedTokenIdempotent,
  setComputeUnitLimit,
  setComputeUnitPrice,
  syncNative,
  systemTransfer,
} from "../../domain/solana/instructions.ts";
import { MAX_WIRE_TRANSACTION_BYTES } from "../../domain/solana/message.ts";
import { PUMP_TOKEN_SUPPLY, TOKEN_PROGRAM, WSOL_MINT } from "../../domain/solana/programs.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
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
import { renderTransaction } from "../chain/render.ts";
import type { TransactionError, TransactionRecord } from "../chain/types.ts";
import { type CoinKind, type TestCoin, tokenAmount } from "../testing/coins.ts";
import type { TestNode } from "../testing/node.ts";
import { IS_WITHOUT_PROGRAMS, land, newWallet, svmNode, type TestWallet, typescriptNode } from "./pair.ts";

const SEED = process.env["SEED"] ?? "trades";
const TRADES_PER_COIN = 130;
const TIP_LAMPORTS = 200_000n;
const UNIT_LIMIT = 400_000;
const UNIT_PRICE = 50_000n;
const WALLET_LAMPORTS = 5_000_000_000_000n;
/** Past this share of its curve sold, a coin is left alone: the last buy is a story of its own. */
const LAST_CURVE_TOKENS = 150_000_000_000_000n;

type Kind = "buy" | "buy exact in" | "sell";

interface Planned {
  readonly kind: Kind;
  readonly instructions: readonly KitInstruction[];
  /** Base units and lamports that the trade itself must move, fees included. */
  readonly baseAmount: bigint;
  readonly quoteLamports: bigint;
  /** The error of the swap instruction when the bound is one too tight. */
  readonly expected: { readonly Custom: number } | null;
}

interface Statistic {
  readonly name: string;
  readonly units: number[];
  readonly theirs: number[];
  readonly bytes: number[];
}

/** One coin on both engines, and the wallets that trade it. */
interface Stage {
  readonly svm: TestNode;
  readonly typescript: TestNode;
  readonly coin: TestCoin;
  readonly rng: Rng;
}

describe.skipIf(IS_WITHOUT_PROGRAMS)("two engines compared trade by trade", () => {
  const statistics = new Map<string, Statistic>();
  let trades = 0;
  let refusals = 0;
  let last = "";

  for (const kind of ["normal", "cashback"] as const satisfies readonly CoinKind[]) {
    for (const venue of ["curve", "pool"] as const) {
      test(`${kind} coin, ${venue}: every amount exact, every balance the same`, async () => {
        const seed = `${SEED}/${kind}/${venue}`;
        const svm = svmNode(seed);
        const typescript = typescriptNode(seed);
        const coin = svm.addCoin({ kind, stage: venue });
        expect(typescript.addCoin({ kind, stage: venue })).toEqual(coin);
        const stage: Stage = { svm, typescript, coin, rng: createRng(seed) };
        const wallets: TestWallet[] = [];
        for (let i = 0; i < TRADES_PER_COIN; i++) {
          // A wallet's first trades pay rents that later ones do not.
          if (wallets.length === 0 || stage.rng.next() < 0.1) wallets.push(fundedWallet(stage, `${seed}/${wallets.length}`));
          const wallet = wallets[stage.rng.int(wallets.length)];
          if (wallet === undefined) continue;
          const plan = venue === "curve" ? planCurve(stage, wallet.address) : planPool(stage, wallet.address);
          const landed = await tradeOnBoth(stage, wallet, plan, `${i}`);
          if (plan.expected !== null) {
            refusals++;
            continue;
          }
          trades++;
          last = landed.signature;
          note(statistics, `${venue} ${plan.kind}${kind === "cashback" ? ", cashback" : ""}`, landed);
        }
      });
    }
  }

  test("the sums", () => {
    const rows = [...statistics.values()].map(({ name, units, theirs, bytes }) => ({
      trade: name,
      n: units.length,
      "units min": Math.min(...units),
      median: [...units].sort((a, b) => a - b)[units.length >> 1],
      max: Math.max(...units),
      "ours, median": [...theirs].sort((a, b) => a - b)[theirs.length >> 1],
      "bytes max": Math.max(...bytes),
    }));
    console.table(rows);
    console.log(`seed ${SEED}: ${trades} trades exact on both engines, ${refusals} refused alike; last signature ${last}`);
    expect(trades).toBeGreaterThanOrEqual(400);
    expect(refusals).toBeGreaterThan(10);
    for (const { bytes } of statistics.values()) expect(Math.max(...bytes)).toBeLessThanOrEqual(MAX_WIRE_TRANSACTION_BYTES);
  });
});

function fundedWallet({ svm, typescript }: Stage, label: string): TestWallet {
  const wallet = newWallet(label);
  for (const node of [svm, typescript]) node.fund(wallet.address, WALLET_LAMPORTS);
  for (const tip of HELIUS_TIP_ACCOUNTS)
    for (const node of [svm, typescript]) if (node.chain.account(tip) === null) node.fund(tip, 1_000_000_000n);
  return wallet;
}

interface Landed {
  readonly signature: string;
  readonly units: number;
  readonly theirs: number;
  readonly bytes: number;
}

/** Lands the same bytes on both engines and compares everything that moved. */
async function tradeOnBoth({ svm, typescript, coin }: Stage, wallet: TestWallet, plan: Planned, label: string): Promise<Landed> {
  const { blockhash } = svm.chain.latestBlockhash();
  const signed = wallet.sign(plan.instructions, blockhash);
  const real = await land(svm, signed);
  const ours = await land(typescript, signed);
  const context = `${label}: ${plan.kind}\n${real.logs.join("\n")}\n--- ours\n${ours.logs.slice(-12).join("\n")}`;
  expect(ours.err, context).toEqual(real.err);
  expect(deltas(ours), context).toEqual(deltas(real));
  expect(swapError(real), context).toEqual(plan.expected);
  expect(ours.feeLamports).toBe(real.feeLamports);
  if (plan.expected === null) {
    const isBuy = plan.kind !== "sell";
    const account = svm.curveAccounts(coin, wallet.address).userTokenAccount;
    expect(tokenDelta(real, account), context).toBe(isBuy ? plan.baseAmount : -plan.baseAmount);
    const tip = HELIUS_TIP_ACCOUNTS.reduce((sum, address) => sum + (lamportDelta(real, address) ?? 0n), 0n);
    const rents = rentsPaid(real, coin, wallet.address, svm);
    expect(lamportDelta(real, wallet.address), context).toBe(
      (isBuy ? -plan.quoteLamports : plan.quoteLamports) - real.feeLamports - tip - rents,
    );
    expect(eventOf(ours), context).toEqual(eventOf(real));
  }
  return { signature: signed.signature, units: real.computeUnits, theirs: ours.computeUnits, bytes: signed.wire.length };
}

function swapError({ err }: { readonly err: TransactionError | null }): unknown {
  return typeof err === "object" && err !== null && "InstructionError" in err ? err.InstructionError[1] : err;
}

function lamportDelta({ transaction, preBalances, postBalances }: TransactionRecord, address: Address): bigint | null {
  const index = transaction.accountKeys.indexOf(address);
  return index < 0 ? null : (postBalances[index] ?? 0n) - (preBalances[index] ?? 0n);
}

function tokenDelta({ transaction, preTokenBalances, postTokenBalances }: TransactionRecord, address: Address): bigint {
  const index = transaction.accountKeys.indexOf(address);
  const amount = (list: TransactionRecord["preTokenBalances"]) => list.find(({ accountIndex }) => accountIndex === index)?.amount ?? 0n;
  return amount(postTokenBalances) - amount(preTokenBalances);
}

/** What moved, account by account: lamports and tokens. */
function deltas(record: TransactionRecord): Array<{ address: Address; lamports: bigint; tokens: bigint }> {
  return record.transaction.accountKeys.map((address) => ({
    address,
    lamports: lamportDelta(record, address) ?? 0n,
    tokens: tokenDelta(record, address),
  }));
}

/** Lamports that went into rents, the trader's own token account included, and what closing it returned. */
function rentsPaid(record: TransactionRecord, coin: TestCoin, user: Address, node: TestNode): bigint {
  const curve = node.curveAccounts(coin, user);
  const own = lamportDelta(record, curve.userTokenAccount) ?? 0n;
  const at = (address: Address | null, rent: bigint): bigint => {
    if (address === null) return 0n;
    const index = record.transaction.accountKeys.indexOf(address);
    return index >= 0 && (record.preBalances[index] ?? 0n) < rent && (record.postBalances[index] ?? 0n) >= rent ? rent : 0n;
  };
  const onCurve = at(curve.creatorVault, 890_880n) + at(curve.userVolumeAccumulator, 1_844_400n);
  if (node.chain.account(coin.pool) === null) return own + onCurve;
  const pool = node.poolAccounts(coin, user);
  return (
    own +
    at(pool.coinCreatorVaultTokenAccount, 2_039_280n) +
    at(pool.userVolumeAccumulator, 1_844_400n) +
    at(pool.cashbackTokenAccount, 2_039_280n)
  );
}

/** Fields that only the real programs count, or that depend on their version. */
const OWN_BOOKKEEPING = [
  "total_unclaimed_tokens",
  "total_claimed_tokens",
  "current_sol_volume",
  "last_update_timestamp",
  "can_boost",
  "base_supply",
  "quote_mint",
  "quote_amount",
  "virtual_quote_reserves",
  "real_quote_reserves",
];

/** The venue's own event about the trade. */
function eventOf(record: TransactionRecord): unknown {
  const parsed = parseTransaction(renderTransaction(record));
  if (!parsed.ok) return parsed;
  return decodeTransaction(parsed.value).map(({ name, fields }) => ({
    name,
    fields: Object.fromEntries(Object.entries(fields).filter(([field]) => !OWN_BOOKKEEPING.includes(field))),
  }));
}

function note(statistics: Map<string, Statistic>, name: string, { units, theirs, bytes }: Landed): void {
  const known = statistics.get(name) ?? { name, units: [], theirs: [], bytes: [] };
  known.units.push(units);
  known.theirs.push(theirs);
  known.bytes.push(bytes);
  statistics.set(name, known);
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

function planCurve(stage: Stage, user: Address): Planned {
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

function planPool(stage: Stage, user: Address): Planned {
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
