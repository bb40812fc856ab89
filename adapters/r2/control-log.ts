import { z } from "zod";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { applyControlEvent, type Control, type ControlEvent, initialControl } from "../../domain/trading/control.ts";
import { builtinParameterSet } from "../../domain/trading/parameter-set.ts";
import { PARAMETER_TABLE } from "../../domain/trading/parameter-table.ts";
import { builtinParameters, type ParameterProfile, type ParameterSet, parseParameters } from "../../domain/trading/parameters.ts";
import { logKey, putLogEntry, readLogAfter } from "./append-log.ts";

const PREFIX = "control/v1/";
const SNAPSHOT_PREFIX = "control/v1/snapshots/";
/** A cold isolate reads at most this many entries after the newest snapshot. */
const SNAPSHOT_EVERY = 50;
/** How stale a decision may see the denylist or the parameters. */
const CACHE_MS = 2_000;
/** Ids remembered to recognise a repeated event: far more than a queue can redeliver between two of them. */
const REMEMBERED_IDS = 1_000;
const APPEND_TRIES = 20;

interface ControlEnv {
  readonly BUCKET: R2Bucket;
  readonly PARAMETER_PROFILE: string;
}

interface LogState {
  readonly seq: number;
  readonly control: Control;
  readonly ids: readonly string[];
}

const cache = new WeakMap<R2Bucket, { readonly readAtMs: number; readonly state: LogState }>();

/** The control state, at most two seconds old. Throws when the log cannot be read: then nothing is decided. */
export async function loadControl(env: ControlEnv, nowMs: number): Promise<Control> {
  const cached = cache.get(env.BUCKET);
  if (cached !== undefined && nowMs - cached.readAtMs < CACHE_MS && nowMs >= cached.readAtMs) return cached.state.control;
  return (await refresh(env, nowMs)).control;
}

/**
 * Appends an event if it applies to the newest state. An id that was written before is a success and
 * changes nothing. Refuses as `applyControlEvent` does. `nowMs` is the reader's clock, for the cache.
 */
export async function appendControlEvent(env: ControlEnv, event: ControlEvent, nowMs: number): Promise<Result<Control>> {
  for (let attempt = 0; attempt < APPEND_TRIES; attempt++) {
    const state = await refresh(env, nowMs);
    if (state.ids.includes(event.id)) return ok(state.control);
    const applied = applyControlEvent(state.control, event);
    if (!applied.ok) return applied;
    const seq = state.seq + 1;
    if (!(await putLogEntry(env.BUCKET, PREFIX, seq, JSON.stringify(event)))) continue;
    const next: LogState = { seq, control: applied.value, ids: remember(state.ids, event.id) };
    cache.set(env.BUCKET, { readAtMs: nowMs, state: next });
    if (seq % SNAPSHOT_EVERY === 0) await env.BUCKET.put(logKey(SNAPSHOT_PREFIX, seq), JSON.stringify(next));
    return applied;
  }
  return refuse("UPSTREAM_FAILED", `control log: ${APPEND_TRIES} writers were faster`);
}

async function refresh(env: ControlEnv, nowMs: number): Promise<LogState> {
  let state = cache.get(env.BUCKET)?.state ?? (await newestSnapshot(env));
  for (const text of await readLogAfter(env.BUCKET, PREFIX, state.seq)) {
    const event = parseEvent(text, profileOf(env));
    const applied = applyControlEvent(state.control, event);
    if (!applied.ok) throw new Error(`control log ${state.seq + 1} does not apply: ${applied.reason} ${applied.detail ?? ""}`);
    state = { seq: state.seq + 1, control: applied.value, ids: remember(state.ids, event.id) };
  }
  cache.set(env.BUCKET, { readAtMs: nowMs, state });
  return state;
}

async function newestSnapshot(env: ControlEnv): Promise<LogState> {
  let newest: string | undefined;
  let cursor: string | undefined;
  do {
    const page = await env.BUCKET.list({ prefix: SNAPSHOT_PREFIX, ...(cursor === undefined ? {} : { cursor }) });
    newest = page.objects.at(-1)?.key ?? newest;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  const object = newest === undefined ? null : await env.BUCKET.get(newest);
  if (object === null) return { seq: 0, control: initialControl(builtinParameterSet(profileOf(env))), ids: [] };
  return snapshotSchema(profileOf(env)).parse(await object.json());
}

function remember(ids: readonly string[], id: string): readonly string[] {
  return [...ids.slice(-(REMEMBERED_IDS - 1)), id];
}

/** The profile that the deployment names; anything unknown is `default`. */
export function profileOf(env: { readonly PARAMETER_PROFILE: string }): ParameterProfile {
  return env.PARAMETER_PROFILE === "localnet" ? "localnet" : "default";
}

function parseEvent(text: string, profile: ParameterProfile): ControlEvent {
  return eventSchema(profile).parse(JSON.parse(text));
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

function snapshotSchema(profile: ParameterProfile) {
  return z.object({
    seq: z.number().int().positive(),
    ids: z.array(z.string()),
    control: z.object({
      active: parameterSetSchema(profile),
      experiment: experimentSchema(profile).nullable(),
      denylist: z.array(z.object({ ...denySchema, author: z.string(), atMs: z.number() })),
    }),
  });
}
