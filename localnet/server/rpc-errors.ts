/** JSON-RPC error numbers of Solana's RPC nodes (rpc-client-api custom_error.rs, and JSON-RPC 2.0). */
export const RPC_ERROR = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  preflightFailure: -32_002,
  signatureVerification: -32_003,
} as const;

/** An error answer of one call. The dispatcher turns it into a JSON-RPC error object. */
export class RpcFailure extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** Fails the call with "Invalid params". */
export function invalidParams(message: string): never {
  throw new RpcFailure(RPC_ERROR.invalidParams, message);
}
