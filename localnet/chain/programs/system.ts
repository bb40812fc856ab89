import { ByteReader, ByteWriter } from "../../../domain/solana/bytes.ts";
import { SYSTEM_PROGRAM } from "../../../domain/solana/programs.ts";
import type { Address } from "../../../domain/units.ts";
import { abort, abortCustom, accountAt, type Program, type ProgramContext, requireSigner } from "../program.ts";
import type { Instruction } from "../types.ts";

const BUILTIN_UNITS = 150;
/** Largest account (Solana MAX_PERMITTED_DATA_LENGTH). */
const MAX_ACCOUNT_BYTES = 10 * 1024 * 1024;
const CREATE_ACCOUNT = 0;
const ASSIGN = 1;
const TRANSFER = 2;
const ALLOCATE = 8;
/** SystemError numbers. */
const ACCOUNT_ALREADY_IN_USE = 0;
const RESULT_WITH_NEGATIVE_LAMPORTS = 1;
const INVALID_DATA_LENGTH = 3;

export const systemProgram: Program = {
  builtin: true,
  process: (context) => {
    context.consume(BUILTIN_UNITS);
    const reader = new ByteReader(context.data);
    const kind = reader.u32();
    if (kind === CREATE_ACCOUNT) createAccount(context, reader.u64(), Number(reader.u64()), reader.address());
    else if (kind === ASSIGN) assign(context, reader.address());
    else if (kind === TRANSFER) transfer(context, accountAt(context, 0), accountAt(context, 1), reader.u64());
    else if (kind === ALLOCATE) allocate(context, Number(reader.u64()));
    else abort("InvalidInstructionData");
    if (reader.overrun) abort("InvalidInstructionData");
  },
};

function createAccount(context: ProgramContext, lamports: bigint, space: number, owner: Address): void {
  const from = accountAt(context, 0);
  const address = accountAt(context, 1);
  requireSigner(context, address);
  const account = context.get(address);
  if (account.lamports > 0n || account.data.length > 0 || account.owner !== SYSTEM_PROGRAM) {
    context.log(`Create Account: account Address { address: ${address}, base: None } already in use`);
    abortCustom(ACCOUNT_ALREADY_IN_USE);
  }
  if (space > MAX_ACCOUNT_BYTES) abortCustom(INVALID_DATA_LENGTH);
  transfer(context, from, address, lamports);
  context.set(address, { ...context.get(address), owner, data: new Uint8Array(space) });
}

function assign(context: ProgramContext, owner: Address): void {
  const address = accountAt(context, 0);
  requireSigner(context, address);
  const account = context.get(address);
  if (account.owner !== SYSTEM_PROGRAM) abort("ModifiedProgramId");
  context.set(address, { ...account, owner });
}

function allocate(context: ProgramContext, space: number): void {
  const address = accountAt(context, 0);
  requireSigner(context, address);
  const account = context.get(address);
  if (account.data.length > 0 || account.owner !== SYSTEM_PROGRAM) abortCustom(ACCOUNT_ALREADY_IN_USE);
  if (space > MAX_ACCOUNT_BYTES) abortCustom(INVALID_DATA_LENGTH);
  context.set(address, { ...account, data: new Uint8Array(space) });
}

function transfer(context: ProgramContext, from: Address, to: Address, lamports: bigint): void {
  requireSigner(context, from);
  const source = context.get(from);
  if (source.data.length > 0 || source.owner !== SYSTEM_PROGRAM) abort("InvalidArgument");
  if (source.lamports < lamports) {
    context.log(`Transfer: insufficient lamports ${source.lamports}, need ${lamports}`);
    abortCustom(RESULT_WITH_NEGATIVE_LAMPORTS);
  }
  context.set(from, { ...source, lamports: source.lamports - lamports });
  const target = context.get(to);
  context.set(to, { ...target, lamports: target.lamports + lamports });
}

/** System transfer. */
export function transferInstruction(from: Address, to: Address, lamports: bigint): Instruction {
  return {
    programId: SYSTEM_PROGRAM,
    accounts: [
      { address: from, signer: true, writable: true },
      { address: to, signer: false, writable: true },
    ],
    data: new ByteWriter().u32(TRANSFER).u64(lamports).toBytes(),
  };
}

/** System createAccount. */
export function createAccountInstruction(from: Address, address: Address, lamports: bigint, space: number, owner: Address): Instruction {
  return {
    programId: SYSTEM_PROGRAM,
    accounts: [
      { address: from, signer: true, writable: true },
      { address, signer: true, writable: true },
    ],
    data: new ByteWriter().u32(CREATE_ACCOUNT).u64(lamports).u64(BigInt(space)).address(owner).toBytes(),
  };
}
