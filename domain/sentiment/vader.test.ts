import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EMOJI_NAMES } from "./emoji-names.ts";
import { BOOSTERS, NEGATIONS, SPECIAL_CASES, VADER_LEXICON } from "./lexicon.ts";
import { expandEmoji, wordsOf } from "./scan.ts";
import { plainVader } from "./test-vader.ts";
import { type Sentiment, scoreVader } from "./vader.ts";

const REFERENCE = decodeURIComponent(new URL("../../../shared/reference/", import.meta.url).pathname);

describe("equals the Python reference", () => {
  for (const [file, count] of [
    ["vader-tweets.json", 4_200],
    ["vader-fuzz.json", 1_000],
  ] as const) {
    const path = `${REFERENCE}${file}`;
    if (!existsSync(path)) {
      console.warn(`SKIPPED: ${file} is not in ../shared/reference`);
      test.skip(`${file} on all four outputs`, () => undefined);
      continue;
    }
    test(`${file} on all four outputs`, () => {
      const rows = JSON.parse(readFileSync(path, "utf8")) as Array<Sentiment & { readonly text: string }>;
      const differing = rows.filter((row) => {
        const score = scoreVader(row.text);
        return score.compound !== row.compound || score.neg !== row.neg || score.neu !== row.neu || score.pos !== row.pos;
      });
      expect(differing.slice(0, 3)).toEqual([]);
      expect(rows.length).toBe(count);
    });
  }
});

/** Valences are the lexicon's: great 3.1, good 1.9, bad -2.5, horrible -2.5, love 3.2. */
function compound(sum: number): number {
  return Math.round((sum / Math.sqrt(sum * sum + 15)) * 1e4) / 1e4;
}

describe("rules, each by hand", () => {
  const cases: ReadonlyArray<readonly [name: string, text: string, sum: number]> = [
    ["no lexicon word", "the chart on the table", 0],
    ["one word", "the coin is good", 1.9],
    ["exclamation marks, at most four count", "the coin is good!!!!!!", 1.9 + 4 * 0.292],
    ["one question mark does nothing", "the coin is good?", 1.9],
    ["two question marks", "the coin is good??", 1.9 + 0.36],
    ["four question marks", "the coin is good????", 1.9 + 0.96],
    ["booster next to the word", "the coin is very good", 1.9 + 0.293],
    ["booster two words away", "the very coin good", 1.9 + 0.293 * 0.95],
    ["booster three words away", "very red coin good", 1.9 + 0.293 * 0.9],
    ["dampener", "the coin is barely good", 1.9 - 0.293],
    ["a dampener on a negative word", "the coin is somewhat bad", -2.5 + 0.293],
    ["capitals among small letters", "the coin is GOOD", 1.9 + 0.733],
    ["capitals everywhere are no emphasis", "THE COIN IS GOOD", 1.9],
    ["capital booster", "the coin is VERY good", 1.9 + 0.293 + 0.733],
    ["negation", "the coin is not good", 1.9 * -0.74],
    ["negation three words away", "not a big good", 1.9 * -0.74],
    ["contraction without a list entry", "the coin ain't good", 1.9 * -0.74],
    ["no before a lexicon word negates it", "it is no good", 1.9 * -0.74],
    ["no by itself counts", "i said no", -1.2],
    ["never so strengthens", "never so good", (1.9 + 0.293) * 1.25],
    ["without doubt does not negate", "without doubt it good", 1.9 + 1.5 * 0.74],
    ["least negates", "it is least good", 1.9 * -0.74],
    ["at least does not", "it is at least good", 1.9],
    ["but", "the team is good but the chart is bad", 1.9 * 0.5 - 2.5 * 1.5],
    ["kind of", "it is kind of good", 1.9 - 0.293],
    ["special case", "dev gave me the shit", 3],
    ["emoji are spelt out", "what a 💘 day", 3.2],
    ["repaired lexicon word", "a flawed plan", -2.1],
  ];
  for (const [name, text, sum] of cases) {
    test(name, () => expect(scoreVader(text).compound).toBe(compound(sum)));
  }

  test("shares add up and count the neutral words", () => {
    expect(scoreVader("the coin is good")).toEqual({ compound: 0.4404, neg: 0, neu: 0.508, pos: 0.492 });
    expect(scoreVader("")).toEqual({ compound: 0, neg: 0, neu: 0, pos: 0 });
  });
});

describe("text traps", () => {
  test("splits where Python does", () => {
    expect(wordsOf("a\u001cb\u0085c\u00a0d\u2003e\u3000f")).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(wordsOf("a\ufeffb\u200bc")).toEqual(["a\ufeffb\u200bc"]);
  });

  test("keeps the punctuation of short tokens: they may be emoticons", () => {
    expect(wordsOf(":) (hey) (ok) 'tis --a-b! …a… !!!")).toEqual([":)", "hey", "(ok)", "tis", "a-b", "…a…", "!!!"]);
  });

  test("counts code points, not UTF-16 units", () => {
    expect(wordsOf("'\u{1d400}\u{1d401}' '\u{1d400}\u{1d401}a' 'ab' 'abc'")).toEqual([
      "'\u{1d400}\u{1d401}'",
      "\u{1d400}\u{1d401}a",
      "'ab'",
      "abc",
    ]);
  });

  test("emoji of later Unicode versions stay as they are", () => {
    expect(expandEmoji("🫂 🤗🏻")).toBe("🫂 hugging face light skin tone");
  });

  test("hostile texts score without a throw", () => {
    const texts = ["\u0000", "\ud800", "\udc00\ud83d", "\u202eevil", "__proto__ constructor toString", `${"good ".repeat(20_000)}but bad`];
    for (const text of texts) expect(Math.abs(scoreVader(text).compound)).toBeLessThanOrEqual(1);
  });

  test("any text: outputs are bounded and shares add up to 1", () => {
    const word = fc.constantFrom(...BOOSTERS.keys(), ...NEGATIONS, "good", "BAD", "but", "least", "no", "🚀", "!!", "??", ":)", "İ", "ß");
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.array(word, { maxLength: 30 }).map((words) => words.join(" ")),
    );
    fc.assert(
      fc.property(text, (input) => {
        const { compound: c, neg, neu, pos } = scoreVader(input);
        expect(Math.abs(c)).toBeLessThanOrEqual(1);
        for (const share of [neg, neu, pos]) expect(share).toBeGreaterThanOrEqual(0);
        const total = neg + neu + pos;
        expect(total === 0 || Math.abs(total - 1) < 0.0016).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe("equals the plain transcription of the rules", () => {
  const entries = [...VADER_LEXICON.keys()];
  const pieces = fc.oneof(
    fc.constantFrom(...entries),
    fc.constantFrom(...BOOSTERS.keys(), ...NEGATIONS, ...[...SPECIAL_CASES.keys()].flatMap((phrase) => phrase.split(" "))),
    fc.constantFrom(..."no or nor so this never without doubt least at very but kind of sort just enough the is".split(" ")),
    fc.constantFrom(...EMOJI_NAMES.keys()),
    fc.constantFrom(
      "\u212aind",
      "N'T",
      "x\u001cy",
      "\u0085",
      "\ufeff",
      "\u200b",
      "ΑΣ",
      "ǅ",
      "ß",
      "İ",
      "\ud800",
      "\u{1d400}",
      "!",
      "??",
      "''",
      "$",
      "`",
    ),
    fc.string({ unit: "binary", maxLength: 4 }),
  );
  const word = fc
    .tuple(pieces, fc.constantFrom("", "", "!", "?", ",", "'s", "..."), fc.constantFrom(0, 0, 0, 1, 2))
    .map(([piece, tail, voice]) => (voice === 1 ? piece.toUpperCase() : voice === 2 ? `(${piece}` : piece) + tail);
  const weird = fc
    .array(fc.tuple(word, fc.constantFrom(" ", " ", " ", "\n", "\u3000", "\u001f", "")), { maxLength: 20 })
    .map((parts) => parts.map(([left, space]) => left + space).join(""));

  test("on texts made of the words and characters that rules look at", () => {
    fc.assert(
      fc.property(weird, (text) => {
        expect(scoreVader(text)).toEqual(plainVader(text));
      }),
      { numRuns: 3_000 },
    );
  });

  test("on each entry of the lexicon", () => {
    const differing = entries.filter((entry) => scoreVader(entry).compound !== plainVader(entry).compound);
    expect(differing).toEqual([]);
  });

  test("in any order: no scan leaves anything behind for the next", () => {
    fc.assert(
      fc.property(fc.array(weird, { minLength: 2, maxLength: 6 }), (texts) => {
        const alone = texts.map((text) => scoreVader(text));
        expect(texts.toReversed().map((text) => scoreVader(text))).toEqual(alone.toReversed());
      }),
      { numRuns: 200 },
    );
  });
});

test("the lexicon has the reference's 7,506 entries", () => {
  expect(VADER_LEXICON.size).toBe(7_506);
});
