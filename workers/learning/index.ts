import { z } from "zod";
import { ensureSchema } from "../../adapters/d1/migrate.ts";
import type { LearningEnv } from "./env.ts";
import { type RunKind, startDueRun } from "./runs.ts";

export { TrainWorkflow } from "./model-trainer/workflow.ts";
export { OptimizeWorkflow } from "./optimizer/workflow.ts";

/** Queue `sniper-training`: the recorded data grew, or someone wants a run now. */
const messageSchema = z.object({ type: z.enum(["dataset-grew", "train-now", "optimize-now"]) });

const FORCED: Readonly<Record<string, RunKind>> = { "train-now": "train", "optimize-now": "optimize" };

/** Starts Workflows when the queue or the clock says so; the work is in the folders beside. */
export default {
  async queue(batch, env) {
    await ensureSchema(env.DB);
    for (const message of batch.messages) {
      const parsed = messageSchema.safeParse(message.body);
      if (!parsed.success) console.warn("training message not understood", JSON.stringify(message.body).slice(0, 200));
      else await startDueRun(env, Date.now(), FORCED[parsed.data.type]);
      message.ack();
    }
  },

  async scheduled(_controller, env) {
    await ensureSchema(env.DB);
    await startDueRun(env, Date.now());
  },
} satisfies ExportedHandler<LearningEnv>;
