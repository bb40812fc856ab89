import type { Address, UnixMs } from "../units.ts";
import { isReadable } from "./language.ts";
import type { Scorer } from "./scorers.ts";
import type { Author, Post, SocialSample } from "./social.ts";

/** Longest text scored; X's long posts have up to 25,000 characters, the mood is in the beginning. */
const MAX_TEXT_CHARS = 4_000;
/** Two texts with this share of words in common are copies. */
const DUPLICATE_JACCARD = 0.8;
/** Shorter texts ("gm", "lfg") are alike by chance. */
const DUPLICATE_MIN_WORDS = 4;
/** What a bot's post counts. */
const BOT_WEIGHT = 0.1;
/** An author's posts together count as one. */
const AUTHOR_CAP = 1;
/** log2 of the follower count at which more followers add no weight. */
const FOLLOWER_WEIGHT_CAP = 16;

const BOT = {
  youngAccountMs: 7 * 86_400_000,
  fewFollowers: 5,
  /** One post every ten minutes around the clock. */
  postsPerDay: 144,
  /** Cashtags, hashtags and handles in one post. */
  tags: 6,
  /** Copies by several authors. */
  copies: 3,
  signalsNeeded: 2,
} as const;

/** What the posts say together. Null means there is nothing to say it from. */
export interface SocialSummary {
  readonly scorer: string;
  /** Posts up to `asOfMs`, in English or without words. */
  readonly posts: number;
  /** Sum of weights: what the posts count after copies, bots and author caps. */
  readonly effectivePosts: number;
  /** Mean compound score, -1 to 1, by those weights. */
  readonly sentimentMean: number | null;
  /** The same with followers as further weight. */
  readonly sentimentWeighted: number | null;
  readonly mentionsPerMinute: number;
  /** Authors that do not look like bots. */
  readonly distinctAuthors: number;
  /** log10 of one plus their followers together. */
  readonly reach: number | null;
  readonly engagementsPerPost: number | null;
  readonly botShare: number | null;
  readonly duplicateShare: number | null;
  /** Share of posts that name the mint itself: a ticker alone may mean a namesake. */
  readonly mintShare: number | null;
}

/**
 * Sums up a sample as of `asOfMs`; later posts are not seen. Copies share one vote, bots a tenth of
 * one, and an author's posts together at most one.
 */
export function summarizeSocial(sample: SocialSample, mint: Address, asOfMs: UnixMs, scorer: Scorer): SocialSummary {
  const authors = new Map(sample.authors.map((author) => [author.id, author]));
  const { posts, clusters, bots, weights } = weighPosts(sample, asOfMs);
  const compounds = posts.map(({ text }) => scorer.score(text.slice(0, MAX_TEXT_CHARS)).compound);
  const followerWeights = posts.map((post, i) => (weights[i] ?? 0) * followerWeight(authors.get(post.authorId)));
  const genuine = new Set(posts.filter((_, i) => !bots[i]).map(({ authorId }) => authorId));
  const followers = [...genuine].map((id) => authors.get(id)?.followers ?? null).filter((count) => count !== null);
  const engagements = posts.map((post) => post.engagements).filter((count) => count !== null);
  const oldest = posts[0];
  return {
    scorer: scorer.name,
    posts: posts.length,
    effectivePosts: sum(weights),
    sentimentMean: weightedMean(compounds, weights),
    sentimentWeighted: weightedMean(compounds, followerWeights),
    mentionsPerMinute: oldest === undefined ? 0 : posts.length / Math.max(1, (asOfMs - oldest.createdAtMs) / 60_000),
    distinctAuthors: genuine.size,
    reach: posts.length === 0 ? 0 : followers.length === 0 && genuine.size > 0 ? null : Math.log10(1 + sum(followers)),
    engagementsPerPost: engagements.length === 0 ? null : sum(engagements) / engagements.length,
    botShare: share(bots.filter(Boolean).length, posts.length),
    duplicateShare: share(posts.length - new Set(clusters).size, posts.length),
    mintShare: share(posts.filter(({ text }) => text.includes(mint)).length, posts.length),
  };
}

/** Posts that count, oldest first, each with its weight. */
export interface WeighedPosts {
  readonly posts: readonly Post[];
  readonly clusters: readonly unknown[];
  readonly bots: readonly boolean[];
  /** After copies, bots and author caps; not by followers. */
  readonly weights: readonly number[];
}

/** The posts up to `asOfMs` that are in English or without words, and what each of them counts. */
export function weighPosts(sample: SocialSample, asOfMs: UnixMs): WeighedPosts {
  const authors = new Map(sample.authors.map((author) => [author.id, author]));
  const posts = sample.posts
    .filter(({ createdAtMs, lang, text }) => createdAtMs <= asOfMs && isReadable(lang, text))
    .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
  const clusters = clusterCopies(posts);
  const bots = posts.map((post, i) => isBot(post, authors.get(post.authorId), clusters[i]));
  const weights = capAuthors(
    posts,
    posts.map((_, i) => (bots[i] ? BOT_WEIGHT : 1) / (clusters[i]?.size ?? 1)),
  );
  return { posts, clusters, bots, weights };
}

interface Cluster {
  readonly words: ReadonlySet<string>;
  readonly authors: Set<string>;
  size: number;
}

/** The cluster of copies that each post belongs to; a post without copies is its own. */
function clusterCopies(posts: readonly Post[]): Cluster[] {
  const clusters: Cluster[] = [];
  return posts.map(({ text, authorId }) => {
    const words = contentWords(text);
    let cluster = clusters.find((known) => isCopy(known.words, words));
    if (cluster === undefined) {
      cluster = { words, authors: new Set(), size: 0 };
      clusters.push(cluster);
    }
    cluster.size++;
    cluster.authors.add(authorId);
    return cluster;
  });
}

/**
 * Words of a text without what spammers vary: links, handles, addresses, digits, punctuation, invisible
 * characters, and emoji where there are words enough without them.
 */
function contentWords(text: string): ReadonlySet<string> {
  const plain = text
    .slice(0, MAX_TEXT_CHARS)
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\p{Cf}/gu, "")
    .replace(/https?:\/\/\S+|@\w+|\w{32,}/g, " ")
    .replace(/(\p{Extended_Pictographic})/gu, " $1 ")
    .replace(/[^\p{L}\p{Extended_Pictographic}$#]+/gu, " ");
  const all = plain.split(" ").filter((word) => word.length > 0);
  const words = all.filter((word) => !/\p{Extended_Pictographic}/u.test(word));
  return new Set(words.length < DUPLICATE_MIN_WORDS ? all : words);
}

function isCopy(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  let common = 0;
  for (const word of a) if (b.has(word)) common++;
  const union = a.size + b.size - common;
  return Math.min(a.size, b.size) < DUPLICATE_MIN_WORDS ? common === union : common / union >= DUPLICATE_JACCARD;
}

function isBot(post: Post, author: Author | undefined, cluster: Cluster | undefined): boolean {
  let signals = 0;
  if ((post.text.slice(0, MAX_TEXT_CHARS).match(/[$#@][\p{L}\d_]+/gu)?.length ?? 0) >= BOT.tags) signals++;
  if (cluster !== undefined && cluster.authors.size >= BOT.copies) signals++;
  if (author?.followers != null && author.followers < BOT.fewFollowers) signals++;
  if (author?.createdAtMs != null) {
    const ageMs = Math.max(1, post.createdAtMs - author.createdAtMs);
    if (ageMs < BOT.youngAccountMs) signals++;
    if (author.posts !== null && author.posts / Math.max(1, ageMs / 86_400_000) > BOT.postsPerDay) signals++;
  }
  return signals >= BOT.signalsNeeded;
}

function capAuthors(posts: readonly Post[], weights: readonly number[]): number[] {
  const totals = new Map<string, number>();
  for (const [i, { authorId }] of posts.entries()) totals.set(authorId, (totals.get(authorId) ?? 0) + (weights[i] ?? 0));
  return posts.map(({ authorId }, i) => (weights[i] ?? 0) * Math.min(1, AUTHOR_CAP / (totals.get(authorId) ?? 1)));
}

function followerWeight(author: Author | undefined): number {
  return Math.min(FOLLOWER_WEIGHT_CAP, Math.log2(2 + (author?.followers ?? 0)));
}

function weightedMean(values: readonly number[], weights: readonly number[]): number | null {
  const total = sum(weights);
  return total === 0 ? null : values.reduce((acc, value, i) => acc + value * (weights[i] ?? 0), 0) / total;
}

function sum(values: readonly number[]): number {
  return values.reduce((acc, value) => acc + value, 0);
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
