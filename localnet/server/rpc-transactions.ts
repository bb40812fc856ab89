import { decodeBase58 } from "../../domain/solana/base58.ts";
import { decodeBase64 } from "../../domain/solana/base64.ts";
import { MAX_WIRE_TRANSACTION_BYTES } from "../../domain/solana/message.ts";
import { computeBudgetOf } from "../chain/programs/compute-budget.ts";
import { renderAccount, renderTransaction } from "../chain/render.ts";
import { LAMPORTS_PER_SIGNATURE } from "../chain/runtime.ts";
import { readWireTransaction, type SignedTransaction } from "../chain/transaction.ts";
import { BLOCKHASH_VALID_BLOCKS, SKIPPED_SLOTS } from "../chain/window.ts";
import type { RpcMethod } from "./rpc.ts";
import { invalidParams, RPC_ERROR, RpcFailure } from "./rpc-errors.ts";
import { addressAt, type Commitment, configAt, signatureAt, textAt } from "./rpc-params.ts";
import type { RpcSource } from "./rpc-source.ts";
import { verifySignatures } from "./signatures.ts";

/** Slots until a block is finalized (Solana: 31 confirmations). */
export const FINALITY_SLOTS = 32;
const MAX_STATUSES = 256;
/** First byte of a version-0 message. */
const VERSION_0 = 0x80;

/** Newest slot that a commitment lets a caller see. */
export function visibleSlot(slot: number, commitment: Commitment): number {
  return commitment === "finalized" ? slot - FINALITY_SLOTS : slot;
}

/** Methods that read or send transactions. */
export function transactionMethods(source: RpcSource): Readonly<Record<string, RpcMethod>> {
  const { chain, history } = source;

  return {
    getSignaturesForAddress: (params) => {
      const config = configAt(params, 1);
      const entries = history.signaturesFor(addressAt(params, 0), {
        limit: config.limit ?? 1_000,
        maxSlot: visibleSlot(chain.clock().slot, config.commitment),
        ...(config.before == null ? {} : { before: config.before }),
        ...(config.until == null ? {} : { until: config.until }),
      });
      return entries.map(({ signature, slot, blockTimeS, err }) => ({
        blockTime: blockTimeS,
        confirmationStatus: statusOf(chain.clock().slot, slot),
        err,
        memo: null,
        signature,
        slot,
      }));
    },
    getTransaction: (params) => {
      const signature = signatureAt(params, 0);
      const config = configAt(params, 1);
      if (config.encoding !== undefined && config.encoding !== "json")
        return invalidParams(`Invalid params: encoding ${config.encoding} is not supported here`);
      const record = history.get(signature);
      if (record === null || record.slot > visibleSlot(chain.clock().slot, config.commitment)) return null;
      if (record.transaction.version === 0 && config.maxSupportedTransactionVersion == null)
        throw new RpcFailure(
          -32_015,
          'Transaction version (0) is not supported by the requesting client. Please try the request again with the following configuration parameter: "maxSupportedTransactionVersion": 0',
        );
      return renderTransaction(record);
    },
    getSignatureStatuses: (params) => {
      const list = params[0];
      if (!Array.isArray(list) || list.length > MAX_STATUSES) return invalidParams(`Too many inputs provided; max ${MAX_STATUSES}`);
      const { slot: now } = chain.clock();
      const oldest = configAt(params, 1).searchTransactionHistory ? 0 : now - BLOCKHASH_VALID_BLOCKS;
      const value = list.map((_, index) => {
        const entry = history.entry(signatureAt(list, index));
        // Without a search in the history, nodes know the recent past only.
        if (entry === null || entry.slot < oldest) return null;
        const confirmations = now - entry.slot;
        return {
          confirmationStatus: statusOf(now, entry.slot),
          confirmations: confirmations >= FINALITY_SLOTS ? null : confirmations,
          err: entry.err,
          slot: entry.slot,
          status: entry.err === null ? { Ok: null } : { Err: entry.err },
        };
      });
      return { context: { apiVersion: "2.3.0", slot: now }, value };
    },
    simulateTransaction: async (params) => {
      const config = configAt(params, 1);
      const signed = readTransaction(textAt(params, 0), config.encoding);
      if (config.sigVerify && config.replaceRecentBlockhash) return invalidParams("sigVerify may not be used with replaceRecentBlockhash");
      if (config.sigVerify && !(await verifySignatures(signed))) throw signatureFailure();
      const { err, record, account } = chain.simulate(signed.transaction, !config.replaceRecentBlockhash);
      const { blockhash, lastValidBlockHeight } = chain.latestBlockhash();
      return {
        context: { apiVersion: "2.3.0", slot: chain.clock().slot },
        value: {
          accounts:
            config.accounts?.addresses.map((address) => {
              const found = account(address);
              return found === null || err !== null ? null : renderAccount(found);
            }) ?? null,
          err,
          innerInstructions: null,
          loadedAccountsDataSize: signed.transaction.accountKeys.reduce((sum, key) => sum + (chain.account(key)?.data.length ?? 0), 0),
          logs: record?.logs ?? [],
          replacementBlockhash: config.replaceRecentBlockhash ? { blockhash, lastValidBlockHeight } : null,
          returnData: null,
          unitsConsumed: record?.computeUnits ?? 0,
        },
      };
    },
    sendTransaction: async (params) => {
      const config = configAt(params, 1);
      const signed = readTransaction(textAt(params, 0), config.encoding);
      const signature = signed.transaction.signatures[0] ?? "";
      if (!(await verifySignatures(signed))) throw signatureFailure();
      // The network executes the same signed bytes once, however often they are sent.
      if (history.entry(signature) !== null) return signature;
      if (!config.skipPreflight) {
        const { err, record } = chain.simulate(signed.transaction, true);
        if (err !== null) {
          const message = `Transaction simulation failed: ${typeof err === "string" ? err : JSON.stringify(err)}`;
          const data = { accounts: null, err, logs: record?.logs ?? [], returnData: null, unitsConsumed: record?.computeUnits ?? 0 };
          throw new RpcFailure(RPC_ERROR.preflightFailure, message, data);
        }
      }
      // Without preflight a refused transaction is dropped in silence, as a leader drops it.
      source.execute(signed.transaction);
      return signature;
    },
    getFeeForMessage: (params) => {
      const message = decodeBase64(textAt(params, 0));
      const parsed = message === null ? null : readUnsigned(message);
      if (parsed === null) return invalidParams("Invalid params: message");
      const { transaction } = parsed;
      const fee =
        LAMPORTS_PER_SIGNATURE * BigInt(transaction.header.numRequiredSignatures) + computeBudgetOf(transaction).priorityFeeLamports;
      const value = chain.isBlockhashValid(transaction.recentBlockhash) ? Number(fee) : null;
      return { context: { apiVersion: "2.3.0", slot: chain.clock().slot }, value };
    },
    getBlockHeight: (params) => visibleSlot(chain.clock().slot, configAt(params, 0).commitment) - SKIPPED_SLOTS,
    getSlot: (params) => visibleSlot(chain.clock().slot, configAt(params, 0).commitment),
  };
}

function statusOf(now: number, slot: number): Commitment {
  if (now - slot >= FINALITY_SLOTS) return "finalized";
  return now > slot ? "confirmed" : "processed";
}

/** The answer to a transaction whose signatures do not cover its message. */
export function signatureFailure(): RpcFailure {
  return new RpcFailure(RPC_ERROR.signatureVerification, "Transaction signature verification failure");
}

/** Longest text of a packet: base58 takes 138 % of the bytes. */
const MAX_TEXT_CHARS = Math.ceil(MAX_WIRE_TRANSACTION_BYTES * 1.4);

/** A transaction from base64 or base58 text; fails the call when it is none, or longer than a packet. */
export function readTransaction(text: string, encoding: string | undefined): SignedTransaction {
  if (text.length > MAX_TEXT_CHARS) return invalidParams(`base64 encoded solana_transaction too large: ${text.length} bytes`);
  const bytes = encoding === "base64" ? decodeBase64(text) : decodeBase58(text);
  if (bytes === null) return invalidParams(`invalid ${encoding ?? "base58"} encoding`);
  const parsed = readWireTransaction(bytes);
  return parsed.ok ? parsed.value : invalidParams(`failed to deserialize transaction: ${parsed.detail ?? parsed.reason}`);
}

/** A message as a transaction whose signatures are zeros; null when it is neither legacy nor version 0. */
function readUnsigned(message: Uint8Array): SignedTransaction | null {
  const signatures = message[0] === VERSION_0 ? message[1] : message[0];
  if (signatures === undefined || signatures === 0 || signatures >= VERSION_0 || message.length > MAX_WIRE_TRANSACTION_BYTES) return null;
  const wire = new Uint8Array(1 + 64 * signatures + message.length);
  wire[0] = signatures;
  wire.set(message, 1 + 64 * signatures);
  const parsed = readWireTransaction(wire);
  return parsed.ok ? parsed.value : null;
}
