import { MODEL_MAX_BYTES, type ModelFile, parseModelFile, predictProbability } from "../../domain/learning/model-file.ts";
import { signatureHash } from "../../domain/learning/signature.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { ChampionModel } from "../../domain/scoring/champion.ts";
import { FEATURE_NAMES, FEATURE_SET_VERSION } from "../../domain/scoring/features.ts";
import type { LogPosition } from "./append-log.ts";
import { type RegisteredModel, type Registry, readRegistry } from "./registry-log.ts";

/** How long a new promotion may go unnoticed. */
const CACHE_MS = 10_000;

/** Where a model's files are. */
export function modelKey(name: string, version: string, file: "model.json" | "metrics.json" | "card.md"): string {
  return `models/${name}/${version}/${file}`;
}

/** Stores a model file. Returns what the registry needs to find and verify it. */
export async function putModel(bucket: R2Bucket, model: ModelFile): Promise<{ artifactKey: string; sha256: string; bytes: number }> {
  const bytes = new TextEncoder().encode(JSON.stringify(model));
  const artifactKey = modelKey(model.name, model.version, "model.json");
  await bucket.put(artifactKey, bytes, { httpMetadata: { contentType: "application/json" } });
  return { artifactKey, sha256: await sha256Of(bytes), bytes: bytes.byteLength };
}

/** Reads a registered model and verifies it. Refuses with MODEL_UNAVAILABLE or MODEL_HASH_MISMATCH. */
export async function getModel(
  bucket: R2Bucket,
  entry: Pick<RegisteredModel, "artifactKey" | "sha256">,
): Promise<Result<ModelFile, "MODEL_UNAVAILABLE" | "MODEL_HASH_MISMATCH">> {
  const object = await bucket.get(entry.artifactKey);
  if (object === null) return refuse("MODEL_UNAVAILABLE", `${entry.artifactKey} is missing`);
  if (object.size > MODEL_MAX_BYTES) return refuse("MODEL_UNAVAILABLE", `${entry.artifactKey} has ${object.size} bytes`);
  const bytes = new Uint8Array(await object.arrayBuffer());
  if ((await sha256Of(bytes)) !== entry.sha256) return refuse("MODEL_HASH_MISMATCH", entry.artifactKey);
  return parseModelFile(new TextDecoder().decode(bytes));
}

interface Cached {
  readonly readAtMs: number;
  readonly position: LogPosition<Registry>;
  readonly answer: Result<ChampionModel | null>;
}

const cache = new WeakMap<R2Bucket, Cached>();

/**
 * The champion, verified: its hash is the registry's, its features are the ones we compute, and it
 * reproduces its own example. Null when no model was ever promoted. Any refusal, R2 being away
 * included, means rules only; a promotion shows within ten seconds.
 */
export async function loadChampion(env: { readonly BUCKET: R2Bucket }, nowMs: number = Date.now()): Promise<Result<ChampionModel | null>> {
  const cached = cache.get(env.BUCKET);
  if (cached !== undefined && nowMs - cached.readAtMs < CACHE_MS && nowMs >= cached.readAtMs) return cached.answer;
  try {
    const position = await readRegistry(env.BUCKET, cached?.position);
    const isSame = cached?.answer.ok === true && cached.position.state.champion?.sha256 === position.state.champion?.sha256;
    const answer = isSame ? cached.answer : await verify(env.BUCKET, position.state.champion);
    cache.set(env.BUCKET, { readAtMs: nowMs, position, answer });
    return answer;
  } catch (error) {
    return refuse("MODEL_UNAVAILABLE", String(error));
  }
}

async function verify(bucket: R2Bucket, entry: RegisteredModel | null): Promise<Result<ChampionModel | null>> {
  if (entry === null) return ok(null);
  const ours = signatureHash({ featureSetVersion: FEATURE_SET_VERSION, features: FEATURE_NAMES });
  if (entry.signatureHash !== ours) return refuse("MODEL_SIGNATURE_MISMATCH", `${entry.version} knows ${entry.featureSetVersion}`);
  const read = await getModel(bucket, entry);
  if (!read.ok) return read;
  const model = read.value;
  if (model.signatureHash !== ours) return refuse("MODEL_SIGNATURE_MISMATCH", model.version);
  return ok({
    version: model.version,
    featureSetVersion: model.featureSetVersion,
    predict: (features) => predictProbability(model, features),
  });
}

async function sha256Of(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
