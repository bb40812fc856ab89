import { describe, expect, test } from "vitest";
import { createRpc } from "./client.ts";
import { type NodeHandler, rpcError, startNode } from "./test-node.ts";

const WIRE = "AQID";
const CONTEXT = { slot: 9 };
const BLOCKHASH = "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi";

/** Runs one call against a node and gives what the node was asked, too. */
async function ask<T>(handle: NodeHandler, call: (rpc: ReturnType<typeof createRpc>) => Promise<T>) {
  await using node = await startNode(handle);
  return { answer: await call(createRpc({ url: node.url })), calls: node.calls };
}

describe("methods of live trading", () => {
  test("slot and block height of one bank, at confirmed", async () => {
    const progress = await ask(
      () => ({ absoluteSlot: 9, blockHeight: 7, epoch: 0, slotIndex: 9, slotsInEpoch: 432_000, transactionCount: null }),
      (rpc) => rpc.getProgress(),
    );
    expect(progress).toMatchObject({
      answer: { ok: true, value: { slot: 9, blockHeight: 7 } },
      calls: [{ method: "getEpochInfo", params: [{ commitment: "confirmed" }] }],
    });
  });

  test("block height and blockhash, at confirmed", async () => {
    const height = await ask(
      () => 123,
      (rpc) => rpc.getBlockHeight(),
    );
    expect(height).toMatchObject({
      answer: { ok: true, value: 123 },
      calls: [{ method: "getBlockHeight", params: [{ commitment: "confirmed" }] }],
    });
    const hash = await ask(
      () => ({ context: CONTEXT, value: { blockhash: BLOCKHASH, lastValidBlockHeight: 273 } }),
      (rpc) => rpc.getLatestBlockhash(),
    );
    expect(hash).toMatchObject({
      answer: { ok: true, value: { blockhash: BLOCKHASH, lastValidBlockHeight: 273, slot: 9 } },
      calls: [{ params: [{ commitment: "confirmed" }] }],
    });
    const without = await ask(
      () => ({ context: CONTEXT, value: { blockhash: BLOCKHASH } }),
      (rpc) => rpc.getLatestBlockhash(),
    );
    expect(without.answer).toMatchObject({ ok: false, reason: "UPSTREAM_MALFORMED" });
  });

  test("accounts: a slice of the data, and no older slot than asked for", async () => {
    const options = { dataSlice: { offset: 64, length: 8 }, minContextSlot: 9 };
    const sliced = await ask(
      () => ({ context: CONTEXT, value: [null] }),
      (rpc) => rpc.getAccounts(["a"], options),
    );
    expect(sliced.calls).toMatchObject([{ params: [["a"], { commitment: "confirmed", encoding: "base64", ...options }] }]);
    expect(sliced.answer.ok).toBe(true);
    const older = await ask(
      () => ({ context: { slot: 8 }, value: [null] }),
      (rpc) => rpc.getAccounts(["a"], options),
    );
    expect(older.answer).toMatchObject({ ok: false, reason: "RPC_LAGGING" });
  });

  test("signature statuses keep their order; unknown is null", async () => {
    const failed = { InstructionError: [3, { Custom: 6004 }] };
    const value = [
      { slot: 5, confirmations: null, confirmationStatus: "finalized", err: null, status: { Ok: null } },
      null,
      { slot: 6, confirmations: 1, confirmationStatus: "confirmed", err: failed, status: { Err: failed } },
      { slot: 7, err: null },
    ];
    const { answer, calls } = await ask(
      () => ({ context: CONTEXT, value }),
      (rpc) => rpc.getSignatureStatuses(["a", "b", "c", "d"], { searchHistory: true }),
    );
    expect(answer).toEqual({
      ok: true,
      value: [
        { slot: 5, confirmationStatus: "finalized", err: null },
        null,
        { slot: 6, confirmationStatus: "confirmed", err: failed },
        { slot: 7, confirmationStatus: null, err: null },
      ],
    });
    expect(calls).toMatchObject([{ method: "getSignatureStatuses", params: [["a", "b", "c", "d"], { searchTransactionHistory: true }] }]);
  });

  test.each<[string, unknown]>([
    ["too few", { context: CONTEXT, value: [] }],
    ["too many", { context: CONTEXT, value: [null, null] }],
    ["one that does not say whether it failed", { context: CONTEXT, value: [{ slot: 5, confirmationStatus: "confirmed" }] }],
    ["no slot of the answer", { value: [null] }],
  ])("signature statuses: %s is no answer", async (_name, result) => {
    for (const call of [
      (rpc: ReturnType<typeof createRpc>) => rpc.getSignatureStatuses(["a"]),
      (rpc: ReturnType<typeof createRpc>) => rpc.getSignatureStatus("a"),
    ])
      expect((await ask<unknown>(() => result, call)).answer).toMatchObject({ ok: false, reason: "UPSTREAM_MALFORMED" });
  });

  test("one status says at which slot it was looked for, in the whole history", async () => {
    const { answer, calls } = await ask(
      () => ({ context: CONTEXT, value: [null] }),
      (rpc) => rpc.getSignatureStatus("a"),
    );
    expect(answer).toEqual({ ok: true, value: { contextSlot: 9, status: null } });
    expect(calls).toMatchObject([{ params: [["a"], { searchTransactionHistory: true }] }]);
  });

  test("simulation: unsigned, on the node's blockhash, with the accounts asked for", async () => {
    const value = {
      err: null,
      logs: ["Program log: hi"],
      unitsConsumed: 91_234,
      accounts: [{ owner: "o", lamports: 5, data: ["AQ==", "base64"], executable: false, rentEpoch: 0 }],
    };
    const { answer, calls } = await ask(
      () => ({ context: CONTEXT, value }),
      (rpc) => rpc.simulateTransaction(WIRE, { accounts: ["a"] }),
    );
    expect(answer).toEqual({
      ok: true,
      value: {
        slot: 9,
        err: null,
        logs: value.logs,
        unitsConsumed: 91_234,
        accounts: [{ owner: "o", lamports: 5n, data: Uint8Array.of(1) }],
      },
    });
    expect(calls[0]?.params).toEqual([
      WIRE,
      {
        commitment: "confirmed",
        encoding: "base64",
        sigVerify: false,
        replaceRecentBlockhash: true,
        accounts: { encoding: "base64", addresses: ["a"] },
      },
    ]);
  });

  test("a transaction that fails in simulation is a value, also as a preflight error", async () => {
    const err = { InstructionError: [6, { Custom: 6040 }] };
    const value = { err, logs: ["x"], unitsConsumed: 3, accounts: null };
    const failed = await ask(
      () => ({ context: CONTEXT, value }),
      (rpc) => rpc.simulateTransaction(WIRE, { accounts: ["a"] }),
    );
    expect(failed.answer).toMatchObject({ ok: true, value: { err, logs: ["x"], accounts: [] } });
    const preflight = await ask(rpcError(-32_002, value), (rpc) => rpc.simulateTransaction(WIRE));
    expect(preflight.answer).toMatchObject({ ok: true, value: { err } });
  });

  test("an unsimulatable transaction, and simulations that say nothing, are errors", async () => {
    for (const handle of [rpcError(-32_602), rpcError(-32_002), rpcError(-32_002, { err: null })])
      expect((await ask(handle, (rpc) => rpc.simulateTransaction(WIRE))).answer).toMatchObject({ ok: false, reason: "RPC_UNAVAILABLE" });
    const noError = await ask(
      () => ({ context: CONTEXT, value: { logs: [] } }),
      (rpc) => rpc.simulateTransaction(WIRE),
    );
    expect(noError.answer).toMatchObject({ ok: false, reason: "UPSTREAM_MALFORMED" });
    const noAccounts = await ask(
      () => ({ context: CONTEXT, value: { err: null } }),
      (rpc) => rpc.simulateTransaction(WIRE, { accounts: ["a"] }),
    );
    expect(noAccounts.answer).toMatchObject({ ok: false, reason: "UPSTREAM_MALFORMED" });
  });

  test("priority fee: the estimate, rounded up", async () => {
    const { answer, calls } = await ask(
      () => ({ priorityFeeEstimate: 120_000.25 }),
      (rpc) => rpc.getPriorityFeeEstimate({ accountKeys: ["a"] }),
    );
    expect(answer).toEqual({ ok: true, value: 120_001n });
    expect(calls[0]?.params).toEqual([{ accountKeys: ["a"], options: { recommended: true } }]);
    const byWire = await ask(
      () => ({ priorityFeeEstimate: 1 }),
      (rpc) => rpc.getPriorityFeeEstimate({ wireBase64: WIRE }),
    );
    expect(byWire.calls[0]?.params).toEqual([{ transaction: WIRE, options: { recommended: true, transactionEncoding: "base64" } }]);
  });

  test.each([-1, null, "5", 1e300, {}])("a priority fee of %j is none", async (priorityFeeEstimate) => {
    const { answer } = await ask(
      () => ({ priorityFeeEstimate }),
      (rpc) => rpc.getPriorityFeeEstimate({ accountKeys: [] }),
    );
    expect(answer).toMatchObject({ ok: false, reason: "UPSTREAM_MALFORMED" });
  });

  test("where the node has no estimate: the 75th percentile of recent slots", async () => {
    const fees = [5, 1, 9, 3, 7, 2, 8, 4];
    const plainNode: NodeHandler = (call, response, request) =>
      call.method === "getPriorityFeeEstimate"
        ? rpcError(-32_601)(call, response, request)
        : fees.map((prioritizationFee, slot) => ({ slot, prioritizationFee }));
    const { answer, calls } = await ask(plainNode, (rpc) => rpc.getPriorityFeeEstimate({ accountKeys: ["a"] }));
    expect(answer).toEqual({ ok: true, value: 7n });
    expect(calls[1]).toMatchObject({ method: "getRecentPrioritizationFees", params: [["a"]] });
    fees.length = 0;
    expect((await ask(plainNode, (rpc) => rpc.getPriorityFeeEstimate({ wireBase64: WIRE }))).answer).toEqual({ ok: true, value: 0n });
  });

  test("too many inputs are a bug of the caller", async () => {
    const rpc = createRpc({ url: "http://127.0.0.1:9/" });
    await expect(rpc.getSignatureStatuses(Array.from({ length: 257 }, () => "s"))).rejects.toThrow(RangeError);
  });
});
