import { DurableObject } from "cloudflare:workers";
import type { Result } from "../domain/result.ts";
import type { Address } from "../domain/units.ts";
import { MarketWatchCore, type WatchCounts } from "./core/market-watch-core.ts";
import type { CandidateWatch } from "./core/path-sampler.ts";
import type { PositionWatch } from "./core/watch-store.ts";
import { hostOf } from "./host/sqlite-host.ts";
import { marketWatchPorts } from "./market-watch-ports.ts";
import { SqliteWatchStore } from "./market-watch-store.ts";

/** The one reader of all watched pools; what it does is in its core. */
export class MarketWatch extends DurableObject<Env> {
  readonly #core: MarketWatchCore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#core = new MarketWatchCore(hostOf(ctx), env, marketWatchPorts(env), new SqliteWatchStore(ctx.storage.sql));
  }

  watchCandidate(candidate: CandidateWatch): Promise<Result<null>> {
    return this.#core.watchCandidate(candidate);
  }

  watchPosition(watch: PositionWatch): Promise<Result<null>> {
    return this.#core.watchPosition(watch);
  }

  unwatchPosition(positionId: string): Promise<void> {
    return this.#core.unwatchPosition(positionId);
  }

  onPush(transactions: ReadonlyArray<readonly Address[]>): Promise<number> {
    return this.#core.onPush(transactions);
  }

  counts(): Promise<WatchCounts> {
    return this.#core.counts();
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return this.#core.alarm(info);
  }

  watchdog(): Promise<void> {
    return this.#core.watchdog();
  }
}
