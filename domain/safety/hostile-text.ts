/** Symbols and names that a look-alike would borrow. */
const TARGETS: readonly string[] = [
  "SOL",
  "WSOL",
  "SOLANA",
  "USDC",
  "USDT",
  "BTC",
  "ETH",
  "BONK",
  "WIF",
  "JUP",
  "JITO",
  "RAY",
  "PUMP",
  "TRUMP",
  "PENGU",
  "FARTCOIN",
];
/** Letters of other scripts that look like these Latin ones (Unicode confusables, the common part). */
const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    A: "АΑᎪ",
    B: "ВΒᏴ",
    C: "СϹᏟ",
    E: "ЕΕᎬ",
    F: "Ϝ",
    G: "Ԍ",
    H: "НΗᎻ",
    I: "ІΙӀ",
    J: "ЈᎫ",
    K: "КΚᏦ",
    L: "ᏞⅬ",
    M: "МΜᎷ",
    N: "Ν",
    O: "ОΟՕ",
    P: "РΡᏢ",
    R: "Ꭱ",
    S: "ЅՏᏚ",
    T: "ТΤᎢ",
    U: "Սᑌ",
    W: "ԜᎳ",
    X: "ХΧ",
    Y: "УΥҮ",
    Z: "ΖᏃ",
  }).flatMap(([latin, others]) => [...others].map((other): [string, string] => [other, latin])),
);
/** Zero-width, bidirectional and other invisible characters, but for the joiner and the selectors of emoji. */
const INVISIBLE = /(?!\u200d|\ufe0e|\ufe0f)\p{Default_Ignorable_Code_Point}|[\u2028\u2029\ufff9-\ufffb]/u;
/** A joiner between emoji is part of them; between letters it hides. */
const JOINER =
  /(?<!\p{Extended_Pictographic}[\u{fe0f}\u{1f3fb}-\u{1f3ff}]?)\u200d|\u200d(?!\p{Extended_Pictographic}|[\u2640\u2642\u2695])/u;
const CONTROL = /\p{Cc}/u;
const LATIN = /\p{Script=Latin}/u;
const FOREIGN_TWIN = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;
const MAX_MARKS_IN_A_ROW = /\p{M}{3,}/u;
const HOSTILE: readonly RegExp[] = [
  /<\s*[a-z!/?]/i,
  /&#?\w+;/,
  /\bjavascript\s*:|\bdata\s*:\s*\w+\//i,
  /\]\s*\(|```|\[[^\]]*\]\s*\(/,
  /https?:\/\/|\bt\.me\/|\bwww\./i,
  /['"`]\s*(;|--|\bor\b|\band\b|\bunion\b|\bdrop\b)/i,
  /\b(drop|truncate|alter)\s+table\b|\bunion\s+select\b|;\s*--/i,
  /\$\{|\{\{|%[0-9a-f]{2}%|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}/i,
  /\b(ignore|disregard|forget)\b.{0,20}\b(previous|prior|above|all|your|the)\b.{0,20}\b(instructions?|prompts?|rules?)\b/i,
  /\b(system|assistant|developer)\s*(prompt|message|:)/i,
  /\b(score|rate|rating)\b.{0,12}\b(100|10\/10|highest|maximum)\b/i,
];
/** More pictures than this are there to flood the reader; pump's 32 bytes hold eight. */
const MAX_PICTURES = 8;

/** Characters that are looked at: more than pump takes, and few enough for every pattern to be quick. */
const MAX_READ = 256;

/** Whether a text holds characters that hide, reorder or stack, or mixes look-alike scripts in one word. */
export function isDeceptive(whole: string): boolean {
  const text = whole.slice(0, MAX_READ);
  if (CONTROL.test(text) || INVISIBLE.test(text) || JOINER.test(text) || MAX_MARKS_IN_A_ROW.test(text)) return true;
  return text.split(/[^\p{L}\p{M}\p{N}]+/u).some((word) => LATIN.test(word) && FOREIGN_TWIN.test(word));
}

/** The well-known name that a text imitates with foreign letters; null when it imitates none. */
export function looksLike(whole: string): string | null {
  const text = whole.slice(0, MAX_READ);
  const compat = text.normalize("NFKC").toUpperCase().trim();
  const latin = [...compat].map((char) => LOOKALIKES.get(char) ?? char).join("");
  const target = TARGETS.find((one) => latin === one || latin === `$${one}`);
  return target === undefined || text.toUpperCase().trim().replace(/^\$/, "") === target ? null : target;
}

/** Whether a text holds markup, code, a link, or an instruction to whoever reads it. */
export function isHostile(whole: string): boolean {
  const text = whole.slice(0, MAX_READ);
  return HOSTILE.some((pattern) => pattern.test(text));
}

/** Whether a text is a flood of pictures or one character over and over. */
export function isFlood(whole: string): boolean {
  const text = whole.slice(0, MAX_READ);
  return (text.match(/\p{Extended_Pictographic}/gu)?.length ?? 0) > MAX_PICTURES || /(.)\1{11,}/u.test(text);
}
