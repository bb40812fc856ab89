import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import file from "../../models/entry-win/bootstrap/model.json" with { type: "json" };
import { FEATURE_NAMES } from "../scoring/features.ts";
import { bootstrapModel, verifyBootstrap } from "./bootstrap.ts";
import { bootstrapCard, buildBootstrap } from "./build-bootstrap.ts";
import type { ModelFile } from "./model-file.ts";

test("the bootstrap model fits the present features: otherwise run `node cli/bootstrap-model.ts`", () => {
  const model = bootstrapModel();
  if (!model.ok) throw new Error(`${model.reason} ${model.detail ?? ""}: run \`node cli/bootstrap-model.ts\``);
  expect(model.value.features).toEqual(FEATURE_NAMES);
  expect(model.value.version).toMatch(/^bootstrap-[0-9a-f]{12}$/);
  const unknown = Object.fromEntries(FEATURE_NAMES.map((name) => [name, null]));
  expect(model.value.predict(unknown)).toBeGreaterThan(0.05);
  expect(model.value.predict(unknown)).toBeLessThan(0.5);
});

test("building it again gives the same file, and its card says what it is", () => {
  const [a, b] = [buildBootstrap(), buildBootstrap()];
  expect(a).toEqual(b);
  expect(verifyBootstrap(JSON.parse(JSON.stringify(a)))).toMatchObject({ ok: true });
  const card = new URL("../../models/entry-win/bootstrap/card.md", import.meta.url).pathname;
  expect(existsSync(card) && readFileSync(card, "utf8")).toBe(bootstrapCard(file as unknown as ModelFile));
});

test.each([
  ["a changed coefficient", { training: { ...file.training, positiveRate: 0.9 } }, "MODEL_HASH_MISMATCH"],
  ["other features", { features: [...file.features].reverse() }, "MODEL_UNAVAILABLE"],
  ["another answer to its example", { example: { ...file.example, output: 0.9 } }, "MODEL_UNAVAILABLE"],
])("%s is refused", (_, change, reason) => {
  expect(verifyBootstrap({ ...file, ...change })).toMatchObject({ ok: false, reason });
});
