import emoji from "unicode-emoji-json/data-by-emoji.json" with { type: "json" };
import components from "unicode-emoji-json/data-emoji-components.json" with { type: "json" };
import { expect, test } from "vitest";
import { EMOJI_NAMES } from "./emoji-names.ts";

/** Names as of Unicode Emoji 11.0 (emoji-test.txt) that Unicode has changed since. */
const FORMER_NAMES: Readonly<Record<string, string>> = {
  "🥰": "smiling face with 3 hearts",
  "🤗": "hugging face",
  "😵": "dizzy face",
  "😡": "pouting face",
  "🤖": "robot face",
  "😺": "grinning cat face",
  "😸": "grinning cat face with smiling eyes",
  "😹": "cat face with tears of joy",
  "😻": "smiling cat face with heart-eyes",
  "😼": "cat face with wry smile",
  "😽": "kissing cat face",
  "🙀": "weary cat face",
  "😿": "crying cat face",
  "😾": "pouting cat face",
  "❣": "heavy heart exclamation",
  "💤": "zzz",
  "🧑": "adult",
  "👱": "blond-haired person",
  "🧔": "bearded person",
  "🧓": "older adult",
  "👲": "man with Chinese cap",
  "🤵": "man in tuxedo",
  "👰": "bride with veil",
  "🕴": "man in suit levitating",
  "👭": "two women holding hands",
  "👫": "man and woman holding hands",
  "👬": "two men holding hands",
  "🐺": "wolf face",
  "🦊": "fox face",
  "🦁": "lion face",
  "🦄": "unicorn face",
  "🐹": "hamster face",
  "🐻": "bear face",
  "🐼": "panda face",
  "🐸": "frog face",
  "🧱": "bricks",
  "🎯": "direct hit",
  "🔫": "pistol",
  "🧩": "jigsaw",
  "🎒": "school backpack",
  "🥿": "woman’s flat shoe",
  "💻": "laptop computer",
  "✖": "heavy multiplication x",
  "➕": "heavy plus sign",
  "➖": "heavy minus sign",
  "➗": "heavy division sign",
  "❓": "question mark",
  "❗": "exclamation mark",
  "⭕": "heavy large circle",
  "✅": "white heavy check mark",
  "☑": "ballot box with check",
  "✔": "heavy check mark",
  "🔟": "keycap: 10",
  "🏼": "medium-light skin tone",
  "🏾": "medium-dark skin tone",
  "🦰": "red-haired",
  "🦱": "curly-haired",
  "🦳": "white-haired",
};

test("the table is the package's, cut to Emoji 11.0 and with the names of that version", () => {
  const expected = new Map<string, string>();
  for (const [key, { name, emoji_version }] of Object.entries(emoji as Record<string, { name: string; emoji_version: string }>)) {
    const bare = key.replace(/\ufe0f$/, "");
    if ([...bare].length === 1 && Number(emoji_version) <= 11) expected.set(bare, FORMER_NAMES[bare] ?? name);
  }
  for (const [slug, char] of Object.entries(components)) expected.set(char, FORMER_NAMES[char] ?? slug.replaceAll("_", " "));
  expect(EMOJI_NAMES.size).toBe(1_212);
  expect(new Map([...EMOJI_NAMES].sort())).toEqual(new Map([...expected].sort()));
});
