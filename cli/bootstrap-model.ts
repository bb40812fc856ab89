/** `node cli/bootstrap-model.ts`: builds `models/entry-win/bootstrap/` for the present feature set. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bootstrapCard, buildBootstrap } from "../domain/learning/build-bootstrap.ts";

const folder = resolve(import.meta.dirname, "../models/entry-win/bootstrap");
const model = buildBootstrap();
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "model.json"), `${JSON.stringify(model)}\n`);
writeFileSync(join(folder, "card.md"), bootstrapCard(model));
console.log(`${model.version}: ${model.features.length} features of ${model.featureSetVersion}`);
