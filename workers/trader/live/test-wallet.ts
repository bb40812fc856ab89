import { ed25519 } from "@noble/curves/ed25519.js";
import { createRng } from "../../../domain/random.ts";
import { encodeBase58 } from "../../../domain/solana/base58.ts";

/** A wallet's secret key as Solana's tools export it, made from a seed: never one that holds money. */
export function testSecret(seed: string): string {
  const rng = createRng(`${seed}/wallet`);
  const secret = Uint8Array.from({ length: 32 }, () => rng.int(256));
  return encodeBase58(Uint8Array.from([...secret, ...ed25519.getPublicKey(secret)]));
}
