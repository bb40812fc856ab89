import { useState } from "react";
import { liveStopAmong, STATE_MEANING, stopsLiftedByResuming, stopText } from "../../../domain/api/trading-state.ts";
import type { LedgerStatus, RiskView } from "../../../domain/api/types.ts";
import { ActionButton, type ActionTone, Confirm, FIELD_CLASS } from "../components/action.tsx";
import { Chip, type Tone } from "../components/chip.tsx";
import { Reason } from "../components/reason.tsx";
import { useServerNow } from "../data/clock.ts";
import { operatorToken } from "../data/operator.ts";
import type { OperatorActions } from "../data/risk.ts";
import { useStore } from "../data/store.ts";
import { formatClock, formatDuration } from "../lib/format.ts";
import { NAME_MAX, readableText } from "../lib/text.ts";

export const STATE_TONE: Readonly<Record<RiskView["state"], Tone>> = { ACTIVE: "gain", REDUCING: "warn", HALTED: "loss" };
/** As long as the API takes a note. */
const NOTE_MAX = 200;

type Wanted = RiskView["state"] | "SELL";

const BUTTONS: ReadonlyArray<{ readonly wanted: Wanted; readonly text: string; readonly tone: ActionTone }> = [
  { wanted: "ACTIVE", text: "Resume entries", tone: "go" },
  { wanted: "REDUCING", text: "Stop entries", tone: "stop" },
  { wanted: "HALTED", text: "Halt", tone: "stop" },
  { wanted: "SELL", text: "Sell everything", tone: "stop" },
];

interface Props {
  readonly risk: RiskView;
  readonly ledger: LedgerStatus;
  readonly actions: OperatorActions;
}

/** Whether entries run, by whom, since when and why; and the buttons that change it, each with a confirmation. */
export function TradingState({ risk, ledger, actions }: Props) {
  const now = useServerNow();
  const hasToken = useStore(operatorToken) !== null;
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const stops = stopsLiftedByResuming(risk);
  const live = liveStopAmong(stops);
  const isIdle = risk.state === "ACTIVE" && stops.length === 0;
  function ask(button: Wanted): void {
    actions.reset();
    setWanted(button);
  }
  const isOff = (button: Wanted): boolean =>
    !hasToken || (button === "ACTIVE" ? isIdle || live !== null : button === "SELL" ? ledger.openPositions === 0 : button === risk.state);
  return (
    <>
      <div className="flex flex-col gap-1 text-small">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Chip tone={STATE_TONE[risk.state]}>{risk.state}</Chip>
          <span className="text-soft">
            by {readableText(risk.author, NAME_MAX)} since {formatClock(risk.sinceMs, now)}{" "}
            <span className="text-faint">({formatDuration(now - risk.sinceMs)})</span>
          </span>
        </p>
        {risk.stateReason !== null && <Reason code={risk.stateReason} className="text-warn" />}
        {risk.note !== null && <bdi className="break-words text-soft">“{readableText(risk.note, NOTE_MAX)}”</bdi>}
        <p className="text-soft">{STATE_MEANING[risk.state]}</p>
        {!risk.isReconciled && (
          <p role="status" className="text-warn">
            <Chip tone="warn">reconciling</Chip> <Reason code="RECONCILING" /> Entries wait for it; exits go on.
          </p>
        )}
        {live !== null && (
          <p className="text-soft">
            This stop ends with its cause, and with <code className="font-mono text-micro text-ink">npx sniper live enable</code>.
          </p>
        )}
      </div>
      {wanted === null ? (
        <div className="flex flex-wrap gap-2">
          {BUTTONS.map(({ wanted: button, text, tone }) => (
            <ActionButton key={button} tone={tone} isDisabled={isOff(button)} onClick={() => ask(button)}>
              {button === "REDUCING" && risk.state === "HALTED" ? "Ease to REDUCING" : text}
            </ActionButton>
          ))}
        </div>
      ) : (
        <Question risk={risk} ledger={ledger} wanted={wanted} stops={stops} actions={actions} onEnd={() => setWanted(null)} />
      )}
    </>
  );
}

interface QuestionProps extends Props {
  readonly wanted: Wanted;
  /** As they were when the question was put: a stop that comes after it is not lifted with it. */
  readonly stops: readonly string[];
  readonly onEnd: () => void;
}

function Question({ risk, ledger, wanted, stops, actions, onEnd }: QuestionProps) {
  const [note, setNote] = useState("");
  const [seen] = useState(stops);
  const [sinceMs] = useState(risk.sinceMs);
  const [button] = useState(() => BUTTONS.find((one) => one.wanted === wanted));
  async function act(): Promise<void> {
    const isDone =
      wanted === "SELL"
        ? await actions.run({ kind: "close-all", ledger: risk.ledger })
        : await actions.run({ kind: "state", ledger: risk.ledger, state: wanted, note, clears: wanted === "ACTIVE" ? seen : [], sinceMs });
    if (isDone) onEnd();
  }
  return (
    <Confirm
      yes={button?.text ?? "Go on"}
      tone={button?.tone ?? "plain"}
      isRunning={actions.isRunning}
      onYes={() => void act()}
      onNo={onEnd}
      question={<QuestionText risk={risk} ledger={ledger} wanted={wanted} stops={seen} />}
    >
      {wanted !== "SELL" && (
        <input
          aria-label="Note, kept with the state"
          placeholder="Why? Kept with the state"
          maxLength={NOTE_MAX}
          value={note}
          onChange={(event) => setNote(event.target.value)}
          className={FIELD_CLASS}
        />
      )}
    </Confirm>
  );
}

function QuestionText({ risk, ledger, wanted, stops }: Pick<QuestionProps, "risk" | "ledger" | "wanted" | "stops">) {
  const money = ledger.isDryRun ? "" : " with real orders";
  if (wanted === "SELL") {
    return (
      <p>
        Sell all {ledger.openPositions} positions of {risk.ledger} now, at what the pools pay{money}. Entries go on unless they are stopped
        too.
      </p>
    );
  }
  if (wanted !== "ACTIVE") return <p>{STATE_MEANING[wanted]}</p>;
  return (
    <>
      <p>
        Entries of {risk.ledger} run again{money}.{stops.length > 0 && " This clears:"}
      </p>
      {stops.length > 0 && (
        <>
          <ul className="mt-1 ml-4 list-disc">
            {stops.map((code) => (
              <li key={code}>
                <Reason code={code} className="text-warn" />
                {stopText(code) !== "" && <span className="block text-soft">It watches {stopText(code)}.</span>}
              </li>
            ))}
          </ul>
          <p className="mt-1 text-soft">Where a limit is still exceeded, it counts anew from here.</p>
        </>
      )}
    </>
  );
}
