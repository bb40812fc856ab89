import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { beforeEach, describe, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { models } from "../../adapters/d1/schema/learning.ts";
import { putModel } from "../../adapters/r2/model-store.ts";
import { appendRegistryEvent, type RegisteredModel, type RegistryEvent } from "../../adapters/r2/registry-log.ts";
import { bootstrapModel } from "../../domain/learning/bootstrap.ts";
import { MAX_INVOCATION_BYTES } from "../../domain/learning/invocations.ts";
import type { ModelFile } from "../../domain/learning/model-file.ts";
import { sampleForest, sampleModelFile } from "../../domain/learning/sample-models.ts";
import { serveModel } from "../../domain/learning/served-model.ts";
import { createRng } from "../../domain/random.ts";
import { sampleFeatures } from "../../domain/scoring/sample-scores.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { createApi } from "./app.ts";

const api = createApi();
const ROWS = Array.from({ length: 3 }, (_, i) => sampleFeatures(createRng(i), 0.3));
const OLD_FEATURES = ["a", "b"];

/** A bucket that no cache knows. */
function coldEnv(): Env {
  const bucket = new Proxy(env.BUCKET, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { ...env, BUCKET: bucket };
}

function forest(version: string): ModelFile {
  return sampleModelFile({ family: "gbdt", parameters: sampleForest(createRng(version), 10, 4) }, undefined, { version });
}

async function register(model: ModelFile, type: RegistryEvent["type"], change: Partial<RegisteredModel> = {}): Promise<void> {
  const entry: RegisteredModel = {
    name: model.name,
    version: model.version,
    family: model.family,
    ...(await putModel(env.BUCKET, model)),
    signatureHash: model.signatureHash,
    featureSetVersion: model.featureSetVersion,
    datasetHash: "",
    trainedAtMs: 1,
    rowsTrain: 1,
    rowsHoldout: 1,
    metrics: {},
    parentVersion: null,
    ...change,
  };
  const event = { id: model.version, atMs: 1, author: "test", type, model: entry, reason: null, detail: null, evidenceJson: "[]" } as const;
  expect(await appendRegistryEvent(env.BUCKET, event)).toMatchObject({ ok: true });
  const { metrics, ...plain } = entry;
  await drizzle(env.DB)
    .insert(models)
    .values({ ...plain, status: type === "promoted" ? "champion" : "refused", metricsJson: JSON.stringify(metrics) });
}

async function invoke(
  path: string,
  body: unknown,
  headers: Record<string, string> = { "Content-Type": "application/json" },
  bindings = coldEnv(),
) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await api.request(
    `http://sniper.test/api/v1/models/${path}/invocations`,
    { method: "POST", body: text, headers },
    bindings,
  );
  return { status: response.status, body: await response.json<Record<string, unknown>>() };
}

function predictions(file: ModelFile) {
  const model = serveModel(file);
  return ROWS.map((row) => ({ probability: model.predict(row) }));
}

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
});

describe("invocations", () => {
  test("the bootstrap model answers from the first start", async () => {
    const bootstrap = bootstrapModel();
    if (!bootstrap.ok) throw new Error(bootstrap.reason);
    const expected = {
      status: 200,
      body: {
        name: "entry-win",
        version: bootstrap.value.version,
        featureSetVersion: bootstrap.value.featureSetVersion,
        role: "bootstrap",
        predictions: ROWS.map((row) => ({ probability: bootstrap.value.predict(row) })),
      },
    };
    expect(await invoke("entry-win", { instances: ROWS })).toEqual(expected);
    expect(await invoke(`entry-win/versions/${bootstrap.value.version}`, { instances: ROWS })).toEqual(expected);
  });

  test("the champion once there is one; shadows and older versions by name", async () => {
    const old = sampleModelFile(
      { family: "logistic", parameters: { means: [0, 0], scales: [1, 1], coefficients: [1, 0], missing: [0, 0], intercept: 0 } },
      undefined,
      { version: "old-1", features: OLD_FEATURES, featureSetVersion: "f0" },
    );
    await register(old, "refused");
    await register(forest("r1"), "refused");
    await register(forest("m1"), "promoted");
    const champion = await invoke("entry-win", { instances: ROWS });
    expect(champion.body).toMatchObject({ version: "m1", role: "champion", predictions: predictions(forest("m1")) });
    const shadow = await invoke("entry-win/versions/r1", { instances: ROWS });
    expect(shadow.body).toMatchObject({ version: "r1", role: "shadow", predictions: predictions(forest("r1")) });
    // Of other features than ours: no shadow, but it answers for its own.
    const older = await invoke("entry-win/versions/old-1", { dataframe_split: { columns: ["b", "a"], data: [[null, 0]] } });
    expect(older.body).toMatchObject({ version: "old-1", role: "registered", predictions: [{ probability: 0.5 }] });
  });

  test("a champion that cannot be verified is not answered for", async () => {
    await register(forest("m1"), "promoted", { sha256: "0".repeat(64) });
    expect(await invoke("entry-win", { instances: ROWS })).toMatchObject({ status: 503, body: { reason: "MODEL_HASH_MISMATCH" } });
    expect(await invoke("entry-win/versions/m1", { instances: ROWS })).toMatchObject({
      status: 503,
      body: { reason: "MODEL_HASH_MISMATCH" },
    });
  });

  test.each([
    ["another", { instances: [] }, 404, "NOT_FOUND"],
    ["entry-win/versions/none", { instances: [] }, 404, "NOT_FOUND"],
    [`entry-win/versions/${"x".repeat(200)}`, { instances: [] }, 404, "NOT_FOUND"],
    ["entry-win", "{", 400, "REQUEST_INVALID"],
    ["entry-win", { instances: 1 }, 400, "REQUEST_INVALID"],
    ["entry-win", { instances: [{ x: 1 }] }, 400, "MODEL_COLUMN_MISSING"],
    ["entry-win", { dataframe_split: { columns: ["<b>"], data: [] } }, 400, "MODEL_COLUMN_UNKNOWN"],
    ["entry-win", { instances: Array.from({ length: 1_001 }, () => ROWS[0]) }, 413, "MODEL_ROWS_TOO_MANY"],
    ["entry-win", `"${"x".repeat(MAX_INVOCATION_BYTES)}"`, 413, "REQUEST_INVALID"],
  ])("%s %#: %d %s", async (path, body, status, reason) => {
    expect(await invoke(path, body)).toMatchObject({ status, body: { status, reason } });
  });

  test("only JSON is read", async () => {
    expect(await invoke("entry-win", { instances: [] }, { "Content-Type": "text/plain" })).toMatchObject({ status: 415 });
    expect(await invoke("entry-win", { instances: [] }, { "Content-Type": "application/json; charset=utf-8" })).toMatchObject({
      status: 200,
    });
  });

  test("the API's description has request and response of both paths", async () => {
    const response = await api.request("http://sniper.test/api/v1/openapi.json", {}, env);
    const { paths, components } = await response.json<{
      paths: Record<string, { post: { requestBody: unknown; parameters: unknown[] } }>;
      components: { schemas: Record<string, unknown> };
    }>();
    const found = Object.entries(paths).filter(([path]) => path.endsWith("/invocations"));
    expect(found.map(([path]) => path)).toEqual([
      "/api/v1/models/{name}/invocations",
      "/api/v1/models/{name}/versions/{version}/invocations",
    ]);
    for (const [, { post }] of found) {
      expect(JSON.stringify(post.requestBody)).toContain("#/components/schemas/InvocationRequest");
      expect(post.parameters.length).toBeGreaterThan(0);
    }
    expect(components.schemas).toHaveProperty("InvocationResponse");
  });
});
