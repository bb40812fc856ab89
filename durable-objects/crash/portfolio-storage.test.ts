import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PLAIN_TERMS } from "../../domain/trading/entry.ts";
import { positionIdOf } from "../../domain/trading/portfolio.ts";
import { NO_MONEY } from "../../domain/trading/position-money.ts";
import type { ExitSettlement } from "../../domain/trading/position-state.ts";
import { keysFor, marketMoved, PARAMETERS, signalFor } from "../../domain/trading/test-fixtures.ts";
import { PortfolioWorld } from "../test-portfolio.ts";
import { FailingStorage } from "./failing-storage.ts";
import { everyFault, FaultTally } from "./storage-faults.ts";

const LEDGER = "paper-A";
const OPENING = 5_000_000_000n;
const BASE = 1_000_000n;
const COST = 500_000_000n;
const tally = new FaultTally();

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => {
  console.log(`storage of a portfolio failed: ${tally}`);
});

class World extends PortfolioWorld {
  readonly disk = new FailingStorage();

  constructor() {
    super();
    this.storage = this.disk;
    this.restart();
  }
}

const positionIds = { a: "", b: "" };

/** Everything that changes books, in an order in which all of it counts; each step may be asked again. */
const STEPS: ReadonlyArray<readonly [string, (world: World) => Promise<unknown>]> = [
  [
    "the opening",
    (world) => world.core.ensureOpen({ ledger: LEDGER, openingLamports: OPENING, maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 200 }),
  ],
  ["an entry that is granted", (world) => enter(world, "a")],
  ["another one", (world) => enter(world, "b")],
  ["an entry that is booked", (world) => world.core.settleEntry(bought(world, "a"))],
  [
    "one that came to nothing",
    (world) =>
      world.core.settleEntry({
        ...bought(world, "b"),
        costLamports: 5_000n,
        money: { ...NO_MONEY, networkFeeLamports: 5_000n, grossLamports: 0n },
        opened: null,
      }),
  ],
  ["a sale of a part", (world) => world.core.settleExit(sold(world, "a", { n: 1, isFinal: false, soldBase: BASE / 2n }))],
  ["the final sale", (world) => world.core.settleExit(sold(world, "a", { n: 2, isFinal: true, soldBase: BASE / 2n }))],
  [
    "a lock",
    (world) =>
      world.core.setLock({ scope: "all", value: null, untilMs: world.nowMs + 60_000, reason: "LOCKED", author: "operator" } as never),
  ],
  ["a stop by an operator", (world) => world.core.setState("REDUCING", "operator")],
];

async function enter(world: World, mint: "a" | "b"): Promise<unknown> {
  const signal = signalFor(mint, { ledger: LEDGER, assessedAtMs: START_MS, expiresAtMs: START_MS + 600_000 });
  const request = {
    signal,
    parameters: { ...PARAMETERS, entryCooldownMs: 0 },
    keys: keysFor(signal),
    market: marketMoved(0, 1_000, world.nowMs),
    terms: PLAIN_TERMS,
  };
  positionIds[mint] = positionIdOf(LEDGER, signal);
  return world.core.requestEntry(request, world.nowMs);
}
const START_MS = new PortfolioWorld().nowMs;

function bought(world: World, mint: "a" | "b") {
  const opened = { baseAmount: BASE, rentLamports: 0n, valueLamports: COST, slot: 1_001, slippageBps: 0 };
  const money = { ...NO_MONEY, grossLamports: COST };
  return { positionId: positionIds[mint], signalId: `${mint}:signature`, atMs: world.nowMs, costLamports: COST, money, opened };
}

function sold(world: World, mint: "a" | "b", part: Pick<ExitSettlement, "n" | "isFinal" | "soldBase">): ExitSettlement {
  const proceedsLamports = 300_000_000n;
  const money = { ...NO_MONEY, grossLamports: proceedsLamports };
  const rest = { slippageBps: 0, reason: "EXIT_TAKE_PROFIT" } as const;
  return { positionId: positionIds[mint], signalId: `${mint}:signature`, atMs: world.nowMs, proceedsLamports, money, ...rest, ...part };
}

/** What must be the same on disk and in memory. */
async function books(world: World) {
  const status = await world.core.status();
  if (status === null) return null;
  const { cashLamports, reservedLamports, realisedLamports, openPositions, trades, state } = status;
  // Locks asked for twice are two that end together.
  const isLocked = ((await world.core.risk())?.locks.length ?? 0) > 0;
  return { cashLamports, reservedLamports, realisedLamports, openPositions, trades, state, isLocked };
}

/** A world in which the first `count` steps went well. */
async function worldAfter(count: number): Promise<World> {
  const world = new World();
  for (const [, step] of STEPS.slice(0, count)) {
    await step(world);
    await world.rest();
  }
  return world;
}

/** Ids of everything journalled, in order of their numbers. */
function journalled(world: World): string[] {
  return [...world.journal.entries.keys()].sort();
}

describe("a portfolio on a storage that fails", () => {
  test.each(STEPS.map(([name, step], index) => ({ name, step, index })))(
    "$name: unchanged or done, on disk as in memory, and done when asked again",
    async ({ step, index }) => {
      const honest = await worldAfter(index + 1);
      await honest.pass(10_000);
      const wanted = await books(honest);
      const before = await books(await worldAfter(index));
      const counts = await everyFault({
        prepare: () => worldAfter(index),
        event: async (world) => {
          await step(world).finally(() => world.rest());
        },
        judge: async (world, where) => {
          const inMemory = await books(world);
          expect([before, wanted], `${where}: neither unchanged nor done`).toContainEqual(inMemory);
          world.restart();
          expect(await books(world), `${where}: disk and memory differ`).toEqual(inMemory);
          await world.pass(1);
          await step(world);
          await world.rest();
          // The cron's watchdog: it sends what an alarm that could not be set left behind.
          await world.core.watchdog();
          await world.pass(10_000);
          expect(await books(world), `${where}: asked again`).toEqual(wanted);
          expect(journalled(world), `${where}: journal`).toSatisfy((ids: string[]) => ids.length >= journalled(honest).length);
        },
      });
      expect(counts.get("write") ?? 0).toBeGreaterThan(0);
      tally.add(counts);
    },
  );
});
