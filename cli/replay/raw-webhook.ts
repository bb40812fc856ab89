import { z } from "zod";
import { decodeBase58, encodeBase58 } from "../../domain/solana/base58.ts";
import { decodeBase64 } from "../../domain/solana/base64.ts";
import { decodeWireTransaction } from "../../domain/solana/message.ts";
import { type RawInstruction, rawTransactionSchema } from "../../domain/solana/transaction-json.ts";

/** What jsonParsed says of an account beside its address. */
const parsedKeySchema = z.object({
  pubkey: z.string(),
  signer: z.boolean().nullish(),
  writable: z.boolean().nullish(),
  source: z.string().nullish(),
});
type ParsedKey = z.infer<typeof parsedKeySchema>;
type Json = Readonly<Record<string, unknown>>;

/**
 * A recorded transaction as an entry of Helius's raw webhook: compiled instructions, string keys,
 * `loadedAddresses`. Wire bytes are decoded and jsonParsed is compiled back; an instruction that an
 * RPC node parsed away stays without accounts and data. Helius's enhanced entries are a webhook kind
 * of their own and are returned as they are.
 */
export function toRawWebhookEntry(candidate: unknown): unknown {
  const raw = rawTransactionSchema.safeParse(candidate);
  if (!raw.success || typeof candidate !== "object" || candidate === null) return candidate;
  const recorded = candidate as Json;
  const { slot, blockTime, transaction } = raw.data;
  const position = recorded["transactionIndex"] ?? recorded["indexWithinBlock"];
  const compiled = Array.isArray(transaction) ? fromWire(transaction) : fromJson(recorded, raw.data);
  return {
    blockTime: blockTime ?? null,
    indexWithinBlock: typeof position === "number" ? position : null,
    slot: slot ?? null,
    meta: recorded["meta"],
    transaction: recorded["transaction"],
    ...compiled,
  };
}

/** A raw webhook entry as a getTransaction answer; null for an enhanced one, which lacks most of it. */
export function toGetTransactionResult(entry: unknown): unknown {
  if (typeof entry !== "object" || entry === null || !("meta" in entry)) return null;
  const { indexWithinBlock: _index, ...result } = entry as Json;
  const message = (result["transaction"] as { message?: { addressTableLookups?: unknown } } | undefined)?.message;
  return { ...result, version: Array.isArray(message?.addressTableLookups) ? 0 : "legacy" };
}

function fromWire([text, encoding]: readonly [string, "base64" | "base58"]): Json {
  const bytes = encoding === "base64" ? decodeBase64(text) : decodeBase58(text);
  const wire = bytes === null ? null : decodeWireTransaction(bytes);
  if (wire === null || !wire.ok) return {};
  const { signatures, header, accountKeys, recentBlockhash, instructions, addressTableLookups, version } = wire.value;
  const compiled = instructions.map(({ programIdIndex, accounts, data }) => ({ programIdIndex, accounts, data: encodeBase58(data) }));
  const lookups = version === 0 ? { addressTableLookups } : {};
  return { transaction: { signatures, message: { header, accountKeys, recentBlockhash, instructions: compiled, ...lookups } } };
}

function fromJson(recorded: Json, { transaction, meta }: z.infer<typeof rawTransactionSchema>): Json {
  if (Array.isArray(transaction) || transaction.message.accountKeys.every((key) => typeof key === "string")) return {};
  const { message } = recorded["transaction"] as { message: Json };
  const keys = z.array(parsedKeySchema).safeParse(message["accountKeys"]);
  if (!keys.success) return {};
  const isLoaded = ({ source }: ParsedKey) => source === "lookupTable";
  const stored = keys.data.filter((key) => !isLoaded(key));
  const loaded = keys.data.filter(isLoaded);
  const ordered = [...stored, ...loaded.filter(({ writable }) => writable), ...loaded.filter(({ writable }) => !writable)];
  const positions = new Map(ordered.map(({ pubkey }, i) => [pubkey, i]));
  const compile = (instruction: RawInstruction) => compileInstruction(instruction, positions);
  const { accountKeys: _keys, ...rest } = message;
  return {
    transaction: {
      signatures: transaction.signatures,
      message: {
        ...rest,
        header: {
          numRequiredSignatures: stored.filter(({ signer }) => signer).length,
          numReadonlySignedAccounts: stored.filter(({ signer, writable }) => signer && !writable).length,
          numReadonlyUnsignedAccounts: stored.filter(({ signer, writable }) => !signer && !writable).length,
        },
        accountKeys: stored.map(({ pubkey }) => pubkey),
        instructions: transaction.message.instructions.map(compile),
      },
    },
    meta: {
      ...(recorded["meta"] as Json),
      innerInstructions:
        meta.innerInstructions?.map(({ index, instructions }) => ({ index, instructions: instructions.map(compile) })) ?? null,
      loadedAddresses: {
        writable: loaded.filter(({ writable }) => writable).map(({ pubkey }) => pubkey),
        readonly: loaded.filter(({ writable }) => !writable).map(({ pubkey }) => pubkey),
      },
    },
  };
}

/** Programs and accounts that are not among the keys cannot be in a transaction: they become index 255, which no reader resolves. */
function compileInstruction(instruction: RawInstruction, positions: ReadonlyMap<string, number>): Json {
  if ("programIdIndex" in instruction) return instruction;
  const at = (key: string) => positions.get(key) ?? 255;
  if ("parsed" in instruction) return { programIdIndex: at(instruction.programId), accounts: [], data: "" };
  return { programIdIndex: at(instruction.programId), accounts: instruction.accounts.map(at), data: instruction.data };
}
