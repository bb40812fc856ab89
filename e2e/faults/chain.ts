import type { AddressInfo } from "node:net";
import { base58, base64 } from "@scure/base";
import type { Address, Signature } from "../../domain/units.ts";
import type { TransactionRecord } from "../../localnet/chain/types.ts";
import { createHttpServer } from "../../localnet/server/http.ts";
import { createTestNode, type TestNode } from "../../localnet/testing/node.ts";
import { tickByWallClock } from "../../localnet/testing/workers.ts";
import type { LandedTrade } from "./books.ts";

/** Milliseconds of wall time per slot: somewhat faster than the real chain, and no faster than the engine believes (300 ms). */
export const FAULT_SLOT_MS = 320;
/** Bytes of an ed25519 signature; the wire format begins with their count, which is 1 for us. */
const SIGNATURE_BYTES = 64;

/** The TypeScript chain behind a socket of this process, which no kill reaches; it remembers everything of one wallet. */
export interface FaultChain {
  readonly node: TestNode;
  readonly url: string;
  readonly wallet: Address;
  /** Every signature that was handed to a node, with the time of the first hand-over. */
  readonly sent: ReadonlyMap<Signature, number>;
  /** The wallet's landed transactions, failed ones too, in order. */
  readonly landed: readonly LandedTrade[];
  /** Calls answered so far, of any method. */
  calls(): number;
  /** Called with each sendTransaction before a node answers it. */
  onSend(listener: (signature: Signature, isFirst: boolean) => void): void;
  lamports(): bigint;
  /** Mints that the wallet holds tokens of, by what its transactions moved. */
  heldMints(): Address[];
  close(): Promise<void>;
}

/** Serves a new chain on loopback that ticks by the wall clock; the wallet has `openingLamports`. */
export async function startChain(options: {
  readonly seed: string;
  readonly wallet: Address;
  readonly openingLamports: bigint;
}): Promise<FaultChain> {
  const { seed, wallet, openingLamports } = options;
  const sent = new Map<Signature, number>();
  const landed: LandedTrade[] = [];
  const held = new Map<Address, bigint>();
  const listeners: Array<(signature: Signature, isFirst: boolean) => void> = [];
  let calls = 0;

  function record(done: TransactionRecord): void {
    if (done.transaction.accountKeys[0] !== wallet) return;
    const trade = landedTrade(done, wallet);
    landed.push(trade);
    for (const [mint, amount] of trade.tokens) held.set(mint, (held.get(mint) ?? 0n) + amount);
  }

  const node = createTestNode({ seed, onRecord: record });
  node.fund(wallet, openingLamports);

  async function answer(request: Request): Promise<Response> {
    calls++;
    const text = await request.text();
    const signature = sentSignature(text);
    if (signature !== null) {
      const isFirst = !sent.has(signature);
      if (isFirst) sent.set(signature, Date.now());
      for (const listener of listeners) listener(signature, isFirst);
    }
    try {
      return await node.fetch(new Request(request.url, { method: "POST", headers: { "content-type": "application/json" }, body: text }));
    } catch {
      // The node's "connection lost": it took the call, and the caller hears nothing good.
      return new Response(null, { status: 504 });
    }
  }

  const server = createHttpServer((request) =>
    request.method === "POST" ? answer(request) : Promise.resolve(Response.json({ error: "not found" }, { status: 404 })),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  tickByWallClock(node);
  const ticking = setInterval(() => tickByWallClock(node), FAULT_SLOT_MS);
  return {
    node,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    wallet,
    sent,
    landed,
    calls: () => calls,
    onSend: (listener) => {
      listeners.push(listener);
    },
    lamports: () => node.chain.account(wallet)?.lamports ?? 0n,
    heldMints: () => [...held].filter(([, amount]) => amount !== 0n).map(([mint]) => mint),
    close: async () => {
      clearInterval(ticking);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What one of the wallet's transactions moved; the wallet is its fee payer. */
export function landedTrade(done: TransactionRecord, wallet: Address): LandedTrade {
  const tokens = new Map<Address, bigint>();
  const add = (list: TransactionRecord["preTokenBalances"], sign: bigint): void => {
    for (const { owner, mint, amount } of list) if (owner === wallet) tokens.set(mint, (tokens.get(mint) ?? 0n) + sign * amount);
  };
  add(done.postTokenBalances, 1n);
  add(done.preTokenBalances, -1n);
  for (const [mint, amount] of tokens) if (amount === 0n) tokens.delete(mint);
  return {
    signature: done.transaction.signatures[0] ?? "",
    failed: done.err !== null,
    tokens,
    lamports: (done.postBalances[0] ?? 0n) - (done.preBalances[0] ?? 0n),
  };
}

/** Signature of the transaction in a sendTransaction call; null for every other body. */
function sentSignature(text: string): Signature | null {
  try {
    const { method, params } = JSON.parse(text) as { method?: string; params?: unknown[] };
    const wire = params?.[0];
    if (method !== "sendTransaction" || typeof wire !== "string") return null;
    return base58.encode(base64.decode(wire).subarray(1, 1 + SIGNATURE_BYTES));
  } catch {
    return null;
  }
}
