import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("every migration file is bundled, in order", () => {
  const files = readdirSync(new URL("../../migrations/", import.meta.url).pathname).filter((file) => file.endsWith(".sql"));
  const source = readFileSync(new URL("./migrate.ts", import.meta.url).pathname, "utf8");
  const bundled = [...source.matchAll(/name: "([^"]+\.sql)"/g)].map((match) => match[1]);
  const imported = [...source.matchAll(/migrations\/([^"]+\.sql)"/g)].map((match) => match[1]);
  expect(bundled).toEqual(files.sort());
  expect(imported).toEqual(bundled);
});
