import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../domain/solana/programs.ts";
import { decodeMint, decodeTokenAccount, encodeMint, encodeTokenAccount, type Mint, type TokenAccount } from "../../domain/solana/token.ts";
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
