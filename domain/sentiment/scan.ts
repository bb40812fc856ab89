import { EMOJI_NAMES } from "./emoji-names.ts";
import { isPunctuation, isPythonSpace, isUpper } from "./python-text.ts";
import { FLAGS, findWord, HASH_FACTOR, HASH_SEED, LONGEST_WORD, NEGATES } from "./vocabulary.ts";

/** Traits of a word in a text, as bits. */
export const UPPER = 1;
/** The word negates what follows: one of the list, or one with `n't` in it. */
export const NEGATION = 2;

const FIRST_CAPACITY = 512;

/**
 * A text cut into words, as the rules see it. The arrays are longer than `count` and are used again
 * by the next scan: read what you need before you scan anything else.
 */
export interface Scan {
  /** The text with emoji spelt out. */
  text: string;
  count: number;
  /** Where each word begins and ends in `text`, with its punctuation. */
  rawStart: Int32Array;
  rawEnd: Int32Array;
  /** The same without the punctuation that is stripped from it. */
  start: Int32Array;
  end: Int32Array;
  /** Vocabulary ids; 0 is a word that no rule knows. */
  ids: Int32Array;
  traits: Uint8Array;
  exclamations: number;
  questions: number;
  /** Some words are in capitals and some are not, so capitals mean emphasis. */
  isCapDiff: boolean;
}

const shared: Scan = {
  text: "",
  count: 0,
  ...arrays(FIRST_CAPACITY),
  exclamations: 0,
  questions: 0,
  isCapDiff: false,
};

function arrays(capacity: number): Pick<Scan, "rawStart" | "rawEnd" | "start" | "end" | "ids" | "traits"> {
  return {
    rawStart: new Int32Array(capacity),
    rawEnd: new Int32Array(capacity),
    start: new Int32Array(capacity),
    end: new Int32Array(capacity),
    ids: new Int32Array(capacity),
    traits: new Uint8Array(capacity),
  };
}

/** Classes of ASCII characters. */
const SPACE = 1;
const PUNCTUATION = 2;
const CAPITAL = 4;
const SMALL = 8;
const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => {
  if (isPythonSpace(code)) return SPACE;
  if (isPunctuation(code)) return PUNCTUATION;
  return code >= 65 && code <= 90 ? CAPITAL : code >= 97 && code <= 122 ? SMALL : 0;
});

/**
 * Spells out emoji, splits at white space and strips punctuation around words of three or more
 * characters. Returns the one shared scan: see `Scan`.
 */
export function scan(source: string): Scan {
  const text = expandEmoji(source);
  // A word takes at least one character and the space after it.
  const most = (text.length >> 1) + 1;
  if (most > shared.ids.length) Object.assign(shared, arrays(2 * most));
  const { rawStart, rawEnd } = shared;
  const { length } = text;
  let count = 0;
  let exclamations = 0;
  let questions = 0;
  let from = -1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 128 ? CLASSES[code] === SPACE : isPythonSpace(code)) {
      if (from >= 0) {
        rawStart[count] = from;
        rawEnd[count++] = i;
        from = -1;
      }
    } else {
      if (from < 0) from = i;
      if (code === 0x21) exclamations++;
      else if (code === 0x3f) questions++;
    }
  }
  if (from >= 0) {
    rawStart[count] = from;
    rawEnd[count++] = length;
  }
  shared.text = text;
  shared.count = count;
  shared.exclamations = exclamations;
  shared.questions = questions;
  let upper = 0;
  for (let i = 0; i < count; i++) if (readWord(shared, i)) upper++;
  shared.isCapDiff = upper > 0 && upper < count;
  return shared;
}

/** Strips and looks up the word at `i`. @returns whether it is in capitals. */
function readWord(target: Scan, i: number): boolean {
  const { text } = target;
  const rawStart = target.rawStart[i] ?? 0;
  const rawEnd = target.rawEnd[i] ?? 0;
  let start = rawStart;
  let end = rawEnd;
  while (start < end && isPunctuation(text.charCodeAt(start))) start++;
  while (end > start && isPunctuation(text.charCodeAt(end - 1))) end--;
  // Short tokens keep their punctuation: they may be emoticons.
  if (end - start <= 4 && codePoints(text, start, end) <= 2) {
    start = rawStart;
    end = rawEnd;
  }
  target.start[i] = start;
  target.end[i] = end;
  let hash = HASH_SEED;
  let classes = 0;
  let isContracted = false;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= 128) return readForeignWord(target, i);
    const kind = CLASSES[code] ?? 0;
    classes |= kind;
    hash = Math.imul(hash ^ (kind === CAPITAL ? code + 32 : code), HASH_FACTOR);
    if (code === 0x27 && at > start && at + 1 < end) {
      isContracted ||= (text.charCodeAt(at - 1) | 32) === 0x6e && (text.charCodeAt(at + 1) | 32) === 0x74;
    }
  }
  const id = end - start > LONGEST_WORD ? 0 : findWord(text, start, end, hash);
  const inCapitals = (classes & (CAPITAL | SMALL)) === CAPITAL;
  const negates = isContracted || ((FLAGS[id] ?? 0) & NEGATES) !== 0;
  target.ids[i] = id;
  target.traits[i] = (inCapitals ? UPPER : 0) | (negates ? NEGATION : 0);
  return inCapitals;
}

/** Id of the word at `i` with its punctuation stripped even when it is short: "go!!!" is "go". */
export function bareId({ text, ids, rawStart, rawEnd }: Scan, i: number): number {
  const known = ids[i] ?? 0;
  if (known !== 0) return known;
  let start = rawStart[i] ?? 0;
  let end = rawEnd[i] ?? 0;
  while (start < end && isPunctuation(text.charCodeAt(start))) start++;
  while (end > start && isPunctuation(text.charCodeAt(end - 1))) end--;
  if (start === end || end - start > 2) return 0;
  let hash = HASH_SEED;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    hash = Math.imul(hash ^ (code >= 65 && code <= 90 ? code + 32 : code), HASH_FACTOR);
  }
  return findWord(text, start, end, hash);
}

/** `len()` of a part of a text. */
function codePoints(text: string, start: number, end: number): number {
  let points = end - start;
  for (let i = start; i + 1 < end; i++) if (text.charCodeAt(i) >= 0xd800 && (text.codePointAt(i) ?? 0) > 0xffff) points--;
  return points;
}

/** A word with characters beyond ASCII: rare, so read by the general rules of Unicode. */
function readForeignWord(target: Scan, i: number): boolean {
  const word = target.text.slice(target.start[i], target.end[i]);
  const lower = word.toLowerCase();
  let id = 0;
  // Lower case can be plain ASCII ("\u212a" is a capital k): then it may be known after all.
  if (lower.length <= LONGEST_WORD) {
    let hash = HASH_SEED;
    let all = 0;
    for (let at = 0; at < lower.length; at++) {
      all |= lower.charCodeAt(at);
      hash = Math.imul(hash ^ lower.charCodeAt(at), HASH_FACTOR);
    }
    if (all < 128) id = findWord(lower, 0, lower.length, hash);
  }
  const inCapitals = isUpper(word);
  const negates = lower.includes("n't") || ((FLAGS[id] ?? 0) & NEGATES) !== 0;
  target.ids[i] = id;
  target.traits[i] = (inCapitals ? UPPER : 0) | (negates ? NEGATION : 0);
  return inCapitals;
}

/** The words of a text, without the punctuation that the rules strip. */
export function wordsOf(text: string): string[] {
  const { text: expanded, start, end, count } = scan(text);
  return Array.from({ length: count }, (_, i) => expanded.slice(start[i], end[i]));
}

/** The first code point of the emoji list is U+00A9. */
const FIRST_EMOJI = 0xa9;

/** Replaces each emoji that has a name by it, set off from what stands before. */
export function expandEmoji(text: string): string {
  let i = 0;
  while (i < text.length && text.charCodeAt(i) < FIRST_EMOJI) i++;
  if (i === text.length) return text;
  let expanded = "";
  let copied = 0;
  let afterSpace = i === 0 || text.charCodeAt(i - 1) === 0x20;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code < FIRST_EMOJI) {
      afterSpace = code === 0x20;
      i++;
      continue;
    }
    const point = text.codePointAt(i) ?? code;
    const width = point > 0xffff ? 2 : 1;
    const name = NAMES.get(point);
    if (name === undefined) afterSpace = false;
    else {
      expanded += afterSpace ? text.slice(copied, i) + name : `${text.slice(copied, i)} ${name}`;
      copied = i + width;
      afterSpace = false;
    }
    i += width;
  }
  return copied === 0 ? text : expanded + text.slice(copied);
}

const NAMES: ReadonlyMap<number, string> = new Map([...EMOJI_NAMES].map(([emoji, name]) => [emoji.codePointAt(0) ?? 0, name]));
