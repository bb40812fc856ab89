import { providersFromEnv } from "../adapters/env.ts";
import { readWalletAgreeing } from "../adapters/rpc/read-wallet.ts";
import { signerFromEnv } from "../adapters/signer.ts";
import { refuse } from "../domain/result.ts";
import type { PortfolioPorts } from "./core/portfolio-reconcile.ts";

/** A deployment's ports: the signer says which wallet it is, every provider what it holds. */
export function portfolioPorts(env: Env): PortfolioPorts {
  return {
    async readWallet(mints) {
      const described = await signerFromEnv(env)?.describe();
      if (described === undefined) return refuse("SIGNER_UNAVAILABLE", "no signer is bound");
      if (!described.ok) return described;
      return readWalletAgreeing(providersFromEnv(env).all, described.value.address, mints);
    },
  };
}
