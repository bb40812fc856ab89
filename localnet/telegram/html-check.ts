/** Tags of Telegram's HTML style (core.telegram.org/bots/api#html-style). */
const TAGS = new Set([
  "b",
  "strong",
  "i",
  "em",
  "u",
  "ins",
  "s",
  "strike",
  "del",
  "span",
  "tg-spoiler",
  "a",
  "tg-emoji",
  "code",
  "pre",
  "blockquote",
]);
const TAG = /^<(\/?)([a-z-]+)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>/;

/**
 * Checks a text of parse mode HTML as the Bot API does, so that unescaped foreign text fails here as it
 * fails there. Returns null when it parses, else Telegram's complaint. Offsets are UTF-16, theirs are bytes.
 */
export function htmlProblem(text: string): string | null {
  const open: string[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "<") continue;
    const tag = TAG.exec(text.slice(at));
    if (tag === null) return `can't parse entities: Unsupported start tag at byte offset ${at}`;
    const [whole, slash, name = ""] = tag;
    if (!TAGS.has(name)) return `can't parse entities: Unsupported start tag "${name}" at byte offset ${at}`;
    if (slash === "") open.push(name);
    else if (open.pop() !== name) return `can't parse entities: Unmatched end tag at byte offset ${at}`;
    at += whole.length - 1;
  }
  const left = open.at(-1);
  return left === undefined ? null : `can't parse entities: Can't find end tag corresponding to start tag "${left}"`;
}

/** The visible text: tags removed, entities resolved. */
export function htmlToText(text: string): string {
  return text.replace(/<[^>]*>/g, "").replace(/&(lt|gt|amp|quot|#\d{1,7}|#x[0-9a-f]{1,6});/gi, (whole, name: string) => {
    const named: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };
    const plain = named[name.toLowerCase()];
    if (plain !== undefined) return plain;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
