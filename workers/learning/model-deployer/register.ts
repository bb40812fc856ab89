import { and, eq, ne, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { models } from "../../../adapters/d1/schema/learning.ts";
import { modelKey } from "../../../adapters/r2/model-store.ts";
import { appendRegistryEvent, type RegisteredModel, readRegistry } from "../../../adapters/r2/registry-log.ts";
import { modelCard } from "../../../domain/learning/card.ts";
import type { ModelFile } from "../../../domain/learning/model-file.ts";
import type { UnixMs } from "../../../domain/units.ts";
import type { LearningEnv } from "../env.ts";
import { type Judgement, MODEL_NAME, requireModel } from "../model-trainer/steps.ts";

/** How one judgement ended: a promotion may still lose to one that came first. */
export interface Registration {
  readonly version: string;
  readonly verdict: "promoted" | "refused";
  readonly reason: string | null;
  readonly detail: string | null;
}

/** Writes metrics, card, registry entry and D1 row of one judged model. Repeating it changes nothing. */
export async function registerModel(env: LearningEnv, runId: string, judgement: Judgement, atMs: UnixMs): Promise<Registration> {
  const { trained, metrics, comparisons } = judgement;
  const model = await requireModel(env, trained);
  const entry: RegisteredModel = {
    name: MODEL_NAME,
    version: trained.version,
    family: trained.family,
    artifactKey: trained.artifactKey,
    sha256: trained.sha256,
    bytes: trained.bytes,
    signatureHash: model.signatureHash,
    featureSetVersion: model.featureSetVersion,
    datasetHash: model.training.datasetHash,
    trainedAtMs: atMs,
    rowsTrain: judgement.rowsTrain,
    rowsHoldout: judgement.rowsHoldout,
    metrics: { ...metrics },
    parentVersion: judgement.championVersion,
  };
  const event = {
    id: `${runId}:${trained.version}`,
    atMs,
    author: "sniper-learning",
    type: judgement.verdict,
    model: entry,
    reason: judgement.reason,
    detail: judgement.detail,
    evidenceJson: JSON.stringify(comparisons),
  };
  const registry = await readRegistry(env.BUCKET);
  if (registry.ids.includes(event.id) && registry.state.champion?.version === trained.version) {
    // This run promoted it and was restarted: judged again, it would lose against itself.
    const promoted = { version: trained.version, verdict: "promoted", reason: null, detail: null } as const;
    if (!(await hasReport(env, trained.version))) await writeReport(env, model, judgement, promoted);
    await indexModel(env, registry.state.champion, promoted);
    return promoted;
  }
  let registration: Registration = {
    version: trained.version,
    verdict: judgement.verdict,
    reason: judgement.reason,
    detail: judgement.detail,
  };
  const appended = await appendRegistryEvent(env.BUCKET, event);
  if (!appended.ok) {
    const detail = `${appended.reason}: ${appended.detail ?? ""}`;
    registration = { version: trained.version, verdict: "refused", reason: "MODEL_NOT_BETTER", detail };
    const refused = { ...event, id: `${event.id}:late`, type: "refused", reason: "MODEL_NOT_BETTER", detail } as const;
    const recorded = await appendRegistryEvent(env.BUCKET, refused);
    if (!recorded.ok) throw new Error(`registry: ${recorded.reason} ${recorded.detail ?? ""}`);
  }
  // A later run on the same data makes the same version: its first report stands, unless it is promoted now.
  if (registration.verdict === "promoted" || !(await hasReport(env, trained.version)))
    await writeReport(env, model, judgement, registration);
  await indexModel(env, entry, registration);
  return registration;
}

async function hasReport(env: LearningEnv, version: string): Promise<boolean> {
  return (await env.BUCKET.head(modelKey(MODEL_NAME, version, "metrics.json"))) !== null;
}

async function writeReport(
  env: LearningEnv,
  model: ModelFile,
  { trained, metrics, comparisons }: Judgement,
  registration: Registration,
): Promise<void> {
  const { reason, detail } = registration;
  const verdict = reason === null ? "promoted" : `refused, ${reason}: ${detail ?? ""}`;
  await env.BUCKET.put(modelKey(MODEL_NAME, trained.version, "card.md"), modelCard(model, metrics, comparisons, verdict));
  const report = { metrics, comparisons, folds: trained.folds, ...registration };
  await env.BUCKET.put(modelKey(MODEL_NAME, trained.version, "metrics.json"), JSON.stringify(report));
}

/** The D1 row, and the retirement of whoever was champion before. */
async function indexModel(env: LearningEnv, entry: RegisteredModel, { verdict, reason, detail }: Registration): Promise<void> {
  const db = drizzle(env.DB);
  const { metrics, ...plain } = entry;
  const status = verdict === "promoted" ? "champion" : "refused";
  const row = { ...plain, status, reason, detail, metricsJson: JSON.stringify(metrics) } as const;
  // A version that serves, or has served, stays what it is when training makes it again.
  const insert = db
    .insert(models)
    .values(row)
    .onConflictDoUpdate({
      target: [models.name, models.version],
      set: {
        status: sql`CASE WHEN ${models.status} = 'refused' THEN excluded.status ELSE ${models.status} END`,
        trainedAtMs: entry.trainedAtMs,
      },
    });
  if (verdict === "refused") {
    await insert;
    return;
  }
  const retire = db
    .update(models)
    .set({ status: "retired" })
    .where(and(eq(models.name, entry.name), eq(models.status, "champion"), ne(models.version, entry.version)));
  await db.batch([insert, retire]);
}
