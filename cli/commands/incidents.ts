import type { Command } from "commander";
import type { IncidentView, IntentView } from "../../domain/api/types.ts";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";
import { acknowledge, listIncidents, listIntents } from "../live-api.ts";
import { type Io, report, table } from "../output.ts";
import { type ApiCommandOptions, changing, listing } from "./api-command.ts";

/** Adds `intents`, `incidents` and `ack`. */
export function registerIncidents(program: Command, io: Io): void {
  listing(program.command("intents").description("newest live orders, from planned to landed")).action(
    (options: ApiCommandOptions & { limit: number }) =>
      report(io, options.json, listIntents(options, options.limit), ({ items }) =>
        items.length === 0 ? ["no live orders yet"] : table(INTENT_HEADING, items.map(intentRow)),
      ),
  );
  listing(program.command("incidents").description("what waits for a person"))
    .option("--all", "cleared ones too", false)
    .action((options: ApiCommandOptions & { limit: number; all: boolean }) =>
      report(io, options.json, listIncidents(options, options.limit, options.all), ({ items }) =>
        items.length === 0 ? [options.all ? "no incident yet" : "no open incident"] : incidentRows(items),
      ),
    );
  changing(program.command("ack").description("say that you have seen an incident: it is not sent again"))
    .argument("<id>", "as listed by incidents")
    .action((id: string, options: ApiCommandOptions) =>
      report(io, options.json, acknowledge(options, id), () => [`${id} is acknowledged; it stays listed until its cause is gone`]),
    );
}

const INTENT_HEADING = ["updated", "side", "status", "mint", "in", "min out", "sends", "signature", "reason"];

function intentRow(intent: IntentView): string[] {
  return [
    timeText(intent.updatedAtMs),
    intent.side,
    intent.status,
    intent.mint,
    intent.amountIn,
    intent.minOut,
    String(intent.sends),
    intent.signature ?? "-",
    intent.reason ?? "-",
  ];
}

/** Incidents as a table, the reason in words. */
export function incidentRows(incidents: readonly IncidentView[]): string[] {
  return table(
    ["id", "raised", "severity", "status", "subject", "what", "detail"],
    incidents.map(({ incidentId, raisedAtMs, severity, status, subject, code, detail }) => [
      incidentId,
      timeText(raisedAtMs),
      severity,
      status,
      subject,
      code in REASONS ? REASONS[code as ReasonCode] : code,
      detail,
    ]),
  );
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace("T", " ");
}
