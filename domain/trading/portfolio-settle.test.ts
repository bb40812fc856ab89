import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addRecords, NOTHING_BOOKED, netRealisedLamports, type TrialBalance } from "../ledger/trial-balance.ts";
import { PLAIN_TERMS } from "./entry.ts";
import { openPortfolio, reducePortfolio } from "./portfolio.ts";
import {
  conservationError,
  holdingViews,
  type PortfolioEvent,
  type PortfolioState,
  type PortfolioStep,
  totalsOf,
} from "./portfolio-state.ts";
import { NO_MONEY } from "./position-money.ts";
import type { EntrySettlement, ExitSettlement, SettledMoney } from "./position-state.ts";
import { keysFor, marketMoved, NOW_MS, PARAMETERS, signalFor } from "./test-fixtures.ts";

const SEED = 20_261_127;
const OPENING = 5_000_000_000n;
const COST = 500_000_000n;
const BASE = 1_000_003n;
const RENT = 2_000_000n;
const BOUGHT: SettledMoney = {
  grossLamports: COST - RENT - 6_000_000n,
  venueFeeLamports: 5_000_000n,
  networkFeeLamports: 600_000n,
  tipLamports: 400_000n,
  rentLamports: RENT,
  otherRentLamports: 0n,
};

class Ledger {
  state: PortfolioState;
  balance: TrialBalance = NOTHING_BOOKED;
  readonly positionId: string;

  constructor() {
    const opened = openPortfolio(
      { ledger: "paper-A", openingLamports: OPENING, maxPositions: 10, maxDrawdownBps: 10_000, solUsd: 200 },
      NOW_MS,
    );
    this.state = opened.state;
    this.#note(opened);
    const signal = signalFor("a");
    const request = { signal, parameters: PARAMETERS, keys: keysFor(signal), market: marketMoved(0), terms: PLAIN_TERMS };
    const { answer } = this.feed({ type: "request-entry", nowMs: NOW_MS, request });
    if (!answer.ok || answer.value === null) throw new Error("not granted");
    this.positionId = answer.value.positionId;
  }

  feed(event: PortfolioEvent): PortfolioStep {
    const step = reducePortfolio(this.state, event);
    this.state = step.state;
    this.#note(step);
    return step;
  }

  enter(overrides: Partial<EntrySettlement> = {}): PortfolioStep {
    const opened = { baseAmount: BASE, rentLamports: RENT, valueLamports: COST, slot: 1, slippageBps: null };
    const ids = { positionId: this.positionId, signalId: "a:signature", atMs: NOW_MS };
    return this.feed({
      type: "settle-entry",
      nowMs: NOW_MS,
      settlement: { ...ids, costLamports: COST, money: BOUGHT, opened, ...overrides },
    });
  }

  sell(n: number, soldBase: bigint, grossLamports: bigint, overrides: Partial<ExitSettlement> = {}): PortfolioStep {
    const isFinal = overrides.isFinal ?? false;
    const money = { ...NO_MONEY, grossLamports, venueFeeLamports: 7n, networkFeeLamports: 5n, rentLamports: isFinal ? RENT : 0n };
    const proceedsLamports = grossLamports - 12n + money.rentLamports;
    const ids = { positionId: this.positionId, signalId: "a:signature", atMs: NOW_MS };
    const sale = { n, isFinal, soldBase, proceedsLamports, money, slippageBps: null, reason: "EXIT_LADDER" } as const;
    return this.feed({ type: "settle-exit", nowMs: NOW_MS, settlement: { ...ids, ...sale, ...overrides } });
  }

  #note({ effects }: PortfolioStep): void {
    for (const effect of effects) {
      if (effect.type === "journal" && effect.entry.kind === "ledger") this.balance = addRecords(this.balance, [effect.entry]);
    }
  }
}

describe("partial sales", () => {
  test("take their share of cost and exposure, rounded down, and leave the rent until the last", () => {
    const ledger = new Ledger();
    ledger.enter();
    ledger.sell(1, 333_333n, 200_000_000n);
    const [holding] = [...ledger.state.holdings.values()];
    const share = (lamports: bigint) => (lamports * 333_333n) / BASE;
    expect(holding).toMatchObject({
      exits: 1,
      baseAmount: BASE - 333_333n,
      costLamports: COST - share(COST),
      exposureLamports: COST - 3_000_000n - share(COST - 3_000_000n),
      rentLamports: RENT,
      realisedLamports: 200_000_000n - 12n - share(COST),
    });
    expect(ledger.state).toMatchObject({ trades: 0, wins: 0, realisedLamports: holding?.realisedLamports });
    expect(holdingViews(ledger.state)).toMatchObject([{ costLamports: (COST - share(COST)).toString(), status: "open" }]);
  });

  test("a trade is won or lost as a whole", () => {
    const ledger = new Ledger();
    ledger.enter();
    ledger.sell(1, 500_000n, 400_000_000n);
    ledger.sell(2, 500_003n, 50_000_000n, { isFinal: true });
    expect(ledger.state).toMatchObject({ trades: 1, wins: 0, risk: { consecutiveLosses: 1 } });
    expect(ledger.state.realisedLamports).toBe(450_000_000n - 24n + RENT - COST);
  });

  test("an earlier sale again changes nothing, a later one than the next is refused", () => {
    const ledger = new Ledger();
    ledger.enter();
    expect(ledger.sell(2, 1n, 1n).answer).toMatchObject({ ok: false, reason: "NOT_FOUND", detail: "sale 1 not settled yet" });
    ledger.sell(1, 1n, 1n);
    const { state } = ledger;
    expect(ledger.sell(1, 5n, 5n).answer).toEqual({ ok: true, value: null });
    expect(ledger.state).toBe(state);
  });

  test(`whatever the parts, result and accounts come out to the lamport (seed ${SEED})`, () => {
    const part = fc.record({ share: fc.double({ min: 0, max: 0.95, noNaN: true }), gross: fc.bigInt({ min: 0n, max: 900_000_000n }) });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.bigInt({ min: 0n, max: 900_000_000n }), (parts, last) => {
        const ledger = new Ledger();
        ledger.enter();
        let held = BASE;
        let proceeds = 0n;
        for (const [index, { share, gross }] of parts.entries()) {
          const soldBase = (held * BigInt(Math.floor(share * 1_000))) / 1_000n;
          ledger.sell(index + 1, soldBase, gross);
          held -= soldBase;
          proceeds += gross - 12n;
          expect(totalsOf(ledger.state).costLamports).toBeGreaterThanOrEqual(0n);
          expect(conservationError(ledger.state)).toBe(0n);
        }
        ledger.sell(parts.length + 1, held, last, { isFinal: true });
        proceeds += last - 12n + RENT;
        expect(ledger.state.realisedLamports).toBe(proceeds - COST);
        expect(ledger.state.cashLamports).toBe(OPENING + proceeds - COST);
        expect(netRealisedLamports(ledger.balance)).toBe(proceeds - COST);
        expect(ledger.balance).toMatchObject({ reserved: 0n, "position-cost": 0n, rent: 0n, cash: ledger.state.cashLamports });
        expect(ledger.state.wins).toBe(proceeds > COST ? 1 : 0);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe("a release", () => {
  test("frees the reservation of an entry that never began, once", () => {
    const ledger = new Ledger();
    const release = { type: "release", nowMs: NOW_MS, positionId: ledger.positionId } as const;
    expect(ledger.feed(release).effects).toHaveLength(2);
    expect(ledger.state).toMatchObject({ cashLamports: OPENING, realisedLamports: 0n });
    expect(ledger.feed(release).effects).toEqual([]);
    expect(ledger.balance).toMatchObject({ cash: OPENING, reserved: 0n });
  });

  test("leaves what is open alone", () => {
    const ledger = new Ledger();
    ledger.enter();
    expect(ledger.feed({ type: "release", nowMs: NOW_MS, positionId: ledger.positionId }).effects).toEqual([]);
    expect(ledger.state.holdings.size).toBe(1);
  });
});

test.each<[string, (ledger: Ledger) => unknown]>([
  ["an entry whose parts are not its cost", (ledger) => ledger.enter({ costLamports: COST + 1n })],
  ["an abandoned entry that bought", (ledger) => ledger.enter({ opened: null })],
  [
    "an abandoned entry that paid rent",
    (ledger) => ledger.enter({ opened: null, costLamports: 1n, money: { ...NO_MONEY, rentLamports: 1n } }),
  ],
  ["a sale whose parts are not its proceeds", (ledger) => [ledger.enter(), ledger.sell(1, 1n, 1n, { proceedsLamports: 2n })]],
  ["a part that is everything", (ledger) => [ledger.enter(), ledger.sell(1, BASE, 1n)]],
  ["a part below nothing", (ledger) => [ledger.enter(), ledger.sell(1, -1n, 1n)]],
])("%s is a bug that stops at once", (_name, act) => {
  const ledger = new Ledger();
  expect(() => act(ledger)).toThrow();
});
