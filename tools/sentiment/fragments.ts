import { createRng } from "../../domain/random.ts";

/** Windows cut out of each text. */
const PER_TEXT = 2;
const SHORTEST = 3;
const LONGEST = 9;

/**
 * Windows of words out of the training texts: texts without a human rating, on which the student
 * learns what the teacher says. Seeded by the text itself.
 */
export function fragmentsOf(text: string): string[] {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const rng = createRng(`fragment:${text}`);
  const fragments: string[] = [];
  for (let i = 0; i < PER_TEXT; i++) {
    const length = SHORTEST + rng.int(LONGEST - SHORTEST + 1);
    if (words.length <= length) continue;
    const from = rng.int(words.length - length + 1);
    fragments.push(words.slice(from, from + length).join(" "));
  }
  return fragments;
}
