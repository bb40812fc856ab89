import type { z } from "zod";
import { ok } from "../../domain/result.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { Exchange } from "./health.ts";
import { parseJson } from "./json.ts";
import { readBounded } from "./read-bounded.ts";
import { contextReply, envelope, slotReply } from "./schemas.ts";
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
  internal: -32_603,
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
  /** Told of every exchange when it is over. */
  readonly observe?: (exchange: Exchange) => void;
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

  async function exchange(method: string, params: readonly unknown[], timeoutMs: number): Promise<RpcResult<Answer>> {
    try {
      return await withDeadline(timeoutMs, async (signal) => {
        const request = new Request(options.url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ jsonrpc: "2.0", id: REQUEST_ID, method, params }),
          redirect: "manual",
          signal,
        });
        const response = await send(request);
        if (response.status !== 429) return readAnswer(method, response, await readBounded(response, MAX_REPLY_BYTES), now());
        await response.body?.cancel();
        return rateLimited(method, retryAfterMs(response.headers.get("retry-after"), now()));
      });
    } catch (error) {
      return failed("RPC_UNAVAILABLE", `${method}: ${error instanceof Error ? error.name : "failed"}`);
    }
  }

  return async (method, params, schema, { timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS, onError } = {}) => {
    const startedMs = now();
    const answer = await exchange(method, params, timeoutMs);
    const reply = answer.ok ? resultOf(method, answer.value, schema, onError) : answer;
    options.observe?.(observed(answer, reply, startedMs, now()));
    return reply;
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

/** What a node said: a result not yet looked at, or an error. */
type Answer =
  | { readonly result: unknown; readonly slot: number | null }
  | { readonly error: JsonRpcError; readonly status: number; readonly retryAfterMs: number | null; readonly slot: null };

function readAnswer(method: string, response: Response, text: string | null, nowMs: UnixMs): RpcResult<Answer> {
  const reply = text === null ? "reply too large" : readEnvelope(text);
  const error = typeof reply === "string" ? undefined : reply.error;
  if (!response.ok && error === undefined) return failed("RPC_UNAVAILABLE", `${method}: HTTP ${response.status}`);
  if (typeof reply === "string") return failed("UPSTREAM_MALFORMED", `${method}: ${reply}`);
  // A request that the node could not read has no id.
  if (reply.id !== REQUEST_ID && !(error !== undefined && reply.id === null)) {
    return failed("UPSTREAM_MALFORMED", `${method}: answer to another request`);
  }
  if (error !== undefined) {
    return ok({ error, status: response.status, retryAfterMs: retryAfterMs(response.headers.get("retry-after"), nowMs), slot: null });
  }
  const slot = method === "getSlot" ? slotReply.safeParse(reply.result).data : contextReply.safeParse(reply.result).data?.context.slot;
  return ok({ result: reply.result, slot: slot ?? null });
}

/** The JSON-RPC envelope, or what is wrong with the text. */
function readEnvelope(text: string): z.output<typeof envelope> | string {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    return "not JSON";
  }
  const reply = envelope.safeParse(json);
  return reply.success ? reply.data : "not a JSON-RPC reply";
}

function resultOf<T>(method: string, answer: Answer, schema: z.ZodType<T>, onError: CallOptions<T>["onError"]): RpcResult<T> {
  if ("error" in answer) {
    // A server that fails may have failed after the work: its error proves nothing.
    const outcome = answer.status < 500 ? onError?.(answer.error) : null;
    return outcome ?? errorReply(method, answer.error, answer.retryAfterMs);
  }
  let result: z.ZodSafeParseResult<T>;
  try {
    result = schema.safeParse(answer.result);
  } catch {
    return failed("UPSTREAM_MALFORMED", `${method}: undecodable bytes`);
  }
  return result.success ? ok(result.data) : failed("UPSTREAM_MALFORMED", `${method}: ${result.error.issues[0]?.path.join(".") || "shape"}`);
}

function errorReply(method: string, { code }: JsonRpcError, retryAfter: number | null): RpcRefusal {
  const detail = `${method}: error ${code}`;
  switch (code) {
    case RPC_CODE.nodeUnhealthy:
    case RPC_CODE.minContextSlot:
      return { ...failed("RPC_LAGGING", detail), rpcCode: code };
    case RPC_CODE.rateLimited:
    case 429:
      return { ...rateLimited(method, retryAfter), rpcCode: code };
    default:
      return { ...failed("RPC_UNAVAILABLE", detail), rpcCode: code };
  }
}

/** Errors that tell about the node; the others tell about the request. */
const NODE_ERRORS: ReadonlySet<number> = new Set([RPC_CODE.internal, RPC_CODE.nodeUnhealthy, RPC_CODE.rateLimited, 429]);

function observed<T>(answer: RpcResult<Answer>, reply: RpcResult<T>, startedMs: UnixMs, endedMs: UnixMs): Exchange {
  const isAboutRequest = !reply.ok && reply.rpcCode !== undefined && !NODE_ERRORS.has(reply.rpcCode);
  return {
    atMs: endedMs,
    latencyMs: Math.max(0, endedMs - startedMs),
    reason: reply.ok || isAboutRequest ? null : reply.reason,
    slot: answer.ok ? answer.value.slot : null,
    ...(reply.ok || reply.retryAfterMs === undefined ? {} : { retryAfterMs: reply.retryAfterMs }),
  };
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
  const isDate = /^[A-Za-z]{3},? .*GMT$/.test(value);
  const delayMs = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : isDate ? Date.parse(value) - nowMs : Number.NaN;
  return Number.isFinite(delayMs) ? Math.min(Math.max(delayMs, 0), MAX_RETRY_AFTER_MS) : null;
}
