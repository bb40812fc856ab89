import { base64 } from "@scure/base";

/** Base64 text of `bytes`, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  return base64.encode(bytes);
}

/** Bytes of a padded base64 text; null when it is not one. */
export function decodeBase64(text: string): Uint8Array | null {
  try {
    return base64.decode(text);
  } catch {
    return null;
  }
}
