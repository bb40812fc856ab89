import { expect, test } from "vitest";
import type { RugAlert } from "../../domain/trading/rug-alert.ts";
import { creatorAccounts, judgeRug, type RugBaseline, rugBaseline } from "../../domain/trading/watch/rug.ts";
import type { Address } from "../../domain/units.ts";
import { createChain } from "../chain/chain.ts";
import { genesisAccounts } from "../chain/genesis.ts";
import type { TransactionRecord } from "../chain/types.ts";
import { feeCollectorAddress } from "./bank.ts";
import type { TokenKind } from "./kinds.ts";
import { createMarket, PROLOGUE_TICK } from "./market.ts";
import { TICK_MS, TICKS_PER_SECOND } from "./plan.ts";

const SECONDS = 60;
const START_MS = 1_795_000_000_000;
const FIRST_SLOT = 460_000_000;
const CREATOR_SELL_BPS = 5_000;

interface Watched {
  readonly kind: TokenKind;
  readonly mint: Address;
  readonly creator: Address;
  readonly baseline: RugBaseline;
  /** What the creator's accounts held after each later transaction that moved them, from the transactions themselves. */
  readonly holdings: bigint[];
  readonly alerts: Map<RugAlert["reason"], RugAlert>;
}

/** Watches every graduated coin of the embedded market from the first look on, once a second. */
function watchMarket(seed: string): Watched[] {
  const watched = new Map<Address, Watched>();
  const chain = createChain({
    seed,
    clock: { slot: FIRST_SLOT, unixMs: START_MS },
    feeCollector: feeCollectorAddress(seed),
    accounts: genesisAccounts(),
  });
  const onRecord = (record: TransactionRecord): void => {
    for (const { mint, owner, amount } of record.postTokenBalances) {
      const one = watched.get(mint);
      if (one !== undefined && owner === one.creator) one.holdings.push(amount);
    }
  };
  const market = createMarket({ seed, mix: "demo", chain, onRecord });
  for (let tick = PROLOGUE_TICK + 1; tick <= SECONDS * TICKS_PER_SECOND; tick++) {
    const elapsedMs = (tick - PROLOGUE_TICK) * TICK_MS;
    chain.setClock({ slot: FIRST_SLOT + Math.floor(elapsedMs / 400), unixMs: START_MS + elapsedMs });
    market.step();
    if (tick % TICKS_PER_SECOND !== 0) continue;
    for (const { plan, graduatedAtMs } of market.live()) {
      if (graduatedAtMs === null) continue;
      const { mint, creator, kind } = plan;
      const terms = { mint, pool: mint, creator, creatorSellBps: CREATOR_SELL_BPS };
      const account = (address: Address) => {
        const found = chain.account(address);
        return found === null ? null : { owner: found.owner, data: found.data };
      };
      const one = watched.get(mint);
      const accounts = creatorAccounts(creator, mint, one?.baseline.mint.program ?? null);
      const { slot, unixMs: atMs } = chain.clock();
      const read = { slot, atMs, mint: account(mint), creatorAccounts: accounts.map(account) };
      if (one === undefined) {
        const baseline = rugBaseline(terms, read);
        if (baseline !== null) watched.set(mint, { kind, mint, creator, baseline, holdings: [], alerts: new Map() });
        continue;
      }
      for (const alert of judgeRug(terms, one.baseline, read)) if (!one.alerts.has(alert.reason)) one.alerts.set(alert.reason, alert);
    }
  }
  return [...watched.values()];
}

test("on the embedded market alerts tell of what creators really sold, and of no mint that is as it was", { timeout: 60_000 }, () => {
  const all = watchMarket("rug-1");
  const sold = all.filter(({ alerts }) => alerts.has("EXIT_CREATOR_SOLD"));
  for (const { alerts, baseline, holdings } of all) {
    const before = baseline.creatorAmount ?? 0n;
    const isSale = (amount: bigint) => (before - amount) * 10_000n >= before * BigInt(CREATOR_SELL_BPS);
    const hasSold = before > 0n && holdings.some(isSale);
    expect(alerts.has("EXIT_CREATOR_SOLD")).toBe(hasSold);
  }
  console.log(
    `${all.length} coins watched, ${all.filter(({ baseline }) => (baseline.creatorAmount ?? 0n) > 0n).length} whose creator held some, ` +
      `${sold.length} whose creator sold (${[...new Set(sold.map(({ kind }) => kind))].join(", ")})`,
  );
  expect(all.length).toBeGreaterThan(10);
  expect(sold.length).toBeGreaterThan(0);
  expect(all.filter(({ alerts }) => alerts.has("EXIT_MINT_CHANGED"))).toEqual([]);
});
