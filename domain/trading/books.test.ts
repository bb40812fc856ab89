import fc from "fast-check";
import { expect, test } from "vitest";
import type { JournalEntry } from "../journal/entry.ts";
import { addRecords, identityError, NOTHING_BOOKED, netRealisedLamports, type TrialBalance } from "../ledger/trial-balance.ts";
import { createRng, type Rng } from "../random.ts";
import { PLAIN_TERMS } from "./entry.ts";
import { nextLookMs, paperEvent } from "./paper-venue.ts";
import type { Parameters } from "./parameters.ts";
import { openPortfolio, reducePortfolio } from "./portfolio.ts";
import {
  conservationError,
  type Holding,
  type PortfolioEffect,
  type PortfolioEvent,
  type PortfolioState,
  totalsOf,
} from "./portfolio-state.ts";
import { reducePosition } from "./position.ts";
import { isSettled, type PositionEffect, type PositionEvent, type PositionState, plannedPosition } from "./position-state.ts";
import { keysFor, marketMoved, NOW_MS, PARAMETERS, signalFor } from "./test-fixtures.ts";

const SEED = 20_261_121;
const RUNS = 400;
const OPENING = 5_000_000_000n;

type Message = { readonly to: "portfolio"; readonly event: PortfolioEvent } | { readonly to: string; readonly event: PositionEvent };

/**
 * One ledger and its positions over a network that delays, reorders, repeats and at times loses the
 * acknowledgement of every message between them, with prices and operators as a seed wills.
 */
class World {
  books: PortfolioState;
  /** The trial balance of all double-entry records so far. */
  balance: TrialBalance = NOTHING_BOOKED;
  /** Numbers of the ledger's journal records. */
  lastRecord = 0;
  readonly positions = new Map<string, PositionState>();
  /** Sales of a part of a position. */
  parts = 0;
  readonly #inFlight: Message[] = [];
  readonly #moves = new Map<string, number>();
  readonly #rng: Rng;
  readonly parameters: Parameters;
  nowMs = NOW_MS;

  constructor(seed: number) {
    this.#rng = createRng(seed);
    const ladder = { ladderRungs: 1 + this.#rng.int(3), ladderShareBps: 3_300, takeProfitConfirmMs: 0 };
    this.parameters = { ...PARAMETERS, ...ladder, paperFailureBps: 1_000, maxPositions: 5, maxHoldMs: 60_000, maxMarkAgeMs: 600_000 };
    const opened = openPortfolio(
      { ledger: "paper-A", openingLamports: OPENING, maxPositions: 5, maxDrawdownBps: 1_500, solUsd: 200 },
      NOW_MS,
    );
    this.books = opened.state;
    for (const effect of opened.effects) this.#perform(effect);
  }

  get slot(): number {
    return 1_000 + Math.floor((this.nowMs - NOW_MS) / 400);
  }

  /** One random thing happens. */
  step(): void {
    this.nowMs += this.#rng.int(3_000);
    const choice = this.#rng.int(10);
    if (choice < 3) this.#signal();
    else if (choice < 6) this.#prices();
    else if (choice === 9 && this.#rng.int(10) === 0) this.#operator();
    this.#deliver(this.#rng.int(4));
    this.#looks();
  }

  /** No more faults and no more signals: everything has to come to rest. */
  settle(): void {
    for (let i = 0; i < 400 && !this.isAtRest(); i++) {
      this.nowMs += 1_000;
      this.#deliver(this.#inFlight.length, 0);
      this.#looks();
    }
  }

  isAtRest(): boolean {
    return this.#inFlight.length === 0 && [...this.positions.values()].every(isSettled);
  }

  #signal(): void {
    const mint = `mint-${this.#rng.int(25)}`;
    const at = this.nowMs - this.#rng.int(25_000);
    const signal = signalFor(mint, {
      id: `${mint}:${this.#rng.int(2)}`,
      score: 55 + this.#rng.int(45),
      assessedAtMs: at,
      expiresAtMs: at + 20_000,
    });
    const request = { signal, parameters: this.parameters, keys: keysFor(signal), market: this.#market(mint), terms: PLAIN_TERMS };
    this.#send({ to: "portfolio", event: { type: "request-entry", nowMs: this.nowMs, request } });
  }

  #prices(): void {
    const pools = [...new Set([...this.positions.values()].map((position) => position.plan.signal.mint))];
    for (const mint of pools)
      this.#moves.set(mint, Math.max(-9_900, (this.#moves.get(mint) ?? 0) + Math.round(this.#rng.normal() * 1_200)));
    const marks = pools.map((mint) => ({ pool: `pool-${mint}`, market: this.#market(mint) }));
    if (marks.length > 0) this.#send({ to: "portfolio", event: { type: "mark", nowMs: this.nowMs, marks } });
  }

  #operator(): void {
    const state = (["ACTIVE", "REDUCING", "HALTED"] as const)[this.#rng.int(3)] ?? "ACTIVE";
    this.#send({ to: "portfolio", event: { type: "set-state", nowMs: this.nowMs, state, author: "operator", reason: null, note: null } });
    if (this.#rng.int(3) === 0) this.#send({ to: "portfolio", event: { type: "close", nowMs: this.nowMs, positionId: null } });
  }

  #market(mint: string) {
    return marketMoved(this.#moves.get(mint) ?? 0, this.slot, this.nowMs);
  }

  #send(message: Message): void {
    this.#inFlight.push(message);
  }

  #deliver(count: number, repeatOneIn = 4): void {
    for (let i = 0; i < count && this.#inFlight.length > 0; i++) {
      const index = this.#rng.int(this.#inFlight.length);
      const message = this.#inFlight[index];
      if (message === undefined) return;
      // An unacknowledged message stays in flight and comes again.
      if (repeatOneIn === 0 || this.#rng.int(repeatOneIn) > 0) this.#inFlight.splice(index, 1);
      const accepted =
        message.to === "portfolio"
          ? this.#portfolio(message.event as PortfolioEvent)
          : this.#position(message.to, message.event as PositionEvent);
      if (!accepted) this.#send(message);
    }
  }

  #portfolio(event: PortfolioEvent): boolean {
    const step = reducePortfolio(this.books, { ...event, nowMs: this.nowMs });
    this.books = step.state;
    for (const effect of step.effects) this.#perform(effect);
    return step.answer.ok || event.type === "request-entry";
  }

  #perform(effect: PortfolioEffect): void {
    if (effect.type === "journal") this.#note(effect.entry);
    else if (effect.type === "start-position") {
      const { positionId } = effect.plan;
      if (!this.positions.has(positionId)) this.positions.set(positionId, plannedPosition(effect.plan));
      this.#send({ to: positionId, event: { type: "start", nowMs: this.nowMs } });
    } else {
      this.#send({
        to: effect.positionId,
        event: { type: effect.type === "close-position" ? "close" : "cancel-entry", nowMs: this.nowMs },
      });
    }
  }

  #note(entry: JournalEntry): void {
    const number = Number(entry.id.split(":").at(-1));
    require(number > this.lastRecord, "records are numbered upwards");
    this.lastRecord = number;
    if (entry.kind === "ledger") this.balance = addRecords(this.balance, [entry]);
  }

  #position(positionId: string, event: PositionEvent): boolean {
    const state = this.positions.get(positionId);
    if (state === undefined) return false;
    const step = reducePosition(state, { ...event, nowMs: this.nowMs } as PositionEvent);
    this.positions.set(positionId, step.state);
    for (const effect of step.effects) this.#tell(effect);
    return true;
  }

  #tell(effect: PositionEffect): void {
    if (effect.type === "settle-exit" && !effect.settlement.isFinal) this.parts++;
    if (effect.type === "settle-entry" || effect.type === "settle-exit") {
      this.#send({ to: "portfolio", event: { ...effect, nowMs: this.nowMs } as PortfolioEvent });
    }
  }

  #looks(): void {
    for (const [positionId, state] of this.positions) {
      const lookMs = nextLookMs(state);
      if (lookMs === null || lookMs > this.nowMs || state.status === "planned") continue;
      const event = paperEvent(state, this.#rng.int(5) === 0 ? null : this.#market(state.plan.signal.mint), this.nowMs);
      if (event !== null) this.#position(positionId, event);
    }
  }
}

test(`books balance to the lamport under delay, reordering and duplicates (${RUNS} worlds, seed ${SEED})`, () => {
  let trades = 0;
  let trips = 0;
  let parts = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const world = new World(seed);
      for (let i = 0; i < 150; i++) {
        world.step();
        checkBooks(world);
      }
      world.settle();
      expect(world.isAtRest(), "everything settles once faults end").toBe(true);
      checkBooks(world);
      checkAtRest(world);
      trades += world.books.trades;
      if (world.books.risk.tripped !== null) trips++;
      parts += world.parts;
    }),
    { seed: SEED, numRuns: RUNS },
  );
  // The worlds are worth nothing if nothing happens in them.
  expect(trades).toBeGreaterThan(RUNS * 2);
  expect(trips).toBeGreaterThan(RUNS / 50);
  expect(parts).toBeGreaterThan(RUNS / 20);
});

/** Throws instead of using `expect`, which would be most of the run. */
function checkBooks({ books, positions, balance }: World): void {
  const mints = [...books.holdings.values()].map((holding) => holding.mint);
  const started = [...positions.values()].map((position) => position.plan.signal.mint);
  const { drawdownBps } = totalsOf(books);
  require(conservationError(books) === 0n, "books balance");
  checkLedger(books, balance);
  require(books.cashLamports >= 0n, "cash is never overdrawn");
  require(mints.length <= 5, "position cap");
  require(new Set(mints).size === mints.length, "one holding per mint");
  require(new Set(started).size === started.length, "one position per mint, ever");
  require(books.control.state !== "ACTIVE" || drawdownBps < books.maxDrawdownBps, "breaker trips at once");
}

/** Balances by account, derived from the records alone, are what the state says. */
function checkLedger(books: PortfolioState, balance: TrialBalance): void {
  const holdings = [...books.holdings.values()];
  const sum = (of: (holding: Holding) => bigint) => holdings.reduce((total, holding) => total + of(holding), 0n);
  require(identityError(balance) === 0n, "accounts add up to zero");
  require(balance.cash === books.cashLamports, "cash");
  require(balance.reserved === sum((holding) => holding.reservedLamports), "reserved");
  require(balance["position-cost"] === sum((holding) => holding.grossLamports), "cost of positions");
  require(balance.rent === sum((holding) => holding.rentLamports), "rent");
  require(balance.capital === -books.openingLamports, "capital");
  const paidAlready = sum((holding) => holding.costLamports - holding.grossLamports - holding.rentLamports);
  require(netRealisedLamports(balance) === books.realisedLamports - paidAlready, "realised less fees");
}

function require(holds: boolean, invariant: string): void {
  if (!holds) throw new Error(`violated: ${invariant}`);
}

/** At rest the books are what the positions, taken alone, paid and got. */
function checkAtRest({ books, positions, balance }: World): void {
  expect(books.holdings.size).toBe(0);
  expect(netRealisedLamports(balance)).toBe(books.realisedLamports);
  let pnl = 0n;
  for (const position of positions.values()) pnl += position.proceedsLamports - position.costLamports;
  expect(books.cashLamports).toBe(OPENING + pnl);
  expect(books.realisedLamports).toBe(pnl);
  expect(books.trades).toBe([...positions.values()].filter((position) => position.status === "closed").length);
}
