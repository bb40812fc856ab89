import { base64 } from "@scure/base";
import { z } from "zod";
import { U64_MAX } from "../../domain/units.ts";

const uint = z.number().int().nonnegative();
const u64 = z.union([uint, z.bigint().nonnegative().max(U64_MAX)]).transform((value) => BigInt(value));
const context = z.object({ slot: uint });
const hash32 = z.string().min(32).max(44);

export const slotReply = uint;
export const epochInfoReply = z
  .object({ absoluteSlot: uint, blockHeight: uint })
  .transform(({ absoluteSlot, blockHeight }) => ({ slot: absoluteSlot, blockHeight }));
export const contextReply = z.object({ context });
export const genesisReply = hash32;

const account = z
  .object({ owner: z.string().min(1).max(44), lamports: u64, data: z.tuple([z.string(), z.literal("base64")]) })
  .transform((value) => ({ owner: value.owner, lamports: value.lamports, data: base64.decode(value.data[0]) }));

export const accountsReply = z.object({ context, value: z.array(account.nullable()) });

export const signaturesReply = z.array(
  z.object({ signature: z.string(), slot: uint, blockTime: z.number().nullish(), err: z.unknown() }).transform((row) => ({
    signature: row.signature,
    slot: row.slot,
    blockTimeMs: row.blockTime == null ? null : row.blockTime * 1000,
    failed: row.err != null,
  })),
);

/** `err` must be there: an answer without it does not say whether the transaction succeeded. */
const error = z.unknown().refine((value) => value !== undefined);
const status = z
  .object({ slot: uint, confirmationStatus: z.enum(["processed", "confirmed", "finalized"]).nullish(), err: error })
  .transform((row) => ({
    slot: row.slot,
    confirmationStatus: row.confirmationStatus ?? null,
    err: row.err,
  }));
export const statusesReply = z.object({ context, value: z.array(status.nullable()) });

/** Left to the decoder; `undefined` would be a reply without a result. */
export const transactionReply = z.unknown().refine((value) => value !== undefined);

export const holdersReply = z.object({
  value: z.array(
    z
      .object({ address: z.string(), amount: z.string().regex(/^\d{1,20}$/) })
      .transform((row) => ({ address: row.address, amount: BigInt(row.amount) })),
  ),
});

export const blockhashReply = z
  .object({ context, value: z.object({ blockhash: hash32, lastValidBlockHeight: uint }) })
  .transform((reply) => ({ ...reply.value, slot: reply.context.slot }));

const simulated = z.object({
  err: error,
  logs: z.array(z.string()).nullish(),
  unitsConsumed: uint.nullish(),
  accounts: z.array(account.nullable()).nullish(),
});
export const simulationReply = z.object({ context, value: simulated }).transform(({ context: { slot }, value }) => simulation(value, slot));

/** The simulation that a preflight failure carries (`data` of JSON-RPC error -32002); it has no slot of its own. */
export const preflightData = simulated.refine((value) => value.err !== null).transform((value) => simulation(value, 0));

function simulation(value: z.output<typeof simulated>, slot: number) {
  return { slot, err: value.err, logs: value.logs ?? [], unitsConsumed: value.unitsConsumed ?? null, accounts: value.accounts ?? [] };
}

/** Base58 of 64 bytes. */
export const signatureReply = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{64,88}$/);

/** Helius: docs.helius.dev getPriorityFeeEstimate, micro-lamports per compute unit as a float. */
export const heliusFeeReply = z
  .object({ priorityFeeEstimate: z.number().nonnegative().max(Number.MAX_SAFE_INTEGER) })
  .transform((reply) => BigInt(Math.ceil(reply.priorityFeeEstimate)));
export const recentFeesReply = z.array(z.object({ slot: uint, prioritizationFee: u64 }));

export const envelope = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.number(), z.string(), z.null()]),
  result: z.unknown().optional(),
  error: z.object({ code: z.number().int(), message: z.string(), data: z.unknown().optional() }).optional(),
});
