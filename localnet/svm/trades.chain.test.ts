import { describe, expect, test } from "vitest";
import { createRng } from "../../domain/random.ts";
import { HELIUS_TIP_ACCOUNTS } from "../../domain/signing/tip-accounts.ts";
import { decodeTransaction } from "../../domain/solana/decode.ts";
import { MAX_WIRE_TRANSACTION_BYTES } from "../../domain/solana/message.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import type { Address } from "../../domain/units.ts";
import { renderTransaction } from "../chain/render.ts";
import type { TransactionError, TransactionRecord } from "../chain/types.ts";
import type { CoinKind, TestCoin } from "../testing/coins.ts";
import type { TestNode } from "../testing/node.ts";
import { IS_WITHOUT_PROGRAMS, land, newWallet, svmNode, type TestWallet, typescriptNode } from "./pair.ts";

import { type Planned, planCurve, planPool, type Stage } from "./random-trades.ts";

const SEED = process.env["SEED"] ?? "trades";
const TRADES_PER_COIN = 130;
const WALLET_LAMPORTS = 5_000_000_000_000n;

interface Statistic {
  readonly name: string;
  readonly units: number[];
  readonly theirs: number[];
  readonly bytes: number[];
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
