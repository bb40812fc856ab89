import type { PerformanceView } from "../../../domain/api/performance.ts";
import type { LiveStatus, Page, Status } from "../../../domain/api/types.ts";

export const BASE = "/api/v1";
/** A request that takes longer counts as failed; the next poll tries again. */
export const TIMEOUT_MS = 10_000;

/** A refused or unreadable API answer. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/** GETs `/api/v1<path>` as JSON. Throws ApiError on a non-2xx status or a body that is not JSON, TypeError without network. */
export async function getJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(`${BASE}${path}`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    headers: { accept: "application/json" },
    credentials: "same-origin",
  });
  const what = path.split("?")[0];
  if (!response.ok) throw new ApiError(response.status, `The API answered ${response.status} to ${what}.`);
  if (!response.headers.get("content-type")?.includes("json"))
    throw new ApiError(response.status, `The API did not answer JSON to ${what}.`);
  return (await response.json()) as T;
}

/** An answer's body as JSON; null for a body that is none. */
export async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** GETs the engine's status. Throws ApiError when what the whole page rests on is missing in it. */
export async function getStatus(signal: AbortSignal): Promise<Status> {
  const status = await getJson<Status>("/status", signal);
  const { ledgers, reasons, incidents, funnel, parameters, nowMs } = status;
  if (![ledgers, reasons, incidents].every(Array.isArray) || !funnel || !parameters || !Number.isFinite(nowMs)) {
    throw new ApiError(200, "The API did not answer a status to /status.");
  }
  return status;
}

/** GETs the state of live trading. Throws ApiError when a list of it is missing. */
export async function getLive(signal: AbortSignal): Promise<LiveStatus> {
  const live = await getJson<LiveStatus>("/live", signal);
  if (![live.programs, live.providers, live.budgets, live.incidents].every(Array.isArray)) {
    throw new ApiError(200, "The API did not answer the state of live trading to /live.");
  }
  return live;
}

/** GETs a ledger's figures. Throws ApiError when a part of them is missing. */
export async function getPerformance(ledger: string, days: number, signal: AbortSignal): Promise<PerformanceView> {
  const view = await getJson<PerformanceView>(`/performance?${new URLSearchParams({ ledger, days: String(days) })}`, signal);
  if (![view.benchmarks, view.days, view.months].every(Array.isArray) || !view.trades || !view.returns) {
    throw new ApiError(200, "The API did not answer figures to /performance.");
  }
  return view;
}

/** GETs one page of a list, newest first. */
export async function getPage<T>(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Page<T>> {
  const page = await getJson<Page<T>>(`${path}?${new URLSearchParams(query)}`, signal);
  if (!Array.isArray(page.items)) throw new ApiError(200, `The API did not answer a list to ${path}.`);
  return page;
}

/** Address of the live feed on the page's own origin. */
export function feedUrl(origin: string): string {
  return `${origin.replace(/^http/, "ws")}${BASE}/ws`;
}
