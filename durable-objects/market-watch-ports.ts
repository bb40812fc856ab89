import { rpcFromEnv } from "../adapters/env.ts";
import { pushWebhookFromEnv } from "../adapters/helius/webhooks.ts";
import { poolCalls, readPoolKeys, readPools } from "../adapters/rpc/read-market.ts";
import { RPC_CREDITS } from "../domain/rpc-credits.ts";
import { budgetPort } from "./budget-port.ts";
import type { MarketWatchPorts } from "./core/market-watch-core.ts";
import { exitMeter } from "./exit-meter.ts";

/** The market watch's outside in a deployment. */
export function marketWatchPorts(env: Env): MarketWatchPorts {
  const count = exitMeter((spent) => budgetPort(env, "rpc").spendOnExits(spent), Date.now);
  return {
    readPools: (pools, timeoutMs) => {
      const calls = poolCalls(pools).length;
      count({ requests: calls, cost: calls * RPC_CREDITS.state });
      return readPools(rpcFromEnv(env), pools, Date.now, timeoutMs);
    },
    readPoolKeys: (pools) => readPoolKeys(rpcFromEnv(env), pools),
    webhook: pushWebhookFromEnv(env),
    within,
  };
}

/** Waits for `work`, at most `ms`; the timer goes with the wait, since a waiting one keeps an object from sleeping. */
export async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  const settled = work.then(
    () => {},
    () => {},
  );
  await Promise.race([settled, timeout]);
  clearTimeout(timer);
}
