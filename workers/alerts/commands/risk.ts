import { html } from "../../../adapters/telegram/html.ts";
import { parseDurationMs } from "../../../domain/api/duration.ts";
import { liveStopAmong, stopsLiftedByResuming, stopText } from "../../../domain/api/trading-state.ts";
import type { LedgerLockView, RiskView } from "../../../domain/api/types.ts";
import { isAddress } from "../../../domain/solana/address.ts";
import { reasonText } from "../reason-text.ts";
import { askFirst, change, resume } from "./confirm.ts";
import type { Answer, Command, Desk, Request } from "./desk.ts";
import { limitText, lockText, riskLines, settledText, untappable } from "./risk-text.ts";

/** More would not fit one message of 4096 characters. */
const MAX_LISTED = 12;
/** As long as the API takes a note or reason. */
const MAX_NOTE_LENGTH = 200;

const risk: Answer = async ({ words: [wanted] }, desk) => {
  const { risks, unanswered } = await desk.risks();
  const shown = wanted === undefined ? risks : risks.filter(({ ledger }) => ledger.toLowerCase() === wanted.toLowerCase());
  if (shown.length === 0 && unanswered.length === 0) return noSuchLedger(risks);
  return [...shown.map((view) => riskText(view, shown.length === 1)), ...silent(unanswered)].join("\n\n");
};

/** All limits of one ledger, or of several the ones that are in use. */
function riskText(view: RiskView, isWhole: boolean): string {
  const limits = view.limits.filter(({ used, isReached }) => isWhole || isReached || used > 0);
  const locks = view.locks.length === 0 ? "no locks" : `${view.locks.length} locks: /locks`;
  return [...riskLines(view), ...limits.map(limitText), locks].join("\n");
}

const locks: Answer = async (_request, desk) => {
  const { risks, unanswered } = await desk.risks();
  const all = locksOf(risks);
  const more = all.length - MAX_LISTED;
  const lines = [...all.slice(0, MAX_LISTED).map(lockText), ...(more > 0 ? [`and ${more} more`] : []), ...silent(unanswered)];
  return lines.join("\n") || "No lock is in force.";
};

const LOCK_USAGE = "Like this: /lock mint ADDRESS 2h reason · /lock creator ADDRESS forever reason · /lock all 30m reason";

const lock: Answer = async ({ words }, desk) => {
  const [scope, ...rest] = words;
  if (scope !== "mint" && scope !== "creator" && scope !== "all") return LOCK_USAGE;
  const value = scope === "all" ? null : (rest.shift() ?? "");
  if (value !== null && !isAddress(value)) return html`That is no address. ${LOCK_USAGE}`;
  const length = rest.shift() ?? "";
  const durationMs = parseDurationMs(length);
  if (durationMs === null && length !== "forever") return html`How long? A number with s, m, h or d, or "forever". ${LOCK_USAGE}`;
  const reason = rest.join(" ").slice(0, MAX_NOTE_LENGTH);
  if (reason === "") return html`And why? ${LOCK_USAGE}`;
  const set = await desk.setLocks({ ledger: null, scope, value, untilMs: durationMs === null ? null : desk.nowMs + durationMs, reason });
  if (!set.ok) return html`Not locked: ${set.detail ?? ""} ${reasonText(set.reason)}`;
  return [...set.value.map(lockText), "Entries stop for it, exits go on."].join("\n");
};

const unlock: Answer = async ({ words: [word = ""] }, desk) => {
  const lockId = untappable(word);
  const held = locksOf((await desk.risks()).risks).filter((one) => one.lockId === lockId);
  if (held.length === 0) return "Which? /locks lists them.";
  const needsYes = held.some(({ author, ledger }) => author === "system" || isLive(ledger));
  if (needsYes)
    return askFirst(desk, { kind: "unlock", lockId }, `Entries resume where this was the only stop:\n${held.map(lockText).join("\n")}`);
  const lifted = await desk.liftLocks(lockId);
  return html`🔓 Lifted in ${lifted.join(", ")}: ${lockId}`;
};

/** Stopping is never asked twice: it can only keep money where it is. `keep` leaves a harder stop in force. */
function stop(state: "REDUCING" | "HALTED", keep: boolean): Answer {
  return async (request, desk) => {
    const { targets, note, all, unanswered, unopened } = await targetsOf(request, desk);
    if (targets.length + unanswered.length + unopened.length === 0) return noSuchLedger(all);
    const lines = unanswered.map((ledger) => html`⚠️ ${ledger} does not answer and is NOT stopped. Ask again.`);
    for (const before of [...targets, ...unopened.map((ledger) => ({ ledger, state: "ACTIVE" as const }))]) {
      if (keep && before.state === "HALTED") {
        lines.push(...riskLines(before));
        continue;
      }
      const changed = await change(desk, { ledger: before.ledger, state, note, clears: [] });
      if (changed.ok) lines.push(...riskLines(changed.value.risk), settledText(changed.value.isSettled));
      else lines.push(html`⚠️ ${before.ledger} is NOT stopped: ${changed.detail ?? ""} ${reasonText(changed.reason)}`);
    }
    return lines.filter((line) => line !== "").join("\n");
  };
}

const resumeCommand: Answer = async (request, desk) => {
  const { targets, note, all, unanswered } = await targetsOf(request, desk);
  if (targets.length === 0 && unanswered.length === 0) return noSuchLedger(all);
  const stopped = targets
    .map((view) => ({ ledger: view.ledger, state: view.state, sinceMs: view.sinceMs, clears: stopsLiftedByResuming(view) }))
    .filter(({ state, clears }) => state !== "ACTIVE" || clears.length > 0);
  if (stopped.length === 0) return ["Entries are not stopped.", ...silent(unanswered)].join("\n");
  const live = stopped.filter(({ clears }) => liveStopAmong(clears) !== null);
  const ours = stopped
    .filter(({ clears }) => liveStopAmong(clears) === null)
    .map(({ ledger, clears, sinceMs }) => ({ ledger, clears, sinceMs }));
  const refused = live.map(
    ({ ledger, clears }) => html`${ledger} stays stopped: ${reasonText(clears[0] ?? "")} Not from here: sniper live enable lifts it.`,
  );
  if (ours.length === 0) return refused.join("\n");
  if (ours.every(({ ledger, clears }) => clears.length === 0 && !isLive(ledger))) {
    return [...refused, await resume(ours, note, desk)].join("\n");
  }
  const question = ours.map(({ ledger, clears }) => resumeQuestion(ledger, clears));
  return askFirst(desk, { kind: "resume", ledgers: ours, note }, [...refused, ...question].join("\n"));
};

/** What resuming lifts, breaker by breaker. */
function resumeQuestion(ledger: string, clears: readonly string[]): string {
  const money = isLive(ledger) ? " with real orders" : "";
  if (clears.length === 0) return html`Entries of ${ledger} resume${money}. No breaker has tripped.`;
  const stops = clears.map((code) => html`• ${reasonText(code)}${stopText(code) === "" ? "" : ` It watches ${stopText(code)}.`}`);
  return [
    html`Entries of ${ledger} resume${money}. This clears:`,
    ...stops,
    "Where a limit is still exceeded, it counts anew from here.",
  ].join("\n");
}

interface Targets {
  readonly targets: readonly RiskView[];
  readonly note: string | null;
  readonly all: readonly RiskView[];
  /** Of those that are meant. */
  readonly unanswered: readonly string[];
  readonly unopened: readonly string[];
}

/** The ledgers that are meant, all open ones unless the first word names one, and the words after it as the note. */
async function targetsOf({ words, rest }: Request, desk: Desk): Promise<Targets> {
  const { risks: all, unanswered: missing, unopened: unborn } = await desk.risks();
  const [first = ""] = words;
  const named = /^(paper|live)-[AB]$/i.exec(first) !== null;
  const isMeant = (ledger: string): boolean => !named || ledger.toLowerCase() === first.toLowerCase();
  const targets = all.filter(({ ledger }) => isMeant(ledger));
  const unanswered = missing.filter(isMeant);
  const note = (named ? rest.slice(rest.indexOf(first) + first.length) : rest)
    .replace(/\p{Cc}/gu, " ")
    .trim()
    .slice(0, MAX_NOTE_LENGTH);
  return { targets, note: note === "" ? null : note, all, unanswered, unopened: unborn.filter(isMeant) };
}

function silent(unanswered: readonly string[]): string[] {
  return unanswered.length === 0 ? [] : [html`⚠️ No answer from ${unanswered.join(", ")}.`];
}

function noSuchLedger(all: readonly RiskView[]): string {
  const names = all.map(({ ledger }) => ledger).join(", ");
  return names === "" ? "No ledger's books are open yet." : html`No such ledger: there is ${names}.`;
}

function locksOf(risks: readonly RiskView[]): LedgerLockView[] {
  return risks.flatMap((view) => view.locks.map((one) => ({ ledger: view.ledger, ...one }))).sort((a, b) => b.atMs - a.atMs);
}

function isLive(ledger: string): boolean {
  return ledger.startsWith("live-");
}

const close: Answer = async ({ words: [word = ""] }, desk) => {
  // A tapped id has underscores where a typed one has hyphens.
  const positionId = untappable(word);
  if (!/^[\w:-]{1,100}$/.test(positionId)) return "Which? /positions lists them.";
  const question = html`Sell position <code>${positionId}</code> now, at what the pool pays?`;
  return askFirst(desk, { kind: "close", positionId }, question);
};

const closeAll: Answer = async (request, desk) => {
  const { targets, all } = await targetsOf(request, desk);
  if (targets.length === 0) return noSuchLedger(all);
  const ledgers = targets.map(({ ledger }) => ledger);
  return askFirst(desk, { kind: "close-all", ledgers }, html`Sell everything that ${ledgers.join(", ")} holds now, at what the pools pay?`);
};

export const RISK_COMMANDS: readonly Command[] = [
  { name: "risk", group: "Risk", usage: "[ledger]", text: "trading state, limits and what is used of them", answer: risk },
  { name: "locks", group: "Risk", usage: "", text: "what is locked, until when, by whom and why", answer: locks },
  { name: "lock", group: "Risk", usage: "mint|creator|all ADDRESS TIME reason", text: "stop entries for it; exits go on", answer: lock },
  { name: "unlock", group: "Risk", usage: "ID", text: "lift a lock", answer: unlock },
  {
    name: "pause",
    group: "Act",
    usage: "[ledger] [note]",
    text: "entries stop, exits go on; a halt stays a halt",
    answer: stop("REDUCING", true),
  },
  {
    name: "reduce",
    group: "Act",
    usage: "[ledger] [note]",
    text: "state REDUCING: entries stop, exits go on",
    answer: stop("REDUCING", false),
  },
  { name: "halt", group: "Act", usage: "[ledger] [note]", text: "state HALTED: as reduce, rehearsals too", answer: stop("HALTED", false) },
  {
    name: "resume",
    group: "Act",
    usage: "[ledger] [note]",
    text: "entries run again; asks first when a breaker tripped",
    answer: resumeCommand,
  },
  { name: "close", group: "Act", usage: "ID", text: "sell one position; asks first", answer: close },
  { name: "closeall", group: "Act", usage: "[ledger]", text: "sell everything; asks first", answer: closeAll },
];
