import { ByteReader, toHex } from "../../domain/solana/bytes.ts";
import { DEFAULT_ADDRESS, TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../domain/solana/programs.ts";
import { EXTENSION, type Extension, type Mint, metadataPointerExtension, tokenMetadataExtension } from "../../domain/solana/token.ts";
import type { ChainInstruction, ChainTransaction } from "../../domain/solana/transaction.ts";
import type { Address } from "../../domain/units.ts";

export interface RecordedMint {
  readonly program: Address;
  readonly mint: Mint;
}

/**
 * Mints whose whole content follows from recorded instructions, by address. `null` marks one that
 * was touched in a way that is not followed here, so that nothing is known of it any more.
 */
export type RecordedMints = Map<Address, RecordedMint | null>;

/** spl-token and Token-2022 instruction numbers (instruction.rs) that change a mint and are followed. */
const INITIALIZE_MINT = 0;
const SET_AUTHORITY = 6;
const MINT_TO = 7;
const BURN = 8;
const MINT_TO_CHECKED = 14;
const BURN_CHECKED = 15;
const INITIALIZE_MINT_2 = 20;
const METADATA_POINTER = 39;
/** Instructions that never change a mint: accounts, transfers, approvals, sizes. */
const HARMLESS = new Set([1, 3, 4, 5, 10, 11, 12, 13, 16, 17, 18, 21, 22, 23, 24]);
/** Token-metadata interface: first eight bytes of sha256("spl_token_metadata_interface:<name>"). */
const METADATA_INITIALIZE = "d2e11ea258b84d8d";
const METADATA_UPDATE_AUTHORITY = "d7e4a6e45464567b";

const BLANK: Mint = { mintAuthority: null, supply: 0n, decimals: 0, isInitialized: false, freezeAuthority: null, extensions: [] };

/** An address and what is known of it from now on. */
type Effect = readonly [address: Address, known: RecordedMint | null];

/** Follows the token instructions of one successful transaction, in order. */
export function followTokenInstructions(mints: RecordedMints, tx: ChainTransaction): void {
  if (tx.failed) return;
  for (const top of tx.instructions) {
    for (const instruction of [top, ...top.inner]) {
      if (instruction.programId !== TOKEN_PROGRAM && instruction.programId !== TOKEN_2022_PROGRAM) continue;
      // The RPC node parsed the instruction away: any mint of this transaction may have changed.
      if (instruction.data.length === 0) for (const key of tx.accountKeys) if (mints.has(key)) mints.set(key, null);
      const effect = metadataEffect(mints, instruction) ?? mintEffect(mints, instruction);
      if (effect !== null) mints.set(...effect);
    }
  }
}

/** Effect of a numbered token instruction on a mint; null when it has none. */
function mintEffect(mints: RecordedMints, { programId, accounts, data }: ChainInstruction): Effect | null {
  if (data.length === 0) return null;
  const [first = "", second = ""] = accounts;
  const reader = new ByteReader(data);
  const changed = (address: Address, next: (mint: Mint) => Mint): Effect | null => {
    const known = mints.get(address);
    return known == null ? null : [address, { ...known, mint: next(known.mint) }];
  };
  const number = reader.u8();
  switch (number) {
    case INITIALIZE_MINT:
    case INITIALIZE_MINT_2: {
      const known = mints.get(first);
      if (known === null) return null;
      const decimals = reader.u8();
      const mintAuthority = reader.address();
      const freezeAuthority = reader.bool() ? reader.address() : null;
      const extensions = known?.mint.extensions ?? [];
      return [first, { program: programId, mint: { ...BLANK, decimals, mintAuthority, freezeAuthority, isInitialized: true, extensions } }];
    }
    case METADATA_POINTER: {
      if (reader.u8() !== 0 || mints.has(first)) return [first, null];
      const authority = reader.address();
      const pointer = metadataPointerExtension(authority === DEFAULT_ADDRESS ? null : authority, reader.address());
      return [first, { program: programId, mint: { ...BLANK, extensions: [pointer] } }];
    }
    case MINT_TO:
    case MINT_TO_CHECKED: {
      const amount = reader.u64();
      return changed(first, (mint) => ({ ...mint, supply: mint.supply + amount }));
    }
    case BURN:
    case BURN_CHECKED: {
      const amount = reader.u64();
      return changed(second, (mint) => ({ ...mint, supply: mint.supply - amount }));
    }
    case SET_AUTHORITY: {
      const kind = reader.u8();
      const authority = reader.bool() ? reader.address() : null;
      if (kind === 0) return changed(first, (mint) => ({ ...mint, mintAuthority: authority }));
      if (kind === 1) return changed(first, (mint) => ({ ...mint, freezeAuthority: authority }));
      return mints.has(first) ? [first, null] : null;
    }
    default:
      return HARMLESS.has(number) ? null : [first, null];
  }
}

/** Effect of an instruction of the token-metadata interface; null when it is not one. */
function metadataEffect(mints: RecordedMints, { programId, accounts, data }: ChainInstruction): Effect | null {
  if (programId !== TOKEN_2022_PROGRAM) return null;
  const discriminator = toHex(data.subarray(0, 8));
  const [address = "", authority = "", mint = ""] = accounts;
  const known = mints.get(address);
  if (discriminator === METADATA_INITIALIZE) {
    const reader = new ByteReader(data, 8);
    const metadata = { updateAuthority: authority, mint, name: reader.string(), symbol: reader.string(), uri: reader.string() };
    if (known == null || reader.overrun || mint !== address) return [address, null];
    return [address, withExtension(known, tokenMetadataExtension(metadata))];
  }
  if (discriminator !== METADATA_UPDATE_AUTHORITY) return null;
  const metadata = known?.mint.extensions.find(({ type }) => type === EXTENSION.tokenMetadata);
  if (known == null || metadata === undefined || data.length < 40) return [address, null];
  return [address, withExtension(known, { ...metadata, data: Uint8Array.of(...data.subarray(8, 40), ...metadata.data.subarray(32)) })];
}

function withExtension(known: RecordedMint, extension: Extension): RecordedMint {
  const others = known.mint.extensions.filter(({ type }) => type !== extension.type);
  return { ...known, mint: { ...known.mint, extensions: [...others, extension] } };
}
