import { stringifyExact } from "../../json.ts";
import { ok, type Result, refuse } from "../../result.ts";
import { ATA_PROGRAM, PUMP_PROGRAM, PUMP_SWAP_PROGRAM, SYSTEM_PROGRAM } from "../../solana/programs.ts";
import type { Address } from "../../units.ts";
import type { Order } from "../position-state.ts";
import { customError, describeError } from "./confirmed.ts";

/** Slippage errors: PumpSwap ExceededSlippage and BuySlippageBelowMinBaseAmountOut; pump TooMuchSolRequired, TooLittleSolReceived, BuySlippageBelowMinTokensOut (IDLs 2026-07). */
const SLIPPAGE_ERRORS: ReadonlyMap<Address, readonly number[]> = new Map([
  [PUMP_SWAP_PROGRAM, [6004, 6040]],
  [PUMP_PROGRAM, [6002, 6003, 6042]],
]);
/** System program: ResultWithNegativeLamports. */
const INSUFFICIENT_LAMPORTS = 1;
/** Errors of a payer that cannot pay, before any instruction runs. */
const UNFUNDED: ReadonlySet<string> = new Set(["AccountNotFound", "InsufficientFundsForFee"]);
/** The fee payer, account 0, would be left with less than its rent. */
const POOR_PAYER = /"InsufficientFundsForRent":\{"account_index":0\}/;
const FAILED_LINE = /^Program (\w{32,44}) failed: /;

/** Compute units asked for above what the simulation used, in hundredths: the reserves move meanwhile. */
const UNITS_MARGIN_PERCENT = 115;
/** A first buy creates accounts that the simulation may have found existing (measured: up to 210,000 units). */
export const BUY_MIN_UNITS = 250_000;
const SELL_MIN_UNITS = 150_000;
/** Asked for while simulating, and when the node does not tell what was used. */
export const DRAFT_UNITS = 400_000;

/** A custom error with the program that made it, if that can be told. */
export interface ProgramError {
  readonly code: number;
  readonly programId: Address | null;
}

/** Compute-unit limit for what a simulation used. */
export function unitsFor(side: Order["side"], unitsConsumed: number | null): number {
  if (unitsConsumed === null) return DRAFT_UNITS;
  return Math.max(Math.ceil((unitsConsumed * UNITS_MARGIN_PERCENT) / 100), side === "buy" ? BUY_MIN_UNITS : SELL_MIN_UNITS);
}

/** The custom error in a transaction error: by the innermost program that the logs show to have failed, else by the instruction's. */
export function programError(err: unknown, logs: readonly string[], programs: readonly Address[]): ProgramError | null {
  const custom = customError(err);
  if (custom === null) return null;
  const failed = logs.map((line) => FAILED_LINE.exec(line)?.[1]).find((program) => program !== undefined);
  return { code: custom.code, programId: failed ?? programs[custom.instruction] ?? null };
}

/**
 * What a simulation's error means: SLIPPAGE_EXCEEDED, ALREADY_HELD (the guard of a buy found the
 * account), WALLET_UNDERFUNDED, and SIMULATION_FAILED for everything else.
 * @param programs program of each instruction
 */
export function judgeSimulation(side: Order["side"], err: unknown, logs: readonly string[], programs: readonly Address[]): Result<null> {
  if (err === null || err === undefined) return ok(null);
  const detail = describeError(err);
  if (typeof err === "string") return refuse(UNFUNDED.has(err) ? "WALLET_UNDERFUNDED" : "SIMULATION_FAILED", detail);
  if (POOR_PAYER.test(stringifyExact(err))) return refuse("WALLET_UNDERFUNDED", detail);
  const custom = programError(err, logs, programs);
  if (custom !== null) {
    if (custom.programId !== null && SLIPPAGE_ERRORS.get(custom.programId)?.includes(custom.code))
      return refuse("SLIPPAGE_EXCEEDED", detail);
    if (custom.programId === SYSTEM_PROGRAM && custom.code === INSUFFICIENT_LAMPORTS) return refuse("WALLET_UNDERFUNDED", detail);
    return refuse("SIMULATION_FAILED", detail);
  }
  const failed = Number(/"InstructionError":\[(\d+)/.exec(stringifyExact(err))?.[1] ?? -1);
  const isGuard = side === "buy" && programs[failed] === ATA_PROGRAM && programs.indexOf(ATA_PROGRAM) === failed;
  return refuse(isGuard ? "ALREADY_HELD" : "SIMULATION_FAILED", detail);
}
