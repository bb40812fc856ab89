import type { ITwitterApiClientPlugin } from "twitter-api-v2";
import type { ReasonCode } from "../../domain/reasons.ts";
import type { UnixMs } from "../../domain/units.ts";
import { readBounded } from "../rpc/read-bounded.ts";

/** Largest reply read: 100 long posts of 25,000 characters would be 2.5 MB, ten are far below. */
const MAX_REPLY_BYTES = 1024 * 1024;
/** X's windows are 15 minutes long (docs.x.com, rate limits): so long a pause when it limits without saying until when. */
const WINDOW_MS = 900_000;

/** A request to X that did not work out; `blockedUntilMs` when X said when to come back. */
export class XError extends Error {
  readonly reason: Extract<ReasonCode, "UPSTREAM_FAILED" | "UPSTREAM_MALFORMED">;
  readonly blockedUntilMs: UnixMs | null;
  /** False when X refused before it did any work. */
  readonly mayBeCharged: boolean;

  constructor(
    reason: XError["reason"],
    message: string,
    options: { readonly blockedUntilMs?: UnixMs | null; readonly mayBeCharged: boolean },
  ) {
    super(message);
    this.reason = reason;
    this.blockedUntilMs = options.blockedUntilMs ?? null;
    this.mayBeCharged = options.mayBeCharged;
  }
}

export interface TransportOptions {
  /** Origin and path prefix that stand in for https://api.x.com. */
  readonly baseUrl: string;
  readonly bearerToken: string;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly timeoutMs: number;
  readonly nowMs: () => UnixMs;
  /** Called with every reply's rate-limit headers. */
  readonly onRateLimit: (limit: RateLimit) => void;
}

export interface RateLimit {
  readonly remaining: number;
  readonly resetAtMs: UnixMs;
}

/**
 * Answers the client's requests by our own fetch: the library's transport is node:https with a
 * fixed host. Redirects are not followed, since they would carry the token along. Throws XError.
 */
export function fetchTransport(options: TransportOptions): ITwitterApiClientPlugin {
  return {
    onBeforeRequestConfig: async ({ params }) => {
      const url = targetUrl(options.baseUrl, params.url, params.query ?? {});
      const response = await send(options, url);
      const rateLimit = rateLimitOf(response.headers);
      if (rateLimit !== null) options.onRateLimit(rateLimit);
      return { data: await readJson(response, rateLimit, options.nowMs), headers: {} };
    },
  };
}

async function send({ fetch, bearerToken, timeoutMs }: TransportOptions, url: URL): Promise<Response> {
  try {
    const headers = { authorization: `Bearer ${bearerToken}`, accept: "application/json" };
    return await fetch(new Request(url, { headers, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) }));
  } catch (error) {
    throw new XError("UPSTREAM_FAILED", error instanceof Error ? error.name : "failed", { mayBeCharged: true });
  }
}

async function readJson(response: Response, rateLimit: RateLimit | null, nowMs: () => UnixMs): Promise<unknown> {
  if (response.status !== 200) {
    await response.body?.cancel();
    const resetAtMs = rateLimit?.resetAtMs ?? 0;
    const blockedUntilMs = response.status === 429 ? (resetAtMs > nowMs() ? resetAtMs : nowMs() + WINDOW_MS) : null;
    throw new XError("UPSTREAM_FAILED", `HTTP ${response.status}`, { blockedUntilMs, mayBeCharged: false });
  }
  let text: string | null;
  try {
    text = await readBounded(response, MAX_REPLY_BYTES);
  } catch (error) {
    throw new XError("UPSTREAM_FAILED", error instanceof Error ? error.name : "failed", { mayBeCharged: true });
  }
  if (text === null) throw new XError("UPSTREAM_MALFORMED", "reply too large", { mayBeCharged: true });
  try {
    return JSON.parse(text);
  } catch {
    throw new XError("UPSTREAM_MALFORMED", "not JSON", { mayBeCharged: true });
  }
}

function targetUrl(baseUrl: string, requested: string, query: Readonly<Record<string, unknown>>): URL {
  const url = new URL(`${baseUrl.replace(/\/+$/, "")}${new URL(requested).pathname}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  return url;
}

/** X's window headers: x-rate-limit-remaining, and x-rate-limit-reset in Unix seconds (docs.x.com, rate limits). */
function rateLimitOf(headers: Headers): RateLimit | null {
  const [remaining, resetS] = ["remaining", "reset"].map((name) => wholeNumber(headers.get(`x-rate-limit-${name}`)));
  if (remaining == null || resetS == null) return null;
  return { remaining, resetAtMs: resetS * 1000 };
}

/** Null for an empty header too, which `Number` would read as zero. */
function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : null;
}
