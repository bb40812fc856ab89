import { liveControlOf } from "../durable-objects/stubs.ts";
import { evaluateExperiment } from "./control/experiment.ts";
import { runExecutor } from "./executor/index.ts";
import { runWatchdogs } from "./pipeline/watchdog.ts";

/**
 * The cron's work, once a minute: re-arm what sleeps, pull the journal, look at the experiment. Each
 * job runs even if another fails.
 */
export async function runCron(env: Env): Promise<void> {
  const jobs = {
    watchdogs: () => runWatchdogs(env),
    live: () => liveControlOf(env).watchdog(),
    executor: () => runExecutor(env),
    control: () => evaluateExperiment(env, Date.now()),
  };
  for (const [name, job] of Object.entries(jobs)) {
    try {
      await job();
    } catch (error) {
      console.error(`cron: ${name} failed`, String(error));
    }
  }
}
