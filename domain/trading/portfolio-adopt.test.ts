import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LedgerRecord } from "../journal/entry.ts";
import { addRecords, identityError, NOTHING_BOOKED } from "../ledger/trial-balance.ts";
import { PLAIN_TERMS } from "./entry.ts";
import { openPortfolio, reducePortfolio } from "./portfolio.ts";
import type { Adoption, PositionAccount, RecordedMovements } from "./portfolio-adopt.ts";
import { type PortfolioEvent, type PortfolioState, type PortfolioStep, totalsOf } from "./portfolio-state.ts";
import { NO_MONEY } from "./position-money.ts";
import type { EntrySettlement, ExitSettlement, PositionPlan } from "./position-state.ts";
import { keysFor, marketMoved, NOW_MS, PARAMETERS, signalFor } from "./test-fixtures.ts";

const SEED = 20_261_121;
const COINS = ["a", "b", "c"] as const;
const OPENING = 5_000_000_000n;
const BASE = 1_000_003n;
const NOTHING: RecordedMovements = { isReserved: false, isEntrySettled: false, exits: 0 };

/** Books with the positions that they granted. */
class Life {
  state: PortfolioState;
  readonly records: LedgerRecord[] = [];
  readonly accounts = new Map<string, { plan: PositionPlan; entry: EntrySettlement | null; exits: ExitSettlement[] }>();

  constructor() {
    const opened = openPortfolio(
      { ledger: "paper-A", openingLamports: OPENING, maxPositions: 10, maxDrawdownBps: 10_000, solUsd: 200 },
      NOW_MS,
    );
    this.state = opened.state;
    this.#note(opened);
  }

  feed(event: PortfolioEvent): PortfolioStep {
    const step = reducePortfolio(this.state, event);
    this.state = step.state;
    this.#note(step);
    return step;
  }

  /** The next thing that happens to a coin's position. */
  act(coin: string, kind: number): void {
    const nowMs = NOW_MS + this.records.length;
    const account = [...this.accounts.values()].find(({ plan }) => plan.signal.mint === signalFor(coin).mint);
    if (account === undefined) {
      const signal = signalFor(coin);
      const request = { signal, parameters: PARAMETERS, keys: keysFor(signal), market: marketMoved(0), terms: PLAIN_TERMS };
      const { effects } = this.feed({ type: "request-entry", nowMs, request });
      for (const effect of effects) {
        if (effect.type === "start-position") this.accounts.set(coin, { plan: effect.plan, entry: null, exits: [] });
      }
      return;
    }
    const { positionId, signal } = account.plan;
    const base = { positionId, signalId: signal.id, atMs: nowMs };
    if (account.entry === null) {
      const isAbandoned = kind === 0;
      const money = isAbandoned ? { ...NO_MONEY, networkFeeLamports: 7n } : { ...NO_MONEY, grossLamports: 300_000_001n, tipLamports: 5n };
      const costLamports = isAbandoned ? 7n : 300_000_006n;
      const opened = { baseAmount: BASE, rentLamports: 0n, valueLamports: costLamports, slot: 1_001, slippageBps: 0 };
      account.entry = { ...base, costLamports, money, opened: isAbandoned ? null : opened };
      this.feed({ type: "settle-entry", nowMs, settlement: account.entry });
      return;
    }
    if (account.entry.opened === null || account.exits.at(-1)?.isFinal === true) return;
    const money = { ...NO_MONEY, grossLamports: 100_000_000n * BigInt(kind + 1), networkFeeLamports: 11n };
    const proceedsLamports = money.grossLamports - 11n;
    const sale = { n: account.exits.length + 1, isFinal: kind > 1, soldBase: kind > 1 ? BASE : 1_000n, slippageBps: 0 };
    const settlement: ExitSettlement = { ...base, ...sale, proceedsLamports, money, reason: "EXIT_STOP_LOSS" };
    account.exits.push(settlement);
    this.feed({ type: "settle-exit", nowMs, settlement });
  }

  adoptions(records: readonly LedgerRecord[]): Adoption[] {
    return [...this.accounts.values()].map((account) => ({ account: cloned(account), recorded: recordedOf(account, records) }));
  }

  #note({ effects }: PortfolioStep): void {
    for (const effect of effects) if (effect.type === "journal" && effect.entry.kind === "ledger") this.records.push(effect.entry);
  }
}

function cloned({ plan, entry, exits }: PositionAccount): PositionAccount {
  return { plan, entry, exits: [...exits] };
}

function recordedOf({ plan }: PositionAccount, records: readonly LedgerRecord[]): RecordedMovements {
  const own = records.filter(({ positionId }) => positionId === plan.positionId).map(({ movement }) => movement);
  return {
    isReserved: own.includes("reserve"),
    isEntrySettled: own.includes("entry") || own.includes("release"),
    exits: own.filter((movement) => movement === "exit").length,
  };
}

const ACTIONS = fc.array(fc.record({ coin: fc.constantFrom(...COINS), kind: fc.nat(2) }), { minLength: 1, maxLength: 14 });

describe("restored books", () => {
  test("end where the lost ones did, and so does the journal, wherever it was cut off", () => {
    fc.assert(
      fc.property(ACTIONS, fc.nat(100), fc.nat(100), (actions, restoreTo, lostRecords) => {
        const life = new Life();
        const states = [life.state];
        for (const { coin, kind } of actions) {
          life.act(coin, kind);
          states.push(life.state);
        }
        const at = restoreTo % states.length;
        const known = new Life();
        for (const { coin, kind } of actions.slice(0, at)) known.act(coin, kind);
        // What the journal has: all that the restored books know, and of the rest all but the newest.
        const after = life.records.slice(known.records.length);
        const journal = [...known.records, ...after.slice(0, after.length - (lostRecords % (after.length + 1)))];
        known.feed({ type: "set-state", nowMs: NOW_MS, state: "HALTED", author: "ann", reason: null, note: null });
        const before = known.records.length;
        const { answer } = known.feed({ type: "adopt", nowMs: NOW_MS, adoptions: life.adoptions(journal) });
        expect(answer.ok).toBe(true);
        expect(money(known.state)).toEqual(money(life.state));
        const balance = addRecords(NOTHING_BOOKED, [...journal, ...known.records.slice(before)]);
        expect(identityError(balance)).toBe(0n);
        expect(balance.cash).toBe(known.state.cashLamports);
        expect(balance.reserved).toBe(totalsOf(known.state).reservedLamports);
        // A settlement that comes after all changes nothing, and a second look neither.
        const again = known.feed({ type: "adopt", nowMs: NOW_MS, adoptions: life.adoptions(journal) });
        expect(again.effects).toEqual([]);
        for (const { entry, exits } of life.accounts.values()) {
          if (entry !== null) expect(known.feed({ type: "settle-entry", nowMs: NOW_MS, settlement: entry }).answer.ok).toBe(true);
          for (const settlement of exits) expect(known.feed({ type: "settle-exit", nowMs: NOW_MS, settlement }).answer.ok).toBe(true);
        }
        expect(money(known.state)).toEqual(money(life.state));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test("cancel an entry that they halted without knowing of it", () => {
    const life = new Life();
    life.act("a", 0);
    const restored = new Life();
    restored.feed({ type: "set-state", nowMs: NOW_MS, state: "HALTED", author: "ann", reason: null, note: null });
    const { effects } = restored.feed({ type: "adopt", nowMs: NOW_MS, adoptions: life.adoptions([]) });
    expect(effects.filter(({ type }) => type === "cancel-entry")).toHaveLength(1);
  });
});

describe("an account that proves nothing is refused as a whole", () => {
  const life = new Life();
  for (const kind of [1, 1, 1]) life.act("a", kind);
  const [adoption] = life.adoptions([]);
  if (adoption === undefined) throw new Error("no account");
  const { account } = adoption;

  test.each<[string, PositionAccount]>([
    ["of another ledger", { ...account, plan: { ...account.plan, ledger: "paper-B" } }],
    ["of another id", { ...account, plan: { ...account.plan, positionId: "paper-A-else" } }],
    ["that sold before it bought", { ...account, entry: null }],
    ["whose sales have a gap", { ...account, exits: account.exits.map((exit) => ({ ...exit, n: exit.n + 1 })) }],
    ["that settles another's money", { ...account, exits: account.exits.map((exit) => ({ ...exit, positionId: "x" })) }],
  ])("%s", (_, wrong) => {
    const restored = new Life();
    const before = restored.state;
    const { answer, state } = restored.feed({ type: "adopt", nowMs: NOW_MS, adoptions: [{ account: wrong, recorded: NOTHING }] });
    expect(answer).toMatchObject({ ok: false, reason: "BOOKS_MISMATCH" });
    expect(state).toBe(before);
  });

  test("whose coin another position holds", () => {
    const restored = new Life();
    restored.act("a", 1);
    const signal = { ...account.plan.signal, id: "again" };
    const { answer } = restored.feed({
      type: "adopt",
      nowMs: NOW_MS,
      adoptions: [{ account: { plan: { ...account.plan, signal }, entry: null, exits: [] }, recorded: NOTHING }],
    });
    expect(answer.ok).toBe(false);
  });

  test("that takes more cash than there is", () => {
    const restored = new Life();
    const { tripped } = restored.state.risk;
    expect(tripped).toBeNull();
    restored.state = { ...restored.state, openingLamports: 1n, cashLamports: 1n };
    const { answer } = restored.feed({
      type: "adopt",
      nowMs: NOW_MS,
      adoptions: [{ account: { ...account, entry: null, exits: [] }, recorded: NOTHING }],
    });
    expect(answer).toMatchObject({ ok: false, reason: "CASH_INSUFFICIENT" });
  });
});

function money({ cashLamports, realisedLamports, trades, wins, holdings, signals }: PortfolioState): object {
  const held = [...holdings.values()].map(({ positionId, phase, exits, costLamports, baseAmount, reservedLamports, grossLamports }) => ({
    ...{ positionId, phase, exits, costLamports, baseAmount, reservedLamports, grossLamports },
  }));
  held.sort((a, b) => (a.positionId < b.positionId ? -1 : 1));
  return { cashLamports, realisedLamports, trades, wins, held, signals: [...signals.keys()].sort() };
}
