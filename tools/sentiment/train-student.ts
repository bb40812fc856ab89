/**
 * `node sentiment/train-student.ts [--ratings FILE] [--embeddings FILE] [--check]`: trains models/sentiment-student.json
 * from rated texts and prints how well it does in five-fold cross-validation. The same input gives the same file, byte for
 * byte; --check writes nothing and fails when the file differs. Embeddings are the slow part: --embeddings keeps them.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { OVERLAY_VERSION } from "../../domain/sentiment/crypto-lexicon.ts";
import { scoreOverlay } from "../../domain/sentiment/overlay.ts";
import { NEUTRAL_BAND, readStudent, STUDENT_FORMAT, type StudentFile, scoreStudent } from "../../domain/sentiment/student.ts";
import { scoreVader } from "../../domain/sentiment/vader.ts";
import { agreement, classOf, correlation, signAccuracy } from "./figures.ts";
import { fragmentsOf } from "./fragments.ts";
import { goldenOf } from "./golden.ts";
import { pack } from "./pack.ts";
import { studentRow } from "./rows.ts";
import { type Corpus, fitStudent, fitTeacher, foldsOf } from "./student.ts";
import { EMBEDDING, embedAll } from "./teacher.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const MODEL = resolve(ROOT, "models/sentiment-student.json");
const GOLDEN = resolve(ROOT, "models/sentiment-student.golden.json");
const FOLDS = 5;
/** Ratings go from -4 to 4. */
const RATING_SCALE = 4;
/** About what the spread comes out at: the classes of the cross-validation need one before it is known. */
const CLASS_SPREAD = 0.17;

interface Rated {
  readonly text: string;
  readonly mean: number;
}

const { values } = parseArgs({
  options: {
    ratings: { type: "string", default: resolve(ROOT, "../shared/reference/vader-tweets.json") },
    embeddings: { type: "string" },
    check: { type: "boolean", default: false },
  },
});

const rated = (JSON.parse(readFileSync(values.ratings, "utf8")) as readonly Rated[]).map(({ text, mean }) => ({ text, mean }));
const windows = rated.flatMap(({ text }, source) => fragmentsOf(text).map((window) => ({ window, source })));
const lists = [rated.map(({ text }) => text), windows.map(({ window }) => window)];
const embeddings = await readEmbeddings(lists);
const rows = lists.flat().map(studentRow);
const corpus: Corpus = {
  ratings: rated.map(({ mean }) => mean / RATING_SCALE),
  rows,
  views: rows.map(({ dense }, i) => Float64Array.of(...embeddings.subarray(i * EMBEDDING, (i + 1) * EMBEDDING), ...dense)),
  sources: windows.map(({ source }) => source),
};

const folds = foldsOf(rated.length, FOLDS, "sentiment student: cross-validation");
const places = rated.map((_, i) => i);
const [teacher, student, likeliest] = [0, 1, 2].map(() => new Float64Array(rated.length)) as [Float64Array, Float64Array, Float64Array];
const people = corpus.ratings.map((rating) => classOf(rating, NEUTRAL_BAND));
for (let fold = 0; fold < FOLDS; fold++) {
  const seen = places.filter((i) => folds[i] !== fold);
  const judge = fitTeacher(corpus, seen);
  // Through the file's own bytes and the code that runs: what is measured is what is shipped.
  const model = readStudent(pack(fitStudent(corpus, seen), 1));
  if (!model.ok) throw new Error(model.detail ?? model.reason);
  for (const i of places) {
    if (folds[i] !== fold) continue;
    teacher[i] = judge(i);
    const { compound, neg, neu, pos } = scoreStudent(rated[i]?.text ?? "", { ...model.value, spread: CLASS_SPREAD });
    student[i] = compound;
    likeliest[i] = pos > neg && pos > neu ? 1 : neg > neu ? -1 : 0;
  }
  console.error(`fold ${fold + 1} of ${FOLDS}`);
}
const spread = Math.sqrt(student.reduce((sum, guess, i) => sum + (guess - (corpus.ratings[i] ?? 0)) ** 2, 0) / rated.length);
console.log(`${rated.length} rated texts, ${windows.length} windows; ${FOLDS}-fold cross-validation`);
for (const [name, scores] of [
  ["vader", rated.map(({ text }) => scoreVader(text).compound)],
  ["overlay", rated.map(({ text }) => scoreOverlay(text).compound)],
  ["student", student],
  ["teacher", teacher],
] as const) {
  const classes = name === "student" ? likeliest : Array.from(scores, (score) => classOf(score, NEUTRAL_BAND));
  const line = `r ${correlation(scores, corpus.ratings).toFixed(4)}  sign accuracy ${signAccuracy(scores, corpus.ratings).toFixed(4)}  class accuracy ${agreement(classes, people).toFixed(4)}`;
  console.log(`${name.padEnd(10)}${line}`);
}

const file: StudentFile = pack(fitStudent(corpus, places), spread);
const trained = readStudent(file);
if (!trained.ok) throw new Error(trained.detail ?? trained.reason);
const content = `${JSON.stringify(file, null, 2)}\n`;
console.log(`${STUDENT_FORMAT} on ${OVERLAY_VERSION}: ${content.length} bytes, spread ${file.spread}`);
for (const [path, made] of [
  [MODEL, content],
  [GOLDEN, goldenOf(trained.value)],
] as const) {
  if (!values.check) writeFileSync(path, made);
  else if (readFileSync(path, "utf8") !== made) {
    console.error(`${path} differs from what was trained`);
    process.exitCode = 1;
  }
}

async function readEmbeddings(lists: ReadonlyArray<readonly string[]>): Promise<Float64Array> {
  const kept = values.embeddings;
  const count = lists.reduce((sum, list) => sum + list.length, 0);
  if (kept !== undefined && existsSync(kept)) {
    const bytes = readFileSync(kept);
    const read = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
    if (read.length !== count * EMBEDDING) throw new Error(`${kept} belongs to other texts`);
    return read;
  }
  const made = await embedAll(lists, (done) => {
    if (done % 1_600 < 16) console.error(`embedded ${done} of ${count}`);
  });
  if (kept !== undefined) writeFileSync(kept, new Uint8Array(made.buffer));
  return made;
}
