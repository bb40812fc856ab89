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
import type { Address, Signature } from "../../domain/units.ts";
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

/** Slot time (Solana mainnet target). */
export const SLOT_MS = 400;
/** A blockhash is accepted for this many blocks (Solana MAX_RECENT_BLOCKHASHES / 2). */
export const BLOCKHASH_VALID_BLOCKS = 150;
/** Blocks are fewer than slots, because leaders skip some: keeps callers from confusing the two. */
export const SKIPPED_SLOTS = 22_000_000;

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
  const recent = new Map<string, number>();
  const processed = new Map<Signature, number>();
  let clock = options.clock;
  let indexInBlock = 0;

  function hashOf(slot: number): string {
    return encodeBase58(seededBytes(`${options.seed}/blockhash/${slot}`, 32));
  }

  /** Fills the window of valid blockhashes: slots that nobody asked for have none yet. */
  function fillWindow(): void {
    const known = new Set(recent.values());
    for (let slot = Math.max(0, clock.slot - BLOCKHASH_VALID_BLOCKS); slot <= clock.slot; slot++) {
      if (!known.has(slot)) recent.set(hashOf(slot), slot);
    }
    for (const [hash, slot] of recent) if (slot < clock.slot - BLOCKHASH_VALID_BLOCKS) recent.delete(hash);
  }

  function isBlockhashValid(blockhash: string): boolean {
    const known = recent.get(blockhash);
    if (known !== undefined) return known >= clock.slot - BLOCKHASH_VALID_BLOCKS;
    fillWindow();
    return recent.has(blockhash);
  }

  let latest = { slot: -1, hash: "" };
  function latestBlockhash(): Blockhash {
    if (latest.slot !== clock.slot) {
      latest = { slot: clock.slot, hash: hashOf(clock.slot) };
      recent.set(latest.hash, clock.slot);
    }
    return { blockhash: latest.hash, lastValidBlockHeight: clock.slot - SKIPPED_SLOTS + BLOCKHASH_VALID_BLOCKS };
  }

  function refusal(transaction: CompiledTransaction): TransactionError | null {
    if (!isBlockhashValid(transaction.recentBlockhash)) return "BlockhashNotFound";
    const signature = transaction.signatures[0];
    return signature === undefined || processed.has(signature) ? "AlreadyProcessed" : null;
  }

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
        for (const [signature, slot] of processed) {
          if (slot >= next.slot - BLOCKHASH_VALID_BLOCKS) break;
          processed.delete(signature);
        }
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
    latestBlockhash,
    isBlockhashValid,
    execute: (transaction) => {
      const refused = refusal(transaction);
      if (refused !== null) return { refused };
      const execution = run(transaction);
      if (execution.refused !== null) return { refused: execution.refused };
      execution.overlay.commit();
      indexInBlock++;
      const signature = transaction.signatures[0];
      if (signature !== undefined) processed.set(signature, clock.slot);
      return { refused: null, record: execution.record };
    },
    simulate: (transaction, checkBlockhash) => {
      const read = (address: Address): Account | null => accounts.get(address) ?? null;
      if (checkBlockhash && !isBlockhashValid(transaction.recentBlockhash))
        return { err: "BlockhashNotFound", record: null, account: read };
      const { record, refused, overlay } = run(transaction);
      const after = (address: Address): Account | null => {
        const account = overlay.get(address);
        return account.lamports === 0n ? null : account;
      };
      return { err: refused ?? record.err, record: refused === null ? record : null, account: after };
    },
  };
}
