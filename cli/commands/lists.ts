import type { Command } from "commander";
import { durationText, percentText, signedPercentText, signedSolText, solText } from "../../adapters/telegram/amounts.ts";
import { plainLabel } from "../../adapters/telegram/html.ts";
import type { DecisionView, ModelView, Page, PositionView, TradeView } from "../../domain/api/types.ts";
import { callApi } from "../api-client.ts";
import { type Io, report, table } from "../output.ts";
import { type ApiCommandOptions, listing } from "./api-command.ts";

interface ListCommand<T> {
  readonly name: string;
  readonly description: string;
  readonly heading: readonly string[];
  readonly row: (item: T) => readonly string[];
}

const DECISIONS: ListCommand<DecisionView> = {
  name: "decisions",
  description: "newest decisions with their reasons",
  heading: ["time", "symbol", "mint", "stage", "outcome", "score", "reasons"],
  row: (decision) => [
    timeText(decision.atMs),
    plainLabel(decision.symbol),
    decision.mint,
    decision.stage,
    decision.outcome,
    decision.score === null ? "-" : String(Math.round(decision.score)),
    decision.reasons.map(({ code }) => code).join(" "),
  ],
};

const POSITIONS: ListCommand<PositionView> = {
  name: "positions",
  description: "positions, the newest change first",
  heading: ["symbol", "mint", "ledger", "status", "score", "cost SOL", "return", "stop", "take", "position"],
  row: (position) => [
    plainLabel(position.symbol),
    position.mint,
    position.ledger,
    position.status,
    String(Math.round(position.score)),
    solText(position.costLamports),
    position.returnBps === null ? "-" : signedPercentText(position.returnBps),
    `-${percentText(position.stopLossBps)}`,
    `+${percentText(position.takeProfitBps)}`,
    position.positionId,
  ],
};

const TRADES: ListCommand<TradeView> = {
  name: "trades",
  description: "newest closed trades",
  heading: ["closed", "symbol", "mint", "ledger", "score", "cost SOL", "pnl SOL", "return", "held", "exit"],
  row: (trade) => [
    timeText(trade.closedAtMs),
    plainLabel(trade.symbol),
    trade.mint,
    trade.ledger,
    String(Math.round(trade.score)),
    solText(trade.costLamports),
    signedSolText(trade.pnlLamports),
    signedPercentText(trade.returnBps),
    durationText(trade.holdMs),
    trade.exitReason,
  ],
};

const MODELS: ListCommand<ModelView> = {
  name: "models",
  description: "trained models: promoted, refused, retired",
  heading: ["trained", "name", "version", "family", "status", "rows", "reason"],
  row: (model) => [
    timeText(model.trainedAtMs),
    model.name,
    model.version,
    model.family,
    model.status,
    `${model.rowsTrain}+${model.rowsHoldout}`,
    model.reason ?? "-",
  ],
};

/** Adds `decisions`, `positions`, `trades` and `models`. */
export function registerLists(program: Command, io: Io): void {
  addList(program, io, DECISIONS);
  addList(program, io, POSITIONS, (command) => command.option("--all", "closed ones too", false));
  addList(program, io, TRADES);
  addList(program, io, MODELS);
}

type ListOptions = ApiCommandOptions & { readonly limit: number; readonly all?: boolean };

function addList<T>(program: Command, io: Io, list: ListCommand<T>, extend: (command: Command) => Command = (command) => command): void {
  extend(listing(program.command(list.name).description(list.description))).action((options: ListOptions) => {
    const scope = options.all === true ? "&scope=all" : "";
    const page = callApi<Page<T>>(options, `/${list.name}?limit=${options.limit}${scope}`);
    return report(io, options.json, page, ({ items }) =>
      items.length === 0 ? [`no ${list.name} yet`] : table(list.heading, items.map(list.row)),
    );
  });
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace("T", " ");
}
