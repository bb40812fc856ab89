import type { z } from "zod";
import { ok } from "../../domain/result.ts";
import type { UnixMs } from "../../domain/units.ts";
import { parseJson } from "./json.ts";
import { readBounded } from "./read-bounded.ts";
import { envelope } from "./schemas.ts";
import type { RpcReason, RpcRefusal, RpcResult } from "./types.ts";

/** Largest reply read; `getTransaction` of the fattest transaction is well under 1 MB, 100 accounts of a pool's size too. */
export const MAX_REPLY_BYTES = 8 * 1024 * 1024;
/** A longer Retry-After is cut: nobody may talk us out of exits for longer. */
export const MAX_RETRY_AFTER_MS = 60_000;
const REQUEST_ID = 1;

/** Error numbers of JSON-RPC 2.0 and of Solana's nodes (rpc-client-api custom_error.rs); -32429 is Helius' rate limit. */
export const RPC_CODE = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  preflightFailure: -32_002,
  signatureVerification: -32_003,
  nodeUnhealthy: -32_005,
  minContextSlot: -32_016,
  rateLimited: -32_429,
} as const;

export interface JsonRpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface CallOptions<T> {
  /** Milliseconds for the whole exchange; the client's own when absent. */
  readonly timeoutMs?: number;
  /** Turns a JSON-RPC error that is an outcome of this method into its result; null leaves it an error. */
  readonly onError?: (error: JsonRpcError) => RpcResult<T> | null;
}

/** One JSON-RPC exchange, by whatever way: a node, or several behind a failover. */
export type RpcCall = <T>(
  method: string,
  params: readonly unknown[],
  schema: z.ZodType<T>,
  options?: CallOptions<T>,
) => Promise<RpcResult<T>>;

export interface HttpOptions {
  readonly url: string;
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly timeoutMs?: number;
  readonly now?: () => UnixMs;
}

/** Deadline of one call where nothing else is said. */
export const DEFAULT_TIMEOUT_MS = 3_000;

/**
 * JSON-RPC over HTTP. RPC_UNAVAILABLE: no answer in time, an HTTP error, a redirect (never followed:
 * the URL may hold a key) or a JSON-RPC error; RPC_RATE_LIMITED: told to slow down; RPC_LAGGING: the
 * node is behind; UPSTREAM_MALFORMED: an answer of another shape or beyond `MAX_REPLY_BYTES`.
 */
export function httpCall(options: HttpOptions): RpcCall {
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const now = options.now ?? Date.now;

  return async (method, params, schema, callOptions = {}) => {
    const timeoutMs = callOptions.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    let response: Response;
    let text: string | null;
    try {
      [response, text] = await withDeadline(timeoutMs, async (signal) => {
        const request = new Request(options.url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ jsonrpc: "2.0", id: REQUEST_ID, method, params }),
          redirect: "manual",
          signal,
        });
        const answer = await send(request);
        return [answer, await readBounded(answer, MAX_REPLY_BYTES)];
      });
    } catch (error) {
      return failed("RPC_UNAVAILABLE", `${method}: ${error instanceof Error ? error.name : "failed"}`);
    }
    if (response.status === 429) return rateLimited(method, retryAfterMs(response.headers.get("retry-after"), now()));
    if (text === null) return failed("UPSTREAM_MALFORMED", `${method}: reply too large`);
    return readReply(method, response, text, schema, callOptions.onError);
  };
}

/** Runs `work` and gives up after `timeoutMs`, also when `work` ignores its signal. No timer outlives the reply. */
async function withDeadline<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const timeout = new DOMException("deadline", "TimeoutError");
      reject(timeout);
      controller.abort(timeout);
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

function readReply<T>(
  method: string,
  response: Response,
  text: string,
  schema: z.ZodType<T>,
  onError: CallOptions<T>["onError"],
): RpcResult<T> {
  const reply = readEnvelope(text);
  const error = typeof reply === "string" ? undefined : reply.error;
  if (error !== undefined) return onError?.(error) ?? errorReply(method, error, response);
  if (!response.ok) return failed("RPC_UNAVAILABLE", `${method}: HTTP ${response.status}`);
  if (typeof reply === "string") return failed("UPSTREAM_MALFORMED", `${method}: ${reply}`);
  if (reply.id !== REQUEST_ID) return failed("UPSTREAM_MALFORMED", `${method}: answer to another request`);
  let result: z.ZodSafeParseResult<T>;
  try {
    result = schema.safeParse(reply.result);
  } catch {
    return failed("UPSTREAM_MALFORMED", `${method}: undecodable bytes`);
  }
  return result.success ? ok(result.data) : failed("UPSTREAM_MALFORMED", `${method}: ${result.error.issues[0]?.path.join(".") || "shape"}`);
}

/** The JSON-RPC envelope, or what is wrong with the text. */
function readEnvelope(
  text: string,
): { readonly id: unknown; readonly result?: unknown; readonly error?: JsonRpcError | undefined } | string {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    return "not JSON";
  }
  const reply = envelope.safeParse(json);
  return reply.success ? reply.data : "not a JSON-RPC reply";
}

function errorReply(method: string, error: JsonRpcError, response: Response): RpcRefusal {
  const detail = `${method}: error ${error.code}`;
  switch (error.code) {
    case RPC_CODE.nodeUnhealthy:
    case RPC_CODE.minContextSlot:
      return { ...failed("RPC_LAGGING", detail), rpcCode: error.code };
    case RPC_CODE.rateLimited:
    case 429:
      return { ...rateLimited(method, retryAfterMs(response.headers.get("retry-after"), 0)), rpcCode: error.code };
    default:
      return { ...failed("RPC_UNAVAILABLE", detail), rpcCode: error.code };
  }
}

function failed(reason: RpcReason, detail: string): RpcRefusal {
  return { ok: false, reason, detail };
}

function rateLimited(method: string, retryAfter: number | null): RpcRefusal {
  const refusal = failed("RPC_RATE_LIMITED", `${method}: rate limited`);
  return retryAfter === null ? refusal : { ...refusal, retryAfterMs: retryAfter };
}

/** Retry-After in milliseconds: seconds or an HTTP date (RFC 9110 10.2.3); null when absent or unreadable. */
export function retryAfterMs(header: string | null, nowMs: UnixMs): number | null {
  if (header === null) return null;
  const value = header.trim();
  const delayMs = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(delayMs) ? Math.min(Math.max(delayMs, 0), MAX_RETRY_AFTER_MS) : null;
}
