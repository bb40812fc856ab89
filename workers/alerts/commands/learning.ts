import { durationText, percentText, signedSolText } from "../../../adapters/telegram/amounts.ts";
import { html, plainLabel } from "../../../adapters/telegram/html.ts";
import type { DecisionView, ExperimentView, IntentView, ModelView, Page, Status, TradeView } from "../../../domain/api/types.ts";
import { reasonText } from "../reason-text.ts";
import type { Command } from "./desk.ts";
import { telling, tellingNewest } from "./look.ts";

const DEFAULT_LISTED = 5;
const MAX_REASONS = 12;

interface ReasonCounts {
  readonly items: ReadonlyArray<{ readonly code: string; readonly count: number }>;
}

function decisionsText(decisions: readonly DecisionView[]): string {
  if (decisions.length === 0) return "No decision yet.";
  return decisions
    .map(({ symbol, outcome, score, reasons }) => {
      const why = reasons.map(({ code, detail }) => html`\n  ${reasonText(code)}${detail === undefined ? "" : `: ${detail}`}`).slice(0, 3);
      return html`<b>${plainLabel(symbol)}</b> ${outcome}${score === null ? "" : `, score ${Math.round(score)}`}` + why.join("");
    })
    .join("\n");
}

function declinedText({ items }: ReasonCounts): string {
  if (items.length === 0) return "Nothing was declined within 24 hours.";
  return items
    .slice(0, MAX_REASONS)
    .map(({ code, count }) => html`${count} × ${reasonText(code)}`)
    .join("\n");
}

function exitsText(trades: readonly TradeView[]): string {
  if (trades.length === 0) return "No closed trade yet.";
  const sums = new Map<string, { count: number; pnlLamports: bigint }>();
  for (const { exitReason, pnlLamports } of trades) {
    const sum = sums.get(exitReason) ?? { count: 0, pnlLamports: 0n };
    sums.set(exitReason, { count: sum.count + 1, pnlLamports: sum.pnlLamports + BigInt(pnlLamports) });
  }
  const lines = [...sums]
    .sort(([, a], [, b]) => b.count - a.count)
    .map(([code, { count, pnlLamports }]) => html`${count} × ${reasonText(code)} ${signedSolText(pnlLamports.toString())} SOL`);
  return [html`Exits of the newest ${trades.length} trades:`, ...lines].join("\n");
}

function ordersText(intents: readonly IntentView[]): string {
  if (intents.length === 0) return "No live order yet.";
  return intents
    .map(
      ({ side, status, sends, mint, reason }) =>
        html`${side} ${status}, sent ${sends} times <code>${mint}</code>` + (reason === null ? "" : html`\n  ${reasonText(reason)}`),
    )
    .join("\n");
}

function modelsText(models: readonly ModelView[]): string {
  if (models.length === 0) return "No model was trained yet.";
  return models
    .map(({ name, version, status, reason }) => html`${name} ${version}: ${status}${reason === null ? "" : `, ${reasonText(reason)}`}`)
    .join("\n");
}

function experimentsText(experiments: readonly ExperimentView[], nowMs: number): string {
  if (experiments.length === 0) return "No experiment yet.";
  return experiments
    .map(
      ({ id, status, championVersion, challengerVersion, shareBps, startedAtMs, endedAtMs, reason }) =>
        html`${id}: ${status}, ${challengerVersion} with ${percentText(shareBps)} against ${championVersion}, ` +
        html`${durationText((endedAtMs ?? nowMs) - startedAtMs)}${reason === null ? "" : `, ${reasonText(reason)}`}`,
    )
    .join("\n");
}

const LEARNING = "Decisions and learning";

export const LEARNING_COMMANDS: readonly Command[] = [
  {
    name: "decisions",
    group: LEARNING,
    usage: "[n]",
    text: "newest coins with their reasons",
    answer: tellingNewest("/decisions", DEFAULT_LISTED, decisionsText),
  },
  {
    name: "declined",
    group: LEARNING,
    usage: "",
    text: "why coins were not bought within 24 hours",
    answer: telling("/decisions/reasons", declinedText),
  },
  {
    name: "exits",
    group: LEARNING,
    usage: "",
    text: "why positions were sold, and what it brought",
    answer: telling<Page<TradeView>>("/trades?limit=500", ({ items }) => exitsText(items)),
  },
  {
    name: "orders",
    group: LEARNING,
    usage: "[n]",
    text: "newest live orders",
    answer: tellingNewest("/intents", DEFAULT_LISTED, ordersText),
  },
  {
    name: "models",
    group: LEARNING,
    usage: "[n]",
    text: "newest models, promoted or refused",
    answer: tellingNewest("/models", DEFAULT_LISTED, modelsText),
  },
  {
    name: "experiment",
    group: LEARNING,
    usage: "",
    text: "what is being tried against what",
    answer: async (request, desk) =>
      tellingNewest<ExperimentView>("/experiments", DEFAULT_LISTED, (items) => experimentsText(items, desk.nowMs))(request, desk),
  },
  {
    name: "params",
    group: LEARNING,
    usage: "",
    text: "parameters and model in force",
    answer: telling<Status>(
      "/status",
      ({ parameters, champion }) =>
        html`parameters ${parameters.version} (${parameters.name})\nmodel ${champion === null ? "none" : `${champion.name} ${champion.version}`}`,
    ),
  },
];
