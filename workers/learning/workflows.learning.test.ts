import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  introspectWorkflow,
  introspectWorkflowInstance,
  reset,
} from "cloudflare:test";
import { env as boundEnv } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { beforeEach, describe, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { projectEntries } from "../../adapters/d1/project.ts";
import { models, studies, studyTrials, trainingRuns } from "../../adapters/d1/schema/learning.ts";
import { readRegistry } from "../../adapters/r2/registry-log.ts";
import { LEARNING_RULES, type LearningEnv } from "./env.ts";
import worker from "./index.ts";
import { beat, resumeStale, SupersededError, startDueRun } from "./runs.ts";
import { journalOrder, recordCandidates, writeRaw } from "./test-recordings.ts";

const env = boundEnv as unknown as LearningEnv;
const { staleMs } = LEARNING_RULES.localnet;

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
});

/** Recordings that end just now, on R2 and in D1. */
async function record(count: number, seed: string): Promise<void> {
  const stored = journalOrder(recordCandidates(count, seed, Date.now() - 70_000));
  await writeRaw(env.BUCKET, stored);
  await projectEntries(env.DB, stored, Date.now());
}

async function runs() {
  return drizzle(env.DB).select().from(trainingRuns);
}

describe("workflows", () => {
  test("a nudge trains; the trained run starts a search; both end with an outcome", async () => {
    await record(320, "signal");
    await using trainings = await introspectWorkflow(env.TRAIN as unknown as Workflow);
    await using searches = await introspectWorkflow(env.OPTIMIZE as unknown as Workflow);
    const started = performance.now();
    const batch = createMessageBatch("sniper-training", [
      { id: "1", timestamp: new Date(), attempts: 1, body: { type: "dataset-grew", trades: 3, paths: 320 } },
    ]);
    await worker.queue(batch, env);
    expect((await getQueueResult(batch, createExecutionContext())).explicitAcks).toEqual(["1"]);
    const [training] = await trainings.get();
    await training?.waitForStatus("complete");
    const trainedMs = performance.now() - started;
    const [search] = await searches.get();
    await search?.waitForStatus("complete");
    console.info(`train ${trainedMs.toFixed(0)} ms, search ${(performance.now() - started - trainedMs).toFixed(0)} ms on 320 candidates`);

    const [train, optimize] = (await runs()).sort((a, b) => a.startedAtMs - b.startedAtMs);
    expect(train).toMatchObject({ kind: "train", status: "done", outcome: "promoted", attempt: 1 });
    expect(JSON.parse(train?.detail ?? "{}")).toMatchObject({ rows: 320, labelled: expect.any(Number) });
    expect(optimize).toMatchObject({ kind: "optimize", status: "done" });
    expect(["proposed", "PARAMETERS_NOT_BETTER"]).toContain(optimize?.outcome);
    expect((await readRegistry(env.BUCKET)).state.champion).not.toBeNull();
    expect(await drizzle(env.DB).select().from(models)).toHaveLength(2);
    expect(await drizzle(env.DB).select().from(studyTrials)).toHaveLength(LEARNING_RULES.localnet.trials);
    expect(await drizzle(env.DB).select().from(studies)).toMatchObject([
      { trials: LEARNING_RULES.localnet.trials, endedAtMs: expect.any(Number) },
    ]);
    // Nothing grew since: nothing is due.
    expect(await startDueRun(env, Date.now())).toBeNull();
  });

  test("too little data: the forced run ends with the reason, an unforced one does not start", async () => {
    await record(20, "little");
    expect(await startDueRun(env, Date.now())).toBeNull();
    const nowMs = Date.now();
    await using instance = await introspectWorkflowInstance(env.TRAIN as unknown as Workflow, `train-${nowMs}-1`);
    expect(await startDueRun(env, nowMs, "train")).toBe(`train-${nowMs}`);
    await instance.waitForStatus("complete");
    expect((await runs())[0]).toMatchObject({ status: "done", outcome: "MODEL_TOO_FEW_ROWS" });
  });

  test("one run at a time", async () => {
    const nowMs = Date.now();
    await insertRun("train-x", nowMs);
    expect(await startDueRun(env, nowMs, "optimize")).toBeNull();
    expect(await runs()).toHaveLength(1);
  });

  test("a message that is not understood is acknowledged and starts nothing", async () => {
    const batch = createMessageBatch<unknown>("sniper-training", [
      { id: "1", timestamp: new Date(), attempts: 1, body: { type: "sell-all" } },
    ]);
    await worker.queue(batch, env);
    expect((await getQueueResult(batch, createExecutionContext())).explicitAcks).toEqual(["1"]);
    expect(await runs()).toEqual([]);
  });
});

/** A run as a killed process leaves it: running, with a heartbeat in the past. */
async function insertRun(id: string, heartbeatAtMs: number, attempt = 1): Promise<void> {
  const row = {
    id,
    kind: "train",
    instanceId: `${id}-${attempt}`,
    attempt,
    status: "running",
    step: "etl-0",
    startedAtMs: heartbeatAtMs,
    heartbeatAtMs,
    detail: JSON.stringify({ rows: 120 }),
  } as const;
  await drizzle(env.DB).insert(trainingRuns).values(row);
}

describe("watchdog", () => {
  test("a run without a heartbeat goes on in a new instance, and the old one may not go on", async () => {
    await record(120, "stale");
    const nowMs = Date.now();
    await insertRun("searched", nowMs - staleMs);
    await drizzle(env.DB).update(trainingRuns).set({ kind: "optimize", status: "done" });
    await insertRun("train-x", nowMs - staleMs);
    await using instance = await introspectWorkflowInstance(env.TRAIN as unknown as Workflow, "train-x-2");
    expect(await resumeStale(env, nowMs)).toBe(1);
    expect(await resumeStale(env, nowMs)).toBe(0);
    await expect(beat(env, { runId: "train-x", instanceId: "train-x-1", startedAtMs: 0 }, "etl-1", nowMs)).rejects.toBeInstanceOf(
      SupersededError,
    );
    await instance.waitForStatus("complete");
    const [run] = await drizzle(env.DB).select().from(trainingRuns).where(eq(trainingRuns.id, "train-x"));
    expect(run).toMatchObject({ status: "done", attempt: 2, instanceId: "train-x-2" });
  });

  test("a run with a heartbeat is left alone; one that was lost too often is given up", async () => {
    const nowMs = Date.now();
    await insertRun("train-a", nowMs - staleMs + 1_000);
    await insertRun("train-b", nowMs - staleMs, 5);
    expect(await resumeStale(env, nowMs)).toBe(0);
    const rows = (await runs()).sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(rows).toMatchObject([
      { id: "train-a", status: "running", attempt: 1 },
      { id: "train-b", status: "failed", outcome: "UPSTREAM_FAILED" },
    ]);
  });
});
