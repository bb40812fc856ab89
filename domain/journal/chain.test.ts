import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "./canonical-json.ts";
import { appendEntries, GENESIS, linkHash, verifyChain } from "./chain.ts";
import type { JournalEntry } from "./entry.ts";

function entry(id: string, author = "test"): JournalEntry {
  return { kind: "denylist", id, atMs: 1, subject: "mint", value: id, action: "add", reason: "rug", author };
}

describe("canonicalJson", () => {
  test.each([
    [{ b: 1, a: [null, undefined, Number.NaN, -0] }, '{"a":[null,null,null,0],"b":1}'],
    [{ a: undefined, B: "é\ud800" }, '{"B":"é\\ud800"}'],
    ["x", '"x"'],
    [null, "null"],
  ])("%j", (value, text) => expect(canonicalJson(value)).toBe(text));

  test("a parsed canonical text gives the same text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("a bigint is a bug", () => expect(() => canonicalJson({ amount: 1n })).toThrow(TypeError));
});

describe("chain", () => {
  test("the first link's hash is SHA-256 of genesis hash, number and canonical JSON", async () => {
    const [link] = appendEntries(GENESIS, [entry("a")]);
    const text = `${"0".repeat(64)}\n1\n{"action":"add","atMs":1,"author":"test","id":"a","kind":"denylist","reason":"rug","subject":"mint","value":"a"}`;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    expect(link).toEqual({
      seq: 1,
      prevHash: GENESIS.hash,
      hash: [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
      entry: entry("a"),
    });
  });

  test("any split into calls, with repeats, gives one gapless chain of the first entries", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 6 }), { maxLength: 12 }), (calls) => {
        const chain: ReturnType<typeof appendEntries> = [];
        calls.forEach((ids, call) => {
          chain.push(
            ...appendEntries(
              chain.at(-1) ?? GENESIS,
              ids.map((id) => entry(String(id), `call ${call}`)),
              (id) => chain.some((link) => link.entry.id === id),
            ),
          );
        });
        expect(chain.map((link) => link.seq)).toEqual(chain.map((_, index) => index + 1));
        expect(chain.map((link) => link.entry.id)).toEqual([...new Set(calls.flat())].map(String));
        expect(verifyChain(chain).ok).toBe(true);
        expect(verifyChain(JSON.parse(JSON.stringify(chain))).ok).toBe(true);
      }),
    );
  });

  test("every change, loss, swap or renumbering is found", () => {
    const chain = appendEntries(
      GENESIS,
      ["a", "b", "c", "d"].map((id) => entry(id)),
    );
    const [a, b, c, d] = chain as [(typeof chain)[0], (typeof chain)[0], (typeof chain)[0], (typeof chain)[0]];
    const forged = { ...b, entry: entry("b", "someone else") };
    for (const broken of [
      [a, c, d],
      [b, c, d],
      [a, c, b, d],
      [a, forged, c, d],
      [a, { ...forged, hash: linkHash(b.prevHash, b.seq, canonicalJson(forged.entry)) }, c, d],
      [a, b, c, { ...d, seq: 5 }],
    ]) {
      expect(verifyChain(broken)).toMatchObject({ ok: false, reason: "JOURNAL_BROKEN" });
    }
    expect(verifyChain([c, d], b)).toEqual({ ok: true, value: { seq: 4, hash: d.hash } });
  });
});
