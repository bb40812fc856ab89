import type { UnixMs } from "../../domain/units.ts";
import { DEFAULT_TIMEOUT_MS, type HttpOptions, type RpcCall } from "./call.ts";
import { rpcOver } from "./client.ts";
import { errorShareBps, faultOf, lagsOf, medianLatencyMs, type ProviderHealth, preference, SLOT_FRESH_MS } from "./health.ts";
import { Node } from "./node.ts";
import { sendVia } from "./send.ts";
import type { Provider, Rpc, RpcReason, RpcResult, SendResult } from "./types.ts";

const NAMES = ["primary", "secondary"] as const;
/** Share of a call's deadline that the first provider may use up, so that the other still has time. */
const FIRST_ATTEMPT_SHARE = 0.6;
/** With less time left, another attempt is pointless. */
const MIN_ATTEMPT_MS = 200;
/** The idle provider is asked for its slot this often while the other is in use: twice as often as lag needs. */
const PROBE_MS = SLOT_FRESH_MS / 2;

export interface ProviderOptions {
  /** One or two endpoints, the preferred one first. */
  readonly urls: readonly string[];
  /** Genesis hash that each must show before its first use; "same": the second that of the first; null: not asked. */
  readonly genesis: string | "same" | null;
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly timeoutMs?: number;
  readonly now?: () => UnixMs;
}

/** What a person sees of one provider. */
export interface ProviderView {
  readonly name: string;
  readonly ok: boolean;
  readonly slot: number | null;
  readonly lagSlots: number | null;
  readonly errorShareBps: number;
  readonly latencyMs: number | null;
  readonly reason: RpcReason | null;
}

export interface Providers {
  /** Asks the fittest provider; a failure is retried once on the other within the same deadline. */
  readonly rpc: Rpc;
  /** Each on its own, for answers that both must give. */
  readonly all: readonly Provider[];
  /** Asks every provider for its slot, then tells how they fare. */
  health(): Promise<readonly ProviderView[]>;
}

/**
 * The configured RPC providers with their rolling health. One that serves another cluster answers
 * RPC_WRONG_CLUSTER to everything except `getGenesisHash`.
 */
export function createProviders(options: ProviderOptions): Providers {
  const now = options.now ?? Date.now;
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const nodes = nodesOf(options, timeoutMs, now);
  let current = 0;

  const healths = (): readonly ProviderHealth[] => nodes.map((node) => node.health);

  async function attempt<T extends SendResult | RpcResult<unknown>>(deadlineMs: number, work: (call: RpcCall) => Promise<T>): Promise<T> {
    const startedMs = now();
    const order = preference(healths(), current, startedMs);
    current = order[0] ?? 0;
    // Without this an idle provider would never be seen to recover or to lag. Nobody waits for it.
    for (const node of nodes) if (node !== nodes[current] && node.isProbeDue(startedMs, PROBE_MS)) void node.probe();
    let failure: T | null = null;
    for (const [turn, index] of order.entries()) {
      const node = nodes[index];
      const leftMs = deadlineMs - (now() - startedMs);
      if (node === undefined || (failure !== null && leftMs < MIN_ATTEMPT_MS)) break;
      const attemptMs = turn === order.length - 1 ? leftMs : leftMs * FIRST_ATTEMPT_SHARE;
      const reply = await work((method, params, schema, more) => node.call(method, params, schema, { ...more, timeoutMs: attemptMs }));
      // That one node refuses the bytes says nothing once another may have taken them.
      if (reply.ok || (failure === null && reply.reason === "TX_REFUSED")) return reply;
      failure ??= reply;
    }
    if (failure === null) throw new RangeError("expected one or two RPC providers");
    return failure;
  }

  return {
    rpc: {
      ...rpcOver((method, params, schema, more) => attempt(more?.timeoutMs ?? timeoutMs, (call) => call(method, params, schema, more))),
      sendTransaction: (wireBase64) => attempt(timeoutMs, (call) => sendVia(call, wireBase64)),
    },
    all: nodes.map((node, index) => ({ name: NAMES[index] ?? "", rpc: rpcOver(node.call) })),
    health: async () => {
      await Promise.all(nodes.map((node) => node.probe()));
      const nowMs = now();
      const lags = lagsOf(healths(), nowMs);
      return healths().map((health, index) => viewOf(NAMES[index] ?? "", health, lags[index] ?? null, nowMs));
    },
  };
}

function nodesOf({ urls, genesis, fetch }: ProviderOptions, timeoutMs: number, now: () => UnixMs): readonly Node[] {
  const http: Omit<HttpOptions, "url"> = fetch === undefined ? {} : { fetch };
  const nodes: Node[] = [];
  for (const url of urls.slice(0, NAMES.length)) {
    nodes.push(new Node({ ...http, url, timeoutMs, now, wantedGenesis: wantedGenesis(genesis, nodes[0]) }));
  }
  return nodes;
}

function wantedGenesis(genesis: ProviderOptions["genesis"], first: Node | undefined): (() => Promise<string | null>) | null {
  if (genesis === null) return null;
  if (genesis !== "same") return async () => genesis;
  if (first === undefined) return null;
  const { getGenesisHash } = rpcOver(first.call);
  return async () => {
    const reply = await getGenesisHash();
    return reply.ok ? reply.value : null;
  };
}

function viewOf(name: string, health: ProviderHealth, lagSlots: number | null, nowMs: UnixMs): ProviderView {
  const reason = faultOf(health, lagSlots, nowMs) ?? health.exchanges.at(-1)?.reason ?? null;
  return {
    name,
    ok: reason === null,
    slot: health.seen?.slot ?? null,
    lagSlots,
    errorShareBps: errorShareBps(health, nowMs),
    latencyMs: medianLatencyMs(health, nowMs),
    reason,
  };
}
