import { ByteWriter, fromHex } from "../../../domain/solana/bytes.ts";
import { PUMP_FEES_PROGRAM } from "../../../domain/solana/programs.ts";
import type { Address } from "../../../domain/units.ts";
import { decodeFeeConfig, type FeeConfig, type Fees } from "../../../domain/venues/fee-config.ts";
import { abort, accountAt, type Program, type ProgramContext } from "../program.ts";
import { abortUnknownInstruction } from "./anchor.ts";
import { readonly } from "./token-instructions.ts";

const GET_FEES = fromHex("e7257e55cf5b3f34");
const GET_FEES_UNITS = 3_302;

const decodedConfigs = new WeakMap<Uint8Array, FeeConfig>();

/** The fee configuration in an account; aborts when the account holds none. */
export function feeConfigOf(context: ProgramContext, address: Address): FeeConfig {
  const { owner, data } = context.get(address);
  const known = decodedConfigs.get(data);
  if (known !== undefined) return known;
  const decoded = owner === PUMP_FEES_PROGRAM ? decodeFeeConfig(data) : null;
  if (decoded === null || !decoded.ok) return abort("InvalidAccountData");
  decodedConfigs.set(data, decoded.value);
  return decoded.value;
}

/**
 * The fee program. Pump and PumpSwap ask it for the fees of each trade; here they compute the fees
 * from the same account themselves, and the call carries the answer so that logs show it.
 */
export const feesProgram: Program = {
  builtin: false,
  process: (context) => {
    if (!GET_FEES.every((byte, index) => context.data[index] === byte)) abortUnknownInstruction(context);
    context.log("Instruction: GetFees");
    context.consume(GET_FEES_UNITS);
    feeConfigOf(context, accountAt(context, 0));
    context.returnData(context.data.slice(GET_FEES.length));
  },
};

/** Shows the fees of a trade in the transaction, as the call to the fee program does on chain. */
export function callGetFees(context: ProgramContext, feeConfig: Address, { lpBps, protocolBps, creatorBps }: Fees): void {
  const data = new ByteWriter().bytes(GET_FEES).u64(lpBps).u64(protocolBps).u64(creatorBps).toBytes();
  context.invoke({ programId: PUMP_FEES_PROGRAM, accounts: [readonly(feeConfig), readonly(context.programId)], data });
}
