import type { Address, Signature } from "../units.ts";
import { fromHex, startsWith, toHex } from "./bytes.ts";
import { EVENT_CPI_TAG, INSTRUCTION_DISCRIMINATOR } from "./discriminators.ts";
import { decodeEventFields, type EventFields, type EventName, eventLayout } from "./event-layouts.ts";
import { type ProgramData, readProgramData } from "./program-logs.ts";
import { PUMP_PROGRAM } from "./programs.ts";
import type { ChainInstruction, ChainTransaction } from "./transaction.ts";

export type MigrationInstruction = "migrate" | "migrate_v2";

/** One event or migration instruction of a transaction. */
export interface DecodedEvent {
  readonly signature: Signature;
  readonly slot: number | null;
  /** Position among the transaction's decoded events, in execution order. */
  readonly index: number;
  readonly program: Address;
  readonly name: EventName | MigrationInstruction;
  /** Names as in the IDL. 64- and 128-bit integers are decimal strings, addresses base58. */
  readonly fields: EventFields;
}

const CPI_TAG = fromHex(EVENT_CPI_TAG);
const DISCRIMINATOR_BYTES = 8;

/** Account names in order (pump IDL); surplus accounts are the boost vault's. */
const MIGRATION_ACCOUNTS: Readonly<Record<MigrationInstruction, readonly string[]>> = {
  migrate: `global withdraw_authority mint bonding_curve associated_bonding_curve user system_program token_program
    pump_amm pool pool_authority pool_authority_mint_account pool_authority_wsol_account amm_global_config wsol_mint
    lp_mint user_pool_token_account pool_base_token_account pool_quote_token_account token_2022_program
    associated_token_program pump_amm_event_authority event_authority program`.split(/\s+/),
  migrate_v2: `global withdraw_authority base_mint quote_mint bonding_curve associated_base_bonding_curve
    associated_quote_bonding_curve user system_program pump_amm pool pool_authority pool_authority_mint_account
    pool_authority_quote_account amm_global_config lp_mint user_pool_token_account pool_base_token_account
    pool_quote_token_account base_token_program quote_token_program token_2022_program associated_token_program
    pump_amm_event_authority rent event_authority program`.split(/\s+/),
};

interface Found {
  readonly program: Address;
  readonly name: EventName | MigrationInstruction;
  readonly fields: EventFields;
}

/**
 * Events of pump and PumpSwap, each once, and migration instructions, in execution order. An event
 * counts when the program that owns it made it: as a call to itself among the inner instructions,
 * or else as a log line written while that program was running. A failed transaction has none.
 */
export function decodeTransaction(tx: ChainTransaction): DecodedEvent[] {
  return readEvents(tx).found.map((event, index) => ({ signature: tx.signature, slot: tx.slot, index, ...event }));
}

/** Names of events that their own program made and that cannot be read: cut off, or of an unknown new form. */
export function damagedEvents(tx: ChainTransaction): EventName[] {
  return readEvents(tx).damaged;
}

function readEvents(tx: ChainTransaction): { found: Found[]; damaged: EventName[] } {
  const found: Found[] = [];
  const damaged: EventName[] = [];
  if (tx.failed) return { found, damaged };
  const { data: logged } = readProgramData(tx.logs);
  // Events that stand in the logs too, to be taken once; most transactions log none.
  const seen = new Map<string, number>();
  const read = ({ program, payload }: ProgramData): boolean => {
    const layout = layoutOf(payload);
    if (layout === undefined || layout.program !== program) return false;
    const fields = decodeEventFields(layout, payload);
    if (fields === null) damaged.push(layout.name);
    else found.push({ program, name: layout.name, fields });
    return true;
  };
  for (const top of tx.instructions) {
    for (const instruction of [top, ...top.inner]) {
      const migration = migrationOf(instruction);
      if (migration !== null) found.push(migration);
      if (instruction === top || !startsWith(instruction.data, CPI_TAG)) continue;
      const payload = instruction.data.subarray(CPI_TAG.length);
      if (!read({ program: instruction.programId, payload }) || logged.length === 0) continue;
      const key = keyOf(instruction.programId, payload);
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
  }
  for (const data of logged) {
    const key = keyOf(data.program, data.payload);
    const carried = seen.get(key) ?? 0;
    if (carried > 0) seen.set(key, carried - 1);
    else read(data);
  }
  return { found, damaged };
}

/** True when a program other than its owner wrote something that looks like the event `name`. */
export function hasForeignEvent(tx: ChainTransaction, name: EventName): boolean {
  const called = tx.instructions.flatMap(({ inner }) =>
    inner
      .filter(({ data }) => startsWith(data, CPI_TAG))
      .map(({ programId, data }) => ({ program: programId, payload: data.subarray(CPI_TAG.length) })),
  );
  return [...called, ...readProgramData(tx.logs).data].some(({ program, payload }) => {
    const layout = layoutOf(payload);
    return layout?.name === name && layout.program !== program;
  });
}

/** False when events may be missing: no inner instructions were recorded and the logs are cut or absent. */
export function isFullyRecorded(tx: ChainTransaction): boolean {
  return tx.innerRecorded || (tx.logs.length > 0 && readProgramData(tx.logs).complete);
}

function layoutOf(payload: Uint8Array): ReturnType<typeof eventLayout> {
  return eventLayout(toHex(payload.subarray(0, DISCRIMINATOR_BYTES)));
}

function migrationOf({ programId, data, accounts }: ChainInstruction): Found | null {
  if (programId !== PUMP_PROGRAM) return null;
  const discriminator = toHex(data.subarray(0, DISCRIMINATOR_BYTES));
  const name =
    discriminator === INSTRUCTION_DISCRIMINATOR.migrate
      ? "migrate"
      : discriminator === INSTRUCTION_DISCRIMINATOR.migrateV2
        ? "migrate_v2"
        : null;
  const names = name === null ? [] : MIGRATION_ACCOUNTS[name];
  if (name === null || accounts.length < names.length) return null;
  return { program: programId, name, fields: Object.fromEntries(names.map((account, i) => [account, accounts[i] ?? ""])) };
}

function keyOf(program: Address, payload: Uint8Array): string {
  return `${program}:${toHex(payload)}`;
}
