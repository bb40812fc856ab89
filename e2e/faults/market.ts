import { createRng, type Rng } from "../../domain/random.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { labelAddress } from "../../localnet/chain/fixture.ts";
import { renderRawWebhookEntry } from "../../localnet/chain/render.ts";
import { type TestCoin, tokenAmount } from "../../localnet/testing/coins.ts";
import type { FaultChain } from "./chain.ts";

/** Trades on a coin's curve before it graduates, spread over its life there: what makes it look organic to the analyzer. */
const CURVE_TRADES = 100;
/** Wallets behind them. */
const CURVE_WALLETS = 50;
/** A curve takes about 85 SOL; the last bit is the migrator's. */
const CURVE_LAMPORTS = 83_000_000_000n;
/** Milliseconds that a coin spends on its curve: long enough that it does not count as rushed. */
const CURVE_MS = 40_000;
const STEP_MS = 100;
/** Helius tries a delivery three times, a second apart. */
const DELIVERY_TRIES = 3;
const DELIVERY_RETRY_MS = 1_000;
/** A position is moved this long after the wallet got its tokens, and again at this distance while it is held. */
const MOVE_AFTER_MS = [600, 2_500] as const;
const MOVE_AGAIN_MS = 3_000;
/** What is not sold after so many moves ends by its longest hold. */
const MAX_MOVES = 4;
/** Share of positions whose price rises; the others fall. Enough winners that no drawdown breaker ends the campaign. */
const RISE_SHARE = 0.8;
/** A pool holds about 85 SOL: this is 30 %, which reaches the first rungs of a take-profit. */
const RISE_LAMPORTS = 13_000_000_000n;
/** Curve buyers that sell out in one fall: about 15 %. */
const SELLERS = 4;

export interface MarketOptions {
  readonly chain: FaultChain;
  readonly seed: string;
  /** Mean time between two graduations. */
  readonly gapMs: number;
  readonly deliver: (entries: readonly unknown[]) => Promise<number>;
}

/** A market that graduates one organic-looking coin after the other, and moves the price of whatever the wallet holds. */
export interface FaultMarket {
  /** Coins that were delivered so far. */
  graduated(): number;
  /** Milliseconds until a stream of graduations can begin. */
  readonly seasonMs: number;
  /** Lets coins graduate, or keeps them on their curves. */
  setOpen(isOpen: boolean): void;
  stop(): void;
}

interface Coin {
  readonly coin: TestCoin;
  readonly n: number;
  readonly bornMs: number;
  trades: number;
}

interface Pool {
  readonly coin: TestCoin;
  readonly rises: boolean;
  nextMs: number;
  /** Whether the wallet was seen to hold it. */
  seen: boolean;
  tries: number;
  moves: number;
}

/** Starts the market; nothing graduates before it is opened. */
export function startMarket({ chain, seed, gapMs, deliver }: MarketOptions): FaultMarket {
  const { node } = chain;
  const rng = createRng(`${seed}/market`);
  const curves: Coin[] = [];
  const pools = new Map<string, Pool>();
  let made = 0;
  let graduated = 0;
  let isOpen = false;
  let nextCoinMs = 0;
  let nextGraduationMs = 0;

  function step(): void {
    const nowMs = Date.now();
    const keep = Math.ceil(CURVE_MS / gapMs) + 2;
    if (nowMs >= nextCoinMs && curves.length < keep) {
      nextCoinMs = nowMs + gapMs;
      curves.push({ coin: node.addCoin({ stage: "curve", label: `fault-${made}` }), n: made, bornMs: nowMs, trades: 0 });
      made++;
    }
    for (const one of curves) grow(one, nowMs);
    const [oldest] = curves;
    if (isOpen && oldest !== undefined && oldest.trades === CURVE_TRADES && nowMs >= nextGraduationMs) {
      curves.shift();
      nextGraduationMs = nowMs + Math.round(gapMs * (0.5 + rng.next()));
      graduate(oldest, nowMs);
    }
    for (const [mint, held] of pools) if (nowMs >= held.nextMs) move(mint, held, nowMs);
  }

  /** The curve's trades that are due by now. */
  function grow(one: Coin, nowMs: number): void {
    const due = Math.min(CURVE_TRADES, Math.floor(((nowMs - one.bornMs) / CURVE_MS) * CURVE_TRADES));
    // At most a few at a time: the chain's server must go on answering.
    for (let i = 0; one.trades < due && i < 3; i++) {
      const amount = ((CURVE_LAMPORTS / BigInt(CURVE_TRADES)) * BigInt(80 + rng.int(40))) / 100n;
      node.trade(one.coin, { side: "buy", amount, stranger: one.trades % CURVE_WALLETS });
      one.trades++;
    }
  }

  function graduate({ coin, n }: Coin, nowMs: number): void {
    const entry = renderRawWebhookEntry(node.graduate(coin));
    const rises = createRng(`${seed}/rises/${n}`).next() < RISE_SHARE;
    pools.set(coin.mint, { coin, rises, nextMs: nowMs + 500, seen: false, tries: 0, moves: 0 });
    graduated++;
    for (let i = 0; i < 4; i++) node.trade(coin, { side: "buy", amount: 200_000_000n, stranger: CURVE_WALLETS + i });
    void deliverAsHelius(entry);
  }

  async function deliverAsHelius(entry: unknown): Promise<void> {
    for (let i = 0; i < DELIVERY_TRIES; i++) {
      if ((await deliver([entry])) === 200) return;
      await new Promise((resolve) => setTimeout(resolve, DELIVERY_RETRY_MS));
    }
  }

  /** Moves the price while the wallet holds the coin; a coin that it does not hold is looked at again soon. */
  function move(mint: string, held: Pool, nowMs: number): void {
    const { coin } = held;
    const ours = tokenAmount(node.chain, associatedTokenAddress(chain.wallet, coin.mint, coin.tokenProgram));
    if (ours === 0n) {
      held.tries++;
      // Sold again, or never bought within a minute.
      if (held.seen || held.tries > 120) pools.delete(mint);
      else held.nextMs = nowMs + 500;
      return;
    }
    if (!held.seen) {
      held.seen = true;
      const [least, most] = MOVE_AFTER_MS;
      held.nextMs = nowMs + least + rng.int(most - least);
      return;
    }
    held.nextMs = nowMs + MOVE_AGAIN_MS;
    if (held.moves++ >= MAX_MOVES) return;
    if (held.rises) node.trade(coin, { side: "buy", amount: RISE_LAMPORTS, stranger: CURVE_WALLETS + 10 });
    else dump(coin, rng);
  }

  /** Some of the curve's buyers sell everything. */
  function dump(coin: TestCoin, draw: Rng): void {
    const first = draw.int(CURVE_WALLETS);
    for (let i = 0; i < SELLERS; i++) {
      const stranger = (first + i) % CURVE_WALLETS;
      const owner = labelAddress(`${seed}/stranger/${stranger}`);
      const amount = tokenAmount(node.chain, associatedTokenAddress(owner, coin.mint, coin.tokenProgram));
      if (amount > 0n) node.trade(coin, { side: "sell", amount, stranger });
    }
  }

  const timer = setInterval(step, STEP_MS);
  return {
    graduated: () => graduated,
    seasonMs: CURVE_MS + 2_000,
    setOpen: (open) => {
      isOpen = open;
    },
    stop: () => clearInterval(timer),
  };
}
