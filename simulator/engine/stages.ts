import type { Graduation } from "../../domain/candidate.ts";
import { parseExact } from "../../domain/json.ts";
import type { Stage } from "../../domain/pipeline/inbox.ts";
import { hash32 } from "../../domain/random.ts";
import { ok } from "../../domain/result.ts";
import type { Assessment } from "../../domain/scoring/assessment.ts";
import type { ParameterSet } from "../../domain/trading/parameters.ts";
import type { LedgerId } from "../../domain/trading/signal.ts";
import type { StageWork } from "../../durable-objects/core/inbox-core.ts";
import { analysisDecision, type DecisionContext, failureDecision, tradeDecision } from "../../workers/pipeline/decisions.ts";
import type { StageOutcome } from "../../workers/pipeline/stages.ts";
import { tradeSignal } from "../../workers/trader/trade.ts";
import type { Chain } from "../chain/chain.ts";
import type { ChainNode } from "../chain/node.ts";
import { refusal } from "../chain/node.ts";
import type { Actor } from "../cloud/actor.ts";

/** As the pipeline's own: after this long a fault that may pass is taken as final. */
const GIVE_UP_MS = 120_000;

export interface StageParts {
  readonly actor: Actor;
  readonly chain: Chain;
  readonly nodes: readonly ChainNode[];
  readonly parameters: ParameterSet;
  readonly ledgers: readonly LedgerId[];
}

/**
 * The stages of the simulated pipeline. Judging a coin is the analyzer's own tests' business: here every
 * coin is good, and its assessment is one read of its pool. What follows from it is the engine's own
 * Trader.
 */
export function simulatedStages({ actor, chain, nodes, parameters, ledgers }: StageParts) {
  return async (stage: Stage, work: StageWork, env: Env, clock: () => number): Promise<StageOutcome> => {
    const input = parseExact(work.inputJson) as { readonly graduation: Graduation; readonly assessment: Assessment } & Graduation;
    if (stage === "discover") return { next: "analyze", result: { graduation: input }, entries: [] };
    const { graduation } = input;
    const ledger = ledgers[hash32(graduation.signature) % ledgers.length] ?? "paper-A";
    const context: DecisionContext = {
      key: work.key,
      graduation,
      source: work.source,
      receivedAtMs: work.receivedAtMs,
      atMs: clock(),
      parameterVersion: parameters.version,
      arm: ledger.endsWith("B") ? "B" : "A",
      isDryRun: ledger.startsWith("paper"),
    };
    if (stage === "trade") {
      const answer = await tradeSignal(input.assessment, { ledger, parameters, nowMs: clock(), env });
      return { next: "done", result: null, entries: [tradeDecision(context, input.assessment, answer.outcome, answer.reasons)] };
    }
    const [node] = nodes;
    const read = await node?.ask(actor, "assess", () => {
      const reserves = chain.reserves(graduation.mint, node.confirmedSlot);
      return reserves === null ? refusal("UPSTREAM_MALFORMED", "no pool") : ok({ reserves, slot: node.confirmedSlot });
    });
    if (read?.ok !== true) {
      if (clock() - work.receivedAtMs < GIVE_UP_MS) throw new Error("not assessed");
      return { next: "done", result: null, entries: [failureDecision(context, "analyze", { code: "ASSESSMENT_FAILED" })] };
    }
    const assessment = assessed(graduation, work, parameters.version, clock(), read.value.slot, read.value.reserves);
    return { next: "trade", result: { graduation, assessment }, entries: [analysisDecision({ ...context, atMs: clock() }, assessment)] };
  };
}

function assessed(
  graduation: Graduation,
  work: StageWork,
  parameterVersion: string,
  nowMs: number,
  slot: number,
  reserves: { readonly baseReserves: bigint; readonly quoteReservesLamports: bigint },
): Assessment {
  const { baseReserves, quoteReservesLamports } = reserves;
  return {
    candidate: {
      graduation,
      source: work.source,
      discoveredAtMs: nowMs,
      symbol: "SIM",
      name: "Simulated",
      uri: "",
      metadataHash: "",
      creator: graduation.creator,
      liquidityLamports: quoteReservesLamports * 2n,
      liquidityUsd: 10_000,
      ageMs: 1_000,
      tradeCount: 50,
      solUsd: 200,
    },
    assessedAtMs: nowMs,
    slot,
    score: 60 + (hash32(graduation.mint) % 41),
    parts: { onChain: 80, sentiment: null, social: null, model: null },
    recommendation: "BUY",
    reasons: [],
    findings: [],
    featureSetVersion: "simulated",
    features: {},
    contributions: [],
    explanation: { counterfactual: null, shadows: [] },
    missing: [],
    parameterVersion,
    modelVersion: null,
    baseReserves,
    quoteReservesLamports,
  };
}
