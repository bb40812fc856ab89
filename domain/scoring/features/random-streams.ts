import { createRng, type Rng } from "../../random.ts";
import type { Observations, ObservedTrade } from "../observations.ts";
import { SAMPLE_CANDIDATE } from "../sample-observations.ts";

/** Random recordings of a token's life that go on after the moment of judgement, for tests. */

const CREATOR = SAMPLE_CANDIDATE.creator ?? "";
const OPENED_SLOT = SAMPLE_CANDIDATE.graduation.slot ?? 0;
const OPENED_MS = SAMPLE_CANDIDATE.graduation.blockTimeMs ?? 0;
const CREATED_SLOT = OPENED_SLOT - 2_250;
const HOUR_MS = 3_600_000;
/** How much of the life is recorded on both sides of the judgement. */
const BEFORE_SLOTS = 120;
const AFTER_SLOTS = 400;
const SLOT_MS = 400;
const WALLETS = ["A", "B", "C", "D", "E", CREATOR, "E1", "E2", "E3"];
const TEXTS = [
  "$SMPL bullish, chart looks great",
  "$SMPL is a rug, honeypot, scam",
  "LFG $SMPL to the moon 🚀🚀",
  `aping ${SAMPLE_CANDIDATE.graduation.mint}`,
  "gm",
  "dev sold everything, careful with $SMPL",
];

/** One recording by seed, judged somewhere in its middle. */
export function randomStream(seed: string | number): Observations {
  const rng = createRng(`stream-${seed}`);
  const asOfSlot = OPENED_SLOT + 25 + rng.int(BEFORE_SLOTS - 25);
  const asOfMs = OPENED_MS + (asOfSlot - OPENED_SLOT) * SLOT_MS;
  const slot = () => OPENED_SLOT + 1 + rng.int(BEFORE_SLOTS + AFTER_SLOTS);
  const timeMs = () => OPENED_MS + (slot() - OPENED_SLOT) * SLOT_MS;
  const early = () => (rng.next() < 0.5 ? OPENED_SLOT + rng.int(asOfSlot - OPENED_SLOT + 1) : slot());
  const earlyMs = () => OPENED_MS + (early() - OPENED_SLOT) * SLOT_MS;
  return {
    asOfMs,
    asOfSlot,
    candidate: {
      ...SAMPLE_CANDIDATE,
      name: pick(rng, ["Sample", "Good Doge", "AI Agent"]),
      ageMs: 20_000 + rng.int(3_600_000),
      tradeCount: rng.int(2_000),
      solUsd: 100 + 100 * rng.next(),
    },
    accounts: many(rng, 1, 6, () => accountsAt(rng, early())),
    holders: many(rng, 1, 5, () => holdersAt(rng, earlyMs())),
    curveHistory: {
      isComplete: rng.next() < 0.9,
      rows: [
        ...many(rng, 1, 12, () => ({ slot: CREATED_SLOT, failed: rng.next() < 0.1 })),
        ...many(rng, 10, 300, () => ({ slot: CREATED_SLOT + rng.int(2_250 + AFTER_SLOTS), failed: rng.next() < 0.2 })),
      ],
    },
    poolHistory: {
      isComplete: rng.next() < 0.7,
      rows: [{ slot: OPENED_SLOT, failed: false }, ...many(rng, 0, 80, () => ({ slot: slot(), failed: rng.next() < 0.2 }))],
    },
    creation: {
      // Now and then a creation that the judgement must not know of yet, and trades that come later than it.
      slot: rng.next() < 0.9 ? CREATED_SLOT : asOfSlot + 1 + rng.int(50),
      isComplete: rng.next() < 0.5,
      creators: [CREATOR],
      trades: many(rng, 1, 12, () => ({
        slot: rng.next() < 0.7 ? CREATED_SLOT : slot(),
        side: rng.next() < 0.85 ? ("buy" as const) : ("sell" as const),
        user: pick(rng, [CREATOR, "E1", "E2", "E3"]),
        payer: "E1",
        tokenAmount: amount(rng, 4e13),
      })),
    },
    trades: many(rng, 1, 24, () => tradeAt(rng, early())),
    moods: many(rng, 0, 6, () => ({ scorer: pick(rng, ["ai", "student"] as const), readAtMs: earlyMs(), mood: 2 * rng.next() - 1 })),
    creatorRecord: {
      coins: many(rng, 0, 8, (i) => {
        const seenAtMs = asOfMs + Math.round((rng.next() * 2 - 1.6) * 10 * HOUR_MS);
        const closedAtMs = rng.next() < 0.2 ? null : seenAtMs + rng.int(8 * HOUR_MS);
        return { mint: `coin-${i}`, seenAtMs, closedAtMs, change: closedAtMs === null ? null : rng.next() * 3 - 1 };
      }),
    },
    marketRecord: {
      paths: many(rng, 0, 90, (i) => {
        const startedAtMs = asOfMs + Math.round((rng.next() * 1.3 - 1.1) * 24 * HOUR_MS);
        return {
          mint: `path-${i}`,
          name: pick(rng, ["Good Doge", "Thing", "AI Agent"]),
          symbol: "T",
          startedAtMs,
          closedAtMs: startedAtMs + 600_000 + rng.int(2 * HOUR_MS),
          change: rng.next() * 3 - 1,
        };
      }),
      sol: many(rng, 100, 250, () => ({ atMs: asOfMs + Math.round((rng.next() * 1.2 - 1.1) * 24 * HOUR_MS), usd: 100 + 100 * rng.next() })),
    },
    social: {
      provider: "random",
      fetchedAtMs: rng.next() < 0.85 ? asOfMs - rng.int(1_000) : asOfMs + 1 + rng.int(10_000),
      newestId: null,
      costMicroUsd: 0,
      authors: many(rng, 1, 6, (i) => ({
        id: `author-${i}`,
        followers: rng.next() < 0.8 ? rng.int(30_000) : null,
        posts: rng.int(10_000),
        createdAtMs: OPENED_MS - rng.int(1e9),
        verified: rng.next() < 0.7 ? rng.next() < 0.3 : null,
      })),
      posts: many(rng, 0, 12, (i) => ({
        id: `post-${i}`,
        authorId: `author-${rng.int(7)}`,
        text: pick(rng, TEXTS),
        lang: pick(rng, ["en", "en", null, "de"]),
        createdAtMs: rng.next() < 0.7 ? OPENED_MS - rng.int(600_000) : timeMs(),
        engagements: rng.next() < 0.9 ? rng.int(500) : null,
      })),
    },
  };
}

/** The stream as it would have been recorded had the recorder stopped at the judgement; written apart from what is tested. */
export function truncated(stream: Observations): Observations {
  const { asOfMs, asOfSlot, creation, social, creatorRecord, marketRecord } = stream;
  const isPast = ({ slot }: { readonly slot: number }) => !(slot > asOfSlot);
  const cut = (history: Observations["poolHistory"]) => history && { isComplete: history.isComplete, rows: history.rows.filter(isPast) };
  return {
    ...stream,
    accounts: stream.accounts.filter(isPast),
    holders: stream.holders.filter((read) => !(read.readAtMs > asOfMs)),
    curveHistory: cut(stream.curveHistory),
    poolHistory: cut(stream.poolHistory),
    creation: creation !== null && isPast(creation) ? { ...creation, trades: creation.trades.filter(isPast) } : null,
    trades: stream.trades?.filter(isPast) ?? null,
    moods: stream.moods.filter((read) => !(read.readAtMs > asOfMs)),
    social:
      social !== null && !(social.fetchedAtMs > asOfMs)
        ? { ...social, posts: social.posts.filter((one) => !(one.createdAtMs > asOfMs)) }
        : null,
    creatorRecord: creatorRecord && {
      coins: creatorRecord.coins
        .filter((coin) => !(coin.seenAtMs > asOfMs))
        .map((coin) => ((coin.closedAtMs ?? 0) > asOfMs ? { ...coin, closedAtMs: null, change: null } : coin)),
    },
    marketRecord: marketRecord && {
      paths: marketRecord.paths.filter((path) => !(path.closedAtMs > asOfMs)),
      sol: marketRecord.sol.filter((point) => !(point.atMs > asOfMs)),
    },
  };
}

/** The stream with garbage after the judgement wherever a recording may hold any. */
export function poisoned(stream: Observations, seed: string | number): Observations {
  const rng = createRng(`poison-${seed}`);
  const { asOfMs, asOfSlot, curveHistory, poolHistory, creation, social, creatorRecord, marketRecord } = stream;
  const slot = () => asOfSlot + 1 + rng.int(1_000);
  const timeMs = () => asOfMs + 1 + rng.int(1e6);
  const rows = () => many(rng, 1, 40, () => ({ slot: slot(), failed: rng.next() < 0.5 }));
  return {
    ...stream,
    accounts: [...many(rng, 1, 3, () => accountsAt(rng, slot())), ...stream.accounts],
    holders: [...stream.holders, ...many(rng, 1, 3, () => holdersAt(rng, timeMs()))],
    curveHistory: curveHistory && { ...curveHistory, rows: [...rows(), ...curveHistory.rows] },
    poolHistory: poolHistory && { ...poolHistory, rows: [...rows(), ...poolHistory.rows] },
    creation: creation && {
      ...creation,
      trades: [
        ...creation.trades,
        ...many(rng, 1, 5, () => ({
          slot: slot(),
          side: "buy" as const,
          user: pick(rng, WALLETS),
          payer: "Z",
          tokenAmount: amount(rng, 9e14),
        })),
      ],
    },
    trades: stream.trades && [...many(rng, 1, 12, () => tradeAt(rng, slot())), ...stream.trades],
    moods: [...stream.moods, ...(["ai", "student"] as const).map((scorer) => ({ scorer, readAtMs: timeMs(), mood: 2 * rng.next() - 1 }))],
    social: social && {
      ...social,
      posts: [
        ...social.posts,
        ...many(rng, 1, 8, (i) => ({
          id: `later-${i}`,
          authorId: `author-${rng.int(7)}`,
          text: pick(rng, TEXTS),
          lang: "en",
          createdAtMs: timeMs(),
          engagements: rng.int(1e6),
        })),
      ],
    },
    creatorRecord: creatorRecord && {
      coins: [
        // What was open then ends after it.
        ...creatorRecord.coins.map((coin) => (coin.closedAtMs === null ? { ...coin, closedAtMs: timeMs(), change: 900 } : coin)),
        ...many(rng, 1, 5, (i) => ({ mint: `later-${i}`, seenAtMs: timeMs(), closedAtMs: timeMs(), change: -0.99 })),
      ],
    },
    marketRecord: marketRecord && {
      paths: [
        ...marketRecord.paths,
        ...many(rng, 10, 30, (i) => ({
          mint: `later-${i}`,
          name: stream.candidate.name,
          symbol: "T",
          startedAtMs: asOfMs - rng.int(HOUR_MS),
          closedAtMs: timeMs(),
          change: 50 * rng.next(),
        })),
      ],
      sol: [...marketRecord.sol, ...many(rng, 5, 20, () => ({ atMs: timeMs(), usd: 900 * rng.next() }))],
    },
  };
}

function accountsAt(rng: Rng, slot: number): Observations["accounts"][number] {
  const quoteVaultLamports = amount(rng, 9e10);
  return {
    slot,
    supply: rng.next() < 0.5 ? 1_000_000_000_000_000n : 900_000_000_000_000n + amount(rng, 1e14),
    isMayhem: rng.next() < 0.5,
    reserves: { baseReserves: amount(rng, 4e14), quoteReservesLamports: quoteVaultLamports + amount(rng, 3e10), quoteVaultLamports },
    creator: CREATOR,
    creatorHolds: amount(rng, 5e13),
    solUsd: 100 + 100 * rng.next(),
  };
}

function holdersAt(rng: Rng, readAtMs: number): Observations["holders"][number] {
  const largest = many(rng, 1, 20, (i) => ({ owner: WALLETS[(i * 7 + rng.int(3)) % WALLETS.length] ?? "", amount: amount(rng, 5e13) }));
  const owners = new Map(largest.map((one) => [one.owner, one]));
  return {
    readAtMs,
    isByOwner: rng.next() < 0.9,
    isComplete: rng.next() < 0.5,
    largest: [...owners.values()].sort((a, b) => Number(b.amount - a.amount)),
  };
}

function tradeAt(rng: Rng, slot: number): ObservedTrade {
  const user = pick(rng, WALLETS);
  return {
    slot,
    side: rng.next() < 0.6 ? "buy" : "sell",
    user,
    payer: rng.next() < 0.8 ? user : "bot",
    baseAmount: amount(rng, 1e13),
    quoteLamports: amount(rng, rng.next() < 0.2 ? 2e10 : 2e9),
  };
}

function many<T>(rng: Rng, least: number, most: number, make: (index: number) => T): T[] {
  return Array.from({ length: least + rng.int(most - least + 1) }, (_, i) => make(i));
}

function pick<T>(rng: Rng, from: readonly T[]): T {
  const found = from[rng.int(from.length)];
  if (found === undefined) throw new RangeError("expected something to pick from");
  return found;
}

function amount(rng: Rng, below: number): bigint {
  return BigInt(1 + rng.int(below));
}
