const TAG = "$bigint";

/** JSON text that keeps bigint values exactly, as `{"$bigint":"<decimal>"}`. For our own storage, not for APIs. */
export function stringifyExact(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? { [TAG]: inner.toString() } : inner));
}

/** JSON text in which a bigint is a decimal string: for people and APIs. Its reader has to know which strings are amounts. */
export function plainJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner), indent);
}

/** Reads what `stringifyExact` wrote. Throws on text that is not JSON: stored text is ours, so that is a bug. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_key, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || !(TAG in inner)) return inner;
    const digits = inner[TAG];
    return typeof digits === "string" && /^-?\d+$/.test(digits) ? BigInt(digits) : inner;
  });
}
