import { ok, type Result, refuse } from "../result.ts";
import type { UnixMs } from "../units.ts";
import { reservationLamports } from "./costs.ts";
import { withEquityRecord } from "./portfolio-draft.ts";
import { withGrant } from "./portfolio-grant.ts";
import { settleEntry, settleExit } from "./portfolio-settle.ts";
import type { PortfolioEffect, PortfolioState, PortfolioStep } from "./portfolio-state.ts";
import type { EntrySettlement, ExitSettlement, PositionPlan } from "./position-state.ts";
import { positionIdOf } from "./signal.ts";

/** What a position's own record proves: its grant, and everything that it ever asked to be booked. */
export interface PositionAccount {
  readonly plan: PositionPlan;
  /** Null while its entry is under way. */
  readonly entry: EntrySettlement | null;
  /** In order. */
  readonly exits: readonly ExitSettlement[];
}

/** Movements of a position that the journal has: booked again they must not be recorded again. */
export interface RecordedMovements {
  readonly isReserved: boolean;
  readonly isEntrySettled: boolean;
  readonly exits: number;
}

export interface Adoption {
  readonly account: PositionAccount;
  readonly recorded: RecordedMovements;
}

/**
 * Books that were restored to an earlier point take in what positions did since: each is granted and
 * settled again from its own record, what ended first. All or nothing: refuses with BOOKS_MISMATCH
 * when an account is not this ledger's or its coin is held by another position, and with
 * CASH_INSUFFICIENT when the cash does not suffice. What the books know changes nothing.
 */
export function adoptPositions(state: PortfolioState, adoptions: readonly Adoption[], nowMs: UnixMs): PortfolioStep {
  const refused = (answer: PortfolioStep["answer"]): PortfolioStep => ({ state, effects: [], answer });
  let next = state;
  const effects: PortfolioEffect[] = [];
  for (const { account, recorded } of [...adoptions].sort(byEnd)) {
    const checked = checkAccount(next, account);
    if (!checked.ok) return refused(checked);
    const before = next;
    const adopted = adoptOne(next, account, nowMs);
    next = adopted.state;
    if (next === before) continue;
    effects.push(...unrecorded(adopted.effects, recorded, before.holdings.get(account.plan.positionId)?.exits ?? 0));
    const held = next.holdings.get(account.plan.positionId);
    // A stop that these books made before they knew of the entry holds for it as well.
    if (held?.phase === "reserved" && next.control.state !== "ACTIVE") effects.push({ type: "cancel-entry", positionId: held.positionId });
  }
  if (next === state) return refused(ok(null));
  if (next.cashLamports < 0n) return refused(refuse("CASH_INSUFFICIENT", `adopted positions take ${-next.cashLamports} lamports too much`));
  const told = withEquityRecord({ state: next, effects }, nowMs);
  return { ...told, answer: ok(null) };
}

/** What is over first: books never hold more than they did. */
function byEnd(a: Adoption, b: Adoption): number {
  const rank = ({ account: { entry, exits } }: Adoption): number => (isOver(entry, exits) ? 0 : 1);
  return rank(a) - rank(b) || a.account.plan.decidedAtMs - b.account.plan.decidedAtMs;
}

function isOver(entry: EntrySettlement | null, exits: readonly ExitSettlement[]): boolean {
  return (entry !== null && entry.opened === null) || exits.at(-1)?.isFinal === true;
}

function checkAccount(state: PortfolioState, { plan, entry, exits }: PositionAccount): Result<null> {
  const { positionId, ledger, signal } = plan;
  const isOwn = ledger === state.ledger && positionId === positionIdOf(ledger, signal);
  const settlements = [...(entry === null ? [] : [entry]), ...exits];
  const isOne = settlements.every((one) => one.positionId === positionId && one.signalId === signal.id);
  const isInOrder = exits.every(({ n }, index) => n === index + 1) && (exits.length === 0 || (entry !== null && entry.opened !== null));
  if (!isOwn || !isOne || !isInOrder) return refuse("BOOKS_MISMATCH", `${positionId} has no record that these books can take`);
  const known = state.signals.get(signal.id);
  if (known?.granted === true) return ok(null);
  const other = [...state.holdings.values()].find(({ mint }) => mint === signal.mint);
  return other === undefined ? ok(null) : refuse("BOOKS_MISMATCH", `${positionId} and ${other.positionId} both bought ${signal.mint}`);
}

function adoptOne(state: PortfolioState, { plan, entry, exits }: PositionAccount, nowMs: UnixMs): PortfolioStep {
  const effects: PortfolioEffect[] = [];
  let next = state;
  if (state.signals.get(plan.signal.id)?.granted !== true) {
    const reservedLamports = reservationLamports(plan.sizeLamports, plan.parameters, plan.otherRentLamports);
    const granted = withGrant(state, plan, reservedLamports, nowMs);
    next = granted.state;
    effects.push(...granted.effects);
  }
  const take = (step: PortfolioStep): void => {
    next = step.state;
    effects.push(...step.effects);
  };
  if (entry !== null) take(settleEntry(next, entry, nowMs));
  for (const exit of exits) take(settleExit(next, exit, nowMs));
  return { state: next, effects, answer: ok(null) };
}

/** Leaves out the records that the journal has, and values in between. */
function unrecorded(effects: readonly PortfolioEffect[], recorded: RecordedMovements, bookedExits: number): PortfolioEffect[] {
  let exits = recorded.exits - bookedExits;
  return effects.filter((effect) => {
    if (effect.type !== "journal") return true;
    if (effect.entry.kind === "equity") return false;
    if (effect.entry.kind !== "ledger") return true;
    switch (effect.entry.movement) {
      case "reserve":
        return !recorded.isReserved;
      case "entry":
      case "release":
        return !recorded.isEntrySettled;
      default:
        return exits-- <= 0;
    }
  });
}
