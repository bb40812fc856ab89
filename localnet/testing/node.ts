import { createRng } from "../../domain/random.ts";
import { SYSTEM_PROGRAM } from "../../domain/solana/programs.ts";
import type { Address, Signature, UnixMs } from "../../domain/units.ts";
import { type Chain, createChain, SLOT_MS } from "../chain/chain.ts";
import { labelAddress } from "../chain/fixture.ts";
import { genesisAccounts } from "../chain/genesis.ts";
import { type ProgramName, upgradeProgram } from "../chain/program-accounts.ts";
import { transferInstruction } from "../chain/programs/system.ts";
import type { CompiledTransaction, TransactionRecord } from "../chain/types.ts";
import { createPlainHistory } from "../server/plain-history.ts";
import { HONEST, type ProviderBehaviour, providerView, recordChain } from "../server/provider-view.ts";
import { createRpcHandler, createSenderHandler, parseFailure, type RpcHandler } from "../server/rpc.ts";
import type { RpcSource } from "../server/rpc-source.ts";
import { type Coins, createCoins } from "./coins.ts";
import { drawDelivery, drawReadAnswer, drawSendAnswer, type Faults, faultyResponse, NO_FAULTS } from "./faults.ts";

/** Clock of a new node. */
export const NODE_START = { slot: 460_000_000, unixMs: 1_790_000_000_000 };
/** Longest answer that a truncated one keeps, as a share. */
const TRUNCATED_SHARE = 0.6;

export interface TestNodeOptions {
  readonly seed: string;
  readonly faults?: Partial<Faults>;
  /** Another engine behind the same methods; the TypeScript chain when it is left out. */
  readonly chain?: Chain;
  /** Every transaction that landed, failed ones too, in order. */
  readonly onRecord?: (record: TransactionRecord) => void;
}

/** What the node's leaders did so far. */
export interface NodeCounts {
  /** Sends that were accepted, resends of the same bytes included. */
  readonly accepted: number;
  readonly dropped: number;
  readonly landed: number;
  /** Landed with an error. */
  readonly failed: number;
  readonly expired: number;
  readonly duplicates: number;
}

/**
 * A Solana node without sockets and without wall clock: time passes by `tick` only. `/rpc` and
 * `/rpc2` are two providers over one chain, `/sender` is Helius Sender.
 */
export interface TestNode extends Coins {
  readonly chain: Chain;
  fetch(request: Request): Promise<Response>;
  now(): UnixMs;
  slot(): number;
  /** Lets slots pass; in each, the leader takes what is due. One by default. */
  tick(slots?: number): void;
  /** Replaces some of the fault rates. */
  setFaults(faults: Partial<Faults>): void;
  /** Makes a provider (1 or 2) lag or lie; what is left out becomes honest again. */
  setProvider(provider: 1 | 2, behaviour: Partial<ProviderBehaviour>): void;
  /** Sets an account's balance, from nowhere. */
  fund(address: Address, lamports: bigint): void;
  /** Deploys a venue's program anew: slot and code change. */
  upgradeProgram(name: ProgramName): void;
  transaction(signature: Signature): TransactionRecord | null;
  counts(): NodeCounts;
  /** Transactions that no leader has taken yet. */
  pending(): number;
}

/** Creates a node; the same seed and the same calls give the same answers. */
export function createTestNode(options: TestNodeOptions): TestNode {
  const { seed } = options;
  const collector = labelAddress(`${seed}/collector`);
  const chain = recordChain(
    options.chain ?? createChain({ seed, clock: NODE_START, feeCollector: collector, accounts: genesisAccounts() }),
  );
  const history = createPlainHistory();
  const rng = createRng(`${seed}/faults`);
  let faults: Faults = { ...NO_FAULTS, ...options.faults };
  const behaviours: Record<1 | 2, ProviderBehaviour> = { 1: HONEST, 2: HONEST };
  let queue: Array<{ readonly dueSlot: number; readonly transaction: CompiledTransaction }> = [];
  const counts = { accepted: 0, dropped: 0, landed: 0, failed: 0, expired: 0, duplicates: 0 };

  function record(done: TransactionRecord): void {
    history.add(done);
    options.onRecord?.(done);
  }

  function accept(transaction: CompiledTransaction): void {
    counts.accepted++;
    const delivery = drawDelivery(rng, faults);
    if (delivery.length === 0) counts.dropped++;
    for (const slots of delivery) queue.push({ dueSlot: chain.clock().slot + 1 + slots, transaction });
  }

  function lead(): void {
    const { slot } = chain.clock();
    const due = queue.filter(({ dueSlot }) => dueSlot <= slot);
    queue = queue.filter(({ dueSlot }) => dueSlot > slot);
    for (const { transaction } of due) {
      const outcome = chain.execute(transaction);
      if (outcome.refused === null) {
        counts.landed++;
        if (outcome.record.err !== null) counts.failed++;
        record(outcome.record);
      } else if (outcome.refused === "AlreadyProcessed") counts.duplicates++;
      else if (outcome.refused === "BlockhashNotFound") counts.expired++;
    }
  }

  const coins = createCoins({ seed, chain, record });
  function fund(address: Address, lamports: bigint): void {
    const account = chain.account(address);
    chain.plant(address, { owner: SYSTEM_PROGRAM, data: new Uint8Array(0), executable: false, ...account, lamports });
  }

  const faucet = labelAddress(`${seed}/faucet`);
  const source: RpcSource & { readonly chain: typeof chain } = {
    chain,
    history,
    execute: accept,
    airdrop: (address, lamports) => {
      fund(faucet, lamports * 2n);
      return coins.perform(faucet, [transferInstruction(faucet, address, lamports)]).transaction.signatures[0] ?? "";
    },
  };
  const first = providerView(source, () => behaviours[1]);
  const endpoints: Readonly<Record<string, RpcHandler>> = {
    "/": createRpcHandler(first, seed),
    "/rpc": createRpcHandler(first, seed),
    "/rpc2": createRpcHandler(
      providerView(source, () => behaviours[2]),
      seed,
    ),
    "/sender": createSenderHandler(source),
  };
  let rateLimits = 0;

  /** 429 comes with Retry-After every other time. */
  function overloaded(kind: "gateway-timeout" | "rate-limited" | "unavailable" | "html"): Response {
    return faultyResponse(kind, kind === "rate-limited" && rateLimits++ % 2 === 0 ? 1 : null);
  }

  async function send(handler: RpcHandler, body: unknown): Promise<Response> {
    const fate = drawSendAnswer(rng, faults);
    if (fate === "rate-limited" || fate === "unavailable") return overloaded(fate);
    const answer = await handler(body);
    if (fate === "lost-reply") throw new TypeError("network connection lost");
    return fate === "gateway-timeout" ? overloaded(fate) : Response.json(answer);
  }

  async function read(handler: RpcHandler, body: unknown): Promise<Response> {
    const fate = drawReadAnswer(rng, faults);
    if (fate === "timeout") throw new DOMException("the node did not answer", "TimeoutError");
    if (fate === "rate-limited" || fate === "unavailable" || fate === "html") return overloaded(fate);
    const text = JSON.stringify(await handler(body));
    return new Response(fate === "truncated" ? text.slice(0, Math.floor(text.length * TRUNCATED_SHARE)) : text, {
      headers: { "content-type": "application/json" },
    });
  }

  return {
    ...coins,
    chain,
    now: () => chain.clock().unixMs,
    slot: () => chain.clock().slot,
    fetch: async (request) => {
      const handler = endpoints[new URL(request.url).pathname];
      if (handler === undefined || request.method !== "POST") return Response.json({ error: "not found" }, { status: 404 });
      let body: unknown;
      try {
        body = JSON.parse(await request.text());
      } catch {
        return Response.json(parseFailure(), { status: 400 });
      }
      return isSend(body) ? send(handler, body) : read(handler, body);
    },
    tick: (slots = 1) => {
      for (let i = 0; i < slots; i++) {
        const { slot, unixMs } = chain.clock();
        chain.setClock({ slot: slot + 1, unixMs: unixMs + SLOT_MS });
        lead();
      }
    },
    setFaults: (changed) => {
      faults = { ...faults, ...changed };
    },
    setProvider: (provider, behaviour) => {
      behaviours[provider] = { ...HONEST, ...behaviour };
    },
    fund,
    upgradeProgram: (name) => {
      upgradeProgram(chain, name);
    },
    transaction: (signature) => history.get(signature),
    counts: () => ({ ...counts }),
    pending: () => queue.length,
  };
}

function isSend(body: unknown): boolean {
  return typeof body === "object" && body !== null && "method" in body && body.method === "sendTransaction";
}
