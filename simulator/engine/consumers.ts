import { projectEntries, projectedSeq } from "../../adapters/d1/project.ts";
import { readArchived } from "../../adapters/r2/segments.ts";
import { archiveUpTo } from "../../workers/executor/archive.ts";
import { runExecutor } from "../../workers/executor/index.ts";
import type { ExecutorPorts } from "../../workers/executor/ports.ts";
import { archiveDeadLetters, DEAD_LETTER_SUFFIX } from "../../workers/gateway/dead-letters.ts";
import { consumeStage } from "../../workers/pipeline/consume.ts";
import { runWatchdogs } from "../../workers/pipeline/watchdog.ts";
import type { WorkerActor } from "../cloud/actor.ts";
import type { World } from "../world.ts";
import { simulatedStages } from "./stages.ts";

const STAGE_OF = { "sniper-discoveries": "discover", "sniper-analyses": "analyze", "sniper-signals": "trade" } as const;

/** The consumers of all queues, as the main Worker routes them. */
export async function consumeQueue(world: World, batch: MessageBatch, actor: WorkerActor): Promise<void> {
  const env = world.envFor(actor);
  try {
    if (batch.queue.endsWith(DEAD_LETTER_SUFFIX)) return await archiveDeadLetters(batch, env);
    const stage = STAGE_OF[batch.queue as keyof typeof STAGE_OF];
    if (stage !== undefined) return await consumeStage(batch, env, stage, stagesOf(world, actor), world.now);
    await executeAnd(world, env).catch(() => {});
    batch.ackAll();
  } finally {
    world.workers.delete(actor);
  }
}

export function stagesOf(world: World, actor: WorkerActor) {
  const { chain, nodes, parameters } = world;
  return simulatedStages({ actor, chain, nodes, parameters, ledgers: world.options.workload.ledgers });
}

/** What the cron does every minute, as far as it is simulated. */
export async function runMinute(world: World, env: Env): Promise<void> {
  await runWatchdogs(env);
  await executeAnd(world, env).catch(() => {});
}

function executeAnd(world: World, env: Env): Promise<number> {
  return runExecutor(env, executorPortsOf(world, env));
}

/** The Executor over the simulated database and bucket. The Parquet copies of the journal are left out: they are its projection for others. */
function executorPortsOf(world: World, env: Env): ExecutorPorts {
  return {
    clock: world.now,
    projection: {
      projectedSeq: () => projectedSeq(env.DB),
      project: (entries, nowMs) => projectEntries(env.DB, entries, nowMs),
    },
    archive: (archive, head, nowMs, read) => archiveUpTo(env.BUCKET, archive, head, nowMs, read, []),
    archived: (afterSeq) => readArchived(env.BUCKET, afterSeq),
    publish: async () => {},
    onArchived: async () => {},
  };
}
