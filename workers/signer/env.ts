import type { Signatures } from "./signatures.ts";

/** Bindings and secret of `workers/signer/wrangler.toml`; the policy's settings are read by name. */
export interface SignerEnv {
  readonly SIGNATURES: DurableObjectNamespace<Signatures>;
  readonly WALLET_SECRET_KEY?: string;
}
