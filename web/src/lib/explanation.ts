import type { DecisionView } from "../../../domain/api/types.ts";
import { explainText, shadowText } from "../../../domain/scoring/explain-text.ts";
import { readableText } from "./text.ts";

/** Far above the longest sentence that an honest judgement has. */
const SENTENCE_MAX = 1_000;

/** The explanation's sentences as every surface has them, the models' that do not count last, as safe text. */
export function explanationOf(decision: DecisionView): readonly string[] {
  const sentences = [...explainText({ ...decision, recommendation: decision.outcome }), shadowText(decision)];
  return sentences.filter((sentence) => sentence !== null).map((sentence) => readableText(sentence, SENTENCE_MAX));
}
