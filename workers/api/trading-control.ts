import { listLedgers } from "../../adapters/d1/aggregates.ts";
import { loadControl } from "../../adapters/r2/control-log.ts";
import { keptReason, liveStopAmong, stopsLiftedByResuming } from "../../domain/api/trading-state.ts";
import type { LedgerLockView, LockView, RiskView } from "../../domain/api/types.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { liveControlOf, portfolioOf } from "../../durable-objects/stubs.ts";

/** Who asks, as the journal keeps it: "operator" with the API's token, or "telegram:ID". */
export type Author = string;

export interface StateChange {
  readonly ledger: string;
  readonly state: RiskView["state"];
  readonly note: string | null;
  /** With ACTIVE: the stops that the person has seen and means to lift. */
  readonly clears: readonly string[];
  /** When the state that the person saw was set; whatever replaced it since is left alone. */
  readonly sinceMs?: number | undefined;
}

export interface LockOrder {
  /** Null for every open ledger. */
  readonly ledger: string | null;
  readonly scope: LockView["scope"];
  readonly value: string | null;
  readonly untilMs: number | null;
  readonly reason: string;
}

/** Names of the ledgers that trade, or have traded. */
export async function ledgerNames(env: Env, nowMs: number): Promise<string[]> {
  const [mode, control, seen] = await Promise.all([liveControlOf(env).mode(), loadControl(env, nowMs), listLedgers(env.DB)]);
  const armB = control.experiment === null ? [] : ["paper-B"];
  return [...new Set([`${mode}-A`, ...armB, ...seen])].sort();
}

/** The ledger that is meant when none is named: arm A of the mode in force. */
export async function defaultLedger(env: Env): Promise<string> {
  return `${await liveControlOf(env).mode()}-A`;
}

/** What all ledgers answered. */
export interface LedgerRisks {
  readonly risks: readonly RiskView[];
  /** Ledgers whose books are not open yet: they open with the first entry. */
  readonly unopened: readonly string[];
  /** Ledgers that did not answer. */
  readonly unanswered: readonly string[];
}

/** Risk engines of all ledgers. */
export async function readRisks(env: Env, nowMs: number): Promise<LedgerRisks> {
  const names = await ledgerNames(env, nowMs);
  const replies = await Promise.allSettled(names.map((ledger) => portfolioOf(env, ledger).risk()));
  const risks: RiskView[] = [];
  const unopened: string[] = [];
  const unanswered: string[] = [];
  for (const [index, reply] of replies.entries()) {
    if (reply.status === "rejected") {
      console.warn("portfolio did not answer", names[index], String(reply.reason));
      unanswered.push(names[index] ?? "");
    } else if (reply.value === null) unopened.push(names[index] ?? "");
    else risks.push(reply.value);
  }
  return { risks, unopened, unanswered };
}

/** As `readRisks`, where half an answer would read like all of it: throws when a ledger does not answer. */
async function allRisks(env: Env, nowMs: number): Promise<readonly RiskView[]> {
  const { risks, unanswered } = await readRisks(env, nowMs);
  if (unanswered.length > 0) throw new Error(`no answer from ${unanswered.join(", ")}`);
  return risks;
}

/**
 * Sets a ledger's trading state, also before its books are open. ACTIVE is refused with STOP_NOT_NAMED unless the caller names every stop that it
 * lifts, with CONFIRMATION_REQUIRED where only going live anew ends the stop, and with STATE_CHANGED when the state is not the one seen.
 * @returns the risk engine now, and whether every entry under way is stopped for certain (false: its position did not answer yet)
 */
export async function changeState(
  env: Env,
  { ledger, state, note, clears, sinceMs }: StateChange,
  author: Author,
): Promise<Result<{ readonly risk: RiskView; readonly isSettled: boolean }>> {
  const portfolio = portfolioOf(env, ledger);
  const before = await portfolio.risk();
  if (state === "ACTIVE" && before !== null) {
    const stops = stopsLiftedByResuming(before);
    const live = liveStopAmong(stops);
    if (live !== null) return refuse("CONFIRMATION_REQUIRED", `${ledger} is stopped by ${live}: sniper live enable checks and lifts it`);
    const unnamed = stops.filter((code) => !clears.includes(code));
    if (unnamed.length > 0) return refuse("STOP_NOT_NAMED", `this lifts ${unnamed.join(", ")} on ${ledger}`);
  }
  // A stricter or milder stop by hand must not hide what the next one to resume has to name.
  const reason = state === "ACTIVE" ? null : keptReason(before?.stateReason ?? null);
  // What trips between the look above and this is not lifted: the books compare for themselves.
  const set = await portfolio.replaceState({ state, author, reason, note }, { sinceMs: sinceMs ?? null, clears });
  if (!set.ok) return set;
  return ok({ risk: (await portfolio.risk()) ?? unopenedRisk(ledger, state, author, note), isSettled: set.value });
}

/** A ledger whose books open with its first entry, in this state. */
function unopenedRisk(ledger: string, state: RiskView["state"], author: Author, note: string | null): RiskView {
  return { ledger, state, stateReason: null, author, note, sinceMs: Date.now(), isReconciled: true, limits: [], locks: [] };
}

/** Sets a lock in one ledger or in all open ones; the first refusal ends it, and its detail says where. */
export async function setLocks(
  env: Env,
  { ledger, ...order }: LockOrder,
  author: Author,
  nowMs: number,
): Promise<Result<LedgerLockView[]>> {
  const names = ledger === null ? await openLedgers(env, nowMs) : [ledger];
  const locks: LedgerLockView[] = [];
  for (const name of names) {
    const set = await portfolioOf(env, name).setLock({ ...order, author });
    if (!set.ok) {
      const done = locks.length === 0 ? "" : `; it is set in ${locks.map((lock) => lock.ledger).join(", ")}`;
      return refuse(set.reason, `${name}: ${set.detail ?? "refused"}${done}`);
    }
    locks.push({ ledger: name, ...set.value });
  }
  return locks.length === 0 ? refuse("NOT_FOUND", "no ledger's books are open") : ok(locks);
}

/** Locks in force of one ledger or of all open ones, the newest first. */
export async function listLocks(env: Env, ledger: string | null, nowMs: number): Promise<LedgerLockView[]> {
  const risks = ledger === null ? await allRisks(env, nowMs) : [await portfolioOf(env, ledger).risk()].filter((risk) => risk !== null);
  return risks.flatMap((risk) => risk.locks.map((lock) => ({ ledger: risk.ledger, ...lock }))).sort((a, b) => b.atMs - a.atMs);
}

/** Lifts a lock. @returns the ledgers that held it; empty when none did. */
export async function liftLocks(env: Env, lockId: string, author: Author, nowMs: number): Promise<string[]> {
  const holders = (await listLocks(env, null, nowMs)).filter((lock) => lock.lockId === lockId).map(({ ledger }) => ledger);
  const lifted: string[] = [];
  for (const ledger of new Set(holders)) if (await portfolioOf(env, ledger).liftLock(lockId, author)) lifted.push(ledger);
  return lifted;
}

/** Asks for the sale of one position. @returns its ledger; null when no ledger holds it. */
export async function closePosition(env: Env, positionId: string, nowMs: number): Promise<string | null> {
  for (const ledger of await ledgerNames(env, nowMs)) if (await portfolioOf(env, ledger).closePosition(positionId)) return ledger;
  return null;
}

/** Asks for the sale of everything that a ledger holds. @returns how many positions were asked. */
export async function closeAll(env: Env, ledger: string, author: Author): Promise<number> {
  return portfolioOf(env, ledger).closeAll(author);
}

async function openLedgers(env: Env, nowMs: number): Promise<string[]> {
  return (await allRisks(env, nowMs)).map(({ ledger }) => ledger);
}
