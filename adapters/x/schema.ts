import { z } from "zod";
import type { Author, Post } from "../../domain/sentiment/social.ts";

/** X's own upper bounds: 100 posts a page, 25,000 characters a post (docs.x.com). */
const MAX_POSTS = 100;
const MAX_TEXT_CHARS = 25_000;

const id = z.string().regex(/^\d{1,20}$/);
const count = z.number().int().nonnegative();
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const post = z
  .object({
    id,
    author_id: id,
    text: z.string().max(MAX_TEXT_CHARS),
    created_at: time,
    lang: z.string().max(35).optional(),
    public_metrics: z.object({ like_count: count, retweet_count: count, reply_count: count, quote_count: count }).optional(),
  })
  .transform(
    ({ public_metrics: metrics, ...row }): Post => ({
      id: row.id,
      authorId: row.author_id,
      text: row.text,
      lang: row.lang ?? null,
      createdAtMs: row.created_at,
      engagements: metrics === undefined ? null : metrics.like_count + metrics.retweet_count + metrics.reply_count + metrics.quote_count,
    }),
  );

const author = z
  .object({
    id,
    created_at: time.optional(),
    public_metrics: z.object({ followers_count: count, tweet_count: count }).optional(),
    verified: z.boolean().optional(),
  })
  .transform(
    ({ public_metrics: metrics, ...row }): Author => ({
      id: row.id,
      followers: metrics?.followers_count ?? null,
      posts: metrics?.tweet_count ?? null,
      createdAtMs: row.created_at ?? null,
      verified: row.verified ?? null,
    }),
  );

/** GET /2/tweets/search/recent. No `data` when nothing was found. */
export const searchReply = z.object({
  data: z.array(post).max(MAX_POSTS).default([]),
  meta: z.object({ result_count: count, newest_id: id.optional() }),
});

/** GET /2/tweets. Deleted and hidden posts are left out by X. */
export const postsReply = z.object({ data: z.array(post).max(MAX_POSTS).default([]) });

/** GET /2/users. Suspended accounts are left out by X. */
export const usersReply = z.object({ data: z.array(author).max(MAX_POSTS).default([]) });
