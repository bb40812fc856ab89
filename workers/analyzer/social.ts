import { waitUntil } from "cloudflare:workers";
import { settingsOf } from "../../adapters/env.ts";
import { recordObservations } from "../../adapters/r2/observation-store.ts";
import type { AuthorCache, PostCache } from "../../adapters/x/cache.ts";
import { recordSample } from "../../adapters/x/recorder.ts";
import { createXSource } from "../../adapters/x/source.ts";
import type { Result } from "../../domain/result.ts";
import type { Observations } from "../../domain/scoring/observations.ts";
import type { SocialSource } from "../../domain/sentiment/social.ts";
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
 * Keeps what a judgement was made from, posts and all, so that a backtest sees no more and no less. Returns at once
 * and never throws: the trade does not wait for it. What could not be kept is logged.
 */
export function keepObserved(env: Pick<Env, "BUCKET">, observed: Observations): void {
  const { candidate, social, asOfMs } = observed;
  const { mint } = candidate.graduation;
  const keep = (what: string, storing: Promise<Result<string>>) =>
    waitUntil(
      storing.then((kept) => {
        if (!kept.ok) console.warn(`${what} about ${mint} are not kept:`, kept.reason, kept.detail);
      }),
    );
  keep("observations", recordObservations(env.BUCKET, observed));
  if (social !== null) keep("posts", recordSample(env.BUCKET, { mint, symbol: candidate.symbol, assessedAtMs: asOfMs, sample: social }));
}
