import type { ReactNode } from "react";
import { STATE_MEANING } from "../../../domain/api/trading-state.ts";
import type { LedgerStatus, Status } from "../../../domain/api/types.ts";
import { Chip, type Tone } from "../components/chip.tsx";
import { Choice } from "../components/choice.tsx";
import { Reason } from "../components/reason.tsx";
import { useServerNow } from "../data/clock.ts";
import type { FeedState } from "../data/feed.ts";
import { feedState, POLL_MS } from "../data/queries.ts";
import { useRisk } from "../data/risk.ts";
import { useStore } from "../data/store.ts";
import { DASH, formatDuration, formatNumber } from "../lib/format.ts";
import { NAME_MAX, readableText } from "../lib/text.ts";
import { STATE_TONE } from "./risk-state.tsx";

/** A price older than this is marked: sizes and USD figures rest on it. */
const PRICE_OLD_MS = 60_000;
/** Without a graduation for this long the source is probably down. */
const FEED_OLD_MS = 30 * 60_000;

const FEED_TEXT: Readonly<Record<FeedState, { tone: Tone; text: string }>> = {
  live: { tone: "gain", text: "Feed connected" },
  connecting: { tone: "warn", text: "Feed connecting" },
  waiting: { tone: "warn", text: `Polling every ${POLL_MS / 1_000}s` },
};

interface StripProps {
  readonly status: Status | undefined;
  readonly ledger: LedgerStatus | null;
  readonly onLedger: (ledger: string) => void;
}

/** What mode this is, whether it trades, and how fresh everything is. */
export function StatusStrip({ status, ledger, onLedger }: StripProps) {
  const now = useServerNow();
  const feed = FEED_TEXT[useStore(feedState)];
  const waitedMs = status === undefined ? 0 : Math.max(0, now - status.nowMs);
  const priceAgeMs = status?.solUsd ? status.solUsd.ageMs + waitedMs : null;
  const feedAgeMs = status?.feedAgeMs == null ? null : status.feedAgeMs + waitedMs;
  return (
    <header
      className={`flex min-h-11 flex-wrap items-center gap-x-5 gap-y-1 rounded-md border bg-panel px-3 py-1.5 ${
        status?.mode === "live" ? "border-live" : "border-line"
      }`}
    >
      <h1 className="text-base font-semibold tracking-tight">Sniper</h1>
      {status !== undefined && <ModeBadge mode={status.mode} network={status.network} />}
      {status !== undefined && status.ledgers.length > 1 && (
        <Choice
          label="Ledger of the state and figures"
          options={status.ledgers.map((item) => ({ value: item.ledger, text: item.ledger }))}
          value={ledger?.ledger ?? ""}
          onChange={onLedger}
        />
      )}
      <dl className="contents">
        <Fact name="State" label={ledger === null ? undefined : STATE_MEANING[ledger.state]}>
          {ledger === null ? (
            DASH
          ) : (
            <>
              <a href="#risk" className="hover:underline" title={`${STATE_MEANING[ledger.state]} Who, why and the levers: Risk.`}>
                <Chip tone={STATE_TONE[ledger.state]}>{ledger.state}</Chip>
              </a>
              <StateNote ledger={ledger} />
            </>
          )}
        </Fact>
        <Fact name="Last graduation" isWarning={feedAgeMs !== null && feedAgeMs > FEED_OLD_MS}>
          {status === undefined ? DASH : feedAgeMs === null ? "none yet" : `${formatDuration(feedAgeMs)} ago`}
        </Fact>
        <Fact name="Slot">{formatNumber(status?.slot)}</Fact>
        <Fact name="SOL/USD" isWarning={priceAgeMs !== null && priceAgeMs > PRICE_OLD_MS}>
          {status?.solUsd ? (
            <>
              ${status.solUsd.value.toFixed(2)}{" "}
              <span className="text-faint">
                {status.solUsd.source}, {formatDuration(priceAgeMs)} old
              </span>
            </>
          ) : (
            DASH
          )}
        </Fact>
        <Fact name="Parameters">
          <span className="font-mono text-micro">{status?.parameters.version ?? DASH}</span>
        </Fact>
        <Fact name="Model">
          <span className="font-mono text-micro">
            {status === undefined ? DASH : status.champion === null ? "none" : `${status.champion.name} ${status.champion.version}`}
          </span>
        </Fact>
      </dl>
      <p className="ml-auto" role="status" aria-label="Live feed">
        <Chip tone={feed.tone}>{feed.text}</Chip>
      </p>
    </header>
  );
}

/** Why entries are stopped and by whom; what is reached or not compared yet, while they run. */
function StateNote({ ledger }: { readonly ledger: LedgerStatus }) {
  const risk = useRisk(ledger.ledger).data;
  const reached = risk?.limits.filter(({ code, isReached }) => isReached && code !== "ENTRY_COOLDOWN").length ?? 0;
  const reason = risk?.stateReason ?? ledger.stateReason;
  return (
    <span className="ml-2 text-soft">
      {reason !== null && <Reason code={reason} />}
      {risk !== undefined && ledger.state !== "ACTIVE" && <span> by {readableText(risk.author, NAME_MAX)}</span>}
      {risk !== undefined && !risk.isReconciled && <span className="text-warn"> reconciling: entries wait</span>}
      {risk !== undefined && risk.state === "ACTIVE" && risk.locks.some(({ scope }) => scope === "all") && (
        <span className="text-warn"> all entries are locked</span>
      )}
      {ledger.state === "ACTIVE" && reached > 0 && (
        <span className="text-warn"> {reached === 1 ? "a limit is" : `${reached} limits are`} reached</span>
      )}
    </span>
  );
}

function ModeBadge({ mode, network }: { readonly mode: Status["mode"]; readonly network: Status["network"] }) {
  const isLive = mode === "live";
  return (
    <p className="flex items-center gap-2">
      <span
        title={isLive ? "Orders are signed with the wallet." : "Simulated fills; no wallet, no real money."}
        className={`rounded px-2 py-0.5 font-bold tracking-wider ${isLive ? "bg-live text-base text-white" : "bg-accent text-micro text-canvas"}`}
      >
        {isLive ? "LIVE" : "PAPER"}
      </span>
      {isLive && <span className="text-small font-semibold text-loss">{network === "mainnet" ? "real money" : "play money"}</span>}
      <span className="text-small text-soft">{network}</span>
    </p>
  );
}

interface FactProps {
  readonly name: string;
  readonly label?: string | undefined;
  readonly isWarning?: boolean;
  readonly children: ReactNode;
}

function Fact({ name, label, isWarning = false, children }: FactProps) {
  return (
    <div className="flex min-h-5 items-center gap-1.5 text-small" title={label}>
      <dt className="whitespace-nowrap text-faint">{name}</dt>
      <dd className={isWarning ? "text-warn" : ""}>{children}</dd>
    </div>
  );
}
