import { bootstrapModel } from "../../domain/learning/bootstrap.ts";
import { MODEL_MAX_BYTES, type ModelFile, parseModelFile } from "../../domain/learning/model-file.ts";
import { type ServedModel, serveModel } from "../../domain/learning/served-model.ts";
import { signatureHash } from "../../domain/learning/signature.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
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

/** The models that the Analyzer asks, verified and compiled. */
export interface LoadedModels {
  /** Null when no model was ever promoted; a refusal means rules only. */
  readonly champion: Result<ServedModel | null>;
  /** Never count: the newest that were judged, and the bootstrap model until there is a champion. */
  readonly shadows: readonly ServedModel[];
}

interface Cached {
  readonly readAtMs: number;
  readonly position: LogPosition<Registry>;
  /** Verified models by the hash of their bytes; those that were refused are tried again. */
  readonly served: ReadonlyMap<string, ServedModel>;
  readonly models: LoadedModels;
}

const cache = new WeakMap<R2Bucket, Cached>();

/**
 * Champion and shadows. A model is used when its bytes have the registry's hash, its features are the ones
 * we compute, and it reproduces its own example. Any refusal of the champion, R2 being away included, means
 * rules only; a shadow that is refused is left out. A promotion shows within ten seconds.
 */
export async function loadModels(env: { readonly BUCKET: R2Bucket }, nowMs: number = Date.now()): Promise<LoadedModels> {
  const cached = cache.get(env.BUCKET);
  if (cached !== undefined && nowMs - cached.readAtMs < CACHE_MS && nowMs >= cached.readAtMs) return cached.models;
  try {
    const position = await readRegistry(env.BUCKET, cached?.position);
    const { champion: entry, shadows: entries } = position.state;
    const verify = (one: RegisteredModel): Promise<Result<ServedModel>> => verified(env.BUCKET, one, cached?.served);
    const champion = entry === null ? ok(null) : await verify(entry);
    const tried = await Promise.all(entries.map(verify));
    const shadows = tried.flatMap((one) => (one.ok ? [one.value] : []));
    const bootstrap = entry === null ? bootstrapModel() : null;
    const served = new Map<string, ServedModel>();
    if (champion.ok && champion.value !== null && entry !== null) served.set(entry.sha256, champion.value);
    tried.forEach((one, i) => {
      const sha256 = entries[i]?.sha256;
      if (one.ok && sha256 !== undefined) served.set(sha256, one.value);
    });
    const models = { champion, shadows: bootstrap?.ok ? [...shadows, bootstrap.value] : shadows };
    cache.set(env.BUCKET, { readAtMs: nowMs, position, served, models });
    return models;
  } catch (error) {
    return { champion: refuse("MODEL_UNAVAILABLE", String(error)), shadows: [] };
  }
}

/** The champion alone; see `loadModels`. */
export async function loadChampion(env: { readonly BUCKET: R2Bucket }, nowMs: number = Date.now()): Promise<Result<ServedModel | null>> {
  return (await loadModels(env, nowMs)).champion;
}

async function verified(
  bucket: R2Bucket,
  entry: RegisteredModel,
  known: ReadonlyMap<string, ServedModel> | undefined,
): Promise<Result<ServedModel>> {
  const ours = signatureHash({ featureSetVersion: FEATURE_SET_VERSION, features: FEATURE_NAMES });
  if (entry.signatureHash !== ours) return refuse("MODEL_SIGNATURE_MISMATCH", `${entry.version} knows ${entry.featureSetVersion}`);
  const warm = known?.get(entry.sha256);
  if (warm?.version === entry.version) return ok(warm);
  const read = await getModel(bucket, entry);
  if (!read.ok) return read;
  const model = read.value;
  if (model.signatureHash !== ours) return refuse("MODEL_SIGNATURE_MISMATCH", model.version);
  // The bytes are the registry's, so this is its mistake: it would be recorded under another name.
  if (model.version !== entry.version) return refuse("MODEL_UNAVAILABLE", `${entry.version} is the file of ${model.version}`);
  return ok(serveModel(model));
}

async function sha256Of(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
