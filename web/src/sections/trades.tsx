import { memo, useState } from "react";
import type { TradeView } from "../../../domain/api/types.ts";
import { Chip, signTone, type Tone } from "../components/chip.tsx";
import { listFeedback } from "../components/feedback.tsx";
import { Older, useVisible } from "../components/older.tsx";
import { Scroll } from "../components/panel.tsx";
import { Reason } from "../components/reason.tsx";
import { Time } from "../components/time.tsx";
import { Token } from "../components/token.tsx";
import { serverNow } from "../data/clock.ts";
import { tradeId } from "../data/live.ts";
import { TRADES, useTrades } from "../data/queries.ts";
import { formatDuration, formatFixed, formatPercent, formatSol, parseLamports } from "../lib/format.ts";
import { exitLabel, reasonText } from "../lib/reasons.ts";

const EXIT_TONE: Readonly<Record<string, Tone>> = {
  EXIT_TAKE_PROFIT: "gain",
  EXIT_TRAILING_STOP: "gain",
  EXIT_LADDER: "gain",
  EXIT_CREATOR_SOLD: "loss",
  EXIT_MINT_CHANGED: "loss",
  EXIT_PRICE_GAP: "loss",
  EXIT_STOP_LOSS: "loss",
  EXIT_LIQUIDITY_COLLAPSE: "loss",
};
const FRESH_MS = 4_000;

/** Closed trades, newest first. */
export function Trades() {
  const query = useTrades();
  const trades = query.data?.items ?? [];
  const visible = useVisible(TRADES, tradeId, trades.length, query.data?.next ?? null);
  const feedback = listFeedback(
    query,
    trades.length,
    "No closed trade yet. A position closes at its stop, its target, its time limit, or when the pool's liquidity collapses.",
  );
  return (
    feedback ?? (
      <Scroll label="Trades, list">
        <table className="data-table">
          <thead>
            <tr>
              <th scope="col">Closed</th>
              <th scope="col">Token</th>
              <th scope="col" className="max-sm:hidden">
                Ledger
              </th>
              <th scope="col" className="num max-md:hidden">
                Score
              </th>
              <th scope="col">Exit</th>
              <th scope="col" className="num max-sm:hidden">
                Hold
              </th>
              <th scope="col" className="num max-md:hidden">
                Cost
              </th>
              <th scope="col" className="num max-md:hidden">
                Proceeds
              </th>
              <th scope="col" className="num max-md:hidden">
                Fees
              </th>
              <th scope="col" className="num">
                P&L SOL
              </th>
              <th scope="col" className="num max-sm:hidden">
                Return
              </th>
            </tr>
          </thead>
          <tbody>
            {trades.slice(0, visible.count).map((trade) => (
              <TradeRow key={trade.positionId} trade={trade} />
            ))}
          </tbody>
        </table>
        <Older visible={visible} what="trades" />
      </Scroll>
    )
  );
}

const TradeRow = memo(function TradeRow({ trade }: { readonly trade: TradeView }) {
  const [isFresh] = useState(() => serverNow() - trade.closedAtMs < FRESH_MS);
  const pnl = parseLamports(trade.pnlLamports);
  return (
    <tr className={isFresh ? "fresh" : ""}>
      <td>
        <Time atMs={trade.closedAtMs} nowMs={serverNow()} />
      </td>
      <th scope="row">
        <Token symbol={trade.symbol} mint={trade.mint} />
      </th>
      <td className="max-sm:hidden">
        <span className="flex items-center gap-1.5">
          <Chip tone={trade.isDryRun ? "accent" : "loss"}>{trade.isDryRun ? "paper" : "live"}</Chip>
          <span className="whitespace-nowrap text-micro text-faint">{trade.ledger}</span>
        </span>
      </td>
      <td className="num max-md:hidden">{formatFixed(trade.score, 0)}</td>
      <td>
        <Chip tone={EXIT_TONE[trade.exitReason] ?? "neutral"} title={`${trade.exitReason}: ${reasonText(trade.exitReason)}`}>
          {exitLabel(trade.exitReason)}
        </Chip>
        <Reason code={trade.exitReason} className="ml-2 text-soft max-2xl:sr-only" />
      </td>
      <td className="num text-soft max-sm:hidden">{formatDuration(trade.holdMs)}</td>
      <td className="num max-md:hidden">{formatSol(parseLamports(trade.costLamports))}</td>
      <td className="num max-md:hidden">{formatSol(parseLamports(trade.proceedsLamports))}</td>
      <td className="num text-soft max-md:hidden">{formatSol(parseLamports(trade.feesLamports))}</td>
      <td className={`num font-medium ${signTone(pnl)}`}>
        {formatSol(pnl, { signed: true })}
        <span className="block text-micro sm:hidden">{formatPercent(trade.returnBps, { signed: true })}</span>
      </td>
      <td className={`num max-sm:hidden ${signTone(trade.returnBps)}`}>{formatPercent(trade.returnBps, { signed: true })}</td>
    </tr>
  );
});
