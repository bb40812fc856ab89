import { createRng } from "../../domain/random.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import {
  DEFAULT_ADDRESS,
  PUMP_SWAP_PROGRAM,
  PUMP_TOKEN_SUPPLY,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
  WSOL_MINT,
} from "../../domain/solana/programs.ts";
import { encodeMint, encodeTokenAccount, plainTokenAccount } from "../../domain/solana/token.ts";
import type { PoolKeys } from "../../domain/trading/market.ts";
import type { Address } from "../../domain/units.ts";
import { userVolumeAccumulatorAddress } from "../../domain/venues/pdas.ts";
import { encodePool, type Pool } from "../../domain/venues/pump-swap.ts";

/** A coin as it exists in every seed: addresses cost too much to make anew each time. */
export interface Coin {
  readonly keys: PoolKeys;
  readonly creator: Address;
  readonly decimals: number;
  readonly tokenProgram: Address;
  readonly supply: bigint;
  /** Reserves that its pool opens with. */
  readonly baseReserves: bigint;
  readonly quoteReservesLamports: bigint;
  /** The wallet's account of the coin. */
  readonly walletAccount: Address;
  readonly pool: Pool;
  readonly poolData: Uint8Array;
  readonly mintData: Uint8Array;
}

const rng = createRng("simulated coins");
/** The wallet that trades. */
export const WALLET = address();
export const TIP_ACCOUNT = address();
/** The wallet's own account with the venue, made by its first trade there. */
export const VOLUME_ACCUMULATOR = userVolumeAccumulatorAddress(WALLET);
/** Rent of a token account of 165 bytes (Solana rent). */
export const TOKEN_ACCOUNT_RENT = 2_039_280n;
const U64_MAX = 2n ** 64n - 1n;

/**
 * Amounts from a handful of units to nearly all of u64, more than a coin of pump.fun can have; both token
 * programs; and one coin whose decimals are not pump.fun's, which nobody may buy.
 */
const SHAPES = [
  { decimals: 6, base: 206_900_000_000_000n, quote: 84_990_359_056n },
  { decimals: 6, base: 206_900_000_000_000_000n, quote: 84_990_359_056n },
  { decimals: 6, base: 206_900_000_000_001n, quote: 40_000_000_001n },
  { decimals: 6, base: 1_000_003n, quote: 120_000_000_000n },
  { decimals: 6, base: U64_MAX / 2n - 12_345n, quote: 90_000_000_007n },
  { decimals: 6, base: 9_007_199_254_740_993n, quote: 9_007_199_254_740_993n },
  { decimals: 9, base: 793_100_000_000_000n, quote: 250_000_000_000n },
  { decimals: 6, base: 2n ** 53n + 1n, quote: 60_000_000_003n },
  { decimals: 6, base: 150_000_000_000_007n, quote: 84_990_359_057n },
  { decimals: 6, base: 1_000_000_000_003n, quote: 100_000_000_001n },
] as const;

export const COINS: readonly Coin[] = SHAPES.map(({ decimals, base, quote }, index) => {
  const keys: PoolKeys = { mint: address(), pool: address(), baseVault: address(), quoteVault: address() };
  const creator = address();
  const tokenProgram = index % 2 === 0 ? TOKEN_2022_PROGRAM : TOKEN_PROGRAM;
  const pool: Pool = {
    poolBump: 255,
    index: 0,
    creator,
    baseMint: keys.mint,
    quoteMint: WSOL_MINT,
    lpMint: address(),
    poolBaseTokenAccount: keys.baseVault,
    poolQuoteTokenAccount: keys.quoteVault,
    lpSupply: 1_000_000n,
    coinCreator: DEFAULT_ADDRESS,
    isMayhemMode: false,
    isCashbackCoin: false,
    virtualQuoteReservesLamports: 0n,
    creatorFeeBps: 0n,
    canEditCreatorFee: false,
  };
  return {
    keys,
    creator,
    decimals,
    tokenProgram,
    supply: PUMP_TOKEN_SUPPLY,
    baseReserves: base,
    quoteReservesLamports: quote,
    walletAccount: associatedTokenAddress(WALLET, keys.mint, tokenProgram),
    pool,
    poolData: encodePool(pool),
    mintData: encodeMint({
      mintAuthority: null,
      supply: PUMP_TOKEN_SUPPLY,
      decimals,
      isInitialized: true,
      freezeAuthority: null,
      extensions: [],
    }),
  };
});

export const POOL_OWNER = PUMP_SWAP_PROGRAM;

/** Data of a token account that holds `amount`. */
export function tokenAccountData(template: Uint8Array, amount: bigint): Uint8Array {
  const data = template.slice();
  new DataView(data.buffer).setBigUint64(64, amount, true);
  return data;
}

const templates = new Map<string, Uint8Array>();

/** Empty token account of a mint and owner, made once. */
export function tokenAccountTemplate(mint: Address, owner: Address): Uint8Array {
  const key = `${mint}${owner}`;
  let data = templates.get(key);
  if (data === undefined) {
    data = encodeTokenAccount(plainTokenAccount(mint, owner, 0n));
    templates.set(key, data);
  }
  return data;
}

function address(): Address {
  return encodeBase58(Uint8Array.from({ length: 32 }, () => 1 + rng.int(255)));
}
