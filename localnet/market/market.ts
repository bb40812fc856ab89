import { sha256 } from "@noble/hashes/sha2.js";
import { createRng, type Rng } from "../../domain/random.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { toHex } from "../../domain/solana/bytes.ts";
import type { Address } from "../../domain/units.ts";
import { seededBytes } from "../chain/bytes.ts";
import type { Chain, Outcome } from "../chain/chain.ts";
import { compileTransaction } from "../chain/transaction.ts";
import type { CompiledTransaction, Instruction, TransactionRecord } from "../chain/types.ts";
import { openBank } from "./bank.ts";
import type { LiveToken, MarketContext, MarketEvent } from "./context.ts";
import { curveSchedule, playCurve } from "./curve-phase.ts";
import { type CoinAddresses, coinAddresses, setComputeUnitLimit, setComputeUnitPrice } from "./instructions.ts";
import type { MixName, TokenKind } from "./kinds.ts";
import { playNoise } from "./noise.ts";
import { pricePath } from "./path.ts";
import { graduateTick, MAX_CURVE_TICKS, planToken, TICK_MS, TICKS_PER_SECOND } from "./plan.ts";
import { playPool } from "./pool-phase.ts";
import { retireToken } from "./retire.ts";

/** Market milliseconds that a finished coin's accounts stay readable. */
export const RETAIN_MS = 600_000;
/** Covers a migration (about 300,000 units). */
const COMPUTE_UNIT_LIMIT = 450_000;

export interface MarketOptions {
  readonly seed: string;
  readonly mix: MixName;
  readonly chain: Chain;
  /** Every executed transaction, in order. */
  readonly onRecord: (record: TransactionRecord) => void;
  readonly onEvent?: (event: MarketEvent) => void;
  readonly state?: MarketState;
}

/** What the market remembers between ticks, besides the chain. */
export interface MarketState {
  readonly tick: number;
  readonly nextIndex: number;
  readonly nextSignature: number;
  readonly eventCount: number;
  readonly eventHash: string;
  readonly tokens: ReadonlyArray<
    Pick<LiveToken, "coin" | "holders" | "step" | "phase" | "createdAtMs" | "graduatedAtMs" | "extras"> & { readonly index: number }
  >;
}

/** What outsiders may know of a coin; the X stand-in writes about it. */
export interface TokenSummary {
  readonly mint: Address;
  readonly symbol: string;
  readonly name: string;
  readonly kind: TokenKind;
  readonly createdAtMs: number;
  readonly graduatedAtMs: number | null;
  readonly seed: string;
}

export interface Market {
  tick(): number;
  /** Plays one tick on the chain's current clock. */
  step(): void;
  /** Executes somebody else's transaction between two ticks. */
  executeExternal(transaction: CompiledTransaction): Outcome;
  /** Coins that exist, oldest first. */
  live(): readonly LiveToken[];
  summaries(): TokenSummary[];
  /** Events so far, and their running SHA-256. */
  eventLog(): { readonly count: number; readonly hash: string };
  state(): MarketState;
}

/** First tick of a new market: the prologue in which the first coins trade on their curves. */
export const PROLOGUE_TICK = -MAX_CURVE_TICKS;

/** Creates a market on a chain, or continues one from its state. */
export function createMarket(options: MarketOptions): Market {
  const { seed, mix, chain } = options;
  const bank = openBank(seed, chain);
  let tick = options.state?.tick ?? PROLOGUE_TICK;
  let nextIndex = options.state?.nextIndex ?? 0;
  let nextSignature = options.state?.nextSignature ?? 0;
  let eventCount = options.state?.eventCount ?? 0;
  let eventHash = options.state?.eventHash ?? toHex(sha256(new TextEncoder().encode(`${seed}/${mix}`)));
  let tokens: LiveToken[] = (options.state?.tokens ?? []).map(({ index, coin, ...kept }) => ({ ...plannedToken(index, coin), ...kept }));

  function plannedToken(index: number, knownAddresses?: CoinAddresses): LiveToken {
    const plan = planToken(seed, mix, index);
    return {
      plan,
      path: pricePath(seed, plan),
      coin: knownAddresses ?? coinAddresses(plan.mint, plan.creator),
      schedule: curveSchedule(seed, plan),
      holders: [],
      step: 0,
      phase: "planned",
      createdAtMs: 0,
      graduatedAtMs: null,
      extras: [],
    };
  }

  function report(event: MarketEvent): void {
    eventCount++;
    eventHash = toHex(sha256(new TextEncoder().encode(`${eventHash}${JSON.stringify(event)}`)));
    options.onEvent?.(event);
  }

  const context: MarketContext = {
    seed,
    chain,
    bank,
    tick: () => tick,
    submit: (payer: Address, instructions: readonly Instruction[], event, rng: Rng): TransactionRecord => {
      const budget = [setComputeUnitLimit(COMPUTE_UNIT_LIMIT), setComputeUnitPrice(BigInt(20_000 + rng.int(400_000)))];
      const all = [...budget, ...instructions];
      const signers = new Set(all.flatMap(({ accounts }) => accounts.filter((meta) => meta.signer).map((meta) => meta.address))).add(payer);
      const signatures = [...signers].map(() => encodeBase58(seededBytes(`${seed}/signature/${nextSignature++}`, 64)));
      const transaction = compileTransaction(payer, all, chain.latestBlockhash().blockhash, signatures);
      const outcome = chain.execute(transaction);
      if (outcome.refused !== null) throw new Error(`market transaction refused: ${JSON.stringify(outcome.refused)}`);
      options.onRecord(outcome.record);
      report({ tick, ...event, signature: signatures[0] ?? "", failed: outcome.record.err !== null });
      return outcome.record;
    },
  };

  function admit(): void {
    while (graduateTick(seed, nextIndex) - MAX_CURVE_TICKS <= tick) {
      tokens.push(plannedToken(nextIndex));
      nextIndex++;
    }
  }

  function retire(): void {
    const retained = RETAIN_MS / TICK_MS;
    // Looked at once a second: a coin that outsiders hold stays, and looking is not free.
    if (tick % TICKS_PER_SECOND !== 0) return;
    const leaving = tokens.filter(({ phase, plan }) => phase === "over" && plan.endTick + retained <= tick);
    const retired = leaving.filter((token) => retireToken(context, token));
    if (retired.length > 0) tokens = tokens.filter((token) => !retired.includes(token));
  }

  return {
    tick: () => tick,
    step: () => {
      tick++;
      admit();
      for (const token of tokens) {
        if (token.phase === "planned" || token.phase === "curve") playCurve(context, token);
        else if (token.phase === "pool") playPool(context, token);
      }
      playNoise(context, tokens, createRng(`${seed}/noise-tick/${tick}`));
      retire();
    },
    executeExternal: (transaction) => {
      const outcome = chain.execute(transaction);
      if (outcome.refused !== null) return outcome;
      options.onRecord(outcome.record);
      const signature = transaction.signatures[0] ?? "";
      report({
        tick,
        type: "external",
        subject: transaction.accountKeys[0] ?? "",
        amount: "0",
        signature,
        failed: outcome.record.err !== null,
      });
      return outcome;
    },
    live: () => tokens.filter(({ phase }) => phase !== "planned"),
    summaries: () =>
      tokens
        .filter(({ phase }) => phase !== "planned")
        .map(({ plan, createdAtMs, graduatedAtMs }) => ({
          mint: plan.mint,
          symbol: plan.symbol,
          name: plan.name,
          kind: plan.kind,
          createdAtMs,
          graduatedAtMs,
          seed: `${seed}/${plan.index}`,
        })),
    eventLog: () => ({ count: eventCount, hash: eventHash }),
    state: () => ({
      tick,
      nextIndex,
      nextSignature,
      eventCount,
      eventHash,
      tokens: tokens.map(({ plan, coin, holders, step, phase, createdAtMs, graduatedAtMs, extras }) => ({
        index: plan.index,
        coin,
        holders,
        step,
        phase,
        createdAtMs,
        graduatedAtMs,
        extras,
      })),
    }),
  };
}
