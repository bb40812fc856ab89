import { isName } from "./overlay.ts";
import { NEGATION, type Scan } from "./scan.ts";
import { HASH_FACTOR, HASH_SEED } from "./vocabulary.ts";

/** Words of a text that are looked at: X's long posts have up to 25,000 characters, the mood is in the beginning. */
const MAX_WORDS = 400;
/** Characters of a word that are cut into pieces; longer words are no words. */
const MAX_WORD_CHARS = 32;
const SHORTEST = 3;
const LONGEST = 5;
/** A negation marks this many words after it, as in VADER. */
const NEGATION_REACH = 3;
/** Stands before and after a word when it is cut into pieces. */
const EDGE = 0x5f;

/** Seeds that keep the kinds of grams apart. */
const WORD_SEED = HASH_SEED;
const PAIR_SEED = 0x2545f491;
const DENIED_SEED = 0x6c8e9cf5;
const PIECE_SEED = 0x1b873593;

/** The grams of one text. The array is used again by the next call and longer than `count`. */
export interface Grams {
  /** Hash of each gram, 32 bits: see `bucketOf` and `signOf`. */
  hashes: Int32Array;
  count: number;
}

/** Grams of one word: itself, the pair with the one before, and its pieces. */
const MOST_PER_WORD = 2 + 3 * (MAX_WORD_CHARS + 2);
const shared: Grams = { hashes: new Int32Array(MAX_WORDS * MOST_PER_WORD), count: 0 };
const padded = new Int32Array(MAX_WORD_CHARS + 2);

/**
 * What the student model reads besides the two lexicon scorers: words (marked when a negation stands
 * before), pairs of words, and pieces of three to five characters. Tickers, handles, links and
 * addresses are left out: a name says nothing of the next token.
 */
export function gramsOf(words: Scan): Grams {
  const { text, start, end, traits, rawStart, rawEnd } = words;
  const { hashes } = shared;
  const total = Math.min(words.count, MAX_WORDS);
  let count = 0;
  let previous = WORD_SEED;
  let deniedUntil = -1;
  for (let i = 0; i < total; i++) {
    if (isName(text, rawStart[i] ?? 0, rawEnd[i] ?? 0)) {
      previous = WORD_SEED;
      continue;
    }
    const from = start[i] ?? 0;
    const length = Math.min((end[i] ?? 0) - from, MAX_WORD_CHARS);
    const isDenied = i <= deniedUntil;
    if (((traits[i] ?? 0) & NEGATION) !== 0) deniedUntil = i + NEGATION_REACH;
    let word = isDenied ? DENIED_SEED : WORD_SEED;
    padded[0] = EDGE;
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(from + at);
      const lower = code >= 65 && code <= 90 ? code + 32 : code;
      padded[at + 1] = lower;
      word = Math.imul(word ^ lower, HASH_FACTOR);
    }
    padded[length + 1] = EDGE;
    hashes[count++] = mix(word);
    hashes[count++] = mix(Math.imul(previous ^ PAIR_SEED, HASH_FACTOR) ^ word);
    previous = word;
    for (let first = 0; first + SHORTEST <= length + 2; first++) {
      let piece = PIECE_SEED;
      const last = Math.min(first + LONGEST, length + 2);
      for (let at = first; at < last; at++) {
        piece = Math.imul(piece ^ (padded[at] ?? 0), HASH_FACTOR);
        if (at - first + 1 >= SHORTEST) hashes[count++] = mix(piece);
      }
    }
  }
  shared.count = count;
  return shared;
}

/** Spreads the bits (the finalizer of MurmurHash3). */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
