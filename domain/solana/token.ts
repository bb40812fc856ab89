import { ok, type Result, refuse } from "../result.ts";
import type { Address } from "../units.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { DEFAULT_ADDRESS } from "./programs.ts";

/** Sizes of the classic token program (spl-token state.rs). */
export const MINT_SIZE = 82;
export const TOKEN_ACCOUNT_SIZE = 165;
/** A multisig has this size; Token-2022 never lets a mint or account have it. */
const MULTISIG_SIZE = 355;
/** Token-2022 puts its account-type byte here, for mints and accounts alike, and the extensions after it. */
const ACCOUNT_TYPE_OFFSET = 165;
const TLV_OFFSET = 166;
const ACCOUNT_TYPE_MINT = 1;
const ACCOUNT_TYPE_ACCOUNT = 2;

/** Token-2022 extension types (solana-program/token-2022 `ExtensionType`). */
export const EXTENSION = {
  transferFeeConfig: 1,
  transferFeeAmount: 2,
  mintCloseAuthority: 3,
  confidentialTransferMint: 4,
  confidentialTransferAccount: 5,
  defaultAccountState: 6,
  immutableOwner: 7,
  memoTransfer: 8,
  nonTransferable: 9,
  interestBearingConfig: 10,
  cpiGuard: 11,
  permanentDelegate: 12,
  nonTransferableAccount: 13,
  transferHook: 14,
  transferHookAccount: 15,
  confidentialTransferFeeConfig: 16,
  confidentialTransferFeeAmount: 17,
  metadataPointer: 18,
  tokenMetadata: 19,
  groupPointer: 20,
  tokenGroup: 21,
  groupMemberPointer: 22,
  tokenGroupMember: 23,
  confidentialMintBurn: 24,
  scaledUiAmount: 25,
  pausable: 26,
  pausableAccount: 27,
  permissionedBurn: 28,
} as const;

/** Name of an extension type, "unknown (n)" for one that is not in the table. */
export function extensionName(type: number): string {
  return Object.entries(EXTENSION).find(([, value]) => value === type)?.[0] ?? `unknown (${type})`;
}

export interface Extension {
  readonly type: number;
  readonly data: Uint8Array;
}

export interface Mint {
  readonly mintAuthority: Address | null;
  /** In base units. */
  readonly supply: bigint;
  readonly decimals: number;
  readonly isInitialized: boolean;
  readonly freezeAuthority: Address | null;
  /** Empty for a mint of the classic token program. */
  readonly extensions: readonly Extension[];
}

export interface TokenAccount {
  readonly mint: Address;
  readonly owner: Address;
  /** In base units. */
  readonly amount: bigint;
  readonly delegate: Address | null;
  readonly state: "uninitialized" | "initialized" | "frozen";
  /** Rent reserve of a wrapped-SOL account in lamports; null for other mints. */
  readonly nativeReserveLamports: bigint | null;
  readonly delegatedAmount: bigint;
  readonly closeAuthority: Address | null;
  readonly extensions: readonly Extension[];
}

export interface TokenMetadata {
  readonly updateAuthority: Address | null;
  readonly mint: Address;
  readonly name: string;
  readonly symbol: string;
  readonly uri: string;
}

const STATES = ["uninitialized", "initialized", "frozen"] as const;

/**
 * Decodes a mint account of the classic token program (82 bytes) or of Token-2022 (82 bytes, or
 * with the account-type byte and extensions from byte 165). Refuses with MINT_MALFORMED, or
 * EXTENSION_MALFORMED when an extension is cut off, repeated, or followed by stray bytes.
 */
export function decodeMint(data: Uint8Array): Result<Mint> {
  if (data.length < MINT_SIZE) return refuse("MINT_MALFORMED", `${data.length} bytes`);
  if (data.length === MULTISIG_SIZE) return refuse("MINT_MALFORMED", "size of a multisig");
  if (data.length > MINT_SIZE) {
    if (data[ACCOUNT_TYPE_OFFSET] !== ACCOUNT_TYPE_MINT) return refuse("MINT_MALFORMED", "account type is not mint");
    if (!isZero(data.subarray(MINT_SIZE, ACCOUNT_TYPE_OFFSET))) return refuse("MINT_MALFORMED", "padding is not zero");
  }
  const reader = new ByteReader(data);
  const mintAuthority = optionalAddress(reader);
  const supply = reader.u64();
  const decimals = reader.u8();
  const initialized = reader.u8();
  const freezeAuthority = optionalAddress(reader);
  if (mintAuthority === undefined || freezeAuthority === undefined || initialized > 1) return refuse("MINT_MALFORMED", "bad tag");
  const extensions = decodeExtensions(data);
  if (extensions === null) return refuse("EXTENSION_MALFORMED");
  return ok({ mintAuthority, supply, decimals, isInitialized: initialized === 1, freezeAuthority, extensions });
}

/** Account data of a mint: 82 bytes, or the Token-2022 form when it carries extensions. */
export function encodeMint(mint: Mint): Uint8Array {
  const writer = new ByteWriter();
  writeOptionalAddress(writer, mint.mintAuthority);
  writer.u64(mint.supply).u8(mint.decimals).bool(mint.isInitialized);
  writeOptionalAddress(writer, mint.freezeAuthority);
  return writeExtensions(writer, mint.extensions, ACCOUNT_TYPE_MINT);
}

/** Decodes a token account of either token program. Refuses with TOKEN_ACCOUNT_MALFORMED. */
export function decodeTokenAccount(data: Uint8Array): Result<TokenAccount> {
  if (data.length < TOKEN_ACCOUNT_SIZE) return refuse("TOKEN_ACCOUNT_MALFORMED", `${data.length} bytes`);
  if (data.length === MULTISIG_SIZE) return refuse("TOKEN_ACCOUNT_MALFORMED", "size of a multisig");
  if (data.length > TOKEN_ACCOUNT_SIZE && data[ACCOUNT_TYPE_OFFSET] !== ACCOUNT_TYPE_ACCOUNT)
    return refuse("TOKEN_ACCOUNT_MALFORMED", "account type is not account");
  const reader = new ByteReader(data);
  const mint = reader.address();
  const owner = reader.address();
  const amount = reader.u64();
  const delegate = optionalAddress(reader);
  const state = STATES[reader.u8()];
  const nativeTag = reader.u32();
  const nativeReserve = reader.u64();
  const delegatedAmount = reader.u64();
  const closeAuthority = optionalAddress(reader);
  const extensions = decodeExtensions(data);
  if (delegate === undefined || closeAuthority === undefined || state === undefined || nativeTag > 1 || extensions === null)
    return refuse("TOKEN_ACCOUNT_MALFORMED", "bad tag or extension");
  const nativeReserveLamports = nativeTag === 1 ? nativeReserve : null;
  return ok({ mint, owner, amount, delegate, state, nativeReserveLamports, delegatedAmount, closeAuthority, extensions });
}

/**
 * Account data of a token account: 165 bytes, or the Token-2022 form when it carries extensions
 * (an associated account of Token-2022 has ImmutableOwner: 170 bytes).
 */
export function encodeTokenAccount(account: TokenAccount): Uint8Array {
  const writer = new ByteWriter().address(account.mint).address(account.owner).u64(account.amount);
  writeOptionalAddress(writer, account.delegate);
  writer.u8(STATES.indexOf(account.state));
  writer.u32(account.nativeReserveLamports === null ? 0 : 1).u64(account.nativeReserveLamports ?? 0n);
  writer.u64(account.delegatedAmount);
  writeOptionalAddress(writer, account.closeAuthority);
  return writeExtensions(writer, account.extensions, ACCOUNT_TYPE_ACCOUNT);
}

/** A plain initialised token account with `amount` base units; `immutableOwner` gives the Token-2022 form. */
export function plainTokenAccount(mint: Address, owner: Address, amount: bigint, immutableOwner = false): TokenAccount {
  return {
    mint,
    owner,
    amount,
    delegate: null,
    state: "initialized",
    nativeReserveLamports: null,
    delegatedAmount: 0n,
    closeAuthority: null,
    extensions: immutableOwner ? [{ type: EXTENSION.immutableOwner, data: new Uint8Array() }] : [],
  };
}

/** Name, symbol and URI from the TokenMetadata extension; null when it is missing or unreadable. */
export function readTokenMetadata(mint: Mint): TokenMetadata | null {
  const extension = mint.extensions.find(({ type }) => type === EXTENSION.tokenMetadata);
  if (extension === undefined) return null;
  const reader = new ByteReader(extension.data);
  const updateAuthority = reader.address();
  const metadata: TokenMetadata = {
    updateAuthority: updateAuthority === DEFAULT_ADDRESS ? null : updateAuthority,
    mint: reader.address(),
    name: reader.string(),
    symbol: reader.string(),
    uri: reader.string(),
  };
  return reader.overrun ? null : metadata;
}

/** TokenMetadata extension without additional fields. */
export function tokenMetadataExtension(metadata: TokenMetadata): Extension {
  const writer = new ByteWriter().address(metadata.updateAuthority ?? DEFAULT_ADDRESS).address(metadata.mint);
  const data = writer.string(metadata.name).string(metadata.symbol).string(metadata.uri).u32(0).toBytes();
  return { type: EXTENSION.tokenMetadata, data };
}

/** MetadataPointer extension. */
export function metadataPointerExtension(authority: Address | null, metadataAddress: Address): Extension {
  const data = new ByteWriter()
    .address(authority ?? DEFAULT_ADDRESS)
    .address(metadataAddress)
    .toBytes();
  return { type: EXTENSION.metadataPointer, data };
}

/** Null when the type-length-value list is cut off, repeats a type, or has bytes after its end. */
function decodeExtensions(data: Uint8Array): Extension[] | null {
  const extensions: Extension[] = [];
  const seen = new Set<number>();
  let offset = TLV_OFFSET;
  while (offset < data.length) {
    const reader = new ByteReader(data, offset);
    const type = reader.u16();
    const length = reader.u16();
    if (type === 0) return isZero(data.subarray(offset)) ? extensions : null;
    const end = offset + 4 + length;
    if (reader.overrun || end > data.length || seen.has(type)) return null;
    seen.add(type);
    extensions.push({ type, data: data.slice(offset + 4, end) });
    offset = end;
  }
  return extensions;
}

function writeExtensions(writer: ByteWriter, extensions: readonly Extension[], accountType: number): Uint8Array {
  if (extensions.length === 0) return writer.toBytes();
  writer.padTo(ACCOUNT_TYPE_OFFSET).u8(accountType);
  for (const { type, data } of extensions) writer.u16(type).u16(data.length).bytes(data);
  return writer.toBytes();
}

/** C-style option: u32 tag and 32 bytes; undefined for a tag that is neither 0 nor 1. */
function optionalAddress(reader: ByteReader): Address | null | undefined {
  const tag = reader.u32();
  const address = reader.address();
  if (tag > 1) return undefined;
  return tag === 1 ? address : null;
}

function writeOptionalAddress(writer: ByteWriter, address: Address | null): void {
  writer.u32(address === null ? 0 : 1).address(address ?? DEFAULT_ADDRESS);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
