import { associatedTokenAddress } from "../../solana/address.ts";
import { toHex } from "../../solana/bytes.ts";
import { SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../solana/programs.ts";
import { decodeMint, decodeTokenAccount, EXTENSION, type Extension, extensionName, type Mint } from "../../solana/token.ts";
import { type Address, BPS, type UnixMs } from "../../units.ts";
import type { AccountData } from "../market.ts";
import type { RugAlert } from "../rug-alert.ts";

/** After this long a read of an earlier slot than the baseline's says that the baseline's slot was made up. */
const MAX_LAG_MS = 30_000;

/** Extensions that say how a token is shown or grouped: they move no money and may change. */
const COSMETIC: ReadonlySet<number> = new Set([
  EXTENSION.metadataPointer,
  EXTENSION.tokenMetadata,
  EXTENSION.groupPointer,
  EXTENSION.tokenGroup,
  EXTENSION.groupMemberPointer,
  EXTENSION.tokenGroupMember,
]);

/**
 * Bytes that trading itself changes, by extension (solana-program/token-2022): withheld fees behind
 * the two authorities of TransferFeeConfig, and behind the authority, the key and the flag of
 * ConfidentialTransferFeeConfig; all of ConfidentialMintBurn, which holds encrypted supplies.
 */
const VOLATILE: Readonly<Record<number, readonly [from: number, to: number]>> = {
  [EXTENSION.transferFeeConfig]: [64, 72],
  [EXTENSION.confidentialTransferFeeConfig]: [65, 129],
  [EXTENSION.confidentialMintBurn]: [0, 196],
};

/** What of a mint must stay as it was when a position was opened. */
export interface MintFacts {
  readonly program: Address;
  readonly mintAuthority: Address | null;
  readonly freezeAuthority: Address | null;
  readonly decimals: number;
  /** In base units. Burning lowers it, which is no rug; nothing but minting raises it. */
  readonly supply: bigint;
  /** Behaviour of each extension that can touch money, as hexadecimal text, by type in rising order. */
  readonly extensions: ReadonlyArray<readonly [type: number, data: string]>;
}

/** What a position's pool looked like when its watch began. */
export interface RugBaseline {
  readonly slot: number;
  readonly atMs: UnixMs;
  readonly mint: MintFacts;
  /** Base units in the creator's associated account; null without a known creator. */
  readonly creatorAmount: bigint | null;
}

/** Accounts beside the pool, as one call read them. */
export interface RugRead {
  readonly slot: number;
  readonly atMs: UnixMs;
  readonly mint: AccountData;
  /** The creator's associated accounts in the order of `creatorAccounts`; empty without a creator. */
  readonly creatorAccounts: readonly AccountData[];
}

export interface RugTerms {
  readonly mint: Address;
  readonly pool: Address;
  readonly creator: Address | null;
  /** Sold share of the baseline that is an alert, in basis points. */
  readonly creatorSellBps: number;
}

/** The creator's associated token accounts that are read: of the coin's program, or of both while that is unknown. */
export function creatorAccounts(creator: Address | null, mint: Address, program: Address | null): Address[] {
  if (creator === null) return [];
  const programs = program === null ? [TOKEN_PROGRAM, TOKEN_2022_PROGRAM] : [program];
  return programs.map((tokenProgram) => associatedTokenAddress(creator, mint, tokenProgram));
}

/** The state to compare later reads with; null while something cannot be read, which says nothing. */
export function rugBaseline(terms: RugTerms, read: RugRead): RugBaseline | null {
  const mint = mintFacts(read.mint);
  if (mint === null) return null;
  const { slot, atMs } = read;
  if (terms.creator === null) return { slot, atMs, mint, creatorAmount: null };
  const amounts = read.creatorAccounts.map((account) => holding(account, terms.mint, terms.creator));
  let creatorAmount = 0n;
  for (const amount of amounts) {
    if (amount === null) return null;
    creatorAmount += amount;
  }
  return amounts.length === 0 ? null : { slot, atMs, mint, creatorAmount };
}

/**
 * What a read shows against the baseline: none, one or both alerts. What cannot be read says nothing,
 * nor does a read from before the baseline. A creator's account that is gone, or no longer theirs,
 * holds nothing: whoever means to sell moves the tokens first.
 */
export function judgeRug(terms: RugTerms, baseline: RugBaseline, read: RugRead): RugAlert[] {
  if (read.slot < baseline.slot && read.atMs - baseline.atMs < MAX_LAG_MS) return [];
  const told = { pool: terms.pool, atMs: read.atMs, slot: read.slot };
  const alerts: RugAlert[] = [];
  const sold = soldText(terms, baseline, read);
  if (sold !== null) alerts.push({ ...told, reason: "EXIT_CREATOR_SOLD", detail: sold });
  const mint = mintFacts(read.mint);
  const changes = mint === null ? [] : mintChanges(baseline.mint, mint);
  if (changes.length > 0) alerts.push({ ...told, reason: "EXIT_MINT_CHANGED", detail: changes.join("; ") });
  return alerts;
}

function soldText({ mint, creator, creatorSellBps }: RugTerms, baseline: RugBaseline, read: RugRead): string | null {
  const before = baseline.creatorAmount;
  if (creator === null || before === null || before <= 0n || read.creatorAccounts.length === 0) return null;
  let now = 0n;
  for (const account of read.creatorAccounts) {
    const amount = holding(account, mint, creator);
    if (amount === null) return null;
    now += amount;
  }
  const sold = before - now;
  if (sold <= 0n || sold * BPS < before * BigInt(creatorSellBps)) return null;
  return `the creator holds ${now} of ${before} base units: ${(sold * BPS) / before} bps are gone`;
}

/** Base units that `owner` holds in an account; 0 when there is none or it is another's, null when it cannot be read. */
function holding(account: AccountData, mint: Address, owner: Address | null): bigint | null {
  if (account === null) return 0n;
  // Anybody may send lamports to the address of a closed account.
  if (account.owner === SYSTEM_PROGRAM && account.data.length === 0) return 0n;
  if (account.owner !== TOKEN_PROGRAM && account.owner !== TOKEN_2022_PROGRAM) return null;
  const decoded = decodeTokenAccount(account.data);
  if (!decoded.ok || decoded.value.mint !== mint) return null;
  return decoded.value.owner === owner ? decoded.value.amount : 0n;
}

function mintFacts(account: AccountData): MintFacts | null {
  if (account === null || (account.owner !== TOKEN_PROGRAM && account.owner !== TOKEN_2022_PROGRAM)) return null;
  const decoded = decodeMint(account.data);
  return decoded.ok && decoded.value.isInitialized ? factsOf(account.owner, decoded.value) : null;
}

function factsOf(program: Address, { mintAuthority, freezeAuthority, decimals, supply, extensions }: Mint): MintFacts {
  const grave = extensions.filter(({ type }) => !COSMETIC.has(type)).map((one) => [one.type, behaviour(one)] as const);
  return { program, mintAuthority, freezeAuthority, decimals, supply, extensions: grave.sort(([a], [b]) => a - b) };
}

function behaviour({ type, data }: Extension): string {
  const range = VOLATILE[type];
  return toHex(range === undefined ? data : data.slice().fill(0, ...range));
}

/** Every difference that matters, as text for a person. */
function mintChanges(before: MintFacts, now: MintFacts): string[] {
  const changes: string[] = [];
  for (const field of ["program", "mintAuthority", "freezeAuthority", "decimals"] as const) {
    if (before[field] !== now[field]) changes.push(`${field} was ${before[field] ?? "none"}, is ${now[field] ?? "none"}`);
  }
  if (now.supply > before.supply) changes.push(`${now.supply - before.supply} base units were minted`);
  const [old, fresh] = [new Map(before.extensions), new Map(now.extensions)];
  for (const type of new Set([...old.keys(), ...fresh.keys()])) {
    const [was, is] = [old.get(type), fresh.get(type)];
    if (was === is) continue;
    changes.push(`extension ${extensionName(type)} was ${was === undefined ? "added" : is === undefined ? "removed" : "changed"}`);
  }
  return changes;
}
