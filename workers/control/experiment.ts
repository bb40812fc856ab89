import { loadControl } from "../../adapters/r2/control-log.ts";
import {
  type ArmOutcome,
  decideExperiment,
  dueLook,
  type ExperimentRules,
  type ExperimentVerdict,
} from "../../domain/optimization/experiment.ts";
import { assignArm } from "../../domain/optimization/experiment-assignment.ts";
import type { ControlEvent, Experiment } from "../../domain/trading/control.ts";
import type { UnixMs } from "../../domain/units.ts";
import { adoptChampion } from "./champion.ts";
import { denyCollapsed } from "./denylist.ts";
import { recordControlEvent } from "./record.ts";

/** Candidates of one look; a look that would need more is decided on the newest. */
const MAX_OUTCOMES = 50_000;
/** An exit is settled and projected within this time after the maximum hold. */
const SETTLE_MS = 60_000;

/**
 * The cron's part of control: puts a first champion into the score, denies the creators of collapsed
 * tokens, and takes a look at the running experiment when one is due. Returns the verdict of a look.
 */
export async function evaluateExperiment(env: Env, nowMs: UnixMs): Promise<ExperimentVerdict | null> {
  await denyCollapsed(env, nowMs);
  await adoptChampion(env, nowMs);
  const { experiment } = await loadControl(env, nowMs);
  if (experiment === null) return null;
  const rules = rulesOf(experiment);
  const settleMs = Math.min(SETTLE_MS, rules.minMs);
  const due = dueLook(rules, experiment.looks, nowMs - settleMs);
  if (due === null) return null;
  const outcomes = await readOutcomes(env, experiment, due.endMs);
  const verdict = decideExperiment(outcomes, rules, due.look);
  await recordVerdict(env, experiment, verdict, nowMs);
  return verdict;
}

function rulesOf({ id, startedAtMs, shareBps, champion }: Experiment): ExperimentRules {
  const { experimentMinMs, experimentMinTrades, adoptionUpliftBps } = champion.parameters;
  return { experimentId: id, startedAtMs, shareBps, minMs: experimentMinMs, minTrades: experimentMinTrades, adoptionUpliftBps };
}

async function recordVerdict(env: Env, experiment: Experiment, verdict: ExperimentVerdict, nowMs: UnixMs): Promise<void> {
  const { outcome, reason, detail, evidence } = verdict;
  const base = { id: `look:${experiment.id}:${evidence.look}`, atMs: nowMs, author: "system" } as const;
  const evidenceJson = JSON.stringify({ ...evidence, detail });
  const event: ControlEvent =
    outcome === "extend"
      ? { ...base, type: "experiment-looked", experiment: { ...experiment, looks: evidence.look }, evidenceJson }
      : { ...base, type: "experiment-ended", experiment, outcome, reason, evidenceJson };
  const recorded = await recordControlEvent(env, event, nowMs);
  if (!recorded.ok) console.warn("experiment verdict not recorded", recorded.reason, recorded.detail ?? "");
}

/**
 * What became of every candidate that was judged in the experiment, up to those whose trade must have
 * closed by `endMs`. The arm is the assignment's, not the trade's, so a candidate that nobody bought counts.
 */
export async function readOutcomes(env: Pick<Env, "DB">, experiment: Experiment, endMs: UnixMs): Promise<ArmOutcome[]> {
  const maxHoldMs = Math.max(experiment.champion.parameters.maxHoldMs, experiment.challenger.parameters.maxHoldMs);
  const { results } = await env.DB.prepare(
    `SELECT d.mint AS mint, min(d.at_ms) AS decidedAtMs, t.return_bps AS returnBps
     FROM decisions d
     LEFT JOIN trades t ON t.mint = d.mint AND t.opened_at_ms >= ?1 AND t.parameter_version = d.parameter_version
     WHERE d.stage = 'analyze' AND d.source <> 'replay' AND d.at_ms >= ?1 AND d.at_ms <= ?2
       AND d.parameter_version IN (?3, ?4)
     GROUP BY d.mint ORDER BY decidedAtMs DESC LIMIT ?5`,
  )
    .bind(
      experiment.startedAtMs,
      Math.max(experiment.startedAtMs, endMs - maxHoldMs),
      experiment.champion.version,
      experiment.challenger.version,
      MAX_OUTCOMES,
    )
    .all<{ mint: string; decidedAtMs: number; returnBps: number | null }>();
  return results.map(({ mint, decidedAtMs, returnBps }) => ({
    arm: assignArm(mint, experiment.id, experiment.shareBps),
    decidedAtMs,
    traded: returnBps !== null,
    returnBps: returnBps ?? 0,
  }));
}
