import { RPC_CREDITS } from "../rpc-credits.ts";
import type { FeatureSource } from "./features.ts";
import { LATE_CURVE_PAGES, LATE_POOL_PAGES } from "./late-sources.ts";
import {
  CREATION_PAGES,
  CREATION_TRANSACTIONS,
  FAILED_SWAPS,
  FUNDED_WALLETS,
  GATE_SWAPS,
  HISTORY_PAGE,
  MAX_HOLDERS,
} from "./observations.ts";

/** What only the gates read. */
export type GateSource = "funding";
export type Source = FeatureSource | GateSource;

/** What one source costs for one candidate. */
export interface SourceCost {
  readonly what: string;
  /** RPC calls at most. */
  readonly calls: number;
  /** RPC credits at most, as Helius counts them. */
  readonly credits: number;
  /** Rounds of calls that wait for each other, counted from the start: 2 waits for one answer before it asks. */
  readonly rounds: number;
  /** Milliseconds of the embedded node for all of its calls, one after another: median × calls. */
  readonly localnetMs: number;
  /** How far back it sees. */
  readonly bound: string;
  /** Whether it can be read after the judgement and still say what it said then, and how or why not. */
  readonly late: string;
}

/** Median milliseconds of one call at the embedded node, in process (what `market.test.ts` prints; 2 cores, Node 24). */
const LOCALNET_MS = { accounts: 0.9, holders: 0.3, signatures: 0.1, transaction: 6 } as const;
const SWAPS = GATE_SWAPS + FAILED_SWAPS;
const page = HISTORY_PAGE.toLocaleString("en-US");
const { state, history } = RPC_CREDITS;

/** Every source, in the order in which it is asked. */
export const SOURCE_COSTS: Readonly<Record<Source, SourceCost>> = {
  candidate: cost("the Discoverer knows it", 0, 0, 0, 0, "since the curve's first transaction", "no: it is never missing"),
  accounts: cost(
    "`getMultipleAccounts`, shared with the gates; once more when the creator was unknown",
    2,
    2 * state,
    1,
    2 * LOCALNET_MS.accounts,
    "one slot",
    "no: a node tells balances of now",
  ),
  holders: cost(
    "`getTokenLargestAccounts`, and `getMultipleAccounts` for their owners",
    2,
    2 * state,
    2,
    LOCALNET_MS.holders + LOCALNET_MS.accounts,
    `${MAX_HOLDERS} largest accounts`,
    "no: a node tells holders of now",
  ),
  "curve history": cost(
    "`getSignaturesForAddress`, a page at a time",
    1 + CREATION_PAGES,
    (1 + CREATION_PAGES) * history,
    1 + CREATION_PAGES,
    (1 + CREATION_PAGES) * LOCALNET_MS.signatures,
    `${((1 + CREATION_PAGES) * HISTORY_PAGE).toLocaleString("en-US")} transactions; unknown beyond`,
    `yes, by slot: ${((1 + LATE_CURVE_PAGES) * HISTORY_PAGE).toLocaleString("en-US")} transactions`,
  ),
  "pool history": cost(
    "`getSignaturesForAddress`",
    1,
    history,
    1,
    LOCALNET_MS.signatures,
    `${page} newest transactions`,
    `yes, by slot: the ${page} newest of then, of ${(LATE_POOL_PAGES * HISTORY_PAGE).toLocaleString("en-US")} at most`,
  ),
  "pool trades": cost(
    `\`getTransaction\` for each of the ${GATE_SWAPS} newest swaps, and for ${FAILED_SWAPS} failed ones`,
    SWAPS,
    SWAPS * history,
    2,
    SWAPS * LOCALNET_MS.transaction,
    `${GATE_SWAPS} newest swaps`,
    `yes, by slot: the ${GATE_SWAPS} newest of then`,
  ),
  "creation slot": cost(
    "`getTransaction`, after the curve's history",
    CREATION_TRANSACTIONS,
    CREATION_TRANSACTIONS * history,
    2 + CREATION_PAGES,
    CREATION_TRANSACTIONS * LOCALNET_MS.transaction,
    `${CREATION_TRANSACTIONS} transactions of that slot; sums are lower bounds beyond`,
    "yes: the same transactions",
  ),
  funding: cost(
    `2 for each of the ${FUNDED_WALLETS} largest buyers of the creation slot, when there are as many (gates only); known ones are kept for a day`,
    2 * FUNDED_WALLETS,
    2 * FUNDED_WALLETS * history,
    4 + CREATION_PAGES,
    FUNDED_WALLETS * (LOCALNET_MS.signatures + LOCALNET_MS.transaction),
    "a wallet's first transfer, if it has fewer than 100 transactions",
    "no: no feature needs it",
  ),
  "own records": cost(
    "two queries of our own database; the market's is kept for 30 s",
    0,
    0,
    2,
    0,
    "a creator's 200 coins of 7 days; 300 closed paths of 24 h",
    "yes, by time",
  ),
  posts: cost(
    "X: 1 search, 1 lookup of authors not seen within a day, 1 of posts known for over 5 minutes",
    0,
    0,
    2,
    0,
    "10 posts",
    "no: X tells likes and followers of now",
  ),
  classifiers: cost("Workers AI, and a model of our own", 0, 0, 3, 0, "10 texts", "no: a reading has its own moment"),
};

function cost(what: string, calls: number, credits: number, rounds: number, localnetMs: number, bound: string, late: string): SourceCost {
  return { what, calls, credits, rounds, localnetMs, bound, late };
}
