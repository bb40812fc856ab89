import { and, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { bootstrapModel } from "../../domain/learning/bootstrap.ts";
import { type ServedModel, serveModel } from "../../domain/learning/served-model.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { models } from "../d1/schema/learning.ts";
import { getModel, loadModels } from "./model-store.ts";

/** Older versions that are kept compiled; each is at most a few MB. */
const MAX_KEPT = 4;

/** What a model is to the Analyzer. */
export type ModelRole = "champion" | "shadow" | "bootstrap" | "registered";

export interface FoundModel {
  readonly model: ServedModel;
  readonly role: ModelRole;
}

interface ModelEnv {
  readonly BUCKET: R2Bucket;
  readonly DB: D1Database;
}

const kept = new WeakMap<R2Bucket, Map<string, ServedModel>>();

/**
 * The model of that name: the champion, or the bootstrap model until there is one. With a version, any that the
 * registry ever recorded, verified against its hash. Refuses with NOT_FOUND, or with why a champion cannot be used.
 */
export async function findModel(env: ModelEnv, name: string, version: string | null, nowMs: number): Promise<Result<FoundModel>> {
  const { champion, shadows } = await loadModels(env, nowMs);
  const bootstrap = bootstrapModel();
  const named = (model: ServedModel | null, role: ModelRole): FoundModel[] =>
    model !== null && model.name === name && (version === null || model.version === version) ? [{ model, role }] : [];
  const standIn = bootstrap.ok ? bootstrap.value : null;
  if (version === null) {
    if (!champion.ok) return name === standIn?.name ? champion : refuse("NOT_FOUND", "no such model");
    const found = champion.value === null ? named(standIn, "bootstrap") : named(champion.value, "champion");
    return found[0] === undefined ? refuse("NOT_FOUND", "no such model") : ok(found[0]);
  }
  const [found] = [
    ...named(champion.ok ? champion.value : null, "champion"),
    ...named(standIn, "bootstrap"),
    ...shadows.flatMap((shadow) => named(shadow, "shadow")),
  ];
  return found === undefined ? findRegistered(env, name, version) : ok(found);
}

async function findRegistered(env: ModelEnv, name: string, version: string): Promise<Result<FoundModel>> {
  const [row] = await drizzle(env.DB)
    .select({ artifactKey: models.artifactKey, sha256: models.sha256 })
    .from(models)
    .where(and(eq(models.name, name), eq(models.version, version)))
    .limit(1);
  if (row === undefined) return refuse("NOT_FOUND", "no such version");
  const cache = kept.get(env.BUCKET) ?? new Map<string, ServedModel>();
  kept.set(env.BUCKET, cache);
  const warm = cache.get(row.sha256);
  if (warm !== undefined) return ok({ model: warm, role: "registered" });
  const read = await getModel(env.BUCKET, row);
  if (!read.ok) return read;
  if (read.value.name !== name || read.value.version !== version) return refuse("MODEL_UNAVAILABLE", `not the file of ${version}`);
  const model = serveModel(read.value);
  const [oldest] = cache.keys();
  if (cache.size >= MAX_KEPT && oldest !== undefined) cache.delete(oldest);
  cache.set(row.sha256, model);
  return ok({ model, role: "registered" });
}
