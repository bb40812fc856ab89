import { createServer, type IncomingMessage, type Server } from "node:http";
import { z } from "zod";
import { encodeBase64 } from "../../domain/solana/base64.ts";
import { decodeTransaction } from "../../domain/solana/decode.ts";
import { MAINNET_GENESIS_HASH } from "../../domain/solana/programs.ts";
import type { Address, Signature } from "../../domain/units.ts";
import { toGetTransactionResult } from "./raw-webhook.ts";
import type { AccountRecording, RecordedChain, Recording } from "./recorded-chain.ts";
import { type RecordedAccount, RecordedState } from "./recorded-state.ts";

/** A running throw-away node. */
export interface RecordedRpc {
  /** http://127.0.0.1:<port>/ */
  readonly url: string;
  /**
   * Moves to just after the transaction: it and everything before it is known, nothing later. With `untilSlot`
   * everything up to and in that slot is known too. A transaction without a slot stands alone.
   */
  advanceTo(signature: Signature, untilSlot?: number | null): void;
  close(): Promise<void>;
}

/** Largest request body; getMultipleAccounts with 100 addresses has 5 KB. */
const MAX_REQUEST_BYTES = 256 * 1024;
/** Solana's limits of getMultipleAccounts and getSignaturesForAddress. */
const MAX_ACCOUNTS = 100;
const MAX_SIGNATURES = 1_000;
/** The rent epoch of every rent-exempt account; the number that JSON readers make of 2^64 - 1. */
const RENT_EPOCH = 18_446_744_073_709_552_000;

const requestSchema = z.object({ id: z.unknown(), method: z.string(), params: z.array(z.unknown()).default([]) });
const rangeSchema = z.object({
  limit: z.number().int().min(1).max(MAX_SIGNATURES).default(MAX_SIGNATURES),
  before: z.string().nullish(),
  until: z.string().nullish(),
});

/** An answer that a real node gives as an error object. */
class RpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Starts a JSON-RPC server on 127.0.0.1 that knows what a recording proves and nothing else. Before
 * the first `advanceTo` it knows nothing.
 */
export async function startRecordedRpc(chain: RecordedChain): Promise<RecordedRpc> {
  const node = new RecordedNode(chain);
  const server = createServer((request, response) => {
    void readBody(request)
      .then((body) => (body === null ? { status: 413, text: "" } : { status: 200, text: JSON.stringify(node.answer(body)) }))
      .catch(() => ({ status: 400, text: "" }))
      .then(({ status, text }) => response.writeHead(status, { "content-type": "application/json" }).end(text));
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/`,
    advanceTo: (signature, untilSlot = null) => node.advanceTo(signature, untilSlot),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class RecordedNode {
  readonly #chain: RecordedChain;
  /** Transactions whose slot is known, in the order of the chain. */
  readonly #timeline: readonly Recording[];
  /** Accounts as nodes stated them, those without a slot first. */
  readonly #stated: readonly AccountRecording[];
  /** Where a mint, curve or pool came into being. */
  readonly #births: ReadonlyMap<Address, Recording>;
  #state = new RecordedState();
  #applied = 0;
  #put = 0;
  /** The slot up to which stated accounts were put. */
  #statedUntil = 0;
  #known: readonly Recording[] = [];
  #slot: number | null = null;

  constructor(chain: RecordedChain) {
    this.#chain = chain;
    this.#timeline = chain.recordings.filter(({ slot }) => slot !== null).toSorted((a, b) => (a.slot ?? 0) - (b.slot ?? 0));
    this.#stated = chain.accounts.toSorted((a, b) => (a.slot ?? 0) - (b.slot ?? 0));
    this.#births = new Map(chain.recordings.toReversed().flatMap((recording) => bornIn(recording).map((address) => [address, recording])));
  }

  advanceTo(signature: Signature, untilSlot: number | null): void {
    const current = this.#chain.recordings.find((recording) => recording.signature === signature);
    if (current === undefined) throw new RangeError(`not recorded: ${signature}`);
    const slot = current.slot === null || untilSlot === null ? current.slot : Math.max(current.slot, untilSlot);
    const last = untilSlot === null ? current : (this.#timeline.findLast((one) => (one.slot ?? 0) <= (slot ?? 0)) ?? current);
    const end = this.#timeline.indexOf(last) + 1;
    this.#slot = slot;
    if (current.slot === null || end < this.#applied || (slot ?? 0) < this.#statedUntil) {
      this.#state = new RecordedState();
      this.#applied = 0;
      this.#put = 0;
    }
    if (current.slot === null) {
      // Where it belongs among the others is unknown: it knows and concerns only itself.
      this.#known = [current];
      this.#putUntil(0);
      this.#state.apply(current.transaction);
      // The next one starts afresh.
      this.#applied = Number.POSITIVE_INFINITY;
      return;
    }
    for (const one of this.#timeline.slice(this.#applied, end)) {
      // What a node stated at slot n contains the transactions of slot n: it follows them.
      this.#putUntil((one.slot ?? 1) - 1);
      this.#state.apply(one.transaction);
    }
    this.#applied = end;
    this.#known = this.#timeline.slice(0, end);
    this.#statedUntil = slot ?? current.slot;
    this.#putUntil(this.#statedUntil);
  }

  #putUntil(slot: number): void {
    for (let next = this.#stated[this.#put]; next !== undefined && (next.slot ?? 0) <= slot; next = this.#stated[this.#put]) {
      this.#state.put(next.address, next.account);
      this.#put++;
    }
  }

  /** One reply for a request, a list of replies for a batch. */
  answer(body: unknown): unknown {
    return Array.isArray(body) ? body.map((item) => this.#answerOne(item)) : this.#answerOne(body);
  }

  #answerOne(body: unknown): unknown {
    const request = requestSchema.safeParse(body);
    if (!request.success) return { jsonrpc: "2.0", id: null, error: { code: -32600, message: "Invalid request" } };
    const { id, method, params } = request.data;
    try {
      return { jsonrpc: "2.0", id, result: this.#call(method, params) };
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return { jsonrpc: "2.0", id, error: { code: error.code, message: error.message } };
    }
  }

  #call(method: string, params: readonly unknown[]): unknown {
    switch (method) {
      case "getSlot":
        if (this.#slot === null) throw new RpcError(-32004, "no slot is recorded");
        return this.#slot;
      case "getGenesisHash":
        return MAINNET_GENESIS_HASH;
      case "getAccountInfo":
        return this.#inContext(this.#account(text(params[0])));
      case "getMultipleAccounts": {
        const addresses = z.array(z.string()).max(MAX_ACCOUNTS).safeParse(params[0]);
        if (!addresses.success) throw new RpcError(-32602, "Invalid params");
        return this.#inContext(addresses.data.map((address) => this.#account(address)));
      }
      case "getSignaturesForAddress":
        return this.#signatures(text(params[0]), params[1]);
      case "getTransaction": {
        const wanted = text(params[0]);
        const recording = this.#known.find(({ signature }) => signature === wanted);
        return recording === undefined ? null : toGetTransactionResult(recording.webhookEntry);
      }
      case "getTokenSupply": {
        const supply = this.#state.supply(text(params[0]));
        if (supply === null) throw new RpcError(-32602, "Invalid param: not recorded");
        const { amount, decimals } = supply;
        return this.#inContext({ amount: amount.toString(), decimals, uiAmount: null, uiAmountString: null });
      }
      case "getTokenLargestAccounts":
        // A recording shows some holders, never all: the largest ones cannot be known.
        throw new RpcError(-32602, "Invalid param: not recorded");
      default:
        throw new RpcError(-32601, "Method not found");
    }
  }

  #inContext(value: unknown): unknown {
    return { context: { slot: this.#slot ?? 0 }, value };
  }

  #account(address: Address): unknown {
    const account = this.#state.get(address);
    return account === null ? null : accountJson(account);
  }

  /**
   * Newest first. Only of addresses whose creation is recorded: for any other the beginning is
   * missing, and a list that looks complete would date and count wrongly.
   */
  #signatures(address: Address, options: unknown): unknown {
    const range = rangeSchema.safeParse(options ?? {});
    if (!range.success) throw new RpcError(-32602, "Invalid params");
    const { limit, before, until } = range.data;
    const birth = this.#births.get(address);
    if (birth === undefined || !this.#known.includes(birth)) return [];
    let rows = this.#known.filter(({ transaction }) => transaction.accountKeys.includes(address)).toReversed();
    const start = before == null ? -1 : rows.findIndex(({ signature }) => signature === before);
    if (before != null && start < 0) return [];
    rows = rows.slice(start + 1);
    const end = until == null ? -1 : rows.findIndex(({ signature }) => signature === until);
    if (end >= 0) rows = rows.slice(0, end);
    return rows.slice(0, limit).map(({ signature, slot, blockTimeMs, transaction }) => ({
      signature,
      slot: slot ?? 0,
      blockTime: blockTimeMs === null ? null : blockTimeMs / 1_000,
      err: transaction.failed ? {} : null,
      memo: null,
      confirmationStatus: "finalized",
    }));
  }
}

/** Mints, curves and pools that the transaction creates. */
function bornIn({ transaction }: Recording): Address[] {
  return decodeTransaction(transaction).flatMap(({ name, fields }) => {
    if (name === "Create") return [String(fields["mint"]), String(fields["bonding_curve"])];
    return name === "CreatePool" ? [String(fields["pool"])] : [];
  });
}

function accountJson({ owner, lamports, data }: RecordedAccount): unknown {
  return {
    owner,
    lamports: Number(lamports),
    data: [encodeBase64(data), "base64"],
    executable: false,
    rentEpoch: RENT_EPOCH,
    space: data.length,
  };
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new RpcError(-32602, "Invalid params");
  return value;
}

/** The JSON body; null above the size limit. Rejects when it is not JSON. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_REQUEST_BYTES) return null;
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
}

/** Lets a server listen on some free port of 127.0.0.1. */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
      else reject(new Error("the server has no port"));
    });
  });
}
