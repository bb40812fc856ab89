import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { SEGMENT_PREFIX, WINDOW_ENTRIES, windowKey, windowOf } from "../../adapters/r2/raw-tables.ts";
import { canonicalJson } from "../../domain/journal/canonical-json.ts";
import { appendEntries, GENESIS } from "../../domain/journal/chain.ts";
import { sampleDecision, sampleFill } from "../../domain/journal/sample-entries.ts";
import { runCli } from "../main.ts";

const CHAIN = appendEntries(
  GENESIS,
  Array.from({ length: 450 }, (_, i) => (i % 2 === 0 ? sampleDecision(`d${i}`) : sampleFill(`f${i}`))),
);
const LINES = CHAIN.map((link) => canonicalJson(link));
const HEAD = `450:${CHAIN.at(-1)?.hash}`;
const dir = mkdtempSync(join(tmpdir(), "sniper-journal-"));

/** Writes the lines as archived files; a window that has many is in two parts. */
function writeFiles(lines: readonly string[], splitWindow = -1): void {
  rmSync(dir, { recursive: true, force: true });
  const folder = mkdtempSync(dir);
  current = folder;
  for (let first = 0; first < lines.length; first += WINDOW_ENTRIES) {
    const window = windowOf(first + 1);
    const own = lines.slice(first, first + WINDOW_ENTRIES);
    const parts = first / WINDOW_ENTRIES === splitWindow ? [own.slice(0, 70), own.slice(70)] : [own];
    for (const [part, some] of parts.entries()) {
      const name = windowKey(SEGMENT_PREFIX, window, part, "jsonl").slice(SEGMENT_PREFIX.length);
      writeFileSync(join(folder, name), `${some.join("\n")}\n`);
    }
  }
}

let current = dir;
const folders = new Set<string>();

async function verify(...more: string[]): Promise<{ out: string; code: number }> {
  folders.add(current);
  const out: string[] = [];
  let code = 0;
  const io = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void out.push(line),
    fail: (given: number) => {
      code = given;
    },
  };
  await runCli(["journal", "verify", "--from", current, ...more], io);
  return { out: out.join("\n"), code };
}

beforeEach(() => writeFiles(LINES));
afterAll(() => {
  for (const folder of [dir, ...folders]) rmSync(folder, { recursive: true, force: true });
});

describe("sniper journal verify --from", () => {
  test("a sound folder, in one part or several: exit code 0 and the head", async () => {
    expect(await verify("--head", HEAD)).toEqual({ out: `sound: 450 entries in 3 archived files\nhead ${HEAD}`, code: 0 });
    writeFiles(LINES, 1);
    expect(await verify()).toMatchObject({ code: 0, out: expect.stringContaining("in 4 archived files; name the end with --head") });
  });

  test("one file of lines", async () => {
    current = join(current, "all.jsonl");
    writeFileSync(current, LINES.map((line) => `${line}\n`).join(""));
    expect(await verify()).toMatchObject({ code: 0, out: expect.stringContaining("450 entries") });
  });

  test.each([
    ["changed", () => LINES.with(250, (LINES[250] ?? "").replace("atMs", "atMS")), "entry 251: changed"],
    ["removed", () => LINES.toSpliced(250, 1), "entry 251: removed"],
    ["reordered", () => LINES.with(250, LINES[251] ?? "").with(251, LINES[250] ?? ""), "entry 251: reordered"],
    ["truncated", () => LINES.slice(0, 430), "entry 431: truncated"],
  ])("%s: exit code 1 and the first bad entry", async (_name, tamper, text) => {
    writeFiles(tamper());
    const found = await verify("--head", HEAD);
    expect(found.code).toBe(1);
    expect(found.out).toContain(text);
    const json = await verify("--head", HEAD, "--json");
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ isSound: false });
  });

  test("what is no journal is one line and exit code 1", async () => {
    rmSync(current, { recursive: true, force: true });
    expect(await verify()).toMatchObject({ code: 1, out: expect.stringContaining("error:") });
    expect((await verify("--head", "x")).code).toBe(2);
  });

  test("random tampering is found at its first entry", async () => {
    const property = fc.asyncProperty(fc.nat(448), fc.constantFrom("byte", "remove", "swap"), fc.nat(200), async (line, how, place) => {
      const text = LINES[line] ?? "";
      const at = place % text.length;
      const changed = {
        byte: () => LINES.with(line, `${text.slice(0, at)}${text[at] === "7" ? "8" : "7"}${text.slice(at + 1)}`),
        remove: () => LINES.toSpliced(line, 1),
        swap: () => LINES.with(line, LINES[line + 1] ?? "").with(line + 1, text),
      }[how]?.();
      writeFiles(changed ?? LINES);
      const found = await verify("--head", HEAD);
      expect(found.code).toBe(1);
      expect(found.out).toContain(`entry ${line + 1}: `);
    });
    await fc.assert(property, { numRuns: 40 });
  });
});
