import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getTransactionDecoder, type Address as KitAddress, lamports } from "@solana/kit";
import { FailedTransactionMetadata, LiteSVM, Clock as SvmClock, type TransactionMetadata } from "litesvm";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { PUMP_FEES_PROGRAM, PUMP_PROGRAM, PUMP_SWAP_PROGRAM, TOKEN_2022_PROGRAM } from "../../domain/solana/programs.ts";
import type { Address } from "../../domain/units.ts";
import { seededBytes } from "../chain/bytes.ts";
import type { Chain } from "../chain/chain.ts";
import type { AccountMap } from "../chain/overlay.ts";
import { UPGRADEABLE_LOADER } from "../chain/program-accounts.ts";
import { computeBudgetOf } from "../chain/programs/compute-budget.ts";
import { LAMPORTS_PER_SIGNATURE } from "../chain/runtime.ts";
import { SLOTS_PER_EPOCH } from "../chain/sysvar.ts";
import { tokenBalances } from "../chain/token-balances.ts";
import { serializeTransaction } from "../chain/transaction.ts";
import type { Account, Clock, CompiledTransaction, TransactionError, TransactionRecord } from "../chain/types.ts";
import { createWindow } from "../chain/window.ts";
import { transactionError } from "./errors.ts";

/** Programs of the folder, by file name. */
const PROGRAM_FILES: ReadonlyArray<readonly [Address, string]> = [
  [PUMP_PROGRAM, "pump.so"],
  [PUMP_SWAP_PROGRAM, "pump_amm.so"],
  [PUMP_FEES_PROGRAM, "pump_fees.so"],
  [TOKEN_2022_PROGRAM, "token_2022.so"],
];
const EMPTY: Account = { owner: "11111111111111111111111111111111", lamports: 0n, data: new Uint8Array(0), executable: false };

export interface SvmChainOptions {
  readonly seed: string;
  readonly clock: Clock;
  /** Folder with the programs as deployed: pump.so, pump_amm.so, pump_fees.so, token_2022.so. */
  readonly programsDir: string;
  /** Accounts to start with; programs and their code are left out, because the folder and litesvm bring their own. */
  readonly accounts: AccountMap;
}

/**
 * The same chain as `createChain`, with the real programs in litesvm instead of ours. Slots,
 * blockhash window and duplicate signatures are kept here, because litesvm knows one blockhash and
 * no time. Signatures are the caller's business, as on the other engine.
 */
export function createSvmChain(options: SvmChainOptions): Chain {
  // Duplicates are refused by the window; litesvm's own history would only repeat that.
  const svm = new LiteSVM().withSigverify(false).withBlockhashCheck(false).withNativeMints().withTransactionHistory(0n);
  for (const [program, file] of PROGRAM_FILES)
    svm.addProgramWithLoader(program as KitAddress, readFileSync(join(options.programsDir, file)), UPGRADEABLE_LOADER as KitAddress);
  const known = new Set<Address>();
  let clock = options.clock;
  let indexInBlock = 0;
  const window = createWindow(options.seed, () => clock.slot);

  function publishClock(): void {
    const epoch = BigInt(Math.floor(clock.slot / SLOTS_PER_EPOCH));
    svm.setClock(new SvmClock(BigInt(clock.slot), 0n, epoch, epoch + 1n, BigInt(Math.floor(clock.unixMs / 1000))));
  }

  function read(address: Address): Account | null {
    const found = svm.getAccount(address as KitAddress);
    if (!found.exists || found.lamports === 0n) return null;
    return { owner: found.programAddress, lamports: found.lamports, data: Uint8Array.from(found.data), executable: found.executable };
  }

  function plant(address: Address, account: Account): void {
    known.add(address);
    svm.setAccount({
      address: address as KitAddress,
      lamports: lamports(account.lamports),
      data: account.data,
      executable: account.executable,
      programAddress: account.owner as KitAddress,
      space: BigInt(account.data.length),
    });
  }

  function recordOf(
    transaction: CompiledTransaction,
    meta: TransactionMetadata,
    err: TransactionError | null,
    before: (address: Address) => Account,
    after: (address: Address) => Account,
  ): TransactionRecord {
    const keys = transaction.accountKeys;
    return {
      transaction,
      slot: clock.slot,
      indexInBlock,
      blockTimeS: Math.floor(clock.unixMs / 1000),
      err,
      feeLamports: LAMPORTS_PER_SIGNATURE * BigInt(transaction.signatures.length) + computeBudgetOf(transaction).priorityFeeLamports,
      inner: meta.innerInstructions().flatMap((group, index) => {
        const instructions = group.map((inner) => ({
          programIdIndex: inner.instruction().programIdIndex(),
          accounts: [...inner.instruction().accounts()],
          data: Uint8Array.from(inner.instruction().data()),
          stackHeight: inner.stackHeight(),
        }));
        return instructions.length === 0 ? [] : [{ index, instructions }];
      }),
      logs: meta.logs(),
      preBalances: keys.map((key) => before(key).lamports),
      postBalances: keys.map((key) => after(key).lamports),
      preTokenBalances: tokenBalances(keys, { get: before }),
      postTokenBalances: tokenBalances(keys, { get: after }),
      computeUnits: Number(meta.computeUnitsConsumed()),
    };
  }

  /** The accounts that a transaction names, as they are now. */
  function snapshot(transaction: CompiledTransaction): (address: Address) => Account {
    const taken = new Map(transaction.accountKeys.map((key) => [key, read(key) ?? EMPTY]));
    // Mints need not be named by a transaction that moves their tokens.
    return (address) => taken.get(address) ?? read(address) ?? EMPTY;
  }

  for (const [address, account] of options.accounts)
    if (!account.executable && account.owner !== UPGRADEABLE_LOADER) plant(address, account);
  publishClock();

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
      publishClock();
    },
    account: read,
    accounts: function* () {
      for (const address of known) {
        const account = read(address);
        if (account !== null) yield [address, account] as const;
      }
    },
    plant,
    remove: (address) => plant(address, EMPTY),
    latestBlockhash: window.latest,
    isBlockhashValid: window.isValid,
    execute: (transaction) => {
      const refused = window.refusal(transaction);
      if (refused !== null) return { refused };
      const before = snapshot(transaction);
      const result = svm.sendTransaction(getTransactionDecoder().decode(serializeTransaction(transaction)));
      const failed = result instanceof FailedTransactionMetadata;
      const err = failed ? transactionError(result) : null;
      if (err !== null && !entersBlock(err)) return { refused: err };
      for (const key of transaction.accountKeys) known.add(key);
      const record = recordOf(transaction, failed ? result.meta() : result, err, before, snapshot(transaction));
      window.note(transaction);
      indexInBlock++;
      return { refused: null, record };
    },
    simulate: (transaction, checkBlockhash) => {
      if (checkBlockhash && !window.isValid(transaction.recentBlockhash)) return { err: "BlockhashNotFound", record: null, account: read };
      const before = snapshot(transaction);
      const result = svm.simulateTransaction(getTransactionDecoder().decode(serializeTransaction(transaction)));
      if (result instanceof FailedTransactionMetadata) {
        const err = transactionError(result);
        const record = entersBlock(err) ? recordOf(transaction, result.meta(), err, before, before) : null;
        return { err, record, account: read };
      }
      const changed = new Map(
        result.postAccounts().map(({ address, programAddress, data, ...account }) => [
          address as Address,
          {
            owner: programAddress as Address,
            lamports: account.lamports as bigint,
            data: Uint8Array.from(data),
            executable: account.executable,
          },
        ]),
      );
      const account = (address: Address): Account | null => {
        const found = changed.get(address);
        if (found === undefined) return read(address);
        return found.lamports === 0n ? null : found;
      };
      return { err: null, record: recordOf(transaction, result.meta(), null, before, (address) => account(address) ?? EMPTY), account };
    },
  };
}

/** Failures that are recorded in a block and pay their fee; the others never get there. */
function entersBlock(err: TransactionError): boolean {
  return typeof err !== "string";
}
