import { base58, base64 } from "@scure/base";
import { z } from "zod";
import { ok } from "../../domain/result.ts";
import { MAX_WIRE_TRANSACTION_BYTES } from "../../domain/solana/message.ts";
import type { Signature } from "../../domain/units.ts";
import { type JsonRpcError, RPC_CODE, type RpcCall } from "./call.ts";
import { signatureReply } from "./schemas.ts";
import type { RpcRefusal, SendResult } from "./types.ts";

const SIGNATURE_BYTES = 64;
/** Errors by which a node says that it looked at the bytes and did not take them. */
const NOT_TAKEN: readonly number[] = [
  RPC_CODE.parse,
  RPC_CODE.invalidRequest,
  RPC_CODE.methodNotFound,
  RPC_CODE.invalidParams,
  RPC_CODE.preflightFailure,
  RPC_CODE.signatureVerification,
];
const ALREADY_PROCESSED = z.object({ err: z.literal("AlreadyProcessed") });

/**
 * Hands signed bytes to a node: no preflight, no retries of its own, since we resend the same bytes
 * ourselves. Only an error that proves non-acceptance is TX_REFUSED; an answer with another signature
 * than the bytes' own is UPSTREAM_MALFORMED, hence unknown.
 */
export async function sendVia(call: RpcCall, wireBase64: string): Promise<SendResult> {
  const signature = signatureOfWire(wireBase64);
  if (signature === null) return { ok: false, reason: "TX_REFUSED", detail: "sendTransaction: not a signed transaction" };
  const params = [wireBase64, { encoding: "base64", skipPreflight: true, maxRetries: 0 }];
  const reply = await call<SendReply>("sendTransaction", params, signatureReply.transform(taken), {
    onError: (error) => {
      // The chain has it already: an earlier send of the same bytes landed.
      if (ALREADY_PROCESSED.safeParse(error.data).success) return ok(taken(signature));
      return NOT_TAKEN.includes(error.code) ? ok({ refusal: refused(error) }) : null;
    },
  });
  if (!reply.ok) return reply;
  if ("refusal" in reply.value) return reply.value.refusal;
  if (reply.value.signature === signature) return ok(signature);
  return { ok: false, reason: "UPSTREAM_MALFORMED", detail: "sendTransaction: another signature" };
}

type SendReply = { readonly signature: Signature } | { readonly refusal: RpcRefusal<"TX_REFUSED"> };

function taken(signature: Signature): SendReply {
  return { signature };
}

function refused(error: JsonRpcError): RpcRefusal<"TX_REFUSED"> {
  return { ok: false, reason: "TX_REFUSED", detail: `sendTransaction: error ${error.code}`, rpcCode: error.code };
}

/** First signature of a transaction's wire bytes; null when they hold none or exceed a packet. */
export function signatureOfWire(wireBase64: string): Signature | null {
  let bytes: Uint8Array;
  try {
    bytes = base64.decode(wireBase64);
  } catch {
    return null;
  }
  // One byte counts the signatures: a transaction with 128 or more does not fit into a packet.
  if (bytes.length > MAX_WIRE_TRANSACTION_BYTES || bytes.length <= SIGNATURE_BYTES + 1 || bytes[0] === 0) return null;
  return base58.encode(bytes.subarray(1, SIGNATURE_BYTES + 1));
}
