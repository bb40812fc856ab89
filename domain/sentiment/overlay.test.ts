import { describe, expect, test } from "vitest";
import { OVERLAY_LEXICON, scoreOverlay } from "./overlay.ts";
import { scoreVader } from "./vader.ts";

describe("says what plain VADER misses", () => {
  const cases: ReadonlyArray<readonly [text: string, mood: "up" | "down" | "flat"]> = [
    ["LFG this is going to the moon 🚀🚀", "up"],
    ["bullish af on $WIF", "up"],
    ["wagmi, diamond hands only", "up"],
    ["killer coin, insane pump, this shit is sick", "up"],
    ["dev rugged, we are so rekt", "down"],
    ["total honeypot, can't sell", "down"],
    ["jeets dumping again", "down"],
    ["this is going to zero", "down"],
    ["slow rug, dev sold everything", "down"],
    ["chart on the left, volume on the right", "flat"],
    // A ticker is a name.
    ["$MOON", "flat"],
    ["@bullish https://x.com/scam/rug", "flat"],
    // A denial proves nothing.
    ["this is not a rug", "flat"],
    ["no scam here", "flat"],
    ["it isn't a honeypot", "flat"],
    // Irony: praise next to a fraud word.
    ["love getting rugged", "down"],
    ["great, another honeypot, thanks dev", "down"],
    ["best rug of my life lol 😂", "down"],
    ["not bullish", "down"],
    ["will not dump", "up"],
    // Words of the trade, one by one
    ["we are rekt", "down"],
    ["jeet sold the bottom", "down"],
    ["mooning right now", "up"],
    ["liquidity pulled, gg", "down"],
    ["dev pulled LP an hour ago", "down"],
    ["classic pump and dump", "down"],
    ["you are their exit liquidity", "down"],
    ["going to 0", "down"],
    ["stay away from this one", "down"],
    ["down bad again", "down"],
    ["got liquidated", "down"],
    ["up only from here", "up"],
    ["we are gonna make it", "up"],
    ["let's go!!!", "up"],
    ["chart is based on volume", "flat"],
    ["no cap", "flat"],
    ["no cap, this gem is mooning", "up"],
    // Negation
    ["not gonna make it", "down"],
    ["never bullish on this", "down"],
    ["ain't mooning", "down"],
    ["this isn't bearish", "up"],
    ["not a honeypot, not a scam", "flat"],
    ["dev didn't rug", "flat"],
    ["never rugged anyone", "flat"],
    ["without a doubt a rug", "down"],
    ["without doubt a rug", "down"],
    ["going to 0!!", "down"],
    ["no rug yet but the chart is bearish", "down"],
    // Irony
    ["thanks for the rug, amazing work dev", "down"],
    ["wow such a great honeypot 👏", "down"],
    ["oh nice, another rug pull 🙃", "down"],
    ["congrats on being exit liquidity", "down"],
    ["lol best scam ever, love it ❤", "down"],
    ["trust me bro", "down"],
  ];
  for (const [text, mood] of cases) {
    test(`${mood}: ${text}`, () => {
      const { compound } = scoreOverlay(text);
      if (mood === "up") expect(compound).toBeGreaterThan(0.2);
      else if (mood === "down") expect(compound).toBeLessThan(-0.2);
      else expect(compound).toBe(0);
    });
  }
});

test("leaves texts without overlay words as VADER scores them", () => {
  const text = "Yay. Another GOOD phone interview, but the food was horrible!!";
  expect(scoreOverlay(text)).toEqual(scoreVader(text));
});

test("every entry acts by itself with its sign", () => {
  const dead = [...OVERLAY_LEXICON].filter(([word, valence]) => {
    const phrase = word === "ath" ? word : (PHRASE_OF.get(word) ?? word);
    return Math.sign(scoreOverlay(phrase).compound) !== Math.sign(valence);
  });
  expect(dead).toEqual([]);
});

const PHRASE_OF: ReadonlyMap<string, string> = new Map([
  ["rug_pull", "rug pull"],
  ["cant_sell", "can't sell"],
  ["diamond_hands", "diamond hands"],
  ["dead_coin", "dead coin"],
]);
