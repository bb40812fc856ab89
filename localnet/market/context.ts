import type { Rng } from "../../domain/random.ts";
import type { Address, Signature } from "../../domain/units.ts";
import type { Chain } from "../chain/chain.ts";
import type { Instruction, TransactionRecord } from "../chain/types.ts";
import type { Bank } from "./bank.ts";
import type { CoinAddresses, Wallet } from "./instructions.ts";
import type { PricePath } from "./path.ts";
import type { TokenPlan } from "./plan.ts";

/** What happens in the market. Carries no wall-clock time and no slot: the same seed gives the same events. */
export interface MarketEvent {
  readonly tick: number;
  readonly type: "create" | "buy" | "sell" | "graduate" | "noise" | "external";
  readonly signature: Signature;
  readonly failed: boolean;
  /** The coin's mint, or the subject of a noise transaction. */
  readonly subject: string;
  /** Lamports of a buy, base units of a sale, as a decimal string. */
  readonly amount: string;
}

export interface Holder {
  readonly wallet: Wallet;
  /** The wallet's account for the coin. */
  readonly tokens: Address;
  readonly role: "creator" | "insider" | "crowd";
}

/** A coin that exists or soon will. */
export interface LiveToken {
  readonly plan: TokenPlan;
  readonly path: PricePath;
  readonly coin: CoinAddresses;
  /** Ticks of the curve's buys, ascending. */
  readonly schedule: readonly number[];
  holders: Holder[];
  /** Next entry of `schedule`. */
  step: number;
  phase: "planned" | "curve" | "pool" | "over";
  createdAtMs: number;
  graduatedAtMs: number | null;
  /** Further accounts that go when the coin is retired. */
  extras: Address[];
}

/** What the phases of a coin's life work with. */
export interface MarketContext {
  readonly seed: string;
  readonly chain: Chain;
  readonly bank: Bank;
  tick(): number;
  /** Signs for `payer`, executes, records and reports a transaction. */
  submit(
    payer: Address,
    instructions: readonly Instruction[],
    event: Pick<MarketEvent, "type" | "subject" | "amount">,
    rng: Rng,
  ): TransactionRecord;
}
