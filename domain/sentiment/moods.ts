import { ok, type Result, refuse } from "../result.ts";
import type { MoodRead } from "../scoring/observations.ts";
import type { UnixMs } from "../units.ts";
import { weighPosts } from "./aggregate.ts";
import { MAX_CLASSIFIED_CHARS, MAX_CLASSIFIED_TEXTS, type TextClassifier } from "./classifier.ts";
import { SCORERS } from "./scorers.ts";
import type { SocialSample } from "./social.ts";

/** With less of the posts' weight judged there is no mood. */
const MIN_JUDGED_SHARE = 0.5;

/** The student model as a classifier: local, so it always answers, under its own name. */
export const STUDENT_CLASSIFIER: TextClassifier = {
  name: SCORERS.student.name,
  classify: async (texts) => ok(texts.map((text) => SCORERS.student.score(text).compound)),
};

/**
 * The mood of a sample by each classifier: the mean over its posts up to now, copies, bots and authors
 * weighed as for every other score. The student always answers; `ai`, where there is one, when it did
 * in time. Never one under the name of the other. Refuses when there is no post to judge.
 */
export async function readMoods(
  sample: SocialSample,
  ai: TextClassifier | null,
  nowMs: () => UnixMs,
): Promise<Result<readonly MoodRead[]>> {
  const asked = weightedTexts(sample, nowMs());
  if (asked.texts.length === 0) return refuse("UPSTREAM_FAILED", "no post to judge");
  const [student, remote] = await Promise.all([moodBy(STUDENT_CLASSIFIER, asked), ai === null ? null : moodBy(ai, asked)]);
  const moods: MoodRead[] = [];
  if (student.ok) moods.push({ scorer: "student", readAtMs: nowMs(), mood: student.value });
  if (remote?.ok === true) moods.push({ scorer: "ai", readAtMs: nowMs(), mood: remote.value });
  return ok(moods);
}

interface WeightedTexts {
  readonly texts: readonly string[];
  readonly weights: readonly number[];
}

/** The distinct texts that count most, at most as many as a classifier takes. */
function weightedTexts(sample: SocialSample, asOfMs: UnixMs): WeightedTexts {
  const { posts, weights } = weighPosts(sample, asOfMs);
  const weightOf = new Map<string, number>();
  for (const [i, { text }] of posts.entries()) {
    const key = text.slice(0, MAX_CLASSIFIED_CHARS).toWellFormed();
    if (key.trim() !== "") weightOf.set(key, (weightOf.get(key) ?? 0) + (weights[i] ?? 0));
  }
  const most = [...weightOf].sort(([, a], [, b]) => b - a).slice(0, MAX_CLASSIFIED_TEXTS);
  return { texts: most.map(([text]) => text), weights: most.map(([, weight]) => weight) };
}

async function moodBy(classifier: TextClassifier, { texts, weights }: WeightedTexts): Promise<Result<number>> {
  const answer = await classifier.classify(texts);
  if (!answer.ok) return answer;
  let judged = 0;
  let total = 0;
  let sum = 0;
  for (const [i, weight] of weights.entries()) {
    total += weight;
    const mood = answer.value[i];
    if (mood == null || !(Math.abs(mood) <= 1)) continue;
    judged += weight;
    sum += weight * mood;
  }
  if (judged === 0 || judged < MIN_JUDGED_SHARE * total) return refuse("UPSTREAM_FAILED", `${classifier.name}: too few answers`);
  return ok(sum / judged);
}
