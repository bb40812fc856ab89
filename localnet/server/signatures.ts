import { webcrypto } from "node:crypto";
import { addressBytes } from "../../domain/solana/address.ts";
import { decodeBase58 } from "../../domain/solana/base58.ts";
import type { SignedTransaction } from "../chain/transaction.ts";

/** Whether every required signature is the Ed25519 signature of the message by its account. */
export async function verifySignatures({ transaction, message }: SignedTransaction): Promise<boolean> {
  for (const [index, signature] of transaction.signatures.entries()) {
    const address = transaction.accountKeys[index];
    const bytes = decodeBase58(signature);
    if (address === undefined || bytes === null || !(await verify(addressBytes(address), bytes, message))) return false;
  }
  return true;
}

async function verify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): Promise<boolean> {
  try {
    const key = await webcrypto.subtle.importKey("raw", Uint8Array.from(publicKey), "Ed25519", false, ["verify"]);
    return await webcrypto.subtle.verify("Ed25519", key, Uint8Array.from(signature), Uint8Array.from(message));
  } catch {
    // Bytes that are no curve point cannot have signed anything.
    return false;
  }
}
