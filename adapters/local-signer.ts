import { ok } from "../domain/result.ts";
import { memoryStore } from "../domain/signing/memory-store.ts";
import { createSigner, type SignerStore } from "../domain/signing/signer.ts";
import type { SignerPolicy, SignerPort } from "../domain/signing/types.ts";
import type { UnixMs } from "../domain/units.ts";
import { walletFromSecret } from "./wallet-key.ts";

export interface LocalSignerParts {
  /** Base58 of 64 bytes or a JSON array of 64 numbers, as the signer's secret. */
  readonly secretKey: string;
  readonly policy: SignerPolicy;
  readonly nowMs: () => UnixMs;
  /** Survives a restart of the signer in a test; a fresh one unless given. */
  readonly store?: SignerStore;
}

/** The signer without its Worker: the same policy, budget and journal, in memory. For tests. */
export function localSigner({ secretKey, policy, nowMs, store = memoryStore() }: LocalSignerParts): SignerPort {
  const wallet = walletFromSecret(secretKey);
  return createSigner({ wallet: () => wallet, policy: ok(policy), store, nowMs });
}
