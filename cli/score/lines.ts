import { plainLabel } from "../../adapters/telegram/html.ts";
import type { DecisionView } from "../../domain/api/types.ts";
import type { ScoreParts } from "../../domain/scoring/assessment.ts";
import { type Explainable, explainText, shadowText } from "../../domain/scoring/explain-text.ts";
import { printable } from "../text/printable.ts";
import type { Again } from "./again.ts";

/** Contributions that are listed; the sentences name the strongest anyway. */
const MAX_CONTRIBUTIONS = 12;

/** What `score` shows: a judgement, and what is known about where it came from. */
export interface Judgement {
  readonly explainable: Explainable;
  readonly decision: DecisionView | null;
  readonly parameterVersion: string;
  /** Decision of a later stage on the same token; null when there is none. */
  readonly later: DecisionView | null;
  readonly again: Again | null;
  /** What else a person has to know of it. */
  readonly notes: readonly string[];
}

/** The sentences of an explanation, shadows last. Not escaped. */
export function sentencesOf(explainable: Explainable): readonly string[] {
  const shadows = shadowText(explainable);
  return [...explainText(explainable), ...(shadows === null ? [] : [shadows])];
}

/** A judgement for people. Everything may quote strangers' text, so every line is made safe for a terminal. */
export function judgementLines(judgement: Judgement, isExplained: boolean): readonly string[] {
  const { explainable, decision, parameterVersion } = judgement;
  const { score, parts, recommendation } = explainable;
  const figures = parts === null ? [] : PARTS.map(([part, name]) => `${name} ${parts[part] === null ? "unknown" : parts[part].toFixed(1)}`);
  return [
    ...(decision === null ? [] : [heading(decision)]),
    `${recommendation}  score ${score === null ? "none" : score.toFixed(1)}${figures.length === 0 ? "" : `  (${figures.join(", ")})`}  parameters ${parameterVersion}`,
    ...(isExplained ? ["", ...sentencesOf(explainable), ...details(explainable)] : reasonLines(explainable)),
    ...laterLines(judgement.later),
    ...againLines(judgement.again, decision === null ? "observations" : "features and findings"),
    ...judgement.notes.flatMap((note) => ["", note]),
  ].map(printable);
}

/** In the order of the blend; a stored record's own order is alphabetical. */
const PARTS: ReadonlyArray<readonly [keyof ScoreParts, string]> = [
  ["onChain", "on chain"],
  ["sentiment", "sentiment"],
  ["social", "social"],
  ["model", "model"],
];

function heading({ symbol, mint, stage, atMs }: DecisionView): string {
  return `${plainLabel(symbol) || "(no symbol)"}  ${mint}  ${stage}  ${new Date(atMs).toISOString()}`;
}

function reasonLines({ reasons }: Explainable): readonly string[] {
  return reasons.map(({ code, detail }) => `  ${code}${detail === undefined ? "" : `: ${detail}`}`);
}

function details({ contributions, missing }: Explainable): readonly string[] {
  const strongest = contributions.toSorted((a, b) => Math.abs(b.points) - Math.abs(a.points)).slice(0, MAX_CONTRIBUTIONS);
  const rows = strongest.map(({ name, points }) => `  ${`${points < 0 ? "" : "+"}${points.toFixed(1)}`.padStart(6)}  ${name}`);
  const rest = contributions.length - strongest.length;
  return [
    ...(rows.length === 0 ? [] : ["", "points against a token of which nothing is known:", ...rows]),
    ...(rest === 0 ? [] : [`          and ${rest} smaller`]),
    ...(missing.length === 0 ? [] : ["", `not had: ${missing.join(", ")}`]),
  ];
}

function laterLines(later: DecisionView | null): readonly string[] {
  if (later === null) return [];
  const why = later.reasons.map(({ code, detail }) => (detail === undefined ? code : `${code} (${detail})`)).join("; ");
  return ["", `later, in stage ${later.stage}: ${later.outcome}${why === "" ? "" : `: ${why}`}`];
}

function againLines(again: Again | null, from: string): readonly string[] {
  if (again === null) return [];
  if (again.result === "not scored") return ["", `Not scored again: ${again.why}. This is what was recorded.`];
  if (again.result === "same") return ["", `Scored again here from its ${from}: the same.`];
  return ["", `Scored again here it is ${again.score.toFixed(4)}, ${again.recommendation}: not what was recorded.`];
}
