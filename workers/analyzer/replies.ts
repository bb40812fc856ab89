import type { Rpc } from "../../adapters/rpc/client.ts";
import type { Result } from "../../domain/result.ts";

/** A node whose replies about the past are kept, the late ones too: asking again for one costs nothing. */
export interface Replies {
  readonly rpc: Rpc;
  /** Calls of those methods that went to the node. */
  readonly asked: () => number;
}

/** Keeps what lists of signatures and transactions say, for as long as the value lives. Refusals, and transactions that the node does not know yet, are asked again. */
export function rememberReplies(rpc: Rpc): Replies {
  const kept = new Map<string, unknown>();
  let asked = 0;
  async function once<T, R extends string>(key: string, ask: () => Promise<Result<T, R>>): Promise<Result<T, R>> {
    const known = kept.get(key) as Result<T, R> | undefined;
    if (known !== undefined) return known;
    asked++;
    const reply = await ask();
    if (reply.ok && reply.value !== null) kept.set(key, reply);
    return reply;
  }
  return {
    asked: () => asked,
    rpc: {
      ...rpc,
      getSignaturesForAddress: (address, range) =>
        once(`${address} ${range?.limit} ${range?.before}`, () => rpc.getSignaturesForAddress(address, range)),
      getTransaction: (signature) => once(signature, () => rpc.getTransaction(signature)),
    },
  };
}
