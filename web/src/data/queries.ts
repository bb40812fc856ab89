import { keepPreviousData, type QueryClient, type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type {
  DecisionView,
  EquityPoint,
  ExperimentView,
  ModelView,
  Page,
  PositionView,
  Status,
  StudyView,
  TradeView,
} from "../../../domain/api/types.ts";
import { getJson, getPage } from "./api.ts";
import { setServerTime } from "./clock.ts";
import type { FeedState } from "./feed.ts";
import { appendOlder, equityId, mergeNewest, mergePositions } from "./lists.ts";
import { decisionId, decisionTime, equityTime, KEYS, type ListName, tradeId, tradeTime } from "./live.ts";
import { createStore, useStore } from "./store.ts";

/** Poll this often without a live feed; status (slot, price, feed age) always. */
export const POLL_MS = 5_000;
/** With a live feed, polling only repairs what a dying connection may have swallowed. */
const REPAIR_POLL_MS = 30_000;
const PAGE_LIMIT = 100;
/** The API's largest page, and how many of them the first load of the equity curve takes. */
const EQUITY_LIMIT = 500;
const EQUITY_PAGES = 4;

/** State of the live feed, set by its one owner. */
export const feedState = createStore<FeedState>("connecting");

type ListQuery<T> = UseQueryResult<Page<T>, Error>;
type Merge<T> = (previous: Page<T> | undefined, fresh: Page<T>) => Page<T>;

const mergeDecisions: Merge<DecisionView> = (previous, fresh) => mergeNewest(previous, fresh, decisionId, decisionTime);
const mergeTrades: Merge<TradeView> = (previous, fresh) => mergeNewest(previous, fresh, tradeId, tradeTime);
const mergeEquity: Merge<EquityPoint> = (previous, fresh) => mergeNewest(previous, fresh, equityId, equityTime);
const replace = <T>(_previous: Page<T> | undefined, fresh: Page<T>): Page<T> => fresh;

/** The newest status; polled always, since slot, price and feed age are not pushed. */
export function useStatus(): UseQueryResult<Status, Error> {
  return useQuery({
    queryKey: KEYS.status,
    queryFn: async ({ signal }) => {
      const status = await getJson<Status>("/status", signal);
      setServerTime(status.nowMs);
      return status;
    },
    refetchInterval: POLL_MS,
  });
}

export const useDecisions = (): ListQuery<DecisionView> => useList("decisions", PAGE_LIMIT, mergeDecisions);
export const usePositions = (): ListQuery<PositionView> => useList("positions", PAGE_LIMIT, mergePositions);
export const useTrades = (): ListQuery<TradeView> => useList("trades", PAGE_LIMIT, mergeTrades);
export const useEquity = (): ListQuery<EquityPoint> => useList("equity", EQUITY_LIMIT, mergeEquity, EQUITY_PAGES);
export const useModels = (): ListQuery<ModelView> => useList("models", PAGE_LIMIT, replace);
export const useStudies = (): ListQuery<StudyView> => useList("studies", PAGE_LIMIT, replace);
export const useExperiments = (): ListQuery<ExperimentView> => useList("experiments", PAGE_LIMIT, replace);

function useList<T>(name: ListName, limit: number, merge: Merge<T>, firstPages = 1): ListQuery<T> {
  const client = useQueryClient();
  const isLive = useStore(feedState) === "live";
  return useQuery({
    queryKey: KEYS[name],
    queryFn: async ({ signal }) => {
      const pages = client.getQueryData(KEYS[name]) === undefined ? firstPages : 1;
      let fresh = await getPage<T>(`/${name}`, { limit }, signal);
      for (let page = 1; page < pages && fresh.next !== null; page++) {
        const older = await getPage<T>(`/${name}`, { limit, before: fresh.next }, signal);
        fresh = { items: [...fresh.items, ...older.items], next: older.next };
      }
      return merge(client.getQueryData<Page<T>>(KEYS[name]), fresh);
    },
    refetchInterval: isLive ? REPAIR_POLL_MS : POLL_MS,
    placeholderData: keepPreviousData,
  });
}

/** Fetches one older page of a list into the cache. */
export function useOlder<T>(name: ListName, idOf: (item: T) => string): { isLoading: boolean; error: Error | null; load: () => void } {
  const client = useQueryClient();
  const [isLoading, setLoading] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const load = useCallback(() => {
    const before = client.getQueryData<Page<T>>(KEYS[name])?.next;
    if (before === undefined || before === null) return;
    setLoading(true);
    getPage<T>(`/${name}`, { limit: PAGE_LIMIT, before }, new AbortController().signal)
      .then((older) => {
        client.setQueryData<Page<T>>(KEYS[name], (page) => (page === undefined ? undefined : appendOlder(page, older, idOf)));
        setError(null);
      })
      .catch((reason: unknown) => setError(reason instanceof Error ? reason : new Error(String(reason))))
      .finally(() => setLoading(false));
  }, [client, name, idOf]);
  return { isLoading, error, load };
}

/** Fetches the named lists again. */
export function refresh(client: QueryClient, names: Iterable<ListName>): void {
  // Not cancelling a running fetch: with many messages and a slow API no fetch would ever end.
  for (const name of names) void client.invalidateQueries({ queryKey: KEYS[name] }, { cancelRefetch: false });
}
