import fc from "fast-check";
import { expect, test } from "vitest";
import { createRng, type Rng } from "../random.ts";
import { PLAIN_TERMS } from "./entry.ts";
import { nextLookMs, paperEvent } from "./paper-venue.ts";
import { openPortfolio, reducePortfolio } from "./portfolio.ts";
import { conservationError, type PortfolioEffect, type PortfolioEvent, type PortfolioState, totalsOf } from "./portfolio-state.ts";
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
  books: PortfolioState = openPortfolio(
    { ledger: "paper-A", openingLamports: OPENING, maxPositions: 5, maxDrawdownBps: 1_500, solUsd: 200 },
    NOW_MS,
  ).state;
  readonly positions = new Map<string, PositionState>();
  readonly #inFlight: Message[] = [];
  readonly #moves = new Map<string, number>();
  readonly #rng: Rng;
  readonly parameters = { ...PARAMETERS, paperFailureBps: 1_000, maxPositions: 5, maxHoldMs: 60_000 };
  nowMs = NOW_MS;

  constructor(seed: number) {
    this.#rng = createRng(seed);
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
    if (effect.type === "journal") return;
    if (effect.type === "start-position") {
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

  #position(positionId: string, event: PositionEvent): boolean {
    const state = this.positions.get(positionId);
    if (state === undefined) return false;
    const step = reducePosition(state, { ...event, nowMs: this.nowMs } as PositionEvent);
    this.positions.set(positionId, step.state);
    for (const effect of step.effects) this.#tell(effect);
    return true;
  }

  #tell(effect: PositionEffect): void {
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
      if (world.books.control.reason === "DRAWDOWN_BREAKER") trips++;
    }),
    { seed: SEED, numRuns: RUNS },
  );
  // The worlds are worth nothing if nothing happens in them.
  expect(trades).toBeGreaterThan(RUNS * 2);
  expect(trips).toBeGreaterThan(RUNS / 50);
});

/** Throws instead of using `expect`, which would be most of the run. */
function checkBooks({ books, positions }: World): void {
  const mints = [...books.holdings.values()].map((holding) => holding.mint);
  const started = [...positions.values()].map((position) => position.plan.signal.mint);
  const { drawdownBps } = totalsOf(books);
  require(conservationError(books) === 0n, "books balance");
  require(books.cashLamports >= 0n, "cash is never overdrawn");
  require(mints.length <= 5, "position cap");
  require(new Set(mints).size === mints.length, "one holding per mint");
  require(new Set(started).size === started.length, "one position per mint, ever");
  require(books.control.state !== "ACTIVE" || drawdownBps < books.maxDrawdownBps, "breaker trips at once");
}

function require(holds: boolean, invariant: string): void {
  if (!holds) throw new Error(`violated: ${invariant}`);
}

/** At rest the books are what the positions, taken alone, paid and got. */
function checkAtRest({ books, positions }: World): void {
  expect(books.holdings.size).toBe(0);
  let pnl = 0n;
  for (const position of positions.values()) pnl += position.proceedsLamports - position.costLamports;
  expect(books.cashLamports).toBe(OPENING + pnl);
  expect(books.realisedLamports).toBe(pnl);
  expect(books.trades).toBe([...positions.values()].filter((position) => position.status === "closed").length);
}
