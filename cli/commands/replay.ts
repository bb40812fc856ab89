import { type Command, InvalidArgumentError, Option } from "commander";
import { cleanText, plainLabel } from "../../adapters/telegram/html.ts";
import type { DecisionRecord } from "../../domain/journal/entry.ts";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";
import type { ReasonNote } from "../../domain/scoring/assessment.ts";
import { findGraduations } from "../../domain/solana/decode.ts";
import type { ParameterProfile } from "../../domain/trading/parameters.ts";
import type { Io } from "../output.ts";
import { type FirstJudged, firstJudged, firstJudgedLines } from "../replay/first-judged.ts";
import { loadRecordedChain, type RecordedChain } from "../replay/recorded-chain.ts";
import { type ReplayedTransaction, runReplay } from "../replay/run-replay.ts";
import { loadSeen, type SeenRecords, seenOf } from "../replay/seen.ts";
import { savedJudgement } from "../score/ask.ts";

/** What a replay came to. */
export interface ReplaySummary {
  readonly transactions: number;
  readonly graduations: number;
  readonly bought: number;
  readonly declined: number;
  readonly rejected: number;
  /** Graduations that were judged with what was seen at the time. */
  readonly seen: number;
  /** How often each reason was given, of decisions and rejections. */
  readonly reasons: Readonly<Record<string, number>>;
}

interface ReplayCommandOptions {
  readonly speed?: number;
  readonly seen?: readonly string[];
  readonly state: string;
  readonly parameters: ParameterProfile;
  readonly json: boolean;
}

const HELP = `
Where --seen has a record of a coin's first judgement, the replay judges it at that moment and slot, with what transactions
do not tell as it was seen then: posts, authors, moods of classifiers, own records, holders, the creator's balance and the
SOL price. It says which features came out otherwise than at first. Where only the posts were kept, it has only these.
Without a record there are no posts: sentiment and social are missing. Nobody outside this machine is ever asked.
A tuned parameter set is not put in force; what the features score with the parameters of then is told beside.`;

/** Adds `replay`. */
export function registerReplay(program: Command, io: Io): void {
  program
    .command("replay")
    .description("feed recorded transactions through a throw-away instance and print each decision with its reasons")
    .argument("<path...>", "files or folders of recorded transactions")
    .option("--speed <factor>", "times the recorded speed (default: without pauses; no pause is longer than 10 s)", parseSpeed)
    .option(
      "--seen <path|url...>",
      "what was seen at the time: files or folders that `score MINT --save` wrote or that were taken from the bucket, or a running instance",
    )
    .option("--state <dir>", "with --seen URL: state folder of a local run, for its operator token", ".sniper/state")
    .addOption(new Option("--parameters <profile>", "built-in parameters to judge by").choices(["default", "localnet"]).default("default"))
    .addHelpText("after", HELP)
    .option("--json", "one JSON object per line", false)
    .action((paths: string[], options: ReplayCommandOptions) => replay(io, paths, options));
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (!Number.isFinite(speed) || speed <= 0) throw new InvalidArgumentError("It must be a positive number.");
  return speed;
}

async function replay(io: Io, paths: readonly string[], options: ReplayCommandOptions): Promise<void> {
  const say = (line: string): void => (options.json ? undefined : io.err(line));
  const chain = await loadRecordedChain(paths);
  const seen = await readSeen(chain, options.seen ?? [], options.state);
  for (const { file, line, problem } of [...chain.problems, ...seen.problems]) {
    if (options.json) io.out(JSON.stringify({ type: "problem", file, line, problem }));
    else say(`skipped  ${file}${line === null ? "" : `:${line}`}  ${problem}`);
  }
  if (chain.recordings.length === 0) {
    io.err("error: no recorded transaction was found there");
    io.fail(1);
    return;
  }
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  try {
    const outcome = await runReplay(chain, {
      speed: options.speed ?? null,
      seen: seen.coins,
      profile: options.parameters,
      onStep: say,
      onTransaction: (one) => {
        for (const line of options.json ? jsonLines(one, options.parameters) : textLines(one, options.parameters)) io.out(line);
      },
      signal: interrupt.signal,
    });
    if (!outcome.ok) {
      io.err(`error: ${outcome.detail}`);
      io.fail(1);
      return;
    }
    const summary = summarise(outcome.value);
    io.out(options.json ? JSON.stringify({ type: "summary", ...summary }) : summaryLine(summary));
  } finally {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(name, onSignal);
  }
}

/** What was seen, from files and folders, and from a running instance for each coin that the recording graduates. */
async function readSeen(chain: RecordedChain, from: readonly string[], state: string): Promise<SeenRecords> {
  const isUrl = (one: string): boolean => /^https?:\/\//.test(one);
  const files = await loadSeen(from.filter((one) => !isUrl(one)));
  const coins = [...files.coins];
  const problems = [...files.problems];
  const mints = new Set(
    chain.recordings.flatMap(({ transaction }) => findGraduations(transaction).flatMap((found) => (found.ok ? [found.value.mint] : []))),
  );
  for (const url of from.filter(isUrl)) {
    for (const mint of mints) {
      const found = await savedJudgement(mint, { url, state });
      if (found.ok) coins.push(seenOf(found.value.saved.observations, found.value.saved));
      else problems.push({ file: url, line: null, problem: found.detail ?? found.reason });
    }
  }
  return { coins, problems };
}

/** Counts of a replay. A graduation is a transaction that got a decision; it is bought when the Trader said so. */
export function summarise(replayed: readonly ReplayedTransaction[]): ReplaySummary {
  const judged = replayed.filter(({ decisions }) => decisions.length > 0);
  const bought = judged.filter(({ decisions }) => decisions.some(({ stage, outcome }) => stage === "trade" && outcome === "BUY")).length;
  const reasons: Record<string, number> = {};
  for (const { decisions, rejections } of replayed) {
    const codes = [...decisions.flatMap((decision) => decision.reasons.map(({ code }) => code)), ...rejections.map(({ reason }) => reason)];
    for (const code of codes) reasons[code] = (reasons[code] ?? 0) + 1;
  }
  const rejected = replayed.filter(({ rejections }) => rejections.length > 0).length;
  const seen = judged.filter((one) => one.seen !== null).length;
  return { transactions: replayed.length, graduations: judged.length, bought, declined: judged.length - bought, rejected, seen, reasons };
}

function jsonLines({ recording, seen, decisions, rejections }: ReplayedTransaction, profile: ParameterProfile): string[] {
  const { file, signature } = recording;
  return [
    ...decisions.map((decision) => JSON.stringify({ type: "decision", file, decision, first: firstJudged(decision, seen, profile) })),
    ...rejections.map(({ reason, detail }) => JSON.stringify({ type: "rejection", file, signature, reason, detail })),
  ];
}

/** Lines for a person: each decision with its reasons in words, or why the transaction is no candidate. */
export function textLines({ recording, seen, decisions, rejections }: ReplayedTransaction, profile: ParameterProfile): string[] {
  const when = recording.blockTimeMs === null ? "time unknown" : new Date(recording.blockTimeMs).toISOString();
  const head = `${recording.signature}  ${when}`;
  if (decisions.length === 0) {
    if (rejections.length === 0) return [`known     ${head}  delivered before`];
    return rejections.map(({ reason, detail }) => `rejected  ${head}  ${reasonText({ code: reason, detail })}`);
  }
  return [`found     ${head}`, ...decisions.flatMap((decision) => decisionLines(decision, firstJudged(decision, seen, profile)))];
}

function decisionLines(decision: DecisionRecord, first: FirstJudged | null): string[] {
  const score = decision.score === null ? "" : `  score ${decision.score.toFixed(1)}`;
  const name = plainLabel(decision.symbol);
  return [
    `  ${decision.stage.padEnd(9)}${decision.outcome}${score}  ${name === "" ? "" : `${name}  `}${decision.mint}`,
    ...decision.reasons.map((note) => `    ${reasonText(note)}`),
    ...(decision.missing.length === 0 ? [] : [`    not to be had: ${cleanText(decision.missing.join(", "))}`]),
    ...(first === null ? [] : firstJudgedLines(first).map((line) => `    ${cleanText(line)}`)),
  ];
}

function reasonText({ code, detail }: { readonly code: ReasonNote["code"] | string; readonly detail?: string | null }): string {
  const text = code in REASONS ? REASONS[code as ReasonCode] : "";
  return `${code}: ${text}${detail == null ? "" : ` (${cleanText(detail)})`}`;
}

function summaryLine(summary: ReplaySummary): string {
  const reasons = Object.entries(summary.reasons)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${code} ${count}`);
  return (
    `\n${summary.transactions} transactions: ${summary.graduations} graduation${summary.graduations === 1 ? "" : "s"} ` +
    `(${summary.bought} bought, ${summary.declined} declined; ${summary.seen} with what was seen at the time), ` +
    `${summary.rejected} rejected\n${reasons.join(", ")}`
  );
}
