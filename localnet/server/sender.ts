import { z } from "zod";
import { HELIUS_TIP_ACCOUNTS } from "../../domain/signing/tip-accounts.ts";
import { ByteReader } from "../../domain/solana/bytes.ts";
import { COMPUTE_BUDGET_PROGRAM, SYSTEM_PROGRAM } from "../../domain/solana/programs.ts";
import type { CompiledTransaction } from "../chain/types.ts";
import type { RpcMethod } from "./rpc.ts";
import { RPC_ERROR, RpcFailure } from "./rpc-errors.ts";
import { textAt } from "./rpc-params.ts";
import type { RpcSource } from "./rpc-source.ts";
import { readTransaction, signatureFailure } from "./rpc-transactions.ts";
import { verifySignatures } from "./signatures.ts";

/** Smallest tip that Helius Sender accepts (docs.helius.dev, Sender). */
export const MIN_TIP_LAMPORTS = 200_000n;
const SET_UNIT_PRICE = 3;
const SYSTEM_TRANSFER = 2;

const optionsSchema = z.object({ encoding: z.string().optional(), skipPreflight: z.literal(true), maxRetries: z.literal(0) });

/** The one method of Helius Sender: sendTransaction under its rules. */
export function senderMethods(source: RpcSource): Readonly<Record<string, RpcMethod>> {
  return {
    sendTransaction: async (params) => {
      const options = optionsSchema.safeParse(params[1]);
      if (!options.success) return refuseSend("skipPreflight must be true and maxRetries must be 0");
      const signed = readTransaction(textAt(params, 0), options.data.encoding);
      const { transaction } = signed;
      if (!(await verifySignatures(signed))) throw signatureFailure();
      if (!setsUnitPrice(transaction)) return refuseSend("transaction must set a compute unit price");
      const tip = tipLamports(transaction);
      if (tip < MIN_TIP_LAMPORTS) return refuseSend(`transaction must tip at least ${MIN_TIP_LAMPORTS} lamports, not ${tip}`);
      const signature = transaction.signatures[0] ?? "";
      if (source.history.entry(signature) === null) source.execute(transaction);
      return signature;
    },
  };
}

function refuseSend(message: string): never {
  throw new RpcFailure(RPC_ERROR.invalidParams, message);
}

function setsUnitPrice({ instructions, accountKeys }: CompiledTransaction): boolean {
  return instructions.some(
    ({ programIdIndex, data }) => accountKeys[programIdIndex] === COMPUTE_BUDGET_PROGRAM && data[0] === SET_UNIT_PRICE,
  );
}

/** Lamports that the transaction's own transfers give to tip accounts. */
function tipLamports({ instructions, accountKeys }: CompiledTransaction): bigint {
  let sum = 0n;
  for (const { programIdIndex, accounts, data } of instructions) {
    if (accountKeys[programIdIndex] !== SYSTEM_PROGRAM) continue;
    const reader = new ByteReader(data);
    const target = accountKeys[accounts[1] ?? -1];
    if (reader.u32() === SYSTEM_TRANSFER && target !== undefined && HELIUS_TIP_ACCOUNTS.includes(target)) sum += reader.u64();
  }
  return sum;
}
