import { VADER_LEXICON } from "./lexicon.ts";
import { isNegation, type Sentiment, scoreValences, type Tokens, tokenize, valences } from "./vader.ts";

/** Changes whenever a word, a phrase or a rule of this file does: scores of two versions do not compare. */
export const OVERLAY_VERSION = "crypto-1";

/**
 * What crypto posts mean by words that VADER lacks or reads as everyday English; -4 to 4 on its
 * scale. Set by hand from the usage of the field; no labelled crypto corpus was at hand, so its gain
 * over plain VADER is unmeasured.
 */
const WORDS: Readonly<Record<string, number>> = {
  // Up
  moon: 2,
  mooning: 2.6,
  mooned: 2.2,
  moonshot: 2.2,
  bullish: 2.5,
  bull: 1.2,
  bulls: 1.2,
  pump: 1.2,
  pumping: 1.8,
  pumped: 1.2,
  ape: 1.2,
  aping: 1.4,
  aped: 1.2,
  gem: 2,
  gems: 1.8,
  lfg: 2.6,
  wagmi: 2.3,
  based: 1.6,
  alpha: 1.2,
  ath: 1.8,
  breakout: 1.6,
  parabolic: 2,
  undervalued: 1.6,
  send: 0.8,
  sending: 1.2,
  sendor: 1.2,
  hodl: 1.4,
  hodling: 1.4,
  accumulating: 1.2,
  cooking: 1.2,
  goated: 2.2,
  legit: 1.6,
  cto: 0.8,
  rocket: 1.8,
  "100x": 1.8,
  "1000x": 1.6,
  "10x": 1.8,
  // Down
  bearish: -2.4,
  rekt: -2.8,
  wrecked: -2.4,
  ngmi: -2.2,
  jeet: -1.8,
  jeets: -2,
  jeeting: -2.2,
  jeeted: -2.2,
  dump: -2.2,
  dumped: -2.4,
  dumping: -2.6,
  dumps: -2.2,
  fud: -1.4,
  bagholder: -1.8,
  bagholders: -2,
  bundled: -2.4,
  bundle: -1.8,
  bundlers: -2.2,
  snipers: -1.4,
  insiders: -1.8,
  cabal: -1.8,
  larp: -2,
  ded: -2,
  rip: -1.8,
  nuked: -2.6,
  nuke: -2.2,
  capitulation: -2,
  // Everyday English that means nothing here
  diamond: 0,
  killer: 1,
  shit: -0.8,
  sick: 0.8,
  insane: 0.8,
  crazy: 0.6,
};

/**
 * Fraud. One such word makes praise in the same post worthless ("love this rug"), and its denial is
 * no praise: nobody says "not a rug" of a coin that is beyond doubt.
 */
const FRAUD: Readonly<Record<string, number>> = {
  rug: -3,
  rugs: -3,
  rugged: -3.2,
  rugging: -3.2,
  rugpull: -3.4,
  rugpulled: -3.4,
  rug_pull: -3.4,
  honeypot: -3.5,
  honeypots: -3.5,
  scam: -3,
  scams: -3,
  scammed: -3.2,
  scammer: -3,
  scammers: -3,
  scammy: -2.8,
  ponzi: -3,
  drainer: -3.4,
  drained: -3,
  phishing: -3.2,
  fake: -2.2,
  exit_scam: -3.5,
  cant_sell: -3.2,
  dev_sold: -2.8,
  dev_dumped: -3.2,
  soft_rug: -3,
};

/** Phrases become one word before scoring; the longest match at a place wins. */
const PHRASES: Readonly<Record<string, string>> = {
  "rug pull": "rug_pull",
  "rug pulled": "rug_pull",
  "soft rug": "soft_rug",
  "slow rug": "soft_rug",
  "exit scam": "exit_scam",
  "can't sell": "cant_sell",
  "cant sell": "cant_sell",
  "cannot sell": "cant_sell",
  "unable to sell": "cant_sell",
  "dev sold": "dev_sold",
  "dev dumped": "dev_dumped",
  "diamond hands": "diamond_hands",
  "diamond handing": "diamond_hands",
  "paper hands": "paper_hands",
  "to the moon": "to_the_moon",
  "send it": "send_it",
  "buy the dip": "buy_the_dip",
  "to zero": "to_zero",
  "dead coin": "dead_coin",
  "all time high": "ath",
  "still early": "still_early",
  "lp burned": "lp_burned",
  "lp burnt": "lp_burned",
  "god candle": "god_candle",
};

const PHRASE_VALENCES: Readonly<Record<string, number>> = {
  diamond_hands: 2,
  paper_hands: -1.4,
  to_the_moon: 2.6,
  send_it: 1.6,
  buy_the_dip: 1.2,
  to_zero: -2.8,
  dead_coin: -3,
  still_early: 1,
  lp_burned: 1.4,
  god_candle: 2.2,
};

/** The overlay's own entries: word, or phrase joined by underscores, to valence. */
export const OVERLAY_LEXICON: ReadonlyMap<string, number> = new Map([
  ...Object.entries(WORDS),
  ...Object.entries(FRAUD),
  ...Object.entries(PHRASE_VALENCES),
]);
const LEXICON: ReadonlyMap<string, number> = new Map([...VADER_LEXICON, ...OVERLAY_LEXICON]);
const FRAUD_WORDS: ReadonlySet<string> = new Set(Object.keys(FRAUD));
const PHRASE_TABLE: ReadonlyMap<string, string> = new Map(Object.entries(PHRASES));
const PHRASE_STARTS: ReadonlySet<string> = new Set(Object.keys(PHRASES).map((phrase) => phrase.slice(0, phrase.indexOf(" "))));
const PHRASE_MAX_WORDS = 3;

/** What is left of praise in a post that speaks of fraud. */
const IRONY_SCALAR = 0.25;
/** A negation reaches this many words ahead, as in VADER. */
const NEGATION_REACH = 3;
/** Stands for a token that carries no mood: tickers, links, names of people, addresses. */
const NEUTRAL = "\u00b7";

/**
 * VADER's rules over its lexicon plus the crypto overlay. On top: tickers, links, handles and
 * addresses are neutral ("$MOON" is a name, not praise); phrases count as one word; fraud words
 * discount praise in the same text; a denied fraud word counts zero.
 */
export function scoreOverlay(text: string): Sentiment {
  const tokens = joinPhrases(tokenize(text));
  const scored = valences(tokens, LEXICON);
  const { lower } = tokens;
  let accused = false;
  for (let i = 0; i < lower.length; i++) {
    if (!FRAUD_WORDS.has(lower[i] ?? "")) continue;
    if (isDenied(lower, i)) scored[i] = 0;
    else accused = true;
  }
  if (accused) {
    for (let i = 0; i < scored.length; i++) {
      const valence = scored[i] ?? 0;
      if (valence > 0) scored[i] = valence * IRONY_SCALAR;
    }
  }
  return scoreValences(scored, tokens.text);
}

function isDenied(lower: readonly string[], i: number): boolean {
  for (let distance = 1; distance <= NEGATION_REACH && i >= distance; distance++) {
    const before = lower[i - distance] ?? "";
    if (isNegation(before) || before === "no") return true;
  }
  return false;
}

function joinPhrases(tokens: Tokens): Tokens {
  const words: string[] = [];
  const lower: string[] = [];
  for (let i = 0; i < tokens.lower.length; i++) {
    const word = tokens.lower[i] ?? "";
    const match = PHRASE_STARTS.has(word) ? longestPhrase(tokens.lower, i) : null;
    if (match !== null) {
      words.push(match.joined);
      lower.push(match.joined);
      i += match.length - 1;
    } else if (isName(tokens.raw[i] ?? "")) {
      words.push(NEUTRAL);
      lower.push(NEUTRAL);
    } else {
      words.push(tokens.words[i] ?? "");
      lower.push(word);
    }
  }
  return { ...tokens, words, lower };
}

function longestPhrase(lower: readonly string[], start: number): { readonly joined: string; readonly length: number } | null {
  for (let length = PHRASE_MAX_WORDS; length >= 2; length--) {
    const joined = PHRASE_TABLE.get(lower.slice(start, start + length).join(" "));
    if (joined !== undefined && start + length <= lower.length) return { joined, length };
  }
  return null;
}

const ADDRESS_LIKE = /^[1-9A-HJ-NP-Za-km-z]{32,}$/;

/** A ticker, handle, link or address. */
function isName(raw: string): boolean {
  const first = raw.charCodeAt(0);
  if (first === 0x24) return /^\$[a-z]/i.test(raw);
  if (first === 0x40) return raw.length > 1;
  return raw.startsWith("http://") || raw.startsWith("https://") || (raw.length >= 32 && ADDRESS_LIKE.test(raw));
}
