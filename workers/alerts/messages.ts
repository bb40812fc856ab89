import { durationText, percentText, signedPercentText, signedSolText, solText } from "../../adapters/telegram/amounts.ts";
import { html, plainLabel } from "../../adapters/telegram/html.ts";
import { STATE_MEANING } from "../../domain/api/trading-state.ts";
import type {
  IncidentRecord,
  JournalEntry,
  LockRecord,
  PositionRecord,
  TradeRecord,
  TradingStateRecord,
} from "../../domain/journal/entry.ts";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";
import { STATE_SIGN, tappable, timeText } from "./commands/risk-text.ts";
import { reasonText } from "./reason-text.ts";

/**
 * The Telegram message that a journal entry deserves, as HTML; null for entries that nobody wants on a
 * phone. Positions are told when they open and, as trades, when they close; ids let a person match the two
 * and recognise a repetition, since delivery is at least once.
 */
export function messageOf(entry: JournalEntry): string | null {
  switch (entry.kind) {
    case "position":
      // The record of the opening is the one written at that very moment; later ones are marks.
      return entry.status === "open" && entry.openedAtMs === entry.atMs ? openedMessage(entry) : null;
    case "trade":
      return closedMessage(entry);
    case "trading-state":
      return stateMessage(entry);
    case "lock":
      return lockMessage(entry);
    case "experiment":
      return html`🧪 <b>Experiment ${entry.status}</b>\n${entry.experimentId}: ${entry.challengerVersion} against ${entry.championVersion}${reasonLine(entry.reason)}`;
    case "model":
      return html`🧠 <b>Model ${entry.event}</b>\n${entry.name} ${entry.version}${reasonLine(entry.reason)}`;
    case "parameters":
      return entry.status === "active" ? html`⚙️ <b>Parameters in force</b>\n${entry.version} (${entry.author})` : null;
    case "dead-letter":
      return html`⚠️ <b>Message given up</b>\nqueue ${entry.queue}, archived as <code>${entry.r2Key}</code>`;
    case "incident":
      return incidentMessage(entry);
    case "live-mode":
      return html`${entry.mode === "live" ? "🔴" : "📄"} <b>Mode ${entry.mode}</b>${reasonLine(entry.reason)} (${entry.author})`;
    case "mend":
      return html`🩹 <b>Journal mended</b>\nentry ${entry.forkSeq}: ${entry.entries} entries of another branch set aside (${entry.author})\n“${entry.note}”`;
    case "decision":
    case "late-features":
    case "rejection":
    case "fill":
    case "order":
    case "intent":
    case "equity":
    case "price-path":
    case "ledger":
    case "denylist":
      return null;
  }
}

function openedMessage(entry: PositionRecord): string {
  return (
    html`🛒 <b>Bought ${plainLabel(entry.symbol)}</b>${modeText(entry)}\n` +
    html`${solText(entry.costLamports)} SOL at score ${Math.round(entry.score)}, ` +
    html`stop -${percentText(entry.stopLossBps)}, take +${percentText(entry.takeProfitBps)}\n` +
    references(entry)
  );
}

function closedMessage(entry: TradeRecord): string {
  return (
    html`${entry.pnlLamports.startsWith("-") ? "🔻" : "✅"} <b>Sold ${plainLabel(entry.symbol)}</b>${modeText(entry)}\n` +
    html`${signedSolText(entry.pnlLamports)} SOL (${signedPercentText(entry.returnBps)}) after ${durationText(entry.holdMs)}\n` +
    html`${reasonText(entry.exitReason)}\n` +
    references(entry)
  );
}

/** Who stopped or resumed entries and why, and in so many words what stops and what goes on. */
function stateMessage({ ledger, state, reason, author, note }: TradingStateRecord): string {
  const lines = [html`${STATE_SIGN[state]} <b>${ledger}: ${state}</b> (${author})`];
  if (reason !== null) lines.push(html`${reasonText(reason)}`);
  if (note !== null) lines.push(html`“${note}”`);
  lines.push(STATE_MEANING[state]);
  if (state !== "ACTIVE") lines.push("/risk shows it, /resume lifts it.");
  return lines.join("\n");
}

function lockMessage({ ledger, lockId, value, untilMs, reason, author, status, scope }: LockRecord): string {
  const what = scope === "all" ? html`<b>all entries</b>` : html`<b>${scope}</b> <code>${value ?? ""}</code>`;
  const why = html`${reasonText(reason)} (${author})`;
  if (status === "lifted")
    return [`${html`🔓 ${ledger}: lifted, `}${what}`, why, "Entries are possible again where nothing else stops them."].join("\n");
  const until = untilMs === null ? "until it is lifted" : `until ${timeText(untilMs)}`;
  return [`${html`🔒 ${ledger}: locked ${until}, `}${what}`, why, "Entries stop for it, exits go on.", `/unlock_${tappable(lockId)}`].join(
    "\n",
  );
}

/** A reminder is a record like the first: its time differs from the raising. The command is one word, so that a tap sends it. */
function incidentMessage(entry: IncidentRecord): string {
  const { code, subject, detail, severity, status, author, incidentId } = entry;
  const about = html`${REASONS[code]}\n${detail}\n<code>${subject}</code>`;
  if (status === "acknowledged") return html`👀 <b>Acknowledged: ${code}</b> (${author})\n${subject}`;
  if (status === "cleared") return html`🟢 <b>Cleared: ${code}</b> (${author})\n${subject}`;
  const sinceMs = entry.atMs - entry.raisedAtMs;
  const since = sinceMs > 0 ? html`, unanswered for ${durationText(sinceMs)}` : "";
  const title = html`${severity === "page" ? "🚨" : "⚠️"} <b>${code}</b>`;
  return `${title}${since}\n${about}\n/ack_${escapeId(incidentId)}`;
}

function modeText(entry: { readonly isDryRun: boolean; readonly ledger: string }): string {
  return `${entry.isDryRun ? " on paper" : ""}${entry.ledger.endsWith("-B") ? ", challenger" : ""}`;
}

/** Mint and position id go out whole: they are base58 and digits, and a shortened mint cannot be checked. */
function references(entry: { readonly mint: string; readonly positionId: string }): string {
  return `<code>${escapeId(entry.mint)}</code>\nposition <code>${escapeId(entry.positionId)}</code>`;
}

function escapeId(id: string): string {
  return id.replace(/[^\w:.-]/g, "").slice(0, 200);
}

function reasonLine(reason: ReasonCode | null): string {
  return reason === null ? "" : `: ${reasonText(reason)}`;
}
