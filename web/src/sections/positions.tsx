import { useEffect, useState } from "react";
import type { PositionView } from "../../../domain/api/types.ts";
import { Chip, signTone, type Tone } from "../components/chip.tsx";
import { listFeedback } from "../components/feedback.tsx";
import { Panel, Scroll } from "../components/panel.tsx";
import { Token } from "../components/token.tsx";
import { useServerNow } from "../data/clock.ts";
import { operatorToken } from "../data/operator.ts";
import { usePositions } from "../data/queries.ts";
import { useOperatorActions } from "../data/risk.ts";
import { useStore } from "../data/store.ts";
import { DASH, formatDuration, formatFixed, formatPercent, formatSol, parseLamports } from "../lib/format.ts";
import { reasonDetail, reasonText } from "../lib/reasons.ts";
import { barrierPosition } from "../lib/statistics.ts";
import { readableText, SYMBOL_MAX } from "../lib/text.ts";

/** A mark older than this is said to be old: its P&L may no longer hold. */
const MARK_OLD_MS = 30_000;
/** How long a sale waits for its second press. */
const ASK_MS = 4_000;
const STATUS_TONE: Readonly<Record<string, Tone>> = { entering: "accent", open: "neutral", exiting: "warn" };

/** Open positions with their distance to stop and target. */
export function Positions({ className }: { readonly className?: string }) {
  const query = usePositions();
  const now = useServerNow();
  const canSell = useStore(operatorToken) !== null;
  const positions = query.data?.items ?? [];
  const feedback = listFeedback(
    query,
    positions.length,
    "No open position. One appears here when a token passes the gates and its score reaches the threshold; most tokens do not.",
  );
  return (
    <Panel title="Open positions" count={positions.length > 0 ? String(positions.length) : undefined} className={className ?? ""}>
      {feedback ?? (
        <Scroll label="Open positions, list">
          <table className="data-table">
            <thead>
              <tr>
                <th scope="col">Token</th>
                <th scope="col" className="num max-sm:hidden">
                  Score
                </th>
                <th scope="col" className="num max-sm:hidden">
                  Age
                </th>
                <th scope="col" className="num max-md:hidden">
                  Cost
                </th>
                <th
                  scope="col"
                  className="num max-md:hidden"
                  title="What selling everything now would bring, after fees and own price impact"
                >
                  Value
                </th>
                <th scope="col" className="num">
                  P&L
                </th>
                <th scope="col" className="w-full max-sm:w-24">
                  Stop – target
                </th>
                <th scope="col" className="num">
                  Left
                </th>
                <th scope="col">Status</th>
                {canSell && (
                  <th scope="col">
                    <span className="sr-only">Sell</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {positions.map((position) => (
                <PositionRow key={position.positionId} position={position} now={now} canSell={canSell} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Panel>
  );
}

interface RowProps {
  readonly position: PositionView;
  readonly now: number;
  /** Whether the operator's token is at hand. */
  readonly canSell: boolean;
}

function PositionRow({ position, now, canSell }: RowProps) {
  const markAgeMs = now - position.updatedAtMs;
  const isOld = position.valueLamports !== null && markAgeMs > MARK_OLD_MS;
  return (
    <tr>
      <th scope="row">
        <Token symbol={position.symbol} mint={position.mint} />
      </th>
      <td className="num max-sm:hidden">{formatFixed(position.score, 0)}</td>
      <td className="num text-soft max-sm:hidden">{position.openedAtMs === null ? DASH : formatDuration(now - position.openedAtMs)}</td>
      <td className="num max-md:hidden">{formatSol(parseLamports(position.costLamports))}</td>
      <td className="num max-md:hidden">{formatSol(parseLamports(position.valueLamports))}</td>
      <td
        className={`num font-medium ${isOld ? "text-warn" : signTone(position.returnBps)}`}
        title={isOld ? `Last mark ${formatDuration(markAgeMs)} ago` : undefined}
      >
        {formatPercent(position.returnBps, { signed: true })}
        {isOld && <span className="sr-only"> (last mark {formatDuration(markAgeMs)} ago)</span>}
      </td>
      <td>
        <BarrierBar position={position} />
      </td>
      <td className="num text-soft">{position.deadlineMs <= now ? "due" : formatDuration(position.deadlineMs - now)}</td>
      <td>
        <Chip
          tone={STATUS_TONE[position.status] ?? "neutral"}
          {...(position.reason === null ? {} : { title: `${position.reason}: ${reasonText(position.reason)}` })}
        >
          {position.status}
        </Chip>
        <Progress position={position} />
      </td>
      {canSell && (
        <td>
          <SellButton position={position} />
        </td>
      )}
    </tr>
  );
}

/** What was sold of it by the ladder, and the peak that an armed trailing stop hangs from. */
function Progress({ position: { soldBps, peakReturnBps } }: { readonly position: PositionView }) {
  const sold = soldBps != null && soldBps > 0 && soldBps < 10_000 ? `${formatPercent(soldBps, { decimals: 0 })} sold` : "";
  const trailing = peakReturnBps == null ? "" : `trailing ${formatPercent(peakReturnBps, { decimals: 0, signed: true })}`;
  if (sold === "" && trailing === "") return null;
  return (
    <span
      className="block whitespace-nowrap text-micro text-accent"
      title="Sold by the take-profit ladder so far; cost, value and P&L are of what is held. Trailing: the peak that the stop hangs from."
    >
      {[sold, trailing].filter((text) => text !== "").join(", ")}
    </span>
  );
}

/** Sells one position: the first press asks, the second within a few seconds does it. */
function SellButton({ position }: { readonly position: PositionView }) {
  const actions = useOperatorActions();
  const [isAsking, setAsking] = useState(false);
  const [isAsked, setAsked] = useState(false);
  useEffect(() => {
    if (!isAsking) return;
    const timer = setTimeout(() => setAsking(false), ASK_MS);
    return () => clearTimeout(timer);
  }, [isAsking]);
  const symbol = readableText(position.symbol, SYMBOL_MAX) || "unnamed token";
  if (isAsked || position.status === "exiting") return <span className="text-micro text-faint">{isAsked ? "asked" : ""}</span>;
  return (
    <button
      type="button"
      disabled={actions.isRunning}
      aria-label={isAsking ? `Sell ${symbol} now, sure?` : `Sell ${symbol}`}
      title={actions.error === null ? "Sell now, at what the pool pays" : reasonDetail(actions.error.message)}
      onClick={() => {
        if (!isAsking) setAsking(true);
        else void actions.run({ kind: "close", positionId: position.positionId }).then(setAsked);
      }}
      className={`rounded border px-1.5 text-micro font-medium ${isAsking ? "border-loss bg-loss/15 text-loss" : "border-edge text-soft hover:text-ink"}`}
    >
      {isAsking ? "Sure?" : actions.error === null ? "Sell" : "Failed: sell"}
    </button>
  );
}

/** Where the return stands between stop (left end) and target (right end); the tick is break-even. */
function BarrierBar({ position }: { readonly position: PositionView }) {
  const { returnBps, stopLossBps, takeProfitBps } = position;
  const zero = barrierPosition(0, stopLossBps, takeProfitBps);
  const at = returnBps === null ? null : barrierPosition(returnBps, stopLossBps, takeProfitBps);
  const stop = formatPercent(-stopLossBps, { decimals: 0 });
  const target = formatPercent(takeProfitBps, { decimals: 0, signed: true });
  if (zero === null) return DASH;
  return (
    <div className="flex items-center gap-1.5 text-micro text-faint">
      <span className="w-8 text-right max-sm:sr-only">{stop}</span>
      <div className="relative h-1.5 min-w-10 flex-1 rounded-sm bg-line" title={`Stop ${stop}, target ${target}`}>
        {at !== null && (
          <div
            className={`absolute inset-y-0 rounded-sm ${at >= zero ? "bg-gain" : "bg-loss"}`}
            style={{ left: `${Math.min(at, zero) * 100}%`, width: `${Math.abs(at - zero) * 100}%` }}
          />
        )}
        <div className="absolute -inset-y-0.5 w-px bg-soft" style={{ left: `${zero * 100}%` }} />
      </div>
      <span className="w-8 max-sm:sr-only">{target}</span>
    </div>
  );
}
