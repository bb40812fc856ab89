import { canonicalJson } from "../journal/canonical-json.ts";
import { sha256Hex } from "./signature.ts";

/** `bootstrap-<12 hex of the content's hash>`: nobody takes it for a trained model. */
export function bootstrapVersion(model: object): string {
  const { version: _, ...content } = model as Readonly<Record<string, unknown>>;
  return `bootstrap-${sha256Hex(canonicalJson(content)).slice(0, 12)}`;
}
