/** Digits that a double may not hold: 2^53 has 16. */
const LONG_NUMBER = /\d{16}/;
const INTEGER = /^-?\d{1,20}$/;

/**
 * Parses JSON and keeps integers beyond 2^53 exactly, as bigint (u64 fields: lamports, rent epochs).
 * A number that neither a double nor a u64 holds stays a double, which an integer schema refuses.
 * Throws SyntaxError on text that is not JSON and RangeError on absurd nesting.
 */
export function parseJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(text, exactInteger as (key: string, value: unknown) => unknown);
}

/** The third argument is the number's own text (ECMAScript 2025 "JSON.parse source text access"; V8 since 11.4). */
function exactInteger(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value) || context.source === undefined) return value;
  return INTEGER.test(context.source) ? BigInt(context.source) : value;
}
