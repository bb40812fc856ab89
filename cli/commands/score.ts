import { type Command, Option } from "commander";
import type { DecisionView, Page } from "../../domain/api/types.ts";
import { ok, refuse } from "../../domain/result.ts";
import { explainScore } from "../../domain/scoring/explain.ts";
import type { Explainable } from "../../domain/scoring/explain-text.ts";
import { type ScoreInputs, scoreToken } from "../../domain/scoring/score.ts";
import { isAddress } from "../../domain/solana/address.ts";
import type { ParameterProfile } from "../../domain/trading/parameters.ts";
import { callApi } from "../api-client.ts";
import { type Io, type Outcome, report } from "../output.ts";
import { parametersOf, scoreAgain } from "../score/again.ts";
import { type Judgement, judgementLines, sentencesOf } from "../score/lines.ts";
import { MAX_SCORE_FILE_BYTES, readScoreFile, type ScoreFile } from "../score/read-file.ts";
import { type ApiCommandOptions, reading } from "./api-command.ts";

interface ScoreOptions extends ApiCommandOptions {
  readonly explain: boolean;
  readonly parameters: ParameterProfile;
}

const HELP = `
MINT  asks the running instance for its newest judgement of that token.
FILE  is judged here, without an instance (./NAME for a file that is named like a mint). One JSON value, at most
      ${MAX_SCORE_FILE_BYTES / 1024 / 1024} MiB:
        a decision, as "score MINT --json" prints it, or a page of them, as "decisions --json" does (its newest
        judgement counts): shown as recorded, and scored again from its features and findings; another answer is
        an error;
        or {"features": {"liquidityUsd": 20711.6, ...}, "findings": [{"code": "LP_NOT_BURNED", "severity": "soft"}]}:
        scored by the rules alone, with --parameters; a feature that is left out, or null, is unknown.`;

/** Adds `score` to the program. */
export function registerScore(program: Command, io: Io): void {
  reading(program.command("score").description("how a token was judged and why").argument("<mint|file>", "a token's mint, or a JSON file"))
    .option("--explain", "say why in sentences, with contributions, what was missing and what would have changed it", false)
    .addOption(
      new Option("--parameters <profile>", "built-in parameters for a file of features")
        .choices(["default", "localnet"])
        .default("default"),
    )
    .addHelpText("after", HELP)
    .action(async (subject: string, options: ScoreOptions) => {
      const judged = await (isAddress(subject) ? judgeMint(subject, options) : judgeFile(subject, options));
      if (!judged.ok) return report(io, options.json, Promise.resolve(judged), () => []);
      const { value } = judged;
      await report(io, options.json, Promise.resolve(ok(printed(value, options.explain))), () => judgementLines(value, options.explain));
      if (value.again?.result === "differs") io.fail(1);
    });
}

/** The newest judgement with a score counts; a token that never came so far has only the decision that ended it. */
async function judgeMint(mint: string, options: ScoreOptions): Promise<Outcome<Judgement>> {
  const [newest, assessed] = await Promise.all([
    callApi<Page<DecisionView>>(options, `/decisions?limit=1&mint=${mint}`),
    callApi<Page<DecisionView>>(options, `/decisions?limit=1&mint=${mint}&stage=analyze`),
  ]);
  if (!newest.ok) return newest;
  if (!assessed.ok) return assessed;
  const last = newest.value.items[0];
  const decision = assessed.value.items[0] ?? last;
  if (decision === undefined) return refuse("FAILED", `Nothing was decided about ${mint}: it was not seen, or long ago.`);
  const isLater = last !== undefined && last.id !== decision.id && last.atMs >= decision.atMs;
  return ok({ ...ofDecision(decision), later: isLater ? last : null, again: null });
}

async function judgeFile(file: string, options: ScoreOptions): Promise<Outcome<Judgement>> {
  const read = await readScoreFile(file);
  if (!read.ok) return refuse("FAILED", `${read.reason}: ${read.detail ?? file}`);
  if (read.value.kind === "features") return ok(judgeFeatures(read.value, options.parameters));
  const { decision } = read.value;
  return ok({ ...ofDecision(decision), later: null, again: scoreAgain(decision) });
}

function ofDecision(decision: DecisionView): Pick<Judgement, "decision" | "explainable" | "parameterVersion"> {
  return { decision, explainable: { ...decision, recommendation: decision.outcome }, parameterVersion: decision.parameterVersion };
}

function judgeFeatures({ features, findings }: Extract<ScoreFile, { kind: "features" }>, profile: ParameterProfile): Judgement {
  const { parameters, version } = parametersOf(profile);
  const inputs: ScoreInputs = { features, findings, parameters, modelProbability: null };
  const scored = scoreToken(inputs);
  const { contributions, counterfactual } = explainScore(inputs, scored, null);
  const { score, parts, reasons, missing, recommendation } = scored;
  const explanation = { counterfactual, shadows: [] };
  const explainable: Explainable = {
    recommendation,
    score,
    parts,
    reasons,
    features,
    contributions,
    explanation,
    missing,
    modelVersion: null,
  };
  return { explainable, decision: null, parameterVersion: version, later: null, again: null };
}

/** As JSON: the decision as the API has it, or what was computed, and beside it what this command adds. */
function printed({ decision, explainable, parameterVersion, later, again }: Judgement, isExplained: boolean): object {
  return {
    ...(decision ?? { ...explainable, parameterVersion }),
    ...(isExplained ? { sentences: sentencesOf(explainable) } : {}),
    ...(later === null ? {} : { later }),
    ...(again === null ? {} : { again }),
  };
}
