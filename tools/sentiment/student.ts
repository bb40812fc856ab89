import { createRng } from "../../domain/random.ts";
import { denseRow, fitRidge, type LinearModel, predict, type Row } from "./ridge.ts";
import { BUCKETS } from "./rows.ts";

/** Share of the teacher in what the student is told of a rated text. */
const TEACHER_SHARE = 0.5;
/** Rounds in which the teacher judges texts that it has not seen. */
const INNER_FOLDS = 4;
const TEACHER_PENALTY = 2;
const STUDENT_PENALTY = 2;
const OVERLAY_PENALTY = 0.3;

/** What is learnt from: rated texts first, then windows out of them. */
export interface Corpus {
  /** Ratings of people, -1 to 1. */
  readonly ratings: readonly number[];
  /** Of every text, windows included. */
  readonly rows: readonly Row[];
  /** Teacher's view of every text: embedding and the overlay's outputs. */
  readonly views: readonly Float64Array[];
  /** Rated text that a window is of, by its place in `rows` from `ratings.length` on. */
  readonly sources: readonly number[];
}

/** A seeded fold for each of `count` texts. */
export function foldsOf(count: number, folds: number, seed: string): number[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => rng.int(folds));
}

/** Ridge regression of people's ratings on the embedding and the overlay's outputs. */
export function fitTeacher(corpus: Corpus, texts: readonly number[]): (text: number) => number {
  const model = fitRidge(
    texts.map((text) => viewOf(corpus, text)),
    texts.map((text) => corpus.ratings[text] ?? 0),
    texts.map(() => 1),
    { buckets: 0, densePenalty: TEACHER_PENALTY, sparsePenalty: 0 },
  );
  return (text) => predict(model, viewOf(corpus, text));
}

/**
 * The student of the given rated texts and their windows. It learns half from people and half from the
 * teacher, and from the teacher alone on the windows; the teacher never judges a text that it was fitted on.
 */
export function fitStudent(corpus: Corpus, texts: readonly number[]): LinearModel {
  const { ratings, rows, sources } = corpus;
  const inner = foldsOf(ratings.length, INNER_FOLDS, "sentiment student: teacher's folds");
  const chosen = new Set(texts);
  const windows = sources.flatMap((source, i) => (chosen.has(source) ? [{ source, place: ratings.length + i }] : []));
  const told = new Map<number, number>();
  for (let fold = 0; fold < INNER_FOLDS; fold++) {
    const judge = fitTeacher(
      corpus,
      texts.filter((text) => inner[text] !== fold),
    );
    for (const text of texts) {
      if (inner[text] === fold) told.set(text, (1 - TEACHER_SHARE) * (ratings[text] ?? 0) + TEACHER_SHARE * judge(text));
    }
    for (const { source, place } of windows) if (inner[source] === fold) told.set(place, judge(place));
  }
  const places = [...told.keys()].sort((a, b) => a - b);
  return fitRidge(
    places.map((place) => rows[place] ?? denseRow(new Float64Array())),
    places.map((place) => told.get(place) ?? 0),
    places.map(() => 1),
    { buckets: BUCKETS, densePenalty: OVERLAY_PENALTY, sparsePenalty: STUDENT_PENALTY },
  );
}

function viewOf({ views }: Corpus, text: number): Row {
  return denseRow(views[text] ?? new Float64Array());
}
