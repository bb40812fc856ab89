import { z } from "zod";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { appendToLog, type LogDefinition, type LogPosition, readLog } from "./append-log.ts";

/** One trained model as the registry records it; the file itself is at `artifactKey`. */
export interface RegisteredModel {
  readonly name: string;
  readonly version: string;
  readonly family: string;
  readonly artifactKey: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly signatureHash: string;
  readonly featureSetVersion: string;
  readonly datasetHash: string;
  readonly trainedAtMs: number;
  readonly rowsTrain: number;
  readonly rowsHoldout: number;
  /** Holdout metrics; null where undefined. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Champion at the time, which it was compared with. */
  readonly parentVersion: string | null;
}

/** One entry of the registry: a model was judged. The newest promotion is the champion. */
export interface RegistryEvent {
  readonly id: string;
  readonly atMs: number;
  readonly author: string;
  readonly type: "promoted" | "refused";
  readonly model: RegisteredModel;
  readonly reason: ReasonCode | null;
  readonly detail: string | null;
  /** Comparisons with champion and baselines, as JSON text. */
  readonly evidenceJson: string;
}

export interface Registry {
  readonly champion: RegisteredModel | null;
  /** Models that were judged and do not count, the newest first: the Analyzer records what they say. */
  readonly shadows: readonly RegisteredModel[];
}

/** Each shadow is asked for every candidate and held in memory. */
export const MAX_SHADOWS = 3;

const modelSchema = z.object({
  name: z.string().max(80),
  version: z.string().max(80),
  family: z.string().max(40),
  artifactKey: z.string().max(300),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().positive(),
  signatureHash: z.string().max(64),
  featureSetVersion: z.string().max(80),
  datasetHash: z.string().max(64),
  trainedAtMs: z.number(),
  rowsTrain: z.number(),
  rowsHoldout: z.number(),
  metrics: z.record(z.string(), z.number().nullable()),
  parentVersion: z.string().max(80).nullable(),
});

const eventSchema = z.object({
  id: z.string().max(300),
  atMs: z.number(),
  author: z.string().max(200),
  type: z.enum(["promoted", "refused"]),
  model: modelSchema,
  reason: z
    .string()
    .refine((code): code is ReasonCode => Object.hasOwn(REASONS, code))
    .nullable(),
  detail: z.string().nullable(),
  evidenceJson: z.string(),
});

const REGISTRY_LOG: LogDefinition<RegistryEvent, Registry> = {
  prefix: "registry/v1/",
  initial: { champion: null, shadows: [] },
  parseEvent: (json) => eventSchema.parse(json),
  parseState: (json) => z.object({ champion: modelSchema.nullable(), shadows: z.array(modelSchema).max(MAX_SHADOWS) }).parse(json),
  apply: applyRegistryEvent,
};

function applyRegistryEvent(registry: Registry, event: RegistryEvent): Result<Registry> {
  if (event.type === "refused") {
    // Made again from the same data, the champion is refused as no better than itself.
    const isChampion = registry.champion?.version === event.model.version;
    return ok(isChampion ? registry : { ...registry, shadows: withShadow(registry.shadows, event.model) });
  }
  if (registry.champion?.version === event.model.version) return refuse("DUPLICATE_EVENT", event.model.version);
  // A promotion rests on a comparison with the champion of its time.
  if ((registry.champion?.version ?? null) !== event.model.parentVersion) {
    return refuse("REQUEST_INVALID", `the champion is ${registry.champion?.version ?? "none"}, not ${event.model.parentVersion ?? "none"}`);
  }
  const others = registry.shadows.filter(({ version }) => version !== event.model.version);
  return ok({ champion: event.model, shadows: registry.champion === null ? others : withShadow(others, registry.champion) });
}

function withShadow(shadows: readonly RegisteredModel[], model: RegisteredModel): readonly RegisteredModel[] {
  return [model, ...shadows.filter(({ version }) => version !== model.version)].slice(0, MAX_SHADOWS);
}

/** The registry now, reading on from `known`. */
export async function readRegistry(bucket: R2Bucket, known?: LogPosition<Registry>): Promise<LogPosition<Registry>> {
  return readLog(bucket, REGISTRY_LOG, known);
}

/**
 * Records a judgement once. Refuses a promotion with REQUEST_INVALID when another one came first, and
 * with DUPLICATE_EVENT when the model is the champion already.
 */
export async function appendRegistryEvent(bucket: R2Bucket, event: RegistryEvent): Promise<Result<Registry>> {
  const appended = await appendToLog(bucket, REGISTRY_LOG, event);
  return appended.ok ? ok(appended.value.state) : appended;
}
