import { scan } from "./scan.ts";

/** X's codes for posts without words: media, hashtags, links, cashtags, very short; and for a language that it did not tell. */
const NO_LANGUAGE: ReadonlySet<string> = new Set(["und", "qme", "qht", "qam", "qct", "qst", "zxx", "art"]);
/** Letters that are looked at. */
const MAX_CHARS = 1_000;
/** A text with this share of its letters in another script is not English. */
const FOREIGN_SHARE = 0.3;
/** So many words of another language, and more than of English, are no accident. */
const MIN_FOREIGN_WORDS = 2;

const ENGLISH = words(
  `the a an and or but is are was be been to of in on at for with this that it its i you he she we they my your our his
  her their not no do does did have has had will would can could just so if as by from up out what when who how why all
  about get got go going now im dont its`,
);

/** The commonest short words of the languages in which memecoins are talked about most after English, without those that English has. */
const FOREIGN = words(
  `el la los las un una unos que en y es por para con como pero mas muy esta este todo del al se lo su ya si porque
  le les des du est et pour dans sur avec pas plus une nous vous ils je tu mais ce cette qui sont tres bien
  der die das und ist nicht ein eine mit von auf dem den zu sich auch wie aber nur noch sind wir ich ihr
  o os as um uma nao com por mais mas ele ela isso esse muito voce sao tem ja
  il di che per non sono questo ma come anche piu della nel gli ho sei
  bir ve bu icin ile cok ama gibi daha ne var yok degil mi
  yang dan di ini itu tidak dengan untuk ada akan saya kamu juga bisa
  van het een niet dat met zijn voor maar ook naar je
  va khong cua la mot nhung cac duoc cho nay`,
);

/**
 * Whether a post is to be read as English: the provider's word where it gave one, else the text's own
 * script and small words. Posts without words (tickers, links, emoji) are readable: they count as mentions.
 */
export function isReadable(lang: string | null, text: string): boolean {
  if (lang !== null && !NO_LANGUAGE.has(lang)) return lang === "en" || lang.startsWith("en-");
  return looksEnglish(text);
}

/** False when the script or the small words of a text are another language's; true when in doubt. */
export function looksEnglish(text: string): boolean {
  const head = text.slice(0, MAX_CHARS);
  const letters = head.match(/\p{L}/gu)?.length ?? 0;
  const latin = head.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (letters > 0 && (letters - latin) / letters >= FOREIGN_SHARE) return false;
  const { text: expanded, start, end, count } = scan(head);
  let english = 0;
  let foreign = 0;
  for (let i = 0; i < count; i++) {
    const word = plain(expanded.slice(start[i], end[i]));
    if (ENGLISH.has(word)) english++;
    else if (FOREIGN.has(word)) foreign++;
  }
  return foreign < MIN_FOREIGN_WORDS || foreign <= english;
}

/** Small letters without marks: "más" and "mas" are one word to those who type in a hurry. */
function plain(word: string): string {
  const lower = word.toLowerCase();
  return /^[a-z]*$/.test(lower)
    ? lower
    : lower
        .normalize("NFD")
        .replace(/[\p{M}'\u2019]/gu, "")
        .replaceAll("\u0131", "i");
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/).filter((word) => word.length > 0));
}
