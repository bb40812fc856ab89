import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { ByteWriter, fromHex } from "../../domain/solana/bytes.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../../domain/solana/discriminators.ts";
import {
  ATA_PROGRAM,
  COMPUTE_BUDGET_PROGRAM,
  MAYHEM_PROGRAM,
  PUMP_EVENT_AUTHORITY,
  PUMP_FEE_CONFIG,
  PUMP_FEES_PROGRAM,
  PUMP_GLOBAL,
  PUMP_MINT_AUTHORITY,
  PUMP_PROGRAM,
  PUMP_SWAP_EVENT_AUTHORITY,
  PUMP_SWAP_FEE_CONFIG,
  PUMP_SWAP_GLOBAL_CONFIG,
  PUMP_SWAP_PROGRAM,
  PUMP_WITHDRAW_AUTHORITY,
  RENT_SYSVAR,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
  WSOL_MINT,
} from "../../domain/solana/programs.ts";
import type { Address } from "../../domain/units.ts";
import {
  bondingCurveAddress,
  bondingCurveV2Address,
  boostVaultAddress,
  canonicalPoolAddress,
  creatorVaultAuthorityAddress,
  curveCreatorVaultAddress,
  globalVolumeAccumulatorAddress,
  lpMintAddress,
  poolAuthorityAddress,
  poolV2Address,
  userVolumeAccumulatorAddress,
} from "../../domain/venues/pdas.ts";
import { BUYBACK_FEE_RECIPIENTS, PROTOCOL_FEE_RECIPIENTS } from "../chain/config.ts";
import { readonly, writable, writableSigner } from "../chain/programs/token-instructions.ts";
import type { AccountMeta, Instruction } from "../chain/types.ts";

/** Every address that a coin's transactions name, derived once: deriving one costs most of a millisecond. */
export interface CoinAddresses {
  readonly mint: Address;
  readonly curve: Address;
  readonly curveTokens: Address;
  readonly curveQuote: Address;
  readonly curveV2: Address;
  readonly curveCreatorVault: Address;
  readonly pool: Address;
  readonly poolAuthority: Address;
  readonly authorityBase: Address;
  readonly authorityQuote: Address;
  readonly authorityLp: Address;
  readonly lpMint: Address;
  readonly poolBase: Address;
  readonly poolQuote: Address;
  readonly poolV2: Address;
  readonly boostAuthority: Address;
  readonly boostVault: Address;
  readonly creatorVaultAuthority: Address;
  readonly creatorVault: Address;
}

/** Derives a coin's addresses. */
export function coinAddresses(mint: Address, creator: Address): CoinAddresses {
  const curve = bondingCurveAddress(mint);
  const pool = canonicalPoolAddress(mint);
  const poolAuthority = poolAuthorityAddress(mint);
  const lpMint = lpMintAddress(pool);
  const boostAuthority = boostVaultAddress(pool);
  const creatorVaultAuthority = creatorVaultAuthorityAddress(creator);
  const wrapped = (owner: Address) => associatedTokenAddress(owner, WSOL_MINT, TOKEN_PROGRAM);
  const tokens = (owner: Address) => associatedTokenAddress(owner, mint, TOKEN_2022_PROGRAM);
  return {
    mint,
    curve,
    curveTokens: tokens(curve),
    curveQuote: wrapped(curve),
    curveV2: bondingCurveV2Address(mint),
    curveCreatorVault: curveCreatorVaultAddress(creator),
    pool,
    poolAuthority,
    authorityBase: tokens(poolAuthority),
    authorityQuote: wrapped(poolAuthority),
    authorityLp: associatedTokenAddress(poolAuthority, lpMint, TOKEN_2022_PROGRAM),
    lpMint,
    poolBase: tokens(pool),
    poolQuote: wrapped(pool),
    poolV2: poolV2Address(mint),
    boostAuthority,
    boostVault: wrapped(boostAuthority),
    creatorVaultAuthority,
    creatorVault: wrapped(creatorVaultAuthority),
  };
}

/** A wallet with the derived addresses that do not depend on a coin. */
export interface Wallet {
  readonly address: Address;
  readonly wrapped: Address;
  readonly curveVolume: Address;
  readonly swapVolume: Address;
}

/** Derives a wallet's addresses. */
export function walletOf(address: Address): Wallet {
  return {
    address,
    wrapped: associatedTokenAddress(address, WSOL_MINT, TOKEN_PROGRAM),
    curveVolume: userVolumeAccumulatorAddress(address, PUMP_PROGRAM),
    swapVolume: userVolumeAccumulatorAddress(address, PUMP_SWAP_PROGRAM),
  };
}

/** One protocol and one buyback fee recipient with their wrapped-SOL accounts. */
export interface FeeRecipients {
  readonly protocol: Address;
  readonly protocolAccount: Address;
  readonly buyback: Address;
  readonly buybackAccount: Address;
}

/** The fee recipients at two positions of the programs' lists (any position; taken modulo the length). */
export function feeRecipients(protocolIndex: number, buybackIndex: number): FeeRecipients {
  const protocol = at(PROTOCOL_FEE_RECIPIENTS, protocolIndex);
  const buyback = at(BUYBACK_FEE_RECIPIENTS, buybackIndex);
  const wrapped = (owner: Address) => associatedTokenAddress(owner, WSOL_MINT, TOKEN_PROGRAM);
  return { protocol, protocolAccount: wrapped(protocol), buyback, buybackAccount: wrapped(buyback) };
}

function at(addresses: readonly Address[], index: number): Address {
  const address = addresses[index % addresses.length];
  if (address === undefined) throw new RangeError("empty list of fee recipients");
  return address;
}

const data = (discriminator: string) => new ByteWriter().bytes(fromHex(discriminator));

export function setComputeUnitLimit(units: number): Instruction {
  return { programId: COMPUTE_BUDGET_PROGRAM, accounts: [], data: new ByteWriter().u8(2).u32(units).toBytes() };
}

export function setComputeUnitPrice(microLamports: bigint): Instruction {
  return { programId: COMPUTE_BUDGET_PROGRAM, accounts: [], data: new ByteWriter().u8(3).u64(microLamports).toBytes() };
}

/** pump `create_v2` of a normal coin. */
export function createCoin(coin: CoinAddresses, creator: Address, name: string, symbol: string, uri: string): Instruction {
  const bytes = data(INSTRUCTION_DISCRIMINATOR.createV2).string(name).string(symbol).string(uri).address(creator).bool(false).bool(false);
  const accounts: AccountMeta[] = [
    writableSigner(coin.mint),
    readonly(PUMP_MINT_AUTHORITY),
    writable(coin.curve),
    writable(coin.curveTokens),
    readonly(PUMP_GLOBAL),
    writableSigner(creator),
    readonly(SYSTEM_PROGRAM),
    readonly(TOKEN_2022_PROGRAM),
    readonly(ATA_PROGRAM),
    readonly(MAYHEM_PROGRAM),
    readonly(MAYHEM_PROGRAM),
    readonly(MAYHEM_PROGRAM),
    readonly(MAYHEM_PROGRAM),
    readonly(MAYHEM_PROGRAM),
    readonly(PUMP_EVENT_AUTHORITY),
    readonly(PUMP_PROGRAM),
  ];
  return { programId: PUMP_PROGRAM, accounts, data: bytes.toBytes() };
}

/** pump `buy_exact_sol_in`: spends `lamports`, fees included, for at least `minTokens`. */
export function buyOnCurve(
  coin: CoinAddresses,
  wallet: Wallet,
  tokens: Address,
  fees: FeeRecipients,
  lamports: bigint,
  minTokens: bigint,
): Instruction {
  const accounts: AccountMeta[] = [
    readonly(PUMP_GLOBAL),
    writable(fees.protocol),
    readonly(coin.mint),
    writable(coin.curve),
    writable(coin.curveTokens),
    writable(tokens),
    writableSigner(wallet.address),
    readonly(SYSTEM_PROGRAM),
    readonly(TOKEN_2022_PROGRAM),
    writable(coin.curveCreatorVault),
    readonly(PUMP_EVENT_AUTHORITY),
    readonly(PUMP_PROGRAM),
    readonly(globalVolumeAccumulatorAddress(PUMP_PROGRAM)),
    writable(wallet.curveVolume),
    readonly(PUMP_FEE_CONFIG),
    readonly(PUMP_FEES_PROGRAM),
    readonly(coin.curveV2),
    writable(fees.buyback),
  ];
  return {
    programId: PUMP_PROGRAM,
    accounts,
    data: data(INSTRUCTION_DISCRIMINATOR.buyExactSolIn).u64(lamports).u64(minTokens).bool(true).toBytes(),
  };
}

/** pump `sell`. */
export function sellOnCurve(
  coin: CoinAddresses,
  wallet: Wallet,
  tokens: Address,
  fees: FeeRecipients,
  amount: bigint,
  minLamports: bigint,
): Instruction {
  const accounts: AccountMeta[] = [
    readonly(PUMP_GLOBAL),
    writable(fees.protocol),
    readonly(coin.mint),
    writable(coin.curve),
    writable(coin.curveTokens),
    writable(tokens),
    writableSigner(wallet.address),
    readonly(SYSTEM_PROGRAM),
    writable(coin.curveCreatorVault),
    readonly(TOKEN_2022_PROGRAM),
    readonly(PUMP_EVENT_AUTHORITY),
    readonly(PUMP_PROGRAM),
    readonly(PUMP_FEE_CONFIG),
    readonly(PUMP_FEES_PROGRAM),
    readonly(coin.curveV2),
    writable(fees.buyback),
  ];
  return { programId: PUMP_PROGRAM, accounts, data: data(INSTRUCTION_DISCRIMINATOR.sell).u64(amount).u64(minLamports).toBytes() };
}

/** pump `migrate_v2`: the 29 accounts of the wire. */
export function migrateCoin(coin: CoinAddresses, user: Address): Instruction {
  const accounts: AccountMeta[] = [
    readonly(PUMP_GLOBAL),
    writable(PUMP_WITHDRAW_AUTHORITY),
    readonly(coin.mint),
    readonly(WSOL_MINT),
    writable(coin.curve),
    writable(coin.curveTokens),
    writable(coin.curveQuote),
    writableSigner(user),
    readonly(SYSTEM_PROGRAM),
    readonly(PUMP_SWAP_PROGRAM),
    writable(coin.pool),
    writable(coin.poolAuthority),
    writable(coin.authorityBase),
    writable(coin.authorityQuote),
    readonly(PUMP_SWAP_GLOBAL_CONFIG),
    writable(coin.lpMint),
    writable(coin.authorityLp),
    writable(coin.poolBase),
    writable(coin.poolQuote),
    readonly(TOKEN_2022_PROGRAM),
    readonly(TOKEN_PROGRAM),
    readonly(TOKEN_2022_PROGRAM),
    readonly(ATA_PROGRAM),
    readonly(PUMP_SWAP_EVENT_AUTHORITY),
    readonly(RENT_SYSVAR),
    readonly(PUMP_EVENT_AUTHORITY),
    readonly(PUMP_PROGRAM),
    readonly(coin.boostAuthority),
    writable(coin.boostVault),
  ];
  return { programId: PUMP_PROGRAM, accounts, data: data(INSTRUCTION_DISCRIMINATOR.migrateV2).toBytes() };
}

/** The accounts that PumpSwap's buys and sells share. */
function swapAccounts(coin: CoinAddresses, wallet: Wallet, tokens: Address, fees: FeeRecipients): AccountMeta[] {
  return [
    writable(coin.pool),
    writableSigner(wallet.address),
    readonly(PUMP_SWAP_GLOBAL_CONFIG),
    readonly(coin.mint),
    readonly(WSOL_MINT),
    writable(tokens),
    writable(wallet.wrapped),
    writable(coin.poolBase),
    writable(coin.poolQuote),
    readonly(fees.protocol),
    writable(fees.protocolAccount),
    readonly(TOKEN_2022_PROGRAM),
    readonly(TOKEN_PROGRAM),
    readonly(SYSTEM_PROGRAM),
    readonly(ATA_PROGRAM),
    readonly(PUMP_SWAP_EVENT_AUTHORITY),
    readonly(PUMP_SWAP_PROGRAM),
    writable(coin.creatorVault),
    readonly(coin.creatorVaultAuthority),
  ];
}

/** PumpSwap `buy_exact_quote_in`: spends `lamports` of wrapped SOL for at least `minBase`. */
export function buyOnPool(
  coin: CoinAddresses,
  wallet: Wallet,
  tokens: Address,
  fees: FeeRecipients,
  lamports: bigint,
  minBase: bigint,
): Instruction {
  const accounts = [
    ...swapAccounts(coin, wallet, tokens, fees),
    readonly(globalVolumeAccumulatorAddress(PUMP_SWAP_PROGRAM)),
    writable(wallet.swapVolume),
    readonly(PUMP_SWAP_FEE_CONFIG),
    readonly(PUMP_FEES_PROGRAM),
    readonly(coin.poolV2),
    readonly(fees.buyback),
    writable(fees.buybackAccount),
  ];
  return {
    programId: PUMP_SWAP_PROGRAM,
    accounts,
    data: data(INSTRUCTION_DISCRIMINATOR.buyExactQuoteIn).u64(lamports).u64(minBase).bool(true).toBytes(),
  };
}

/** PumpSwap `sell`. */
export function sellOnPool(
  coin: CoinAddresses,
  wallet: Wallet,
  tokens: Address,
  fees: FeeRecipients,
  amount: bigint,
  minLamports: bigint,
): Instruction {
  const accounts = [
    ...swapAccounts(coin, wallet, tokens, fees),
    readonly(PUMP_SWAP_FEE_CONFIG),
    readonly(PUMP_FEES_PROGRAM),
    readonly(coin.poolV2),
    readonly(fees.buyback),
    writable(fees.buybackAccount),
  ];
  return { programId: PUMP_SWAP_PROGRAM, accounts, data: data(INSTRUCTION_DISCRIMINATOR.sell).u64(amount).u64(minLamports).toBytes() };
}

/** PumpSwap `create_pool` by anybody: not canonical, and without a coin creator. */
export function createStrangersPool(
  pool: { readonly index: number; readonly address: Address; readonly lpMint: Address; readonly base: Address; readonly quote: Address },
  creator: Address,
  vaults: {
    readonly base: Address;
    readonly quote: Address;
    readonly userBase: Address;
    readonly userQuote: Address;
    readonly userLp: Address;
  },
  programs: { readonly base: Address; readonly quote: Address },
  baseAmount: bigint,
  quoteAmount: bigint,
): Instruction {
  const accounts = [
    writable(pool.address),
    readonly(PUMP_SWAP_GLOBAL_CONFIG),
    writableSigner(creator),
    readonly(pool.base),
    readonly(pool.quote),
    writable(pool.lpMint),
    writable(vaults.userBase),
    writable(vaults.userQuote),
    writable(vaults.userLp),
    writable(vaults.base),
    writable(vaults.quote),
    readonly(SYSTEM_PROGRAM),
    readonly(TOKEN_2022_PROGRAM),
    readonly(programs.base),
    readonly(programs.quote),
    readonly(ATA_PROGRAM),
    readonly(PUMP_SWAP_EVENT_AUTHORITY),
    readonly(PUMP_SWAP_PROGRAM),
  ];
  const bytes = data(INSTRUCTION_DISCRIMINATOR.createPool)
    .u16(pool.index)
    .u64(baseAmount)
    .u64(quoteAmount)
    .address(SYSTEM_PROGRAM)
    .bool(false);
  return { programId: PUMP_SWAP_PROGRAM, accounts, data: bytes.toBytes() };
}
