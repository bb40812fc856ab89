import type { DecisionView, EquityPoint, FeedMessage, IncidentView, IntentView, PositionView, TradeView } from "../api/types.ts";
import { changeBps } from "../units.ts";
import type {
  DecisionRecord,
  EquityRecord,
  IncidentRecord,
  IntentRecord,
  JournalEntry,
  PositionRecord,
  StoredEntry,
  TradeRecord,
} from "./entry.ts";

/** What the API shows of a decision. */
export function decisionView(record: DecisionRecord): DecisionView {
  const { kind: _kind, featureSetVersion: _version, solUsd: _solUsd, ...view } = record;
  return view;
}

/** What the API shows of a position. */
export function positionView(record: PositionRecord): PositionView {
  const { positionId, ledger, isDryRun, mint, symbol, status, score, openedAtMs, costLamports, valueLamports } = record;
  const { stopLossBps, takeProfitBps, deadlineMs, reason, atMs } = record;
  return {
    positionId,
    ledger,
    isDryRun,
    mint,
    symbol,
    status,
    score,
    openedAtMs,
    costLamports,
    valueLamports,
    returnBps: returnBps(costLamports, valueLamports),
    stopLossBps,
    takeProfitBps,
    soldBps: record.soldBps ?? null,
    peakReturnBps: record.peakReturnBps ?? null,
    deadlineMs,
    updatedAtMs: atMs,
    reason,
  };
}

/** Unrealised return; null before the first mark and while nothing was paid. */
export function returnBps(costLamports: string, valueLamports: string | null): number | null {
  const cost = BigInt(costLamports);
  return valueLamports === null || cost <= 0n ? null : changeBps(cost, BigInt(valueLamports));
}

/** What the API shows of a closed trade. */
export function tradeView(record: TradeRecord): TradeView {
  const { kind: _kind, id: _id, atMs: _atMs, signalId: _signalId, pool: _pool, baseAmount: _baseAmount, ...view } = record;
  return view;
}

export function equityPoint(record: EquityRecord): EquityPoint {
  const { ledger, atMs, equityLamports, drawdownBps } = record;
  return { ledger, atMs, equityLamports, drawdownBps };
}

/** What the API shows of an order of a live ledger. */
export function intentView(record: IntentRecord): IntentView {
  const { intentId, positionId, mint, side, status, signature, amountIn, minOut, sends, slot, reason, detail, predicted, actual } = record;
  const order = { intentId, positionId, mint, side, status, signature, amountIn, minOut, sends, slot, reason, detail };
  return { ...order, reactionMs: reactionMs(record.marketAtMs, record.firstSendAtMs), predicted, actual, updatedAtMs: record.atMs };
}

/** From the read of the market that an order was decided on to the first time its bytes left; null before that. */
export function reactionMs(marketAtMs: number | null, firstSendAtMs: number | null): number | null {
  return marketAtMs === null || firstSendAtMs === null ? null : firstSendAtMs - marketAtMs;
}

/** What the API shows of an incident. */
export function incidentView(record: IncidentRecord): IncidentView {
  const { incidentId, code, subject, detail, severity, status, raisedAtMs, author, atMs } = record;
  return { incidentId, code, subject, detail, severity, status, raisedAtMs, updatedAtMs: atMs, author };
}

/** The live-feed message of a journal entry; null for kinds that nobody watches live. */
export function feedMessage({ seq, entry }: StoredEntry): FeedMessage | null {
  switch (entry.kind) {
    case "decision":
      return { type: "decision", seq, decision: decisionView(entry) };
    case "position":
      return { type: "position", seq, position: positionView(entry) };
    case "trade":
      return { type: "trade", seq, trade: tradeView(entry) };
    case "equity":
      return { type: "equity", seq, point: equityPoint(entry) };
    case "intent":
      return { type: "intent", seq, intent: intentView(entry) };
    case "incident":
      return { type: "incident", seq, incident: incidentView(entry) };
    case "late-features":
    case "rejection":
    case "order":
    case "fill":
    case "price-path":
    case "ledger":
      return null;
    default:
      return { type: "notice", seq, kind: entry.kind, text: noticeText(entry) };
  }
}

type NoticeEntry = Exclude<
  JournalEntry,
  {
    kind:
      | "decision"
      | "late-features"
      | "position"
      | "trade"
      | "equity"
      | "intent"
      | "incident"
      | "rejection"
      | "order"
      | "fill"
      | "price-path"
      | "ledger";
  }
>;

function noticeText(entry: NoticeEntry): string {
  switch (entry.kind) {
    case "parameters":
      return `Parameters ${entry.version} ${entry.status} (${entry.author})`;
    case "experiment":
      return `Experiment ${entry.experimentId} ${entry.status}${because(entry.reason)}`;
    case "model":
      return `Model ${entry.name} ${entry.version} ${entry.event}${because(entry.reason)}`;
    case "denylist":
      return `Denylist: ${entry.action} ${entry.subject} ${entry.value}: ${entry.reason} (${entry.author})`;
    case "trading-state":
      return `Ledger ${entry.ledger} ${entry.state}${because(entry.reason)}${because(entry.note)} (${entry.author})`;
    case "lock":
      return `Ledger ${entry.ledger}: lock on ${entry.value ?? "all entries"} ${entry.status}: ${entry.reason} (${entry.author})`;
    case "dead-letter":
      return `Queue ${entry.queue}: message ${entry.messageId} archived as ${entry.r2Key}`;
    case "live-mode":
      return `Mode ${entry.mode}${because(entry.reason)} (${entry.author})`;
    case "mend":
      return `Archive mended at entry ${entry.forkSeq}: ${entry.entries} entries set aside: ${entry.note} (${entry.author})`;
  }
}

function because(reason: string | null): string {
  return reason === null ? "" : `: ${reason}`;
}
