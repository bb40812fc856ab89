import type { Rpc } from "../../adapters/rpc/client.ts";
import {
  deployedSlot,
  PROGRAM_DATA_HEADER_BYTES,
  type ProgramPin,
  type ProgramReading,
  programDataKey,
  WATCHED_PROGRAMS,
  wantsCode,
} from "../../domain/live/drift.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { addressFromBytes } from "../../domain/solana/address.ts";
import { toHex } from "../../domain/solana/bytes.ts";
import type { Address } from "../../domain/units.ts";

/** What is known of the programs beforehand, and whether their code is to be pinned now. */
export interface ProgramsWanted {
  readonly pins: readonly ProgramPin[];
  /** An earlier reading: code of the same slot is not read again. */
  readonly known: readonly ProgramReading[];
  readonly isPinning: boolean;
}

/**
 * The watched programs as they are deployed. The slot is read always, the code (about 1.5 MB each)
 * only where it is to be pinned or the slot changed. Refuses as the reads do: a program that cannot
 * be read is no unchanged program.
 */
export async function readPrograms(rpc: Rpc, wanted: ProgramsWanted): Promise<Result<readonly ProgramReading[]>> {
  const programs = await rpc.getAccounts(WATCHED_PROGRAMS.map(({ programId }) => programId));
  if (!programs.ok) return programs;
  const readings: ProgramReading[] = [];
  for (const [index, { name, programId }] of WATCHED_PROGRAMS.entries()) {
    const account = programs.value.accounts[index] ?? null;
    if (account === null) return refuse("UPSTREAM_MALFORMED", `${name} has no account`);
    const key = programDataKey(account.data);
    const reading =
      key === null
        ? ok({ programId, slot: 0, sha256: await sha256Hex(account.data) })
        : await readProgramData(rpc, programId, addressFromBytes(key), wanted);
    if (!reading.ok) return reading;
    readings.push(reading.value);
  }
  return ok(readings);
}

async function readProgramData(
  rpc: Rpc,
  programId: Address,
  address: Address,
  { pins, known, isPinning }: ProgramsWanted,
): Promise<Result<ProgramReading>> {
  const header = await rpc.getAccounts([address], { dataSlice: { offset: 0, length: PROGRAM_DATA_HEADER_BYTES } });
  if (!header.ok) return header;
  const slot = slotOf(header.value.accounts[0]?.data);
  if (slot === null) return refuse("UPSTREAM_MALFORMED", `${address} is no ProgramData account`);
  const pin = pins.find((one) => one.programId === programId) ?? null;
  const before = known.find((one) => one.programId === programId && one.slot === slot) ?? null;
  if (!wantsCode(pin, slot, isPinning)) return ok({ programId, slot, sha256: null });
  if (!isPinning && before !== null && before.sha256 !== null) return ok(before);
  const whole = await rpc.getAccounts([address]);
  if (!whole.ok) return whole;
  const data = whole.value.accounts[0]?.data;
  const deployed = slotOf(data);
  if (data === undefined || deployed === null) return refuse("UPSTREAM_MALFORMED", `${address} is no ProgramData account`);
  return ok({ programId, slot: deployed, sha256: await sha256Hex(data.subarray(PROGRAM_DATA_HEADER_BYTES)) });
}

function slotOf(data: Uint8Array | undefined): number | null {
  return data === undefined ? null : deployedSlot(data);
}

async function sha256Hex(data: Uint8Array): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", data.slice())));
}
