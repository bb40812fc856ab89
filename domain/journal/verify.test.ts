import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "./canonical-json.ts";
import { appendEntries, GENESIS, linkHash } from "./chain.ts";
import type { StoredEntry } from "./entry.ts";
import { sampleDecision, sampleFill, sampleLedger } from "./sample-entries.ts";
import { firstDifference, JournalVerifier } from "./verify.ts";

const CHAIN = appendEntries(
  GENESIS,
  Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? sampleDecision(`d${i}`) : i % 3 === 1 ? sampleFill(`f${i}`) : sampleLedger(i))),
);
const HEAD = { seq: 30, hash: CHAIN[29]?.hash ?? "" };
/** Lines per file. */
const WINDOW = 8;

function filesOf(lines: readonly string[]): string[] {
  const files: string[] = [];
  for (let i = 0; i < lines.length; i += WINDOW) files.push(`${lines.slice(i, i + WINDOW).join("\n")}\n`);
  return files;
}

function verify(files: readonly string[], known = HEAD) {
  const verifier = new JournalVerifier();
  for (const file of files) if (!verifier.add(file)) break;
  return verifier.end(known);
}

const LINES = CHAIN.map((link) => canonicalJson(link));

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(String(index));
  return item;
}

function changed(link: StoredEntry): StoredEntry {
  return { ...link, entry: { ...link.entry, atMs: link.entry.atMs + 1 } };
}

function rechained(from: number): string[] {
  let prevHash = from === 0 ? GENESIS.hash : at(CHAIN, from - 1).hash;
  return CHAIN.slice(from).map((link, i) => {
    const entry = i === 0 ? changed(link).entry : link.entry;
    const hash = linkHash(prevHash, link.seq, canonicalJson(entry));
    const line = canonicalJson({ seq: link.seq, prevHash, hash, entry });
    prevHash = hash;
    return line;
  });
}

describe("JournalVerifier", () => {
  test("a whole journal is sound, in files of any size", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 8 }), (sizes) => {
        const files: string[] = [];
        let rest = LINES;
        for (const size of sizes) {
          if (rest.length === 0) break;
          files.push(`${rest.slice(0, size).join("\n")}\n`);
          rest = rest.slice(size);
        }
        if (rest.length > 0) files.push(`${rest.join("\n")}\n`);
        expect(verify(files)).toBeNull();
      }),
    );
  });

  test("an empty journal is sound", () => expect(verify([], GENESIS)).toBeNull());

  test.each([
    ["a changed entry", () => LINES.with(11, canonicalJson(changed(at(CHAIN, 11)))), 12, "changed"],
    ["a changed entry with a fitting hash", () => LINES.with(11, at(rechained(11), 0)), 12, "changed"],
    ["a changed last entry with a fitting hash", () => LINES.with(29, at(rechained(29), 0)), 30, "changed"],
    ["a changed hash", () => LINES.with(11, canonicalJson({ ...at(CHAIN, 11), hash: "0".repeat(64) })), 12, "changed"],
    ["other white space", () => LINES.with(11, ` ${at(LINES, 11)}`), 12, "changed"],
    ["a line that is no JSON", () => LINES.with(11, "{"), 12, "changed"],
    ["a line that is no entry", () => LINES.with(11, "[]"), 12, "changed"],
    ["a removed entry", () => LINES.toSpliced(11, 1), 12, "removed"],
    ["a removed first entry", () => LINES.slice(1), 1, "removed"],
    ["a removed file", () => LINES.toSpliced(8, 8), 9, "removed"],
    ["two entries that changed places", () => LINES.with(11, at(LINES, 12)).with(12, at(LINES, 11)), 12, "reordered"],
    ["an entry that stands twice", () => LINES.toSpliced(12, 0, at(LINES, 11)), 13, "reordered"],
    ["a cut end", () => LINES.slice(0, 27), 28, "truncated"],
    ["nothing at all", () => [], 1, "truncated"],
  ] as const)("%s is found", (_name, tamper, seq, fault) => {
    expect(verify(filesOf(tamper()))).toMatchObject({ seq, fault });
  });

  test("a file that ends in the middle of an entry is truncated there", () => {
    const files = filesOf(LINES);
    expect(verify([...files.slice(0, -1), at(files, files.length - 1).slice(0, -40)])).toMatchObject({ seq: 30, fault: "truncated" });
  });

  test("a chain written anew from an entry on shows against the head, and hashes that were kept tell from where", () => {
    const forged = [...LINES.slice(0, 11), ...rechained(11)];
    expect(verify(filesOf(forged))).toMatchObject({ fault: "changed", seq: 30 });
    const own = new Map(forged.map((line) => [JSON.parse(line).seq as number, JSON.parse(line).hash as string]));
    expect(firstDifference(own, new Map(CHAIN.map(({ seq, hash }) => [seq, hash])))).toBe(12);
  });

  test("any tampering with any byte or any line is found, never later than where it is", () => {
    const tampering = fc.oneof(
      fc.record({
        type: fc.constant("byte" as const),
        line: fc.nat(29),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        char: fc.string({ minLength: 1, maxLength: 1 }),
      }),
      fc.record({ type: fc.constant("remove" as const), line: fc.nat(29), count: fc.integer({ min: 1, max: 10 }) }),
      fc.record({ type: fc.constant("swap" as const), line: fc.nat(29), other: fc.nat(29) }),
      fc.record({ type: fc.constant("repeat" as const), line: fc.nat(29), other: fc.nat(29) }),
    );
    fc.assert(
      fc.property(fc.array(tampering, { minLength: 1, maxLength: 3 }), (changes) => {
        let lines = [...LINES];
        for (const change of changes) {
          const line = Math.min(change.line, lines.length - 1);
          if (line < 0) break;
          if (change.type === "byte") {
            const text = at(lines, line);
            const place = Math.min(text.length - 1, Math.floor(change.at * text.length));
            lines = lines.with(line, text.slice(0, place) + change.char + text.slice(place + 1));
          } else if (change.type === "remove") {
            lines = lines.toSpliced(line, change.count);
          } else if (change.type === "swap") {
            const other = Math.min(change.other, lines.length - 1);
            const [a, b] = [at(lines, line), at(lines, other)];
            lines = lines.with(line, b).with(other, a);
          } else {
            lines = lines.toSpliced(Math.min(change.other, lines.length), 0, at(lines, line));
          }
        }
        const joined = lines.join("\n");
        fc.pre(joined !== LINES.join("\n"));
        const difference = LINES.findIndex((line, index) => line !== joined.split("\n")[index]);
        const found = verify([`${joined}\n`]);
        expect(found).not.toBeNull();
        if (difference >= 0) expect(found?.seq).toBe(difference + 1);
      }),
      { numRuns: 500 },
    );
  });
});
