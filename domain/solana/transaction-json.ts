import { z } from "zod";

/** The runtime allows 64 instructions per transaction, inner ones included (MAX_INSTRUCTION_TRACE_LENGTH). */
const MAX_INSTRUCTIONS = 256;
/** Accounts are addressed by one byte. */
const MAX_ACCOUNTS = 256;
/** 10,000 bytes of logs make fewer lines than this. */
const MAX_LOG_LINES = 4_096;

const index = z.number().int().min(0).max(255);
const slotNumber = z.number().int().nonnegative();
const seconds = z.number().int().nonnegative();
/** Beyond 2^53 only a bigint is exact. */
const lamports = z.union([z.number().nonnegative(), z.bigint().nonnegative()]);

const compiledInstruction = z.object({
  programIdIndex: index,
  accounts: z.array(index).max(MAX_ACCOUNTS),
  data: z.string(),
});
const resolvedInstruction = z.object({
  programId: z.string(),
  accounts: z.array(z.string()).max(MAX_ACCOUNTS),
  data: z.string(),
});
/** An instruction that the RPC node parsed: its data and accounts are lost. */
const parsedInstruction = z.object({ programId: z.string(), parsed: z.unknown() });
const instruction = z.union([compiledInstruction, resolvedInstruction, parsedInstruction]);
const instructions = z.array(instruction).max(MAX_INSTRUCTIONS);

const tokenBalance = z.object({
  accountIndex: index,
  mint: z.string(),
  owner: z.string().nullish(),
  programId: z.string().nullish(),
  uiTokenAmount: z.object({ amount: z.string().regex(/^\d{1,20}$/), decimals: z.number().int().min(0).max(255) }),
});

const meta = z.object({
  err: z.unknown().optional(),
  fee: lamports.nullish(),
  innerInstructions: z.array(z.object({ index, instructions })).max(MAX_INSTRUCTIONS).nullish(),
  logMessages: z.array(z.string()).max(MAX_LOG_LINES).nullish(),
  preBalances: z.array(lamports).max(MAX_ACCOUNTS).nullish(),
  postBalances: z.array(lamports).max(MAX_ACCOUNTS).nullish(),
  preTokenBalances: z.array(tokenBalance).max(MAX_ACCOUNTS).nullish(),
  postTokenBalances: z.array(tokenBalance).max(MAX_ACCOUNTS).nullish(),
  loadedAddresses: z.object({ writable: z.array(z.string()).max(MAX_ACCOUNTS), readonly: z.array(z.string()).max(MAX_ACCOUNTS) }).nullish(),
});

const jsonTransaction = z.object({
  signatures: z.array(z.string()).min(1).max(MAX_ACCOUNTS),
  message: z.object({
    accountKeys: z.array(z.union([z.string(), z.object({ pubkey: z.string() })])).max(MAX_ACCOUNTS),
    instructions,
  }),
});
/** `encoding: "base64"` or `"base58"`: the wire bytes. */
const wireTransaction = z.tuple([z.string(), z.enum(["base64", "base58"])]);

/** A transaction as getTransaction, blockSubscribe and Helius's raw webhook state it. */
export const rawTransactionSchema = z.object({
  slot: slotNumber.nullish(),
  blockTime: seconds.nullish(),
  transaction: z.union([jsonTransaction, wireTransaction]),
  meta,
});

const enhancedInstruction = z.object({
  programId: z.string(),
  accounts: z.array(z.string()).max(MAX_ACCOUNTS),
  data: z.string(),
});

/** A transaction as Helius's enhanced webhook states it: no logs, no balances. */
export const enhancedTransactionSchema = z.object({
  signature: z.string(),
  slot: slotNumber.nullish(),
  timestamp: seconds.nullish(),
  transactionError: z.unknown().optional(),
  accountData: z.array(z.object({ account: z.string() })).max(MAX_ACCOUNTS),
  instructions: z
    .array(enhancedInstruction.extend({ innerInstructions: z.array(enhancedInstruction).max(MAX_INSTRUCTIONS).nullish() }))
    .max(MAX_INSTRUCTIONS)
    .nullish(),
});

export type RawTransaction = z.infer<typeof rawTransactionSchema>;
export type RawInstruction = z.infer<typeof instruction>;
export type RawTokenBalance = z.infer<typeof tokenBalance>;
export type EnhancedTransaction = z.infer<typeof enhancedTransactionSchema>;
