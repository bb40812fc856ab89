/** Lamports (decimal string) as SOL with four decimals, rounded towards zero, without passing through a float. */
export function solText(lamports: string): string {
  const amount = BigInt(lamports);
  const absolute = (amount < 0n ? -amount : amount) / 100_000n;
  const text = `${absolute / 10_000n}.${String(absolute % 10_000n).padStart(4, "0")}`;
  return amount < 0n ? `-${text}` : text;
}

/** As `solText`, with a plus sign before a gain. */
export function signedSolText(lamports: string): string {
  return `${BigInt(lamports) > 0n ? "+" : ""}${solText(lamports)}`;
}

/** Basis points as percent with one decimal. */
export function percentText(bps: number): string {
  return `${(bps / 100).toFixed(1)} %`;
}

/** As `percentText`, with a plus sign before a gain. */
export function signedPercentText(bps: number): string {
  return `${bps > 0 ? "+" : ""}${percentText(bps)}`;
}

/** A duration in its largest fitting unit, e.g. `31 s`, `12 min`, `3.5 h`. */
export function durationText(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}
