import { confirm, isCancel } from "@clack/prompts";
import { type Command, InvalidArgumentError } from "commander";
import type { ChainHead } from "../../domain/journal/chain.ts";
import { ok, refuse } from "../../domain/result.ts";
import { callApi } from "../api-client.ts";
import { type JournalApi, type JournalState, journalApi } from "../journal/journal-api.ts";
import { localSegments } from "../journal/local-segments.ts";
import { type DatabaseHash, hashDatabase, type Rebuild, rebuildDatabase } from "../journal/rebuild.ts";
import { remoteSegments, type Verification, verifyJournal } from "../journal/verify-journal.ts";
import { type Io, type Outcome, report, table } from "../output.ts";
import { type ApiCommandOptions, changing } from "./api-command.ts";
import { registerMend } from "./mend.ts";

interface VerifyOptions extends ApiCommandOptions {
  readonly from?: string;
  readonly head?: ChainHead;
}

/** Adds `journal status`, `verify`, `hash`, `rebuild`, `recover` and `mend`. */
export function registerJournal(program: Command, io: Io): void {
  const group = program.command("journal").description("the record of every decision, order and fill: check it, rebuild D1 from it");
  changing(group.command("status").description("the journal's end and how far its archive and D1 are")).action(
    (options: ApiCommandOptions) => report(io, options.json, apiOf(options).state(), stateLines),
  );
  changing(group.command("verify").description("check every entry's hash, number and place; exit code 1 names the first bad one"))
    .option("--from <path>", "check a local folder or file of archived segments instead of a running instance")
    .option("--head <seq:hash>", "with --from: the end that the journal must have", parseHead)
    .action((options: VerifyOptions) => judged(io, options.json, verify(options), ({ isSound }) => isSound, verificationLines));
  changing(group.command("hash").description("hash of what D1 holds of the journal")).action((options: ApiCommandOptions) =>
    report(io, options.json, hashDatabase(apiOf(options)), hashLines),
  );
  changing(group.command("rebuild").description("empty D1, fill it from the journal and compare the hash of its content"))
    .option("--yes", "do not ask", false)
    .action((options: ApiCommandOptions & { yes: boolean }) =>
      judged(io, options.json, rebuild(options, options.json ? () => {} : (line) => io.out(line)), ({ isEqual }) => isEqual, rebuildLines),
    );
  changing(group.command("recover").description("bring back entries that the archive has and the journal lost")).action(
    (options: ApiCommandOptions) => report(io, options.json, recover(apiOf(options)), recoverLines),
  );
  registerMend(group, io, apiOf);
}

/** As `report`, with exit code 1 when what was found is not good. */
async function judged<T>(
  io: Io,
  json: boolean,
  work: Promise<Outcome<T>>,
  isGood: (value: T) => boolean,
  show: (value: T) => readonly string[],
): Promise<void> {
  await report(io, json, work, show);
  const outcome = await work;
  if (outcome.ok && !isGood(outcome.value)) io.fail(1);
}

async function rebuild(options: ApiCommandOptions & { yes: boolean }, tell: (line: string) => void): Promise<Outcome<Rebuild>> {
  if (!options.yes && !options.json && process.stdin.isTTY === true) {
    const answer = await confirm({ message: "Empty D1 and fill it from the journal? Pages show gaps meanwhile; trading goes on." });
    if (isCancel(answer) || !answer) return refuse("FAILED", "nothing was changed");
  }
  return rebuildDatabase(apiOf(options), tell);
}

async function verify(options: VerifyOptions): Promise<Outcome<Verification>> {
  if (options.from === undefined) {
    const api = apiOf(options);
    return verifyJournal(remoteSegments(api), { api });
  }
  const source = localSegments(options.from);
  return source.ok ? verifyJournal(source.value, options.head === undefined ? {} : { head: options.head }) : source;
}

function apiOf(options: ApiCommandOptions): JournalApi {
  return journalApi((path, init) => callApi(options, path, init));
}

async function recover(api: JournalApi): Promise<Outcome<{ head: number; imported: number; state: string }>> {
  let imported = 0;
  for (;;) {
    const step = await api.recover();
    if (!step.ok) return step;
    imported += step.value.imported;
    if (step.value.imported > 0) continue;
    if (step.value.state !== "open") {
      const next = step.value.state === "forked" ? ": look with sniper journal mend" : "";
      return refuse("FAILED", `the journal is still ${step.value.state}: entry ${step.value.head} is its last${next}`);
    }
    return ok({ head: step.value.head, imported, state: step.value.state });
  }
}

function verificationLines({ isSound, seq, hash, files, tail, fault, against }: Verification): string[] {
  const read = `${seq} entries in ${files} archived files${tail > 0 ? ` and ${tail} of the journal itself` : ""}`;
  if (!isSound && fault !== null) return [`entry ${fault.seq}: ${fault.fault}: ${fault.detail}`, `sound up to entry ${seq}`];
  const end = against === null ? "; name the end with --head to see whether it was cut off" : "";
  return [`sound: ${read}${end}`, `head ${seq}:${hash}`];
}

function stateLines(state: JournalState): string[] {
  const { seq, hash, archivedSeq, executorSeq, publishedSeq, gone, mend } = state;
  return [
    `${state.state}, head ${seq}:${hash}`,
    `archived ${archivedSeq}, in D1 ${executorSeq}, published ${publishedSeq}`,
    ...(gone === null ? [] : [`gone: entries ${gone.from} to ${gone.to} are neither in the journal nor in its archive`]),
    ...(mend === null ? [] : [`a mend of the fork at entry ${mend.forkSeq} is under way: finish it with sniper journal mend --apply`]),
  ];
}

function hashLines({ seq, hash, tables }: DatabaseHash): string[] {
  const rows = tables.map(({ table: name, rows: count, digest }) => [name, String(count), digest.slice(0, 16)]);
  return [...table(["table", "rows", "digest"], rows), `hash ${hash} (entry ${seq})`];
}

function rebuildLines({ seq, before, after, isEqual, different, rows }: Rebuild): string[] {
  const verdict = before === null ? "" : isEqual ? ", equal" : `, NOT equal: ${different.join(", ")}`;
  return [`hash after  ${after} (entry ${seq}, ${rows} rows)${verdict}`];
}

function recoverLines({ head, imported }: { head: number; imported: number }): string[] {
  return [
    imported === 0 ? `nothing to bring back: the journal ends at ${head}` : `${imported} entries brought back: the journal ends at ${head}`,
  ];
}

function parseHead(text: string): ChainHead {
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (match === null) throw new InvalidArgumentError("It must be <seq>:<hash>, as verify prints it.");
  return { seq: Number(match[1]), hash: match[2] ?? "" };
}
