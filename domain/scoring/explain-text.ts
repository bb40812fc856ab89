import { REASONS, type ReasonCode } from "../reasons.ts";
import type { Alternative, Contribution, Explanation, FeatureVector, ReasonNote, Recommendation, ScoreParts } from "./assessment.ts";
import { featureLabel, featureValue } from "./feature-text.ts";

/** Reasons that are named on each side. */
const MAX_REASONS = 3;
/** Alternatives that are named. */
const MAX_NAMED = 2;
/** A contribution below this many points is no reason. */
const MIN_POINTS = 0.05;

/** What an explanation is written from: an assessment, or a decision with its outcome as the recommendation. */
export interface Explainable {
  readonly recommendation: Recommendation;
  /** Null when the token was never scored. */
  readonly score: number | null;
  readonly parts: ScoreParts | null;
  readonly reasons: readonly ReasonNote[];
  readonly features: FeatureVector | null;
  readonly contributions: readonly Contribution[];
  readonly explanation: Explanation | null;
  readonly missing: readonly string[];
  readonly modelVersion: string | null;
}

/**
 * Why a token was judged so, in short plain sentences, with figures and units: the answer, what spoke for and
 * against it, what is not known, and what would have changed it. Not escaped: each surface does that for itself.
 */
export function explainText(assessment: Explainable): readonly string[] {
  const { score } = assessment;
  if (score === null) return [`${ANSWERS[assessment.recommendation]}: ${reasonsText(assessment.reasons)}.`];
  return [
    answer(assessment, score),
    side("For it", assessment, 1),
    side("Against it", assessment, -1),
    model(assessment),
    unknown(assessment),
    otherwise(assessment),
  ].filter((sentence) => sentence !== null);
}

/** What the models said that do not count, in one sentence; null when none was asked. */
export function shadowText({ explanation }: Pick<Explainable, "explanation">): string | null {
  const shadows = explanation?.shadows ?? [];
  if (shadows.length === 0) return null;
  return `Models that do not count gave it a chance of ${list(shadows.map((one) => `${round(one.probability * 100)} % (${one.version})`))}.`;
}

const ANSWERS: Readonly<Record<Recommendation, string>> = { BUY: "Buy", WATCH: "Watch, do not buy", DECLINE: "Decline" };

function answer({ recommendation, reasons, explanation }: Explainable, score: number): string {
  const counterfactual = explanation?.counterfactual ?? null;
  const said = ANSWERS[recommendation];
  if (counterfactual !== null && counterfactual.vetoes.length > 0) {
    return `${said}, whatever the score: ${counterfactual.vetoes.map(codeText).join("; ")}.`;
  }
  const needed = counterfactual === null ? "" : ` of 100, ${round(counterfactual.threshold)} or more buys`;
  const isScored = reasons.every(({ code }) => code === "SCORE_WATCH" || code === "SCORE_BELOW_THRESHOLD");
  return `${said}: score ${points(score, counterfactual?.threshold)}${needed}.${isScored ? "" : ` ${capital(reasonsText(reasons))}.`}`;
}

function side(title: string, { contributions, features }: Explainable, sign: 1 | -1): string | null {
  const strongest = contributions
    .filter((one) => sign * one.points >= MIN_POINTS && one.name !== "veto" && one.name !== "limit")
    .sort((a, b) => sign * (b.points - a.points))
    .slice(0, MAX_REASONS);
  if (strongest.length === 0) return null;
  return `${title}: ${strongest.map((one) => `${contributionText(one.name, features)} ${signed(one.points)}`).join("; ")}.`;
}

function contributionText(name: string, features: FeatureVector | null): string {
  if (name.startsWith("finding:")) return codeText(name.slice("finding:".length));
  if (name === "model") return "the model";
  if (name === "model:base") return "the model's view of any token";
  if (name === "model:rest") return "the model, by other features";
  const prefix = name.startsWith("model:") ? "the model, by " : "";
  const feature = name.slice(name.startsWith("model:") ? "model:".length : 0);
  const value = features?.[feature] ?? null;
  return `${prefix}${featureLabel(feature)} (${value === null ? "unknown" : featureValue(feature, value)})`;
}

function model({ parts, modelVersion, contributions }: Explainable): string | null {
  if (parts === null || parts.model === null || modelVersion === null) return null;
  const moved = contributions.filter(({ name }) => name === "model" || name.startsWith("model:")).reduce((sum, one) => sum + one.points, 0);
  const weight = moved === 0 ? "which does not count" : `${signed(moved)} points against a neutral token`;
  return `The model ${modelVersion} gives it a chance of ${round(parts.model)} %, ${weight}.`;
}

function unknown({ missing, features }: Explainable): string | null {
  const parts = missing.filter((name) => /^part:\w+$/.test(name)).map((name) => PARTS[name] ?? name.slice("part:".length));
  const refused = missing.find((name) => name.startsWith("part:model ("));
  const count = features === null ? 0 : Object.values(features).filter((value) => value === null).length;
  if (parts.length === 0 && count === 0 && refused === undefined) return null;
  const sources = missing.filter((name) => name.startsWith("source:")).map((name) => name.slice("source:".length));
  const sentences = [
    parts.length === 0 ? null : `Too little is known of ${list(parts)}, which counts as neutral`,
    count === 0
      ? null
      : `Of ${Object.keys(features ?? {}).length} features ${count} are unknown${sources.length === 0 ? "" : `: ${sources.join(", ")}`}`,
    refused === undefined ? null : `The model was not used, the rules judged alone: ${codeText(refused.slice("part:model (".length, -1))}`,
  ];
  return `${sentences.filter((sentence) => sentence !== null).join(". ")}.`;
}

const PARTS: Readonly<Record<string, string>> = {
  "part:onChain": "the token on chain",
  "part:sentiment": "the mood of posts",
  "part:social": "attention on social media",
};

function otherwise({ explanation }: Explainable): string | null {
  const counterfactual = explanation?.counterfactual ?? null;
  if (counterfactual === null) return null;
  const { alternatives, withoutVetoes, vetoes, threshold } = counterfactual;
  const first = alternatives[0];
  if (withoutVetoes !== null) {
    const gates = vetoes.length === 1 ? "this" : "these";
    const free = `Without ${gates} it would have scored ${points(withoutVetoes.score, threshold)}`;
    if (withoutVetoes.recommendation === "BUY") return `${free} and been bought.`;
    return `${free}, not enough either${first === undefined ? "" : `; it would also have needed ${changesText(first, true)}`}.`;
  }
  const isBought = first !== undefined && first.recommendation !== "BUY";
  if (first === undefined) return "No small set of plausible changes would have changed that.";
  const ways = alternatives.slice(0, MAX_NAMED).map((one) => changesText(one, false));
  return `It would ${isBought ? "not " : ""}have been bought with ${ways.join(", or with ")}.`;
}

function changesText({ changes }: Alternative, isShort: boolean): string {
  const texts = changes.map(({ name, from, to }) => {
    if (name.startsWith("finding:") || to === null) return `no finding "${codeText(name.slice("finding:".length))}"`;
    const was = from === null || isShort ? "" : ` instead of ${featureValue(name, from, "short")}`;
    return `${featureLabel(name)} at ${featureValue(name, to, "short")}${was}`;
  });
  return list(texts);
}

function reasonsText(reasons: readonly ReasonNote[]): string {
  return reasons.map(({ code, detail }) => (detail === undefined ? codeText(code) : `${codeText(code)}: ${detail}`)).join("; ");
}

/** A reason's text without its full stop; a code that nobody knows stands for itself. */
function codeText(code: string): string {
  const text = Object.hasOwn(REASONS, code) ? REASONS[code as ReasonCode] : code;
  return text.replace(/\.$/, "");
}

/** One digit behind the point, more when fewer would put the score on the other side of the threshold. */
function points(score: number, threshold: number | undefined): string {
  if (threshold === undefined) return score.toFixed(1);
  for (let digits = 1; digits < 6; digits++) {
    const shown = score.toFixed(digits);
    if (Number(shown) >= threshold === score >= threshold) return shown;
  }
  return String(score);
}

function round(value: number): string {
  return String(Number(value.toFixed(1)));
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(1)}`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
