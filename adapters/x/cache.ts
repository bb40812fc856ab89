import type { Author, Post } from "../../domain/sentiment/social.ts";
import type { UnixMs } from "../../domain/units.ts";

/** Follower counts move slowly; looking an author up again costs money. */
const AUTHOR_KEPT_MS = 86_400_000;
const AUTHORS_KEPT = 5_000;
/** Within it engagements are taken as they were read; X counts a day's second read of a post, too. */
const POSTS_FRESH_MS = 300_000;
/** How long a search is gone on with; X itself takes no `since_id` older than its seven days. */
const POSTS_KEPT_MS = 3_600_000;
/** Queries whose posts are kept: ten posts of 25,000 characters each at the very most. */
const QUERIES_KEPT = 50;

/** Authors looked up before, oldest first. Shared by the sources of one isolate. */
export type AuthorCache = Map<string, { readonly author: Author; readonly readAtMs: UnixMs }>;

/** What a search found before, by its expression, oldest first. Shared by the sources of one isolate. */
export type PostCache = Map<string, FoundPosts>;

export interface FoundPosts {
  readonly posts: readonly Post[];
  readonly newestId: string;
  /** When the search was made that is gone on with. */
  readonly searchedAtMs: UnixMs;
  /** When the oldest of them were read. */
  readonly readAtMs: UnixMs;
}

/** Ids of authors that are unknown, or known from too long ago. */
export function unknownAuthors(cache: AuthorCache, ids: readonly string[], nowMs: UnixMs): string[] {
  return ids.filter((id) => {
    const entry = cache.get(id);
    return entry === undefined || nowMs - entry.readAtMs > AUTHOR_KEPT_MS;
  });
}

export function rememberAuthor(cache: AuthorCache, author: Author, readAtMs: UnixMs): void {
  remember(cache, author.id, { author, readAtMs }, AUTHORS_KEPT);
}

/** What the same search found within the last hour. */
export function knownPosts(cache: PostCache, expression: string, nowMs: UnixMs): FoundPosts | null {
  const entry = cache.get(expression);
  return entry === undefined || nowMs < entry.searchedAtMs || nowMs - entry.searchedAtMs > POSTS_KEPT_MS ? null : entry;
}

/** Whether engagements of these may have moved, and posts may have been deleted. */
export function isStale(found: FoundPosts, nowMs: UnixMs): boolean {
  return nowMs - found.readAtMs > POSTS_FRESH_MS;
}

/** Keeps what a search found, in place of what it found before. */
export function rememberPosts(cache: PostCache, expression: string, found: FoundPosts): void {
  remember(cache, expression, found, QUERIES_KEPT);
}

/** The newest `most` of both, newest first; a post that was found again counts as it is now. */
export function mergePosts(fresh: readonly Post[], known: readonly Post[], most: number): Post[] {
  const byId = new Map([...known, ...fresh].map((post) => [post.id, post]));
  return [...byId.values()].sort((a, b) => compareIds(b.id, a.id)).slice(0, most);
}

/** Order of two of X's ids, which are whole numbers beyond what a double holds, without leading zeros. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

function remember<V>(cache: Map<string, V>, key: string, value: V, most: number): void {
  cache.delete(key);
  cache.set(key, value);
  for (const oldest of cache.keys()) {
    if (cache.size <= most) return;
    cache.delete(oldest);
  }
}
