import { encodeBase64 } from "../../domain/solana/base64.ts";
import type { Address } from "../../domain/units.ts";
import { type AccountMap, type Overlay, openOverlay } from "./overlay.ts";
import { type Program, ProgramAbort, type ProgramContext } from "./program.ts";
import { computeBudgetOf } from "./programs/compute-budget.ts";
import { rentExemptLamports } from "./rent.ts";
import { tokenBalances } from "./token-balances.ts";
import { isSignerIndex, isWritableIndex } from "./transaction.ts";
import type { Clock, CompiledTransaction, InnerInstruction, Instruction, TransactionError, TransactionRecord } from "./types.ts";

/** Base fee per signature (Solana fee structure). */
export const LAMPORTS_PER_SIGNATURE = 5_000n;
/** Invocation stack limit (Solana MAX_INSTRUCTION_STACK_DEPTH). */
const MAX_STACK_HEIGHT = 5;
/** Total instructions, inner ones included (Solana max_instruction_trace_length). */
const MAX_INSTRUCTION_TRACE = 64;
const EMPTY_BALANCES: readonly never[] = [];

export interface RuntimeOptions {
  readonly programs: ReadonlyMap<Address, Program>;
  readonly clock: Clock;
  readonly indexInBlock: number;
  /** Receives the fees, so that lamports are conserved. */
  readonly feeCollector: Address;
}

export interface Execution {
  readonly record: TransactionRecord;
  /** Set when the transaction is refused before it reaches a block: no fee, no record on chain. */
  readonly refused: TransactionError | null;
  readonly overlay: Overlay;
}

/**
 * Executes one transaction on a copy-on-write view: fee first, then every instruction; any error
 * undoes everything but the fee. Nothing is written to `accounts`; the caller commits the overlay.
 */
export function executeTransaction(accounts: AccountMap, transaction: CompiledTransaction, options: RuntimeOptions): Execution {
  const overlay = openOverlay(accounts);
  const keys = transaction.accountKeys;
  const budget = computeBudgetOf(transaction);
  const feeLamports = LAMPORTS_PER_SIGNATURE * BigInt(transaction.signatures.length) + budget.priorityFeeLamports;
  const preBalances = keys.map((key) => overlay.get(key).lamports);
  const preTokenBalances = tokenBalances(keys, overlay);
  const refused = chargeFee(overlay, keys[0], feeLamports, options.feeCollector);
  const feeChanges = new Map(overlay.changed());
  const inner: Array<{ index: number; instructions: InnerInstruction[] }> = [];
  const logs: string[] = [];
  let err: TransactionError | null = refused;
  const meter = { used: 0, limit: budget.computeUnitLimit };
  if (refused === null) {
    for (let index = 0; index < transaction.instructions.length && err === null; index++) {
      const trace: InnerInstruction[] = [];
      try {
        runTopLevel(transaction, index, { overlay, trace, logs, meter, options });
      } catch (error) {
        if (!(error instanceof ProgramAbort)) throw error;
        err = { InstructionError: [index, error.code] };
      }
      if (trace.length > 0) inner.push({ index, instructions: trace });
    }
    err ??= rentError(transaction, overlay, accounts);
    if (err !== null) {
      overlay.discard();
      for (const [address, account] of feeChanges) overlay.set(address, account);
    }
  }
  const failed = err !== null;
  const record: TransactionRecord = {
    transaction,
    slot: options.clock.slot,
    indexInBlock: options.indexInBlock,
    blockTimeS: Math.floor(options.clock.unixMs / 1000),
    err,
    feeLamports,
    inner,
    logs,
    preBalances,
    postBalances: keys.map((key) => overlay.get(key).lamports),
    preTokenBalances,
    postTokenBalances: failed ? preTokenBalances : tokenBalances(keys, overlay),
    computeUnits: meter.used,
  };
  return { record, refused, overlay };
}

function chargeFee(overlay: Overlay, payer: Address | undefined, feeLamports: bigint, collector: Address): TransactionError | null {
  if (payer === undefined) return "SanitizeFailure";
  const account = overlay.get(payer);
  if (account.lamports === 0n) return "AccountNotFound";
  if (account.data.length > 0) return "InvalidAccountForFee";
  if (account.lamports < feeLamports) return "InsufficientFundsForFee";
  overlay.set(payer, { ...account, lamports: account.lamports - feeLamports });
  const sink = overlay.get(collector);
  overlay.set(collector, { ...sink, lamports: sink.lamports + feeLamports });
  return null;
}

/** An account may not end between empty and rent-exempt, unless it was there before and did not grow. */
function rentError(transaction: CompiledTransaction, overlay: Overlay, before: AccountMap): TransactionError | null {
  const changed = overlay.changed();
  for (const [index, address] of transaction.accountKeys.entries()) {
    const account = changed.get(address);
    if (account === undefined || account.lamports === 0n || account.lamports >= rentExemptLamports(account.data.length)) continue;
    const old = before.get(address);
    if (old !== undefined && old.lamports < rentExemptLamports(old.data.length) && account.lamports <= old.lamports) continue;
    return { InsufficientFundsForRent: { account_index: index } };
  }
  return null;
}

interface Machine {
  readonly overlay: Overlay;
  readonly trace: InnerInstruction[];
  readonly logs: string[];
  readonly meter: { used: number; readonly limit: number };
  readonly options: RuntimeOptions;
}

function runTopLevel(transaction: CompiledTransaction, index: number, machine: Machine): void {
  const compiled = transaction.instructions[index];
  const keys = transaction.accountKeys;
  const key = (at: number): Address => keys[at] ?? fail("transaction was not sanitised");
  if (compiled === undefined) return;
  const instruction: Instruction = {
    programId: key(compiled.programIdIndex),
    accounts: compiled.accounts.map((at) => ({
      address: key(at),
      signer: isSignerIndex(transaction, at),
      writable: isWritableIndex(transaction, at),
    })),
    data: compiled.data,
  };
  const indexOf = new Map(keys.map((address, at) => [address, at]));
  invoke(instruction, 1, machine, indexOf);
}

function invoke(instruction: Instruction, height: number, machine: Machine, indexOf: ReadonlyMap<Address, number>): void {
  const { overlay, trace, logs, meter, options } = machine;
  const { programId } = instruction;
  if (height > MAX_STACK_HEIGHT) throw new ProgramAbort("CallDepth");
  if (height > 1) {
    if (trace.length >= MAX_INSTRUCTION_TRACE) throw new ProgramAbort("MaxInstructionTraceLengthExceeded");
    const at = (address: Address): number => {
      const index = indexOf.get(address);
      if (index === undefined) {
        logs.push(`Instruction references an unknown account ${address}`);
        throw new ProgramAbort("MissingAccount");
      }
      return index;
    };
    trace.push({
      programIdIndex: at(programId),
      accounts: instruction.accounts.map((meta) => at(meta.address)),
      data: instruction.data,
      stackHeight: height,
    });
  }
  const program = options.programs.get(programId);
  if (program === undefined) throw new ProgramAbort("UnsupportedProgramId");
  logs.push(`Program ${programId} invoke [${height}]`);
  const remainingAtStart = meter.limit - meter.used;
  const usedAtStart = meter.used;
  const signers = new Set(instruction.accounts.filter((meta) => meta.signer).map((meta) => meta.address));
  const writable = new Set(instruction.accounts.filter((meta) => meta.writable).map((meta) => meta.address));
  const context: ProgramContext = {
    programId,
    accounts: instruction.accounts.map((meta) => meta.address),
    data: instruction.data,
    clock: options.clock,
    isSigner: (address) => signers.has(address),
    get: (address) => overlay.get(address),
    set: (address, account) => {
      if (!writable.has(address)) throw new ProgramAbort("ReadonlyDataModified");
      overlay.set(address, account);
    },
    invoke: (callee, pdaSigners = EMPTY_BALANCES) => {
      for (const meta of callee.accounts) {
        if (meta.signer && !signers.has(meta.address) && !pdaSigners.includes(meta.address)) throw new ProgramAbort("PrivilegeEscalation");
        if (meta.writable && !writable.has(meta.address)) throw new ProgramAbort("PrivilegeEscalation");
      }
      invoke(callee, height + 1, machine, indexOf);
    },
    log: (text) => logs.push(`Program log: ${text}`),
    logData: (data) => logs.push(`Program data: ${encodeBase64(data)}`),
    returnData: (data) => logs.push(`Program return: ${programId} ${encodeBase64(data)}`),
    consume: (units) => {
      meter.used += units;
      if (meter.used > meter.limit) {
        meter.used = meter.limit;
        throw new ProgramAbort("ComputationalBudgetExceeded");
      }
    },
  };
  try {
    program.process(context);
  } catch (error) {
    if (error instanceof ProgramAbort) logs.push(`Program ${programId} failed: ${error.message}`);
    throw error;
  }
  if (!program.builtin) logs.push(`Program ${programId} consumed ${meter.used - usedAtStart} of ${remainingAtStart} compute units`);
  logs.push(`Program ${programId} success`);
}

function fail(message: string): never {
  throw new Error(message);
}
