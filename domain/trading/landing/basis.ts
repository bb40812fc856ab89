import type { Address } from "../../units.ts";
import type { FeeConfig, Fees } from "../../venues/fee-config.ts";
import type { Pool } from "../../venues/pump-swap.ts";

/**
 * An account of somebody else that the trade makes exist, at our cost, when it does not. Who pays what
 * is what the real programs charge (2026-06, on litesvm).
 */
export interface Creatable {
  readonly address: Address;
  /** What it has to hold to exist (Solana's rent-exempt minimum of its size). */
  readonly rentLamports: bigint;
  /** Pump gives a creator's vault that is below the minimum all of it again; other accounts are filled up. */
  readonly getsWhole: boolean;
  /** A wrapped-SOL account: what the venue pays into it shows as tokens. */
  readonly isWrapped: boolean;
  /** The creator's share of the trade goes there as plain lamports. */
  readonly takesCreatorFee: boolean;
}

/** What we pay so that an account which holds `lamports` exists. */
export function creationCostLamports({ rentLamports, getsWhole }: Creatable, lamports: bigint): bigint {
  if (lamports >= rentLamports) return 0n;
  return getsWhole ? rentLamports : rentLamports - lamports;
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
