import { ok, type Result, refuse } from "../domain/result.ts";
import type { Wallet } from "../domain/signing/signer.ts";
import { decodeBase58, encodeBase58 } from "../domain/solana/base58.ts";

/** DER of an Ed25519 private key up to its 32-byte seed (RFC 8410, section 7). */
const PKCS8_PREFIX = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
const SEED_BYTES = 32;
const SECRET_BYTES = 64;
/** A JSON array of 64 numbers, with spaces and line ends, is shorter. */
const MAX_SECRET_CHARS = 1_024;
const ED25519 = { name: "Ed25519" };

/**
 * The wallet of a secret key as Solana's tools export it: seed and public key, 64 bytes, in base58 or
 * as a JSON array. The key is imported into WebCrypto as not extractable, and signs once to prove that
 * the public half is its own. Refuses with WALLET_MISSING or WALLET_KEY_INVALID; no text of a refusal
 * depends on the secret. Only code of ours and WebCrypto see it, no package.
 */
export async function walletFromSecret(secret: string | undefined): Promise<Result<Wallet>> {
  if (secret === undefined || secret.trim() === "") return refuse("WALLET_MISSING");
  const bytes = decodeSecret(secret.trim());
  if (bytes === null) return refuse("WALLET_KEY_INVALID", "neither 64 bytes in base58 nor a JSON array of 64 numbers");
  try {
    return await importWallet(bytes);
  } catch {
    return refuse("WALLET_KEY_INVALID", "not an Ed25519 key");
  } finally {
    bytes.fill(0);
  }
}

async function importWallet(secret: Uint8Array): Promise<Result<Wallet>> {
  const publicKey = secret.slice(SEED_BYTES);
  const pkcs8 = Uint8Array.from([...PKCS8_PREFIX, ...secret.subarray(0, SEED_BYTES)]);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, ED25519, false, ["sign"]).finally(() => pkcs8.fill(0));
  const verifier = await crypto.subtle.importKey("raw", publicKey, ED25519, false, ["verify"]);
  const probe = new TextEncoder().encode("sniper-signer: the public half belongs to the key");
  const isOwn = await crypto.subtle.verify(ED25519, verifier, await crypto.subtle.sign(ED25519, key, probe), probe);
  if (!isOwn) return refuse("WALLET_KEY_INVALID", "the public half does not belong to the key");
  const address = encodeBase58(publicKey);
  const sign = async (message: Uint8Array): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.sign(ED25519, key, Uint8Array.from(message)));
  return ok({ address, sign });
}

/** The 64 bytes of a secret key; null for any other text. */
function decodeSecret(text: string): Uint8Array | null {
  if (text.length > MAX_SECRET_CHARS) return null;
  if (text.startsWith("[")) return decodeJson(text);
  const bytes = decodeBase58(text);
  return bytes?.length === SECRET_BYTES ? bytes : null;
}

function decodeJson(text: string): Uint8Array | null {
  let numbers: unknown;
  try {
    numbers = JSON.parse(text);
  } catch {
    return null; // The error's message would quote the text.
  }
  if (!Array.isArray(numbers) || numbers.length !== SECRET_BYTES) return null;
  const isByte = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;
  return numbers.every(isByte) ? Uint8Array.from(numbers) : null;
}
