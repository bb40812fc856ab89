import { DurableObject } from "cloudflare:workers";
import { walletFromSecret } from "../../adapters/wallet-key.ts";
import type { Result } from "../../domain/result.ts";
import { policyFromSettings } from "../../domain/signing/settings.ts";
import { createSigner, type Wallet } from "../../domain/signing/signer.ts";
import type {
  SignatureRecord,
  SignedMessage,
  SignedOrder,
  SignerDescription,
  SignerPort,
  SignRequest,
} from "../../domain/signing/types.ts";
import type { SignerEnv } from "./env.ts";
import { sqlStore } from "./sql-store.ts";

/** Holds the key, counts the budgets and keeps the journal of signatures and refusals. */
export class Signatures extends DurableObject<SignerEnv> implements SignerPort {
  readonly #signer: SignerPort;
  #wallet: Promise<Result<Wallet>> | undefined;

  constructor(ctx: DurableObjectState, env: SignerEnv) {
    super(ctx, env);
    this.#signer = createSigner({
      wallet: () => {
        this.#wallet ??= walletFromSecret(this.env.WALLET_SECRET_KEY);
        return this.#wallet;
      },
      policy: policyFromSettings(env as unknown as Record<string, unknown>),
      store: sqlStore(ctx.storage.sql),
      nowMs: () => Date.now(),
    });
  }

  sign(request: SignRequest): Promise<Result<SignedMessage>> {
    return this.#signer.sign(request);
  }

  signedFrom(intentId: string): Promise<Result<SignedOrder | null>> {
    return this.#signer.signedFrom(intentId);
  }

  describe(): Promise<Result<SignerDescription>> {
    return this.#signer.describe();
  }

  history(afterSeq: number): Promise<Result<readonly SignatureRecord[]>> {
    return this.#signer.history(afterSeq);
  }
}
