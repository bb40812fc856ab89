import { vi } from "vitest";
import { findGraduation } from "../../domain/solana/decode.ts";
import { PUMP_WITHDRAW_AUTHORITY } from "../../domain/solana/programs.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import type { Signature } from "../../domain/units.ts";
import { renderRawWebhookEntry } from "../chain/render.ts";
import type { TransactionRecord } from "../chain/types.ts";
import { createLocalnet, type Localnet } from "./localnet.ts";
import { createPlainHistory } from "./plain-history.ts";
import { createRpcHandler, type RpcHandler } from "./rpc.ts";

/** How a transaction arrives in a webhook's array. */
export type RawEntry = ReturnType<typeof renderRawWebhookEntry>;

/** A transaction that the webhook watches, with what it should be taken for. */
export interface Watched {
  readonly entry: RawEntry;
  readonly signature: Signature;
  /** `graduation`, or the reason why it is none. */
  readonly verdict: string;
  /** Key of the graduation in its inbox, empty when it is none. */
  readonly key: string;
}

/**
 * The embedded market in this isolate, behind `http://rpc.test/`. `Date` is its clock: it stands
 * still until `pass` moves both.
 */
export class TestMarket {
  /** RPC methods called, each with its first argument. */
  readonly calls: string[] = [];
  /** Methods that answer 503. */
  isDown: (method: string) => boolean = () => false;
  /** Signatures whose transaction the node does not have yet. */
  readonly hidden = new Set<Signature>();
  readonly watched: Watched[] = [];
  readonly #localnet: Localnet;
  readonly #rpc: RpcHandler;

  constructor(seed: string) {
    this.#localnet = createLocalnet({
      seed,
      mix: "demo",
      speed: 1,
      history: createPlainHistory(),
      onRecord: (record) => this.#watch(record),
    });
    this.#rpc = createRpcHandler(this.#localnet, seed);
    this.#localnet.open(Date.now());
  }

  /** Puts the market in place of the network. Restore with `vi.restoreAllMocks()`. */
  install(): void {
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const request = new Request(input, init);
      if (request.url !== "http://rpc.test/") throw new TypeError(`no network in this test: ${request.url}`);
      const body = (await request.json()) as { method: string; params: readonly unknown[] };
      this.calls.push(`${body.method} ${String(body.params[0])}`);
      if (body.method === "getTransaction" && this.hidden.has(String(body.params[0])))
        return Response.json({ jsonrpc: "2.0", id: 1, result: null });
      return this.isDown(body.method) ? new Response("down", { status: 503 }) : Response.json(await this.#rpc(body));
    });
  }

  /** Lets time pass, in steps that the market keeps up with. */
  pass(ms: number): void {
    const end = Date.now() + ms;
    while (Date.now() < end) {
      vi.setSystemTime(Math.min(end, Date.now() + 200));
      this.#localnet.advance(Date.now());
    }
  }

  /** The next transaction that is to be taken for `verdict`, a moment after it happened. */
  next(verdict: string): Watched {
    const from = this.watched.length;
    for (let i = 0; i < 1_500; i++) {
      const found = this.watched.slice(from).find((one) => one.verdict === verdict);
      if (found !== undefined) return found;
      this.pass(200);
    }
    throw new Error(`the market made no ${verdict} in five minutes`);
  }

  #watch(record: TransactionRecord): void {
    const { accountKeys, signatures } = record.transaction;
    const signature = signatures[0];
    if (signature === undefined || !accountKeys.includes(PUMP_WITHDRAW_AUTHORITY)) return;
    const entry = renderRawWebhookEntry(record);
    const parsed = parseTransaction(entry);
    const found = parsed.ok ? findGraduation(parsed.value) : parsed;
    const key = found.ok ? `${signature}:${found.value.mint}` : "";
    this.watched.push({ entry, signature, verdict: found.ok ? "graduation" : found.reason, key });
  }
}
