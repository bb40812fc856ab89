import { and, count, desc, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { trainingRuns } from "../../adapters/d1/schema/learning.ts";
import { decisions, pricePaths } from "../../adapters/d1/schema/trading.ts";
import { profileOf } from "../../adapters/r2/control-log.ts";
import { FEATURE_SET_VERSION } from "../../domain/scoring/features.ts";
import type { UnixMs } from "../../domain/units.ts";
import { LEARNING_RULES, type LearningEnv, type RunParams } from "./env.ts";

export type RunKind = "train" | "optimize";
type Run = typeof trainingRuns.$inferSelect;

/** Restarts of one run before it is given up. */
const MAX_ATTEMPTS = 5;

/** A newer instance has taken the run over: this one must stop. */
export class SupersededError extends Error {
  constructor(runId: string) {
    super(`run ${runId} was taken over`);
    this.name = "SupersededError";
  }
}

/**
 * Starts what is due: training when the labelled data grew enough, a search when they grew enough since
 * the last one and a model has been decided on. One run at a time, training first: both fill an
 * isolate's memory. `force` starts that kind whatever the data. Returns the run's id, or null.
 */
export async function startDueRun(env: LearningEnv, nowMs: UnixMs, force?: RunKind): Promise<string | null> {
  await resumeStale(env, nowMs);
  const db = drizzle(env.DB);
  const running = await db.select({ id: trainingRuns.id }).from(trainingRuns).where(eq(trainingRuns.status, "running")).limit(1);
  if (running.length > 0) return null;
  const rows = await countCandidates(env);
  if (force !== undefined) return startRun(env, force, rows, nowMs);
  const { minRows, growth } = LEARNING_RULES[profileOf(env)];
  if (rows < minRows) return null;
  const trained = await lastRun(env, "train");
  if (trained === undefined || rows >= growth * rowsOf(trained)) return startRun(env, "train", rows, nowMs);
  const searched = await lastRun(env, "optimize");
  if (searched === undefined || rows >= growth * rowsOf(searched)) return startRun(env, "optimize", rows, nowMs);
  return null;
}

/**
 * Watchdog: gives each run that stopped making progress to a new Workflow instance, which goes on from
 * what the old one stored. A local Workflow that was killed stays "running" for ever.
 */
export async function resumeStale(env: LearningEnv, nowMs: UnixMs): Promise<number> {
  const { staleMs } = LEARNING_RULES[profileOf(env)];
  const db = drizzle(env.DB);
  const running = await db.select().from(trainingRuns).where(eq(trainingRuns.status, "running")).limit(10);
  let resumed = 0;
  for (const run of running) {
    if (nowMs - run.heartbeatAtMs < staleMs) continue;
    if (run.attempt >= MAX_ATTEMPTS) {
      await finishRun(env, run.id, run.instanceId, "failed", "UPSTREAM_FAILED", { lost: run.step }, nowMs);
      continue;
    }
    const attempt = run.attempt + 1;
    const instanceId = `${run.id}-${attempt}`;
    // Conditional on the instance seen, so that two watchdogs cannot both restart it.
    const taken = await db
      .update(trainingRuns)
      .set({ instanceId, attempt, heartbeatAtMs: nowMs })
      .where(and(eq(trainingRuns.id, run.id), eq(trainingRuns.instanceId, run.instanceId), eq(trainingRuns.status, "running")))
      .returning({ id: trainingRuns.id });
    if (taken.length === 0) continue;
    await create(env, run.kind, { runId: run.id, instanceId, startedAtMs: run.startedAtMs });
    resumed++;
  }
  return resumed;
}

/** Marks progress. Throws SupersededError when another instance owns the run. */
export async function beat(env: LearningEnv, { runId, instanceId }: RunParams, step: string, nowMs: UnixMs): Promise<void> {
  const moved = await drizzle(env.DB)
    .update(trainingRuns)
    .set({ step, heartbeatAtMs: nowMs })
    .where(and(eq(trainingRuns.id, runId), eq(trainingRuns.instanceId, instanceId), eq(trainingRuns.status, "running")))
    .returning({ id: trainingRuns.id });
  if (moved.length === 0) throw new SupersededError(runId);
}

/** Ends a run with what it came to. Does nothing when another instance owns it. */
export async function finishRun(
  env: LearningEnv,
  runId: string,
  instanceId: string,
  status: "done" | "failed",
  outcome: string,
  detail: Readonly<Record<string, unknown>>,
  nowMs: UnixMs,
): Promise<void> {
  await drizzle(env.DB)
    .update(trainingRuns)
    .set({
      status,
      outcome,
      heartbeatAtMs: nowMs,
      endedAtMs: nowMs,
      detail: sql`json_patch(${trainingRuns.detail}, ${JSON.stringify(detail)})`,
    })
    .where(and(eq(trainingRuns.id, runId), eq(trainingRuns.instanceId, instanceId), eq(trainingRuns.status, "running")));
}

async function startRun(env: LearningEnv, kind: RunKind, rows: number, nowMs: UnixMs): Promise<string> {
  const id = `${kind}-${nowMs}`;
  const instanceId = `${id}-1`;
  await drizzle(env.DB)
    .insert(trainingRuns)
    .values({
      id,
      kind,
      instanceId,
      attempt: 1,
      status: "running",
      step: "created",
      startedAtMs: nowMs,
      heartbeatAtMs: nowMs,
      detail: JSON.stringify({ rows }),
    })
    .onConflictDoNothing();
  await create(env, kind, { runId: id, instanceId, startedAtMs: nowMs });
  return id;
}

async function create(env: LearningEnv, kind: RunKind, params: RunParams): Promise<void> {
  const workflow = kind === "train" ? env.TRAIN : env.OPTIMIZE;
  await workflow.create({ id: params.instanceId, params });
}

/** Candidates with features of the present set and a complete price path: what can be labelled and trained on. */
async function countCandidates(env: LearningEnv): Promise<number> {
  const judged = sql`EXISTS (SELECT 1 FROM ${decisions} WHERE ${decisions.mint} = ${pricePaths.mint} AND ${decisions.stage} = 'analyze' AND ${decisions.featuresJson} <> 'null' AND ${decisions.featureSetVersion} = ${FEATURE_SET_VERSION})`;
  const [row] = await drizzle(env.DB)
    .select({ rows: count() })
    .from(pricePaths)
    .where(and(eq(pricePaths.isComplete, true), judged));
  return row?.rows ?? 0;
}

/** The newest run of a kind that came to an end of its own; a failed one is tried again when next asked. */
async function lastRun(env: LearningEnv, kind: RunKind): Promise<Run | undefined> {
  const [run] = await drizzle(env.DB)
    .select()
    .from(trainingRuns)
    .where(and(eq(trainingRuns.kind, kind), eq(trainingRuns.status, "done")))
    .orderBy(desc(trainingRuns.startedAtMs))
    .limit(1);
  return run;
}

function rowsOf(run: Run): number {
  const { rows } = JSON.parse(run.detail ?? "{}") as { rows?: number };
  return rows ?? 0;
}
