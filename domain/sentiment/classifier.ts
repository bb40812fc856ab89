import type { Result } from "../result.ts";

/** Longest text that a classifier is asked about; the mood is in the beginning, and each character may cost. */
export const MAX_CLASSIFIED_CHARS = 512;
/** Texts of one question: a search returns ten posts. */
export const MAX_CLASSIFIED_TEXTS = 10;

/**
 * Judges the mood of texts: -1 to 1 each, in their order, null where it has no answer. Takes at most
 * MAX_CLASSIFIED_TEXTS of MAX_CLASSIFIED_CHARS characters and never throws. Refuses with BUDGET_EXHAUSTED,
 * UPSTREAM_FAILED or UPSTREAM_MALFORMED when it has no answer at all.
 */
export interface TextClassifier {
  /** Model and version: it goes with every judgement. */
  readonly name: string;
  classify(texts: readonly string[]): Promise<Result<ReadonlyArray<number | null>>>;
}
