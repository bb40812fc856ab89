import { TwitterApi } from "twitter-api-v2";
import type { z } from "zod";
import type { BudgetOutcome, BudgetPort } from "../../domain/budget.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { Author, Post, SocialQuery, SocialSample, SocialSource } from "../../domain/sentiment/social.ts";
import type { UnixMs } from "../../domain/units.ts";
import {
  type AuthorCache,
  compareIds,
  type FoundPosts,
  isStale,
  knownPosts,
  mergePosts,
  type PostCache,
  rememberAuthor,
  rememberPosts,
  unknownAuthors,
} from "./cache.ts";
import { searchExpression } from "./query.ts";
import { postsReply, searchReply, usersReply } from "./schema.ts";
import { fetchTransport, XError } from "./transport.ts";

/** Posts per query; X accepts 10 to 100 and charges each. */
const MAX_RESULTS = 10;
/** X's pay-per-use prices since February 2026, in millionths of a dollar. */
const POST_MICRO_USD = 5_000;
const USER_MICRO_USD = 10_000;
const TIMEOUT_MS = 1_200;
const POST_FIELDS = "author_id,created_at,lang,public_metrics";

export interface XOptions {
  readonly bearerToken: string;
  /** `https://api.x.com`, or what stands in for it. */
  readonly baseUrl: string;
  readonly budget: BudgetPort;
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly authors?: AuthorCache;
  readonly posts?: PostCache;
  readonly nowMs?: () => UnixMs;
  readonly timeoutMs?: number;
}

/**
 * Recent posts on X about a token: one search, and one lookup of the authors not seen in the last
 * day. The same search within an hour asks for what is newer than the last one's and adds it, so that a
 * sample is the newest posts either way; posts read more than five minutes ago are looked up again, which drops
 * deleted ones. Claims its budget before it asks and settles what it used. Refuses with BUDGET_EXHAUSTED,
 * UPSTREAM_FAILED or UPSTREAM_MALFORMED; never throws. A failed author lookup leaves the posts, a failed
 * lookup of posts leaves them without engagements.
 */
export function createXSource(options: XOptions): SocialSource {
  const nowMs = options.nowMs ?? Date.now;
  const authors: AuthorCache = options.authors ?? new Map();
  const posts: PostCache = options.posts ?? new Map();
  const send = options.fetch ?? ((request: Request) => fetch(request));
  return { sample: (query) => new Sampling({ ...options, nowMs, authors, posts, fetch: send }, query).run() };
}

/** One query: what it asked and what it has cost so far. */
class Sampling {
  readonly #options: Required<Omit<XOptions, "timeoutMs">>;
  readonly #query: SocialQuery;
  readonly #client: TwitterApi;
  #requests = 0;
  #costMicroUsd = 0;
  #blockedUntilMs = 0;

  constructor(options: Required<Omit<XOptions, "timeoutMs">> & Pick<XOptions, "timeoutMs">, query: SocialQuery) {
    this.#options = options;
    this.#query = query;
    const transport = fetchTransport({
      baseUrl: options.baseUrl,
      bearerToken: options.bearerToken,
      fetch: options.fetch,
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      nowMs: options.nowMs,
      onRateLimit: ({ remaining, resetAtMs }) => {
        if (remaining <= 0) this.#blockedUntilMs = Math.max(this.#blockedUntilMs, resetAtMs);
      },
    });
    this.#client = new TwitterApi(options.bearerToken, { plugins: [transport] });
  }

  async run(): Promise<Result<SocialSample>> {
    const { budget } = this.#options;
    try {
      const claim = await budget.claim({ requests: 3, cost: MAX_RESULTS * (POST_MICRO_USD + USER_MICRO_USD) });
      if (!claim.ok) return claim;
      try {
        return await this.#sample();
      } finally {
        await budget.settle(claim.value, this.#outcome());
      }
    } catch (error) {
      return refuse("UPSTREAM_FAILED", error instanceof Error ? error.name : "failed");
    }
  }

  async #sample(): Promise<Result<SocialSample>> {
    const { nowMs, posts: cache } = this.#options;
    const expression = searchExpression(this.#query);
    // Whoever says where to begin wants what is newer, and nothing else.
    const asked = this.#query.sinceId;
    const known = asked === undefined ? knownPosts(cache, expression, nowMs()) : null;
    const sinceId = asked ?? known?.newestId;
    const found = await this.#get(
      "tweets/search/recent",
      {
        query: expression,
        max_results: MAX_RESULTS,
        "tweet.fields": POST_FIELDS,
        ...(sinceId === undefined ? {} : { since_id: sinceId }),
      },
      searchReply,
      MAX_RESULTS * POST_MICRO_USD,
    );
    if (!found.ok) return found;
    this.#costMicroUsd += found.value.data.length * POST_MICRO_USD;
    const merged = mergePosts(found.value.data, known?.posts ?? [], MAX_RESULTS);
    const [again, authors] = await Promise.all([
      this.#again(merged, known),
      this.#authors([...new Set(merged.map(({ authorId }) => authorId))]),
    ]);
    const { posts, readAtMs } = again;
    const ids = [found.value.meta.newest_id, merged[0]?.id, known?.newestId].filter((id) => id !== undefined);
    const newestId = ids.sort(compareIds).at(-1) ?? null;
    if (asked === undefined && newestId !== null)
      rememberPosts(cache, expression, { posts, newestId, searchedAtMs: known?.searchedAtMs ?? nowMs(), readAtMs });
    const wanted = new Set(posts.map(({ authorId }) => authorId));
    return ok({
      provider: "x",
      fetchedAtMs: nowMs(),
      posts,
      authors: authors.filter(({ id }) => wanted.has(id)),
      newestId,
      costMicroUsd: this.#costMicroUsd,
    });
  }

  /** The posts, those that were known for too long as they are now, and when the oldest of them were read. */
  async #again(posts: readonly Post[], known: FoundPosts | null): Promise<Pick<FoundPosts, "posts" | "readAtMs">> {
    const nowMs = this.#options.nowMs();
    if (known === null) return { posts, readAtMs: nowMs };
    const before = new Set(isStale(known, nowMs) ? known.posts : []);
    const old = posts.filter((post) => before.has(post));
    if (old.length === 0) return { posts, readAtMs: known.readAtMs };
    const query = { ids: old.map(({ id }) => id).join(","), "tweet.fields": POST_FIELDS };
    const found = await this.#get("tweets", query, postsReply, old.length * POST_MICRO_USD);
    if (!found.ok) {
      return { posts: posts.map((post) => (before.has(post) ? { ...post, engagements: null } : post)), readAtMs: known.readAtMs };
    }
    this.#costMicroUsd += found.value.data.length * POST_MICRO_USD;
    const now = new Map(found.value.data.map((post) => [post.id, post]));
    return { posts: posts.flatMap((post) => (before.has(post) ? (now.get(post.id) ?? []) : [post])), readAtMs: nowMs };
  }

  async #authors(ids: readonly string[]): Promise<readonly Author[]> {
    const { authors: cache, nowMs } = this.#options;
    const unknown = unknownAuthors(cache, ids, nowMs());
    if (unknown.length > 0) {
      const query = { ids: unknown.join(","), "user.fields": "created_at,public_metrics,verified" };
      const found = await this.#get("users", query, usersReply, unknown.length * USER_MICRO_USD);
      if (found.ok) {
        this.#costMicroUsd += found.value.data.length * USER_MICRO_USD;
        for (const author of found.value.data) rememberAuthor(cache, author, nowMs());
      }
    }
    return ids.map((id) => cache.get(id)?.author).filter((author) => author !== undefined);
  }

  /** `chargeMicroUsd`: what is counted when it is unknown whether X did the work. */
  async #get<S extends z.ZodType>(
    path: string,
    query: Record<string, string | number>,
    schema: S,
    chargeMicroUsd: number,
  ): Promise<Result<z.output<S>>> {
    this.#requests++;
    let data: unknown;
    try {
      data = await this.#client.v2.get<unknown>(path, query);
    } catch (error) {
      if (!(error instanceof XError)) throw error;
      if (error.mayBeCharged) this.#costMicroUsd += chargeMicroUsd;
      this.#blockedUntilMs = Math.max(this.#blockedUntilMs, error.blockedUntilMs ?? 0);
      return refuse(error.reason, `${path}: ${error.message}`);
    }
    const parsed = schema.safeParse(data);
    if (parsed.success) return ok(parsed.data);
    this.#costMicroUsd += chargeMicroUsd;
    return refuse("UPSTREAM_MALFORMED", `${path}: ${parsed.error.issues[0]?.path.join(".") ?? "shape"}`);
  }

  #outcome(): BudgetOutcome {
    const spent = { requests: this.#requests, cost: this.#costMicroUsd };
    return this.#blockedUntilMs > 0 ? { ...spent, blockedUntilMs: this.#blockedUntilMs } : spent;
  }
}
