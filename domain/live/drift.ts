import { PUMP_FEES_PROGRAM, PUMP_PROGRAM, PUMP_SWAP_PROGRAM } from "../solana/programs.ts";
import type { Address } from "../units.ts";

/** The programs whose code our trades run through. */
export const WATCHED_PROGRAMS: ReadonlyArray<{ readonly name: string; readonly programId: Address }> = [
  { name: "pump", programId: PUMP_PROGRAM },
  { name: "pump_amm", programId: PUMP_SWAP_PROGRAM },
  { name: "pump_fees", programId: PUMP_FEES_PROGRAM },
];

/** A program's deployed code as it was read. */
export interface ProgramReading {
  readonly programId: Address;
  /** Slot of the last deployment, from the ProgramData account's header. */
  readonly slot: number;
  /** SHA-256 hex of the code; null when only the slot was read. */
  readonly sha256: string | null;
}

/** The code that live trading was allowed on. */
export interface ProgramPin {
  readonly programId: Address;
  readonly slot: number;
  readonly sha256: string;
}

export type DriftVerdict = "match" | "changed" | "unread" | "unpinned";

/**
 * Compares a program with its pin. A new deployment is a change even when the code is the same: it
 * was deployed by somebody for some reason, and a person should look. Without a hash the slot decides,
 * since code cannot change without its slot (Solana, loader-v3 `UpgradeableLoaderState::ProgramData`).
 */
export function judgeProgram(pin: ProgramPin | null, reading: ProgramReading | null): DriftVerdict {
  if (pin === null) return "unpinned";
  if (reading === null) return "unread";
  const isSame = reading.slot === pin.slot && (reading.sha256 === null || reading.sha256 === pin.sha256);
  return isSame ? "match" : "changed";
}

/** True when the code itself has to be read: the slot is not the pinned one, or there is no pin and one is to be made. */
export function wantsCode(pin: ProgramPin | null, slot: number, isPinning: boolean): boolean {
  return pin === null ? isPinning : pin.slot !== slot;
}

/** Bytes before the code in a ProgramData account: tag u32, slot u64, upgrade authority as option of 32 bytes. */
export const PROGRAM_DATA_HEADER_BYTES = 45;
/** Bytes of a Program account: tag u32 and the ProgramData address. */
const PROGRAM_BYTES = 36;
const PROGRAM_TAG = 2;
const PROGRAM_DATA_TAG = 3;

/**
 * ProgramData address bytes that a Program account of the upgradeable loader names; null for anything
 * else, such as a program whose code cannot be upgraded and stands in its own account.
 */
export function programDataKey(data: Uint8Array): Uint8Array | null {
  if (data.length < PROGRAM_BYTES || view(data).getUint32(0, true) !== PROGRAM_TAG) return null;
  return data.slice(4, PROGRAM_BYTES);
}

/** Slot of the last deployment from a ProgramData account, of which the header is enough; null for anything else. */
export function deployedSlot(data: Uint8Array): number | null {
  if (data.length < 12 || view(data).getUint32(0, true) !== PROGRAM_DATA_TAG) return null;
  return Number(view(data).getBigUint64(4, true));
}

/** ConstraintSeeds of Anchor: an account is not the one that the program derives. */
const CONSTRAINT_SEEDS = 2006;
/** PumpSwap's Overflow. On the curve the same number is NotEnoughTokensToSell, an ordinary refusal (the programs' IDLs). */
const SWAP_OVERFLOW = 6023;
/** InvalidPoolV2 of PumpSwap, BuybackFeeRecipientMissing of the curve: accounts that upgrades added. */
const ACCOUNT_MISSING = 6062;

/**
 * Whether a custom error is one by which upgraded programs showed themselves before (issues of other
 * snipers list these three): our instructions are no longer those that the program expects.
 * @param programId null when it is not known which program failed: then any of them counts
 */
export function isDriftError(code: number, programId: Address | null): boolean {
  if (code === SWAP_OVERFLOW) return programId !== PUMP_PROGRAM;
  return code === CONSTRAINT_SEEDS || code === ACCOUNT_MISSING;
}

function view(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}
