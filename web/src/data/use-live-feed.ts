import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { TradeView } from "../../../domain/api/types.ts";
import { feedUrl } from "./api.ts";
import { connectFeed, type FeedSocket } from "./feed.ts";
import { applyFeedMessage, KEYS, type ListName } from "./live.ts";
import { feedState, refresh } from "./queries.ts";
import { createStore } from "./store.ts";

/** Outdated lists are fetched again at most this often, however many messages come. */
const REFRESH_MS = 1_000;

export interface Notice {
  readonly seq: number;
  readonly kind: string;
  readonly text: string;
  readonly atMs: number;
}

/** The newest notice of the live feed. */
export const latestNotice = createStore<Notice | null>(null);
/** The newest trade that closed while the page was open, for announcing it. */
export const latestTrade = createStore<TradeView | null>(null);

/** Owns the page's live feed: opens it, patches the query cache, and refetches what a message outdates. */
export function useLiveFeed(): void {
  const client = useQueryClient();
  useEffect(() => {
    const outdated = new Set<ListName>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    function markOutdated(names: readonly ListName[]): void {
      for (const name of names) outdated.add(name);
      if (outdated.size === 0 || timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        refresh(client, outdated);
        outdated.clear();
      }, REFRESH_MS);
    }
    const openedAtMs = Date.now();
    const feed = connectFeed({
      url: feedUrl(window.location.origin),
      open: (url) => new WebSocket(url) as FeedSocket,
      random: Math.random,
      onState: feedState.set,
      onResync: () => markOutdated(Object.keys(KEYS) as ListName[]),
      onMessage: (message) => {
        markOutdated(applyFeedMessage(client, message));
        if (message.type === "notice") latestNotice.set({ seq: message.seq, kind: message.kind, text: message.text, atMs: Date.now() });
        if (message.type === "trade" && message.trade.closedAtMs > openedAtMs - 60_000) latestTrade.set(message.trade);
      },
    });
    function wake(): void {
      if (document.visibilityState === "visible") feed.wake();
    }
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
    return () => {
      window.removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
      clearTimeout(timer);
      feed.stop();
    };
  }, [client]);
}
