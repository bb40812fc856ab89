import type { Rpc, SignatureInfo } from "../../adapters/rpc/client.ts";
import type { Graduation } from "../../domain/candidate.ts";
import { type PoolTrade, poolTradesIn } from "../../domain/safety/history.ts";
import { GATE_SWAPS, type ObservedTrade, tradesIn } from "../../domain/scoring/observations.ts";
import { decodeTransaction } from "../../domain/solana/decode.ts";
import { readTransaction } from "./creation.ts";
import type { Reads } from "./reads.ts";

const SWAPS = "pool trades";

/** The pool's newest swaps, for features and gates. */
export interface Swaps {
  /** Null when none could be read. */
  readonly features: readonly ObservedTrade[] | null;
  readonly gates: readonly PoolTrade[];
}

/** The newest swaps up to a slot, and failed transactions, as far as the calls reach, which only the gates look at. */
export async function readSwaps(
  history: readonly SignatureInfo[],
  asOfSlot: number,
  { pool, signature: migration }: Graduation,
  failedSwaps: number,
  rpc: Rpc,
  reads: Reads,
): Promise<Swaps> {
  const past = history.filter((row) => row.slot <= asOfSlot && row.signature !== migration);
  const landed = past.filter(({ failed }) => !failed).slice(0, GATE_SWAPS);
  const failed = past.filter((row) => row.failed).slice(0, Math.max(0, Math.min(failedSwaps, reads.left - landed.length)));
  const read = await Promise.all([...landed, ...failed].map(({ signature }) => readTransaction(signature, SWAPS, rpc, reads)));
  const decoded = read.map((tx) => (tx === null ? null : { tx, events: decodeTransaction(tx) }));
  const features = decoded.slice(0, landed.length).filter((one) => one !== null);
  return {
    features: features.length === 0 ? null : features.flatMap(({ tx, events }) => tradesIn(tx, events, pool)),
    gates: decoded.flatMap((one) => (one === null ? [] : poolTradesIn(one.tx, one.events, pool))),
  };
}
