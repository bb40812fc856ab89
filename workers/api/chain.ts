import { rpcFromEnv } from "../../adapters/env.ts";
import { readSolPrice, type SolPrice } from "../../adapters/rpc/sol-price.ts";
import type { UnixMs } from "../../domain/units.ts";

/** The node is asked at most this often, however many dashboards are open. */
const CACHE_MS = 2_000;

export interface ChainNow {
  readonly price: SolPrice | null;
  readonly readAtMs: UnixMs;
  /** How long the node took. */
  readonly latencyMs: number;
  readonly failure: string | null;
}

const cache = new WeakMap<Env, ChainNow>();

/** Slot and SOL price as the node has them, at most two seconds old; whatever their age, which the reader is shown. */
export async function chainNow(env: Env, nowMs: UnixMs): Promise<ChainNow> {
  const cached = cache.get(env);
  if (cached !== undefined && nowMs - cached.readAtMs < CACHE_MS) return cached;
  const reply = await readSolPrice(rpcFromEnv(env), nowMs, Number.POSITIVE_INFINITY);
  const now: ChainNow = {
    price: reply.ok ? reply.value : null,
    readAtMs: nowMs,
    latencyMs: Date.now() - nowMs,
    failure: reply.ok ? null : (reply.detail ?? reply.reason),
  };
  cache.set(env, now);
  return now;
}
