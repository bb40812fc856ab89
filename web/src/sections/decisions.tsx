import { memo, useId, useMemo, useState } from "react";
import type { DecisionView } from "../../../domain/api/types.ts";
import { Chip, type Tone } from "../components/chip.tsx";
import { Choice } from "../components/choice.tsx";
import { listFeedback } from "../components/feedback.tsx";
import { Older, useVisible } from "../components/older.tsx";
import { Scroll } from "../components/panel.tsx";
import { Time } from "../components/time.tsx";
import { Token } from "../components/token.tsx";
import { serverNow } from "../data/clock.ts";
import { decisionId, type OutcomeFilter } from "../data/live.ts";
import { decisionsRequest, useList } from "../data/queries.ts";
import { DASH, formatFixed, formatLatency } from "../lib/format.ts";
import { reasonDetail, reasonText } from "../lib/reasons.ts";
import { readableText } from "../lib/text.ts";
import { DecisionDetail } from "./decision-detail.tsx";

const FILTERS: ReadonlyArray<{ value: OutcomeFilter; text: string }> = [
  { value: "ALL", text: "All" },
  { value: "BUY", text: "Buy" },
  { value: "WATCH", text: "Watch" },
  { value: "DECLINE", text: "Decline" },
];
const OUTCOME_TONE: Readonly<Record<DecisionView["outcome"], Tone>> = { BUY: "gain", WATCH: "warn", DECLINE: "neutral" };
/** Who decided: the Discoverer's filters, the Analyzer's judgement, or the Trader's risk checks. */
const STAGE_NAME: Readonly<Record<string, string>> = { discover: "filter", analyze: "judgement", trade: "trade" };
/** What a BUY without a reason means at its stage. */
const BUY_TEXT: Readonly<Record<string, string>> = {
  analyze: "Passed every filter and gate, and the score reached the threshold.",
  trade: "Passed the risk checks; the entry was ordered.",
};
/** A row younger than this when it appears is highlighted. */
const FRESH_MS = 4_000;
const COLUMNS = 10;

/** Every decision as it falls, with its reasons; a row opens to what it rests on. */
export function Decisions() {
  const [filter, setFilter] = useState<OutcomeFilter>("ALL");
  const [openId, setOpenId] = useState<string | null>(null);
  const request = useMemo(() => decisionsRequest(filter), [filter]);
  const query = useList(request);
  const decisions = query.data?.items ?? [];
  const visible = useVisible(request, decisionId, decisions.length, query.data?.next ?? null);
  const feedback = listFeedback(
    query,
    decisions.length,
    filter === "ALL"
      ? "Every token that graduates ends here with a decision and its reasons. The first one comes with the first graduation."
      : `No decision ended in ${filter} yet.`,
  );
  return (
    <>
      <div className="flex min-h-9 flex-wrap items-center justify-between gap-2 px-3 py-1">
        <p className="text-micro text-faint">Newest first. Open a row for findings, contributions and features.</p>
        <Choice label="Outcome" options={FILTERS} value={filter} onChange={setFilter} />
      </div>
      {feedback ?? (
        <Scroll label="Decisions, list">
          <table className="data-table">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Token</th>
                <th scope="col">Outcome</th>
                <th scope="col" className="num">
                  Score
                </th>
                <th scope="col" className="num max-lg:hidden" title="On-chain part of the score">
                  Chain
                </th>
                <th scope="col" className="num max-lg:hidden" title="Sentiment part of the score">
                  Sentiment
                </th>
                <th scope="col" className="num max-lg:hidden" title="Social part of the score">
                  Social
                </th>
                <th scope="col" className="num max-lg:hidden" title="Champion model's probability times 100">
                  Model
                </th>
                <th scope="col" className="w-full max-sm:hidden">
                  Reasons
                </th>
                <th scope="col" className="num max-sm:hidden">
                  Latency
                </th>
              </tr>
            </thead>
            {decisions.slice(0, visible.count).map((decision) => (
              <DecisionRows key={decision.id} decision={decision} isOpen={decision.id === openId} onToggle={setOpenId} />
            ))}
          </table>
          <Older visible={visible} what="decisions" />
        </Scroll>
      )}
    </>
  );
}

interface RowProps {
  readonly decision: DecisionView;
  readonly isOpen: boolean;
  readonly onToggle: (id: string | null) => void;
}

const DecisionRows = memo(function DecisionRows({ decision, isOpen, onToggle }: RowProps) {
  const detailId = useId();
  const [isFresh] = useState(() => serverNow() - decision.atMs < FRESH_MS);
  const { parts } = decision;
  return (
    <tbody>
      <tr className={`max-sm:[&>*]:border-b-transparent! ${isFresh ? "fresh" : ""}`}>
        <td>
          <button
            type="button"
            aria-expanded={isOpen}
            aria-controls={detailId}
            onClick={() => onToggle(isOpen ? null : decision.id)}
            className="flex items-center gap-1.5"
          >
            <svg aria-hidden="true" viewBox="0 0 8 8" className={`size-2 fill-faint ${isOpen ? "rotate-90" : ""}`}>
              <path d="M2 0.5 6.5 4 2 7.5z" />
            </svg>
            <Time atMs={decision.atMs} nowMs={serverNow()} />
            <span className="sr-only">{isOpen ? ", hide details" : ", show details"}</span>
          </button>
        </td>
        <th scope="row">
          <Token symbol={decision.symbol} mint={decision.mint} />
        </th>
        <td>
          <span className="flex items-center gap-x-2 whitespace-nowrap max-sm:flex-col max-sm:items-start">
            <Chip tone={OUTCOME_TONE[decision.outcome]}>{decision.outcome}</Chip>
            <span className="text-micro text-faint">{STAGE_NAME[decision.stage] ?? readableText(decision.stage, 12)}</span>
          </span>
        </td>
        <td className="num font-medium">{formatFixed(decision.score, 0)}</td>
        <Part value={parts?.onChain} />
        <Part value={parts?.sentiment} />
        <Part value={parts?.social} />
        <Part value={parts?.model} />
        <td className="max-w-0 max-sm:hidden">
          <Reasons decision={decision} className="truncate" />
        </td>
        <td className="num text-soft max-sm:hidden">{formatLatency(decision.latencyMs)}</td>
      </tr>
      <tr className="sm:hidden">
        <td colSpan={COLUMNS} className="text-micro">
          <Reasons decision={decision} className="line-clamp-2 pl-3.5" />
        </td>
      </tr>
      {isOpen && (
        <tr id={detailId}>
          <td colSpan={COLUMNS} className="bg-canvas/60">
            <DecisionDetail decision={decision} />
          </td>
        </tr>
      )}
    </tbody>
  );
});

function Part({ value }: { readonly value: number | null | undefined }) {
  return <td className="num text-soft max-lg:hidden">{formatFixed(value, 0)}</td>;
}

/** All reasons in one line: the first is what decided. */
function Reasons({ decision, className }: { readonly decision: DecisionView; readonly className: string }) {
  const notes = decision.reasons.map(({ code, detail }) => ({ code, text: reasonText(code), detail: reasonDetail(detail) }));
  if (notes.length === 0 && decision.outcome === "BUY") {
    return <span className={`block text-soft ${className}`}>{BUY_TEXT[decision.stage] ?? DASH}</span>;
  }
  return (
    <span className={`block text-soft ${className}`} title={notes.map((note) => `${note.code}: ${note.text} ${note.detail}`).join("\n")}>
      {notes.map((note, index) => (
        <span key={note.code + note.detail}>
          {index > 0 && " "}
          {note.text}
          {note.detail !== "" && <bdi className="text-faint"> {note.detail}</bdi>}
        </span>
      ))}
    </span>
  );
}
