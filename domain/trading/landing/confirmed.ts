import { z } from "zod";
import { stringifyExact } from "../../json.ts";
import { ok, type Result, refuse } from "../../result.ts";
import { type ChainTransaction, parseTransaction } from "../../solana/transaction.ts";
import type { Address } from "../../units.ts";

/** A confirmed transaction with what it paid the network and how it failed. */
export interface ConfirmedTransaction {
  readonly transaction: ChainTransaction;
  readonly slot: number;
  readonly feeLamports: bigint;
  readonly err: unknown;
}

const metaSchema = z.object({
  meta: z.object({
    fee: z.union([z.number().int().nonnegative(), z.bigint()]).transform(BigInt),
    err: z.unknown(),
  }),
});

/** Reads a `getTransaction` answer. Refuses with TX_NOT_FOUND when the node has none yet, and with TX_MALFORMED. */
export function parseConfirmed(json: unknown): Result<ConfirmedTransaction> {
  const parsed = parseTransaction(json);
  if (!parsed.ok) return parsed;
  const extra = metaSchema.safeParse(json);
  if (!extra.success) return refuse("TX_MALFORMED", "meta has no fee");
  const { slot } = parsed.value;
  if (slot === null) return refuse("TX_MALFORMED", "no slot");
  return ok({ transaction: parsed.value, slot, feeLamports: extra.data.meta.fee, err: extra.data.meta.err ?? null });
}

/** What two readings of one transaction tell differently of its outcome, its fee or the balances of `accounts`; null when nothing. */
export function contradiction(first: ConfirmedTransaction, second: ConfirmedTransaction, accounts: readonly Address[]): string | null {
  if (stringifyExact(first.err) !== stringifyExact(second.err)) return "outcome";
  if (first.feeLamports !== second.feeLamports) return "fee";
  const isSame = accounts.every((account) => stringifyExact(balancesOf(first, account)) === stringifyExact(balancesOf(second, account)));
  return isSame ? null : "balance of ours";
}

function balancesOf({ transaction }: ConfirmedTransaction, account: Address): unknown {
  const { accountKeys, preBalances, postBalances, preTokenBalances, postTokenBalances } = transaction;
  const index = accountKeys.indexOf(account);
  const tokens = [preTokenBalances, postTokenBalances].map((list) => list.find((balance) => balance.account === account)?.amount ?? null);
  return [preBalances[index] ?? null, postBalances[index] ?? null, ...tokens];
}

/** The program's own error number in a transaction error, as `{"InstructionError":[2,{"Custom":6004}]}`; null when it has none. */
export function customError(err: unknown): { readonly instruction: number; readonly code: number } | null {
  const parsed = z.object({ InstructionError: z.tuple([z.number(), z.object({ Custom: z.number() })]) }).safeParse(err);
  return parsed.success ? { instruction: parsed.data.InstructionError[0], code: parsed.data.InstructionError[1].Custom } : null;
}

/** A transaction error in a line for people, at most 200 characters. */
export function describeError(err: unknown): string {
  const custom = customError(err);
  if (custom !== null) return `instruction ${custom.instruction}: custom error ${custom.code}`;
  return (typeof err === "string" ? err : stringifyExact(err)).slice(0, 200);
}
