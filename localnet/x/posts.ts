import { createRng, type Rng } from "../../domain/random.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import { ORGANIC_CALM, ORGANIC_DOUBT, ORGANIC_PRAISE, type PostStyle, SHILL_LINES, styleOf } from "./voices.ts";

/** What the generator needs to know of a token of the market. */
export interface TokenSummary {
  readonly mint: Address;
  readonly symbol: string;
  readonly name: string;
  /** The token's life, as the market names it. */
  readonly kind: string;
  readonly createdAtMs: UnixMs;
  readonly graduatedAtMs: UnixMs | null;
  readonly seed: string | number;
}

export interface XUser {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly createdAtMs: UnixMs;
  readonly followers: number;
  readonly following: number;
  readonly posts: number;
  readonly verified: boolean;
}

export interface XPost {
  readonly id: string;
  readonly mint: Address;
  readonly author: XUser;
  readonly text: string;
  readonly lang: string;
  readonly createdAtMs: UnixMs;
  readonly likes: number;
  readonly reposts: number;
  readonly replies: number;
  readonly impressions: number;
  /** Id of the post that this one repeats. */
  readonly repostOf: string | null;
}

export interface PostSource {
  /** Posts in (fromMs, toMs], newest first. With `words` only tokens whose mint, symbol or name one of them names. */
  posts(words: readonly string[] | null, fromMs: UnixMs, toMs: UnixMs): XPost[];
  /** A user by id or by user name, once one of its posts was generated. */
  user(key: { readonly id: string } | { readonly username: string }): XUser | null;
}

export interface PostSourceOptions {
  readonly seed: string | number;
  readonly tokens: () => readonly TokenSummary[];
  /** How many times faster than in reality the market lives; posts keep pace. Default 1. */
  readonly tempo?: number;
}

const BUCKET_MS = 10_000;
/** Talk about a memecoin is over after an hour. */
const LIFE_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** X's epoch in its snowflake ids. */
const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657n;

interface TokenPosts {
  readonly posts: XPost[];
  nextBucket: number;
}

/**
 * Seeded talk about the market's tokens. What a token gets depends on its kind (see voices.ts), with noise:
 * some good tokens stay unnoticed and some scams buy better writers. The posts of a time bucket depend
 * on seed, mint and bucket only, so the same market always gets the same posts.
 */
export function createPostSource(options: PostSourceOptions): PostSource {
  const tempo = options.tempo ?? 1;
  const bucketMs = BUCKET_MS / tempo;
  const known = new Map<Address, TokenPosts>();
  const users = new Map<string, XUser>();

  function extend(token: TokenSummary, toMs: UnixMs): readonly XPost[] {
    const state = known.get(token.mint) ?? { posts: [], nextBucket: 0 };
    known.set(token.mint, state);
    const last = Math.floor(Math.min(toMs - token.createdAtMs, LIFE_MS / tempo) / bucketMs);
    for (; state.nextBucket < last; state.nextBucket++) {
      for (const post of bucketPosts(options.seed, token, state.nextBucket, tempo)) {
        users.set(post.author.id, post.author);
        users.set(`@${post.author.username.toLowerCase()}`, post.author);
        state.posts.push(post);
      }
    }
    return state.posts;
  }

  return {
    posts(words, fromMs, toMs) {
      const found: XPost[] = [];
      for (const token of options.tokens()) {
        if (words !== null && !isNamed(token, words)) continue;
        for (const post of extend(token, toMs)) if (post.createdAtMs > fromMs && post.createdAtMs <= toMs) found.push(post);
      }
      return found.sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1));
    },
    user: (key) => users.get("id" in key ? key.id : `@${key.username.toLowerCase()}`) ?? null,
  };
}

function isNamed(token: TokenSummary, words: readonly string[]): boolean {
  const labels = [token.mint.toLowerCase(), token.symbol.toLowerCase(), token.name.toLowerCase()];
  return words.some((word) => labels.some((label) => label !== "" && (word.includes(label) || label.includes(word.replace(/^[$#]/, "")))));
}

/** The posts of one bucket, oldest first. */
function bucketPosts(seed: string | number, token: TokenSummary, bucket: number, tempo: number): XPost[] {
  const style = tokenStyle(seed, token);
  const rng = createRng(`${seed}/x/${token.mint}/${bucket}`);
  const startMs = token.createdAtMs + (bucket * BUCKET_MS) / tempo;
  // A graduation still ahead must not show, or the posts would depend on when they are asked for.
  const graduatedAtMs = token.graduatedAtMs;
  const sinceGraduationMs = graduatedAtMs === null || graduatedAtMs > startMs ? null : (startMs - graduatedAtMs) * tempo;
  const count = poisson(rng, (postsPerMinute(style, sinceGraduationMs) * BUCKET_MS) / 60_000);
  const offsets = Array.from({ length: count }, () => rng.next()).sort((a, b) => a - b);
  const posts: XPost[] = [];
  for (const [index, offset] of offsets.entries()) {
    const createdAtMs = Math.floor(startMs + (offset * BUCKET_MS) / tempo);
    const previous = posts.at(-1);
    posts.push(writePost(rng, { seed, token, style, createdAtMs, serial: bucket * 64 + index, sinceGraduationMs, previous }));
  }
  return posts;
}

/** A token's style after noise: one in seven is not talked about as its kind suggests. */
function tokenStyle(seed: string | number, token: TokenSummary): PostStyle {
  const style = styleOf(token.kind);
  const dice = createRng(`${seed}/x/${token.mint}/style`).next();
  if (style === "organic" && dice < 0.15) return "mixed";
  if (style === "shill" && dice < 0.15) return "mixed";
  if (style === "mixed" && dice < 0.15) return "organic";
  return style;
}

function postsPerMinute(style: PostStyle, sinceGraduationMs: number | null): number {
  if (style === "silent") return 0.05;
  const heat = sinceGraduationMs === null ? 0.8 : 2.5 * Math.exp(-sinceGraduationMs / 900_000);
  return { organic: 7, mixed: 2.5, shill: 12 }[style] * heat;
}

/** Knuth's Poisson sampler; rates here stay in the single digits. */
function poisson(rng: Rng, mean: number): number {
  const floor = Math.exp(-mean);
  let count = 0;
  for (let product = rng.next(); product > floor && count < 60; product *= rng.next()) count += 1;
  return count;
}

interface PostContext {
  readonly seed: string | number;
  readonly token: TokenSummary;
  readonly style: PostStyle;
  readonly createdAtMs: UnixMs;
  readonly serial: number;
  readonly sinceGraduationMs: number | null;
  readonly previous: XPost | undefined;
}

function writePost(rng: Rng, context: PostContext): XPost {
  const { token, style, createdAtMs } = context;
  const isBot = style === "shill" ? rng.next() < 0.9 : rng.next() < 0.08;
  const author = isBot ? botAuthor(context.seed, token, rng.int(14)) : crowdAuthor(context.seed, rng.int(6_000));
  const repeated = !isBot && context.previous !== undefined && rng.next() < 0.12 ? context.previous : null;
  const text = repeated === null ? compose(rng, context, isBot) : `RT @${repeated.author.username}: ${repeated.text}`.slice(0, 280);
  const reach = isBot ? 0.002 : 0.03;
  const impressions = Math.floor(author.followers * (0.05 + rng.next() * 0.4)) + rng.int(40);
  const likes = Math.floor(impressions * reach * rng.next() * 2);
  return {
    id: snowflake(createdAtMs, `${token.mint}/${context.serial}`),
    mint: token.mint,
    author,
    text,
    lang: !isBot && rng.next() < 0.06 ? "es" : "en",
    createdAtMs,
    likes,
    reposts: Math.floor(likes * rng.next() * 0.4),
    replies: Math.floor(likes * rng.next() * 0.3),
    impressions,
    repostOf: repeated?.id ?? null,
  };
}

function compose(rng: Rng, context: PostContext, isBot: boolean): string {
  const { token, style, sinceGraduationMs } = context;
  // A campaign uses two scripts, so its posts are near copies of one another.
  const pick = (lines: readonly string[], limit = lines.length): string => lines[rng.int(Math.min(limit, lines.length))] ?? "";
  const fade = sinceGraduationMs === null ? 0 : Math.max(0, Math.min(1, sinceGraduationMs / 1_800_000));
  const mood = rng.next();
  const doubt = style === "organic" ? 0.12 + 0.3 * fade : style === "mixed" ? 0.3 + 0.4 * fade : 0.5;
  const calm = 0.35;
  const offset = createRng(`${context.seed}/x/${token.mint}/script`).int(SHILL_LINES.length - 1);
  const line = isBot
    ? (SHILL_LINES[offset + rng.int(2)] ?? "")
    : mood < doubt
      ? pick(ORGANIC_DOUBT)
      : mood < doubt + calm
        ? pick(ORGANIC_CALM)
        : pick(ORGANIC_PRAISE);
  const tail = isBot ? ` ${token.mint}` : rng.next() < 0.35 ? ` ${token.mint}` : "";
  return `${line.replaceAll("{symbol}", `$${token.symbol}`).replaceAll("{name}", token.name)}${tail}`.slice(0, 280);
}

/** One of a campaign's fourteen accounts: days old, few followers, numbered names. */
function botAuthor(seed: string | number, token: TokenSummary, index: number): XUser {
  const rng = createRng(`${seed}/x/bot/${token.mint}/${index}`);
  const createdAtMs = token.createdAtMs - Math.floor((1 + rng.next() * 24) * DAY_MS);
  const name = `${["Gem", "Moon", "Alpha", "Whale", "Degen"][rng.int(5)]}${["Hunter", "Calls", "King", "Queen"][rng.int(4)]}`;
  return {
    id: snowflake(createdAtMs, `bot/${token.mint}/${index}`),
    username: `${name}${10_000 + rng.int(90_000)}`,
    name,
    createdAtMs,
    followers: rng.int(45),
    following: 200 + rng.int(2_000),
    posts: 40 + rng.int(400),
    verified: false,
  };
}

/** One of the crowd: follower counts are log-normal (median about 300), ages from a month to ten years. */
function crowdAuthor(seed: string | number, index: number): XUser {
  const rng = createRng(`${seed}/x/crowd/${index}`);
  const createdAtMs = 1_420_070_400_000 + Math.floor(rng.next() * 3_900 * DAY_MS);
  const followers = Math.min(2_000_000, Math.floor(Math.exp(5.7 + 1.7 * rng.normal())));
  const word = ["sol", "chart", "frog", "yield", "byte", "tide", "node", "echo", "mint", "lava", "rust", "opal"][rng.int(12)] ?? "sol";
  return {
    id: snowflake(createdAtMs, `crowd/${index}`),
    username: `${word}_${index.toString(36)}${rng.int(90) + 10}`,
    name: `${word} ${index.toString(36)}`,
    createdAtMs,
    followers,
    following: 50 + rng.int(1_500),
    posts: 200 + rng.int(30_000),
    verified: followers > 20_000 || rng.next() < 0.05,
  };
}

/** A snowflake id of that moment; the low bits come from the label. */
function snowflake(atMs: UnixMs, label: string): string {
  const elapsedMs = BigInt(Math.max(0, Math.floor(atMs))) - SNOWFLAKE_EPOCH_MS;
  return ((elapsedMs << 22n) | BigInt(createRng(label).int(1 << 22))).toString();
}
