import type { AccountMeta, AccountRole, Instruction, Address as KitAddress } from "@solana/kit";
import type { Address } from "../units.ts";
import { ByteWriter } from "./bytes.ts";
import { ATA_PROGRAM, COMPUTE_BUDGET_PROGRAM, SYSTEM_PROGRAM, TOKEN_PROGRAM } from "./programs.ts";

/**
 * Instructions of the native and token programs, as @solana/kit's plain `Instruction`. Only kit's
 * types are used: at run time the roles are these numbers (kit's `AccountRole`).
 */
const READONLY = 0 as AccountRole.READONLY;
const WRITABLE = 1 as AccountRole.WRITABLE;
const READONLY_SIGNER = 2 as AccountRole.READONLY_SIGNER;
const WRITABLE_SIGNER = 3 as AccountRole.WRITABLE_SIGNER;

/** An instruction with its accounts and data present. */
export type BuiltInstruction = Instruction & { readonly accounts: readonly AccountMeta[]; readonly data: Uint8Array };

/** Our addresses are unbranded strings; kit's are branded ones. */
function kitAddress(address: Address): KitAddress {
  return address as KitAddress;
}

export function readonly(address: Address): AccountMeta {
  return { address: kitAddress(address), role: READONLY };
}

export function writable(address: Address): AccountMeta {
  return { address: kitAddress(address), role: WRITABLE };
}

export function readonlySigner(address: Address): AccountMeta {
  return { address: kitAddress(address), role: READONLY_SIGNER };
}

export function writableSigner(address: Address): AccountMeta {
  return { address: kitAddress(address), role: WRITABLE_SIGNER };
}

/** An instruction from its parts. */
export function instruction(program: Address, accounts: readonly AccountMeta[], data: Uint8Array): BuiltInstruction {
  return { programAddress: kitAddress(program), accounts, data };
}

/** ComputeBudget SetComputeUnitLimit: compute units that the transaction may use. */
export function setComputeUnitLimit(units: number): BuiltInstruction {
  return instruction(COMPUTE_BUDGET_PROGRAM, [], new ByteWriter().u8(2).u32(units).toBytes());
}

/** ComputeBudget SetComputeUnitPrice: priority fee in micro-lamports per compute unit of the limit. */
export function setComputeUnitPrice(microLamports: bigint): BuiltInstruction {
  return instruction(COMPUTE_BUDGET_PROGRAM, [], new ByteWriter().u8(3).u64(microLamports).toBytes());
}

/** System Transfer. */
export function systemTransfer(from: Address, to: Address, lamports: bigint): BuiltInstruction {
  const data = new ByteWriter().u32(2).u64(lamports).toBytes();
  return instruction(SYSTEM_PROGRAM, [writableSigner(from), writable(to)], data);
}

/** An associated token account to create: `account` is the address derived from owner, token program and mint. */
export interface AssociatedToken {
  readonly payer: Address;
  readonly account: Address;
  readonly owner: Address;
  readonly mint: Address;
  readonly tokenProgram: Address;
}

/** AssociatedToken Create: fails with IllegalOwner when the account exists, which guards against a second buy. */
export function createAssociatedToken(token: AssociatedToken): BuiltInstruction {
  return instruction(ATA_PROGRAM, associatedTokenAccounts(token), Uint8Array.of(0));
}

/** AssociatedToken CreateIdempotent: does nothing when the account exists. */
export function createAssociatedTokenIdempotent(token: AssociatedToken): BuiltInstruction {
  return instruction(ATA_PROGRAM, associatedTokenAccounts(token), Uint8Array.of(1));
}

function associatedTokenAccounts({ payer, account, owner, mint, tokenProgram }: AssociatedToken): AccountMeta[] {
  return [writableSigner(payer), writable(account), readonly(owner), readonly(mint), readonly(SYSTEM_PROGRAM), readonly(tokenProgram)];
}

/** Token SyncNative: books lamports that were transferred to a wrapped-SOL account as its tokens. */
export function syncNative(account: Address): BuiltInstruction {
  return instruction(TOKEN_PROGRAM, [writable(account)], Uint8Array.of(17));
}

/**
 * CloseAccount of either token program: the lamports (of wrapped SOL all of them, of other tokens
 * the rent) go to `destination`. An account that still holds tokens other than wrapped SOL is refused.
 */
export function closeAccount(account: Address, destination: Address, owner: Address, tokenProgram: Address): BuiltInstruction {
  return instruction(tokenProgram, [writable(account), writable(destination), readonlySigner(owner)], Uint8Array.of(9));
}
