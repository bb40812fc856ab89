import { durationText, percentText } from "../../../adapters/telegram/amounts.ts";
import { html } from "../../../adapters/telegram/html.ts";
import { STATE_MEANING } from "../../../domain/api/trading-state.ts";
import type { LedgerLockView, RiskLimit, RiskView } from "../../../domain/api/types.ts";
import { reasonText } from "../reason-text.ts";

export const STATE_SIGN: Readonly<Record<RiskView["state"], string>> = { ACTIVE: "🟢", REDUCING: "⛔", HALTED: "🛑" };

/** A ledger's trading state with who, when and why, and what it means; as HTML lines. */
export function riskLines(risk: RiskView): string[] {
  const lines = [html`${STATE_SIGN[risk.state]} <b>${risk.ledger}: ${risk.state}</b> since ${timeText(risk.sinceMs)} by ${risk.author}`];
  if (risk.stateReason !== null) lines.push(html`${reasonText(risk.stateReason)}`);
  if (risk.note !== null) lines.push(html`“${risk.note}”`);
  lines.push(STATE_MEANING[risk.state]);
  if (!risk.isReconciled) lines.push(html`⏳ ${reasonText("RECONCILING")} Entries wait for it, exits go on.`);
  return lines;
}

/** What an unanswered entry means; empty when all is settled. */
export function settledText(isSettled: boolean): string {
  return isSettled ? "" : "An entry that was under way has not answered yet: it is being cancelled.";
}

/** One limit with how much of it is used. */
export function limitText({ code, used, limit, unit, isReached }: RiskLimit): string {
  const sign = isReached ? "⛔" : "▫️";
  return html`${sign} ${code}: ${amountText(used, unit)} of ${amountText(limit, unit)}${unit === "bps" || unit === "ms" ? "" : ` ${unit}`}`;
}

/** One lock with its end, reason and author, and the command that lifts it. */
export function lockText({ ledger, lockId, scope, value, untilMs, reason, author }: LedgerLockView): string {
  const until = untilMs === null ? "until it is lifted" : `until ${timeText(untilMs)}`;
  const what = scope === "all" ? html`<b>all entries</b>` : html`${scope} <code>${value ?? ""}</code>`;
  return `🔒 ${what} ${html`(${ledger}) ${until}\n${reasonText(reason)}, by ${author}`}\n/unlock_${tappable(lockId)}`;
}

/** Minutes in UTC, as in "21 Nov 14:03 UTC". */
export function timeText(atMs: number): string {
  const [, , day, month, , time] = /^(\w+), (\d+) (\w+) (\d+) (\d+:\d+)/.exec(new Date(atMs).toUTCString()) ?? [];
  return time === undefined ? "unknown" : `${day} ${month} ${time} UTC`;
}

/** An id as a part of a command that Telegram makes tappable: it takes letters, digits and underscores. */
export function tappable(id: string): string {
  return id.replaceAll("-", "_").replace(/\W/g, "");
}

/** The id that `tappable` was made from; our ids have hyphens and no underscores. */
export function untappable(text: string): string {
  return text.replaceAll("_", "-");
}

function amountText(amount: number, unit: RiskLimit["unit"]): string {
  if (unit === "bps") return percentText(amount);
  if (unit === "ms") return durationText(amount);
  return String(amount);
}
