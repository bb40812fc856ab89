import { base64 } from "@scure/base";
import { z } from "zod";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { Address, Signature, UnixMs } from "../../domain/units.ts";
import { readBounded } from "./read-bounded.ts";

/** Largest reply read; `getTransaction` of the fattest transaction is well under 1 MB. */
const MAX_REPLY_BYTES = 8 * 1024 * 1024;
/** Solana's limit of `getMultipleAccounts` (solana.com/docs/rpc/http/getmultipleaccounts). */
export const MAX_ACCOUNTS_PER_CALL = 100;
const DEFAULT_TIMEOUT_MS = 3_000;

export type RpcReason = "RPC_UNAVAILABLE" | "UPSTREAM_MALFORMED";
export type RpcResult<T> = Result<T, RpcReason>;

export interface AccountInfo {
  readonly owner: Address;
  readonly lamports: bigint;
  readonly data: Uint8Array;
}

export interface AccountsReply {
  readonly slot: number;
  readonly accounts: ReadonlyArray<AccountInfo | null>;
}

export interface SignatureInfo {
  readonly signature: Signature;
  readonly slot: number;
  readonly blockTimeMs: UnixMs | null;
  readonly failed: boolean;
}

export interface TokenHolder {
  /** Token account, not its owner. */
  readonly address: Address;
  readonly amount: bigint;
}

/** The JSON-RPC methods that we call. Each answers a value or a reason; none throws for an outside fault. */
export interface Rpc {
  getSlot(): Promise<RpcResult<number>>;
  /** At most 100 addresses; an absent account is null. */
  getAccounts(addresses: readonly Address[]): Promise<RpcResult<AccountsReply>>;
  /** Newest first, at most 1,000. */
  getSignaturesForAddress(
    address: Address,
    options?: { readonly limit?: number; readonly before?: Signature; readonly until?: Signature },
  ): Promise<RpcResult<readonly SignatureInfo[]>>;
  /** The raw `getTransaction` result for the decoder, null when unknown to the node. */
  getTransaction(signature: Signature): Promise<RpcResult<unknown>>;
  getTokenLargestAccounts(mint: Address): Promise<RpcResult<readonly TokenHolder[]>>;
  getGenesisHash(): Promise<RpcResult<string>>;
}

export interface RpcOptions {
  readonly url: string;
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly timeoutMs?: number;
}

const u64Json = z.union([z.number().int().nonnegative(), z.bigint()]).transform((value) => BigInt(value));
const envelope = z.object({
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});
const account = z
  .object({ owner: z.string(), lamports: u64Json, data: z.tuple([z.string(), z.literal("base64")]) })
  .transform((value) => ({ owner: value.owner, lamports: value.lamports, data: base64.decode(value.data[0]) }));
const accountsReply = z.object({ context: z.object({ slot: z.number().int() }), value: z.array(account.nullable()) });
const signaturesReply = z.array(
  z.object({ signature: z.string(), slot: z.number().int(), blockTime: z.number().nullish(), err: z.unknown() }).transform((row) => ({
    signature: row.signature,
    slot: row.slot,
    blockTimeMs: row.blockTime == null ? null : row.blockTime * 1000,
    failed: row.err != null,
  })),
);
const holdersReply = z.object({
  value: z.array(
    z
      .object({ address: z.string(), amount: z.string().regex(/^\d{1,20}$/) })
      .transform((row) => ({ address: row.address, amount: BigInt(row.amount) })),
  ),
});

/**
 * JSON-RPC over HTTP with a deadline per call, bounded replies and validated shapes. Reads are at
 * `confirmed`. RPC_UNAVAILABLE: no answer, an HTTP error or a JSON-RPC error; UPSTREAM_MALFORMED:
 * an answer of another shape. The URL never appears in a detail, since it may hold a key.
 */
export function createRpc(options: RpcOptions): Rpc {
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;

  async function call<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<RpcResult<T>> {
    let text: string;
    try {
      const request = new Request(options.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const response = await send(request);
      const body = await readBounded(response, MAX_REPLY_BYTES);
      if (body === null) return refuse("UPSTREAM_MALFORMED", `${method}: reply too large`);
      if (!response.ok) return refuse("RPC_UNAVAILABLE", `${method}: HTTP ${response.status}`);
      text = body;
    } catch (error) {
      return refuse("RPC_UNAVAILABLE", `${method}: ${error instanceof Error ? error.name : "failed"}`);
    }
    return readReply(method, text, schema);
  }

  const confirmed = { commitment: "confirmed" } as const;
  return {
    getSlot: () => call("getSlot", [confirmed], z.number().int().nonnegative()),
    getAccounts: async (addresses) => {
      if (addresses.length > MAX_ACCOUNTS_PER_CALL) throw new RangeError(`expected at most ${MAX_ACCOUNTS_PER_CALL} addresses`);
      const reply = await call("getMultipleAccounts", [addresses, { ...confirmed, encoding: "base64" }], accountsReply);
      if (!reply.ok) return reply;
      if (reply.value.value.length !== addresses.length) return refuse("UPSTREAM_MALFORMED", "getMultipleAccounts: wrong length");
      return ok({ slot: reply.value.context.slot, accounts: reply.value.value });
    },
    getSignaturesForAddress: (address, range = {}) =>
      call("getSignaturesForAddress", [address, { ...confirmed, ...range }], signaturesReply),
    getTransaction: (signature) =>
      call("getTransaction", [signature, { ...confirmed, encoding: "json", maxSupportedTransactionVersion: 0 }], z.unknown()),
    getTokenLargestAccounts: async (mint) => {
      const reply = await call("getTokenLargestAccounts", [mint, confirmed], holdersReply);
      return reply.ok ? ok(reply.value.value) : reply;
    },
    getGenesisHash: () => call("getGenesisHash", [], z.string().min(32).max(44)),
  };
}

function readReply<T>(method: string, text: string, schema: z.ZodType<T>): RpcResult<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse("UPSTREAM_MALFORMED", `${method}: not JSON`);
  }
  const reply = envelope.safeParse(json);
  if (!reply.success) return refuse("UPSTREAM_MALFORMED", `${method}: not a JSON-RPC reply`);
  if (reply.data.error !== undefined) return refuse("RPC_UNAVAILABLE", `${method}: error ${reply.data.error.code}`);
  let result: z.ZodSafeParseResult<T>;
  try {
    result = schema.safeParse(reply.data.result);
  } catch {
    return refuse("UPSTREAM_MALFORMED", `${method}: undecodable bytes`);
  }
  return result.success ? ok(result.data) : refuse("UPSTREAM_MALFORMED", `${method}: ${result.error.issues[0]?.path.join(".") ?? "shape"}`);
}
