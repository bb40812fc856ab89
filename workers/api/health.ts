import type { Health } from "../../domain/api/types.ts";
import { journalChecks } from "../executor/journal-checks.ts";
import { chainNow } from "./chain.ts";
import { openPoolsCheck } from "./open-pools.ts";

/** A Solana slot takes 400 ms; a node this far behind its oracle is of no use. */
const MAX_PRICE_AGE_MS = 60_000;

type Check = Health["checks"][number];

/** Whether the parts answer; a part that does not is named, and the rest is still reported. */
export async function readHealth(env: Env, nowMs: number): Promise<Health> {
  const checks = (
    await Promise.all([
      check("d1", () => database(env)),
      check("journal", () => journalChecks(env, nowMs)),
      check("rpc", () => rpc(env, nowMs)),
      check("open-pools", () => openPoolsCheck(env)),
    ])
  ).flat();
  return { status: checks.every((item) => item.ok) ? "ok" : "degraded", version: env.VERSION?.id || "local", nowMs, checks };
}

async function check(name: string, run: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
  try {
    return await run();
  } catch (error) {
    console.error("health", name, String(error));
    return [{ name, ok: false, detail: "does not answer" }];
  }
}

async function database(env: Env): Promise<Check[]> {
  await env.DB.prepare("SELECT 1").first();
  return [{ name: "d1", ok: true, detail: "answers" }];
}

async function rpc(env: Env, nowMs: number): Promise<Check[]> {
  const { price, latencyMs } = await chainNow(env, nowMs);
  if (price === null) return [{ name: "rpc", ok: false, detail: "slot and SOL price cannot be read" }];
  const ageMs = Math.max(0, nowMs - price.publishedAtMs);
  return [
    { name: "rpc", ok: true, detail: `slot ${price.slot}, ${latencyMs} ms` },
    { name: "sol-price", ok: ageMs <= MAX_PRICE_AGE_MS, detail: `published ${Math.round(ageMs / 1_000)} s ago` },
  ];
}
