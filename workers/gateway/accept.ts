import type { EventSource } from "../../domain/candidate.ts";
import type { Seen } from "../../domain/pipeline/gap-pace.ts";
import { shardOf } from "../../domain/pipeline/inbox.ts";
import type { ReasonCode } from "../../domain/reasons.ts";
import { findGraduation } from "../../domain/solana/decode.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { Delivery } from "../../durable-objects/inbox.ts";
import { INBOX_SHARDS, inboxAt } from "../../durable-objects/stubs.ts";

export interface Rejection {
  /** Null when the entry was too malformed to tell. */
  readonly signature: string | null;
  readonly reason: ReasonCode;
  readonly detail: string | null;
}

export interface Acceptance {
  /** Keys of new graduations: these may take the fast lane. */
  readonly fresh: readonly string[];
  readonly duplicates: number;
  /** Every transaction that could be read, graduation or not. */
  readonly seen: readonly Seen[];
  readonly rejections: readonly Rejection[];
}

/**
 * Decodes raw transactions and makes them durable in the inboxes, in one call per shard. Entries that
 * cannot be read are rejected with a reason and change nothing.
 */
export async function acceptTransactions(
  env: Env,
  transactions: readonly unknown[],
  source: EventSource,
  receivedAtMs: UnixMs,
): Promise<Acceptance> {
  const rejections: Rejection[] = [];
  const seen: Seen[] = [];
  const shards: Delivery[][] = Array.from({ length: INBOX_SHARDS }, () => []);
  for (const transaction of transactions) {
    const parsed = parseTransaction(transaction);
    if (!parsed.ok) {
      rejections.push({ signature: null, reason: "WEBHOOK_BAD_ENTRY", detail: parsed.detail ?? null });
      continue;
    }
    seen.push({ signature: parsed.value.signature, blockTimeMs: parsed.value.blockTimeMs });
    const found = findGraduation(parsed.value);
    const rejection = found.ok ? null : { reason: found.reason, detail: found.detail ?? null };
    if (rejection !== null) rejections.push({ signature: parsed.value.signature, ...rejection });
    shards[shardOf(parsed.value.signature, INBOX_SHARDS)]?.push({
      signature: parsed.value.signature,
      slot: parsed.value.slot,
      source,
      receivedAtMs,
      graduation: found.ok ? found.value : null,
      rejection,
    });
  }
  const fresh: string[] = [];
  let duplicates = 0;
  await Promise.all(
    shards.map(async (deliveries, shard) => {
      if (deliveries.length === 0) return;
      for (const answer of await inboxAt(env, shard).accept(deliveries)) {
        if (answer.status === "duplicate") duplicates += 1;
        if (answer.status === "inserted" && answer.key !== null) fresh.push(answer.key);
      }
    }),
  );
  return { fresh, duplicates, seen, rejections };
}
