import type { WorkflowStep, WorkflowStepConfig } from "cloudflare:workers";
import { NonRetryableError } from "cloudflare:workflows";
import type { LearningEnv, RunParams } from "./env.ts";
import { beat, finishRun, SupersededError, startDueRun } from "./runs.ts";

/** A step is repeated when R2 or D1 fail in passing; all steps may be. */
const STEP_CONFIG: WorkflowStepConfig = { retries: { limit: 3, delay: "2 seconds", backoff: "exponential" }, timeout: "15 minutes" };

/** What a run came to: a stable outcome and details for people. */
export interface RunResult {
  readonly outcome: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Runs one named step with a heartbeat before it; the value must be small (a step holds 1 MiB). */
export type Task = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/**
 * Frame of both Workflows: heartbeats, the end of the run in D1 whether it succeeds or fails, and the
 * next run that is due. An instance whose run was given to another one ends without a trace.
 */
export async function runWorkflow(
  env: LearningEnv,
  params: RunParams,
  step: WorkflowStep,
  body: (task: Task) => Promise<RunResult>,
): Promise<unknown> {
  // The values are plain data of ours; the platform's type for what a step may return does not know readonly.
  const task = (<T>(name: string, work: () => Promise<T>) =>
    step.do(name, STEP_CONFIG, async () => {
      await beat(env, params, name, Date.now()).catch((error) => {
        throw error instanceof SupersededError ? new NonRetryableError(error.message, error.name) : error;
      });
      return (await work()) as never;
    })) as Task;
  let result: RunResult;
  try {
    result = await body(task);
  } catch (error) {
    await step.do("fail", STEP_CONFIG, () =>
      finishRun(env, params.runId, params.instanceId, "failed", "UPSTREAM_FAILED", { error: String(error).slice(0, 500) }, Date.now()),
    );
    throw error;
  }
  const { outcome, detail } = result;
  await step.do("finish", STEP_CONFIG, () => finishRun(env, params.runId, params.instanceId, "done", outcome, detail, Date.now()));
  await step.do("next", STEP_CONFIG, async () => {
    await startDueRun(env, Date.now());
  });
  return { ...result };
}
