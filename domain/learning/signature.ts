import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonicalJson } from "../journal/canonical-json.ts";

/** What a model expects as input: order counts. */
export interface FeatureSignature {
  readonly featureSetVersion: string;
  readonly features: readonly string[];
}

/** SHA-256 hex of a text's UTF-8 bytes. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** Equal hashes mean that a model and the features it is fed agree in version, names and order. */
export function signatureHash({ featureSetVersion, features }: FeatureSignature): string {
  return sha256Hex(canonicalJson({ featureSetVersion, features }));
}
