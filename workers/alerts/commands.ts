import { durationText, percentText, signedPercentText, signedSolText, solText } from "../../adapters/telegram/amounts.ts";
import { html, plainLabel } from "../../adapters/telegram/html.ts";
import type { Health, IncidentView, LedgerStatus, LiveStatus, Page, PositionView, Status, TradeView } from "../../domain/api/types.ts";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";

/** Reads `/api/v1<path>`; null when the API does not answer. */
export type ReadApi = <T>(path: string) => Promise<T | null>;
/** Says that the person who writes has seen an incident; false when none with this id is open. */
export type Acknowledge = (incidentId: string) => Promise<boolean>;

/** More would not fit one message of 4096 characters. */
const MAX_LISTED = 15;
const DEFAULT_TRADES = 5;

const HELP = [
  "<b>Commands</b>",
  "/status books, trading state and the last 24 hours",
  "/positions what is held now",
  "/trades [n] the newest closed trades",
  "/pnl profit and loss per ledger",
  "/live live trading: mode, wallet, trial, programs, providers",
  "/incidents what waits for a person",
  "/ack [id] say that you have seen an incident",
  "/version what is running",
  "/help this list",
].join("\n");

const UNAVAILABLE = "The data cannot be read right now.";

/** A stolen phone must not be able to trade. */
const NOT_FROM_HERE = "Going live is not possible from here: it needs <code>sniper live enable</code> and the operator's token.";

/**
 * Answers a command with Telegram HTML; null for text that is no command of ours. A suffix `@botname`
 * is ignored, as Telegram adds it in groups. The commands read, but for one: acknowledging an incident.
 */
export async function answerCommand(text: string, readApi: ReadApi, acknowledge: Acknowledge): Promise<string | null> {
  const [word = "", argument] = text.trim().split(/\s+/, 2);
  const command = word.toLowerCase().replace(/@\w+$/, "");
  // Telegram makes a single word a link that sends it, so the id may be part of the word.
  if (command === "/ack" || command.startsWith("/ack_")) return ackText(command.slice("/ack_".length) || argument, acknowledge);
  switch (command) {
    case "/start":
    case "/help":
      return HELP;
    case "/status": {
      const status = await readApi<Status>("/status");
      return status === null ? UNAVAILABLE : statusText(status);
    }
    case "/positions": {
      const page = await readApi<Page<PositionView>>("/positions?scope=open&limit=500");
      return page === null ? UNAVAILABLE : positionsText(page.items);
    }
    case "/trades": {
      const wanted = argument === undefined ? DEFAULT_TRADES : Number(argument);
      if (!Number.isInteger(wanted) || wanted < 1 || wanted > MAX_LISTED) return `How many? 1 to ${MAX_LISTED}.`;
      const page = await readApi<Page<TradeView>>(`/trades?limit=${wanted}`);
      return page === null ? UNAVAILABLE : tradesText(page.items);
    }
    case "/pnl": {
      const status = await readApi<Status>("/status");
      return status === null ? UNAVAILABLE : status.ledgers.map(pnlText).join("\n\n") || "No ledger yet.";
    }
    case "/live": {
      if (argument !== undefined) return NOT_FROM_HERE;
      const live = await readApi<LiveStatus>("/live");
      return live === null ? UNAVAILABLE : liveText(live);
    }
    case "/incidents": {
      const page = await readApi<Page<IncidentView>>("/incidents");
      return page === null ? UNAVAILABLE : incidentsText(page.items);
    }
    case "/version": {
      const health = await readApi<Health>("/health");
      return health === null ? UNAVAILABLE : html`version ${health.version}, ${health.status}`;
    }
    default:
      return null;
  }
}

function statusText(status: Status): string {
  const lines = [
    html`<b>${status.mode} on ${status.network}</b>`,
    ...status.ledgers.map(
      (ledger) =>
        html`${ledger.ledger}: ${ledger.state}, equity ${solText(ledger.equityLamports)} SOL, ` +
        html`drawdown ${percentText(ledger.drawdownBps)}, ${ledger.openPositions} of ${ledger.maxPositions} positions` +
        (ledger.stateReason === null ? "" : html`\n${reasonOf(ledger.stateReason)}`),
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
    ...live.providers.map(({ name, ok, slot, reason }) => html`RPC ${name}: ${ok ? `slot ${slot ?? "unknown"}` : (reason ?? "not fit")}`),
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
        html`${severity === "page" ? "🚨" : "⚠️"} <b>${code}</b> ${status}\n${reasonOf(code)}\n<code>${subject}</code>` +
        (status === "raised" ? html`\n/ack_${incidentId}` : ""),
    );
  const more = incidents.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

async function ackText(incidentId: string | undefined, acknowledge: Acknowledge): Promise<string> {
  if (incidentId === undefined || !/^[\w-]{1,64}$/.test(incidentId)) return "Which? /incidents lists them.";
  return (await acknowledge(incidentId)) ? html`Acknowledged: ${incidentId}` : html`No open incident ${incidentId}.`;
}

function positionsText(positions: readonly PositionView[]): string {
  const held = positions.filter(({ status }) => status === "open" || status === "exiting" || status === "entering");
  if (held.length === 0) return "Nothing is held.";
  const lines = held.slice(0, MAX_LISTED).map((position) => {
    const gain = position.returnBps === null ? "not marked yet" : signedPercentText(position.returnBps);
    return html`<b>${plainLabel(position.symbol)}</b> ${solText(position.costLamports)} SOL, ${gain}, ${position.status}, ${position.ledger}`;
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
        html`${durationText(trade.holdMs)}, ${reasonOf(trade.exitReason)}`,
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

function reasonOf(code: string): string {
  return code in REASONS ? REASONS[code as ReasonCode] : code;
}
