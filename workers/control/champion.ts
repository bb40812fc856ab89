import { loadControl } from "../../adapters/r2/control-log.ts";
import { loadChampion } from "../../adapters/r2/model-store.ts";
import type { ModelRecord } from "../../domain/journal/entry.ts";
import type { ModelAnswers } from "../../domain/scoring/champion.ts";
import { makeParameterSet } from "../../domain/trading/parameter-set.ts";
import type { UnixMs } from "../../domain/units.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import { recordControlEvent } from "./record.ts";

/** Share of the model in the score once there is a first champion: enough to matter, too little to overrule the rules. */
export const FIRST_MODEL_WEIGHT = 0.2;
const FIRST_CHAMPION_EVENT = "first-champion";
/** A refusal is journaled again at most this often. */
const REFUSAL_PERIOD_MS = 3_600_000;

/** A champion that fails on a candidate, once an hour: whoever follows the journal is told that the rules judge alone. */
export function modelFailureRecord(failure: NonNullable<ModelAnswers["failure"]>, nowMs: UnixMs): ModelRecord {
  const { version, reason } = failure;
  const id = `model:failed:${version}:${reason}:${Math.floor(nowMs / REFUSAL_PERIOD_MS)}`;
  return { kind: "model", id, atMs: nowMs, name: "entry-win", version, event: "refused", reason };
}

/**
 * Journals which model the Analyzer uses, or why it refused one. The first champion ever gets its
 * weight in the score by a new parameter version; later ones inherit what people and searches made
 * of it since, so an operator's 0 stays 0.
 */
export async function adoptChampion(env: Env, nowMs: UnixMs): Promise<void> {
  const champion = await loadChampion(env, nowMs);
  if (champion.ok && champion.value === null) return;
  const version = champion.ok ? (champion.value?.version ?? "") : "";
  const event = champion.ok ? "loaded" : "refused";
  const id = champion.ok ? `model:loaded:${version}` : `model:refused:${champion.reason}:${Math.floor(nowMs / REFUSAL_PERIOD_MS)}`;
  const record: ModelRecord = {
    kind: "model",
    id,
    atMs: nowMs,
    name: "entry-win",
    version,
    event,
    reason: champion.ok ? null : champion.reason,
  };
  await journalOf(env).append([record]);
  if (!champion.ok) return;

  const { active, experiment } = await loadControl(env, nowMs);
  if (experiment !== null || active.parameters.modelWeight > 0) return;
  const set = makeParameterSet({
    name: active.name,
    parent: active.version,
    author: "system",
    createdAtMs: nowMs,
    parameters: { ...active.parameters, modelWeight: FIRST_MODEL_WEIGHT },
  });
  const activated = await recordControlEvent(
    env,
    { id: FIRST_CHAMPION_EVENT, atMs: nowMs, author: "system", type: "parameters-activated", set, retired: active },
    nowMs,
  );
  if (!activated.ok) console.warn("model weight not activated", activated.reason, activated.detail ?? "");
}
