import { encodeBase58 } from "../../domain/solana/base58.ts";
import {
  ATA_PROGRAM,
  COMPUTE_BUDGET_PROGRAM,
  PUMP_FEES_PROGRAM,
  PUMP_PROGRAM,
  PUMP_SWAP_PROGRAM,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
} from "../../domain/solana/programs.ts";
import type { Address } from "../../domain/units.ts";
import { seededBytes } from "./bytes.ts";
import type { AccountMap } from "./overlay.ts";
import type { Program } from "./program.ts";
import { ataProgram } from "./programs/ata.ts";
import { computeBudgetProgram } from "./programs/compute-budget.ts";
import { feesProgram } from "./programs/fees.ts";
import { pumpProgram } from "./programs/pump.ts";
import { pumpAmmProgram } from "./programs/pump-amm.ts";
import { systemProgram } from "./programs/system.ts";
import { tokenProgram } from "./programs/token.ts";
import { executeTransaction } from "./runtime.ts";
import { CLOCK_SYSVAR, clockSysvarAccount } from "./sysvar.ts";
import type { Account, Clock, CompiledTransaction, TransactionError, TransactionRecord } from "./types.ts";
import { createWindow } from "./window.ts";

/** Slot time (Solana mainnet target). */
export const SLOT_MS = 400;

const PROGRAMS: ReadonlyMap<Address, Program> = new Map([
  [SYSTEM_PROGRAM, systemProgram],
  [COMPUTE_BUDGET_PROGRAM, computeBudgetProgram],
  [TOKEN_PROGRAM, tokenProgram],
  [TOKEN_2022_PROGRAM, tokenProgram],
  [ATA_PROGRAM, ataProgram],
  [PUMP_FEES_PROGRAM, feesProgram],
  [PUMP_PROGRAM, pumpProgram],
  [PUMP_SWAP_PROGRAM, pumpAmmProgram],
]);

export interface Blockhash {
  readonly blockhash: string;
  readonly lastValidBlockHeight: number;
}

/** What became of a transaction: refused before any block, or recorded in one (perhaps as failed). */
export type Outcome = { readonly refused: TransactionError } | { readonly refused: null; readonly record: TransactionRecord };

/** One chain: accounts, clock and blockhashes. It keeps no history; callers store the records. */
export interface Chain {
  readonly genesisHash: string;
  clock(): Clock;
  /** Moves the clock; slots never go back. */
  setClock(clock: Clock): void;
  account(address: Address): Account | null;
  accounts(): Iterable<readonly [Address, Account]>;
  /** Writes an account without a transaction: genesis, price feeds, and the market's fictions. */
  plant(address: Address, account: Account): void;
  remove(address: Address): void;
  latestBlockhash(): Blockhash;
  isBlockhashValid(blockhash: string): boolean;
  execute(transaction: CompiledTransaction): Outcome;
  /** Executes without writing anything; the blockhash is checked only when asked to. */
  simulate(transaction: CompiledTransaction, checkBlockhash: boolean): Simulation;
}

export interface Simulation {
  readonly err: TransactionError | null;
  readonly record: TransactionRecord | null;
  /** The accounts as they would be after the transaction. */
  readonly account: (address: Address) => Account | null;
}

export interface ChainOptions {
  readonly seed: string;
  readonly clock: Clock;
  /** Receives the transaction fees. */
  readonly feeCollector: Address;
  /** The accounts to start with; taken over, not copied. */
  readonly accounts?: AccountMap;
}

/** Creates a chain. The seed decides genesis hash and blockhashes, nothing else. */
export function createChain(options: ChainOptions): Chain {
  const accounts: AccountMap = options.accounts ?? new Map();
  let clock = options.clock;
  let indexInBlock = 0;

  const window = createWindow(options.seed, () => clock.slot);

  function run(transaction: CompiledTransaction) {
    return executeTransaction(accounts, transaction, { programs: PROGRAMS, clock, indexInBlock, feeCollector: options.feeCollector });
  }

  return {
    genesisHash: encodeBase58(seededBytes(`${options.seed}/genesis`, 32)),
    clock: () => clock,
    setClock: (next) => {
      if (next.slot < clock.slot) throw new RangeError("slots never go back");
      if (next.slot > clock.slot) {
        indexInBlock = 0;
        window.forget(next.slot);
      }
      clock = next;
    },
    account: (address) => (address === CLOCK_SYSVAR ? clockSysvarAccount(clock) : (accounts.get(address) ?? null)),
    accounts: () => accounts.entries(),
    plant: (address, account) => {
      accounts.set(address, account);
    },
    remove: (address) => {
      accounts.delete(address);
    },
    latestBlockhash: window.latest,
    isBlockhashValid: window.isValid,
    execute: (transaction) => {
      const refused = window.refusal(transaction);
      if (refused !== null) return { refused };
      const execution = run(transaction);
      if (execution.refused !== null) return { refused: execution.refused };
      execution.overlay.commit();
      indexInBlock++;
      window.note(transaction);
      return { refused: null, record: execution.record };
    },
    simulate: (transaction, checkBlockhash) => {
      const read = (address: Address): Account | null => accounts.get(address) ?? null;
      if (checkBlockhash && !window.isValid(transaction.recentBlockhash)) return { err: "BlockhashNotFound", record: null, account: read };
      const { record, refused, overlay } = run(transaction);
      const after = (address: Address): Account | null => {
        const account = overlay.get(address);
        return account.lamports === 0n ? null : account;
      };
      return { err: refused ?? record.err, record: refused === null ? record : null, account: after };
    },
  };
}
