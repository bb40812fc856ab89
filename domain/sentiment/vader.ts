import { pythonRound } from "./python-text.ts";
import { NEGATION, type Scan, scan, UPPER } from "./scan.ts";
import { FLAGS, ID, IDIOM_VALENCES, IN_IDIOM, INCREMENTS, PHRASE_INCREMENTS, phraseKey, VADER_VALENCES } from "./vocabulary.ts";

/** Sentiment of one text. `compound` is -1 to 1; the shares `neg`, `neu` and `pos` add up to 1 (all 0 for no words). */
export interface Sentiment {
  readonly compound: number;
  readonly neg: number;
  readonly neu: number;
  readonly pos: number;
}

const CAPS_INCREMENT = 0.733;
export const NEGATION_SCALAR = -0.74;
const NORMALIZATION_ALPHA = 15;
const NO_WORDS: Sentiment = { compound: 0, neg: 0, neu: 0, pos: 0 };

/**
 * VADER (Hutto & Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
 * Media Text", ICWSM 2014), equal to the Python reference implementation on all four outputs.
 * Never throws; an empty text scores zero everywhere.
 */
export function scoreVader(text: string): Sentiment {
  const words = scan(text);
  return sumUp(words, wordValences(words, VADER_VALENCES));
}

let shared = new Float64Array(512);

/**
 * Valence of each word under `lexicon` (by vocabulary id), after boosters, negation, idioms, capitals
 * and "but". Returns one shared array of which the first `words.count` entries count.
 */
export function wordValences(words: Scan, lexicon: Float64Array): Float64Array {
  const { ids, count } = words;
  if (count > shared.length) shared = new Float64Array(2 * count);
  const result = shared;
  let but = -1;
  for (let i = 0; i < count; i++) {
    const id = ids[i] ?? 0;
    if (but < 0 && id === ID.but) but = i;
    const base = lexicon[id] ?? Number.NaN;
    const isPlain = Number.isNaN(base) || INCREMENTS[id] !== 0 || (id === ID.kind && i + 1 < count && ids[i + 1] === ID.of);
    result[i] = isPlain ? 0 : wordValence(words, lexicon, i, base);
  }
  if (but >= 0) applyBut(result, count, but);
  return result;
}

/** Compound score and shares of the word valences; the text's "!" and "?" give emphasis. */
export function sumUp(words: Scan, valences: Float64Array): Sentiment {
  const { count } = words;
  if (count === 0) return NO_WORDS;
  const { questions } = words;
  const emphasis = Math.min(words.exclamations, 4) * 0.292 + (questions <= 1 ? 0 : questions <= 3 ? questions * 0.18 : 0.96);
  let sum = 0;
  let positive = 0;
  let negative = 0;
  let neutral = 0;
  for (let i = 0; i < count; i++) {
    const valence = valences[i] ?? 0;
    sum += valence;
    if (valence > 0) positive += valence + 1;
    else if (valence < 0) negative += valence - 1;
    else neutral++;
  }
  if (sum > 0) sum += emphasis;
  else if (sum < 0) sum -= emphasis;
  const compound = Math.max(-1, Math.min(1, sum / Math.sqrt(sum * sum + NORMALIZATION_ALPHA)));
  if (positive > Math.abs(negative)) positive += emphasis;
  else if (positive < Math.abs(negative)) negative -= emphasis;
  const total = positive + Math.abs(negative) + neutral;
  return {
    compound: pythonRound(compound, 4),
    neg: pythonRound(Math.abs(negative / total), 3),
    neu: pythonRound(Math.abs(neutral / total), 3),
    pos: pythonRound(Math.abs(positive / total), 3),
  };
}

function wordValence(words: Scan, lexicon: Float64Array, i: number, base: number): number {
  const { ids, traits, count, isCapDiff } = words;
  const one = i > 0 ? (ids[i - 1] ?? 0) : 0;
  let valence = base;
  // "no" before a lexicon word negates that word instead of counting itself.
  if (ids[i] === ID.no && i + 1 < count && isIn(lexicon, ids[i + 1])) valence = 0;
  if (one === ID.no || (i > 1 && ids[i - 2] === ID.no) || (i > 2 && ids[i - 3] === ID.no && (one === ID.or || one === ID.nor))) {
    valence = base * NEGATION_SCALAR;
  }
  if (isCapDiff && ((traits[i] ?? 0) & UPPER) !== 0) valence += valence > 0 ? CAPS_INCREMENT : -CAPS_INCREMENT;
  for (let distance = 1; distance <= 3 && i >= distance; distance++) {
    const before = ids[i - distance] ?? 0;
    if (isIn(lexicon, before)) continue;
    const increment = INCREMENTS[before] ?? 0;
    if (increment !== 0) {
      let scalar = valence < 0 ? -increment : increment;
      if (isCapDiff && ((traits[i - distance] ?? 0) & UPPER) !== 0) scalar += valence > 0 ? CAPS_INCREMENT : -CAPS_INCREMENT;
      if (distance === 2) scalar *= 0.95;
      else if (distance === 3) scalar *= 0.9;
      valence += scalar;
    }
    valence = negate(valence, words, distance, i);
    if (distance === 3) valence = applyIdioms(valence, words, i);
  }
  if (one !== ID.least || isIn(lexicon, one)) return valence;
  const beforeLeast = i > 1 ? ids[i - 2] : 0;
  return beforeLeast === ID.at || beforeLeast === ID.very ? valence : valence * NEGATION_SCALAR;
}

function isIn(lexicon: Float64Array, id: number | undefined): boolean {
  return !Number.isNaN(lexicon[id ?? 0] ?? Number.NaN);
}

function negate(valence: number, { ids, traits }: Scan, distance: number, i: number): number {
  const one = ids[i - 1] ?? 0;
  if (distance === 2) {
    if (ids[i - 2] === ID.never && (one === ID.so || one === ID.this)) return valence * 1.25;
    if (ids[i - 2] === ID.without && one === ID.doubt) return valence;
  } else if (distance === 3) {
    const two = ids[i - 2] ?? 0;
    // The reference's precedence: "so" or "this" directly before strengthens, with or without "never".
    if ((ids[i - 3] === ID.never && (two === ID.so || two === ID.this)) || one === ID.so || one === ID.this) return valence * 1.25;
    if (ids[i - 3] === ID.without && (two === ID.doubt || one === ID.doubt)) return valence;
  }
  return ((traits[i - distance] ?? 0) & NEGATION) !== 0 ? valence * NEGATION_SCALAR : valence;
}

/** Reached only when three words stand before the word at `i`. */
function applyIdioms(valence: number, { ids, count }: Scan, i: number): number {
  const three = ids[i - 3] ?? 0;
  const two = ids[i - 2] ?? 0;
  const one = ids[i - 1] ?? 0;
  const zero = ids[i] ?? 0;
  // Every phrase has two words side by side of which both may be in one.
  const nearby = flags(one) & (flags(zero) | flags(two));
  if (((nearby | (flags(three) & flags(two)) | flags(zero)) & IN_IDIOM) === 0) return valence;
  let result =
    IDIOM_VALENCES.get(phraseKey(one, zero)) ??
    idiomOf(two, one, zero) ??
    IDIOM_VALENCES.get(phraseKey(two, one)) ??
    idiomOf(three, two, one) ??
    IDIOM_VALENCES.get(phraseKey(three, two)) ??
    valence;
  const next = i + 1 < count ? (ids[i + 1] ?? 0) : 0;
  const afterNext = i + 2 < count ? (ids[i + 2] ?? 0) : 0;
  if (next !== 0) result = IDIOM_VALENCES.get(phraseKey(zero, next)) ?? result;
  result = idiomOf(zero, next, afterNext) ?? result;
  // None of the phrases that strengthen or weaken has three words.
  result += PHRASE_INCREMENTS.get(phraseKey(three, two)) ?? 0;
  return result + (PHRASE_INCREMENTS.get(phraseKey(two, one)) ?? 0);
}

function flags(id: number): number {
  return FLAGS[id] ?? 0;
}

/** The valence of three words together. An unknown last word is no two-word phrase. */
function idiomOf(a: number, b: number, c: number): number | undefined {
  return c === 0 ? undefined : IDIOM_VALENCES.get(phraseKey(a, b, c));
}

/**
 * What stands before "but" counts half, what follows one and a half. The reference finds the place
 * of a value by searching for its first equal, so equal values change at their first occurrence.
 */
function applyBut(result: Float64Array, count: number, but: number): void {
  // Where to look for a value: it is at no place before. Keeps long texts of few values linear.
  const from = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const valence = result[i] ?? 0;
    let first = from.get(valence) ?? 0;
    while (result[first] !== valence) first++;
    from.set(valence, first);
    if (first === but) continue;
    const changed = valence * (first < but ? 0.5 : 1.5);
    result[first] = changed;
    const known = from.get(changed);
    if (known !== undefined && first < known) from.set(changed, first);
  }
}
