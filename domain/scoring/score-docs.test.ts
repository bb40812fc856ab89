import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { observationsSchema } from "./observations-schema.ts";
import { SAMPLE_OBSERVATIONS } from "./sample-observations.ts";
import { renderScoringDocs } from "./score-docs.ts";

test("docs/scoring.md is what the code says", () => {
  expect(readFileSync(join(import.meta.dirname, "../../docs/scoring.md"), "utf8")).toBe(renderScoringDocs());
});

test("the observations on that page can be scored", () => {
  const [, example = ""] = /```json\n([\s\S]*?)\n```/.exec(renderScoringDocs()) ?? [];
  const read = observationsSchema.safeParse(JSON.parse(example));
  expect(read.error?.issues).toBeUndefined();
  for (const name of Object.keys(SAMPLE_OBSERVATIONS)) expect(renderScoringDocs()).toContain(`| \`${name}\` |`);
});
