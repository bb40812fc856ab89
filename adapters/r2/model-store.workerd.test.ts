import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { bootstrapModel } from "../../domain/learning/bootstrap.ts";
import type { ModelFile } from "../../domain/learning/model-file.ts";
import { sampleModelFile } from "../../domain/learning/sample-models.ts";
import { signatureHash } from "../../domain/learning/signature.ts";
import { FEATURE_NAMES, FEATURE_SET_VERSION } from "../../domain/scoring/features.ts";
import { loadChampion, loadModels, putModel } from "./model-store.ts";
import { appendRegistryEvent, MAX_SHADOWS, type RegisteredModel, type RegistryEvent, readRegistry } from "./registry-log.ts";

/** A bucket that no cache knows. */
function coldBucket(): R2Bucket {
  return new Proxy(env.BUCKET, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A model that knows the base rate only. */
function constantModel(version: string, features: readonly string[] = FEATURE_NAMES, featureSetVersion = FEATURE_SET_VERSION): ModelFile {
  const zeros = features.map(() => 0);
  const parameters = { means: zeros, scales: features.map(() => 1), coefficients: zeros, missing: zeros, intercept: 0 };
  return sampleModelFile({ family: "logistic", parameters }, undefined, { version, features, featureSetVersion });
}

async function store(model: ModelFile, change: Partial<RegisteredModel> = {}, type: RegistryEvent["type"] = "promoted") {
  const stored = await putModel(env.BUCKET, model);
  const entry: RegisteredModel = {
    name: model.name,
    version: model.version,
    family: model.family,
    ...stored,
    signatureHash: model.signatureHash,
    featureSetVersion: model.featureSetVersion,
    datasetHash: "",
    trainedAtMs: 1,
    rowsTrain: 1,
    rowsHoldout: 1,
    metrics: { auc: null },
    parentVersion: null,
    ...change,
  };
  const event: RegistryEvent = {
    id: `e:${type}:${model.version}`,
    atMs: 1,
    author: "test",
    type,
    model: entry,
    reason: null,
    detail: null,
    evidenceJson: "[]",
  };
  return appendRegistryEvent(env.BUCKET, event);
}

beforeEach(async () => {
  await reset();
});

describe("champion", () => {
  test("none was ever promoted", async () => {
    expect(await loadChampion({ BUCKET: coldBucket() }, 0)).toEqual({ ok: true, value: null });
    await store(constantModel("refused-1"), {}, "refused");
    expect(await loadChampion({ BUCKET: coldBucket() }, 0)).toEqual({ ok: true, value: null });
  });

  test("the newest promotion is served, within ten seconds and without a deploy", async () => {
    const reader = { BUCKET: coldBucket() };
    await store(constantModel("m1"));
    const first = await loadChampion(reader, 0);
    if (!first.ok || first.value === null) throw new Error("no champion");
    expect(first.value.version).toBe("m1");
    expect(first.value.predict({ liquidityUsd: 5 })).toBe(0.5);
    expect(await store(constantModel("m2"), { parentVersion: "m1" })).toMatchObject({ ok: true });
    expect(await loadChampion(reader, 9_999)).toMatchObject({ value: { version: "m1" } });
    expect(await loadChampion(reader, 10_000)).toMatchObject({ value: { version: "m2" } });
  });

  test("a promotion that was judged against another champion is refused", async () => {
    await store(constantModel("m1"));
    expect(await store(constantModel("m2"))).toMatchObject({ ok: false, reason: "REQUEST_INVALID" });
    expect((await readRegistry(env.BUCKET)).state.champion?.version).toBe("m1");
  });

  test("changed bytes, missing bytes, foreign features: rules only", async () => {
    await store(constantModel("m1"), { sha256: "0".repeat(64) });
    expect(await loadChampion({ BUCKET: coldBucket() }, 0)).toMatchObject({ ok: false, reason: "MODEL_HASH_MISMATCH" });
    await reset();
    await store(constantModel("m1"), { artifactKey: "models/none.json" });
    expect(await loadChampion({ BUCKET: coldBucket() }, 0)).toMatchObject({ ok: false, reason: "MODEL_UNAVAILABLE" });
    await reset();
    await store(constantModel("m1", FEATURE_NAMES.slice(1)));
    expect(await loadChampion({ BUCKET: coldBucket() }, 0)).toMatchObject({ ok: false, reason: "MODEL_SIGNATURE_MISMATCH" });
    await reset();
    await store(constantModel("m1", FEATURE_NAMES, "f0"));
    expect(await loadChampion({ BUCKET: coldBucket() }, 0)).toMatchObject({ ok: false, reason: "MODEL_SIGNATURE_MISMATCH" });
    await reset();
    // The registry claims our features, the file has others.
    await store(constantModel("m1", [...FEATURE_NAMES].reverse()), {
      signatureHash: signatureHash({ featureSetVersion: FEATURE_SET_VERSION, features: FEATURE_NAMES }),
    });
    expect(await loadChampion({ BUCKET: coldBucket() }, 0)).toMatchObject({ ok: false, reason: "MODEL_SIGNATURE_MISMATCH" });
  });

  test("R2 being away is a refusal, not a crash, and is tried again at once", async () => {
    let isAway = true;
    const bucket = coldBucket();
    const flaky = new Proxy(bucket, {
      get(target, name) {
        if (isAway) throw new Error("R2 is away");
        return Reflect.get(target, name) as unknown;
      },
    });
    expect(await loadChampion({ BUCKET: flaky }, 0)).toMatchObject({ ok: false, reason: "MODEL_UNAVAILABLE" });
    isAway = false;
    expect(await loadChampion({ BUCKET: flaky }, 0)).toEqual({ ok: true, value: null });
  });
});

describe("shadows", () => {
  const versions = async () => (await loadModels({ BUCKET: coldBucket() }, 0)).shadows.map(({ version }) => version);
  const bootstrap = bootstrapModel();
  if (!bootstrap.ok) throw new Error(bootstrap.reason);

  test("the bootstrap model until there is a champion, which it never is", async () => {
    expect(await versions()).toEqual([bootstrap.value.version]);
    expect(await loadChampion({ BUCKET: coldBucket() }, 0)).toEqual({ ok: true, value: null });
    await store(constantModel("m1"));
    expect(await versions()).toEqual([]);
  });

  test("the newest that were judged, a bounded number, the former champion among them", async () => {
    for (const version of ["r1", "r2", "r3", "r4"]) await store(constantModel(version), {}, "refused");
    expect(await versions()).toEqual(["r4", "r3", "r2", bootstrap.value.version]);
    await store(constantModel("m1"));
    // The champion, made again, is no shadow of itself.
    await store(constantModel("m1"), { trainedAtMs: 2 }, "refused");
    await store(constantModel("r3"), { parentVersion: "m1" });
    expect(await versions()).toEqual(["m1", "r4", "r2"]);
    expect((await versions()).length).toBeLessThanOrEqual(MAX_SHADOWS);
  });

  test("one that cannot be verified is left out; the champion and the others stay", async () => {
    await store(constantModel("r1"), { sha256: "0".repeat(64) }, "refused");
    await store(constantModel("r2", FEATURE_NAMES.slice(1)), {}, "refused");
    await store(constantModel("r3"), {}, "refused");
    await store(constantModel("m1"));
    const models = await loadModels({ BUCKET: coldBucket() }, 0);
    expect(models.champion).toMatchObject({ ok: true, value: { version: "m1" } });
    expect(models.shadows.map(({ version }) => version)).toEqual(["r3"]);
  });

  test("a file under another version's name is refused", async () => {
    const stored = await putModel(env.BUCKET, constantModel("m1"));
    await store(constantModel("m2"), stored);
    expect(await loadChampion({ BUCKET: coldBucket() }, 0)).toMatchObject({ ok: false, reason: "MODEL_UNAVAILABLE" });
  });
});
