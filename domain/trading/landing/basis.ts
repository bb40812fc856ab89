import type { Address } from "../../units.ts";
import type { FeeConfig, Fees } from "../../venues/fee-config.ts";
import type { Pool } from "../../venues/pump-swap.ts";

/** An account of somebody else that the trade creates, at our cost, when it is not there. */
export interface Creatable {
  readonly address: Address;
  /** What it has to hold to exist (Solana's rent-exempt minimum of its size). */
  readonly rentLamports: bigint;
  /** "wrapped": its own tokens are lamports too; "creator-vault": a plain account whose fee counts towards the rent. */
  readonly kind: "wrapped" | "plain" | "creator-vault";
}

interface CommonBasis {
  readonly wallet: Address;
  readonly baseAccount: Address;
  /** Rent of the base account: paid when it is created, returned when it is closed. */
  readonly baseRentLamports: bigint;
  /** A sale that leaves its account open gets no rent back. */
  readonly closesBase: boolean;
  readonly creatables: readonly Creatable[];
}

/** What a trade was predicted on, as far as its own transaction does not show it. */
export type TradeBasis =
  | (CommonBasis & {
      readonly venue: "pool";
      readonly poolAddress: Address;
      readonly pool: Pool;
      readonly feeConfig: FeeConfig;
      readonly supply: bigint;
      /** The program's switch for a coin's own creator fee. */
      readonly creatorFeeConfigurable: boolean;
      /** Our wrapped-SOL account, which lives for one transaction. */
      readonly quoteAccount: Address;
    })
  | (CommonBasis & { readonly venue: "curve"; readonly curveAddress: Address; readonly fees: Fees });
