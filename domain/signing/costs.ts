import { ceilDiv } from "../units.ts";

/** Base fee per signature (solana-fee-structure `lamports_per_signature`). */
export const BASE_FEE_LAMPORTS = 5_000n;
const MICRO_LAMPORTS = 1_000_000n;

/** Rent-exempt minimum of an account of 0 bytes: (128 + size) bytes at 6,960 lamports (solana-rent). */
export const EMPTY_ACCOUNT_RENT_LAMPORTS = 890_880n;
/** The same of a classic token account, 165 bytes. */
export const TOKEN_ACCOUNT_RENT_LAMPORTS = 2_039_280n;
/**
 * The same of a Token-2022 account with every extension that a mint can force on its accounts, 195
 * bytes: owner fixed (4), transfer fee (12), not transferable (4), transfer hook (5), pausable (4),
 * account type (1).
 */
export const TOKEN_2022_ACCOUNT_RENT_LAMPORTS = 2_248_080n;
/** The same of a user's volume accumulator, measured on both programs; once per user and program. */
export const VOLUME_ACCUMULATOR_RENT_LAMPORTS = 1_844_400n;

/** Priority fee: price in micro-lamports per unit times the unit limit, rounded up (solana compute-budget). */
export function priorityFeeLamports(microLamportsPerUnit: bigint, unitLimit: bigint): bigint {
  return ceilDiv(microLamportsPerUnit * unitLimit, MICRO_LAMPORTS);
}
