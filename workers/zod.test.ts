import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as all from "zod";
import * as parts from "./zod-parts.ts";

const ROOT = join(import.meta.dirname, "..");
/** Only ever used as a type, but zod has a value of the name as well. */
const TYPES: ReadonlySet<string> = new Set(["output"]);
const IMPORT = /^import (?:type )?\{[^}]*\bz\b[^}]*\} from "(?:zod|@hono\/zod-openapi)";$/m;

function sources(): readonly string[] {
  return ["adapters", "domain", "durable-objects", "workers"].flatMap((dir) =>
    readdirSync(join(ROOT, dir), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith("test.ts"))
      .map((name) => readFileSync(join(ROOT, dir, name), "utf8")),
  );
}

test("whatever the Worker's code takes from zod is in its bundle", () => {
  const texts = sources().filter((text) => IMPORT.test(text));
  const names = (pattern: RegExp): string[] => texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? ""));
  // Types are no part of a bundle, and classes are mostly named as types.
  const used = new Set([...names(/\bz\s*\.\s*((?!Zod)\w+)/g), ...names(/\b(?:instanceof|new)\s+z\.(\w+)/g)]);
  const values = [...used].filter((name) => name in all && !TYPES.has(name));
  expect(values.length).toBeGreaterThan(15);
  expect(values.filter((name) => !(name in parts))).toEqual([]);
  const whole = new Map<string, unknown>(Object.entries(all));
  expect(Object.entries(parts).filter(([name, value]) => value !== whole.get(name))).toEqual([]);
});

test("both configurations of the Worker put the parts in zod's place", () => {
  for (const name of ["wrangler.toml", "wrangler.live.toml"]) {
    expect(readFileSync(join(ROOT, name), "utf8")).toContain('[alias]\nzod = "./workers/zod.ts"\n');
  }
});
