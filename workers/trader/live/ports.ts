import type { Provider, Rpc } from "../../../adapters/rpc/client.ts";
import type { Sender } from "../../../adapters/rpc/sender.ts";
import type { Observation } from "../../../domain/live/live-state.ts";
import type { Result } from "../../../domain/result.ts";
import type { SignerPort } from "../../../domain/signing/types.ts";
import type { Booking, Intent, IntentEvent, Prepared } from "../../../domain/trading/landing/intent.ts";
import type { Route } from "../../../domain/trading/landing/route.ts";
import type { PoolKeys } from "../../../domain/trading/market.ts";
import type { Parameters } from "../../../domain/trading/parameters.ts";
import type { Address, UnixMs } from "../../../domain/units.ts";

/** Everything outside that landing an intent needs. None of these throws for an outside fault. */
export interface LandingPorts {
  /** With failover: for reads, simulation and sending. */
  readonly rpc: Rpc;
  /** Every configured provider on its own: what ends an intent has to be told by all of them. */
  readonly providers: readonly Provider[];
  /** Helius Sender; null sends through the RPC provider, without a tip. */
  readonly sender: Sender | null;
  /** Null in a deployment without one: nothing new is signed. */
  readonly signer: SignerPort | null;
  readonly now: () => UnixMs;
  readonly observe: (observation: Observation) => void;
  /** Another way to build and read transactions than the programs' own; a simulated chain has no bytes. */
  readonly codec?: TradeCodec;
}

/** A transaction of ours on the chain, as the providers show it. */
export interface Landed {
  readonly slot: number;
  readonly failed: boolean;
  /** Why it failed. */
  readonly detail: string | null;
  readonly feeLamports: bigint;
  readonly booking: Result<Booking>;
  /** What left the wallet although no tokens moved; null when that is not shown. */
  readonly costInVainLamports: bigint | null;
}

/** Orders into messages, and transactions into what they did. */
export interface TradeCodec {
  prepare(intent: Intent, context: TradeContext, ports: LandingPorts): Promise<Result<Prepared>>;
  /** Refuses with OUTCOME_UNKNOWN while no provider shows the intent's transaction. */
  read(intent: Intent, ports: LandingPorts): Promise<Result<Landed>>;
}

/** Where an intent lives. Nothing is done for it that is not stored before. */
export interface IntentStore {
  /** As it stands: marks, commands and other steps may change it while a step waits. */
  current(): Intent;
  /** Those of the position's earlier orders, ended, the oldest first. */
  earlier(): readonly Intent[];
  /** Feeds the reducer and stores what comes of it. */
  apply(event: IntentEvent): Intent;
  /** Resolves once everything applied is on disk. */
  flush(): Promise<void>;
}

/** The wallet that trades, as the signer describes it. */
export interface TradingWallet {
  readonly address: Address;
  readonly tipAccounts: readonly Address[];
}

/** What does not change while one order is under way. */
export interface TradeContext {
  readonly keys: PoolKeys;
  readonly parameters: Parameters;
  /** The wallet that the order is for; asked only for what is not signed yet. */
  readonly wallet: () => Promise<Result<TradingWallet>>;
  /** A buy that is not signed by then is given up; null for a sale. */
  readonly deadlineMs: UnixMs | null;
  /** No account is read from before this slot: the one that the position's own buy landed in; 0 before. */
  readonly minSlot: number;
  /** Kept between steps and orders: deriving a route costs milliseconds. */
  readonly routes: RouteCache;
}

export interface RouteCache {
  route: Route | null;
}
