import { confirm, isCancel } from "@clack/prompts";
import { Argument, type Command, InvalidArgumentError } from "commander";
import { durationText, percentText } from "../../adapters/telegram/amounts.ts";
import { parseDurationMs } from "../../domain/api/duration.ts";
import { STATE_MEANING, stopsLiftedByResuming, stopText } from "../../domain/api/trading-state.ts";
import type { LedgerLockView, LockView, Page, RiskLimit, RiskView } from "../../domain/api/types.ts";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";
import { ok, refuse } from "../../domain/result.ts";
import { callApi } from "../api-client.ts";
import { type Io, type Outcome, report, table } from "../output.ts";
import { type ApiCommandOptions, changing, reading } from "./api-command.ts";

const STATES: ReadonlyArray<RiskView["state"]> = ["ACTIVE", "REDUCING", "HALTED"];
const SCOPES: ReadonlyArray<LockView["scope"]> = ["mint", "creator", "all"];

interface LedgerOptions extends ApiCommandOptions {
  readonly ledger?: string;
}

interface StateOptions extends LedgerOptions {
  readonly note?: string;
  readonly clears: readonly string[];
  readonly yes: boolean;
}

/** How long a lock holds; null until it is lifted. Wrapped, since commander takes a bare null for no value. */
interface Length {
  readonly durationMs: number | null;
}

interface LockOptions extends LedgerOptions {
  readonly for: Length;
  readonly reason: string;
}

/** Adds `risk`, `state`, `locks`, `lock`, `unlock` and `close`. */
export function registerRisk(program: Command, io: Io): void {
  withLedger(reading(program.command("risk").description("trading state, limits and how much of each is used, locks"))).action(
    (options: LedgerOptions) => report(io, options.json, readRisk(options), showRisk),
  );
  withLedger(
    changing(program.command("state").description("set the trading state: exits go on in every state; ACTIVE lets entries run again")),
  )
    .addArgument(new Argument("<state>").choices(STATES))
    .option("--note <text>", "why; kept with the state")
    .option("--clears <codes>", "with ACTIVE: comma-separated codes of the stops that this lifts, as risk shows them", parseCodes, [])
    .option("--yes", "with ACTIVE: do not ask; tripped breakers still have to be named with --clears", false)
    .action((state: RiskView["state"], options: StateOptions) => report(io, options.json, setState(state, options), showRisk));
  withLedger(
    reading(program.command("locks").description("locks in force, newest first; of every open ledger unless one is named")),
  ).action((options: LedgerOptions) =>
    report(io, options.json, callApi<Page<LedgerLockView>>(options, `/locks${ledgerQuery(options)}`), ({ items }) =>
      items.length === 0 ? ["no lock is in force"] : lockTable(items),
    ),
  );
  withLedger(changing(program.command("lock").description("stop entries for a mint, a creator or everything; exits go on")))
    .addArgument(new Argument("<scope>", "what is locked").choices(SCOPES))
    .argument("[address]", "of the mint or creator; none for all")
    .requiredOption("--reason <text>", "why")
    .option("--for <duration>", "a number with s, m, h or d, or forever", parseLength, { durationMs: null })
    .action((scope: LockView["scope"], address: string | undefined, options: LockOptions) =>
      report(io, options.json, setLock(scope, address, options), ({ items }) => lockTable(items)),
    );
  changing(program.command("unlock").description("lift a lock; entries resume where it was the only stop"))
    .argument("<id>", "as listed by locks")
    .option("--yes", "do not ask", false)
    .action((id: string, options: ApiCommandOptions & { yes: boolean }) =>
      report(io, options.json, unlock(id, options), () => [`${id} is lifted`]),
    );
  withLedger(
    changing(program.command("close").description("sell now at what the pool pays: one position, or with --all everything of a ledger")),
  )
    .argument("[position]", "id as positions --json lists it")
    .option("--all", "everything that the ledger holds", false)
    .option("--yes", "do not ask", false)
    .action((id: string | undefined, options: LedgerOptions & { all: boolean; yes: boolean }) =>
      report(io, options.json, close(id, options), (line) => [line]),
    );
}

function withLedger(command: Command): Command {
  return command.option("--ledger <name>", "paper-A, paper-B or live-A");
}

function ledgerQuery({ ledger }: LedgerOptions): string {
  return ledger === undefined ? "" : `?ledger=${encodeURIComponent(ledger)}`;
}

function readRisk(options: LedgerOptions): Promise<Outcome<RiskView>> {
  return callApi<RiskView>(options, `/risk${ledgerQuery(options)}`);
}

/** Sets the state of the named ledger, else of arm A of the mode in force. */
async function setState(state: RiskView["state"], options: StateOptions): Promise<Outcome<RiskView>> {
  let { clears } = options;
  let { ledger } = options;
  let seen = {};
  if (ledger === undefined || state === "ACTIVE") {
    const risk = await readRisk(options);
    if (!risk.ok) return risk;
    ledger = risk.value.ledger;
    if (state === "ACTIVE") {
      const agreed = await agreeToResume(risk.value, options);
      if (!agreed.ok) return agreed;
      clears = agreed.value;
      seen = { sinceMs: risk.value.sinceMs };
    }
  }
  return callApi<RiskView>(options, "/state", { method: "POST", body: { ledger, state, note: options.note ?? null, clears, ...seen } });
}

/** The stops that the person names: all of them after a yes at the terminal, else what --clears names. */
async function agreeToResume(risk: RiskView, { clears, yes, json }: StateOptions): Promise<Outcome<readonly string[]>> {
  const stops = stopsLiftedByResuming(risk);
  const unnamed = stops.filter((code) => !clears.includes(code));
  const canAsk = !json && process.stdin.isTTY === true;
  if (!canAsk || yes) {
    if (unnamed.length === 0) return ok(clears);
    return refuse(
      "FAILED",
      `${risk.ledger} was stopped by ${unnamed.map(reasonText).join("; ")}: name what you lift with --clears ${stops.join(",")}`,
    );
  }
  const about = stops.map((code) => `\n  ${reasonText(code)}${stopText(code) === "" ? "" : `, which watches ${stopText(code)}`}`);
  const message = `Entries of ${risk.ledger} run again.${about.length === 0 ? "" : ` This clears:${about.join("")}`}\nGo on?`;
  const answer = await confirm({ message });
  return isCancel(answer) || !answer ? refuse("FAILED", `${risk.ledger} stays ${risk.state}`) : ok(stops);
}

async function setLock(
  scope: LockView["scope"],
  address: string | undefined,
  options: LockOptions,
): Promise<Outcome<Page<LedgerLockView>>> {
  if ((scope === "all") !== (address === undefined)) return refuse("FAILED", "lock mint ADDRESS, lock creator ADDRESS, or lock all");
  const body = {
    ...(options.ledger === undefined ? {} : { ledger: options.ledger }),
    scope,
    value: address ?? null,
    durationMs: options.for.durationMs,
    reason: options.reason,
  };
  return callApi(options, "/locks", { method: "POST", body });
}

/** Lifts a lock; one that a breaker set is lifted at the terminal only after a yes. */
async function unlock(id: string, options: ApiCommandOptions & { yes: boolean }): Promise<Outcome<null>> {
  if (!options.yes && !options.json && process.stdin.isTTY === true) {
    const locks = await callApi<Page<LedgerLockView>>(options, "/locks");
    if (!locks.ok) return locks;
    const breaker = locks.value.items.find(({ lockId, author }) => lockId === id && author === "system");
    if (breaker !== undefined) {
      const answer = await confirm({ message: `This clears ${reasonText(breaker.reason)} Entries of ${breaker.ledger} run again. Go on?` });
      if (isCancel(answer) || !answer) return refuse("FAILED", "the lock stays");
    }
  }
  return callApi<null>(options, `/locks/${encodeURIComponent(id)}`, { method: "DELETE" });
}

async function close(id: string | undefined, options: LedgerOptions & { all: boolean; yes: boolean }): Promise<Outcome<string>> {
  if (options.all !== (id === undefined)) return refuse("FAILED", "name one position, or --all");
  if (!options.yes && !options.json && process.stdin.isTTY === true) {
    const answer = await confirm({ message: `Sell ${id ?? "everything"} now, at what the pool pays?` });
    if (isCancel(answer) || !answer) return refuse("FAILED", "nothing was sold");
  }
  if (id !== undefined) {
    const asked = await callApi<{ ledger: string }>(options, `/positions/${encodeURIComponent(id)}/close`, { method: "POST" });
    return asked.ok ? ok(`${id} (${asked.value.ledger}) is being sold; entries go on`) : asked;
  }
  const risk = await readRisk(options);
  if (!risk.ok) return risk;
  const { ledger } = risk.value;
  const asked = await callApi<{ positions: number }>(options, "/positions/close", { method: "POST", body: { ledger } });
  return asked.ok ? ok(`${asked.value.positions} positions of ${ledger} are being sold; entries go on`) : asked;
}

function parseCodes(text: string): string[] {
  return text.split(",").map((code) => code.trim());
}

function parseLength(text: string): Length {
  const durationMs = parseDurationMs(text);
  if (durationMs === null && text !== "forever") throw new InvalidArgumentError('It must be a number with s, m, h or d, or "forever".');
  return { durationMs };
}

/** The risk engine as lines for a person. */
export function showRisk(risk: RiskView): string[] {
  return [
    `${risk.ledger} ${risk.state} since ${timeText(risk.sinceMs)} by ${risk.author}${risk.note === null ? "" : `: "${risk.note.replace(/\p{C}/gu, "")}"`}`,
    ...(risk.stateReason === null ? [] : [reasonText(risk.stateReason)]),
    STATE_MEANING[risk.state],
    ...(risk.isReconciled ? [] : [`${reasonText("RECONCILING")} Entries wait for it, exits go on.`]),
    "",
    ...table(
      ["limit", "used", "of", ""],
      risk.limits.map(({ code, used, limit, unit, isReached }) => [
        code,
        amountText(used, unit),
        amountText(limit, unit),
        isReached ? "REACHED" : "",
      ]),
    ),
    "",
    ...(risk.locks.length === 0 ? ["no lock is in force"] : lockTable(risk.locks.map((lock) => ({ ledger: risk.ledger, ...lock })))),
  ];
}

function lockTable(locks: readonly LedgerLockView[]): string[] {
  return table(
    ["id", "ledger", "locked", "until", "author", "reason"],
    locks.map(({ lockId, ledger, scope, value, untilMs, author, reason }) => [
      lockId,
      ledger,
      value === null ? scope : `${scope} ${value}`,
      untilMs === null ? "it is lifted" : timeText(untilMs),
      author,
      reasonText(reason),
    ]),
  );
}

function amountText(amount: number, unit: RiskLimit["unit"]): string {
  if (unit === "bps") return percentText(amount);
  return unit === "ms" ? durationText(amount) : `${amount} ${unit}`;
}

function reasonText(code: string): string {
  return Object.hasOwn(REASONS, code) ? `${REASONS[code as ReasonCode]} (${code})` : code;
}

function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
