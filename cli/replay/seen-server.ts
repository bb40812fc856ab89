import { createServer } from "node:http";
import { createReplaySource, findIn } from "../../adapters/x/replay.ts";
import { plainJson } from "../../domain/json.ts";
import { pastOf } from "../../domain/scoring/features/past.ts";
import type { Seen } from "../../workers/analyzer/replayed.ts";
import { listen } from "./recorded-rpc.ts";
import type { SeenCoin } from "./seen.ts";

/** A running server of what was seen. */
export interface SeenServer {
  /** `http://127.0.0.1:<port>/`; a mint is appended. */
  readonly url: string;
  /** From now on the replay is at this judgement; null: at a moment of which nothing was recorded. */
  advanceTo(seen: SeenCoin | null): void;
  close(): Promise<void>;
}

/** Starts a server on 127.0.0.1 that knows what one judgement saw, and of every other coin nothing. */
export async function startSeenServer(): Promise<SeenServer> {
  let current: SeenCoin | null = null;
  const server = createServer((request, response) => {
    const mint = (request.url ?? "/").slice(1);
    void answerFor(mint, current).then((seen) => response.writeHead(200, { "content-type": "application/json" }).end(plainJson(seen)));
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/`,
    advanceTo: (seen) => {
      current = seen;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answerFor(mint: string, current: SeenCoin | null): Promise<Seen | null> {
  if (current === null || current.mint !== mint) return null;
  const { posts, assessedAtMs, observations } = current;
  const source = createReplaySource({ find: findIn(posts === null ? [] : [posts]), nowMs: () => assessedAtMs });
  const sample = await source.sample({ mint, symbol: posts?.symbol ?? "" });
  return { posts: sample.ok ? sample.value : null, record: observations === null ? null : recordOf(observations) };
}

function recordOf(observations: NonNullable<SeenCoin["observations"]>): NonNullable<Seen["record"]> {
  const { candidate, moods, creatorRecord, marketRecord } = observations;
  const { account, holder } = pastOf(observations);
  const { discoveredAtMs, ageMs, liquidityUsd, solUsd, liquidityLamports } = candidate;
  return {
    candidate: { discoveredAtMs, ageMs, liquidityUsd, solUsd, liquidityLamports: liquidityLamports.toString() },
    readings: {
      creatorHolds: account?.creatorHolds?.toString() ?? null,
      solUsd: account?.solUsd ?? null,
      holders: holder && { ...holder, largest: holder.largest.map(({ owner, amount }) => ({ owner, amount: amount.toString() })) },
    },
    moods,
    creatorRecord,
    marketRecord,
  };
}
