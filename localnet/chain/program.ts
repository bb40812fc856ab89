import type { Address } from "../../domain/units.ts";
import type { Account, Clock, Instruction, InstructionErrorCode } from "./types.ts";

/** What a program sees of the invocation it handles. */
export interface ProgramContext {
  readonly programId: Address;
  readonly accounts: readonly Address[];
  readonly data: Uint8Array;
  readonly clock: Clock;
  isSigner(address: Address): boolean;
  get(address: Address): Account;
  /** Replaces an account; aborts when the invocation may not write it. */
  set(address: Address, account: Account): void;
  /** Calls another program (or itself); `pdaSigners` are the derived addresses that this program signs for. */
  invoke(instruction: Instruction, pdaSigners?: readonly Address[]): void;
  log(text: string): void;
  /** Writes a `Program data:` line. */
  logData(data: Uint8Array): void;
  /** Writes a `Program return:` line. */
  returnData(data: Uint8Array): void;
  consume(computeUnits: number): void;
}

export interface Program {
  /** Runtime built-ins log no "consumed" line. */
  readonly builtin: boolean;
  readonly process: (context: ProgramContext) => void;
}

/**
 * A program's abort. As on chain it unwinds every caller at once, whatever they hold; the runtime
 * is the only place that catches it, and turns it into the transaction's error.
 */
export class ProgramAbort extends Error {
  readonly code: InstructionErrorCode;

  constructor(code: InstructionErrorCode) {
    super(typeof code === "string" ? code : `custom program error: 0x${code.Custom.toString(16)}`);
    this.code = code;
  }
}

/** Aborts with one of the runtime's own instruction errors, e.g. `MissingRequiredSignature`. */
export function abort(code: string): never {
  throw new ProgramAbort(code);
}

/** Aborts with a program's custom error number. */
export function abortCustom(code: number): never {
  throw new ProgramAbort({ Custom: code });
}

/** Account at a position of the instruction; aborts when the caller passed too few. */
export function accountAt(context: ProgramContext, index: number): Address {
  return context.accounts[index] ?? abort("NotEnoughAccountKeys");
}

/** Aborts unless the account signed. */
export function requireSigner(context: ProgramContext, address: Address): void {
  if (!context.isSigner(address)) abort("MissingRequiredSignature");
}
