import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readBounded } from "../adapters/rpc/read-bounded.ts";
import { ok, refuse } from "../domain/result.ts";
import type { Outcome } from "./output.ts";

export const DEFAULT_URL = "http://127.0.0.1:8787";
const TIMEOUT_MS = 15_000;
/** 500 decisions with every feature. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;

export interface ApiOptions {
  readonly url: string;
  /** State folder of the local run, for its operator token. */
  readonly state?: string;
  /** The operator token itself, where the caller has it. */
  readonly token?: string;
}

export interface ApiCall {
  readonly method?: string;
  readonly body?: unknown;
  /** A read that only the operator may make. */
  readonly operator?: boolean;
  /** The answer is text, not JSON. */
  readonly text?: boolean;
  readonly timeoutMs?: number;
}

/** Calls `/api/v1<path>` of a running instance and returns its JSON. Calls that change something carry the operator token. */
export async function callApi<T>(options: ApiOptions, path: string, init: ApiCall = {}): Promise<Outcome<T>> {
  const base = readBase(options.url);
  if (base === null) return refuse("FAILED", `--url ${options.url} is not an http(s) address.`);
  const method = init.method ?? "GET";
  const headers: Record<string, string> = { accept: "application/json" };
  if (init.body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" || init.operator === true) {
    const token = options.token ?? operatorToken(base, options.state);
    if (token === null) return refuse("FAILED", "This needs the operator token: set SNIPER_OPERATOR_TOKEN, or name the run's --state.");
    headers["authorization"] = `Bearer ${token}`;
  }
  try {
    const body = init.body === undefined ? {} : { body: JSON.stringify(init.body) };
    const response = await fetch(new URL(`/api/v1${path}`, base), {
      method,
      headers,
      ...body,
      signal: AbortSignal.timeout(init.timeoutMs ?? TIMEOUT_MS),
    });
    const text = await readBounded(response, MAX_REPLY_BYTES);
    if (text === null) return refuse("FAILED", `The answer of ${base.origin} is too large.`);
    if (!response.ok) return refuse("FAILED", `${base.origin} answered ${response.status}: ${problemText(text)}`);
    if (init.text === true) return ok(text as T);
    return ok((text === "" ? null : JSON.parse(text)) as T);
  } catch (error) {
    if (error instanceof SyntaxError) return refuse("FAILED", `${base.origin} did not answer JSON: is that a sniper?`);
    return refuse("FAILED", `No sniper answers at ${base.origin}: start one with npm start, or name another with --url.`);
  }
}

function readBase(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url : null;
}

/** SNIPER_OPERATOR_TOKEN, or for an instance on this machine the token of its state folder. It is never sent elsewhere. */
function operatorToken(base: URL, state: string | undefined): string | null {
  const given = process.env["SNIPER_OPERATOR_TOKEN"];
  if (given !== undefined && given !== "") return given;
  if (!["127.0.0.1", "localhost", "[::1]"].includes(base.hostname)) return null;
  try {
    const secrets: unknown = JSON.parse(readFileSync(join(state ?? ".sniper/state", "secrets.json"), "utf8"));
    return z.object({ operatorToken: z.string() }).parse(secrets).operatorToken;
  } catch {
    return null;
  }
}

/** The readable part of a problem+json body. */
function problemText(text: string): string {
  try {
    const problem = JSON.parse(text) as { title?: unknown; detail?: unknown; error?: unknown };
    const parts = [problem.title, problem.detail, problem.error].filter((part): part is string => typeof part === "string");
    return parts.join(" ") || text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}
