import { formatClock } from "../lib/format.ts";

/** A moment as local wall time, with the exact time for machines and on hover. */
export function Time({ atMs, nowMs }: { readonly atMs: number; readonly nowMs: number }) {
  const iso = Number.isFinite(atMs) && Math.abs(atMs) < 8.64e15 ? new Date(atMs).toISOString() : undefined;
  return (
    <time dateTime={iso} title={iso} className="whitespace-nowrap text-soft">
      {formatClock(atMs, nowMs)}
    </time>
  );
}
