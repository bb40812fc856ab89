import { ByteReader } from "../../../domain/solana/bytes.ts";
import { COMPUTE_BUDGET_PROGRAM } from "../../../domain/solana/programs.ts";
import { ceilDiv } from "../../../domain/units.ts";
import { abort, type Program } from "../program.ts";
import type { CompiledTransaction } from "../types.ts";

/** Units per instruction when the transaction sets no limit, and the most it may set (Solana compute budget). */
const DEFAULT_UNITS_PER_INSTRUCTION = 200_000;
const MAX_COMPUTE_UNITS = 1_400_000;
const BUILTIN_UNITS = 150;
const MICRO_LAMPORTS = 1_000_000n;

const SET_UNIT_LIMIT = 2;
const SET_UNIT_PRICE = 3;

export interface ComputeBudget {
  readonly computeUnitLimit: number;
  readonly priorityFeeLamports: bigint;
}

/** The limit and priority fee that a transaction asks for: price in micro-lamports times the limit, rounded up. */
export function computeBudgetOf(transaction: CompiledTransaction): ComputeBudget {
  let limit: number | null = null;
  let price = 0n;
  let others = 0;
  for (const instruction of transaction.instructions) {
    if (transaction.accountKeys[instruction.programIdIndex] !== COMPUTE_BUDGET_PROGRAM) {
      others++;
      continue;
    }
    const reader = new ByteReader(instruction.data);
    const kind = reader.u8();
    if (kind === SET_UNIT_LIMIT) limit = Math.min(reader.u32(), MAX_COMPUTE_UNITS);
    else if (kind === SET_UNIT_PRICE) price = reader.u64();
  }
  const computeUnitLimit = limit ?? Math.min(others * DEFAULT_UNITS_PER_INSTRUCTION, MAX_COMPUTE_UNITS);
  return { computeUnitLimit, priorityFeeLamports: ceilDiv(price * BigInt(computeUnitLimit), MICRO_LAMPORTS) };
}

/** The ComputeBudget program: its instructions act before execution, so that running them only costs units. */
export const computeBudgetProgram: Program = {
  builtin: true,
  process: (context) => {
    context.consume(BUILTIN_UNITS);
    const kind = context.data[0];
    if (kind === undefined || kind > 4) abort("InvalidInstructionData");
  },
};
