import { z } from "zod";
import type { Stage } from "../../domain/pipeline/inbox.ts";
import type { UnixMs } from "../../domain/units.ts";
import { advance, type StageRunner } from "./advance.ts";
import { runStage } from "./stages.ts";

/** Signature (at most 88 base58 characters), a colon, mint (at most 44). */
const stageMessage = z.object({ v: z.literal(1), key: z.string().min(34).max(140).includes(":") });

/**
 * Consumes a stage queue: the durable way behind the fast lane, through the same function. A message
 * whose work is done is a no-op; a fault that may pass is retried with growing delay; a message that
 * cannot be read goes to the dead-letter queue by exhausting its retries.
 */
export async function consumeStage(
  batch: MessageBatch,
  env: Env,
  stage: Stage,
  run: StageRunner = runStage,
  clock: () => UnixMs = Date.now,
): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => {
      try {
        const { key } = stageMessage.parse(message.body);
        await advance(env, key, clock, stage, run);
        message.ack();
      } catch (error) {
        console.warn(`${batch.queue}: attempt ${message.attempts} failed`, String(error));
        message.retry({ delaySeconds: 2 ** message.attempts });
      }
    }),
  );
}
