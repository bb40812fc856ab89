import { associatedTokenAddress } from "../solana/address.ts";
import { DEFAULT_ADDRESS, PUMP_PROGRAM, PUMP_SWAP_PROGRAM, TOKEN_PROGRAM } from "../solana/programs.ts";
import type { Address } from "../units.ts";
import type { FeeRecipients } from "./global.ts";
import * as pdas from "./pdas.ts";
import type { BondingCurve } from "./pump-curve.ts";
import type { Pool } from "./pump-swap.ts";

/**
 * Every address that the trades of one user with one pool name: plain data, derived once (about
 * fifteen curve points) and kept. It stays valid as long as the pool's own fields do.
 */
export interface PoolTradeAccounts extends FeeRecipients {
  readonly venue: "pump-swap";
  readonly pool: Address;
  readonly user: Address;
  readonly baseMint: Address;
  readonly quoteMint: Address;
  readonly baseTokenProgram: Address;
  readonly quoteTokenProgram: Address;
  readonly userBaseTokenAccount: Address;
  readonly userQuoteTokenAccount: Address;
  readonly poolBaseTokenAccount: Address;
  readonly poolQuoteTokenAccount: Address;
  readonly protocolFeeRecipientTokenAccount: Address;
  readonly buybackFeeRecipientTokenAccount: Address;
  readonly coinCreatorVaultAuthority: Address;
  readonly coinCreatorVaultTokenAccount: Address;
  readonly userVolumeAccumulator: Address;
  /** Receives the cashback; null for a coin without. */
  readonly cashbackTokenAccount: Address | null;
  /** Null for a pool without a coin creator. */
  readonly poolV2: Address | null;
}

/** The same for one user and one coin's bonding curve. */
export interface CurveTradeAccounts extends FeeRecipients {
  readonly venue: "pump-curve";
  readonly user: Address;
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly bondingCurve: Address;
  readonly bondingCurveTokenAccount: Address;
  readonly userTokenAccount: Address;
  readonly creatorVault: Address;
  readonly userVolumeAccumulator: Address;
  readonly bondingCurveV2: Address;
  readonly isCashbackCoin: boolean;
}

/** What buy_v2 and sell_v2 name beyond that: the quote side as token accounts. */
export interface CurveV2TradeAccounts extends CurveTradeAccounts {
  readonly quoteMint: Address;
  readonly quoteTokenProgram: Address;
  readonly protocolFeeRecipientTokenAccount: Address;
  readonly buybackFeeRecipientTokenAccount: Address;
  readonly bondingCurveQuoteTokenAccount: Address;
  readonly userQuoteTokenAccount: Address;
  readonly creatorVaultTokenAccount: Address;
  readonly sharingConfig: Address;
  readonly cashbackTokenAccount: Address;
}

export interface PoolTradeParties {
  readonly pool: Address;
  readonly state: Pick<
    Pool,
    "baseMint" | "quoteMint" | "poolBaseTokenAccount" | "poolQuoteTokenAccount" | "coinCreator" | "isCashbackCoin"
  >;
  readonly user: Address;
  /** Owner program of the base mint. */
  readonly baseTokenProgram: Address;
  /** Owner program of the quote mint; the classic one, as of wrapped SOL, unless given. */
  readonly quoteTokenProgram?: Address;
  readonly recipients: FeeRecipients;
}

export interface CurveTradeParties {
  readonly mint: Address;
  readonly state: Pick<BondingCurve, "creator" | "isCashbackCoin" | "quoteMint">;
  readonly user: Address;
  /** Owner program of the mint. */
  readonly tokenProgram: Address;
  readonly recipients: FeeRecipients;
}

/** Derives the accounts of PumpSwap trades (`buy`, `buy_exact_quote_in`, `sell`). */
export function poolTradeAccounts(parties: PoolTradeParties): PoolTradeAccounts {
  const { pool, state, user, baseTokenProgram, quoteTokenProgram = TOKEN_PROGRAM, recipients } = parties;
  const { baseMint, quoteMint, poolBaseTokenAccount, poolQuoteTokenAccount } = state;
  const quoteAccount = (owner: Address) => associatedTokenAddress(owner, quoteMint, quoteTokenProgram);
  const coinCreatorVaultAuthority = pdas.creatorVaultAuthorityAddress(state.coinCreator);
  const userVolumeAccumulator = pdas.userVolumeAccumulatorAddress(user, PUMP_SWAP_PROGRAM);
  return {
    venue: "pump-swap",
    pool,
    user,
    baseMint,
    quoteMint,
    baseTokenProgram,
    quoteTokenProgram,
    userBaseTokenAccount: associatedTokenAddress(user, baseMint, baseTokenProgram),
    userQuoteTokenAccount: quoteAccount(user),
    poolBaseTokenAccount,
    poolQuoteTokenAccount,
    protocolFeeRecipient: recipients.protocolFeeRecipient,
    protocolFeeRecipientTokenAccount: quoteAccount(recipients.protocolFeeRecipient),
    buybackFeeRecipient: recipients.buybackFeeRecipient,
    buybackFeeRecipientTokenAccount: quoteAccount(recipients.buybackFeeRecipient),
    coinCreatorVaultAuthority,
    coinCreatorVaultTokenAccount: quoteAccount(coinCreatorVaultAuthority),
    userVolumeAccumulator,
    cashbackTokenAccount: state.isCashbackCoin ? quoteAccount(userVolumeAccumulator) : null,
    poolV2: state.coinCreator === DEFAULT_ADDRESS ? null : pdas.poolV2Address(baseMint),
  };
}

/** Derives the accounts of curve trades (`buy`, `buy_exact_sol_in`, `sell`). */
export function curveTradeAccounts({ mint, state, user, tokenProgram, recipients }: CurveTradeParties): CurveTradeAccounts {
  const bondingCurve = pdas.bondingCurveAddress(mint);
  return {
    venue: "pump-curve",
    user,
    mint,
    tokenProgram,
    bondingCurve,
    bondingCurveTokenAccount: associatedTokenAddress(bondingCurve, mint, tokenProgram),
    userTokenAccount: associatedTokenAddress(user, mint, tokenProgram),
    creatorVault: pdas.curveCreatorVaultAddress(state.creator),
    userVolumeAccumulator: pdas.userVolumeAccumulatorAddress(user, PUMP_PROGRAM),
    bondingCurveV2: pdas.bondingCurveV2Address(mint),
    isCashbackCoin: state.isCashbackCoin,
    protocolFeeRecipient: recipients.protocolFeeRecipient,
    buybackFeeRecipient: recipients.buybackFeeRecipient,
  };
}

/** Derives the accounts of `buy_v2` and `sell_v2`, which take any quote that the curve has. */
export function curveV2TradeAccounts(parties: CurveTradeParties & { readonly quoteTokenProgram?: Address }): CurveV2TradeAccounts {
  const { quoteTokenProgram = TOKEN_PROGRAM, recipients } = parties;
  const { quoteMint } = parties.state;
  const quoteAccount = (owner: Address) => associatedTokenAddress(owner, quoteMint, quoteTokenProgram);
  const accounts = curveTradeAccounts(parties);
  return {
    ...accounts,
    quoteMint,
    quoteTokenProgram,
    protocolFeeRecipientTokenAccount: quoteAccount(recipients.protocolFeeRecipient),
    buybackFeeRecipientTokenAccount: quoteAccount(recipients.buybackFeeRecipient),
    bondingCurveQuoteTokenAccount: quoteAccount(accounts.bondingCurve),
    userQuoteTokenAccount: quoteAccount(accounts.user),
    creatorVaultTokenAccount: quoteAccount(accounts.creatorVault),
    sharingConfig: pdas.sharingConfigAddress(accounts.mint),
    cashbackTokenAccount: quoteAccount(accounts.userVolumeAccumulator),
  };
}
