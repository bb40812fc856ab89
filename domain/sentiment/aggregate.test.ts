import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { summarizeSocial } from "./aggregate.ts";
import { SCORERS } from "./scorers.ts";
import type { Author, Post, SocialSample } from "./social.ts";

const NOW = 1_790_000_000_000;
const MINT = "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin";
const YEAR = 365 * 86_400_000;

function author(id: string, changes: Partial<Author> = {}): Author {
  return { id, followers: 300, posts: 2_000, createdAtMs: NOW - YEAR, ...changes };
}

let nextId = 0;
function post(text: string, authorId = "a", changes: Partial<Post> = {}): Post {
  return { id: String(++nextId), authorId, text, lang: "en", createdAtMs: NOW - 60_000, engagements: 3, ...changes };
}

function summarize(posts: Post[], authors: Author[] = ["a", "b", "c", "d"].map((id) => author(id))) {
  const sample: SocialSample = { provider: "test", fetchedAtMs: NOW, posts, authors, newestId: null, costMicroUsd: 0 };
  return summarizeSocial(sample, MINT, NOW, SCORERS.overlay);
}

describe("summarizeSocial", () => {
  test("nobody posted: counts are zero, moods are unknown", () => {
    expect(summarize([])).toEqual({
      scorer: "vader+crypto-2",
      posts: 0,
      effectivePosts: 0,
      sentimentMean: null,
      sentimentWeighted: null,
      mentionsPerMinute: 0,
      distinctAuthors: 0,
      reach: 0,
      engagementsPerPost: null,
      botShare: null,
      duplicateShare: null,
      mintShare: null,
    });
  });

  test("ten copies by ten authors count as one voice", () => {
    const copies = Array.from({ length: 10 }, (_, i) => post(`this gem is going to the moon today https://x.co/${i}`, `s${i}`));
    const honest = post("dev rugged, honeypot, stay away from this trash", "b");
    const { effectivePosts, duplicateShare, sentimentMean } = summarize([...copies, honest]);
    expect(effectivePosts).toBeCloseTo(2, 9);
    expect(duplicateShare).toBeCloseTo(9 / 11, 9);
    expect(sentimentMean).toBeLessThan(0.1);
  });

  test("an author's many posts count as one", () => {
    const posts = ["lfg bullish on this one", "what a chart, still early", "gem gem gem, aping more", "wagmi frens"].map((text) =>
      post(text),
    );
    expect(summarize(posts).effectivePosts).toBeCloseTo(1, 9);
  });

  test("bots: a week-old account without followers counts a tenth", () => {
    const bots = [author("x", { followers: 0, createdAtMs: NOW - 86_400_000 })];
    const summary = summarize([post("bullish", "x")], bots);
    expect(summary).toMatchObject({ botShare: 1, distinctAuthors: 0, reach: 0 });
    expect(summary.effectivePosts).toBeCloseTo(0.1, 9);
  });

  test("one sign alone makes no bot", () => {
    expect(summarize([post("bullish", "x")], [author("x", { followers: 0 })]).botShare).toBe(0);
  });

  test("followers weigh, up to a cap", () => {
    const posts = [post("this is a scam", "big"), post("bullish gem", "small")];
    const mood = (followers: number) =>
      summarize(posts, [author("big", { followers }), author("small", { followers: 20 })]).sentimentWeighted ?? 0;
    expect(mood(1_000_000)).toBeLessThan(mood(20));
    expect(mood(100_000_000)).toBe(mood(1_000_000));
  });

  test("unknown authors: reach is unknown, not zero", () => {
    expect(summarize([post("bullish", "z")], []).reach).toBeNull();
  });

  test("other languages are left out; posts without words count as mentions", () => {
    const summary = summarize([post("bonjour", "a", { lang: "fr" }), post("$WIF", "b", { lang: "qct" }), post("bullish", "c")]);
    expect(summary.posts).toBe(2);
  });

  test("namesakes show in the share of posts that name the mint", () => {
    expect(summarize([post(`ape ${MINT}`), post("$WIF up", "b")]).mintShare).toBe(0.5);
  });

  test("rate: posts since the oldest of the sample", () => {
    expect(summarize([post("a", "a", { createdAtMs: NOW - 300_000 }), post("b", "b")]).mentionsPerMinute).toBeCloseTo(0.4, 9);
  });

  describe("spam: what many posts count", () => {
    const base = "this gem is going to the moon today, do not miss it";
    const ten = <T>(make: (i: number) => T): T[] => Array.from({ length: 10 }, (_, i) => make(i));
    const young = (id: string) => author(id, { followers: 0, createdAtMs: NOW - 86_400_000, posts: 3 });
    const cases: ReadonlyArray<readonly [name: string, posts: () => Post[], authors: Author[], effective: number]> = [
      ["ten copies by ten authors", () => ten((i) => post(base, `s${i}`)), [], 1],
      ["ten copies by one author", () => ten(() => post(base)), [author("a")], 1],
      [
        "ten different posts by one author",
        () => ten((i) => post(`${["red", "blue"][i % 2]} ${"abcdefghij"[i]}${"klmnopqrst"[i]} one two`)),
        [author("a")],
        1,
      ],
      ["copies with other links", () => ten((i) => post(`${base} https://x.co/${i}`, `s${i}`)), [], 1],
      ["copies with other handles and numbers", () => ten((i) => post(`@friend${i} ${base} ${i}00x`, `s${i}`)), [], 1],
      [
        "copies with other emoji",
        () => ten((i) => post(`${base} ${["🚀", "🔥", "💎", "👀", "🌕", "📈", "💰", "🤑", "⚡", "🎯"][i]}`, `s${i}`)),
        [],
        1,
      ],
      ["copies with invisible characters", () => ten((i) => post(base.replaceAll("o", `o${"\u200b".repeat(i)}`), `s${i}`)), [], 1],
      [
        "copies in capitals and in wide letters",
        () => [post(base, "p"), post(base.toUpperCase(), "q"), post("ｔｈｉｓ ｇｅｍ is going to the moon today, do not miss it", "r")],
        [],
        1,
      ],
      ["ten copies by ten bots", () => ten((i) => post(base, `b${i}`)), ten((i) => young(`b${i}`)), 0.1],
      [
        "ten different posts by ten bots",
        () => ten((i) => post(`${"abcdefghij"[i]}${"klmnopqrst"[i]} ${"klmnopqrst"[i]}x yy zz`, `b${i}`)),
        ten((i) => young(`b${i}`)),
        1,
      ],
      [
        "three different posts by three people",
        () => ["bullish on this one", "what a chart, still early", "dev is a fraud"].map((text, i) => post(text, `p${i}`)),
        [],
        3,
      ],
    ];
    for (const [name, posts, authors, effective] of cases) {
      test(`${name}: ${effective}`, () => expect(summarize(posts(), authors).effectivePosts).toBeCloseTo(effective, 9));
    }

    test("a swarm of copies does not outshout two people", () => {
      const swarm = ten((i) => post(`${base} ${i}`, `s${i}`));
      const people = [post("dev rugged us, this is a scam", "b"), post("honeypot, cannot sell my bags", "c")];
      expect(summarize([...swarm, ...people]).sentimentMean).toBeLessThan(0);
    });
  });

  test("a language that the provider did not tell is read off the text", () => {
    const posts = ["das ist nicht gut und der Chart ist schlecht", "これは月に行く", "bullish"].map((text, i) =>
      post(text, `l${i}`, { lang: i === 1 ? "und" : null }),
    );
    expect(summarize(posts).posts).toBe(1);
  });

  test("a post after the moment of judgement changes nothing", () => {
    const words = fc.constantFrom("bullish", "rug", "lfg to the moon", "what is this", "🚀");
    const past = fc.array(fc.record({ text: words, authorId: fc.constantFrom("a", "b", "q"), ageMs: fc.nat(3_600_000) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(past, past, (before, after) => {
        const seen = before.map(({ text, authorId, ageMs }, i) => post(text, authorId, { id: `p${i}`, createdAtMs: NOW - ageMs }));
        const unseen = after.map(({ text, authorId, ageMs }, i) => post(text, authorId, { id: `f${i}`, createdAtMs: NOW + 1 + ageMs }));
        expect(summarize([...unseen, ...seen])).toEqual(summarize(seen));
      }),
    );
  });
});
