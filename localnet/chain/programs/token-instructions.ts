import { ByteWriter, fromHex } from "../../../domain/solana/bytes.ts";
import { SYSTEM_PROGRAM, TOKEN_2022_PROGRAM } from "../../../domain/solana/programs.ts";
import type { Address } from "../../../domain/units.ts";
import type { AccountMeta, Instruction } from "../types.ts";

/** TokenError numbers (spl-token error.rs). */
export const TOKEN_ERROR = {
  notRentExempt: 0,
  insufficientFunds: 1,
  invalidMint: 2,
  mintMismatch: 3,
  ownerMismatch: 4,
  fixedSupply: 5,
  alreadyInUse: 6,
  uninitializedState: 9,
  nativeNotSupported: 10,
  nonNativeHasBalance: 11,
  invalidInstruction: 12,
  invalidState: 13,
  overflow: 14,
  authorityTypeNotSupported: 15,
  mintCannotFreeze: 16,
  accountFrozen: 17,
  mintDecimalsMismatch: 18,
} as const;

/** First 8 bytes of sha256("spl_token_metadata_interface:initialize_account"). */
export const TOKEN_METADATA_INITIALIZE = fromHex("d2e11ea258b84d8d");

export const readonly = (address: Address): AccountMeta => ({ address, signer: false, writable: false });
export const writable = (address: Address): AccountMeta => ({ address, signer: false, writable: true });
export const signer = (address: Address): AccountMeta => ({ address, signer: true, writable: false });
export const writableSigner = (address: Address): AccountMeta => ({ address, signer: true, writable: true });

/** TransferChecked. `amount` in base units. */
export function transferChecked(
  program: Address,
  source: Address,
  mint: Address,
  target: Address,
  authority: Address,
  amount: bigint,
  decimals: number,
): Instruction {
  const accounts = [writable(source), readonly(mint), writable(target), signer(authority)];
  return { programId: program, accounts, data: new ByteWriter().u8(12).u64(amount).u8(decimals).toBytes() };
}

export function initializeMint2(program: Address, mint: Address, decimals: number, mintAuthority: Address): Instruction {
  return {
    programId: program,
    accounts: [writable(mint)],
    data: new ByteWriter().u8(20).u8(decimals).address(mintAuthority).u8(0).toBytes(),
  };
}

export function mintToInstruction(program: Address, mint: Address, target: Address, authority: Address, amount: bigint): Instruction {
  return {
    programId: program,
    accounts: [writable(mint), writable(target), signer(authority)],
    data: new ByteWriter().u8(7).u64(amount).toBytes(),
  };
}

export function burnInstruction(program: Address, account: Address, mint: Address, authority: Address, amount: bigint): Instruction {
  return {
    programId: program,
    accounts: [writable(account), writable(mint), signer(authority)],
    data: new ByteWriter().u8(8).u64(amount).toBytes(),
  };
}

export function closeAccountInstruction(program: Address, account: Address, destination: Address, authority: Address): Instruction {
  return { programId: program, accounts: [writable(account), writable(destination), signer(authority)], data: Uint8Array.of(9) };
}

export function syncNativeInstruction(program: Address, account: Address): Instruction {
  return { programId: program, accounts: [writable(account)], data: Uint8Array.of(17) };
}

/** SetAuthority to nobody; kind 0 is minting, 1 freezing. */
export function dropAuthority(program: Address, mint: Address, authority: Address, kind: 0 | 1): Instruction {
  return { programId: program, accounts: [writable(mint), signer(authority)], data: Uint8Array.of(6, kind, 0) };
}

/** MetadataPointer extension of a mint that is its own metadata, with no authority. */
export function initializeMetadataPointer(mint: Address): Instruction {
  const data = new ByteWriter().u8(39).u8(0).address(SYSTEM_PROGRAM).address(mint).toBytes();
  return { programId: TOKEN_2022_PROGRAM, accounts: [writable(mint)], data };
}

/** TokenMetadata extension of a mint, with no update authority. */
export function initializeTokenMetadata(mint: Address, mintAuthority: Address, name: string, symbol: string, uri: string): Instruction {
  const data = new ByteWriter().bytes(TOKEN_METADATA_INITIALIZE).string(name).string(symbol).string(uri).toBytes();
  const accounts = [writable(mint), readonly(SYSTEM_PROGRAM), readonly(mint), signer(mintAuthority)];
  return { programId: TOKEN_2022_PROGRAM, accounts, data };
}
