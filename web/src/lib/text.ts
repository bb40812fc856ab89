/** Longest token symbol and name that the dashboard shows, in characters. */
export const SYMBOL_MAX = 14;
export const NAME_MAX = 40;

/**
 * Makes attacker-chosen text (symbols, names, details) safe to read: control and invisible format
 * characters (bidi overrides, zero-width marks, tags) are dropped, stacked combining marks are cut
 * to one, white space is collapsed, and at most `max` characters remain. The result is plain text for
 * a text node; it is never parsed as markup.
 */
export function readableText(text: string, max: number): string {
  const visible = text
    .slice(0, max * 16)
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ")
    .replace(/[\p{Cf}\p{Co}\p{Cs}\p{Cn}]/gu, "")
    .replace(/(\p{M})\p{M}+/gu, "$1")
    .replace(/\s+/gu, " ")
    .trim();
  const characters = [...visible];
  return characters.length <= max ? visible : `${characters.slice(0, max - 1).join("")}…`;
}
