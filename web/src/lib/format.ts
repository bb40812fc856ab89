/** What the dashboard shows where a value is unknown or undefined: never 0, never NaN. */
export const DASH = "–";
const MINUS = "−";
const LAMPORT_DECIMALS = 9;

export interface AmountFormat {
  readonly decimals?: number;
  /** Writes "+" before positive amounts. */
  readonly signed?: boolean;
}

/** Reads a decimal lamports string as the API writes it; null when it is missing or no integer. */
export function parseLamports(text: string | null | undefined): bigint | null {
  return typeof text === "string" && /^-?\d{1,39}$/.test(text) ? BigInt(text) : null;
}

/** Lamports as SOL text, rounded half away from zero in integer arithmetic; no unit. */
export function formatSol(lamports: bigint | null, { decimals = 4, signed = false }: AmountFormat = {}): string {
  if (lamports === null) return DASH;
  const magnitude = lamports < 0n ? -lamports : lamports;
  const unit = 10n ** BigInt(LAMPORT_DECIMALS - decimals);
  const rounded = (magnitude + unit / 2n) / unit;
  const scale = 10n ** BigInt(decimals);
  const whole = groupThousands((rounded / scale).toString());
  const text = decimals === 0 ? whole : `${whole}.${(rounded % scale).toString().padStart(decimals, "0")}`;
  return signOf(lamports < 0n, rounded === 0n, signed) + text;
}

/** A whole amount in its smallest unit, grouped: nothing of it is rounded away. */
export function formatUnits(amount: bigint | null, signed = false): string {
  if (amount === null) return DASH;
  return signOf(amount < 0n, amount === 0n, signed) + groupThousands((amount < 0n ? -amount : amount).toString());
}

/** Lamports valued at a SOL/USD price, as "$1,234.56"; the product is taken in integer micro-dollars. */
export function formatUsdValue(lamports: bigint | null, solUsd: number | null | undefined, signed = false): string {
  if (lamports === null || solUsd === null || solUsd === undefined || !Number.isFinite(solUsd) || solUsd <= 0) return DASH;
  const microUsd = (lamports * BigInt(Math.round(solUsd * 1e6))) / 1_000_000_000n;
  const magnitude = microUsd < 0n ? -microUsd : microUsd;
  const cents = (magnitude + 5_000n) / 10_000n;
  const text = `$${groupThousands((cents / 100n).toString())}.${(cents % 100n).toString().padStart(2, "0")}`;
  return signOf(microUsd < 0n, cents === 0n, signed) + text;
}

/** Basis points as a percentage, "12.3%". */
export function formatPercent(bps: number | null | undefined, { decimals = 1, signed = false }: AmountFormat = {}): string {
  if (bps === null || bps === undefined || !Number.isFinite(bps)) return DASH;
  const text = (Math.abs(bps) / 100).toFixed(decimals);
  return `${signOf(bps < 0, Number(text) === 0, signed)}${groupThousands(text)}%`;
}

/** A plain number with at most four significant decimals; integers are grouped. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  const sign = value < 0 ? MINUS : "";
  const magnitude = Math.abs(value);
  if (Number.isInteger(magnitude) && magnitude < 1e15) return sign + groupThousands(magnitude.toString());
  if (magnitude >= 1e15 || magnitude < 1e-4) return sign + magnitude.toExponential(2);
  const decimals = magnitude >= 1_000 ? 1 : magnitude >= 10 ? 2 : 4;
  return sign + groupThousands(magnitude.toFixed(decimals));
}

/** A fixed number of decimals, for columns. */
export function formatFixed(value: number | null | undefined, decimals: number, signed = false): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  const text = Math.abs(value).toFixed(decimals);
  return signOf(value < 0, Number(text) === 0, signed) + groupThousands(text);
}

/** A length of time with two units: "42s", "3m 05s", "2h 04m", "3d 4h". Negative lengths count as 0. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return DASH;
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${pad2(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${pad2(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** A latency: "840 ms" or "2.4 s". */
export function formatLatency(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms) || ms < 0) return DASH;
  return ms < 1_000 ? `${Math.round(ms)} ms` : ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : formatDuration(ms);
}

/** Local wall time "14:03:22"; other days than today carry the date. */
export function formatClock(atMs: number | null | undefined, nowMs: number): string {
  if (atMs === null || atMs === undefined || !Number.isFinite(atMs)) return DASH;
  const at = new Date(atMs);
  const time = `${pad2(at.getHours())}:${pad2(at.getMinutes())}:${pad2(at.getSeconds())}`;
  if (at.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${at.toLocaleDateString("en-GB", { day: "2-digit", month: "short" })} ${time.slice(0, 5)}`;
}

/** "7UVim…PjiE": the ends of an address or signature. */
export function shortAddress(address: string, head = 4, tail = 4): string {
  return address.length <= head + tail + 1 ? address : `${address.slice(0, head)}…${address.slice(-tail)}`;
}

function signOf(isNegative: boolean, isZero: boolean, signed: boolean): string {
  if (isZero) return "";
  return isNegative ? MINUS : signed ? "+" : "";
}

function groupThousands(digits: string): string {
  const [whole = "", fraction] = digits.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

function pad2(value: number): string {
  return value.toString().padStart(2, "0");
}
