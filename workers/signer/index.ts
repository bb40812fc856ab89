import { WorkerEntrypoint } from "cloudflare:workers";
import type { Result } from "../../domain/result.ts";
import type {
  SignatureRecord,
  SignedMessage,
  SignedOrder,
  SignerDescription,
  SignerPort,
  SignRequest,
} from "../../domain/signing/types.ts";
import type { SignerEnv } from "./env.ts";
import type { Signatures } from "./signatures.ts";

export { Signatures } from "./signatures.ts";

/** The RPC surface of the signer, for the service binding of the sniper Worker and for nobody else. */
export class Signer extends WorkerEntrypoint<SignerEnv> implements SignerPort {
  sign(request: SignRequest): Promise<Result<SignedMessage>> {
    return this.#signatures().sign(request);
  }

  signedFrom(intentId: string): Promise<Result<SignedOrder | null>> {
    return this.#signatures().signedFrom(intentId);
  }

  describe(): Promise<Result<SignerDescription>> {
    return this.#signatures().describe();
  }

  history(afterSeq: number): Promise<Result<readonly SignatureRecord[]>> {
    return this.#signatures().history(afterSeq);
  }

  /** One object counts every signature, so that no two can fit the same gap in a budget. */
  #signatures(): DurableObjectStub<Signatures> {
    return this.env.SIGNATURES.getByName("signatures");
  }
}

/** No route leads here; should one ever, there is nothing to be had. */
export default {
  fetch: (): Response => new Response(null, { status: 404 }),
};
