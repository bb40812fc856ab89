import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { renderScoringDocs } from "./score-docs.ts";

test("docs/scoring.md is what the code says", () => {
  expect(readFileSync(join(import.meta.dirname, "../../docs/scoring.md"), "utf8")).toBe(renderScoringDocs());
});
