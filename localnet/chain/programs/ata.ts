import { associatedTokenAddress } from "../../../domain/solana/address.ts";
import { ByteWriter } from "../../../domain/solana/bytes.ts";
import { ATA_PROGRAM, SYSTEM_PROGRAM } from "../../../domain/solana/programs.ts";
import type { Address } from "../../../domain/units.ts";
import { abort, accountAt, type Program, type ProgramContext } from "../program.ts";
import { rentExemptLamports } from "../rent.ts";
import { isTokenProgram, readMint, readTokenAccount, tokenAccountBytes } from "../token-state.ts";
import type { Instruction } from "../types.ts";
import { createAccountInstruction, transferInstruction } from "./system.ts";
import { readonly, writable, writableSigner } from "./token-instructions.ts";

const COMPUTE_UNITS = 11_500;
/** AssociatedTokenAccountError::InvalidOwner is reported as IllegalOwner when the account is taken. */
const CREATE = 0;
const CREATE_IDEMPOTENT = 1;

/** The associated-token-account program: Create and CreateIdempotent. */
export const ataProgram: Program = {
  builtin: false,
  process: (context) => {
    context.consume(COMPUTE_UNITS);
    const kind = context.data[0] ?? CREATE;
    if (kind !== CREATE && kind !== CREATE_IDEMPOTENT) abort("InvalidInstructionData");
    context.log(kind === CREATE ? "Create" : "CreateIdempotent");
    create(context, kind === CREATE_IDEMPOTENT);
  },
};

function create(context: ProgramContext, idempotent: boolean): void {
  const payer = accountAt(context, 0);
  const address = accountAt(context, 1);
  const owner = accountAt(context, 2);
  const mint = accountAt(context, 3);
  const program = accountAt(context, 5);
  if (!isTokenProgram(program)) abort("IncorrectProgramId");
  if (address !== associatedTokenAddress(owner, mint, program)) {
    context.log("Error: Associated address does not match seed derivation");
    abort("InvalidSeeds");
  }
  const account = context.get(address);
  if (idempotent && account.owner === program) {
    const existing = readTokenAccount(account);
    if (existing === null || existing.owner !== owner || existing.mint !== mint) abort("IllegalOwner");
    return;
  }
  if (account.owner !== SYSTEM_PROGRAM) abort("IllegalOwner");
  const space = tokenAccountBytes(program, readMint(context.get(mint)));
  const rent = rentExemptLamports(space);
  context.invoke({ programId: program, accounts: [readonly(mint)], data: Uint8Array.of(21, 7, 0) });
  if (account.lamports === 0n) {
    context.invoke(createAccountInstruction(payer, address, rent, space, program), [address]);
  } else {
    if (account.lamports < rent) context.invoke(transferInstruction(payer, address, rent - account.lamports));
    const allocate = new ByteWriter().u32(8).u64(BigInt(space)).toBytes();
    context.invoke({ programId: SYSTEM_PROGRAM, accounts: [writableSigner(address)], data: allocate }, [address]);
    const assign = new ByteWriter().u32(1).address(program).toBytes();
    context.invoke({ programId: SYSTEM_PROGRAM, accounts: [writableSigner(address)], data: assign }, [address]);
  }
  context.log("Initialize the associated token account");
  context.invoke({ programId: program, accounts: [writable(address)], data: Uint8Array.of(22) });
  const initialize = new ByteWriter().u8(18).address(owner).toBytes();
  context.invoke({ programId: program, accounts: [writable(address), readonly(mint)], data: initialize });
}

/** Creates an associated token account; the idempotent form accepts one that exists. */
export function createAtaInstruction(
  payer: Address,
  address: Address,
  owner: Address,
  mint: Address,
  program: Address,
  idempotent = true,
): Instruction {
  return {
    programId: ATA_PROGRAM,
    accounts: [writableSigner(payer), writable(address), readonly(owner), readonly(mint), readonly(SYSTEM_PROGRAM), readonly(program)],
    data: Uint8Array.of(idempotent ? CREATE_IDEMPOTENT : CREATE),
  };
}
