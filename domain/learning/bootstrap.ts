import file from "../../models/entry-win/bootstrap/model.json" with { type: "json" };
import { type Result, refuse } from "../result.ts";
import { FEATURE_NAMES, FEATURE_SET_VERSION } from "../scoring/features.ts";
import { bootstrapVersion } from "./bootstrap-version.ts";
import { checkModelFile } from "./model-file.ts";
import { type ServedModel, serveModel } from "./served-model.ts";
import { signatureHash } from "./signature.ts";

let loaded: Result<ServedModel> | null = null;

/**
 * The model that is shown until one is promoted. It knows generated rows only (`models/entry-win/bootstrap/card.md`),
 * so it is a shadow and never a champion. Refuses with MODEL_UNAVAILABLE, MODEL_HASH_MISMATCH or
 * MODEL_SIGNATURE_MISMATCH when the file in the bundle is not a sound one for the present features.
 */
export function bootstrapModel(): Result<ServedModel> {
  loaded ??= verifyBootstrap(file);
  return loaded;
}

/** Checks a bootstrap file: its content's hash is its version, its features are ours, it reproduces its example. */
export function verifyBootstrap(json: unknown): Result<ServedModel> {
  const parsed = checkModelFile(json);
  if (!parsed.ok) return parsed;
  const model = parsed.value;
  if (bootstrapVersion(json as object) !== model.version) return refuse("MODEL_HASH_MISMATCH", model.version);
  if (model.signatureHash !== signatureHash({ featureSetVersion: FEATURE_SET_VERSION, features: FEATURE_NAMES })) {
    return refuse("MODEL_SIGNATURE_MISMATCH", `${model.version} knows ${model.featureSetVersion}`);
  }
  return { ok: true, value: serveModel(model) };
}
