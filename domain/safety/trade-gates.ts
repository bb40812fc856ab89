import type { Finding } from "../scoring/assessment.ts";
import { type Address, BPS } from "../units.ts";
import { hard, soft } from "./findings.ts";
import type { PoolTrade } from "./history.ts";

/** Slots within which a price is not expected to multiply, and by how much it must to be a finding. */
export const FLASH = { slots: 3, soft: 2n, hard: 5n } as const;
/** The fewest swaps that say anything, and the share of their volume that goes to and fro within the same wallets. */
export const WASH = { swaps: 6, roundTripBps: 5_000n, fewWallets: 3, fewRoundTripBps: 1_000n } as const;
/** Buys by machine: how small, how alike, how regular (as a share of the mean interval). */
export const MICRO = { buys: 5, maxLamports: 50_000_000n, amountSpreadBps: 2_000n, slotSpread: 0.25, shareOfSwaps: 0.6 } as const;
/** Outsiders' buys without one sale of theirs, and failed sales of different outsiders. */
export const ONE_WAY = { buys: 8, buysBesideInsiderSale: 5, failedSellers: 3 } as const;

export interface TradeInputs {
  /** Swaps of the pool, in any order. */
  readonly trades: readonly PoolTrade[];
  /** The creator and whoever bought in the creation slot, as far as known. */
  readonly insiders: ReadonlySet<Address>;
  /** Price points beside the swaps: the opening, and the reserves as read. */
  readonly prices: readonly PricePoint[];
}

/** The pool's effective reserves in a slot. */
export interface PricePoint {
  readonly slot: number;
  readonly baseReserves: bigint;
  readonly quoteReservesLamports: bigint;
}

/** Gates of the pool's trades: stated reserves, flash-moved price, wash volume, micro-buys, and whether outsiders get out. */
export function judgeTrades({ trades, insiders, prices }: TradeInputs): Finding[] {
  const landed = trades.filter(({ failed }) => !failed);
  const stated = landed.flatMap(({ slot, before }) => (before === null ? [] : [{ slot, ...before }]));
  return [
    ...(landed.some(({ statesVaults }) => statesVaults === false) ? [hard("POOL_RESERVES_MISMATCH", "a swap's event and its vaults")] : []),
    ...judgePrices([...stated, ...prices]),
    ...judgeWash(landed),
    ...judgeMicroBuys(landed),
    ...judgeWayOut(trades, insiders),
  ];
}

function judgePrices(points: readonly PricePoint[]): Finding[] {
  const sorted = points
    .filter(({ baseReserves, quoteReservesLamports }) => baseReserves > 0n && quoteReservesLamports > 0n)
    .sort((a, b) => a.slot - b.slot);
  let most = 1n;
  for (const [i, a] of sorted.entries()) {
    for (let k = i + 1; k < sorted.length; k++) {
      const b = sorted[k];
      if (b === undefined || b.slot - a.slot > FLASH.slots) break;
      const [x, y] = [a.quoteReservesLamports * b.baseReserves, b.quoteReservesLamports * a.baseReserves];
      const multiple = x > y ? x / y : y / x;
      if (multiple > most) most = multiple;
    }
  }
  if (most < FLASH.soft) return [];
  const detail = `${most} times within ${FLASH.slots} slots`;
  return [most >= FLASH.hard ? hard("PRICE_FLASHED", detail) : soft("PRICE_FLASHED", detail)];
}

function judgeWash(landed: readonly PoolTrade[]): Finding[] {
  if (landed.length < WASH.swaps) return [];
  const flows = new Map<Address, { buy: bigint; sell: bigint }>();
  for (const { user, side, quoteLamports } of landed) {
    const flow = flows.get(user) ?? { buy: 0n, sell: 0n };
    flow[side] += quoteLamports;
    flows.set(user, flow);
  }
  let total = 0n;
  let roundTrip = 0n;
  for (const { buy, sell } of flows.values()) {
    total += buy + sell;
    roundTrip += buy < sell ? 2n * buy : 2n * sell;
  }
  const least = flows.size <= WASH.fewWallets ? WASH.fewRoundTripBps : WASH.roundTripBps;
  if (total === 0n || roundTrip * BPS < total * least) return [];
  return [
    soft("WASH_VOLUME", `${flows.size} wallets in ${landed.length} swaps, ${(roundTrip * BPS) / total} bps of the volume to and fro`),
  ];
}

function judgeMicroBuys(landed: readonly PoolTrade[]): Finding[] {
  const buys = landed
    .filter(({ side, quoteLamports }) => side === "buy" && quoteLamports <= MICRO.maxLamports)
    .sort((a, b) => a.slot - b.slot);
  if (buys.length < MICRO.buys || buys.length < landed.length * MICRO.shareOfSwaps) return [];
  const amounts = buys.map(({ quoteLamports }) => quoteLamports).sort((a, b) => (a < b ? -1 : 1));
  const [least = 0n, most = 0n] = [amounts[0], amounts.at(-1)];
  const gaps = buys.slice(1).map(({ slot }, i) => slot - (buys[i]?.slot ?? slot));
  const meanGap = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const isRegular = Math.max(...gaps) - Math.min(...gaps) <= Math.max(1, MICRO.slotSpread * meanGap);
  if (!isRegular || (most - least) * BPS > most * MICRO.amountSpreadBps) return [];
  return [soft("MICRO_BUYS", `${buys.length} of ${most} lamports at most, ${Math.min(...gaps)} to ${Math.max(...gaps)} slots apart`)];
}

/** An outsider's sale that landed proves the way out; without one, failed sales and sales of insiders tell. */
function judgeWayOut(trades: readonly PoolTrade[], insiders: ReadonlySet<Address>): Finding[] {
  const foreign = trades.filter(({ user }) => !insiders.has(user));
  if (foreign.some(({ side, failed }) => side === "sell" && !failed)) return [];
  const buys = foreign.filter(({ side, failed }) => side === "buy" && !failed).length;
  const turnedAway = new Set(foreign.filter(({ side, failed }) => side === "sell" && failed).map(({ user }) => user)).size;
  const insiderSells = trades.filter(({ user, side, failed }) => insiders.has(user) && side === "sell" && !failed).length;
  if (turnedAway >= ONE_WAY.failedSellers) {
    const detail = `${turnedAway} sellers failed, none succeeded`;
    return [hard("SELLS_FAIL", insiderSells > 0 ? `${detail} but insiders` : detail)];
  }
  if (buys >= ONE_WAY.buys) return [soft("NO_FOREIGN_SELL", `${buys} buys, no sale`)];
  if (insiderSells > 0 && buys >= ONE_WAY.buysBesideInsiderSale)
    return [soft("NO_FOREIGN_SELL", `${buys} buys of outsiders, ${insiderSells} sales of insiders only`)];
  return [];
}
