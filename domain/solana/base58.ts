import { base58 } from "@scure/base";

/**
 * Longest text that is decoded: decoding costs the square of the length. An instruction in a
 * transaction packet has at most 1,232 bytes (Solana PACKET_DATA_SIZE, 1,683 characters); events
 * in inner instructions stay below that too.
 */
export const MAX_BASE58_CHARS = 4_096;

/** Base58 text (Bitcoin alphabet) of `bytes`, 2,048 at most: the library throws beyond. */
export function encodeBase58(bytes: Uint8Array): string {
  return base58.encode(bytes);
}

/** Bytes of a base58 text; null when a character is outside the alphabet or the text is too long. */
export function decodeBase58(text: string): Uint8Array | null {
  if (text.length > MAX_BASE58_CHARS) return null;
  try {
    return base58.decode(text);
  } catch {
    return null;
  }
}
