import { encodeBase58 } from "../domain/solana/base58.ts";
import type { Address } from "../domain/units.ts";

/** DER of an Ed25519 private key up to its 32-byte seed (RFC 8410, section 7). */
const PKCS8_PREFIX = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/** The wallet of a seed of 32 bytes, its secret as a JSON array of 64 numbers. For tests: a known seed guards nothing. */
export async function sampleWallet(seed: Uint8Array): Promise<{ readonly address: Address; readonly secretKey: string }> {
  const key = await crypto.subtle.importKey("pkcs8", Uint8Array.from([...PKCS8_PREFIX, ...seed]), { name: "Ed25519" }, true, ["sign"]);
  const { x = "" } = (await crypto.subtle.exportKey("jwk", key)) as { readonly x?: string };
  const publicKey = Uint8Array.from(atob(x.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  return { address: encodeBase58(publicKey), secretKey: JSON.stringify([...seed, ...publicKey]) };
}
