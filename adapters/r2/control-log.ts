import { z } from "zod";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";
import { ok, type Result } from "../../domain/result.ts";
import { applyControlEvent, type Control, type ControlEvent, initialControl } from "../../domain/trading/control.ts";
import { builtinParameterSet } from "../../domain/trading/parameter-set.ts";
import { PARAMETER_TABLE } from "../../domain/trading/parameter-table.ts";
import { builtinParameters, type ParameterProfile, type ParameterSet, parseParameters } from "../../domain/trading/parameters.ts";
import { appendToLog, type LogDefinition, type LogPosition, readLog } from "./append-log.ts";

/** How stale a decision may see the denylist or the parameters. */
const CACHE_MS = 2_000;

interface ControlEnv {
  readonly BUCKET: R2Bucket;
  readonly PARAMETER_PROFILE: string;
}

const cache = new WeakMap<R2Bucket, { readonly readAtMs: number; readonly position: LogPosition<Control> }>();

/** The control state, at most two seconds old. Throws when the log cannot be read: then nothing is decided. */
export async function loadControl(env: ControlEnv, nowMs: number): Promise<Control> {
  const cached = cache.get(env.BUCKET);
  if (cached !== undefined && nowMs - cached.readAtMs < CACHE_MS && nowMs >= cached.readAtMs) return cached.position.state;
  const position = await readLog(env.BUCKET, controlLog(profileOf(env)), cached?.position);
  cache.set(env.BUCKET, { readAtMs: nowMs, position });
  return position.state;
}

/**
 * Appends an event if it applies to the newest state. An id that was appended before is a success and
 * changes nothing. Refuses as `applyControlEvent` does. `nowMs` is the reader's clock, for the cache.
 */
export async function appendControlEvent(env: ControlEnv, event: ControlEvent, nowMs: number): Promise<Result<Control>> {
  const appended = await appendToLog(env.BUCKET, controlLog(profileOf(env)), event, cache.get(env.BUCKET)?.position);
  if (!appended.ok) return appended;
  cache.set(env.BUCKET, { readAtMs: nowMs, position: appended.value });
  return ok(appended.value.state);
}

function controlLog(profile: ParameterProfile): LogDefinition<ControlEvent, Control> {
  return {
    prefix: "control/v1/",
    initial: initialControl(builtinParameterSet(profile)),
    parseEvent: (json) => eventSchema(profile).parse(json),
    parseState: (json) => controlSchema(profile).parse(json),
    apply: applyControlEvent,
  };
}

/** The profile that the deployment names; anything unknown is `default`. */
export function profileOf(env: { readonly PARAMETER_PROFILE: string }): ParameterProfile {
  return env.PARAMETER_PROFILE === "localnet" ? "localnet" : "default";
}

/**
 * Reads a stored set. A set written by an older release lacks the parameters that came later, and may
 * hold some that are gone: those take the built-in value and are dropped.
 */
function parameterSetSchema(profile: ParameterProfile) {
  return z
    .object({
      version: z.string().max(100),
      name: z.string().max(80),
      parent: z.string().max(100).nullable(),
      author: z.string().max(200),
      createdAtMs: z.number(),
      parameters: z.record(z.string(), z.unknown()),
    })
    .transform((stored, context): ParameterSet => {
      const known = Object.entries(stored.parameters).filter(([name]) => name === "mode" || Object.hasOwn(PARAMETER_TABLE, name));
      const parsed = parseParameters({ ...builtinParameters(profile), ...Object.fromEntries(known) });
      if (parsed.ok) return { ...stored, parameters: parsed.value };
      context.addIssue({ code: "custom", message: `parameter set ${stored.version}: ${parsed.detail}` });
      return z.NEVER;
    });
}

const reasonSchema = z.string().refine((code): code is ReasonCode => Object.hasOwn(REASONS, code));
const denySchema = { subject: z.enum(["mint", "creator", "metadata"]), value: z.string().max(200), reason: z.string().max(500) };

function experimentSchema(profile: ParameterProfile) {
  return z.object({
    id: z.string().max(200),
    champion: parameterSetSchema(profile),
    challenger: parameterSetSchema(profile),
    startedAtMs: z.number(),
    shareBps: z.number(),
    looks: z.number().int(),
  });
}

function eventSchema(profile: ParameterProfile) {
  const base = { id: z.string().max(300), atMs: z.number(), author: z.string().max(200) };
  const set = parameterSetSchema(profile);
  const experiment = experimentSchema(profile);
  const evidenceJson = z.string();
  return z.discriminatedUnion("type", [
    z.object({ ...base, type: z.literal("parameters-proposed"), set, evidenceJson }),
    z.object({ ...base, type: z.literal("parameters-activated"), set, retired: set }),
    z.object({ ...base, type: z.literal("experiment-started"), experiment }),
    z.object({ ...base, type: z.literal("experiment-looked"), experiment, evidenceJson }),
    z.object({
      ...base,
      type: z.literal("experiment-ended"),
      experiment,
      outcome: z.enum(["adopted", "rejected", "inconclusive"]),
      reason: reasonSchema.nullable(),
      evidenceJson,
    }),
    z.object({ ...base, type: z.literal("denylist-add"), ...denySchema }),
    z.object({ ...base, type: z.literal("denylist-remove"), ...denySchema }),
  ]);
}

function controlSchema(profile: ParameterProfile) {
  return z.object({
    active: parameterSetSchema(profile),
    experiment: experimentSchema(profile).nullable(),
    denylist: z.array(z.object({ ...denySchema, author: z.string(), atMs: z.number() })),
  });
}
