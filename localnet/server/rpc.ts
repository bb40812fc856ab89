import { z } from "zod";
import { createRng } from "../../domain/random.ts";
import { SLOT_MS } from "../chain/chain.ts";
import { SLOTS_PER_EPOCH } from "../chain/sysvar.ts";
import { accountMethods } from "./rpc-accounts.ts";
import { invalidParams, RPC_ERROR, RpcFailure } from "./rpc-errors.ts";
import { configAt, textAt } from "./rpc-params.ts";
import type { RpcSource } from "./rpc-source.ts";
import { transactionMethods } from "./rpc-transactions.ts";
import { senderMethods } from "./sender.ts";

export type RpcMethod = (params: readonly unknown[]) => unknown;

/** Largest batch that is answered; providers limit batches to about this. */
const MAX_BATCH = 100;
const FEE_SAMPLES = 150;

const requestSchema = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string().max(64),
  params: z.array(z.unknown()).max(8).default([]),
});

/** Answers one JSON-RPC body, single or batch. The result is ready for JSON.stringify. */
export type RpcHandler = (body: unknown) => Promise<unknown>;

/** Creates a JSON-RPC endpoint over a chain and its history. The seed decides the fees that estimates report. */
export function createRpcHandler(source: RpcSource, seed: string): RpcHandler {
  return dispatcher({ ...chainMethods(source, seed), ...accountMethods(source), ...transactionMethods(source) });
}

/** Creates the endpoint of Helius Sender. */
export function createSenderHandler(source: RpcSource): RpcHandler {
  return dispatcher(senderMethods(source));
}

function dispatcher(methods: Readonly<Record<string, RpcMethod>>): RpcHandler {
  async function answer(request: unknown): Promise<unknown> {
    const parsed = requestSchema.safeParse(request);
    if (!parsed.success) return failure(null, RPC_ERROR.invalidRequest, "Invalid request");
    const { id = null, method, params } = parsed.data;
    const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (handler === undefined) return failure(id, RPC_ERROR.methodNotFound, "Method not found");
    try {
      return { jsonrpc: "2.0", result: await handler(params), id };
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      return failure(id, error.code, error.message, error.data);
    }
  }

  return async (body) => {
    if (!Array.isArray(body)) return answer(body);
    if (body.length === 0 || body.length > MAX_BATCH) return failure(null, RPC_ERROR.invalidRequest, "Invalid request");
    const answers: unknown[] = [];
    for (const request of body) answers.push(await answer(request));
    return answers;
  };
}

/** The JSON-RPC answer to a body that is not JSON. */
export function parseFailure(): unknown {
  return failure(null, RPC_ERROR.parse, "Parse error");
}

function failure(id: string | number | null, code: number, message: string, data?: unknown) {
  return { jsonrpc: "2.0", error: { code, message, ...(data === undefined ? {} : { data }) }, id };
}

function chainMethods({ chain }: RpcSource, seed: string): Readonly<Record<string, RpcMethod>> {
  /** Recent priority fees in micro-lamports per unit, as a node reports them per slot. */
  const feeAt = (slot: number): number => Math.floor(20_000 * Math.exp(1.2 * createRng(`${seed}/priority-fee/${slot}`).normal()));
  return {
    getHealth: () => "ok",
    getVersion: () => ({ "feature-set": 3_294_202_862, "solana-core": "2.3.0" }),
    getGenesisHash: () => chain.genesisHash,
    getBlockTime: (params) => {
      const slot = params[0];
      const { slot: now, unixMs } = chain.clock();
      if (typeof slot !== "number" || !Number.isSafeInteger(slot) || slot < 0) return invalidParams("Invalid params");
      if (slot > now) throw new RpcFailure(-32_004, `Block not available for slot ${slot}`);
      return Math.floor((unixMs - (now - slot) * SLOT_MS) / 1000);
    },
    getLatestBlockhash: () => ({ context: { apiVersion: "2.3.0", slot: chain.clock().slot }, value: chain.latestBlockhash() }),
    isBlockhashValid: (params) => ({
      context: { apiVersion: "2.3.0", slot: chain.clock().slot },
      value: chain.isBlockhashValid(textAt(params, 0)),
    }),
    getEpochInfo: (params) => {
      configAt(params, 0);
      const { slot } = chain.clock();
      return {
        absoluteSlot: slot,
        blockHeight: chain.latestBlockhash().lastValidBlockHeight - 150,
        epoch: Math.floor(slot / SLOTS_PER_EPOCH),
        slotIndex: slot % SLOTS_PER_EPOCH,
        slotsInEpoch: SLOTS_PER_EPOCH,
        transactionCount: null,
      };
    },
    getRecentPrioritizationFees: () => {
      const { slot } = chain.clock();
      return Array.from({ length: FEE_SAMPLES }, (_, i) => ({
        prioritizationFee: feeAt(slot - FEE_SAMPLES + 1 + i),
        slot: slot - FEE_SAMPLES + 1 + i,
      }));
    },
    // Helius: an estimate, or the levels when asked for them.
    getPriorityFeeEstimate: (params) => {
      const options = z
        .object({
          options: z.object({ includeAllPriorityFeeLevels: z.boolean().default(false) }).default({ includeAllPriorityFeeLevels: false }),
        })
        .safeParse(params[0]);
      const { slot } = chain.clock();
      const fees = Array.from({ length: FEE_SAMPLES }, (_, i) => feeAt(slot - i)).sort((a, b) => a - b);
      const at = (share: number): number => fees[Math.floor(share * (fees.length - 1))] ?? 0;
      if (options.success && options.data.options.includeAllPriorityFeeLevels)
        return { priorityFeeLevels: { min: at(0), low: at(0.25), medium: at(0.5), high: at(0.75), veryHigh: at(0.95), unsafeMax: at(1) } };
      return { priorityFeeEstimate: at(0.5) };
    },
  };
}
