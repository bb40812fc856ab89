import { addressFromBytes, associatedTokenAddress } from "../solana/address.ts";
import { PUMP_PROGRAM, PUMP_SWAP_PROGRAM, PUMP_TOKEN_SUPPLY, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../solana/programs.ts";
import {
  encodeMint,
  encodeTokenAccount,
  type Mint,
  metadataPointerExtension,
  plainTokenAccount,
  type TokenAccount,
  tokenMetadataExtension,
} from "../solana/token.ts";
import type { Address } from "../units.ts";
import { bondingCurveAddress, canonicalPoolAddress, lpMintAddress, poolAuthorityAddress } from "../venues/pdas.ts";
import { type BondingCurve, encodeBondingCurve, newBondingCurve } from "../venues/pump-curve.ts";
import { encodePool, type Pool } from "../venues/pump-swap.ts";
import type { RawAccount } from "./findings.ts";

/** A 32-byte address made of one byte, for tests and worked examples. */
export function sampleAddress(byte: number): Address {
  return addressFromBytes(new Uint8Array(32).fill(byte));
}

/** What may be changed of the sound token. */
export interface SampleChanges {
  /** Addresses of the coin and of who created it. */
  readonly address?: Address;
  readonly creator?: Address;
  /** The classic token program, as pump's old `create` used; its mints carry no extensions. */
  readonly classic?: boolean;
  readonly mint?: Partial<Mint>;
  readonly pool?: Partial<Pool>;
  readonly curve?: Partial<BondingCurve>;
  readonly baseVault?: Partial<TokenAccount>;
  readonly quoteVault?: Partial<TokenAccount>;
  readonly lpSupply?: bigint;
}

export interface SampleToken {
  readonly mint: Address;
  readonly pool: Address;
  readonly curve: Address;
  readonly creator: Address;
  readonly baseVault: Address;
  readonly quoteVault: Address;
  readonly lpMint: Address;
  /** Account data by address. */
  readonly accounts: ReadonlyMap<Address, RawAccount>;
}

const LP_TOKENS = 4_193_388_281_021n;

/**
 * Accounts of a sound Token-2022 coin just after its graduation: 206.9 M tokens and 67.4 real plus
 * 17.6 virtual SOL in the canonical pool, all LP tokens burnt.
 */
export function sampleToken(changes: SampleChanges = {}): SampleToken {
  const mint = changes.address ?? sampleAddress(7);
  const creator = changes.creator ?? sampleAddress(9);
  const tokenProgram = changes.classic === true ? TOKEN_PROGRAM : TOKEN_2022_PROGRAM;
  const pool = canonicalPoolAddress(mint);
  const baseVault = associatedTokenAddress(pool, mint, tokenProgram);
  const quoteVault = associatedTokenAddress(pool, WSOL_MINT, TOKEN_PROGRAM);
  const lpMint = lpMintAddress(pool);
  const curve = bondingCurveAddress(mint);
  const mintState: Mint = {
    mintAuthority: null,
    supply: PUMP_TOKEN_SUPPLY,
    decimals: 6,
    isInitialized: true,
    freezeAuthority: null,
    extensions:
      changes.classic === true
        ? []
        : [
            metadataPointerExtension(null, mint),
            tokenMetadataExtension({ updateAuthority: null, mint, name: "Sample", symbol: "SMPL", uri: "https://example.invalid/1" }),
          ],
    ...changes.mint,
  };
  const poolState: Pool = {
    poolBump: 255,
    index: 0,
    creator: poolAuthorityAddress(mint),
    baseMint: mint,
    quoteMint: WSOL_MINT,
    lpMint,
    poolBaseTokenAccount: baseVault,
    poolQuoteTokenAccount: quoteVault,
    lpSupply: LP_TOKENS,
    coinCreator: creator,
    isMayhemMode: false,
    isCashbackCoin: false,
    virtualQuoteReservesLamports: 17_584_505_288n,
    creatorFeeBps: 0n,
    canEditCreatorFee: false,
    ...changes.pool,
  };
  const base: TokenAccount = { ...plainTokenAccount(mint, pool, 206_900_000_000_000n, changes.classic !== true), ...changes.baseVault };
  const quote: TokenAccount = { ...plainTokenAccount(WSOL_MINT, pool, 67_405_853_796n), ...changes.quoteVault };
  const lp: Mint = {
    ...mintState,
    decimals: 9,
    supply: changes.lpSupply ?? 0n,
    mintAuthority: pool,
    freezeAuthority: null,
    extensions: [],
  };
  const curveState: BondingCurve = { ...newBondingCurve(creator), realTokenReserves: 0n, complete: true, ...changes.curve };
  return {
    mint,
    pool,
    curve,
    creator,
    baseVault,
    quoteVault,
    lpMint,
    accounts: new Map<Address, RawAccount>([
      [mint, { owner: tokenProgram, data: encodeMint(mintState) }],
      [pool, { owner: PUMP_SWAP_PROGRAM, data: encodePool(poolState) }],
      [baseVault, { owner: tokenProgram, data: encodeTokenAccount(base) }],
      [quoteVault, { owner: TOKEN_PROGRAM, data: encodeTokenAccount(quote) }],
      [lpMint, { owner: TOKEN_2022_PROGRAM, data: encodeMint(lp) }],
      [curve, { owner: PUMP_PROGRAM, data: encodeBondingCurve(curveState) }],
    ]),
  };
}
