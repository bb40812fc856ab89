import { styleText } from "node:util";
import { durationText, percentText, signedPercentText, signedSolText, solText } from "../../adapters/telegram/amounts.ts";
import { cleanText, plainLabel } from "../../adapters/telegram/html.ts";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";
import type { ReasonNote } from "../../domain/scoring/assessment.ts";
import type { ProgressEvent } from "./events.ts";

type Style = Parameters<typeof styleText>[0];

/** Fits "experiment" and "parameters", the longest topics that come up often. */
const TAG_CHARS = 10;

export interface ProgressLog {
  write(event: ProgressEvent): void;
}

/** A log that prints one line per event: text with the time of day, or JSON with `atMs`. */
export function createProgressLog(
  print: (line: string) => void,
  options: { json: boolean; color: boolean; now: () => number },
): ProgressLog {
  return {
    write(event) {
      const atMs = options.now();
      print(options.json ? JSON.stringify({ atMs, ...event }) : formatLine(event, atMs, options.color));
    },
  };
}

/** One line for a person. */
export function formatLine(event: ProgressEvent, atMs: number, color: boolean): string {
  const paint = (style: Style, text: string): string => (color ? styleText(style, text, { validateStream: false }) : text);
  const { tag, style, text } = describe(event);
  return `${paint("dim", timeOfDay(atMs))}  ${paint(style, tag.padEnd(TAG_CHARS))} ${text}`;
}

function describe(event: ProgressEvent): { tag: string; style: Style; text: string } {
  switch (event.kind) {
    case "step":
      return { tag: "start", style: "dim", text: event.text };
    case "warning":
      return { tag: "warning", style: "yellow", text: event.text };
    case "ready":
      return { tag: "ready", style: "green", text: `in ${event.seconds.toFixed(1)} s: ${event.url}` };
    case "mode":
      return { tag: event.mode.toUpperCase(), style: event.mode === "live" ? ["bold", "red"] : "cyan", text: cleanText(event.text) };
    case "model": {
      const { family, version, status, reason, rowsTrain, rowsHoldout } = event.model;
      const style = status === "champion" ? "green" : "magenta";
      const verdict = status === "champion" ? "promoted" : status;
      return { tag: "model", style, text: `${family} ${version} ${verdict}${because(reason)}; ${rowsTrain} + ${rowsHoldout} rows` };
    }
    case "search": {
      const { trials, outcome, reason, bestValue, baselineValue, proposedVersion } = event.study;
      const values = `best ${figure(bestValue)} against ${figure(baselineValue)} in ${trials} trials`;
      const proposal = proposedVersion === null ? "" : ` as ${proposedVersion}`;
      return { tag: "search", style: "magenta", text: `${outcome}${proposal}${because(reason)}; ${values}` };
    }
    case "run": {
      const { kind, outcome, detail, rows, candidates } = event.run;
      const figures = detail === null ? "" : ` (${cleanText(detail)})`;
      const size = rows !== null ? `; ${rows} rows` : candidates !== null ? `; ${candidates} candidates` : "";
      const what = kind === "train" ? "training" : "search";
      return { tag: "learning", style: "yellow", text: `${what} gave nothing${because(outcome)}${figures}${size}` };
    }
    case "notice":
      return { tag: plainLabel(event.topic).slice(0, TAG_CHARS), style: "magenta", text: cleanText(event.text) };
    case "intent": {
      const { intent } = event;
      const landed = intent.status === "landed";
      const signature = intent.signature === null ? "" : `  ${intent.signature.slice(0, 8)}…`;
      const paid =
        intent.actual === null ? "" : `  ${intent.side === "buy" ? "for" : "brought"} ${solText(intent.actual.quoteLamports)} SOL`;
      return {
        tag: plainLabel(intent.status).slice(0, TAG_CHARS),
        style: landed ? "cyan" : "yellow",
        text: `live ${intent.side} ${ends(intent.mint)}${paid}${signature}, sent ${intent.sends === 1 ? "once" : `${intent.sends} times`}${because(intent.reason)}`,
      };
    }
    case "incident": {
      const { code, subject, detail, severity, status } = event.incident;
      const style = status !== "raised" ? "green" : severity === "page" ? "red" : "yellow";
      const state = status === "raised" ? "" : `${status}: `;
      return { tag: "INCIDENT", style, text: `${state}${reasonLine(code)}: ${plainLabel(subject)} ${cleanText(detail)}`.trimEnd() };
    }
    case "judged": {
      const { decision } = event;
      const score = decision.score === null ? "" : `score ${Math.round(decision.score)}  `;
      const bought = decision.outcome === "BUY";
      const verb =
        decision.stage === "trade" && bought ? "accepted" : bought ? "worth it" : decision.outcome === "WATCH" ? "watched" : "declined";
      return {
        tag: decision.stage === "discover" ? "found" : decision.stage === "analyze" ? "judged" : "trader",
        style: bought ? "cyan" : "dim",
        text: `${label(decision.symbol, decision.mint)}  ${score}${verb}${reasonText(decision.reasons)}`,
      };
    }
    case "bought": {
      const { position } = event;
      const cost = `${solText(position.costLamports)} SOL`;
      const exits = `stop -${percentText(position.stopLossBps)}  take +${percentText(position.takeProfitBps)}`;
      return {
        tag: "bought",
        style: "cyan",
        text: `${label(position.symbol, position.mint)}  ${cost}  ${exits}${armText(position.ledger)}`,
      };
    }
    case "sold": {
      const { trade } = event;
      const won = !trade.pnlLamports.startsWith("-");
      const pnl = `${signedSolText(trade.pnlLamports)} SOL (${signedPercentText(trade.returnBps)})`;
      const why = reasonLine(trade.exitReason);
      return {
        tag: "sold",
        style: won ? "green" : "red",
        text: `${label(trade.symbol, trade.mint)}  ${pnl} after ${durationText(trade.holdMs)}  ${why}${armText(trade.ledger)}`,
      };
    }
  }
}

/** The first two reasons, in words, and how many more there are. */
function reasonText(reasons: readonly ReasonNote[]): string {
  if (reasons.length === 0) return "";
  const shown = reasons.slice(0, 2).map(({ code, detail }) => (detail === undefined ? code : `${code} (${cleanText(detail)})`));
  return `: ${shown.join(", ")}${reasons.length > 2 ? ` and ${reasons.length - 2} more` : ""}`;
}

function reasonLine(code: string): string {
  return code in REASONS ? REASONS[code as ReasonCode].replace(/\.$/, "") : plainLabel(code);
}

function because(reason: string | null): string {
  return reason === null ? "" : `: ${reasonLine(reason)}`;
}

function figure(value: number | null): string {
  return value === null ? "unknown" : value.toFixed(3);
}

function armText(ledger: string): string {
  return ledger.endsWith("-B") ? "  [challenger]" : "";
}

/** Symbol and the mint's ends: symbols are not unique, and a stranger chose them. */
function label(symbol: string, mint: string): string {
  const name = plainLabel(symbol).slice(0, 14);
  return `${(name === "" ? "?" : name).padEnd(12)} ${ends(mint)}`;
}

function ends(address: string): string {
  return `${address.slice(0, 4)}…${address.slice(-4)}`;
}

function timeOfDay(atMs: number): string {
  return new Date(atMs).toTimeString().slice(0, 8);
}
