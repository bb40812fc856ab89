import type { Rng } from "../../domain/random.ts";

/** How often things go wrong, each as a share of calls in [0, 1]. */
export interface Faults {
  /** Accepted, and no leader ever sees it. */
  readonly drop: number;
  /** A leader sees it 1 to `maxDelaySlots` slots later: beyond 150 its blockhash has expired. */
  readonly delay: number;
  readonly maxDelaySlots: number;
  /** Leaders see it twice. */
  readonly duplicate: number;
  /** Accepted, and the connection breaks before the answer. */
  readonly lostReply: number;
  /** Accepted, and a gateway answers 504. */
  readonly gatewayTimeout: number;
  /** Not accepted: 429, every other time with Retry-After. */
  readonly rateLimited: number;
  /** Not accepted: 503. */
  readonly unavailable: number;
  /** The rest concern reads, and the answers of sends are spared. */
  readonly readTimeout: number;
  readonly readRateLimited: number;
  readonly readUnavailable: number;
  readonly truncatedJson: number;
  readonly html: number;
}

export const NO_FAULTS: Faults = {
  drop: 0,
  delay: 0,
  maxDelaySlots: 200,
  duplicate: 0,
  lostReply: 0,
  gatewayTimeout: 0,
  rateLimited: 0,
  unavailable: 0,
  readTimeout: 0,
  readRateLimited: 0,
  readUnavailable: 0,
  truncatedJson: 0,
  html: 0,
};

/** When leaders see an accepted transaction, in slots from now; never when empty. */
export type Delivery = readonly number[];

/** Draws how an accepted transaction travels. */
export function drawDelivery(rng: Rng, { drop, delay, maxDelaySlots, duplicate }: Faults): Delivery {
  const lost = rng.next() < drop;
  const late = rng.next() < delay ? 1 + rng.int(Math.max(1, maxDelaySlots)) : 0;
  const again = rng.next() < duplicate ? [late + rng.int(Math.max(1, maxDelaySlots))] : [];
  return lost ? [] : [late, ...again];
}

export type SendAnswer = "answer" | "lost-reply" | "gateway-timeout" | "rate-limited" | "unavailable";

/** Draws how a send is answered. */
export function drawSendAnswer(rng: Rng, faults: Faults): SendAnswer {
  return pick(rng.next(), [
    ["lost-reply", faults.lostReply],
    ["gateway-timeout", faults.gatewayTimeout],
    ["rate-limited", faults.rateLimited],
    ["unavailable", faults.unavailable],
  ]);
}

export type ReadAnswer = "answer" | "timeout" | "rate-limited" | "unavailable" | "truncated" | "html";

/** Draws how a read is answered. */
export function drawReadAnswer(rng: Rng, faults: Faults): ReadAnswer {
  return pick(rng.next(), [
    ["timeout", faults.readTimeout],
    ["rate-limited", faults.readRateLimited],
    ["unavailable", faults.readUnavailable],
    ["truncated", faults.truncatedJson],
    ["html", faults.html],
  ]);
}

function pick<T extends string>(at: number, shares: ReadonlyArray<readonly [T, number]>): T | "answer" {
  let sum = 0;
  for (const [name, share] of shares) {
    sum += share;
    if (at < sum) return name;
  }
  return "answer";
}

/** The HTTP answers of overloaded providers. */
export function faultyResponse(
  kind: "gateway-timeout" | "rate-limited" | "unavailable" | "html",
  retryAfterSeconds: number | null,
): Response {
  if (kind === "rate-limited") {
    const headers = retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) };
    return Response.json({ jsonrpc: "2.0", error: { code: -32_429, message: "rate limited" }, id: null }, { status: 429, headers });
  }
  const html = "<html><head><title>error</title></head><body>upstream request failed</body></html>";
  const status = kind === "gateway-timeout" ? 504 : kind === "unavailable" ? 503 : 200;
  return new Response(html, { status, headers: { "content-type": "text/html" } });
}
