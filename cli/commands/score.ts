import { writeFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import type { DecisionView } from "../../domain/api/types.ts";
import { ok, refuse } from "../../domain/result.ts";
import { explainScore } from "../../domain/scoring/explain.ts";
import type { Explainable } from "../../domain/scoring/explain-text.ts";
import { type ScoreInputs, scoreToken } from "../../domain/scoring/score.ts";
import { isAddress } from "../../domain/solana/address.ts";
import { builtinParameterSet } from "../../domain/trading/parameter-set.ts";
import type { ParameterProfile } from "../../domain/trading/parameters.ts";
import { type Io, type Outcome, report } from "../output.ts";
import { describeFileError } from "../replay/json-files.ts";
import { scoreAgain } from "../score/again.ts";
import { askDecisions, savedOfDecision } from "../score/ask.ts";
import { type Judgement, judgementLines, sentencesOf } from "../score/lines.ts";
import { storedSetOf } from "../score/parameters.ts";
import { MAX_SCORE_FILE_BYTES, readScoreFile, type ScoreFile } from "../score/read-file.ts";
import { judgeSaved, savedText } from "../score/saved.ts";
import { type ApiCommandOptions, reading } from "./api-command.ts";

interface ScoreOptions extends ApiCommandOptions {
  readonly explain: boolean;
  readonly parameters: ParameterProfile;
  readonly save?: string;
}

const HELP = `
MINT  asks the running instance for its newest judgement of that token. --save FILE also writes what it was made from,
      posts included (it needs the operator token), to be edited and scored again.
FILE  is judged here (./NAME for a file that is named like a mint). One JSON value, at most
      ${MAX_SCORE_FILE_BYTES / 1024 / 1024} MiB:
        what --save wrote, edited or not: features and score are computed anew from its observations. Its form is in
        docs/scoring.md; amounts are strings of decimal digits, null is unknown;
        a decision, as "score MINT --json" prints it, or a page of them, as "decisions --json" does (its newest
        judgement counts): shown as recorded, and scored again from its features and findings, with the parameters
        that it names (built in, or asked of the instance at --url);
        or {"features": {"liquidityUsd": 20711.6, ...}, "findings": [{"code": "LP_NOT_BURNED", "severity": "soft"}]}:
        scored by the rules alone, with --parameters; a feature that is left out, or null, is unknown.
      Where scoring again gives another answer than the recorded one, that is an error.`;

/** Adds `score` to the program. */
export function registerScore(program: Command, io: Io): void {
  reading(program.command("score").description("how a token was judged and why").argument("<mint|file>", "a token's mint, or a JSON file"))
    .option("--save <file>", "with MINT: write its observations to a new file")
    .option("--state <dir>", "state folder of a local run, for its operator token", ".sniper/state")
    .option("--explain", "say why in sentences, with contributions, what was missing and what would have changed it", false)
    .addOption(
      new Option("--parameters <profile>", "built-in parameters for a file that names none")
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

async function judgeMint(mint: string, options: ScoreOptions): Promise<Outcome<Judgement>> {
  const asked = await askDecisions(mint, options);
  if (!asked.ok) return asked;
  const { decision, later } = asked.value;
  const saved = options.save === undefined ? ok([]) : await save(decision, options.save, options);
  if (!saved.ok) return saved;
  return ok({ ...ofDecision(decision), later, again: null, notes: saved.value });
}

/** Writes what a decision was made from. An existing file stays: it may be somebody's edit. @returns what to tell of it. */
async function save(decision: DecisionView, file: string, options: ScoreOptions): Promise<Outcome<readonly string[]>> {
  const asked = await savedOfDecision(decision, options);
  if (!asked.ok) return asked;
  const { saved, differing } = asked.value;
  try {
    await writeFile(file, savedText(saved), { flag: "wx" });
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    return refuse("FAILED", `${file}: ${isThere ? "exists already" : describeFileError(error)}`);
  }
  const vector =
    differing.length === 0 ? "they give the recorded features" : `here they give other features than recorded: ${differing.join(", ")}`;
  return ok([`Its observations are in ${file}; ${vector}.`]);
}

async function judgeFile(file: string, options: ScoreOptions): Promise<Outcome<Judgement>> {
  const read = await readScoreFile(file);
  if (!read.ok) return refuse("FAILED", `${read.reason}: ${read.detail ?? file}`);
  if (read.value.kind === "observations") return judgeSaved(read.value.saved, options.parameters);
  if (read.value.kind === "features") return ok(judgeFeatures(read.value, options.parameters));
  const { decision } = read.value;
  const again = await scoreAgain(decision, (version) => storedSetOf(version, options));
  return ok({ ...ofDecision(decision), later: null, again, notes: [] });
}

function ofDecision(decision: DecisionView): Pick<Judgement, "decision" | "explainable" | "parameterVersion"> {
  return { decision, explainable: { ...decision, recommendation: decision.outcome }, parameterVersion: decision.parameterVersion };
}

function judgeFeatures({ features, findings }: Extract<ScoreFile, { kind: "features" }>, profile: ParameterProfile): Judgement {
  const { parameters, version } = builtinParameterSet(profile);
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
  return { explainable, decision: null, parameterVersion: version, later: null, again: null, notes: [] };
}

/** As JSON: the decision as the API has it, or what was computed, and beside it what this command adds. */
function printed({ decision, explainable, parameterVersion, later, again, notes }: Judgement, isExplained: boolean): object {
  return {
    ...(decision ?? { ...explainable, parameterVersion }),
    ...(isExplained ? { sentences: sentencesOf(explainable) } : {}),
    ...(later === null ? {} : { later }),
    ...(again === null ? {} : { again }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}
