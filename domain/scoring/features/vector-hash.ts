import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { buildFeatures, FEATURE_NAMES } from "../features.ts";
import type { Observations } from "../observations.ts";
import { SAMPLE_OBSERVATIONS } from "../sample-observations.ts";
import { randomStream } from "./random-streams.ts";

const STREAMS = 200;

/** Features as a model is fed them: eight bytes each, in order, NaN for what is unknown. */
function vectorBytes(observed: Observations): Uint8Array {
  const features = buildFeatures(observed);
  const view = new DataView(new ArrayBuffer(8 * FEATURE_NAMES.length));
  for (const [i, name] of FEATURE_NAMES.entries()) view.setFloat64(8 * i, features[name] ?? Number.NaN);
  return new Uint8Array(view.buffer);
}

/** SHA-256 of the vectors of the sample token and of many recorded streams: equal wherever they are computed. */
export function hashOfVectors(): string {
  const hash = sha256.create().update(vectorBytes(SAMPLE_OBSERVATIONS));
  for (let seed = 0; seed < STREAMS; seed++) hash.update(vectorBytes(randomStream(`hash-${seed}`)));
  return bytesToHex(hash.digest());
}

/** What both Node and workerd must give. It changes with the feature set, the scorer of its posts included, and then so must its version. */
export const EXPECTED_HASH = "4c9012c536a4c45776b14abee39f18d4566593b3db67b0835cbafffc40e4bdd5";
