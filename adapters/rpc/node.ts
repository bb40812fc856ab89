import type { UnixMs } from "../../domain/units.ts";
import { type HttpOptions, httpCall, type RpcCall } from "./call.ts";
import { type ProviderHealth, recordExchange, UNKNOWN_HEALTH } from "./health.ts";
import { genesisReply, slotReply } from "./schemas.ts";
import type { RpcRefusal } from "./types.ts";

/** A node found to serve another cluster is asked again this late: its answer may have been a slip. */
const CLUSTER_RECHECK_MS = 60_000;
const PROBE_TIMEOUT_MS = 2_000;

export interface NodeOptions extends HttpOptions {
  readonly timeoutMs: number;
  readonly now: () => UnixMs;
  /** Genesis hash that the node must show before anything else is believed; null when that cannot be told now. */
  readonly wantedGenesis: (() => Promise<string | null>) | null;
}

/** One provider's endpoint: its health, and the check of its cluster before its first use. */
export class Node {
  health: ProviderHealth = UNKNOWN_HEALTH;
  readonly #http: RpcCall;
  readonly #options: NodeOptions;
  #probedAtMs = Number.NEGATIVE_INFINITY;
  #clusterAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.#http = httpCall({
      ...options,
      observe: (exchange) => {
        this.health = recordExchange(this.health, exchange);
      },
    });
  }

  /** As `httpCall`, and RPC_WRONG_CLUSTER for everything but `getGenesisHash` while the node serves another cluster. */
  readonly call: RpcCall = async (method, params, schema, options = {}) => {
    const startedMs = this.#options.now();
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs;
    if (method !== "getGenesisHash") {
      const refusal = await this.#clusterRefusal(timeoutMs);
      if (refusal !== null) return refusal;
    }
    const leftMs = Math.max(1, timeoutMs - (this.#options.now() - startedMs));
    return this.#http(method, params, schema, { ...options, timeoutMs: leftMs });
  };

  /** Asks for the slot, which shows whether the node is up, how fast it is and how far behind. */
  async probe(): Promise<void> {
    this.#probedAtMs = this.#options.now();
    await this.call("getSlot", [{ commitment: "confirmed" }], slotReply, { timeoutMs: PROBE_TIMEOUT_MS });
  }

  /** Whether nothing was heard of the node for `everyMs`, and it did not ask to be left alone. */
  isProbeDue(nowMs: UnixMs, everyMs: number): boolean {
    const heardAtMs = Math.max(this.#probedAtMs, this.health.exchanges.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY);
    return nowMs - heardAtMs >= everyMs && nowMs >= this.health.parkedUntilMs;
  }

  async #clusterRefusal(timeoutMs: number): Promise<RpcRefusal | null> {
    const { wantedGenesis, now } = this.#options;
    const { isRightCluster } = this.health;
    if (wantedGenesis === null || isRightCluster === true) return null;
    if (isRightCluster === false && now() - this.#clusterAtMs < CLUSTER_RECHECK_MS) return WRONG_CLUSTER;
    // Only the outcome is shared between requests, never the promise: a Worker must not await another request's I/O.
    const [wanted, genesis] = await Promise.all([wantedGenesis(), this.#http("getGenesisHash", [], genesisReply, { timeoutMs })]);
    if (!genesis.ok) return genesis;
    if (wanted === null) return null;
    this.#clusterAtMs = now();
    this.health = { ...this.health, isRightCluster: genesis.value === wanted };
    return genesis.value === wanted ? null : WRONG_CLUSTER;
  }
}

const WRONG_CLUSTER: RpcRefusal = { ok: false, reason: "RPC_WRONG_CLUSTER", detail: "another genesis hash" };
