import { z } from "zod";
import { ok, type Result, refuse } from "../result.ts";
import { CREATION_PAGES, HISTORY_PAGE, MAX_HOLDERS, type Observations } from "./observations.ts";

/** Rows of one coin's curve at most: all pages that are read. */
const MAX_ROWS = (CREATION_PAGES + 1) * HISTORY_PAGE;
/** Readings of the same thing; the Analyzer makes one or two. */
const MAX_READINGS = 100;
/** Far above what the Analyzer decodes or reads from its own records of anything. */
const MAX_ENTRIES = 2_000;
/** X's page. */
const MAX_POSTS = 100;
/** The largest text that any scorer is tested with. */
const MAX_TEXT = 100_000;
/** JavaScript's last moment. */
const MAX_MS = 8.64e15;

const text = z.string().max(MAX_TEXT);
const flag = z.boolean();
const number = z.number();
const count = z.number().nonnegative();
const ms = z.number().min(-MAX_MS).max(MAX_MS);
const slot = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** Lamports and base units: 128 bits have 39 digits. */
const amount = z
  .string()
  .regex(/^-?\d{1,39}$/, "an amount is a string of decimal digits")
  .transform(BigInt);
const list = <Item extends z.ZodType>(item: Item, most = MAX_ENTRIES) => z.array(item).max(most);
const side = z.enum(["buy", "sell"]);

const graduation = z.object({
  signature: text,
  slot: slot.nullable(),
  blockTimeMs: ms.nullable(),
  mint: text,
  pool: text,
  bondingCurve: text,
  user: text,
  creator: text.nullable(),
  quoteMint: text,
  baseAmount: amount,
  quoteAmountLamports: amount,
  instruction: z.enum(["migrate", "migrate_v2"]),
});
const candidate = z.object({
  graduation,
  source: z.enum(["webhook", "gap-filler", "replay"]),
  discoveredAtMs: ms,
  symbol: text,
  name: text,
  uri: text,
  metadataHash: text,
  creator: text.nullable(),
  liquidityLamports: amount,
  liquidityUsd: number,
  ageMs: number,
  tradeCount: number,
  solUsd: number,
});
const reserves = z.object({ baseReserves: amount, quoteReservesLamports: amount, quoteVaultLamports: amount });
const account = z.object({
  slot,
  supply: amount.nullable(),
  isMayhem: flag.nullable(),
  reserves: reserves.nullable(),
  creator: text.nullable(),
  creatorHolds: amount.nullable(),
  solUsd: number.nullable(),
});
const holders = z.object({
  readAtMs: ms,
  largest: list(z.object({ owner: text, amount }), MAX_HOLDERS),
  isByOwner: flag,
  isComplete: flag,
});
const history = z.object({ rows: list(z.object({ slot, failed: flag }), MAX_ROWS), isComplete: flag });
const creation = z.object({
  slot,
  creators: list(text),
  trades: list(z.object({ slot, side, user: text, payer: text, tokenAmount: amount })),
  isComplete: flag,
});
const trade = z.object({ slot, side, payer: text, user: text, baseAmount: amount, quoteLamports: amount });
const post = z.object({
  id: text,
  authorId: text,
  text,
  lang: text.nullable(),
  createdAtMs: ms,
  engagements: count.nullable(),
});
const author = z.object({
  id: text,
  followers: count.nullable(),
  posts: count.nullable(),
  createdAtMs: ms.nullable(),
  verified: flag.nullable().exactOptional(),
});
const social = z.object({
  provider: text,
  fetchedAtMs: ms,
  posts: list(post, MAX_POSTS),
  authors: list(author, MAX_POSTS),
  newestId: text.nullable(),
  costMicroUsd: count,
});
const coin = z.object({ mint: text, seenAtMs: ms, closedAtMs: ms.nullable(), change: number.nullable() });
const path = z.object({ mint: text, name: text, symbol: text, startedAtMs: ms, closedAtMs: ms, change: number });

/** `Observations` as JSON: amounts as decimal strings, null for what was not had, nothing left out. */
export const observationsSchema: z.ZodType<Observations> = z.object({
  asOfMs: ms,
  asOfSlot: slot,
  candidate,
  accounts: list(account, MAX_READINGS),
  holders: list(holders, MAX_READINGS),
  curveHistory: history.nullable(),
  poolHistory: history.nullable(),
  creation: creation.nullable(),
  trades: list(trade).nullable(),
  social: social.nullable(),
  moods: list(z.object({ scorer: z.enum(["ai", "student"]), readAtMs: ms, mood: z.number().min(-1).max(1) }), MAX_READINGS),
  creatorRecord: z.object({ coins: list(coin) }).nullable(),
  marketRecord: z.object({ paths: list(path), sol: list(z.object({ atMs: ms, usd: number })) }).nullable(),
});

/** What the API says of a judgement: the stored record, and the stored posts, which the record only names. */
const stored = z.object({
  record: z.object({ v: z.literal(1), postsFetchedAtMs: ms.nullable(), observations: z.record(z.string(), z.unknown()) }),
  posts: z.object({ sample: social }).nullable(),
});

/**
 * Puts a stored judgement's observations together again. Refuses with UPSTREAM_MALFORMED, and with NOT_FOUND when its
 * posts are gone: without them it is not what was seen.
 */
export function readStoredObservations(value: unknown): Result<Observations, "UPSTREAM_MALFORMED" | "NOT_FOUND"> {
  const outer = stored.safeParse(value);
  if (!outer.success) return refuse("UPSTREAM_MALFORMED", firstIssue(outer.error));
  const { record, posts } = outer.data;
  if (record.postsFetchedAtMs !== (posts?.sample.fetchedAtMs ?? null)) return refuse("NOT_FOUND", "its posts are not kept any more");
  const read = observationsSchema.safeParse({ ...record.observations, social: posts?.sample ?? null });
  return read.success ? ok(read.data) : refuse("UPSTREAM_MALFORMED", firstIssue(read.error));
}

/** Where a value is not as it should be, and how. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? "shape" : `${issue.path.join(".") || "the value"}: ${issue.message}`;
}
