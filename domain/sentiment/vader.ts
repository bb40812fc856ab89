import { EMOJI_NAMES } from "./emoji-names.ts";
import { BOOSTERS, NEGATIONS, SPECIAL_CASES, VADER_LEXICON } from "./lexicon.ts";
import { isAtMost, isPythonSpace, isUpper, pythonRound, splitWords, stripPunctuation } from "./python-text.ts";

/** Sentiment of one text. `compound` is -1 to 1; the shares `neg`, `neu` and `pos` add up to 1 (all 0 for no words). */
export interface Sentiment {
  readonly compound: number;
  readonly neg: number;
  readonly neu: number;
  readonly pos: number;
}

/** A text cut into words, as the rules see it. */
export interface Tokens {
  /** The text with emoji spelt out: punctuation is counted on it. */
  readonly text: string;
  /** Words with their punctuation. */
  readonly raw: readonly string[];
  readonly words: readonly string[];
  readonly lower: readonly string[];
  /** Some words are in capitals and some are not, so capitals mean emphasis. */
  readonly isCapDiff: boolean;
}

const CAPS_INCREMENT = 0.733;
const NEGATION_SCALAR = -0.74;
const NORMALIZATION_ALPHA = 15;

/**
 * VADER (Hutto & Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
 * Media Text", ICWSM 2014), equal to the Python reference implementation on all four outputs.
 * Never throws; an empty text scores zero everywhere.
 */
export function scoreVader(text: string): Sentiment {
  const tokens = tokenize(text);
  return scoreValences(valences(tokens, VADER_LEXICON), tokens.text);
}

/** Spells out emoji, splits at white space and strips punctuation around words of three or more characters. */
export function tokenize(source: string): Tokens {
  const text = trim(expandEmoji(source));
  const raw = splitWords(text);
  const words: string[] = [];
  const lower: string[] = [];
  let upper = 0;
  for (const token of raw) {
    const stripped = stripPunctuation(token);
    const word = isAtMost(stripped, 2) ? token : stripped;
    words.push(word);
    lower.push(word.toLowerCase());
    if (isUpper(word)) upper++;
  }
  return { text, raw, words, lower, isCapDiff: upper > 0 && upper < words.length };
}

/** Valence of each word under `lexicon`, after boosters, negation, idioms, capitals and "but". */
export function valences(tokens: Tokens, lexicon: ReadonlyMap<string, number>): number[] {
  const { lower } = tokens;
  const result: number[] = [];
  for (let i = 0; i < lower.length; i++) {
    const word = lower[i] ?? "";
    const base = lexicon.get(word);
    if (base === undefined || BOOSTERS.has(word) || (word === "kind" && lower[i + 1] === "of")) result.push(0);
    else result.push(wordValence(tokens, lexicon, i, base));
  }
  applyBut(lower, result);
  return result;
}

/** Compound score and shares of the word valences; `text` gives the emphasis of "!" and "?". */
export function scoreValences(wordValences: readonly number[], text: string): Sentiment {
  if (wordValences.length === 0) return { compound: 0, neg: 0, neu: 0, pos: 0 };
  const emphasis = punctuationEmphasis(text);
  let sum = 0;
  let positive = 0;
  let negative = 0;
  let neutral = 0;
  for (const valence of wordValences) {
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

function wordValence(tokens: Tokens, lexicon: ReadonlyMap<string, number>, i: number, base: number): number {
  const { words, lower, isCapDiff } = tokens;
  const word = lower[i] ?? "";
  let valence = base;
  // "no" before a lexicon word negates that word instead of counting itself.
  if (word === "no" && i !== lower.length - 1 && lexicon.has(lower[i + 1] ?? "")) valence = 0;
  if (
    (i > 0 && lower[i - 1] === "no") ||
    (i > 1 && lower[i - 2] === "no") ||
    (i > 2 && lower[i - 3] === "no" && (lower[i - 1] === "or" || lower[i - 1] === "nor"))
  ) {
    valence = base * NEGATION_SCALAR;
  }
  if (isCapDiff && isUpper(words[i] ?? "")) valence += valence > 0 ? CAPS_INCREMENT : -CAPS_INCREMENT;
  for (let distance = 1; distance <= 3 && i >= distance; distance++) {
    const before = lower[i - distance] ?? "";
    if (lexicon.has(before)) continue;
    let scalar = boost(before, words[i - distance] ?? "", valence, isCapDiff);
    if (distance === 2) scalar *= 0.95;
    else if (distance === 3) scalar *= 0.9;
    valence = negate(valence + scalar, lower, distance, i);
    if (distance === 3) valence = applyIdioms(valence, lower, i);
  }
  return applyLeast(valence, lower, lexicon, i);
}

function boost(lower: string, word: string, valence: number, isCapDiff: boolean): number {
  const increment = BOOSTERS.get(lower);
  if (increment === undefined) return 0;
  let scalar = valence < 0 ? -increment : increment;
  if (isCapDiff && isUpper(word)) scalar += valence > 0 ? CAPS_INCREMENT : -CAPS_INCREMENT;
  return scalar;
}

function negate(valence: number, lower: readonly string[], distance: number, i: number): number {
  const one = lower[i - 1];
  if (distance === 2) {
    if (lower[i - 2] === "never" && (one === "so" || one === "this")) return valence * 1.25;
    if (lower[i - 2] === "without" && one === "doubt") return valence;
  } else if (distance === 3) {
    const two = lower[i - 2];
    // The reference's precedence: "so" or "this" directly before strengthens, with or without "never".
    if ((lower[i - 3] === "never" && (two === "so" || two === "this")) || one === "so" || one === "this") return valence * 1.25;
    if (lower[i - 3] === "without" && (two === "doubt" || one === "doubt")) return valence;
  }
  return isNegation(lower[i - distance] ?? "") ? valence * NEGATION_SCALAR : valence;
}

/** Whether a lower-case word negates what follows it. */
export function isNegation(lower: string): boolean {
  return NEGATIONS.has(lower) || lower.includes("n't");
}

/** Reached only when three words stand before the word at `i`. */
function applyIdioms(valence: number, lower: readonly string[], i: number): number {
  const [three = "", two = "", one = "", zero = ""] = [lower[i - 3], lower[i - 2], lower[i - 1], lower[i]];
  const twoOne = `${two} ${one}`;
  const threeTwo = `${three} ${two}`;
  const threeTwoOne = `${threeTwo} ${one}`;
  let result =
    SPECIAL_CASES.get(`${one} ${zero}`) ??
    SPECIAL_CASES.get(`${twoOne} ${zero}`) ??
    SPECIAL_CASES.get(twoOne) ??
    SPECIAL_CASES.get(threeTwoOne) ??
    SPECIAL_CASES.get(threeTwo) ??
    valence;
  if (lower.length - 1 > i) result = SPECIAL_CASES.get(`${zero} ${lower[i + 1]}`) ?? result;
  if (lower.length - 1 > i + 1) result = SPECIAL_CASES.get(`${zero} ${lower[i + 1]} ${lower[i + 2]}`) ?? result;
  for (const phrase of [threeTwoOne, threeTwo, twoOne]) result += BOOSTERS.get(phrase) ?? 0;
  return result;
}

function applyLeast(valence: number, lower: readonly string[], lexicon: ReadonlyMap<string, number>, i: number): number {
  if (i === 0 || lower[i - 1] !== "least" || lexicon.has("least")) return valence;
  const before = i > 1 ? lower[i - 2] : undefined;
  return before === "at" || before === "very" ? valence : valence * NEGATION_SCALAR;
}

/**
 * What stands before "but" counts half, what follows one and a half. The reference finds the place
 * of a value by searching for its first equal, so equal values change at their first occurrence.
 */
function applyBut(lower: readonly string[], result: number[]): void {
  const but = lower.indexOf("but");
  if (but < 0) return;
  for (let i = 0; i < result.length; i++) {
    const valence = result[i] ?? 0;
    const first = result.indexOf(valence);
    if (first < but) result[first] = valence * 0.5;
    else if (first > but) result[first] = valence * 1.5;
  }
}

function punctuationEmphasis(text: string): number {
  let exclamations = 0;
  let questions = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 33) exclamations++;
    else if (code === 63) questions++;
  }
  const questionEmphasis = questions <= 1 ? 0 : questions <= 3 ? questions * 0.18 : 0.96;
  return Math.min(exclamations, 4) * 0.292 + questionEmphasis;
}

/** The first code point of the emoji list is U+00A9. */
const FIRST_EMOJI = 0xa9;

function expandEmoji(text: string): string {
  let i = 0;
  while (i < text.length && text.charCodeAt(i) < FIRST_EMOJI) i++;
  if (i === text.length) return text;
  let expanded = text.slice(0, i);
  let afterSpace = i === 0 || text.charCodeAt(i - 1) === 0x20;
  for (const char of text.slice(i)) {
    const name = EMOJI_NAMES.get(char);
    if (name === undefined) {
      expanded += char;
      afterSpace = char === " ";
    } else {
      expanded += afterSpace ? name : ` ${name}`;
      afterSpace = false;
    }
  }
  return expanded;
}

function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isPythonSpace(text.charCodeAt(start))) start++;
  while (end > start && isPythonSpace(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}
