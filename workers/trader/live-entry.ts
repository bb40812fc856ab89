import { providersFromEnv } from "../../adapters/env.ts";
import { agreeOnMarket, readAgreeing, readLamportsAgreeing } from "../../adapters/rpc/agreement.ts";
import { signerFromEnv } from "../../adapters/signer.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { EntryTerms } from "../../domain/trading/entry.ts";
import type { Parameters } from "../../domain/trading/parameters.ts";
import type { OpeningBooks } from "../../domain/trading/portfolio.ts";
import type { LedgerId } from "../../domain/trading/signal.ts";
import type { Address } from "../../domain/units.ts";
import { liveControlOf } from "../../durable-objects/stubs.ts";
import { type PoolReading, readPoolForEntry } from "./read-pool.ts";

/**
 * What a sale needs in the wallet before it pays: rent of the wrapped-SOL account that it opens and
 * closes (165 bytes), and the least that an account without data may hold (Solana rent).
 */
export const WORKING_LAMPORTS = 2_039_280n + 890_880n;

/** Everything that a ledger needs to decide on an entry. */
export interface PreparedEntry {
  readonly opening: OpeningBooks;
  readonly reading: PoolReading;
  readonly terms: EntryTerms;
}

export interface LiveEntryRequest {
  readonly mint: Address;
  readonly pool: Address;
  readonly solUsd: number;
  readonly ledger: LedgerId;
  readonly parameters: Parameters;
  /** A rehearsal comes before live trading is enabled. */
  readonly isRehearsal: boolean;
}

/**
 * Makes sure that a live entry may be made at all, and reads what it is decided on from every
 * provider. Refuses with MODE_NOT_ALLOWED, LIVE_NOT_ENABLED, the first hold of live trading, a reason
 * of the signer, RPC_DISAGREEMENT, or as the reads do: where money goes in, doubt is a refusal.
 */
export async function prepareLiveEntry(request: LiveEntryRequest, env: Env): Promise<Result<PreparedEntry>> {
  if (env.MODE !== "live" || env.REPLAY_CLOCK === "on") return refuse("MODE_NOT_ALLOWED", env.MODE);
  const { parameters, isRehearsal } = request;
  const { mode, holds, maxSizeLamports } = await liveControlOf(env).terms(parameters);
  if (mode !== "live" && !isRehearsal) return refuse("LIVE_NOT_ENABLED");
  const [hold] = holds;
  if (hold !== undefined) return refuse(hold);
  const signer = signerFromEnv(env);
  if (signer === null) return refuse("SIGNER_UNAVAILABLE", "no signer is bound");
  const described = await signer.describe();
  if (!described.ok) return described;
  const { address, policy } = described.value;
  const { all } = providersFromEnv(env);
  const [balance, reading] = await Promise.all([
    readLamportsAgreeing(all, address, "refuse"),
    readAgreeing(
      all,
      (rpc) => readPoolForEntry(rpc, request, address, Date.now),
      { agree: newerOfAlike, slotOf: ({ market }) => market.slot },
      "refuse",
    ),
  ]);
  if (!balance.ok) return balance;
  if (!reading.ok) return reading;
  const { maxPositions, maxDrawdownBps } = parameters;
  const opening: OpeningBooks = {
    ledger: request.ledger,
    openingLamports: balance.value.value,
    maxPositions,
    maxDrawdownBps,
    solUsd: request.solUsd,
  };
  // The signer refuses what is above its cap: better to ask for less than for nothing.
  const cap = policy.maxSpendPerTxLamports;
  const terms: EntryTerms = {
    otherRentLamports: reading.value.value.otherRentLamports,
    maxSizeLamports: maxSizeLamports === null || cap < maxSizeLamports ? cap : maxSizeLamports,
    keptLamports: WORKING_LAMPORTS,
    isRehearsal,
  };
  return ok({ opening, reading: reading.value.value, terms });
}

/** The newer of two readings of one pool; null when they contradict each other. */
function newerOfAlike(first: PoolReading, second: PoolReading): PoolReading | null {
  const market = agreeOnMarket(first.market, second.market);
  // An account that only one of them knows of is paid for in the worse case.
  const dearer = second.otherRentLamports > first.otherRentLamports ? second : first;
  return market === null ? null : { ...dearer, market };
}
