import { type QueryClient, type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type { PerformanceView } from "../../../domain/api/performance.ts";
import type {
  DecisionView,
  EquityPoint,
  ExperimentView,
  IntentView,
  LiveStatus,
  ModelView,
  Page,
  PositionView,
  RunView,
  Status,
  StudyView,
  TradeView,
} from "../../../domain/api/types.ts";
import { getLive, getPage, getPerformance, getStatus } from "./api.ts";
import { serverNow, setServerTime } from "./clock.ts";
import type { FeedState } from "./feed.ts";
import { appendOlder, applyIntent, equityId, mergeNewest, mergePositions } from "./lists.ts";
import { decisionId, decisionTime, equityTime, KEYS, type ListName, type OutcomeFilter, tradeId, tradeTime } from "./live.ts";
import { createStore, useStore } from "./store.ts";

/** Poll this often without a live feed; status (slot, price, feed age) always. */
export const POLL_MS = 5_000;
/** With a live feed, polling only repairs what a dying connection may have swallowed. */
const REPAIR_POLL_MS = 30_000;
/** The API thins the equity curve anew at each request, at the cost of reading all of it. */
const EQUITY_POLL_FACTOR = 3;
const PAGE_LIMIT = "100";
/** The API's largest page: points per ledger. */
const EQUITY_LIMIT = "500";

/** How far back the equity chart can look; the API keeps no longer curve at hand. */
export const EQUITY_RANGES = { "15m": 15 * 60_000, "1h": 3_600_000, "24h": 86_400_000, "7d": 7 * 86_400_000 } as const;
export type EquityRange = keyof typeof EQUITY_RANGES;

/** State of the live feed, set by its one owner. */
export const feedState = createStore<FeedState>("connecting");

/** One list of the API: its place in the cache and how to ask for it. */
export interface ListRequest<T> {
  readonly key: readonly string[];
  readonly path: string;
  readonly query: () => Readonly<Record<string, string>>;
  readonly merge: (previous: Page<T> | undefined, fresh: Page<T>) => Page<T>;
}

export type ListQuery<T> = UseQueryResult<Page<T>, Error>;

/** The newest status; polled always, since slot, price and feed age are not pushed. */
export function useStatus(): UseQueryResult<Status, Error> {
  return useQuery({
    queryKey: KEYS.status,
    queryFn: async ({ signal }) => {
      const status = await getStatus(signal);
      setServerTime(status.nowMs);
      return status;
    },
    refetchInterval: POLL_MS,
  });
}

/** Live trading as it stands; polled, since providers and budgets are not pushed. */
export function useLive(): UseQueryResult<LiveStatus, Error> {
  return useQuery({ queryKey: KEYS.live, queryFn: ({ signal }) => getLive(signal), refetchInterval: POLL_MS });
}

/** How many days back the figures can look; the API allows no more than the last. */
export const PERFORMANCE_RANGES = { "30d": 30, "90d": 90, "1y": 365, all: 2_000 } as const;
export type PerformanceRange = keyof typeof PERFORMANCE_RANGES;

/** Figures of a ledger; a closed trade outdates them, and polling follows the equity of open positions. */
export function usePerformance(ledger: string | undefined, range: PerformanceRange): UseQueryResult<PerformanceView, Error> {
  return useQuery({
    queryKey: [...KEYS.performance, ledger, range],
    queryFn: ({ signal }) => getPerformance(ledger ?? "", PERFORMANCE_RANGES[range], signal),
    refetchInterval: REPAIR_POLL_MS,
    enabled: ledger !== undefined,
  });
}

export function decisionsRequest(outcome: OutcomeFilter): ListRequest<DecisionView> {
  return {
    key: [...KEYS.decisions, outcome],
    path: "/decisions",
    query: () => ({ limit: PAGE_LIMIT, ...(outcome === "ALL" ? {} : { outcome }) }),
    merge: (previous, fresh) => mergeNewest(previous, fresh, decisionId, decisionTime),
  };
}

export const TRADES: ListRequest<TradeView> = plainList("trades", (previous, fresh) => mergeNewest(previous, fresh, tradeId, tradeTime));
/** Orders change until they are over, so a fetched page never takes back what the feed has told. */
export const INTENTS: ListRequest<IntentView> = plainList("intents", (previous, fresh) =>
  (previous?.items ?? []).filter((item) => fresh.items.some((other) => other.intentId === item.intentId)).reduce(applyIntent, fresh),
);
const POSITIONS: ListRequest<PositionView> = plainList("positions", mergePositions);
const MODELS: ListRequest<ModelView> = plainList("models");
const STUDIES: ListRequest<StudyView> = plainList("studies");
const RUNS: ListRequest<RunView> = plainList("runs");
const EXPERIMENTS: ListRequest<ExperimentView> = plainList("experiments");

export const useTrades = (): ListQuery<TradeView> => useList(TRADES);
export const useIntents = (): ListQuery<IntentView> => useList(INTENTS);
export const usePositions = (): ListQuery<PositionView> => useList(POSITIONS);
export const useModels = (): ListQuery<ModelView> => useList(MODELS);
export const useStudies = (): ListQuery<StudyView> => useList(STUDIES);
export const useRuns = (): ListQuery<RunView> => useList(RUNS);
export const useExperiments = (): ListQuery<ExperimentView> => useList(EXPERIMENTS);

/** Equity of all ledgers over the range: per time bucket the last point and the deepest drawdown, then every live point. */
export function useEquity(range: EquityRange): ListQuery<EquityPoint> {
  const request: ListRequest<EquityPoint> = {
    key: [...KEYS.equity, range],
    path: "/equity",
    query: () => ({ limit: EQUITY_LIMIT, sinceMs: String(serverNow() - EQUITY_RANGES[range]) }),
    merge: (previous, fresh) => mergeNewest(previous, fresh, equityId, equityTime),
  };
  return useList(request, EQUITY_POLL_FACTOR);
}

/** A list of the API, kept fresh by the live feed and, slower, by polling. */
export function useList<T>(request: ListRequest<T>, pollFactor = 1): ListQuery<T> {
  const client = useQueryClient();
  const isLive = useStore(feedState) === "live";
  return useQuery({
    queryKey: request.key,
    queryFn: async ({ signal }) => {
      const fresh = await getPage<T>(request.path, request.query(), signal);
      return request.merge(client.getQueryData<Page<T>>(request.key), fresh);
    },
    refetchInterval: (isLive ? REPAIR_POLL_MS : POLL_MS) * pollFactor,
  });
}

/** Fetches one older page of a list into the cache. */
export function useOlder<T>(
  request: ListRequest<T>,
  idOf: (item: T) => string,
): { isLoading: boolean; error: Error | null; load: () => void } {
  const client = useQueryClient();
  const [isLoading, setLoading] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const load = useCallback(() => {
    const before = client.getQueryData<Page<T>>(request.key)?.next;
    if (before === undefined || before === null) return;
    setLoading(true);
    getPage<T>(request.path, { ...request.query(), before }, new AbortController().signal)
      .then((older) => {
        client.setQueryData<Page<T>>(request.key, (page) => (page === undefined ? undefined : appendOlder(page, older, idOf)));
        setError(null);
      })
      .catch((reason: unknown) => setError(reason instanceof Error ? reason : new Error(String(reason))))
      .finally(() => setLoading(false));
  }, [client, request, idOf]);
  return { isLoading, error, load };
}

/** Fetches the named lists again. */
export function refresh(client: QueryClient, names: Iterable<ListName>): void {
  // Not cancelling a running fetch: with many messages and a slow API no fetch would ever end.
  for (const name of names) void client.invalidateQueries({ queryKey: KEYS[name] }, { cancelRefetch: false });
}

function plainList<T>(name: ListName, merge: ListRequest<T>["merge"] = (_previous, fresh) => fresh): ListRequest<T> {
  return { key: KEYS[name], path: `/${name}`, query: () => ({ limit: PAGE_LIMIT }), merge };
}
