import type { Graduation } from "../../candidate.ts";
import type { ReasonCode } from "../../reasons.ts";
import type { Result } from "../../result.ts";
import { fromHex } from "../../solana/bytes.ts";
import { findGraduation } from "../../solana/decode.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../../solana/discriminators.ts";
import { encodeEvent, eventCpiData, eventLogLine } from "../../solana/encode-events.ts";
import { DEFAULT_ADDRESS, PUMP_PROGRAM, PUMP_SWAP_PROGRAM, TOKEN_2022_PROGRAM, WSOL_MINT } from "../../solana/programs.ts";
import { encodeMint } from "../../solana/token.ts";
import type { ChainInstruction, ChainTransaction, TopInstruction } from "../../solana/transaction.ts";
import { bondingCurveAddress, canonicalPoolAddress } from "../../venues/pdas.ts";
import type { RawAccount } from "../findings.ts";
import { recheckMint } from "../mint-gates.ts";
import { SOUND, STRANGER } from "./harness.ts";

/** A transaction that must not be taken for a graduation. */
export interface TransactionCase {
  readonly number: number;
  readonly name: string;
  readonly reason: ReasonCode;
  readonly verdict: () => Result<Graduation>;
}

const EVENT = {
  user: STRANGER,
  mint: SOUND.mint,
  mint_amount: "206900000000000",
  sol_amount: "84990359084",
  bonding_curve: bondingCurveAddress(SOUND.mint),
  pool: canonicalPoolAddress(SOUND.mint),
  timestamp: "1784955620",
};
const MIGRATION = eventCpiData(encodeEvent("CompletePumpAmmMigration", EVENT));

function call(programId: string, data: Uint8Array): ChainInstruction {
  return { programId, accounts: [], data };
}

function migrate(inner: readonly ChainInstruction[], pool = canonicalPoolAddress(SOUND.mint)): TopInstruction {
  const accounts = Array.from({ length: 29 }, () => DEFAULT_ADDRESS);
  [accounts[2], accounts[3], accounts[10]] = [SOUND.mint, WSOL_MINT, pool];
  return { programId: PUMP_PROGRAM, accounts, data: fromHex(INSTRUCTION_DISCRIMINATOR.migrateV2), inner };
}

function transaction(instructions: readonly TopInstruction[], rest: Partial<ChainTransaction> = {}): ChainTransaction {
  return {
    signature: "1".repeat(64),
    slot: 7,
    blockTimeMs: null,
    failed: false,
    accountKeys: [],
    instructions,
    innerRecorded: true,
    logs: [],
    preBalances: [],
    postBalances: [],
    preTokenBalances: [],
    postTokenBalances: [],
    ...rest,
  };
}

function refused(number: number, name: string, reason: ReasonCode, tx: ChainTransaction): TransactionCase {
  return { number, name, reason, verdict: () => findGraduation(tx) };
}

const foreign = (inner: ChainInstruction): TopInstruction => ({ ...call(STRANGER, new Uint8Array()), inner: [inner] });
const logged = (program: string, ...lines: readonly string[]) => [`Program ${program} invoke [1]`, ...lines, `Program ${program} success`];
const line = eventLogLine(encodeEvent("CompletePumpAmmMigration", EVENT));

/** The sound graduation that the cases below spoil. */
export const SOUND_GRADUATION = transaction([migrate([call(PUMP_PROGRAM, MIGRATION)])]);

export const TRANSACTION_CASES: readonly TransactionCase[] = [
  refused(59, "migration of a failed transaction", "TX_FAILED", { ...SOUND_GRADUATION, failed: true }),
  refused(60, "an attacker's program prints Instruction: Migrate", "TX_NOT_GRADUATION", {
    ...transaction([]),
    logs: logged(STRANGER, "Program log: Instruction: Migrate"),
  }),
  refused(60, "an attacker's program prints the event", "EVENT_FOREIGN_PROGRAM", { ...transaction([]), logs: logged(STRANGER, line) }),
  refused(60, "an attacker prints pump's invocation into a log line", "EVENT_FOREIGN_PROGRAM", {
    ...transaction([]),
    logs: logged(STRANGER, `Program log: \nProgram ${PUMP_PROGRAM} invoke [2]`, line),
  }),
  refused(61, "right inner data under an attacker's program", "EVENT_FOREIGN_PROGRAM", transaction([foreign(call(STRANGER, MIGRATION))])),
  refused(61, "right inner data under PumpSwap", "EVENT_FOREIGN_PROGRAM", transaction([foreign(call(PUMP_SWAP_PROGRAM, MIGRATION))])),
  refused(62, "the event lies behind the cut of the log", "TX_MALFORMED", {
    ...transaction([migrate([])], { innerRecorded: false }),
    logs: [`Program ${PUMP_PROGRAM} invoke [1]`, "Log truncated", line],
  }),
  refused(
    63,
    "the pool resolves to another account",
    "POOL_NOT_CANONICAL",
    transaction([migrate([call(PUMP_PROGRAM, MIGRATION)], STRANGER)]),
  ),
  refused(64, "the same mint migrates again", "MIGRATION_NOOP", transaction([migrate([])], { logs: ["Bonding curve already migrated"] })),
  refused(
    106,
    "the event names another mint than the instruction",
    "TX_NOT_GRADUATION",
    transaction([migrate([call(PUMP_PROGRAM, eventCpiData(encodeEvent("CompletePumpAmmMigration", { ...EVENT, mint: STRANGER })))])]),
  ),
  refused(119, "a failed transaction with everything else in place", "TX_FAILED", {
    ...SOUND_GRADUATION,
    failed: true,
    logs: logged(PUMP_PROGRAM, line),
  }),
];

/** A mint that is read twice: at a less sure commitment and at a surer one, or before and after a decision. */
export interface RecheckCase {
  readonly number: number;
  readonly name: string;
  readonly code: ReasonCode;
  readonly findings: () => ReturnType<typeof recheckMint>;
}

const PLAIN = { mintAuthority: null, freezeAuthority: null, supply: 10n ** 15n, decimals: 6, isInitialized: true, extensions: [] };

function mintAccount(changes: Partial<Parameters<typeof encodeMint>[0]> = {}): RawAccount {
  return { owner: TOKEN_2022_PROGRAM, data: encodeMint({ ...PLAIN, ...changes }) };
}

function rechecked(number: number, name: string, code: ReasonCode, before: RawAccount | null, after: RawAccount | null): RecheckCase {
  return { number, name, code, findings: () => recheckMint(SOUND.mint, before, after) };
}

export const RECHECK_CASES: readonly RecheckCase[] = [
  rechecked(
    34,
    "authority given up in processed, present in confirmed",
    "MINT_AUTHORITY_SET",
    mintAccount(),
    mintAccount({ mintAuthority: STRANGER }),
  ),
  rechecked(34, "freeze authority likewise", "FREEZE_AUTHORITY_SET", mintAccount(), mintAccount({ freezeAuthority: STRANGER })),
  rechecked(35, "authority set between check and buy", "MINT_CHANGED", mintAccount(), mintAccount({ mintAuthority: STRANGER })),
  rechecked(35, "supply grew between check and buy", "MINT_CHANGED", mintAccount(), mintAccount({ supply: 10n ** 15n + 1n })),
  rechecked(
    35,
    "extension added between check and buy",
    "EXTENSION_NOT_ALLOWED",
    mintAccount(),
    mintAccount({ extensions: [{ type: 14, data: new Uint8Array(64) }] }),
  ),
  rechecked(35, "mint gone between check and buy", "MINT_UNAVAILABLE", mintAccount(), null),
];

/** Holders may burn: no change that matters. */
export function burntBetweenReads(): ReturnType<typeof recheckMint> {
  return recheckMint(SOUND.mint, mintAccount(), mintAccount({ supply: 10n ** 15n - 5n }));
}
