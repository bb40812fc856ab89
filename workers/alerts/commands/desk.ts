import type { LedgerLockView, RiskView } from "../../../domain/api/types.ts";
import type { Result } from "../../../domain/result.ts";
import type { LedgerRisks, LockOrder, StateChange } from "../../api/trading-control.ts";
import type { PendingAction, PendingActions } from "./pending.ts";

/** Reads `/api/v1<path>`; null when the API does not answer. */
export type ReadApi = <T>(path: string) => Promise<T | null>;

/** What the commands can ask for, on behalf of the person who writes. Whoever makes it puts the author in. */
export interface Desk {
  readonly nowMs: number;
  readonly read: ReadApi;
  /** Says that the person has seen an incident; false when none with this id is open. */
  acknowledge(incidentId: string): Promise<boolean>;
  /** Risk engines of all ledgers. */
  risks(): Promise<LedgerRisks>;
  changeState(change: StateChange): Promise<Result<{ readonly risk: RiskView; readonly isSettled: boolean }>>;
  setLocks(order: LockOrder): Promise<Result<LedgerLockView[]>>;
  /** @returns the ledgers that held the lock */
  liftLocks(lockId: string): Promise<string[]>;
  /** @returns the ledger that holds the position; null when none does */
  closePosition(positionId: string): Promise<string | null>;
  /** @returns how many positions were asked to sell */
  closeAll(ledger: string): Promise<number>;
  /** Actions that wait for this person's confirmation. */
  readonly pending: PendingActions;
}

/** The words after a command. */
export interface Request {
  readonly words: readonly string[];
  /** Everything after the command, as it was written. */
  readonly rest: string;
}

export type Answer = (request: Request, desk: Desk) => Promise<string>;

/** One command as the help lists it. */
export interface Command {
  readonly name: string;
  readonly group: "Look" | "Decisions and learning" | "Risk" | "Act" | "Other";
  /** Arguments as the help shows them. */
  readonly usage: string;
  readonly text: string;
  readonly answer: Answer;
}

export type { PendingAction };
