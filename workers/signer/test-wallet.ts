import { runInDurableObject } from "cloudflare:test";
import { exports, env as testEnv } from "cloudflare:workers";
import type { SignerPort } from "../../domain/signing/types.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import type { SignerEnv } from "./env.ts";
import type { Signatures } from "./signatures.ts";

/** A key of the tests: nothing is ever sent to its address. */
export const TEST_SEED = new Uint8Array(32).map((_, i) => 200 - 3 * i);

const PKCS8_PREFIX = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/** Seed and public key, 64 bytes. */
export async function testKey(): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("pkcs8", Uint8Array.from([...PKCS8_PREFIX, ...TEST_SEED]), { name: "Ed25519" }, true, ["sign"]);
  const { x = "" } = (await crypto.subtle.exportKey("jwk", key)) as JsonWebKey;
  const publicKey = Uint8Array.from(atob(x.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  return Uint8Array.from([...TEST_SEED, ...publicKey]);
}

/** The object behind the signer. */
export function signatures(): DurableObjectStub<Signatures> {
  return (testEnv as unknown as SignerEnv).SIGNATURES.getByName("signatures");
}

/** The signer's entrypoint, as the service binding reaches it. */
export function signer(): SignerPort {
  return (exports as unknown as { readonly Signer: SignerPort }).Signer;
}

/** Gives the object its secret, which the configuration of the tests does not hold; again after each restart. */
export async function giveSecret(secret: string): Promise<void> {
  await runInDurableObject(signatures(), (instance) => {
    Object.assign((instance as unknown as { readonly env: object }).env, { WALLET_SECRET_KEY: secret });
  });
}

/** The wallet of the test key, its secret given to the signer. */
export async function giveTestWallet(): Promise<string> {
  const key = await testKey();
  await giveSecret(encodeBase58(key));
  return encodeBase58(key.subarray(32));
}
