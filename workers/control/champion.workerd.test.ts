import { runInDurableObject } from "cloudflare:test";
import { env as workerEnv } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { loadControl } from "../../adapters/r2/control-log.ts";
import { putModel } from "../../adapters/r2/model-store.ts";
import { appendRegistryEvent, type RegisteredModel } from "../../adapters/r2/registry-log.ts";
import type { JournalEntry, ModelRecord } from "../../domain/journal/entry.ts";
import { sampleForest, sampleModelFile } from "../../domain/learning/sample-models.ts";
import { createRng } from "../../domain/random.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { adoptChampion, FIRST_MODEL_WEIGHT, modelFailureRecord } from "./champion.ts";

const START_MS = 1_790_000_000_000;
const MINUTE_MS = 60_000;
let env: Env;

beforeEach(async () => {
  await reset();
  await applyPending(workerEnv.DB);
  const BUCKET = new Proxy(workerEnv.BUCKET, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  env = { ...workerEnv, BUCKET } as Env;
  // The queue would start the deployed Executor beside the test.
  await runInDurableObject(journalOf(env) as DurableObjectStub<undefined>, (instance: unknown) => {
    (instance as { env: Env }).env = { ...workerEnv, TRADE_EVENTS: { send: async () => {} } as unknown as Env["TRADE_EVENTS"] };
  });
});

async function promote(change: Partial<RegisteredModel> = {}): Promise<void> {
  const model = sampleModelFile({ family: "gbdt", parameters: sampleForest(createRng(1), 3, 3) });
  const { name, version, family, signatureHash, featureSetVersion } = model;
  const stored = await putModel(env.BUCKET, model);
  const facts = { datasetHash: "", trainedAtMs: 1, rowsTrain: 1, rowsHoldout: 1, metrics: {}, parentVersion: null };
  const entry: RegisteredModel = { name, version, family, signatureHash, featureSetVersion, ...stored, ...facts, ...change };
  const verdict = { type: "promoted", reason: null, detail: null, evidenceJson: "[]" } as const;
  expect(await appendRegistryEvent(env.BUCKET, { id: "e", atMs: 1, author: "test", model: entry, ...verdict })).toMatchObject({ ok: true });
}

async function modelRecords(): Promise<ModelRecord[]> {
  const entries: JournalEntry[] = (await journalOf(env).read(0, 1_000)).map(({ entry }) => entry);
  return entries.filter((entry) => entry.kind === "model");
}

async function weight(nowMs: number): Promise<number> {
  return (await loadControl(env, nowMs)).active.parameters.modelWeight;
}

test("without a champion the weight stays 0 and nothing is told: the bootstrap model is none", async () => {
  await adoptChampion(env, START_MS);
  expect(await modelRecords()).toEqual([]);
  expect(await weight(START_MS)).toBe(0);
});

test("the first champion is told once and gets its weight", async () => {
  await promote();
  await adoptChampion(env, START_MS);
  await adoptChampion(env, START_MS + MINUTE_MS);
  expect(await modelRecords()).toMatchObject([{ event: "loaded", version: "gbdt-sample", reason: null }]);
  expect(await weight(START_MS + 2 * MINUTE_MS)).toBe(FIRST_MODEL_WEIGHT);
});

test("a file that is not the registry's is told once an hour, and gets no weight", async () => {
  await promote({ sha256: "0".repeat(64) });
  const hour = Math.ceil(START_MS / 3_600_000) * 3_600_000;
  for (const minutes of [0, 1, 30, 59, 60, 61]) await adoptChampion(env, hour + minutes * MINUTE_MS);
  const records = await modelRecords();
  expect(records.map(({ event, reason }) => [event, reason])).toEqual(Array.from({ length: 2 }, () => ["refused", "MODEL_HASH_MISMATCH"]));
  expect(await weight(hour + 62 * MINUTE_MS)).toBe(0);
});

test("a champion that fails on candidates is told once an hour", async () => {
  const failure = { version: "m1", reason: "MODEL_OUT_OF_RANGE", detail: "NaN" } as const;
  const hour = Math.ceil(START_MS / 3_600_000) * 3_600_000;
  for (const minutes of [0, 1, 59, 60]) await journalOf(env).append([modelFailureRecord(failure, hour + minutes * MINUTE_MS)]);
  expect(await modelRecords()).toMatchObject([
    { event: "refused", version: "m1", reason: "MODEL_OUT_OF_RANGE", atMs: hour },
    { event: "refused", version: "m1", reason: "MODEL_OUT_OF_RANGE", atMs: hour + 60 * MINUTE_MS },
  ]);
});
