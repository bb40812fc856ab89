import { durationText, percentText, signedPercentText, signedSolText, solText } from "../../../adapters/telegram/amounts.ts";
import { html, plainLabel } from "../../../adapters/telegram/html.ts";
import type { Health, IncidentView, LedgerStatus, LiveStatus, Page, PositionView, Status, TradeView } from "../../../domain/api/types.ts";
import { reasonText } from "../reason-text.ts";
import type { Answer, Command, Desk } from "./desk.ts";
import { tappable } from "./risk-text.ts";

/** More would not fit one message of 4096 characters. */
const MAX_LISTED = 15;
const DEFAULT_TRADES = 5;
export const UNAVAILABLE = "The data cannot be read right now.";

/** A stolen phone must not be able to go live. */
const NOT_FROM_HERE = "Going live is not possible from here: it needs <code>sniper live enable</code> and the operator's token.";

/** Reads one path of the API and tells it. */
export function telling<T>(path: string, tell: (value: T) => string): Answer {
  return async (_request, desk) => {
    const value = await desk.read<T>(path);
    return value === null ? UNAVAILABLE : tell(value);
  };
}

/** As `telling`, for a list of which the first argument says how many. */
export function tellingNewest<T>(path: string, fallback: number, tell: (items: readonly T[]) => string): Answer {
  return async ({ words: [argument] }, desk) => {
    const wanted = argument === undefined ? fallback : Number(argument);
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > MAX_LISTED) return `How many? 1 to ${MAX_LISTED}.`;
    const page = await desk.read<Page<T>>(`${path}?limit=${wanted}`);
    return page === null ? UNAVAILABLE : tell(page.items);
  };
}

const live: Answer = async ({ words }, desk) => {
  // Whatever is asked of it beyond reading, it is not done from a phone.
  if (words.length > 0) return NOT_FROM_HERE;
  const state = await desk.read<LiveStatus>("/live");
  return state === null ? UNAVAILABLE : liveText(state);
};

function statusText(status: Status): string {
  const lines = [
    html`<b>${status.mode} on ${status.network}</b>`,
    ...status.ledgers.map(
      (ledger) =>
        html`${ledger.ledger}: ${ledger.state}, equity ${solText(ledger.equityLamports)} SOL, ` +
        html`drawdown ${percentText(ledger.drawdownBps)}, ${ledger.openPositions} of ${ledger.maxPositions} positions` +
        (ledger.stateReason === null ? "" : html`\n${reasonText(ledger.stateReason)}`),
    ),
    html`24 h: ${status.funnel.detected} found, ${status.funnel.passedFilters} passed the filters, ` +
      html`${status.funnel.scoredAbove} scored enough, ${status.funnel.bought} bought`,
    html`newest graduation: ${status.feedAgeMs === null ? "none yet" : `${durationText(status.feedAgeMs)} ago`}`,
    html`parameters ${status.parameters.version}, model ${status.champion === null ? "none" : status.champion.version}`,
  ];
  return lines.join("\n");
}

function liveText(live: LiveStatus): string {
  const changed = live.programs.filter((program) => !program.ok).map(({ name }) => name);
  const trial = live.agreed < live.agreedWanted ? `, until then at most ${solText(live.trialSizeLamports)} SOL each` : "";
  const balance = live.walletLamports === null ? "balance unknown" : `${solText(live.walletLamports)} SOL`;
  const unanswered = live.incidents.filter(({ status }) => status === "raised").length;
  const lines = [
    html`${live.mode === "live" ? "🔴" : "📄"} <b>${live.mode}</b>, the deployment allows ${live.ceiling}` +
      (live.author === null ? "" : html` (${live.author})`),
    live.wallet === null ? "no wallet" : html`wallet <code>${live.wallet}</code>, ${balance}`,
    html`${live.agreed} of ${live.agreedWanted} landed orders agreed with their prediction${trial}`,
    html`programs: ${changed.length === 0 ? "as pinned" : `changed or unread: ${changed.join(", ")}`}`,
    ...live.providers.map(
      ({ name, ok, slot, reason }) =>
        html`RPC ${name}: ${ok ? `slot ${slot ?? "unknown"}` : reason === null ? "not fit" : reasonText(reason)}`,
    ),
    unanswered === 0 ? "nothing waits for a person" : html`${unanswered} incidents wait for a person: /incidents`,
    NOT_FROM_HERE,
  ];
  return lines.join("\n");
}

function incidentsText(incidents: readonly IncidentView[]): string {
  if (incidents.length === 0) return "No incident is open.";
  const lines = incidents
    .slice(0, MAX_LISTED)
    .map(
      ({ code, subject, severity, status, incidentId }) =>
        html`${severity === "page" ? "🚨" : "⚠️"} <b>${code}</b> ${status}\n${reasonText(code)}\n<code>${subject}</code>` +
        (status === "raised" ? html`\n/ack_${incidentId}` : ""),
    );
  const more = incidents.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

async function ackText(incidentId: string | undefined, desk: Desk): Promise<string> {
  if (incidentId === undefined || !/^[\w-]{1,64}$/.test(incidentId)) return "Which? /incidents lists them.";
  return (await desk.acknowledge(incidentId)) ? html`Acknowledged: ${incidentId}` : html`No open incident ${incidentId}.`;
}

function positionsText(positions: readonly PositionView[]): string {
  const held = positions.filter(({ status }) => status === "open" || status === "exiting" || status === "entering");
  if (held.length === 0) return "Nothing is held.";
  const lines = held.slice(0, MAX_LISTED).map((position) => {
    const gain = position.returnBps === null ? "not marked yet" : signedPercentText(position.returnBps);
    const line = html`<b>${plainLabel(position.symbol)}</b> ${solText(position.costLamports)} SOL, ${gain}, ${position.status}, ${position.ledger}`;
    const sold = position.soldBps != null && position.soldBps > 0 ? html`\n${percentText(position.soldBps)} of it is sold` : "";
    const trailing =
      position.peakReturnBps == null ? "" : html`\nthe trailing stop hangs from ${signedPercentText(position.peakReturnBps)}`;
    const why = position.reason === null ? "" : html`\n${reasonText(position.reason)}`;
    return `${line}${sold}${trailing}${why}\nsell: /close_${tappable(position.positionId)}`;
  });
  const more = held.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

function tradesText(trades: readonly TradeView[]): string {
  if (trades.length === 0) return "No closed trade yet.";
  return trades
    .map(
      (trade) =>
        html`<b>${plainLabel(trade.symbol)}</b> ${signedSolText(trade.pnlLamports)} SOL (${signedPercentText(trade.returnBps)}), ` +
        html`${durationText(trade.holdMs)}, ${reasonText(trade.exitReason)}`,
    )
    .join("\n");
}

function pnlText(ledger: LedgerStatus): string {
  const change = (BigInt(ledger.equityLamports) - BigInt(ledger.openingLamports)).toString();
  return (
    html`<b>${ledger.ledger}${ledger.isDryRun ? " (paper)" : ""}</b>\n` +
    html`realised ${signedSolText(ledger.realisedLamports)} SOL in ${ledger.trades} trades, ${ledger.wins} won\n` +
    html`with open positions ${signedSolText(change)} SOL since the start`
  );
}

function balanceText(ledger: LedgerStatus): string {
  return (
    html`<b>${ledger.ledger}${ledger.isDryRun ? " (paper)" : ""}</b>\n` +
    html`equity ${solText(ledger.equityLamports)} SOL: ${solText(ledger.cashLamports)} free, ` +
    html`${solText(ledger.reservedLamports)} reserved for entries, the rest in ${ledger.openPositions} positions`
  );
}

function healthText(health: Health): string {
  const checks = health.checks.map(({ name, ok, detail }) => html`${ok ? "✅" : "❌"} ${name}: ${detail}`);
  return [html`<b>${health.status}</b>, version ${health.version}`, ...checks].join("\n");
}

export const LOOK_COMMANDS: readonly Command[] = [
  { name: "status", group: "Look", usage: "", text: "books, trading state and the last 24 hours", answer: telling("/status", statusText) },
  {
    name: "positions",
    group: "Look",
    usage: "",
    text: "what is held now",
    answer: telling<Page<PositionView>>("/positions?scope=open&limit=500", ({ items }) => positionsText(items)),
  },
  {
    name: "trades",
    group: "Look",
    usage: "[n]",
    text: "the newest closed trades",
    answer: tellingNewest("/trades", DEFAULT_TRADES, tradesText),
  },
  { name: "pnl", group: "Look", usage: "", text: "profit and loss per ledger", answer: telling("/status", perLedger(pnlText)) },
  { name: "balance", group: "Look", usage: "", text: "equity, free and reserved cash", answer: telling("/status", perLedger(balanceText)) },
  { name: "live", group: "Look", usage: "", text: "live trading: mode, wallet, trial, programs, providers", answer: live },
  {
    name: "incidents",
    group: "Look",
    usage: "",
    text: "what waits for a person",
    answer: telling<Page<IncidentView>>("/incidents", ({ items }) => incidentsText(items)),
  },
  {
    name: "ack",
    group: "Act",
    usage: "ID",
    text: "say that you have seen an incident",
    answer: ({ words: [id] }, desk) => ackText(id, desk),
  },
  { name: "health", group: "Look", usage: "", text: "whether every part answers", answer: telling("/health", healthText) },
  {
    name: "version",
    group: "Other",
    usage: "",
    text: "what is running",
    answer: telling<Health>("/health", (health) => html`version ${health.version}, ${health.status}`),
  },
];

function perLedger(tell: (ledger: LedgerStatus) => string): (status: Status) => string {
  return ({ ledgers }) => ledgers.map(tell).join("\n\n") || "No ledger yet.";
}
