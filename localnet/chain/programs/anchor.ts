import { fromHex, toHex } from "../../../domain/solana/bytes.ts";
import { EVENT_CPI_TAG } from "../../../domain/solana/discriminators.ts";
import { eventCpiData } from "../../../domain/solana/encode-events.ts";
import type { Address } from "../../../domain/units.ts";
import { abortCustom, type ProgramContext } from "../program.ts";
import { signer } from "./token-instructions.ts";

const TAG = fromHex(EVENT_CPI_TAG);
/** Units of the self-call that carries an event, as mainnet logs show it. */
const EVENT_CPI_UNITS = 2_100;

/** Whether the data is an event that the program sends to itself (anchor `emit_cpi!`). */
export function isEventCall(data: Uint8Array): boolean {
  return data.length >= 8 && TAG.every((byte, index) => data[index] === byte);
}

/** Handles the self-call of an event: nothing happens, the data is the record. */
export function processEventCall(context: ProgramContext): void {
  context.consume(EVENT_CPI_UNITS);
}

/** Emits an event twice, as pump and PumpSwap do: a `Program data:` line and a call to itself. */
export function emitEvent(context: ProgramContext, eventAuthority: Address, event: Uint8Array): void {
  context.logData(event);
  const accounts = [signer(eventAuthority)];
  context.invoke({ programId: context.programId, accounts, data: eventCpiData(event) }, [eventAuthority]);
}

/** Aborts with an Anchor error: log line and custom number. */
export function abortAnchor(context: ProgramContext, error: readonly [code: number, name: string, message: string]): never {
  const [code, name, message] = error;
  context.log(`AnchorError occurred. Error Code: ${name}. Error Number: ${code}. Error Message: ${message}.`);
  return abortCustom(code);
}

/** Aborts with ConstraintSeeds (2006) unless an account is the one that its seeds derive. */
export function requireAddress(context: ProgramContext, name: string, actual: Address, expected: Address): void {
  if (actual === expected) return;
  context.log(
    `AnchorError caused by account: ${name}. Error Code: ConstraintSeeds. Error Number: 2006. Error Message: A seeds constraint was violated.`,
  );
  context.log(`Left: ${actual}`);
  context.log(`Right: ${expected}`);
  abortCustom(2006);
}

/** First eight bytes as hexadecimal, to look an instruction up. */
export function discriminatorOf(data: Uint8Array): string {
  return toHex(data.subarray(0, 8));
}

/** Anchor's InstructionFallbackNotFound. */
export function abortUnknownInstruction(context: ProgramContext): never {
  return abortAnchor(context, [101, "InstructionFallbackNotFound", "Fallback functions are not supported"]);
}
