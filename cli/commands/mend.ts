import { isCancel, text } from "@clack/prompts";
import type { Command } from "commander";
import { solText } from "../../adapters/telegram/amounts.ts";
import { ok, refuse } from "../../domain/result.ts";
import type { BegunMend, JournalApi } from "../journal/journal-api.ts";
import { lookAtFork, type Mended, mendJournal } from "../journal/mend.ts";
import type { Branch, MendPlan } from "../journal/mend-plan.ts";
import { type Io, type Outcome, report, table } from "../output.ts";
import { type ApiCommandOptions, changing } from "./api-command.ts";

interface MendOptions extends ApiCommandOptions {
  readonly apply: boolean;
  readonly dryRun: boolean;
  readonly note?: string;
  readonly confirm?: string;
}

/** What a person is asked to agree to. */
interface Proposal {
  readonly forkSeq: number;
  readonly forkHash: string;
  readonly confirmation: string;
  readonly note: string | undefined;
  readonly lines: readonly string[];
}

/** Adds `journal mend`. */
export function registerMend(group: Command, io: Io, apiOf: (options: ApiCommandOptions) => JournalApi): void {
  changing(
    group.command("mend").description("an archive that forks from the journal: say what is where; with --apply set its branch aside"),
  )
    .option("--dry-run", "only say what is where and what would be done (the default)", false)
    .option("--apply", "set the archive's branch aside, after its confirmation text was typed", false)
    .option("--note <text>", "why, for the journal; needed with --apply")
    .option("--confirm <text>", "the confirmation text, instead of being asked for it")
    .action((options: MendOptions) => {
      const api = apiOf(options);
      if (!options.apply || options.dryRun) return report(io, options.json, look(api), showLook);
      return report(io, options.json, apply(io, api, options), showMended);
    });
}

type Look = { readonly begun: BegunMend } | { readonly plan: MendPlan };

async function look(api: JournalApi): Promise<Outcome<Look>> {
  const state = await api.state();
  if (!state.ok) return state;
  if (state.value.mend !== null) return ok({ begun: state.value.mend });
  const plan = await lookAtFork(api);
  return plan.ok ? ok({ plan: plan.value }) : plan;
}

function showLook(look: Look): string[] {
  return "begun" in look
    ? [...begunLines(look.begun), "to go on: sniper journal mend --apply"]
    : [...planLines(look.plan), "", 'nothing was changed; to do it: sniper journal mend --apply --note "why"'];
}

async function apply(io: Io, api: JournalApi, options: MendOptions): Promise<Outcome<Mended>> {
  const seen = await look(api);
  if (!seen.ok) return seen;
  const proposal = "begun" in seen.value ? proposalOfBegun(seen.value.begun) : proposalOf(seen.value.plan, options.note);
  if (proposal.note === undefined || proposal.note.trim() === "") return refuse("FAILED", "say why with --note: it is kept in the journal");
  if (!options.json) for (const line of proposal.lines) io.out(line);
  const typed = options.confirm ?? (await ask(proposal, options.json));
  if (typed === null) {
    return refuse("FAILED", `nobody can be asked here: say --confirm "${proposal.confirmation}"; nothing was changed`);
  }
  if (typed.trim() !== proposal.confirmation)
    return refuse("FAILED", `the text differs from "${proposal.confirmation}": nothing was changed`);
  const { forkSeq, forkHash, note } = proposal;
  return mendJournal(api, { forkSeq, forkHash, note }, options.json ? () => {} : (line) => io.out(line));
}

async function ask({ confirmation }: Proposal, json: boolean): Promise<string | null> {
  if (json || process.stdin.isTTY !== true) return null;
  const typed = await text({ message: `Type this to set the archive's branch aside: ${confirmation}` });
  return isCancel(typed) ? "" : typed;
}

function proposalOf(plan: MendPlan, note: string | undefined): Proposal {
  const { forkSeq, forkHash, confirmation } = plan;
  return { forkSeq, forkHash, confirmation, note, lines: planLines(plan) };
}

function proposalOfBegun(begun: BegunMend): Proposal {
  const { forkSeq, forkHash, note } = begun;
  return { forkSeq, forkHash, note, confirmation: `finish from ${forkSeq} ${forkHash.slice(0, 8)}`, lines: begunLines(begun) };
}

function begunLines({ forkSeq, forkHash, author, note, startedAtMs, files, entries }: BegunMend): string[] {
  return [
    `a mend of the fork at entry ${forkSeq} (branch ${forkHash.slice(0, 8)}) was begun by ${author} on ${timeText(startedAtMs)}: ${note}`,
    `${filesText(files)} with ${entries} entries set aside so far; no entry is taken before it is finished`,
  ];
}

/** What is where, as lines for a person. */
export function planLines({ forkSeq, forkHash, journal, archive, onlyThere, ledgers, files, lost }: MendPlan): string[] {
  const rows = [sideRow("journal", journal), sideRow("archive", archive)];
  return [
    `the archive parts from the journal at entry ${forkSeq} (branch ${forkHash.slice(0, 8)})`,
    "",
    ...table(["branch", "entries", "last", "first made", "last made", "kinds"], rows),
    "",
    ...(archive.entries > journal.entries
      ? ["THE ARCHIVE'S BRANCH IS THE LONGER ONE: read docs/journal.md, Mend, before you set it aside", ""]
      : []),
    ...onlyThereLines(onlyThere),
    "",
    `a mend keeps the journal's entries, moves ${filesText(files)} to journal-forked/v1/, and halts ${ledgers.join(", ") || "no ledger"}`,
    ...(lost === null ? [] : [`LOST: the journal has dropped its entries ${lost.from} to ${lost.to}, which those files should have held`]),
  ];
}

function onlyThereLines({ entries, positions, orders, intents, fills }: MendPlan["onlyThere"]): string[] {
  if (entries === 0) return ["the archive's branch tells nothing that the journal does not have"];
  const section = (name: string, heading: readonly string[], rows: ReadonlyArray<readonly string[]>): string[] =>
    rows.length === 0 ? [`no ${name} that only the archive's branch knows`] : ["", ...table(heading, rows)];
  return [
    `only the archive's branch has ${entries} entries`,
    ...section(
      "position",
      ["position", "ledger", "status", "token", "mint", "base units", "cost SOL"],
      positions.map(({ positionId, ledger, record }) => [
        positionId,
        ledger,
        record?.status ?? "not told",
        record?.symbol ?? "",
        record?.mint ?? "",
        record?.baseAmount ?? "",
        record === null ? "" : solText(record.costLamports),
      ]),
    ),
    ...section(
      "live order",
      ["live order", "ledger", "status", "signature"],
      intents.map(({ intentId, ledger, status, signature }) => [intentId, ledger, status, signature ?? "not signed"]),
    ),
    ...section(
      "order",
      ["order", "ledger", "in", "minimum out"],
      orders.map(({ orderId, ledger, amountIn, minOut }) => [orderId, ledger, amountIn, minOut]),
    ),
    ...section(
      "fill",
      ["fill of", "ledger", "side", "base units", "SOL"],
      fills.map(({ positionId, ledger, side, baseAmount, quoteLamports }) => [
        positionId,
        ledger,
        side,
        baseAmount,
        solText(quoteLamports),
      ]),
    ),
  ];
}

function sideRow(name: string, { entries, lastSeq, fromMs, toMs, kinds }: Branch): string[] {
  const counts = kinds.map(([kind, count]) => `${kind} ${count}`).join(", ");
  return [name, String(entries), String(lastSeq), timeText(fromMs), timeText(toMs), counts];
}

function showMended({ files, isDatabaseForeign }: Mended): string[] {
  return [
    `${filesText(files)} set aside, the journal takes entries again, and the mend is recorded in it`,
    ...(isDatabaseForeign === false ? [] : ["next: sniper journal rebuild (D1 took entries of the other branch)"]),
    "next: sniper journal verify, sniper risk, sniper incidents; a ledger that was named is HALTED until you resume it",
  ];
}

function filesText(files: number): string {
  return files === 1 ? "1 file" : `${files} files`;
}

function timeText(ms: number | null): string {
  if (ms === null || Math.abs(ms) > 8.64e15) return "-";
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
