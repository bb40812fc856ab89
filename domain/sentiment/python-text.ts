/**
 * The few text and number operations of Python whose results differ from JavaScript's, so that a
 * score equals the Python reference on any input.
 */

/** `str.isspace` for one UTF-16 unit: differs from `\s` in U+001C-U+001F, U+0085 (in) and U+FEFF (out). */
export function isPythonSpace(code: number): boolean {
  if (code <= 0x20) return (code >= 0x09 && code <= 0x0d) || code >= 0x1c;
  if (code < 0x85) return false;
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** Membership in `string.punctuation`. */
export function isPunctuation(code: number): boolean {
  return (code >= 33 && code <= 47) || (code >= 58 && code <= 64) || (code >= 91 && code <= 96) || (code >= 123 && code <= 126);
}

const UPPER = /\p{Uppercase}/u;
const LOWER_OR_TITLE = /[\p{Lowercase}\p{Lt}]/u;

/** `str.isupper()`: at least one cased character and none in lower or title case. */
export function isUpper(word: string): boolean {
  let cased = false;
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i);
    if (code >= 128) return UPPER.test(word) && !LOWER_OR_TITLE.test(word);
    if (code >= 97 && code <= 122) return false;
    if (code >= 65 && code <= 90) cased = true;
  }
  return cased;
}

/**
 * `round(value, digits)`: correct rounding of the binary value, exact ties to even. A tie at
 * `digits` decimals is an odd multiple of 2^-(digits + 1), all other values round as `toFixed`.
 */
export function pythonRound(value: number, digits: number): number {
  const scale = 10 ** digits;
  const scaled = value * scale;
  const floor = Math.floor(scaled);
  const fraction = scaled - floor;
  if (Math.abs(fraction - 0.5) > 1e-6) return (fraction > 0.5 ? floor + 1 : floor) / scale + 0;
  const isTie = Math.abs((value * 2 ** (digits + 1)) % 2) === 1;
  if (isTie) return (floor % 2 === 0 ? floor : floor + 1) / scale + 0;
  return Number(value.toFixed(digits)) + 0;
}
