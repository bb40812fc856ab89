import type { Graduation } from "../candidate.ts";
import { ok, type Result, refuse } from "../result.ts";
import { bondingCurveAddress, canonicalPoolAddress } from "../venues/pdas.ts";
import { quoteMintOf } from "../venues/pump-curve.ts";
import { type DecodedEvent, decodeTransaction, hasForeignEvent, isFullyRecorded } from "./event-decoder.ts";
import type { EventFields } from "./event-layouts.ts";
import { DEFAULT_ADDRESS } from "./programs.ts";
import type { ChainTransaction } from "./transaction.ts";

export { type DecodedEvent, damagedEvents, decodeTransaction } from "./event-decoder.ts";

/**
 * The graduation in a confirmed transaction, of several the first: see `findGraduations`.
 */
export function findGraduation(tx: ChainTransaction): Result<Graduation> {
  const [first] = findGraduations(tx);
  return first ?? refuse("TX_NOT_GRADUATION");
}

/**
 * Every graduation in a confirmed transaction, in order: a migration instruction of pump together
 * with the CompletePumpAmmMigration event that pump emitted for it, naming the addresses that derive
 * from the mint. Each may be refused on its own with POOL_NOT_CANONICAL, POOL_MINT_MISMATCH,
 * TX_MALFORMED or TX_NOT_GRADUATION (an event without its instruction); a transaction without any
 * gives one refusal: TX_FAILED, MIGRATION_NOOP (an instruction without its event),
 * EVENT_FOREIGN_PROGRAM, TX_MALFORMED (the recording is cut off) or TX_NOT_GRADUATION.
 */
export function findGraduations(tx: ChainTransaction): readonly [Result<Graduation>, ...Result<Graduation>[]] {
  if (tx.failed) return [refuse("TX_FAILED")];
  const events = decodeTransaction(tx);
  const instructions = events.filter(({ name }) => name === "migrate" || name === "migrate_v2");
  const [first, ...more] = events
    .filter(({ name }) => name === "CompletePumpAmmMigration")
    .map(({ fields }) => graduationOf(tx, events, fields, instructions));
  return first === undefined ? [explainAbsence(tx, events, instructions.length > 0)] : [first, ...more];
}

function graduationOf(
  tx: ChainTransaction,
  events: readonly DecodedEvent[],
  fields: EventFields,
  instructions: readonly DecodedEvent[],
): Result<Graduation> {
  const mint = text(fields, "mint");
  const instruction = instructions.find((candidate) => (candidate.fields["mint"] ?? candidate.fields["base_mint"]) === mint);
  if (instruction === undefined) return refuse("TX_NOT_GRADUATION", "a migration event without a known migration instruction");
  return describeGraduation(tx, events, fields, instruction);
}

function explainAbsence(tx: ChainTransaction, events: readonly DecodedEvent[], migrates: boolean): Result<Graduation> {
  if (hasForeignEvent(tx, "CompletePumpAmmMigration")) return refuse("EVENT_FOREIGN_PROGRAM");
  if (migrates && !isFullyRecorded(tx)) return refuse("TX_MALFORMED", "the recording of the migration is cut off");
  if (migrates) {
    const migratedBefore = tx.logs.some((line) => /already migrated/i.test(line));
    return refuse("MIGRATION_NOOP", migratedBefore ? "the program says: already migrated" : "no pool was created");
  }
  const names = [...new Set(events.map(({ name }) => name))];
  return refuse("TX_NOT_GRADUATION", names.length === 0 ? "no pump or PumpSwap event" : `holds ${names.join(", ")}`);
}

function describeGraduation(
  tx: ChainTransaction,
  events: readonly DecodedEvent[],
  fields: EventFields,
  instruction: DecodedEvent,
): Result<Graduation> {
  const mint = text(fields, "mint");
  const pool = text(fields, "pool");
  const bondingCurve = text(fields, "bonding_curve");
  // Before quote mints existed the event had no such field; the instruction's own list names it.
  const quoteMint = quoteMintOf(text(fields, "quote_mint"));
  const named = instruction.name === "migrate" ? text(instruction.fields, "wsol_mint") : text(instruction.fields, "quote_mint");
  if (named !== quoteMint) return refuse("TX_MALFORMED", "event and instruction name different quote mints");
  if (pool !== text(instruction.fields, "pool") || pool !== canonicalPoolAddress(mint, quoteMint)) return refuse("POOL_NOT_CANONICAL");
  if (bondingCurve !== bondingCurveAddress(mint)) return refuse("TX_MALFORMED", "the bonding curve does not derive from the mint");
  const created = events.find(({ name, fields: other }) => name === "CreatePool" && other["pool"] === pool);
  if (created !== undefined && (created.fields["base_mint"] !== mint || created.fields["quote_mint"] !== quoteMint))
    return refuse("POOL_MINT_MISMATCH");
  const creator = created === undefined ? DEFAULT_ADDRESS : text(created.fields, "coin_creator");
  return ok({
    signature: tx.signature,
    slot: tx.slot,
    blockTimeMs: tx.blockTimeMs,
    mint,
    pool,
    bondingCurve,
    user: text(fields, "user"),
    creator: creator === DEFAULT_ADDRESS ? null : creator,
    quoteMint,
    baseAmount: BigInt(text(fields, "mint_amount")),
    quoteAmountLamports: BigInt(text(fields, "sol_amount")),
    instruction: instruction.name === "migrate" ? "migrate" : "migrate_v2",
  });
}

function text(fields: EventFields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw new TypeError(`${name} is not a text field`);
  return value;
}
