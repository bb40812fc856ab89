import { OVERLAY_FRAUD, OVERLAY_LEXICON, OVERLAY_PHRASES } from "./crypto-lexicon.ts";
import { BOOSTERS, NEGATIONS, SPECIAL_CASES, VADER_LEXICON } from "./lexicon.ts";

/** What a rule asks of a word, as bits of `FLAGS`. */
export const NEGATES = 1;
/** Part of a phrase of more than one word that VADER treats on its own. */
export const IN_IDIOM = 2;
/** First word of a phrase of the crypto overlay. */
export const STARTS_PHRASE = 4;
/** Speaks of fraud. */
export const FRAUD = 8;

/** Words that the rules name. */
const RULE_WORDS = ["no", "or", "nor", "so", "this", "never", "without", "doubt", "least", "at", "very", "but", "kind", "of"] as const;
/** Stands for a token that carries no mood: tickers, links, names of people, addresses. No word of a text is it. */
const NEUTRAL_WORD = "\u00b7";

const wordList: string[] = [""];
const idOfWord = new Map<string, number>();
for (const entry of [
  ...RULE_WORDS,
  NEUTRAL_WORD,
  ...VADER_LEXICON.keys(),
  ...OVERLAY_LEXICON.keys(),
  ...OVERLAY_PHRASES.values(),
  ...NEGATIONS,
  ...[...BOOSTERS.keys(), ...SPECIAL_CASES.keys(), ...OVERLAY_PHRASES.keys()].flatMap((phrase) => phrase.split(" ")),
]) {
  if (idOfWord.has(entry)) continue;
  idOfWord.set(entry, wordList.length);
  wordList.push(entry);
}

/** Id of a word that some rule or lexicon knows; 0 is every other word. */
export function wordId(word: string): number {
  return idOfWord.get(word) ?? 0;
}

const size = wordList.length;
/** Valence by id, NaN for words outside the lexicon. */
export const VADER_VALENCES = new Float64Array(size).fill(Number.NaN);
/** The same with the crypto overlay's entries on top. */
export const OVERLAY_VALENCES = new Float64Array(size).fill(Number.NaN);
/** Increment by id, 0 for words that neither strengthen nor weaken. */
export const INCREMENTS = new Float64Array(size);
export const FLAGS = new Uint8Array(size);

for (const [word, valence] of VADER_LEXICON) VADER_VALENCES[wordId(word)] = OVERLAY_VALENCES[wordId(word)] = valence;
for (const [word, valence] of OVERLAY_LEXICON) OVERLAY_VALENCES[wordId(word)] = valence;
for (const [word, increment] of BOOSTERS) if (!word.includes(" ")) INCREMENTS[wordId(word)] = increment;
for (const word of NEGATIONS) flag(word, NEGATES);
for (const word of OVERLAY_FRAUD) flag(word, FRAUD);
for (const phrase of [...SPECIAL_CASES.keys(), ...BOOSTERS.keys()]) {
  if (phrase.includes(" ")) for (const word of phrase.split(" ")) flag(word, IN_IDIOM);
}
for (const phrase of OVERLAY_PHRASES.keys()) flag(phrase.slice(0, phrase.indexOf(" ")), STARTS_PHRASE);

function flag(word: string, bit: number): void {
  FLAGS[wordId(word)] = (FLAGS[wordId(word)] ?? 0) | bit;
}

/** Ids of the words that rules name. */
export const ID = Object.fromEntries(RULE_WORDS.map((word) => [word, wordId(word)])) as Readonly<
  Record<(typeof RULE_WORDS)[number], number>
>;
export const NEUTRAL_ID = wordId(NEUTRAL_WORD);

/** A phrase of two or three words as one number. */
export function phraseKey(a: number, b: number, c = 0): number {
  return (a * 0x8000 + b) * 0x8000 + c;
}

/** Phrases of which a word is unknown match nothing: id 0 stands for all unknown words. */
function phrases<T>(entries: Iterable<readonly [string, T]>): ReadonlyMap<number, T> {
  const result = new Map<number, T>();
  for (const [phrase, value] of entries) {
    const [a, b, c] = phrase.split(" ").map(wordId);
    if (a !== undefined && b !== undefined) result.set(phraseKey(a, b, c ?? 0), value);
  }
  return result;
}

export const IDIOM_VALENCES = phrases(SPECIAL_CASES);
export const PHRASE_INCREMENTS = phrases(BOOSTERS);
/** Phrase to the id of the word that it becomes. */
export const PHRASE_IDS = phrases([...OVERLAY_PHRASES].map(([phrase, word]) => [phrase, wordId(word)] as const));

/** Seed and factor of the word hash (FNV-1a, 32 bits). */
export const HASH_SEED = 0x811c9dc5;
export const HASH_FACTOR = 0x01000193;

const TABLE_SIZE = 32_768;
const table = new Int32Array(TABLE_SIZE);
let longest = 0;
for (let id = 1; id < size; id++) {
  const word = wordList[id] ?? "";
  // A text is looked up in lower case and unknown once it leaves ASCII: such entries cannot be met.
  if (/[^!-~]/.test(word) || word !== word.toLowerCase()) continue;
  longest = Math.max(longest, word.length);
  let hash = HASH_SEED;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), HASH_FACTOR);
  let slot = slotOf(hash);
  while (table[slot] !== 0) slot = (slot + 1) & (TABLE_SIZE - 1);
  table[slot] = id;
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (TABLE_SIZE - 1);
}

/** Length of the longest word that can be found. */
export const LONGEST_WORD = longest;

/**
 * Id of the ASCII word in `text` from `start` to `end`, read in lower case; `hash` is the hash of that
 * lower case. Finds without making a string, which is most of what a lookup costs.
 */
export function findWord(text: string, start: number, end: number, hash: number): number {
  const length = end - start;
  for (let slot = slotOf(hash); ; slot = (slot + 1) & (TABLE_SIZE - 1)) {
    const id = table[slot] ?? 0;
    if (id === 0) return 0;
    const word = wordList[id] ?? "";
    if (word.length !== length) continue;
    let i = 0;
    while (i < length) {
      const code = text.charCodeAt(start + i);
      if ((code >= 65 && code <= 90 ? code + 32 : code) !== word.charCodeAt(i)) break;
      i++;
    }
    if (i === length) return id;
  }
}
