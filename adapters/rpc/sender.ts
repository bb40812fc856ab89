import { type HttpOptions, httpCall } from "./call.ts";
import { sendVia } from "./send.ts";
import type { SendResult } from "./types.ts";

/** Helius Sender: hands transactions to the leaders and to Jito at once; POST https://sender.helius-rpc.com/fast. */
export interface Sender {
  /**
   * Sends signed bytes, which must hold a tip and a compute-unit price (helius.dev/docs/sending-transactions/sender).
   * Sender runs no preflight, so a wrong transaction is taken and vanishes: simulate first.
   */
  sendTransaction(wireBase64: string): Promise<SendResult>;
}

/** A Sender over its HTTP endpoint. Errors as `SendResult` says. */
export function createSender(options: HttpOptions): Sender {
  const call = httpCall(options);
  return { sendTransaction: (wireBase64) => sendVia(call, wireBase64) };
}
