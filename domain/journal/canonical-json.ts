/**
 * JSON text with object keys in code-unit order and no white space (the value model of RFC 8785 for
 * what JSON.stringify accepts): equal values give equal text. As in JSON.stringify, `undefined`
 * members are left out and non-finite numbers become null; a bigint throws, because amounts are text.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const record = value as Readonly<Record<string, unknown>>;
  const members: string[] = [];
  for (const key of Object.keys(record).sort()) {
    if (record[key] !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(record[key])}`);
  }
  return `{${members.join(",")}}`;
}
