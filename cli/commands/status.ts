import type { Command } from "commander";
import { durationText, percentText, signedSolText, solText } from "../../adapters/telegram/amounts.ts";
import type { Status } from "../../domain/api/types.ts";
import { callApi } from "../api-client.ts";
import { type Io, report, table } from "../output.ts";
import { type ApiCommandOptions, reading } from "./api-command.ts";

/** Adds `status`. */
export function registerStatus(program: Command, io: Io): void {
  reading(program.command("status").description("books, trading state and the last 24 hours of a running instance")).action(
    (options: ApiCommandOptions) => report(io, options.json, callApi<Status>(options, "/status"), showStatus),
  );
}

/** The status as lines for a person. */
export function showStatus(status: Status): string[] {
  const { funnel } = status;
  const books = status.ledgers.map((ledger) => [
    ledger.ledger,
    ledger.stateReason === null ? ledger.state : `${ledger.state} (${ledger.stateReason})`,
    solText(ledger.equityLamports),
    signedSolText(ledger.realisedLamports),
    percentText(ledger.drawdownBps),
    `${ledger.openPositions}/${ledger.maxPositions}`,
    `${ledger.wins}/${ledger.trades}`,
  ]);
  return [
    `${status.mode} on ${status.network}, parameters ${status.parameters.version}, model ${status.champion?.version ?? "none"}`,
    `SOL ${status.solUsd === null ? "price unknown" : `$${status.solUsd.value.toFixed(2)} (${durationText(status.solUsd.ageMs)} old)`}, ` +
      `newest graduation ${status.feedAgeMs === null ? "none yet" : `${durationText(status.feedAgeMs)} ago`}`,
    `24 h: ${funnel.detected} found, ${funnel.passedFilters} passed the filters, ${funnel.passedGates} the gates, ` +
      `${funnel.scoredAbove} scored enough, ${funnel.bought} bought`,
    "",
    ...table(["ledger", "state", "equity SOL", "realised SOL", "drawdown", "positions", "won/trades"], books),
    "",
    ...table(
      ["reason", "count"],
      status.reasons.map(({ code, count }) => [code, String(count)]),
    ),
  ];
}
