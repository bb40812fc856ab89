import type { Rpc, SignatureInfo } from "../../adapters/rpc/client.ts";
import type { Graduation } from "../../domain/candidate.ts";
import { bundleWallets } from "../../domain/safety/bundle-gates.ts";
import { type CreationSlot, creatorsIn, curveTradesIn, type Funding, fundingsIn } from "../../domain/safety/history.ts";
import { CREATION_PAGES, CREATION_TRANSACTIONS, FUNDED_WALLETS, FUNDING_PAGE, HISTORY_PAGE } from "../../domain/scoring/observations.ts";
import { decodeTransaction } from "../../domain/solana/decode.ts";
import { type ChainTransaction, parseTransaction } from "../../domain/solana/transaction.ts";
import type { Address, Signature, UnixMs } from "../../domain/units.ts";
import type { Reads } from "./reads.ts";
import { TtlCache } from "./ttl-cache.ts";

const CREATION = "creation slot";
const FUNDING = "funding";

/** What happened in the slot of the coin's creation, from the curve's whole history. Null when it is late: unknown. */
export async function readCreationSlot(
  history: readonly SignatureInfo[],
  { mint }: Graduation,
  creator: Address | null,
  rpc: Rpc,
  reads: Reads,
): Promise<CreationSlot | null> {
  const slot = history.at(-1)?.slot;
  if (slot === undefined) return null;
  const rows = history.filter((row) => row.slot === slot && !row.failed);
  const wanted = rows.slice(Math.max(0, rows.length - Math.min(CREATION_TRANSACTIONS, reads.left)));
  const read = await Promise.all(wanted.map(({ signature }) => readTransaction(signature, CREATION, rpc, reads)));
  const known = read.filter((tx) => tx !== null);
  if (known.length === 0) return null;
  const decoded = known.map((tx) => ({ tx, events: decodeTransaction(tx) }));
  const creators = decoded.flatMap(({ events }) => creatorsIn(events, mint));
  return {
    slot,
    creators: [...new Set(creator === null ? creators : [creator, ...creators])],
    trades: decoded.flatMap(({ tx, events }) => curveTradesIn(tx, events, mint)),
    isComplete: known.length === rows.length,
  };
}

/**
 * The curve's whole history, newest first: the page that is known, paged back a few pages at most. Null
 * when the curve's first transaction is older than that, or late: unknown.
 */
export async function readCurveHistory(
  newest: readonly SignatureInfo[],
  { bondingCurve }: Graduation,
  rpc: Rpc,
  reads: Reads,
  pages = CREATION_PAGES,
): Promise<readonly SignatureInfo[] | null> {
  const rows = [...newest];
  for (let page = 0, size = newest.length; size >= HISTORY_PAGE; page++) {
    const before = rows.at(-1)?.signature;
    if (page === pages || before === undefined || reads.left === 0) {
      reads.note(CREATION, "beyond the bound");
      return null;
    }
    const older = await reads.soft(
      CREATION,
      reads.call("history", () => rpc.getSignaturesForAddress(bondingCurve, { limit: HISTORY_PAGE, before })),
    );
    if (older === null) return null;
    rows.push(...older);
    size = older.length;
  }
  return rows;
}

/** First fundings by wallet, as they were found: they do not change. */
export type FundingCache = TtlCache<readonly Funding[]>;

/** Serial launchers use their wallets for days. */
export function fundingCache(): FundingCache {
  return new TtlCache(86_400_000, 5_000);
}

/** Who first sent SOL to the largest buyers of the creation slot. A wallet with a long history is nobody's fresh one. */
export async function readFundings(
  creation: CreationSlot,
  rpc: Rpc,
  reads: Reads,
  cache: FundingCache | null,
  nowMs: UnixMs,
): Promise<Funding[]> {
  const wallets = bundleWallets(creation).slice(0, FUNDED_WALLETS);
  if (wallets.length < FUNDED_WALLETS) return [];
  const unknown = wallets.filter(({ wallet }) => cache?.get(wallet, nowMs) === undefined).length;
  if (reads.left < 2 * unknown) {
    reads.note(FUNDING, "beyond the bound");
    return [];
  }
  const found = await Promise.all(
    wallets.map(async ({ wallet }) => {
      const known = cache?.get(wallet, nowMs);
      if (known !== undefined) return known;
      const read = await readFunding(wallet, rpc, reads);
      if (read !== null) cache?.set(wallet, read, nowMs);
      return read ?? [];
    }),
  );
  return found.flat();
}

/** The wallet's first transfer; empty when it is nobody's fresh one, null when it is late. */
async function readFunding(wallet: Address, rpc: Rpc, reads: Reads): Promise<readonly Funding[] | null> {
  const rows = await reads.soft(
    FUNDING,
    reads.call("history", () => rpc.getSignaturesForAddress(wallet, { limit: FUNDING_PAGE })),
  );
  if (rows === null) return null;
  const first = rows.filter(({ failed }) => !failed).at(-1);
  if (rows.length >= FUNDING_PAGE) return [];
  if (first === undefined) return null;
  const tx = await readTransaction(first.signature, FUNDING, rpc, reads);
  return tx === null ? null : fundingsIn(tx).filter(({ to }) => to === wallet);
}

/** A transaction for the decoder; null when it is late, unknown or unreadable. */
export async function readTransaction(signature: Signature, source: string, rpc: Rpc, reads: Reads): Promise<ChainTransaction | null> {
  const json = await reads.soft(
    source,
    reads.call("history", () => rpc.getTransaction(signature)),
  );
  const parsed = json == null ? null : parseTransaction(json);
  if (parsed?.ok === true) return parsed.value;
  reads.miss(source);
  return null;
}
