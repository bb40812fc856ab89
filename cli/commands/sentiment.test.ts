import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SCORERS } from "../../domain/sentiment/scorers.ts";
import { runCli } from "../main.ts";
import { MAX_LINE_BYTES, readLines } from "../text/lines.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sentiment-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(content: string | Uint8Array, ...options: string[]) {
  const file = join(folder, "texts.txt");
  await writeFile(file, content);
  return runFile(file, ...options);
}

async function runFile(file: string, ...options: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const codes: number[] = [];
  await runCli(["sentiment", file, ...options], {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    fail: (code) => codes.push(code),
  });
  return { out, err, codes };
}

function parsed(lines: readonly string[]): Array<Record<string, unknown>> {
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("sniper sentiment", () => {
  test.each(Object.entries(SCORERS))("--scorer %s: one JSON line a text, what the scorer says", async (flag, { name, score }) => {
    const texts = ["love this gem!!", "", "dev rugged, honeypot", "the chart"];
    const { out, err, codes } = await run(`${texts.join("\n")}\n`, "--scorer", flag, "--json");
    expect(parsed(out)).toEqual(texts.map((text, i) => ({ line: i + 1, scorer: name, ...score(text) })));
    expect([err, codes]).toEqual([[], []]);
    for (const row of parsed(out)) {
      const total = Number(row["neg"]) + Number(row["neu"]) + Number(row["pos"]);
      expect(total === 0 || Math.abs(total - 1) < 0.0016).toBe(true);
    }
  });

  test("for people: a table, strangers' text made safe", async () => {
    const { out } = await run("great \u001b[2J\u202ecoin\nrug\n");
    expect(out).toHaveLength(3);
    for (const mark of ["\u001b", "\u202e"]) expect(out.join("")).not.toContain(mark);
    expect(out[1]).toMatch(/^ {2}0\.6249 {2}0\.000/);
    expect(out[2]).toMatch(/^ -0\.6124/);
  });

  const long = "x".repeat(MAX_LINE_BYTES);
  test.each<[string, string | Uint8Array, Array<Record<string, unknown>>]>([
    ["an empty file", "", []],
    ["a line without an end", "good", [{ line: 1, compound: 0.4404 }]],
    ["Windows line ends and a byte order mark", "\ufeffgood\r\nbad\r\n", [{ compound: 0.4404 }, { compound: -0.5423 }]],
    ["NUL", "good \u0000 coin\n", [{ compound: 0.4404 }]],
    ["marks of direction", "\u202egood\u202c\n\u200fgood day\n", [{ compound: 0 }, { compound: 0 }]],
    ["empty lines and blanks", "\n \n\t\n", [1, 2, 3].map((line) => ({ line, compound: 0, neg: 0, neu: 0, pos: 0 }))],
    [
      "the longest line",
      `${long}\ngood\n`,
      [
        { compound: 0, neu: 1 },
        { line: 2, compound: 0.4404 },
      ],
    ],
    ["a line of good words, 100 kB", `${"good ".repeat(20_000)}\n`, [{ compound: 1 }]],
    [
      "a line that is too long",
      `good\n${long}x\nbad\n`,
      [{ compound: 0.4404 }, { line: 2, error: "LINE_TOO_LONG" }, { compound: -0.5423 }],
    ],
    ["a last line that is too long", `${long}${long}`, [{ error: "LINE_TOO_LONG" }]],
    ["invalid UTF-8", Uint8Array.of(0x67, 0xff, 0x0a, 0x67, 0x6f, 0x6f, 0x64), [{ error: "NOT_UTF8" }, { compound: 0.4404 }]],
    ["a lone surrogate in bytes", Uint8Array.of(0xed, 0xa0, 0x80, 0x0a), [{ error: "NOT_UTF8" }]],
  ])("%s", async (_, content, expected) => {
    const { out, err, codes } = await run(content, "--scorer", "vader", "--json");
    expect(parsed(out)).toEqual(expected.map((row) => expect.objectContaining(row)));
    expect(out).toHaveLength(expected.length);
    expect(err).toEqual([]);
    expect(codes.length > 0).toBe(expected.some((row) => "error" in row));
  });

  test("a missing file and a folder are one line and exit code 1", async () => {
    for (const [path, why] of [
      [join(folder, "none.txt"), "no such file"],
      [folder, "is a folder"],
    ] as const) {
      const { out, err, codes } = await runFile(path, "--json");
      expect(parsed(out)).toEqual([{ error: `${path}: ${why}` }]);
      expect([err, codes]).toEqual([[], [1]]);
    }
  });

  test("another scorer, no file and two files are usage errors", async () => {
    for (const args of [["x.txt", "--scorer", "gpt"], [], ["a", "b"]]) {
      const codes: number[] = [];
      await runCli(["sentiment", ...args], { out: () => undefined, err: () => undefined, fail: (code) => codes.push(code) });
      expect(codes).toEqual([2]);
    }
  });
});

describe("lines of a stream", () => {
  async function lines(chunks: readonly Uint8Array[]): Promise<unknown[]> {
    const result: unknown[] = [];
    async function* stream() {
      yield* chunks;
    }
    for await (const line of readLines(stream())) result.push(line);
    return result;
  }

  test("are the same however the bytes come in pieces", async () => {
    const text = fc
      .array(fc.constantFrom("good", "\n", "\r\n", "ä", "🚀", "\u0000", "\xff"), { maxLength: 30 })
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(60), { maxLength: 8 }), async (content, cuts) => {
        const bytes = new TextEncoder().encode(content);
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) => a - b);
        const pieces = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
        expect(await lines(pieces)).toEqual(await lines([bytes]));
      }),
    );
  });

  test("hold no more than one line: a line of 200 MB is dropped as it comes", async () => {
    const block = new Uint8Array(1_000_000).fill(0x61);
    const before = process.memoryUsage().arrayBuffers;
    async function* stream() {
      for (let i = 0; i < 200; i++) yield block;
      yield Uint8Array.of(0x0a, 0x62);
    }
    const result: unknown[] = [];
    for await (const line of readLines(stream())) result.push(line);
    expect(result).toEqual([
      { ok: false, reason: "LINE_TOO_LONG", detail: `200000000 bytes, at most ${MAX_LINE_BYTES}` },
      { ok: true, value: "b" },
    ]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });
});
