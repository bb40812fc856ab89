const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a length of time as people write it: a whole number with `s`, `m`, `h` or `d`, as in `90s` or `2h`; null for
 * anything else, 0 included.
 */
export function parseDurationMs(text: string): number | null {
  const [, count = "", unit = ""] = /^([1-9]\d{0,6})([smhd])$/.exec(text.trim().toLowerCase()) ?? [];
  const unitMs = UNIT_MS[unit];
  return unitMs === undefined ? null : Number(count) * unitMs;
}
