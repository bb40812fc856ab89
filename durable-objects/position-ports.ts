import { providersFromEnv, rpcFromEnv, senderFromEnv } from "../adapters/env.ts";
import { readMarket } from "../adapters/rpc/read-market.ts";
import { signerFromEnv } from "../adapters/signer.ts";
import { ok, type Result, refuse } from "../domain/result.ts";
import type { Address } from "../domain/units.ts";
import { chainLanding, type TradingWallet } from "../workers/trader/live/chain.ts";
import type { PositionPorts } from "./core/position-core.ts";

/** A position's ports with what the deployment has: providers, Sender, signer. */
export function positionPorts(env: Env): PositionPorts {
  return {
    readMarket: (keys, clock) => readMarket(rpcFromEnv(env), keys, clock),
    landing: (hooks) => {
      const { rpc, all } = providersFromEnv(env);
      const wallet = walletOf(env);
      const signer = signerFromEnv(env);
      return chainLanding({ rpc, providers: all, sender: senderFromEnv(env), signer, wallet, routes: { route: null }, ...hooks });
    },
  };
}

/** The signer's wallet, asked for once. */
function walletOf(env: Env): (buyer: Address | null) => Promise<Result<TradingWallet>> {
  let known: TradingWallet | null = null;
  return async (buyer) => {
    if (known === null) {
      const described = await signerFromEnv(env)?.describe();
      if (described === undefined) return refuse("SIGNER_UNAVAILABLE", "this deployment has no signer");
      if (!described.ok) return described;
      known = { address: described.value.address, tipAccounts: described.value.policy.tipAccounts };
    }
    if (buyer === null || buyer === known.address) return ok(known);
    const { address } = known;
    known = null;
    // Another wallet than the one that bought holds none of the tokens: nothing may be concluded from that.
    return refuse("WALLET_MISSING", `the signer holds ${address}, the tokens are in ${buyer}`);
  };
}
