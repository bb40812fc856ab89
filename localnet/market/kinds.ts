import { createRng, type Rng } from "../../domain/random.ts";

/** The lives that a coin may lead. */
export const TOKEN_KINDS = [
  "organic-runner",
  "slow-bleed",
  "bundled-insiders",
  "developer-dump",
  "wash-traded",
  "dead-on-arrival",
  "honeypot",
] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

export type MixName = "demo" | "honest";

/** What a coin does once it trades in the pool. A kind leaves several open; see `drawCard`. */
export type Course = "rises" | "fakes-out" | "stalls" | "bleeds" | "dumps" | "washes" | "dies" | "traps";

/** One coin's fate: kind and course. */
export interface Card {
  readonly kind: TokenKind;
  readonly course: Course;
}

/**
 * The demo mix as a deck of forty cards that is shuffled anew for every forty graduations: every
 * outcome shows up within minutes, and bad luck cannot pile up over many coins.
 */
const DEMO_DECK: readonly Card[] = [
  ...cards(5, "organic-runner", "rises"),
  ...cards(7, "organic-runner", "stalls"),
  ...cards(3, "organic-runner", "fakes-out"),
  ...cards(2, "slow-bleed", "rises"),
  ...cards(6, "slow-bleed", "bleeds"),
  ...cards(5, "bundled-insiders", "dumps"),
  ...cards(4, "developer-dump", "dumps"),
  ...cards(4, "wash-traded", "washes"),
  ...cards(2, "dead-on-arrival", "dies"),
  ...cards(2, "honeypot", "traps"),
];

/** Shares of the honest mix per thousand; docs/localnet.md derives them from recorded outcomes. */
export const HONEST_SHARES: Readonly<Record<TokenKind, number>> = {
  "organic-runner": 235,
  "slow-bleed": 128,
  "bundled-insiders": 414,
  "developer-dump": 143,
  "wash-traded": 31,
  "dead-on-arrival": 44,
  honeypot: 5,
};

/** What an organic coin of the honest mix does first, per hundred: few runners run before they shake people out. */
const HONEST_RUNNER: ReadonlyArray<readonly [Course, number]> = [
  ["rises", 25],
  ["stalls", 25],
  ["fakes-out", 50],
];

const COURSE_OF: Readonly<Record<TokenKind, Course>> = {
  "organic-runner": "rises",
  "slow-bleed": "bleeds",
  "bundled-insiders": "dumps",
  "developer-dump": "dumps",
  "wash-traded": "washes",
  "dead-on-arrival": "dies",
  honeypot: "traps",
};

function cards(count: number, kind: TokenKind, course: Course): Card[] {
  return Array.from({ length: count }, () => ({ kind, course }));
}

/** Places of the first deck that hold coins worth a trade, so that a newcomer soon sees one. */
export const OPENERS: readonly number[] = [0, 2];

function isRiser({ kind, course }: Card): boolean {
  return kind === "organic-runner" && course === "rises";
}

/** The fate of the coin at `index`, from seed and index alone. */
export function drawCard(seed: string, mix: MixName, index: number): Card {
  if (mix === "honest") return drawHonest(createRng(`${seed}/card/${index}`));
  const size = DEMO_DECK.length;
  const block = Math.floor(index / size);
  const deck = shuffled(DEMO_DECK, createRng(`${seed}/deck/${block}`));
  if (block === 0)
    for (const place of OPENERS)
      swap(
        deck,
        place,
        deck.findIndex((card, at) => at >= place && isRiser(card)),
      );
  return deck[index % size] ?? { kind: "dead-on-arrival", course: "dies" };
}

function drawHonest(rng: Rng): Card {
  const kind = pick(Object.entries(HONEST_SHARES) as Array<[TokenKind, number]>, rng);
  return { kind, course: kind === "organic-runner" ? pick(HONEST_RUNNER, rng) : COURSE_OF[kind] };
}

/** Draws by weight. */
function pick<T>(weighted: ReadonlyArray<readonly [T, number]>, rng: Rng): T {
  let rest = rng.next() * weighted.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of weighted) {
    rest -= weight;
    if (rest < 0) return value;
  }
  const last = weighted.at(-1);
  if (last === undefined) throw new RangeError("nothing to draw from");
  return last[0];
}

/** Fisher-Yates. */
export function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) swap(copy, i, rng.int(i + 1));
  return copy;
}

function swap<T>(items: T[], a: number, b: number): void {
  const first = items[a];
  const second = items[b];
  if (first === undefined || second === undefined) return;
  items[a] = second;
  items[b] = first;
}
