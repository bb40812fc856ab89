import { isCancel, text } from "@clack/prompts";
import type { Command } from "commander";
import { durationText, percentText, solText } from "../../adapters/telegram/amounts.ts";
import type { LiveStatus, Preflight } from "../../domain/api/types.ts";
import { refuse } from "../../domain/result.ts";
import { disableLive, enableLive, preflightRows, readLive, runPreflight } from "../live-api.ts";
import { type Io, type Outcome, report, table } from "../output.ts";
import { type ApiCommandOptions, changing, reading } from "./api-command.ts";
import { incidentRows } from "./incidents.ts";
import { registerRehearse } from "./rehearse.ts";

/** Adds `live status`, `live preflight`, `live enable`, `live disable` and `live rehearse`. */
export function registerLive(program: Command, io: Io): void {
  const live = program.command("live").description("trading with a real wallet: what stands, going live, going back to paper");
  reading(live.command("status").description("mode, wallet, trial size, programs, providers, budgets, incidents")).action(
    (options: ApiCommandOptions) => report(io, options.json, readLive(options), showLive),
  );
  changing(live.command("preflight").description("run the checks that going live needs; exit code 1 when one fails")).action(
    async (options: ApiCommandOptions) => {
      const outcome = await runPreflight(options);
      await report(io, options.json, Promise.resolve(outcome), showPreflight);
      if (outcome.ok && !outcome.value.ok) io.fail(1);
    },
  );
  changing(live.command("enable").description("go live: runs the preflight, then asks you to type its confirmation text"))
    .option("--confirm <text>", "the confirmation text of a preflight of the last minute, instead of being asked for it")
    .action((options: ApiCommandOptions & { confirm?: string }) => report(io, options.json, enable(io, options), showEnabled));
  changing(live.command("disable").description("back to paper: no new live entries; open live positions keep exiting live")).action(
    (options: ApiCommandOptions) =>
      report(io, options.json, disableLive(options), () => ["paper: no new live entries; open live positions keep exiting live"]),
  );
  registerRehearse(live, io);
}

async function enable(io: Io, options: ApiCommandOptions & { confirm?: string }): Promise<Outcome<LiveStatus>> {
  if (options.confirm !== undefined) return confirmWith(options, options.confirm);
  const preflight = await runPreflight(options);
  if (!preflight.ok) return preflight;
  const { confirmation } = preflight.value;
  if (!options.json) for (const line of showPreflight(preflight.value)) io.out(line);
  if (confirmation === null) {
    const failing = preflight.value.checks.filter(({ ok: isOk }) => !isOk).map(({ name }) => name);
    return refuse("FAILED", `the mode stays paper: ${failing.join(", ")} failed`);
  }
  if (options.json || process.stdin.isTTY !== true) {
    return refuse(
      "FAILED",
      `nobody can be asked here: run live preflight, and live enable --confirm "<its confirmation text>" within a minute`,
    );
  }
  const typed = await text({ message: `Real money from here on. Type this to go live: ${confirmation}` });
  if (isCancel(typed) || typed.trim() !== confirmation) return refuse("FAILED", "the text differs: the mode stays paper");
  return confirmWith(options, confirmation);
}

async function confirmWith(options: ApiCommandOptions, confirmation: string): Promise<Outcome<LiveStatus>> {
  const enabled = await enableLive(options, confirmation);
  return enabled.ok ? readLive(options) : enabled;
}

function showEnabled(live: LiveStatus): string[] {
  return live.mode === "live"
    ? [`LIVE: orders are signed with ${live.wallet ?? "the wallet"}; ${trialText(live)}`]
    : ["the mode in force is paper"];
}

function showPreflight(preflight: Preflight): string[] {
  const last =
    preflight.confirmation === null ? "The preflight fails: the mode stays paper." : `Confirmation text: ${preflight.confirmation}`;
  return [...table(["check", "", "reason", "detail"], preflightRows(preflight)), "", last];
}

/** How far the trial of the first trades is. */
export function trialText({ agreed, agreedWanted, trialSizeLamports }: LiveStatus): string {
  const agreeing = "landed orders agreed with their prediction";
  if (agreed >= agreedWanted) return `over: ${agreed} ${agreeing}`;
  return `${agreed} of ${agreedWanted} ${agreeing}; until then at most ${solText(trialSizeLamports)} SOL each`;
}

/** Live trading as lines for a person. */
export function showLive(live: LiveStatus): string[] {
  const since = live.sinceMs === null ? "" : ` since ${new Date(live.sinceMs).toISOString().slice(0, 19).replace("T", " ")}`;
  const programs = live.programs.map(({ name, ok: isOk, pinnedSlot, slot, programId }) => [
    name,
    isOk ? "as pinned" : "DRIFT",
    pinnedSlot === null ? "not pinned" : String(pinnedSlot),
    slot === null ? "unread" : String(slot),
    programId,
  ]);
  const providers = live.providers.map(({ name, ok: isOk, slot, lagSlots, errorShareBps, latencyMs, reason }) => [
    name,
    isOk ? "ok" : "FAILS",
    slot === null ? "-" : String(slot),
    lagSlots === null ? "-" : String(lagSlots),
    percentText(errorShareBps),
    latencyMs === null ? "-" : `${Math.round(latencyMs)} ms`,
    reason ?? "",
  ]);
  return [
    `mode in force ${live.mode.toUpperCase()}${since}${live.author === null ? "" : ` by ${live.author}`}, ceiling ${live.ceiling}`,
    live.wallet === null
      ? "no wallet: the signer is not bound or holds no key"
      : `wallet ${live.wallet}, ${live.walletLamports === null ? "balance unknown" : `${solText(live.walletLamports)} SOL at the last look, at most a minute ago`}`,
    trialText(live),
    "",
    ...table(["program", "", "pinned slot", "slot", "address"], programs),
    "",
    ...table(["provider", "", "slot", "behind", "errors", "latency", "reason"], providers),
    "",
    ...budgetTable(live),
    "",
    ...(live.incidents.length === 0 ? ["no open incident"] : incidentRows(live.incidents)),
  ];
}

/** The signer's budgets as a table. */
export function budgetTable({ budgets }: Pick<LiveStatus, "budgets">): string[] {
  return table(
    ["budget", "window", "used SOL", "of", "signatures", "of"],
    budgets.map(({ kind, windowMs, usedLamports, limitLamports, signatures, signaturesLimit }) => [
      kind,
      durationText(windowMs),
      solText(usedLamports),
      solText(limitLamports),
      String(signatures),
      String(signaturesLimit),
    ]),
  );
}
