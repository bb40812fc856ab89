import { addressBytes, associatedTokenAddress, findProgramAddress } from "../solana/address.ts";
import { PUMP_FEES_PROGRAM, PUMP_PROGRAM, PUMP_SWAP_PROGRAM, TOKEN_2022_PROGRAM, WSOL_MINT } from "../solana/programs.ts";
import type { Address } from "../units.ts";

const UTF8 = new TextEncoder();
type Seed = string | Uint8Array;

function pda(program: Address, ...seeds: Seed[]): Address {
  return findProgramAddress(
    seeds.map((seed) => (typeof seed === "string" ? UTF8.encode(seed) : seed)),
    program,
  ).address;
}

/** Curve account of a coin: ["bonding-curve", mint] of pump. */
export function bondingCurveAddress(mint: Address): Address {
  return pda(PUMP_PROGRAM, "bonding-curve", addressBytes(mint));
}

/** ["bonding-curve-v2", mint] of pump: remaining account of curve trades. */
export function bondingCurveV2Address(mint: Address): Address {
  return pda(PUMP_PROGRAM, "bonding-curve-v2", addressBytes(mint));
}

/** Vault of a creator's curve fees: ["creator-vault", creator] of pump. */
export function curveCreatorVaultAddress(creator: Address): Address {
  return pda(PUMP_PROGRAM, "creator-vault", addressBytes(creator));
}

/** Creator of a coin's canonical pool: ["pool-authority", mint] of pump. Only a migration can sign for it. */
export function poolAuthorityAddress(mint: Address): Address {
  return pda(PUMP_PROGRAM, "pool-authority", addressBytes(mint));
}

/** Pool address: ["pool", u16 index, creator, base mint, quote mint] of PumpSwap. */
export function poolAddress(index: number, creator: Address, baseMint: Address, quoteMint: Address): Address {
  const indexBytes = Uint8Array.of(index & 0xff, index >> 8);
  return pda(PUMP_SWAP_PROGRAM, "pool", indexBytes, addressBytes(creator), addressBytes(baseMint), addressBytes(quoteMint));
}

/** The one pool that a graduation creates: index 0, created by the coin's pool authority. */
export function canonicalPoolAddress(mint: Address, quoteMint: Address = WSOL_MINT): Address {
  return poolAddress(0, poolAuthorityAddress(mint), mint, quoteMint);
}

/** ["pool-v2", base mint] of PumpSwap: remaining account of PumpSwap trades. */
export function poolV2Address(mint: Address): Address {
  return pda(PUMP_SWAP_PROGRAM, "pool-v2", addressBytes(mint));
}

/** LP mint of a pool: ["pool_lp_mint", pool] of PumpSwap, a Token-2022 mint. */
export function lpMintAddress(pool: Address): Address {
  return pda(PUMP_SWAP_PROGRAM, "pool_lp_mint", addressBytes(pool));
}

/** Account that receives the LP tokens of a canonical pool before they are burnt. */
export function poolAuthorityLpAddress(mint: Address, pool: Address): Address {
  return associatedTokenAddress(poolAuthorityAddress(mint), lpMintAddress(pool), TOKEN_2022_PROGRAM);
}

/** ["boost_vault", pool] of PumpSwap: holds the share of the quote that became virtual reserves. */
export function boostVaultAddress(pool: Address): Address {
  return pda(PUMP_SWAP_PROGRAM, "boost_vault", addressBytes(pool));
}

/** Authority of the vault of a creator's PumpSwap fees: ["creator_vault", coin creator] of PumpSwap. */
export function creatorVaultAuthorityAddress(coinCreator: Address): Address {
  return pda(PUMP_SWAP_PROGRAM, "creator_vault", addressBytes(coinCreator));
}

/** ["user_volume_accumulator", user] of pump or PumpSwap. */
export function userVolumeAccumulatorAddress(user: Address, program: Address = PUMP_SWAP_PROGRAM): Address {
  return pda(program, "user_volume_accumulator", addressBytes(user));
}

/** ["global_volume_accumulator"] of pump or PumpSwap. */
export function globalVolumeAccumulatorAddress(program: Address = PUMP_SWAP_PROGRAM): Address {
  return pda(program, "global_volume_accumulator");
}

/** Event authority of an Anchor program: ["__event_authority"]. */
export function eventAuthorityAddress(program: Address): Address {
  return pda(program, "__event_authority");
}

/** Fee configuration of `program`: ["fee_config", program] of the fee program. */
export function feeConfigAddress(program: Address): Address {
  return pda(PUMP_FEES_PROGRAM, "fee_config", addressBytes(program));
}

/** ["sharing-config", mint] of the fee program. */
export function sharingConfigAddress(mint: Address): Address {
  return pda(PUMP_FEES_PROGRAM, "sharing-config", addressBytes(mint));
}
