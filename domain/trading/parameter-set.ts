import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonicalJson } from "../journal/canonical-json.ts";
import { builtinParameters, type ParameterProfile, type ParameterSet, type Parameters } from "./parameters.ts";

/** `<name>-<first 12 hex digits of SHA-256 over the canonical JSON>`: equal values, equal hash. */
export function parameterVersion(name: string, parameters: Parameters): string {
  return `${name}-${contentHash(parameters)}`;
}

/** Whether two sets trade alike, whatever they are called. */
export function hasSameValues(a: ParameterSet, b: ParameterSet): boolean {
  return contentHash(a.parameters) === contentHash(b.parameters);
}

function contentHash(parameters: Parameters): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(parameters)))).slice(0, 12);
}

/** Builds an immutable set and its version. */
export function makeParameterSet(set: Omit<ParameterSet, "version">): ParameterSet {
  return { version: parameterVersion(set.name, set.parameters), ...set };
}

/** The set that is in force before anyone has changed anything. */
export function builtinParameterSet(profile: ParameterProfile): ParameterSet {
  return makeParameterSet({ name: profile, parent: null, author: "builtin", createdAtMs: 0, parameters: builtinParameters(profile) });
}
