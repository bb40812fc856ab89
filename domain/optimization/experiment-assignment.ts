import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Arm } from "../trading/signal.ts";
import type { Address } from "../units.ts";

/**
 * The arm that trades a mint: B with probability `shareBps` / 10,000. A function of mint and
 * experiment alone, so a retry, another isolate or an audit years later gets the same answer, and two
 * experiments split the mints independently.
 */
export function assignArm(mint: Address, experimentId: string, shareBps: number): Arm {
  const digest = sha256(utf8ToBytes(`${experimentId}\n${mint}`));
  const draw = new DataView(digest.buffer, digest.byteOffset).getUint32(0) / 0x1_0000_0000;
  return draw < shareBps / 10_000 ? "B" : "A";
}
