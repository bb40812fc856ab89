import { useEffect, useState } from "react";
import type { Status } from "../../../domain/api/types.ts";
import { useLocalNow } from "../data/clock.ts";
import { useStatus } from "../data/queries.ts";
import { useStore } from "../data/store.ts";
import { latestNotice, latestTrade } from "../data/use-live-feed.ts";
import { formatClock, formatDuration, formatPercent } from "../lib/format.ts";
import { exitLabel } from "../lib/reasons.ts";
import { readableText, SYMBOL_MAX } from "../lib/text.ts";

/** Figures older than this are said to be old. */
const STALE_MS = 15_000;
const NOTICE_MAX = 200;
/** Closed trades are announced at most this often, so that a screen reader can keep up. */
const ANNOUNCE_MS = 3_000;

/** Says loudly when the figures on the screen are no longer fresh. */
export function StaleBanner() {
  const now = useLocalNow();
  const query = useStatus();
  const ageMs = query.dataUpdatedAt === 0 ? null : now - query.dataUpdatedAt;
  if (ageMs === null && !query.isError) return null;
  if (ageMs !== null && ageMs < STALE_MS) return null;
  return (
    <p role="alert" className="rounded-md border border-warn/40 bg-warn/10 px-3 py-1.5 text-small text-warn">
      {ageMs === null
        ? "The API gives no usable status. Figures are unknown until it does; trying again every few seconds."
        : `No answer from the API for ${formatDuration(ageMs)}. The figures below are from ${formatClock(query.dataUpdatedAt, now)} and may be wrong by now.`}
    </p>
  );
}

/** The newest notice of the engine, until it is dismissed. */
export function NoticeBar() {
  const notice = useStore(latestNotice);
  const [dismissed, setDismissed] = useState<number | null>(null);
  const text = notice === null ? "" : readableText(notice.text, NOTICE_MAX);
  const isShown = notice !== null && notice.seq !== dismissed && text !== "";
  return (
    // Always there, so that screen readers notice what enters it; empty it must not take a gap.
    <div role="status" aria-label="Notices" className={isShown ? "" : "-mt-2"}>
      {isShown && (
        <div className="flex items-center gap-3 rounded-md border border-line bg-raised px-3 py-1.5 text-small">
          <span className="text-faint">{formatClock(notice.atMs, notice.atMs)}</span>
          <bdi className="min-w-0 flex-1">{text}</bdi>
          <button type="button" className="text-faint hover:text-ink" onClick={() => setDismissed(notice.seq)}>
            Dismiss
          </button>
        </div>
      )}
    </div>
  );
}

/** Tells screen readers of closed trades. */
export function TradeAnnouncer() {
  const trade = useStore(latestTrade);
  const [text, setText] = useState("");
  useEffect(() => {
    if (trade === null) return;
    const timer = setTimeout(() => {
      const symbol = readableText(trade.symbol, SYMBOL_MAX) || "unnamed token";
      setText(`Trade closed: ${symbol}, ${formatPercent(trade.returnBps, { signed: true })}, ${exitLabel(trade.exitReason)}.`);
    }, ANNOUNCE_MS);
    return () => clearTimeout(timer);
  }, [trade]);
  return (
    <p aria-live="polite" className="sr-only">
      {text}
    </p>
  );
}

/** The page's title: mode and state first, so that a tab among many still warns. */
export function useTitle(status: Status | undefined, state: string | undefined): void {
  useEffect(() => {
    const mark = status?.mode === "live" ? "🔴 " : "";
    document.title =
      status === undefined ? "Sniper" : `${mark}${status.mode.toUpperCase()}${state === undefined ? "" : ` ${state}`} · Sniper`;
  }, [status, state]);
}
