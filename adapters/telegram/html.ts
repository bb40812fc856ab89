/** Longest piece of chain text (token name, symbol) that a message repeats. */
const MAX_FOREIGN_CHARS = 48;
/** No single value may crowd out the rest of a message. */
const MAX_VALUE_CHARS = 300;

/**
 * Characters that have no business in a one-line label: controls, zero-width characters and
 * bidirectional overrides, with which a token name could rearrange the numbers beside it.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** Escapes text for Telegram's HTML parse mode (core.telegram.org/bots/api#html-style), quotes included. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Text on one line without unsafe characters, cut to 300 characters. Not yet escaped. */
export function cleanText(text: string): string {
  return cut(text.replace(UNSAFE, "").replace(/\s+/gu, " "), MAX_VALUE_CHARS);
}

/** A stranger's text made fit for a label: clean, trimmed, cut to 48 characters. Not yet escaped. */
export function plainLabel(text: string): string {
  return cut(cleanText(text).trim(), MAX_FOREIGN_CHARS);
}

function cut(text: string, maxCharacters: number): string {
  const characters = [...text];
  return characters.length <= maxCharacters ? text : `${characters.slice(0, maxCharacters - 1).join("")}…`;
}

/** Template tag for Telegram HTML: the literal parts are markup, every inserted value is cleaned and escaped. */
export function html(parts: TemplateStringsArray, ...values: ReadonlyArray<string | number>): string {
  let text = parts[0] ?? "";
  for (const [index, value] of values.entries()) text += escapeHtml(cleanText(String(value))) + (parts[index + 1] ?? "");
  return text;
}
