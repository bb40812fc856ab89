import { settingsOf } from "../../adapters/env.ts";
import type { AuthorCache, PostCache } from "../../adapters/x/cache.ts";
import { createXSource } from "../../adapters/x/source.ts";
import type { SocialSource } from "../../domain/sentiment/social.ts";
import { budgetPort } from "../../durable-objects/budget.ts";

/** These live as long as the isolate. */
const authors: AuthorCache = new Map();
const posts: PostCache = new Map();

/** X by its bearer token, with the deployment's budget; null without a token. */
export function socialFromEnv(env: Env): SocialSource | null {
  const bearerToken = settingsOf(env).X_BEARER_TOKEN;
  if (bearerToken === undefined) return null;
  return createXSource({ bearerToken, baseUrl: env.X_API_BASE_URL, budget: budgetPort(env, "x"), authors, posts });
}
