import { OVERLAY_VERSION } from "./crypto-lexicon.ts";
import { bareId, NEGATION, type Scan, scan } from "./scan.ts";
import { type Sentiment, sumUp, wordValences } from "./vader.ts";
import { FLAGS, FRAUD, ID, NEUTRAL_ID, OVERLAY_VALENCES, PHRASE_IDS, phraseKey, STARTS_PHRASE } from "./vocabulary.ts";

export { OVERLAY_LEXICON, OVERLAY_VERSION } from "./crypto-lexicon.ts";

/** Name of this scorer: it goes with every score. */
export const OVERLAY_NAME = `vader+${OVERLAY_VERSION}`;

/** What is left of praise in a post that speaks of fraud. */
const IRONY_SCALAR = 0.1;
/** A negation reaches this many words ahead, as in VADER. */
const NEGATION_REACH = 3;
/** Solana's addresses have 32 characters or more. */
const MIN_ADDRESS_CHARS = 32;

/**
 * VADER's rules over its lexicon plus the crypto overlay. On top: tickers, links, handles and
 * addresses are neutral ("$MOON" is a name, not praise); phrases count as one word; fraud words
 * discount praise in the same text; a denied fraud word counts zero.
 */
export function scoreOverlay(text: string): Sentiment {
  return scoreScanned(scan(text));
}

/** The same for a text that has been scanned; joins phrases in the scan, so that it is of no further use. */
export function scoreScanned(words: Scan): Sentiment {
  joinPhrases(words);
  const valences = wordValences(words, OVERLAY_VALENCES);
  const { ids, count } = words;
  let accused = false;
  for (let i = 0; i < count; i++) {
    if (((FLAGS[ids[i] ?? 0] ?? 0) & FRAUD) === 0) continue;
    if (isDenied(words, i)) valences[i] = 0;
    else accused = true;
  }
  if (accused) {
    for (let i = 0; i < count; i++) {
      const valence = valences[i] ?? 0;
      if (valence > 0) valences[i] = valence * IRONY_SCALAR;
    }
  }
  return sumUp(words, valences);
}

function isDenied({ ids, traits }: Scan, i: number): boolean {
  for (let distance = 1; distance <= NEGATION_REACH && i >= distance; distance++) {
    const before = ids[i - distance] ?? 0;
    if (before === ID.without && ids[i - distance + 1] === ID.doubt) continue;
    if (before === ID.no || ((traits[i - distance] ?? 0) & NEGATION) !== 0) return true;
  }
  return false;
}

/** Makes phrases one word and names neutral, in place. */
function joinPhrases(words: Scan): void {
  const { ids, traits, count } = words;
  let to = 0;
  for (let from = 0; from < count; from++) {
    let id = ids[from] ?? 0;
    let trait = traits[from] ?? 0;
    const match = ((FLAGS[id] ?? 0) & STARTS_PHRASE) === 0 ? 0 : phraseAt(words, from);
    if (match !== 0) {
      id = match >> 2;
      trait = 0;
      from += (match & 3) - 1;
    } else if (isName(words.text, words.rawStart[from] ?? 0, words.rawEnd[from] ?? 0)) {
      id = NEUTRAL_ID;
      trait = 0;
    }
    ids[to] = id;
    traits[to++] = trait;
  }
  words.count = to;
}

/** The longest phrase at a place: four times the id of its word plus its length in words; 0 for none. */
function phraseAt(words: Scan, i: number): number {
  const first = words.ids[i] ?? 0;
  const second = i + 1 < words.count ? bareId(words, i + 1) : 0;
  const third = i + 2 < words.count ? bareId(words, i + 2) : 0;
  if (second === 0) return 0;
  const ofThree = third === 0 ? undefined : PHRASE_IDS.get(phraseKey(first, second, third));
  if (ofThree !== undefined) return 4 * ofThree + 3;
  const ofTwo = PHRASE_IDS.get(phraseKey(first, second));
  return ofTwo === undefined ? 0 : 4 * ofTwo + 2;
}

const ADDRESS_LIKE = /^[1-9A-HJ-NP-Za-km-z]+$/;

/** A ticker, handle, link or address. */
export function isName(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  if (first === 0x24) {
    const next = text.charCodeAt(start + 1) | 32;
    return end > start + 1 && next >= 0x61 && next <= 0x7a;
  }
  if (first === 0x40) return end > start + 1;
  if (first === 0x68 && (text.startsWith("http://", start) || text.startsWith("https://", start))) return true;
  return end - start >= MIN_ADDRESS_CHARS && ADDRESS_LIKE.test(text.slice(start, end));
}
