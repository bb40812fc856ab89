import { EMOJI_NAMES } from "./emoji-names.ts";
import { BOOSTERS, NEGATIONS, SPECIAL_CASES, VADER_LEXICON } from "./lexicon.ts";
import type { Sentiment } from "./vader.ts";

/**
 * VADER once more, as plainly as the rules read: strings, lists and regular expressions, nothing
 * shared with the scorer but its word lists. The tests hold the two against each other.
 */
export function plainVader(source: string): Sentiment {
  let text = "";
  let afterSpace = true;
  for (const char of source) {
    const name = EMOJI_NAMES.get(char);
    text += name === undefined ? char : afterSpace ? name : ` ${name}`;
    afterSpace = name === undefined && char === " ";
  }
  const words = text.split(PYTHON_SPACE).filter((token) => token !== "");
  for (const [i, token] of words.entries()) {
    const stripped = token.replace(EDGE_PUNCTUATION, "");
    if (Array.from(stripped).length > 2) words[i] = stripped;
  }
  const capitals = words.filter(isInCapitals).length;
  const isCapDiff = capitals > 0 && capitals < words.length;
  const lower = words.map((word) => word.toLowerCase());
  const valences = lower.map((word, i) =>
    BOOSTERS.has(word) || (word === "kind" && lower[i + 1] === "of") ? 0 : valenceOf(words, lower, i, isCapDiff),
  );
  const but = lower.indexOf("but");
  if (but >= 0) {
    for (let i = 0; i < valences.length; i++) {
      const value = valences[i] ?? 0;
      const place = valences.indexOf(value);
      if (place !== but) valences[place] = value * (place < but ? 0.5 : 1.5);
    }
  }
  return shares(valences, text);
}

const SPACES =
  "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";
const PYTHON_SPACE = new RegExp(`[${SPACES}]+`);
const EDGE_PUNCTUATION = /^[!-/:-@[-`{-~]+|[!-/:-@[-`{-~]+$/g;

function isInCapitals(word: string): boolean {
  return /\p{Uppercase}/u.test(word) && !/[\p{Lowercase}\p{Lt}]/u.test(word);
}

function valenceOf(words: readonly string[], lower: readonly string[], i: number, isCapDiff: boolean): number {
  const at = (offset: number): string => lower[i + offset] ?? "";
  const lexical = VADER_LEXICON.get(at(0));
  if (lexical === undefined) return 0;
  let valence = at(0) === "no" && VADER_LEXICON.has(at(1)) ? 0 : lexical;
  if (at(-1) === "no" || at(-2) === "no" || (at(-3) === "no" && ["or", "nor"].includes(at(-1)))) valence = lexical * -0.74;
  const louder = (): number => (valence > 0 ? 0.733 : -0.733);
  if (isCapDiff && isInCapitals(words[i] ?? "")) valence += louder();
  for (const distance of [1, 2, 3]) {
    if (i < distance || VADER_LEXICON.has(at(-distance))) continue;
    let step = BOOSTERS.get(at(-distance)) ?? 0;
    if (step !== 0) {
      if (valence < 0) step = -step;
      if (isCapDiff && isInCapitals(words[i - distance] ?? "")) step += louder();
      valence += step * ([1, 0.95, 0.9][distance - 1] ?? 1);
    }
    valence *= negation(at, distance);
    if (distance === 3) valence = idioms(at, valence);
  }
  const leastNegates = at(-1) === "least" && !["at", "very"].includes(at(-2));
  return leastNegates ? valence * -0.74 : valence;
}

function negation(at: (offset: number) => string, distance: number): number {
  const isSo = (word: string): boolean => word === "so" || word === "this";
  if (distance === 2) {
    if (at(-2) === "never" && isSo(at(-1))) return 1.25;
    if (at(-2) === "without" && at(-1) === "doubt") return 1;
  }
  if (distance === 3) {
    if ((at(-3) === "never" && isSo(at(-2))) || isSo(at(-1))) return 1.25;
    if (at(-3) === "without" && [at(-2), at(-1)].includes("doubt")) return 1;
  }
  return NEGATIONS.has(at(-distance)) || at(-distance).includes("n't") ? -0.74 : 1;
}

function idioms(at: (offset: number) => string, before: number): number {
  const phrase = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, offset) => at(from + offset)).join(" ");
  const behind = [phrase(-1, 0), phrase(-2, 0), phrase(-2, -1), phrase(-3, -1), phrase(-3, -2)];
  const found = behind.find((words) => SPECIAL_CASES.has(words));
  let valence = found === undefined ? before : (SPECIAL_CASES.get(found) ?? before);
  for (const words of [phrase(0, 1), phrase(0, 2)]) valence = SPECIAL_CASES.get(words) ?? valence;
  for (const words of [phrase(-3, -1), phrase(-3, -2), phrase(-2, -1)]) valence += BOOSTERS.get(words) ?? 0;
  return valence;
}

function shares(valences: readonly number[], text: string): Sentiment {
  if (valences.length === 0) return { compound: 0, neg: 0, neu: 0, pos: 0 };
  const count = (mark: string): number => text.split(mark).length - 1;
  const questions = count("?");
  const emphasis = Math.min(count("!"), 4) * 0.292 + (questions < 2 ? 0 : questions < 4 ? questions * 0.18 : 0.96);
  const add = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  let sum = add(valences);
  sum += Math.sign(sum) * emphasis;
  let positive = add(valences.filter((value) => value > 0).map((value) => value + 1));
  let negative = -add(valences.filter((value) => value < 0).map((value) => value - 1));
  if (positive > negative) positive += emphasis;
  else if (negative > positive) negative += emphasis;
  const neutral = valences.filter((value) => value === 0).length;
  const total = positive + negative + neutral;
  const compound = Math.min(1, Math.max(-1, sum / Math.sqrt(sum * sum + 15)));
  return { compound: round(compound, 4), neg: round(negative / total, 3), neu: round(neutral / total, 3), pos: round(positive / total, 3) };
}

/** Python's `round` from the exact decimal digits of a number: ties go to the even digit. */
function round(value: number, digits: number): number {
  const exact = Math.abs(value).toFixed(100);
  const kept = exact.slice(0, exact.indexOf(".") + 1 + digits);
  const rest = exact.slice(kept.length);
  const half = `5${"0".repeat(rest.length - 1)}`;
  const isUp = rest > half || (rest === half && Number(kept.at(-1)) % 2 === 1);
  const units = BigInt(kept.replace(".", "")) + (isUp ? 1n : 0n);
  return (Math.sign(value) * Number(units)) / 10 ** digits + 0;
}
