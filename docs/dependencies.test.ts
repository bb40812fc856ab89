import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), "utf8");

test("dependencies.md names every direct dependency at its exact version, and no other", () => {
  const manifest = JSON.parse(read("../package.json")) as Record<string, Record<string, string>>;
  const declared = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) => Object.entries(manifest[kind] ?? {}));
  const documented = [...read("./dependencies.md").matchAll(/^\| (\S+) +\| (\d[^ ]*) +\|/gm)].map((row) => [row[1], row[2]]);
  expect(documented.sort()).toEqual(declared.sort());
});
