import { waitUntil } from "cloudflare:workers";
import { settingsOf } from "../../adapters/env.ts";
import type { AuthorCache, PostCache } from "../../adapters/x/cache.ts";
import { recordSample } from "../../adapters/x/recorder.ts";
import { createXSource } from "../../adapters/x/source.ts";
import type { Candidate } from "../../domain/candidate.ts";
import type { SocialSample, SocialSource } from "../../domain/sentiment/social.ts";
import type { UnixMs } from "../../domain/units.ts";
import { budgetPort } from "../../durable-objects/budget-port.ts";

/** These live as long as the isolate. */
const authors: AuthorCache = new Map();
const posts: PostCache = new Map();

/** X by its bearer token, with the deployment's budget; null without a token. */
export function socialFromEnv(env: Env): SocialSource | null {
  const bearerToken = settingsOf(env).X_BEARER_TOKEN;
  if (bearerToken === undefined) return null;
  return createXSource({ bearerToken, baseUrl: env.X_API_BASE_URL, budget: budgetPort(env, "x"), authors, posts });
}

/**
 * Keeps what an assessment saw of the posts, so that a backtest sees no more and no less. Returns at once and
 * never throws: the trade does not wait for it. What could not be kept is logged.
 */
export function keepPosts(
  env: Pick<Env, "BUCKET">,
  { graduation: { mint }, symbol }: Pick<Candidate, "graduation" | "symbol">,
  sample: SocialSample,
  assessedAtMs: UnixMs,
): void {
  waitUntil(
    recordSample(env.BUCKET, { mint, symbol, assessedAtMs, sample }).then((kept) => {
      if (!kept.ok) console.warn(`posts about ${mint} are not kept:`, kept.reason, kept.detail);
    }),
  );
}
