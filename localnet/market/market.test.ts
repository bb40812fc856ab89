import { describe, expect, test } from "vitest";
import { decodeTransaction, findGraduation } from "../../domain/solana/decode.ts";
import { PUMP_WITHDRAW_AUTHORITY, WSOL_MINT } from "../../domain/solana/programs.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import { createChain } from "../chain/chain.ts";
import { genesisAccounts } from "../chain/genesis.ts";
import { renderTransaction } from "../chain/render.ts";
import { readMint, readTokenAccount } from "../chain/token-state.ts";
import type { TransactionRecord } from "../chain/types.ts";
import { feeCollectorAddress } from "./bank.ts";
import type { MarketEvent } from "./context.ts";
import { drawCard, HONEST_SHARES, type MixName, OPENERS, TOKEN_KINDS } from "./kinds.ts";
import { createMarket, PROLOGUE_TICK } from "./market.ts";
import { pricePath } from "./path.ts";
import { graduateTick, planToken, TICK_MS, TICKS_PER_SECOND } from "./plan.ts";

/** Plays a market from its first tick to `seconds` after its opening, on a clock that starts at `startMs`. */
function play(seed: string, seconds: number, startMs = 1_795_000_000_000, mix: MixName = "demo") {
  const records: TransactionRecord[] = [];
  const events: MarketEvent[] = [];
  const firstSlot = 460_000_000;
  const chain = createChain({
    seed,
    clock: { slot: firstSlot, unixMs: startMs },
    feeCollector: feeCollectorAddress(seed),
    accounts: genesisAccounts(),
  });
  const market = createMarket({ seed, mix, chain, onRecord: (record) => records.push(record), onEvent: (event) => events.push(event) });
  const opening = lamportsOf(chain);
  for (let tick = PROLOGUE_TICK + 1; tick <= seconds * TICKS_PER_SECOND; tick++) {
    const elapsedMs = (tick - PROLOGUE_TICK) * TICK_MS;
    chain.setClock({ slot: firstSlot + Math.floor(elapsedMs / 400), unixMs: startMs + elapsedMs });
    market.step();
  }
  return { chain, market, records, events, opening };
}

function lamportsOf(chain: ReturnType<typeof createChain>): bigint {
  let sum = 0n;
  for (const [, account] of chain.accounts()) sum += account.lamports;
  return sum;
}

describe("the market", () => {
  const first = play("market-test", 25);

  test("is the same for the same seed, event for event, whatever the clock says", () => {
    const again = play("market-test", 25, 1_600_000_000_000);
    expect(again.market.eventLog()).toEqual(first.market.eventLog());
    expect(again.events).toEqual(first.events);
    const other = play("another-seed", 1);
    expect(other.market.eventLog().hash).not.toBe(first.market.eventLog().hash);
  });

  test("conserves lamports and tokens", () => {
    expect(lamportsOf(first.chain)).toBe(first.opening);
    const supply = new Map<string, bigint>();
    for (const [, account] of first.chain.accounts()) {
      const token = readTokenAccount(account);
      if (token !== null && token.mint !== WSOL_MINT) supply.set(token.mint, (supply.get(token.mint) ?? 0n) + token.amount);
    }
    for (const { coin, plan } of first.market.live()) {
      const account = first.chain.account(coin.mint);
      const minted = account === null ? undefined : readMint(account)?.supply;
      // A fee mint withholds a part inside the receivers' accounts.
      if (plan.kind !== "honeypot") expect(supply.get(coin.mint)).toBe(minted);
    }
  });

  test("graduates coins that the decoder finds, with curve histories and holders", () => {
    const graduations = first.records.flatMap((record) => {
      if (!record.transaction.accountKeys.includes(PUMP_WITHDRAW_AUTHORITY)) return [];
      const parsed = parseTransaction(renderTransaction(record));
      if (!parsed.ok) throw new Error(parsed.detail);
      const found = findGraduation(parsed.value);
      return found.ok ? [found.value] : [];
    });
    expect(graduations.length).toBeGreaterThanOrEqual(4);
    const planned = first.market.live().filter(({ graduatedAtMs }) => graduatedAtMs !== null);
    expect(graduations.map(({ mint }) => mint)).toEqual(planned.map(({ plan }) => plan.mint));
    for (const { baseAmount, quoteAmountLamports } of graduations) {
      // Each trade rounds against the trader, so that a few lamports more than the ideal arrive.
      expect(baseAmount).toBe(206_900_000_000_000n);
      expect(quoteAmountLamports - 84_990_359_056n).toBeLessThan(1_000n);
      expect(quoteAmountLamports).toBeGreaterThanOrEqual(84_990_359_056n);
    }
    for (const { coin, plan } of planned) {
      const onCurve = first.records.filter(({ transaction }) => transaction.accountKeys.includes(coin.curve));
      expect(onCurve.length).toBeGreaterThanOrEqual(8);
      expect(coin.mint.endsWith("pump")).toBe(true);
      if (plan.kind === "bundled-insiders") {
        const slot = onCurve[0]?.slot;
        expect(onCurve.filter((record) => record.slot === slot).length).toBeGreaterThanOrEqual(5);
      }
    }
  });

  test("every trade that landed decodes to its event", () => {
    const pools = new Set(first.market.live().map(({ coin }) => coin.pool));
    let checked = 0;
    for (const record of first.records) {
      if (record.err !== null || !record.transaction.accountKeys.some((key) => pools.has(key))) continue;
      const parsed = parseTransaction(renderTransaction(record));
      if (!parsed.ok) throw new Error(parsed.detail);
      expect(decodeTransaction(parsed.value).length).toBeGreaterThan(0);
      checked++;
    }
    expect(checked).toBeGreaterThan(60);
  });
});

describe("plans", () => {
  test("the first graduation comes within three seconds, the next ones every four to six on average", () => {
    expect(graduateTick("x", 0) * TICK_MS).toBeLessThanOrEqual(3_000);
    const ticks = Array.from({ length: 200 }, (_, index) => graduateTick("x", index));
    for (const [index, tick] of ticks.entries()) if (index > 0) expect(tick).toBeGreaterThan(ticks[index - 1] ?? 0);
    const meanMs = ((ticks.at(-1) ?? 0) * TICK_MS) / 199;
    expect(meanMs).toBeGreaterThan(4_000);
    expect(meanMs).toBeLessThan(6_000);
  });

  test("the demo mix shows every kind in each deck, and opens with risers", () => {
    const kinds = new Set(Array.from({ length: 40 }, (_, index) => drawCard("y", "demo", index).kind));
    expect([...kinds].sort()).toEqual([...TOKEN_KINDS].sort());
    for (const seed of ["a", "b", "c"]) {
      for (const index of OPENERS) expect(drawCard(seed, "demo", index)).toEqual({ kind: "organic-runner", course: "rises" });
    }
  });

  test("the honest mix has its documented shares", () => {
    const draws = 20_000;
    const counts = new Map<string, number>();
    for (let index = 0; index < draws; index++) {
      const { kind } = drawCard("z", "honest", index);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    expect(Object.values(HONEST_SHARES).reduce((sum, share) => sum + share, 0)).toBe(1_000);
    for (const kind of TOKEN_KINDS) expect(Math.abs((counts.get(kind) ?? 0) / draws - HONEST_SHARES[kind] / 1_000)).toBeLessThan(0.012);
  });

  test("insiders leave at a median of about 17.5 seconds", () => {
    const exits: number[] = [];
    for (let index = 0; exits.length < 200; index++) {
      const plan = planToken("exit", "honest", index);
      const { exitTick } = pricePath("exit", plan);
      if (plan.kind === "bundled-insiders" && exitTick !== null) exits.push((exitTick - plan.graduateTick) / TICKS_PER_SECOND);
    }
    exits.sort((a, b) => a - b);
    expect(Math.abs((exits[100] ?? 0) - 17.5)).toBeLessThan(3);
  });

  test("coins look like what they are, with overlap", () => {
    const looks = new Map<string, number[]>();
    for (let index = 0; index < 400; index++) {
      const { kind, look } = planToken("look", "demo", index);
      looks.set(kind, [...(looks.get(kind) ?? []), look]);
    }
    const mean = (kind: string): number => (looks.get(kind) ?? []).reduce((sum, look, _, all) => sum + look / all.length, 0);
    expect(mean("organic-runner")).toBeGreaterThan(mean("slow-bleed") + 0.1);
    expect(mean("slow-bleed")).toBeGreaterThan(mean("bundled-insiders") + 0.2);
    expect(Math.max(...(looks.get("slow-bleed") ?? []))).toBeGreaterThan(Math.min(...(looks.get("organic-runner") ?? [])));
  });
});
