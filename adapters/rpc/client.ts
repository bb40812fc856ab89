import { ok } from "../../domain/result.ts";
import type { Address } from "../../domain/units.ts";
import { type HttpOptions, httpCall, RPC_CODE, type RpcCall } from "./call.ts";
import { priorityFeeEstimate } from "./fees.ts";
import {
  accountsReply,
  blockhashReply,
  epochInfoReply,
  genesisReply,
  holdersReply,
  preflightData,
  signaturesReply,
  simulationReply,
  slotReply,
  statusesReply,
  transactionReply,
} from "./schemas.ts";
import { sendVia } from "./send.ts";
import type { Rpc, RpcRefusal } from "./types.ts";

export type {
  AccountInfo,
  AccountsOptions,
  AccountsReply,
  LatestBlockhash,
  PriorityFeeQuery,
  Provider,
  Rpc,
  RpcReason,
  RpcRefusal,
  RpcResult,
  SendResult,
  SignatureInfo,
  SignatureLookup,
  SignatureStatus,
  Simulation,
  TokenHolder,
} from "./types.ts";

/** Solana's limit of `getMultipleAccounts` (solana.com/docs/rpc/http/getmultipleaccounts). */
export const MAX_ACCOUNTS_PER_CALL = 100;
/** Solana's limit of `getSignatureStatuses` (solana.com/docs/rpc/http/getsignaturestatuses). */
export const MAX_STATUSES_PER_CALL = 256;

export type RpcOptions = HttpOptions;

/** The methods over one node's HTTP endpoint, with a deadline per call, bounded replies and validated shapes. Errors as `httpCall`. */
export function createRpc(options: RpcOptions): Rpc {
  return rpcOver(httpCall(options));
}

/** The methods over any way of calling. Too many inputs are a bug of the caller: RangeError. */
export function rpcOver(call: RpcCall): Rpc {
  const confirmed = { commitment: "confirmed" } as const;

  async function statuses(signatures: readonly string[], searchTransactionHistory: boolean) {
    if (signatures.length > MAX_STATUSES_PER_CALL) throw new RangeError(`expected at most ${MAX_STATUSES_PER_CALL} signatures`);
    const reply = await call("getSignatureStatuses", [signatures, { searchTransactionHistory }], statusesReply);
    if (!reply.ok || reply.value.value.length === signatures.length) return reply;
    return malformed("getSignatureStatuses: wrong length");
  }

  return {
    getSlot: () => call("getSlot", [confirmed], slotReply),
    getBlockHeight: () => call("getBlockHeight", [confirmed], slotReply),
    getProgress: () => call("getEpochInfo", [confirmed], epochInfoReply),
    getLatestBlockhash: () => call("getLatestBlockhash", [confirmed], blockhashReply),
    getAccounts: async (addresses, options = {}) => {
      if (addresses.length > MAX_ACCOUNTS_PER_CALL) throw new RangeError(`expected at most ${MAX_ACCOUNTS_PER_CALL} addresses`);
      const { timeoutMs, ...config } = options;
      const params = [addresses, { ...confirmed, encoding: "base64", ...config }];
      const reply = await call("getMultipleAccounts", params, accountsReply, timeoutMs === undefined ? {} : { timeoutMs });
      if (!reply.ok) return reply;
      if (reply.value.value.length !== addresses.length) return malformed("getMultipleAccounts: wrong length");
      if (reply.value.context.slot < (options.minContextSlot ?? 0)) return behind("getMultipleAccounts: an older slot than asked for");
      return ok({ slot: reply.value.context.slot, accounts: reply.value.value });
    },
    getSignaturesForAddress: (address, range = {}) =>
      call("getSignaturesForAddress", [address, { ...confirmed, ...range }], signaturesReply),
    getSignatureStatuses: async (signatures, options = {}) => {
      const reply = await statuses(signatures, options.searchHistory ?? false);
      return reply.ok ? ok(reply.value.value) : reply;
    },
    getSignatureStatus: async (signature) => {
      const reply = await statuses([signature], true);
      return reply.ok ? ok({ contextSlot: reply.value.context.slot, status: reply.value.value[0] ?? null }) : reply;
    },
    getTransaction: (signature) =>
      call("getTransaction", [signature, { ...confirmed, encoding: "json", maxSupportedTransactionVersion: 0 }], transactionReply),
    getTokenLargestAccounts: async (mint) => {
      const reply = await call("getTokenLargestAccounts", [mint, confirmed], holdersReply);
      return reply.ok ? ok(reply.value.value) : reply;
    },
    getGenesisHash: () => call("getGenesisHash", [], genesisReply),
    simulateTransaction: async (wireBase64, { accounts = [] } = {}) => {
      const reply = await call("simulateTransaction", [wireBase64, simulationConfig(accounts)], simulationReply, {
        onError: ({ code, data }) => {
          if (code !== RPC_CODE.preflightFailure) return null;
          const failure = preflightData.safeParse(data);
          return failure.success ? ok(failure.data) : null;
        },
      });
      if (!reply.ok || reply.value.err !== null || reply.value.accounts.length === accounts.length) return reply;
      return malformed("simulateTransaction: wrong length of accounts");
    },
    sendTransaction: (wireBase64) => sendVia(call, wireBase64),
    getPriorityFeeEstimate: (query) => priorityFeeEstimate(call, query),
  };
}

function simulationConfig(accounts: readonly Address[]) {
  return {
    commitment: "confirmed",
    encoding: "base64",
    sigVerify: false,
    replaceRecentBlockhash: true,
    ...(accounts.length === 0 ? {} : { accounts: { encoding: "base64", addresses: accounts } }),
  };
}

function malformed(detail: string): RpcRefusal {
  return { ok: false, reason: "UPSTREAM_MALFORMED", detail };
}

function behind(detail: string): RpcRefusal {
  return { ok: false, reason: "RPC_LAGGING", detail };
}
