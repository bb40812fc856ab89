import type { PostSource, XPost, XUser } from "./posts.ts";
import { parseQuery } from "./query.ts";

/** docs.x.com/x-api/fundamentals/rate-limits: recent search 300, lookups 900 and 300 per 15 minutes and app. */
const WINDOW_MS = 900_000;
const LIMITS = { search: 300, users: 300, tweets: 900 } as const;
/** docs.x.com/x-api/posts/recent-search: the last seven days. */
const SEARCH_SPAN_MS = 7 * 86_400_000;
const MAX_LOOKUPS = 100;

export interface XServerOptions {
  readonly posts: PostSource;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** When given, any other bearer token is answered with 401; without it any token does. */
  readonly bearerToken?: string;
}

type Endpoint = keyof typeof LIMITS;
type Fields = Record<string, unknown>;

/**
 * Stand-in for X API v2 with its response shapes, rate-limit headers and errors:
 * GET `…/2/tweets/search/recent`, `…/2/tweets`, `…/2/users`, `…/2/users/by`, `…/2/users/by/username/:name`.
 */
export function createXServer(options: XServerOptions): (request: Request) => Promise<Response> {
  const windows = new Map<Endpoint, { startedAtMs: number; used: number }>();

  /** Counts the call and returns the headers every answer carries; `over` when the window is used up. */
  function meter(endpoint: Endpoint): { headers: Record<string, string>; over: boolean } {
    const nowMs = options.now();
    let window = windows.get(endpoint);
    if (window === undefined || nowMs - window.startedAtMs >= WINDOW_MS) window = { startedAtMs: nowMs, used: 0 };
    windows.set(endpoint, window);
    const over = window.used >= LIMITS[endpoint];
    if (!over) window.used += 1;
    const headers = {
      "x-rate-limit-limit": String(LIMITS[endpoint]),
      "x-rate-limit-remaining": String(LIMITS[endpoint] - window.used),
      "x-rate-limit-reset": String(Math.ceil((window.startedAtMs + WINDOW_MS) / 1000)),
    };
    return { headers, over };
  }

  return async (request) => {
    const url = new URL(request.url);
    const path = /\/2\/(.+)$/.exec(url.pathname)?.[1] ?? "";
    const bearer = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
    if (bearer === undefined || (options.bearerToken !== undefined && bearer !== options.bearerToken)) {
      return Response.json({ title: "Unauthorized", type: "about:blank", status: 401, detail: "Unauthorized" }, { status: 401 });
    }
    const byName = /^users\/by\/username\/(\w{1,15})$/.exec(path)?.[1];
    const endpoint: Endpoint | null =
      path === "tweets/search/recent" ? "search" : path === "tweets" ? "tweets" : path.startsWith("users") ? "users" : null;
    if (endpoint === null || request.method !== "GET") {
      return Response.json({ title: "Not Found", type: "about:blank", status: 404, detail: "Not Found" }, { status: 404 });
    }
    const { headers, over } = meter(endpoint);
    if (over) {
      return Response.json(
        { title: "Too Many Requests", detail: "Too Many Requests", type: "about:blank", status: 429 },
        { status: 429, headers },
      );
    }
    const answer =
      endpoint === "search"
        ? search(options, url.searchParams)
        : endpoint === "tweets"
          ? lookupPosts(options, url.searchParams)
          : lookupUsers(options, path, byName, url.searchParams);
    return Response.json(answer.body, { status: answer.status, headers });
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function search(options: XServerOptions, params: URLSearchParams): Answer {
  const query = parseQuery(params.get("query") ?? "");
  if (typeof query === "string") return invalid("query", params.get("query") ?? "", query);
  const maxText = params.get("max_results") ?? "10";
  const max = Number(maxText);
  if (!Number.isInteger(max) || max < 10 || max > 100) {
    return invalid("max_results", maxText, `The \`max_results\` query parameter value [${maxText}] is not between 10 and 100`);
  }
  const nowMs = options.now();
  const startText = params.get("start_time");
  const endText = params.get("end_time");
  const startMs = startText === null ? nowMs - SEARCH_SPAN_MS : Date.parse(startText);
  const endMs = endText === null ? nowMs : Date.parse(endText);
  if (!Number.isFinite(startMs) || startMs < nowMs - SEARCH_SPAN_MS) return invalid("start_time", startText ?? "", "Invalid 'start_time'");
  if (!Number.isFinite(endMs) || endMs > nowMs) return invalid("end_time", endText ?? "", "Invalid 'end_time'");
  const bounds: Record<string, bigint> = {};
  for (const name of ["since_id", "until_id", "next_token"]) {
    const text = params.get(name);
    if (text === null) continue;
    if (!/^\d{1,19}$/.test(text)) return invalid(name, text, `The \`${name}\` query parameter value [${text}] is not valid`);
    bounds[name] = BigInt(text);
  }
  const below = bounds["next_token"] ?? bounds["until_id"];
  const found = options.posts
    .posts(query.words, startMs, endMs)
    .filter((post) => query.matches(post))
    .filter(
      (post) =>
        (bounds["since_id"] === undefined || BigInt(post.id) > bounds["since_id"]) && (below === undefined || BigInt(post.id) < below),
    )
    .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1));
  const page = found.slice(0, max);
  const [newest, oldest] = [page[0], page.at(-1)];
  if (newest === undefined || oldest === undefined) return { status: 200, body: { meta: { result_count: 0 } } };
  const meta: Fields = { newest_id: newest.id, oldest_id: oldest.id, result_count: page.length };
  if (found.length > page.length) meta["next_token"] = oldest.id;
  return { status: 200, body: { ...withIncludes(page, params), meta } };
}

function lookupPosts(options: XServerOptions, params: URLSearchParams): Answer {
  const ids = list(params, "ids");
  if (ids.length === 0 || ids.length > MAX_LOOKUPS)
    return invalid("ids", ids.join(","), "The number of values in the `ids` query parameter list is not between 1 and 100");
  const nowMs = options.now();
  const all = new Map(options.posts.posts(null, nowMs - SEARCH_SPAN_MS, nowMs).map((post) => [post.id, post]));
  const found = ids.flatMap((id) => all.get(id) ?? []);
  const errors = ids.filter((id) => !all.has(id)).map((id) => notFound("tweet", "ids", id, `Could not find tweet with ids: [${id}].`));
  return { status: 200, body: { ...(found.length > 0 ? withIncludes(found, params) : {}), ...(errors.length > 0 ? { errors } : {}) } };
}

function lookupUsers(options: XServerOptions, path: string, single: string | undefined, params: URLSearchParams): Answer {
  const isById = path === "users";
  if (!isById && path !== "users/by" && single === undefined) {
    return { status: 404, body: { title: "Not Found", type: "about:blank", status: 404, detail: "Not Found" } };
  }
  const parameter = isById ? "ids" : "usernames";
  const keys = single === undefined ? list(params, parameter) : [single];
  if (keys.length === 0 || keys.length > MAX_LOOKUPS) {
    return invalid(parameter, keys.join(","), `The number of values in the \`${parameter}\` query parameter list is not between 1 and 100`);
  }
  const fields = list(params, "user.fields");
  const users: Fields[] = [];
  const errors: Fields[] = [];
  for (const key of keys) {
    const user = options.posts.user(isById ? { id: key } : { username: key });
    if (user !== null) users.push(userObject(user, fields));
    else
      errors.push(notFound("user", single === undefined ? parameter : "username", key, `Could not find user with ${parameter}: [${key}].`));
  }
  const data = single === undefined ? users : users[0];
  return { status: 200, body: { ...(users.length > 0 ? { data } : {}), ...(errors.length > 0 ? { errors } : {}) } };
}

/** `data` of the posts and, where the expansion asks for it, `includes.users` with each author once. */
function withIncludes(posts: readonly XPost[], params: URLSearchParams): Fields {
  const data = posts.map((post) => postObject(post, list(params, "tweet.fields")));
  if (!list(params, "expansions").includes("author_id")) return { data };
  const authors = new Map(posts.map((post) => [post.author.id, post.author]));
  return { data, includes: { users: [...authors.values()].map((user) => userObject(user, list(params, "user.fields"))) } };
}

function postObject(post: XPost, fields: readonly string[]): Fields {
  const optional: Fields = {
    author_id: post.author.id,
    created_at: new Date(post.createdAtMs).toISOString(),
    lang: post.lang,
    possibly_sensitive: false,
    conversation_id: post.id,
    public_metrics: {
      retweet_count: post.reposts,
      reply_count: post.replies,
      like_count: post.likes,
      quote_count: 0,
      bookmark_count: 0,
      impression_count: post.impressions,
    },
    ...(post.repostOf === null ? {} : { referenced_tweets: [{ type: "retweeted", id: post.repostOf }] }),
  };
  return { id: post.id, text: post.text, edit_history_tweet_ids: [post.id], ...pickFields(optional, fields) };
}

function userObject(user: XUser, fields: readonly string[]): Fields {
  const optional: Fields = {
    created_at: new Date(user.createdAtMs).toISOString(),
    verified: user.verified,
    protected: false,
    description: "",
    public_metrics: {
      followers_count: user.followers,
      following_count: user.following,
      tweet_count: user.posts,
      listed_count: Math.floor(user.followers / 200),
      like_count: user.posts * 2,
    },
  };
  return { id: user.id, name: user.name, username: user.username, ...pickFields(optional, fields) };
}

function pickFields(all: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

function list(params: URLSearchParams, name: string): string[] {
  return (params.get(name) ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function notFound(type: string, parameter: string, value: string, detail: string): Fields {
  const problem = "https://api.twitter.com/2/problems/resource-not-found";
  return { value, detail, title: "Not Found Error", resource_type: type, parameter, resource_id: value, type: problem };
}

function invalid(parameter: string, value: string, message: string): Answer {
  const detail = "One or more parameters to your request was invalid.";
  const type = "https://api.twitter.com/2/problems/invalid-request";
  return { status: 400, body: { errors: [{ parameters: { [parameter]: [value] }, message }], title: "Invalid Request", detail, type } };
}
