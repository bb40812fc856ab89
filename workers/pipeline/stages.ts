import { rpcFromEnv } from "../../adapters/env.ts";
import { loadControl } from "../../adapters/r2/control-log.ts";
import { loadModels } from "../../adapters/r2/model-store.ts";
import type { Candidate, Graduation } from "../../domain/candidate.ts";
import type { JournalEntry, ModelRecord } from "../../domain/journal/entry.ts";
import { parseExact } from "../../domain/json.ts";
import type { RowState, Stage } from "../../domain/pipeline/inbox.ts";
import type { Refusal } from "../../domain/result.ts";
import type { Assessment, ReasonNote } from "../../domain/scoring/assessment.ts";
import type { TradingMode } from "../../domain/trading/parameters.ts";
import type { UnixMs } from "../../domain/units.ts";
import { budgetPort } from "../../durable-objects/budget-port.ts";
import type { StageWork } from "../../durable-objects/inbox.ts";
import { liveControlOf, marketWatchOf } from "../../durable-objects/stubs.ts";
import { assessCandidate } from "../analyzer/assess.ts";
import type { Collected } from "../analyzer/collect.ts";
import { fundingCache } from "../analyzer/creation.ts";
import { fillLater } from "../analyzer/fill-later.ts";
import { classifyFromEnv } from "../analyzer/moods.ts";
import { recordsFromEnv } from "../analyzer/records.ts";
import { type AnalyzerSources, replayedSources } from "../analyzer/replayed.ts";
import { rememberReplies } from "../analyzer/replies.ts";
import { keepObserved, socialFromEnv } from "../analyzer/social.ts";
import { modelFailureRecord } from "../control/champion.ts";
import { parametersForMint } from "../control/parameters.ts";
import { claimDiscovery } from "../discoverer/credits.ts";
import { discover } from "../discoverer/discover.ts";
import { tradeSignal } from "../trader/trade.ts";
import { analysisDecision, type DecisionContext, discoveryDecision, failureDecision, tradeDecision } from "./decisions.ts";

/** After this long a fault that may pass is taken as final: the token is too old to be bought. */
const GIVE_UP_MS = 120_000;
/** Lives as long as the isolate. */
const fundings = fundingCache();

export interface StageOutcome {
  readonly next: RowState;
  /** Input of the next stage. */
  readonly result: unknown;
  readonly entries: readonly JournalEntry[];
  /** Runs once the outcome is stored. */
  readonly after?: () => Promise<void>;
}

/** What the trade stage needs: the assessment, and the graduation it is of. */
interface AnalyzedInput {
  readonly graduation: Graduation;
  readonly assessment: Assessment;
}

interface CandidateInput {
  readonly graduation: Graduation;
  readonly candidate: Candidate;
}

/**
 * Runs one stage of one graduation. Every end is a decision with reasons. Throws on a fault that may
 * pass, until the graduation is too old for it to matter.
 */
export async function runStage(stage: Stage, work: StageWork, env: Env, clock: () => UnixMs): Promise<StageOutcome> {
  const input = parseExact(work.inputJson);
  const graduation = stage === "discover" ? (input as Graduation) : (input as CandidateInput).graduation;
  // A replay asks no node that is paid for. Claimed beside the rest, it costs no time.
  const claiming = stage === "discover" && work.source !== "replay" ? claimDiscovery(rpcFromEnv(env), budgetPort(env, "rpc")) : null;
  const [control, mode] = await Promise.all([loadControl(env, clock()), modeInForce(env)]);
  const assigned = parametersForMint(control, graduation.mint, mode);
  const contextAt = (): DecisionContext => ({
    key: work.key,
    graduation,
    source: work.source,
    receivedAtMs: work.receivedAtMs,
    atMs: clock(),
    parameterVersion: assigned.parameters.version,
    arm: assigned.arm,
    isDryRun: assigned.ledger.startsWith("paper"),
  });
  try {
    if (stage === "discover") return await runDiscover();
    if (stage === "analyze") return await runAnalyze(input as CandidateInput);
    return await runTrade(input as AnalyzedInput);
  } catch (error) {
    if (clock() - work.receivedAtMs < GIVE_UP_MS) throw error;
    return failed(error);
  }

  async function runDiscover(): Promise<StageOutcome> {
    const credits = await claiming;
    if (credits?.ok === false && credits.reason === "BUDGET_EXHAUSTED") return withoutCredits(credits);
    if (credits?.ok === false) throw new Error(`discover: ${credits.reason} ${credits.detail ?? ""}`);
    const discovery = await discover(graduation, work.source, {
      rpc: credits?.value.rpc ?? rpcFromEnv(env),
      parameters: assigned.parameters.parameters,
      denylist: control.denylist,
      nowMs: clock,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    }).finally(() => credits?.value.settle());
    const watch = discovery.watchable && work.source !== "replay" ? { after: () => recordPath(graduation) } : {};
    if (!discovery.verdict.ok) {
      const reasons = [noteOf(discovery.verdict)];
      return { next: "done", result: null, entries: [discoveryDecision(contextAt(), discovery, reasons)], ...watch };
    }
    const candidate = discovery.verdict.value;
    const result: CandidateInput = { graduation: candidate.graduation, candidate };
    return { next: "analyze", result, entries: [], ...watch };
  }

  async function runAnalyze({ candidate: found }: CandidateInput): Promise<StageOutcome> {
    const models = await loadModels(env);
    const failures: ModelRecord[] = [];
    const { candidate = found, ...sources } = work.source === "replay" ? await replayedSources(env, found, clock) : liveSources();
    const replies = rememberReplies(rpcFromEnv(env));
    const collected: Collected[] = [];
    const assessed = await assessCandidate(candidate, {
      rpc: replies.rpc,
      parameters: assigned.parameters,
      ...sources,
      budget: budgetPort(env, "rpc"),
      fundings,
      champion: models.champion.ok ? models.champion.value : null,
      shadows: models.shadows,
      onModelFailure: (failure) => failures.push(modelFailureRecord(failure, clock())),
      // A replay has nothing to add to what was recorded.
      ...(work.source === "replay" ? {} : { onCollected: (all) => collected.push(all) }),
      nowMs: clock,
    });
    if (!assessed.ok && assessed.reason === "BUDGET_EXHAUSTED") return withoutCredits(assessed);
    if (!assessed.ok) throw new Error(`assess: ${assessed.reason} ${assessed.detail ?? ""}`);
    const assessment = assessed.value;
    const context = contextAt();
    const decision = analysisDecision(context, assessment);
    const entries = [decision, ...failures];
    const after = async (): Promise<void> => {
      for (const all of collected) fillLater(env, decision.id, assessment.features, all, replies, clock);
    };
    if (assessment.recommendation !== "BUY") return { next: "done", result: null, entries, after };
    // The assessment is fresh even if the graduation is not: what was delivered or redriven late is judged, not bought.
    const lateMs = context.atMs - Math.min(work.receivedAtMs, graduation.blockTimeMs ?? work.receivedAtMs);
    if (lateMs > assigned.parameters.parameters.signalExpiryMs) {
      const reason = { code: "SIGNAL_EXPIRED", detail: `${Math.round(lateMs / 1_000)} s after the graduation` } as const;
      return { next: "done", result: null, entries: [...entries, tradeDecision(context, assessment, "DECLINE", [reason])], after };
    }
    return { next: "trade", result: { graduation, assessment } satisfies AnalyzedInput, entries, after };
  }

  function liveSources(): AnalyzerSources {
    return {
      social: socialFromEnv(env),
      onObserved: (observed) => keepObserved(env, observed),
      classify: classifyFromEnv(env, clock),
      records: recordsFromEnv(env, clock),
    };
  }

  async function runTrade({ assessment }: AnalyzedInput): Promise<StageOutcome> {
    const answer = await tradeSignal(assessment, { ledger: assigned.ledger, parameters: assigned.parameters, nowMs: clock(), env });
    return { next: "done", result: null, entries: [tradeDecision(contextAt(), assessment, answer.outcome, answer.reasons)] };
  }

  /** No waiting for tomorrow's credits: by then the token is no candidate any more. */
  function withoutCredits(refusal: Refusal): StageOutcome {
    return { next: "done", result: null, entries: [failureDecision(contextAt(), stage, noteOf(refusal))] };
  }

  function failed(error: unknown): StageOutcome {
    const code = stage === "discover" ? "RPC_UNAVAILABLE" : "ASSESSMENT_FAILED";
    const note: ReasonNote = { code, detail: String(error).slice(0, 200) };
    return { next: "done", result: null, entries: [failureDecision(contextAt(), stage, note)] };
  }

  async function recordPath(watched: Graduation): Promise<void> {
    const { labelHorizonMs, pathSampleMs } = assigned.parameters.parameters;
    await marketWatchOf(env).watchCandidate({
      mint: watched.mint,
      pool: watched.pool,
      startedAtMs: clock(),
      horizonMs: labelHorizonMs,
      sampleMs: pathSampleMs,
    });
  }
}

/** A paper deployment does not ask: nothing there can be live. */
async function modeInForce(env: Env): Promise<TradingMode> {
  return env.MODE === "live" ? await liveControlOf(env).mode() : "paper";
}

function noteOf(refusal: { readonly reason: ReasonNote["code"]; readonly detail?: string }): ReasonNote {
  return refusal.detail === undefined ? { code: refusal.reason } : { code: refusal.reason, detail: refusal.detail };
}
