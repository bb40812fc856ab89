import { ApiError, BASE, readJson, TIMEOUT_MS } from "./api.ts";
import { createStore } from "./store.ts";

/** Kept for this tab only: it ends with the tab, and no other site can read it. */
const STORAGE_KEY = "sniper.operator-token";
/** As long as a bearer token may be. */
const TOKEN_MAX = 500;

/** The operator's token, which every change carries; null while nobody gave one. */
export const operatorToken = createStore<string | null>(storedToken());

export function setOperatorToken(token: string | null): void {
  const trimmed = token?.trim().slice(0, TOKEN_MAX) ?? "";
  const next = trimmed === "" ? null : trimmed;
  operatorToken.set(next);
  try {
    if (next === null) window.sessionStorage.removeItem(STORAGE_KEY);
    else window.sessionStorage.setItem(STORAGE_KEY, next);
  } catch {
    // Storage may be switched off: the token then lives until the page is left.
  }
}

/**
 * Changes something over the API as the operator. Throws ApiError with the API's own words when it is refused; a
 * refused token is forgotten.
 */
export async function sendJson<T>(method: "POST" | "DELETE", path: string, body?: unknown): Promise<T | null> {
  const token = operatorToken.get();
  if (token === null) throw new ApiError(401, "The operator's token is missing.");
  const response = await fetch(`${BASE}${path}`, {
    method,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { accept: "application/json", authorization: `Bearer ${token}`, "content-type": "application/json" },
    credentials: "same-origin",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.status === 401) {
    setOperatorToken(null);
    throw new ApiError(401, "The API does not take this token.");
  }
  if (!response.ok) throw new ApiError(response.status, problemText(await readJson(response), response.status));
  return response.status === 204 ? null : ((await readJson(response)) as T);
}

function problemText(problem: unknown, status: number): string {
  const { title, detail } = (problem ?? {}) as { title?: unknown; detail?: unknown };
  const parts = [title, detail].filter((part): part is string => typeof part === "string");
  return parts.join(" ") || `The API answered ${status}.`;
}

function storedToken(): string | null {
  try {
    return typeof window === "undefined" ? null : window.sessionStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
