import { createRng } from "../../domain/random.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { PYTH_RECEIVER_PROGRAM, PYTH_SOL_USD, PYTH_SOL_USD_FEED_ID } from "../../domain/solana/programs.ts";
import { encodePriceUpdate } from "../../domain/solana/pyth-price.ts";
import type { Address, Signature, UnixMs } from "../../domain/units.ts";
import { seededBytes } from "../chain/bytes.ts";
import { createChain, type Outcome, SLOT_MS } from "../chain/chain.ts";
import { PUMP_ADMIN } from "../chain/config.ts";
import { genesisAccounts } from "../chain/genesis.ts";
import type { AccountMap } from "../chain/overlay.ts";
import { transferInstruction } from "../chain/programs/system.ts";
import { rentExemptLamports } from "../chain/rent.ts";
import { compileTransaction } from "../chain/transaction.ts";
import type { Clock, CompiledTransaction, TransactionRecord } from "../chain/types.ts";
import { faucetAddress, feeCollectorAddress } from "../market/bank.ts";
import type { MarketEvent } from "../market/context.ts";
import type { MixName } from "../market/kinds.ts";
import { createMarket, type Market, type MarketState, PROLOGUE_TICK } from "../market/market.ts";
import { TICK_MS } from "../market/plan.ts";
import { createHistory, type History } from "./history.ts";
import { type RecordedChain, recordChain } from "./provider-view.ts";

/** Slot at which every localnet opens. */
const FIRST_SLOT = 460_000_000;
/** Ticks played in one go when the process was late; what is later than that, the market skips. */
const MAX_CATCH_UP_TICKS = 50;
const PRICE_EXPONENT = -8;
const PROLOGUE_SLOTS = Math.ceil((-PROLOGUE_TICK * TICK_MS) / SLOT_MS);

export interface LocalnetOptions {
  readonly seed: string;
  readonly mix: MixName;
  /** Market seconds per wall second. */
  readonly speed: number;
  readonly onRecord?: (record: TransactionRecord, packed: Uint8Array) => void;
  readonly onEvent?: (event: MarketEvent) => void;
  /** Called before a stranger's transaction is executed, with the clock that it is executed at. */
  readonly onExternal?: (input: ExternalInput) => void;
  readonly kept?: KeptState;
  readonly history?: History;
}

/** A stranger's transaction, executed after tick `tick`. */
export interface ExternalInput {
  readonly tick: number;
  readonly clock: Clock;
  readonly transaction: CompiledTransaction;
}

/** What is saved: the chain's accounts and clock, and the market. */
export interface KeptState {
  readonly clock: Clock;
  readonly accounts: AccountMap;
  readonly market: MarketState;
}

export interface Localnet {
  readonly chain: RecordedChain;
  readonly market: Market;
  readonly history: History;
  /** Plays one tick at a recorded clock, or with an input that input: rebuilds what happened after a snapshot. */
  replay(clock: Clock, input: ExternalInput | null): void;
  /** Opens the market at `nowMs`: a new one plays its prologue, a kept one goes on as if no time had passed. */
  open(nowMs: UnixMs): void;
  /** Moves slots at wall speed and plays the market's due ticks. */
  advance(nowMs: UnixMs): void;
  /** Executes a stranger's transaction now. */
  execute(transaction: CompiledTransaction): Outcome;
  /** Sends lamports from the faucet, as a stranger's transaction. Only this embedded chain has one. */
  airdrop(address: Address, lamports: bigint): Signature;
  state(): KeptState;
}

/** Creates a localnet; nothing happens before `open`. */
export function createLocalnet(options: LocalnetOptions): Localnet {
  const { seed, mix, speed, kept } = options;
  const history = options.history ?? createHistory();
  const chain = recordChain(
    createChain({
      seed,
      // The prologue happens before the opening, in slots of its own.
      clock: kept?.clock ?? { slot: FIRST_SLOT - PROLOGUE_SLOTS, unixMs: 0 },
      feeCollector: feeCollectorAddress(seed),
      accounts: kept?.accounts ?? genesisAccounts(),
    }),
  );
  const market = createMarket({
    seed,
    mix,
    chain,
    onRecord: (record) => {
      const packed = history.add(record);
      options.onRecord?.(record, packed);
    },
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    ...(kept === undefined ? {} : { state: kept.market }),
  });

  function publishPrice(): void {
    const { slot, unixMs } = chain.clock();
    const price = BigInt(Math.round(solUsd(seed, market.tick()) * 10 ** -PRICE_EXPONENT));
    const data = encodePriceUpdate(
      { price, conf: price / 2_000n, exponent: PRICE_EXPONENT, publishTimeS: Math.floor(unixMs / 1000), feedId: PYTH_SOL_USD_FEED_ID },
      PUMP_ADMIN,
      slot,
    );
    chain.plant(PYTH_SOL_USD, { owner: PYTH_RECEIVER_PROGRAM, lamports: rentExemptLamports(data.length), data, executable: false });
  }

  function prologue(nowMs: UnixMs): void {
    while (market.tick() < 0) {
      const agoMs = -(market.tick() + 1) * TICK_MS;
      chain.setClock({ slot: FIRST_SLOT - Math.ceil(agoMs / SLOT_MS), unixMs: nowMs - agoMs });
      market.step();
    }
  }

  function execute(transaction: CompiledTransaction): Outcome {
    options.onExternal?.({ tick: market.tick(), clock: chain.clock(), transaction });
    return market.executeExternal(transaction);
  }

  let slotOrigin = { ms: 0, slot: 0 };
  let tickOrigin = { ms: 0, tick: 0 };

  return {
    chain,
    market,
    history,
    replay: (clock, input) => {
      chain.setClock(clock);
      if (input === null) market.step();
      else market.executeExternal(input.transaction);
    },
    open: (nowMs) => {
      if (market.tick() < 0) prologue(nowMs);
      chain.setClock({ slot: chain.clock().slot + 1, unixMs: nowMs });
      slotOrigin = { ms: nowMs, slot: chain.clock().slot };
      tickOrigin = { ms: nowMs, tick: market.tick() };
      publishPrice();
    },
    advance: (nowMs) => {
      const before = chain.clock();
      const slot = Math.max(before.slot, slotOrigin.slot + Math.floor((nowMs - slotOrigin.ms) / SLOT_MS));
      chain.setClock({ slot, unixMs: Math.max(before.unixMs, nowMs) });
      const due = tickOrigin.tick + Math.floor(((nowMs - tickOrigin.ms) * speed) / TICK_MS);
      const target = Math.min(due, market.tick() + MAX_CATCH_UP_TICKS);
      while (market.tick() < target) market.step();
      // A process that was suspended or is too slow for its tempo lets the market wait.
      if (due > target) tickOrigin = { ms: nowMs, tick: market.tick() };
      if (slot > before.slot) publishPrice();
    },
    execute,
    airdrop: (address, lamports) => {
      const faucet = faucetAddress(seed);
      // Unlike any signature of a wallet, and unlike that of the next airdrop.
      const signature = encodeBase58(seededBytes(`${seed}/airdrop/${history.size()}/${chain.clock().slot}/${market.eventLog().count}`, 64));
      const { blockhash } = chain.latestBlockhash();
      execute(compileTransaction(faucet, [transferInstruction(faucet, address, lamports)], blockhash, [signature]));
      return signature;
    },
    state: () => ({ clock: chain.clock(), accounts: new Map(chain.accounts()), market: market.state() }),
  };
}

/** SOL in USD at a tick: 150 and three octaves of value noise, from seed and tick alone. */
export function solUsd(seed: string, tick: number): number {
  const octaves = [
    [4_500, 0.02],
    [600, 0.004],
    [50, 0.0006],
  ] as const;
  let log = 0;
  for (const [period, amplitude] of octaves) {
    const at = Math.max(0, tick) / period;
    const cell = Math.floor(at);
    const level = (k: number): number => createRng(`${seed}/sol-usd/${period}/${k}`).normal();
    const x = at - cell;
    const weight = x * x * (3 - 2 * x);
    log += amplitude * (level(cell) * (1 - weight) + level(cell + 1) * weight);
  }
  return 150 * Math.exp(log);
}
