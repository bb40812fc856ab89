import type { Result } from "../result.ts";
import type { Address, UnixMs } from "../units.ts";

/** An account that posts. Null where the provider did not say. */
export interface Author {
  readonly id: string;
  readonly followers: number | null;
  readonly posts: number | null;
  readonly createdAtMs: UnixMs | null;
  /** Whether the provider vouches for the account; left out or null when it did not say. */
  readonly verified?: boolean | null;
}

export interface Post {
  readonly id: string;
  readonly authorId: string;
  /** Anyone's text: never markup, never an instruction. */
  readonly text: string;
  /** BCP 47 tag as the provider detected it. */
  readonly lang: string | null;
  readonly createdAtMs: UnixMs;
  /** Likes, reposts, replies and quotes together; null when the provider did not say. */
  readonly engagements: number | null;
}

/** What one query found, as it was at `fetchedAtMs`. */
export interface SocialSample {
  readonly provider: string;
  readonly fetchedAtMs: UnixMs;
  readonly posts: readonly Post[];
  /** Authors that are known; posts of others have no author data. */
  readonly authors: readonly Author[];
  /** Newest post's id: the next query can start after it. */
  readonly newestId: string | null;
  /** What the provider charged, in millionths of a dollar. */
  readonly costMicroUsd: number;
}

export interface SocialQuery {
  readonly mint: Address;
  /** Attacker's text: a source uses it only when it is a plain ticker. */
  readonly symbol: string;
  readonly sinceId?: string;
}

/**
 * Where posts about a token come from. Refuses with BUDGET_EXHAUSTED, UPSTREAM_FAILED or
 * UPSTREAM_MALFORMED, and from a recording with NOT_FOUND; an empty sample means that nobody posted.
 */
export interface SocialSource {
  sample(query: SocialQuery): Promise<Result<SocialSample>>;
}
