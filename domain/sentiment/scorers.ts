import { OVERLAY_NAME, scoreOverlay } from "./overlay.ts";
import { STUDENT_FORMAT, scoreStudent } from "./student.ts";
import { STUDENT } from "./student-model.ts";
import { type Sentiment, scoreVader } from "./vader.ts";

/** One way to score a text. Its name goes with every score it made. */
export interface Scorer {
  readonly name: string;
  readonly score: (text: string) => Sentiment;
}

/** `vader` is the published algorithm, bit for bit; `overlay` is what the Analyzer uses; `student` has learnt from people. */
export const SCORERS = {
  vader: { name: "vader", score: scoreVader },
  overlay: { name: OVERLAY_NAME, score: scoreOverlay },
  student: { name: `${STUDENT_FORMAT}+${STUDENT.overlay}`, score: (text) => scoreStudent(text, STUDENT) },
} as const satisfies Record<string, Scorer>;
