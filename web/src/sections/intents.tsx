import { memo, type ReactNode, useId, useState } from "react";
import type { IntentView } from "../../../domain/api/types.ts";
import { Chip, type Tone } from "../components/chip.tsx";
import { listFeedback } from "../components/feedback.tsx";
import { Older, useVisible } from "../components/older.tsx";
import { Time } from "../components/time.tsx";
import { Address } from "../components/token.tsx";
import { serverNow } from "../data/clock.ts";
import { intentId } from "../data/live.ts";
import { INTENTS, useIntents } from "../data/queries.ts";
import { costRows, judgeOrder } from "../lib/costs.ts";
import { DASH, formatNumber, formatSol, formatUnits, parseLamports } from "../lib/format.ts";
import { reasonDetail, reasonText } from "../lib/reasons.ts";

const STATUS_TONE: Readonly<Record<string, Tone>> = { landed: "gain", failed: "loss", expired: "warn", unknown: "warn", sent: "accent" };
const COLUMNS = 8;

/** Live orders, the newest change first; a row opens to what was predicted and what moved. */
export function Intents() {
  const query = useIntents();
  const [openId, setOpenId] = useState<string | null>(null);
  const intents = query.data?.items ?? [];
  const visible = useVisible(INTENTS, intentId, intents.length, query.data?.next ?? null);
  const feedback = listFeedback(query, intents.length, "No live order yet. On paper nothing is signed, and nothing appears here.");
  return (
    feedback ?? (
      <>
        <table className="data-table" aria-label="Live orders">
          <thead>
            <tr>
              <th scope="col">Changed</th>
              <th scope="col">Side</th>
              <th scope="col">Status</th>
              <th scope="col">Mint</th>
              <th scope="col" className="num max-sm:hidden" title="SOL of a buy, smallest token units of a sell">
                Amount in
              </th>
              <th scope="col" className="max-sm:hidden">
                Signature
              </th>
              <th scope="col" className="num max-md:hidden" title="How often the same bytes were sent">
                Sends
              </th>
              <th scope="col" className="w-full max-sm:hidden">
                Against its prediction
              </th>
            </tr>
          </thead>
          {intents.slice(0, visible.count).map((intent) => (
            <IntentRows key={intent.intentId} intent={intent} isOpen={intent.intentId === openId} onToggle={setOpenId} />
          ))}
        </table>
        <Older visible={visible} what="orders" />
      </>
    )
  );
}

interface RowProps {
  readonly intent: IntentView;
  readonly isOpen: boolean;
  readonly onToggle: (id: string | null) => void;
}

const IntentRows = memo(function IntentRows({ intent, isOpen, onToggle }: RowProps) {
  const detailId = useId();
  return (
    <tbody>
      <tr>
        <td>
          <button
            type="button"
            aria-expanded={isOpen}
            aria-controls={detailId}
            onClick={() => onToggle(isOpen ? null : intent.intentId)}
            className="flex items-center gap-1.5"
          >
            <svg aria-hidden="true" viewBox="0 0 8 8" className={`size-2 fill-faint ${isOpen ? "rotate-90" : ""}`}>
              <path d="M2 0.5 6.5 4 2 7.5z" />
            </svg>
            <Time atMs={intent.updatedAtMs} nowMs={serverNow()} />
            <span className="sr-only">{isOpen ? ", hide costs" : ", show costs"}</span>
          </button>
        </td>
        <th scope="row" className={intent.side === "buy" ? "text-accent" : ""}>
          {intent.side}
        </th>
        <td>
          <Chip tone={STATUS_TONE[intent.status] ?? "neutral"} {...(intent.reason === null ? {} : { title: reasonText(intent.reason) })}>
            {intent.status}
          </Chip>
        </td>
        <td>
          <Address address={intent.mint} what="mint address" />
        </td>
        <td className="num max-sm:hidden">
          {intent.side === "buy" ? `${formatSol(parseLamports(intent.amountIn))} SOL` : formatUnits(parseLamports(intent.amountIn))}
        </td>
        <td className="max-sm:hidden">
          {intent.signature === null ? DASH : <Address address={intent.signature} what="transaction signature" />}
        </td>
        <td className="num max-md:hidden">{formatNumber(intent.sends)}</td>
        <td className="max-sm:hidden">
          <Verdict intent={intent} />
        </td>
      </tr>
      {isOpen && (
        <tr id={detailId}>
          <td colSpan={COLUMNS} className="bg-canvas/60">
            <Costs intent={intent} />
          </td>
        </tr>
      )}
    </tbody>
  );
});

function Verdict({ intent }: { readonly intent: IntentView }) {
  if (intent.reason !== null && intent.status !== "landed") return <span className="text-soft">{reasonText(intent.reason)}</span>;
  switch (judgeOrder(intent)) {
    case "equal":
      return <span className="text-gain">as predicted</span>;
    case "moved":
      return <span className="text-soft">as predicted at the price it met</span>;
    case "missed":
      return <span className="text-warn">not as predicted</span>;
    case null:
      return DASH;
  }
}

/** Predicted against actual in whole lamports: a difference of one is a difference. */
function Costs({ intent }: { readonly intent: IntentView }) {
  const detail = reasonDetail(intent.detail ?? undefined);
  const verdict = judgeOrder(intent);
  return (
    <div className="max-w-3xl py-1">
      <dl className="flex flex-wrap gap-x-5 text-micro text-soft">
        <Fact name="Order">{intent.intentId}</Fact>
        {intent.reactionMs !== null && <Fact name="Market read to first send">{formatNumber(intent.reactionMs)} ms</Fact>}
        <Fact name="Least out">{formatUnits(parseLamports(intent.minOut))}</Fact>
        <Fact name="Slot">{formatNumber(intent.slot)}</Fact>
        <Fact name="Sends">{formatNumber(intent.sends)}</Fact>
        {intent.signature !== null && (
          <Fact name="Signature">
            <Address address={intent.signature} what="transaction signature" />
          </Fact>
        )}
      </dl>
      {(intent.reason !== null || detail !== "") && (
        <p className="text-micro text-warn">
          {intent.reason !== null && reasonText(intent.reason)} {detail !== "" && <bdi className="break-words text-soft">{detail}</bdi>}
        </p>
      )}
      {verdict === "moved" && (
        <p className="text-micro text-soft">
          The price moved between quote and landing. Computed again on the reserves that the transaction met, every cost is what moved.
        </p>
      )}
      <table className="data-table" aria-label="Predicted against actual">
        <thead>
          <tr>
            <th scope="col">Cost</th>
            <th scope="col" className="num max-sm:hidden">
              Predicted
            </th>
            <th scope="col" className="num">
              Actual
            </th>
            <th scope="col" className="num">
              Difference
            </th>
          </tr>
        </thead>
        <tbody>
          {costRows(intent.predicted, intent.actual).map(({ label, unit, predicted, actual, difference }) => (
            <tr key={label} className={differenceTone(difference, verdict)}>
              <th scope="row">
                {label} <span className="text-faint max-sm:hidden">{unit}</span>
              </th>
              <td className="num max-sm:hidden">{formatUnits(predicted)}</td>
              <td className="num">{formatUnits(actual)}</td>
              <td className="num">{difference === 0n ? "none" : formatUnits(difference, true)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function differenceTone(difference: bigint | null, verdict: ReturnType<typeof judgeOrder>): string {
  if (difference === null || difference === 0n) return "";
  return verdict === "moved" ? "bg-raised" : "bg-warn/15 text-warn";
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex min-w-0 gap-1.5">
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0 break-all">{children}</dd>
    </div>
  );
}
