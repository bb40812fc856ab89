import { type FormEvent, useState } from "react";
import { parseDurationMs } from "../../../domain/api/duration.ts";
import type { LockView, RiskView } from "../../../domain/api/types.ts";
import { ActionButton, Confirm, FIELD_CLASS } from "../components/action.tsx";
import { Choice } from "../components/choice.tsx";
import { Reason } from "../components/reason.tsx";
import { Address } from "../components/token.tsx";
import { useServerNow } from "../data/clock.ts";
import { operatorToken } from "../data/operator.ts";
import type { OperatorActions } from "../data/risk.ts";
import { useStore } from "../data/store.ts";
import { formatClock, formatDuration } from "../lib/format.ts";
import { NAME_MAX, readableText } from "../lib/text.ts";

/** Base58 of 32 bytes (Solana addresses). */
const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;
const REASON_MAX = 200;
const SCOPES = [
  { value: "mint", text: "Mint" },
  { value: "creator", text: "Creator" },
  { value: "all", text: "All entries" },
] as const;

interface Props {
  readonly risk: RiskView;
  readonly actions: OperatorActions;
}

/** Locks in force, each with a button that lifts it, and the form that sets one. */
export function RiskLocks({ risk, actions }: Props) {
  return (
    <div className="flex flex-col gap-2.5 px-3 pb-3">
      {risk.locks.length === 0 ? (
        <p className="text-small text-soft">No lock is in force.</p>
      ) : (
        <ul className="flex flex-col gap-1.5">
          {risk.locks.map((lock) => (
            <LockRow key={lock.lockId} lock={lock} actions={actions} />
          ))}
        </ul>
      )}
      <LockForm ledger={risk.ledger} actions={actions} />
    </div>
  );
}

function LockRow({ lock, actions }: { readonly lock: LockView; readonly actions: OperatorActions }) {
  const now = useServerNow();
  const hasToken = useStore(operatorToken) !== null;
  const [isAsking, setAsking] = useState(false);
  const { lockId, scope, value, untilMs, reason, author, atMs } = lock;
  return (
    <li className="rounded border border-warn/40 bg-warn/10 px-2.5 py-1.5 text-small">
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-2">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <strong className="font-medium text-warn">{scope === "all" ? "All entries" : scope === "mint" ? "Mint" : "Creator"}</strong>
          {value !== null && <Address address={value} what={`${scope} address`} />}
          <span className="text-soft">
            {untilMs === null ? "until it is lifted" : `for ${formatDuration(untilMs - now)} more, until ${formatClock(untilMs, now)}`}
          </span>
        </p>
        <ActionButton isDisabled={!hasToken || isAsking} label={`Lift the lock on ${scope}`} onClick={() => setAsking(true)}>
          Lift
        </ActionButton>
      </div>
      <p className="text-soft">
        <Reason code={readableText(reason, REASON_MAX)} />{" "}
        <span className="text-faint">
          by {readableText(author, NAME_MAX)} at {formatClock(atMs, now)}
        </span>
      </p>
      {isAsking && (
        <div className="mt-1.5">
          <Confirm
            question={<p>Entries resume where this was the only stop.{author === "system" && " A breaker of the engine set it."}</p>}
            yes="Lift the lock"
            tone="go"
            isRunning={actions.isRunning}
            onYes={() => void actions.run({ kind: "unlock", lockId }).then(() => setAsking(false))}
            onNo={() => setAsking(false)}
          />
        </div>
      )}
    </li>
  );
}

function LockForm({ ledger, actions }: { readonly ledger: string; readonly actions: OperatorActions }) {
  const hasToken = useStore(operatorToken) !== null;
  const [scope, setScope] = useState<LockView["scope"]>("mint");
  const [value, setValue] = useState("");
  const [length, setLength] = useState("1h");
  const [reason, setReason] = useState("");
  const durationMs = length.trim() === "" ? null : parseDurationMs(length);
  const isAddress = scope === "all" || ADDRESS.test(value.trim());
  const isLength = length.trim() === "" || durationMs !== null;
  const isComplete = isAddress && isLength && reason.trim() !== "";

  async function set(event: FormEvent): Promise<void> {
    event.preventDefault();
    const order = { scope, value: scope === "all" ? null : value.trim(), durationMs, reason: reason.trim() };
    if (!(await actions.run({ kind: "lock", ledger, ...order }))) return;
    setValue("");
    setReason("");
  }

  return (
    <form onSubmit={(event) => void set(event)} className="flex flex-col gap-1.5 rounded border border-line p-2.5">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h4 className="text-small font-medium">Lock</h4>
        <Choice label="What is locked" options={SCOPES} value={scope} onChange={setScope} />
      </div>
      {scope !== "all" && (
        <input
          aria-label={`Address of the ${scope}`}
          placeholder={`Address of the ${scope}`}
          spellCheck={false}
          autoComplete="off"
          maxLength={44}
          aria-invalid={value !== "" && !isAddress}
          value={value}
          onChange={(event) => setValue(event.target.value)}
          className={`${FIELD_CLASS} font-mono`}
        />
      )}
      <div className="grid grid-cols-[6.5rem_minmax(0,1fr)_auto] gap-1.5">
        <input
          aria-label="For how long: a number with s, m, h or d; empty until it is lifted"
          title="A number with s, m, h or d; empty until it is lifted"
          placeholder="until lifted"
          autoComplete="off"
          maxLength={9}
          aria-invalid={!isLength}
          value={length}
          onChange={(event) => setLength(event.target.value)}
          className={`${FIELD_CLASS} ${isLength ? "" : "border-loss"}`}
        />
        <input
          aria-label="Reason"
          placeholder="Why?"
          maxLength={REASON_MAX}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          className={FIELD_CLASS}
        />
        <ActionButton tone="stop" isSubmit isDisabled={!hasToken || !isComplete || actions.isRunning}>
          Lock
        </ActionButton>
      </div>
      <p className="text-micro text-faint">Entries stop for it, exits go on. Time: 30m, 2h, 7d, or empty until it is lifted.</p>
    </form>
  );
}
