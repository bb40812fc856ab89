import { type ExecutorPorts, executorPorts } from "./ports.ts";
import { runWith } from "./run.ts";

/**
 * Consumes the nudges of the Journal. They are hints: nothing in them is trusted, and none is
 * retried, because the Journal's alarm repeats them while the Executor is behind.
 */
export async function consumeTradeEvents(batch: MessageBatch, env: Env, _ctx: ExecutionContext): Promise<void> {
  try {
    await runExecutor(env);
  } catch (error) {
    console.error("executor failed, the journal's alarm calls again", String(error));
  }
  batch.ackAll();
}

/**
 * Archives, publishes and projects what the journal has, see `runWith`.
 * @returns how many entries it projected.
 */
export async function runExecutor(env: Env, ports: ExecutorPorts = executorPorts(env)): Promise<number> {
  return runWith(env, ports);
}
