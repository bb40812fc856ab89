import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../domain/solana/programs.ts";
import {
  decodeMint,
  decodeTokenAccount,
  EXTENSION,
  type Extension,
  encodeMint,
  encodeTokenAccount,
  type Mint,
  TOKEN_ACCOUNT_SIZE,
  type TokenAccount,
} from "../../domain/solana/token.ts";
import type { Address } from "../../domain/units.ts";
import type { Account } from "./types.ts";

/** Decoded forms by data identity: account data is immutable, and every trade reads the same few accounts. */
const decodedAccounts = new WeakMap<Uint8Array, TokenAccount>();
const decodedMints = new WeakMap<Uint8Array, Mint>();

export function isTokenProgram(program: Address): boolean {
  return program === TOKEN_PROGRAM || program === TOKEN_2022_PROGRAM;
}

/** The token account that `account` holds, or null when it holds none. */
export function readTokenAccount(account: Account): TokenAccount | null {
  if (!isTokenProgram(account.owner)) return null;
  const known = decodedAccounts.get(account.data);
  if (known !== undefined) return known;
  const decoded = decodeTokenAccount(account.data);
  if (!decoded.ok || decoded.value.state === "uninitialized") return null;
  decodedAccounts.set(account.data, decoded.value);
  return decoded.value;
}

/** The mint that `account` holds, initialised or not, or null when it holds none. */
export function readMint(account: Account): Mint | null {
  if (!isTokenProgram(account.owner)) return null;
  const known = decodedMints.get(account.data);
  if (known !== undefined) return known;
  const decoded = decodeMint(account.data);
  if (!decoded.ok) return null;
  decodedMints.set(account.data, decoded.value);
  return decoded.value;
}

/** `account` with its data replaced by the token account. */
export function withTokenAccount(account: Account, value: TokenAccount): Account {
  const data = encodeTokenAccount(value);
  decodedAccounts.set(data, value);
  return { ...account, data };
}

/** `account` with its data replaced by the mint. */
export function withMint(account: Account, value: Mint): Account {
  const data = encodeMint(value);
  decodedMints.set(data, value);
  return { ...account, data };
}

/** Extensions of an associated account: the owner is immutable, and some extensions of the mint need room in it. */
export function accountExtensions(program: Address, mint: Mint | null): Extension[] {
  if (program !== TOKEN_2022_PROGRAM) return [];
  const has = (type: number): boolean => mint?.extensions.some((extension) => extension.type === type) ?? false;
  const extensions: Extension[] = [{ type: EXTENSION.immutableOwner, data: new Uint8Array(0) }];
  if (has(EXTENSION.transferFeeConfig)) extensions.push({ type: EXTENSION.transferFeeAmount, data: new Uint8Array(8) });
  if (has(EXTENSION.transferHook)) extensions.push({ type: EXTENSION.transferHookAccount, data: new Uint8Array(1) });
  return extensions;
}

/** Size of an associated account: 165 bytes, or 166 and the extensions with 4 bytes of header each. */
export function tokenAccountBytes(program: Address, mint: Mint | null): number {
  const extensions = accountExtensions(program, mint);
  if (extensions.length === 0) return TOKEN_ACCOUNT_SIZE;
  return extensions.reduce((size, { data }) => size + 4 + data.length, TOKEN_ACCOUNT_SIZE + 1);
}
