import { describe, expect, test } from "vitest";
import { isReadable, looksEnglish } from "./language.ts";

describe("looksEnglish", () => {
  test.each([
    "this coin is going to the moon, dev is based",
    "LFG 🚀🚀🚀",
    "$WIF $BONK @someone https://x.com/a",
    "gm",
    "",
    "love it",
    "el salvador buys the dip",
    "ape in por favor",
    "one of us will die on this hill",
    "100x or 0 👀",
    "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin",
    "\u0000\ud800",
  ])("yes: %s", (text) => expect(looksEnglish(text)).toBe(true));

  test.each([
    "esta moneda va a la luna, los desarrolladores son muy buenos",
    "cette pièce va sur la lune et les devs sont très bons",
    "diese Münze ist nicht gut und der Dev ist weg",
    "essa moeda não é boa, mas os devs são bons",
    "questo token non è una truffa, ma il dev è sparito",
    "bu coin çok iyi ama dev yok",
    "koin ini akan naik dan tidak ada rug",
    "deze munt is niet goed maar ook niet slecht",
    "このコインは月に行く",
    "这个币要起飞了",
    "эта монета летит на луну",
    "이 코인 간다",
    "هذه العملة ستصعد",
    "यह सिक्का ऊपर जाएगा",
    "moon 这个币要起飞了",
  ])("no: %s", (text) => expect(looksEnglish(text)).toBe(false));
});

describe("isReadable", () => {
  test.each<[string | null, string, boolean]>([
    ["en", "hola", true],
    ["en-GB", "hello", true],
    ["fr", "hello", false],
    [null, "bonjour les amis, vous êtes tous là pour la lune", false],
    ["und", "これは", false],
    ["und", "wagmi", true],
    ["qct", "$WIF", true],
    ["zxx", "", true],
  ])("%s: %s", (lang, text, readable) => expect(isReadable(lang, text)).toBe(readable));
});
