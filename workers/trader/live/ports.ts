import type { Rpc, SendResult } from "../../../adapters/rpc/client.ts";
import type { Observation } from "../../../domain/live/live-state.ts";
import type { Result } from "../../../domain/result.ts";
import type { Booking, Forgotten, Intent, IntentEvent, Prepared } from "../../../domain/trading/landing/intent.ts";
import type { PoolKeys } from "../../../domain/trading/market.ts";
import type { Parameters } from "../../../domain/trading/parameters.ts";
import type { Address, Signature, UnixMs } from "../../../domain/units.ts";

/** What a node is asked about a signature that was sent, and about how far the chain has come. */
export type StatusNode = Pick<Rpc, "getSignatureStatuses" | "getSignatureStatus" | "getBlockHeight" | "getProgress">;

/** Everything outside that landing an intent needs. None of these throws for an outside fault. */
export interface LandingPorts {
  /** Builds the transaction of an intent on fresh accounts and simulates it; nothing is signed. Passing refusals (`isPassing`) are tried again. */
  prepare(intent: Intent, context: TradeContext): Promise<Result<Prepared>>;
  /**
   * Signs what an intent has prepared, after the order `after` of its position (null: the first). The same message
   * for the same intent gives the same signature, whenever it is asked for; another one is refused.
   */
  sign(intent: Intent, after: string | null): Promise<Result<SignedWire>>;
  /** What the signer signed for an order, or a later one of its side; null when nothing was. Any refusal: ask again. */
  signedFrom(intentId: string): Promise<Result<Forgotten | null>>;
  /** Hands over an intent's signed bytes, for the first time or again. */
  send(intent: Intent): Promise<SendResult>;
  /** What the chain shows that a signed intent's transaction did. Refuses with OUTCOME_UNKNOWN or RPC_DISAGREEMENT: ask again. */
  book(intent: Intent): Promise<Result<Shown>>;
  /** With failover, for looks at what is under way. */
  readonly rpc: StatusNode;
  /** Every configured provider on its own: what ends an intent has to be told by all of them. */
  readonly providers: ReadonlyArray<{ readonly rpc: StatusNode }>;
  readonly now: () => UnixMs;
  readonly observe: (observation: Observation) => void;
}

export interface SignedWire {
  readonly signature: Signature;
  /** What is sent: opaque to all but the chain. */
  readonly wireBase64: string;
}

/** A confirmed transaction of ours in full. */
export type Shown = { readonly slot: number } & (
  | { readonly kind: "moved"; readonly booking: Booking }
  /** It succeeded, and none of our tokens moved. */
  | { readonly kind: "moved-nothing"; readonly costLamports: bigint; readonly detail: string | null }
  | { readonly kind: "reverted"; readonly feeLamports: bigint; readonly detail: string | null }
);

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

/** What does not change while one order is under way. */
export interface TradeContext {
  readonly keys: PoolKeys;
  readonly parameters: Parameters;
  /** The wallet that bought the position's tokens; null before. */
  readonly buyer: Address | null;
  /** A buy that is not signed by then is given up; null for a sale. */
  readonly deadlineMs: UnixMs | null;
  /** No account is read from before this slot: the one that the position's own buy landed in; 0 before. */
  readonly minSlot: number;
}
