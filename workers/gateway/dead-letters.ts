import type { JournalEntry } from "../../domain/journal/entry.ts";
import { journalOf } from "../../durable-objects/stubs.ts";

/** Suffix of every dead-letter queue. */
export const DEAD_LETTER_SUFFIX = "-dlq";

/**
 * Consumes a dead-letter queue: archives each body on R2 and journals it, so that a person sees it
 * and can redrive it. Acknowledges only what is archived.
 */
export async function archiveDeadLetters(batch: MessageBatch, env: Env): Promise<void> {
  const queue = batch.queue.slice(0, -DEAD_LETTER_SUFFIX.length);
  for (const message of batch.messages) {
    const bodyJson = JSON.stringify(message.body) ?? "null";
    const r2Key = `dead-letters/v1/${queue}/${message.id}.json`;
    await env.BUCKET.put(r2Key, bodyJson);
    const entry: JournalEntry = {
      kind: "dead-letter",
      id: `dead-letter:${queue}:${message.id}`,
      atMs: message.timestamp.getTime(),
      queue,
      messageId: message.id,
      bodyJson,
      r2Key,
    };
    await journalOf(env).append([entry]);
    message.ack();
  }
}
