import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createRpc } from "../../adapters/rpc/client.ts";
import { HELIUS_TIP_ACCOUNTS } from "../../domain/signing/tip-accounts.ts";
import { addressFromBytes } from "../../domain/solana/address.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { encodeBase64 } from "../../domain/solana/base64.ts";
import { TOKEN_PROGRAM } from "../../domain/solana/programs.ts";
import type { Address } from "../../domain/units.ts";
import { labelAddress } from "../chain/fixture.ts";
import { transferInstruction } from "../chain/programs/system.ts";
import { compileTransaction, serializeTransaction } from "../chain/transaction.ts";
import type { Instruction } from "../chain/types.ts";
import { setComputeUnitPrice } from "../market/instructions.ts";
import { tokenAmount } from "./coins.ts";
import { createTestNode, type TestNode } from "./node.ts";

interface Reply {
  readonly result?: { readonly value?: unknown } & Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly err: unknown } };
}

function caller(node: TestNode) {
  return async (method: string, params: readonly unknown[] = [], path = "/rpc"): Promise<Reply> => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    return (await node.fetch(new Request(`http://node.test${path}`, { method: "POST", body }))).json() as Promise<Reply>;
  };
}

/** A wallet with a real key and 5 SOL. */
function walletOn(node: TestNode) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const address: Address = addressFromBytes(Uint8Array.from(publicKey.export({ format: "der", type: "spki" }).subarray(-32)));
  node.fund(address, 5_000_000_000n);
  function signed(instructions: readonly Instruction[], blockhash = node.chain.latestBlockhash().blockhash) {
    const unsigned = compileTransaction(address, instructions, blockhash, [encodeBase58(new Uint8Array(64).fill(1))]);
    const signature = encodeBase58(sign(null, serializeTransaction(unsigned).subarray(65), privateKey));
    return { wire: encodeBase64(serializeTransaction({ ...unsigned, signatures: [signature] })), signature };
  }
  return { address, signed };
}

const LOOSE = { encoding: "base64", skipPreflight: true, maxRetries: 0 };
const payee = labelAddress("payee");

describe("a node that ticks", () => {
  test("nothing lands before a tick, and five sends of one transaction have one effect", async () => {
    const node = createTestNode({ seed: "one effect" });
    const call = caller(node);
    const { address, signed } = walletOn(node);
    const { wire, signature } = signed([transferInstruction(address, payee, 1_000_000_000n)]);
    for (let i = 0; i < 5; i++) {
      node.setFaults({ drop: i < 2 ? 1 : 0 });
      expect(await call("sendTransaction", [wire, LOOSE])).toMatchObject({ result: signature });
    }
    expect(node.chain.account(payee)).toBeNull();
    node.tick(2);
    expect(node.chain.account(payee)?.lamports).toBe(1_000_000_000n);
    expect(node.chain.account(address)?.lamports).toBe(3_999_995_000n);
    expect(node.counts()).toMatchObject({ accepted: 5, dropped: 2, landed: 1, duplicates: 2 });
  });

  test("a blockhash is good for 150 slots; then preflight refuses it, and without preflight it is dropped in silence", async () => {
    const node = createTestNode({ seed: "expiry" });
    const call = caller(node);
    const { address, signed } = walletOn(node);
    const { blockhash } = node.chain.latestBlockhash();
    const early = signed([transferInstruction(address, payee, 1_000_000_000n)], blockhash);
    const late = signed([transferInstruction(address, payee, 2_000_000_000n)], blockhash);
    node.tick(149);
    await call("sendTransaction", [early.wire, LOOSE]);
    node.tick();
    expect(await call("isBlockhashValid", [blockhash])).toMatchObject({ result: { value: true } });
    expect(await call("getSignatureStatuses", [[early.signature]])).toMatchObject({ result: { value: [{ err: null }] } });
    node.tick();
    expect(await call("isBlockhashValid", [blockhash])).toMatchObject({ result: { value: false } });
    const refused = await call("sendTransaction", [late.wire, { encoding: "base64" }]);
    expect(refused.error).toMatchObject({ code: -32_002, data: { err: "BlockhashNotFound" } });
    expect(await call("sendTransaction", [late.wire, LOOSE])).toMatchObject({ result: late.signature });
    node.tick(5);
    expect(await call("getSignatureStatuses", [[late.signature], { searchTransactionHistory: true }])).toMatchObject({
      result: { value: [null] },
    });
    expect(node.counts().expired).toBe(1);
    node.tick(200);
    expect(await call("getSignatureStatuses", [[early.signature]])).toMatchObject({ result: { value: [null] } });
    expect(await call("getSignatureStatuses", [[early.signature], { searchTransactionHistory: true }])).toMatchObject({
      result: { value: [{ confirmationStatus: "finalized" }] },
    });
  });

  test("a delayed transaction lands late or never", async () => {
    const node = createTestNode({ seed: "late", faults: { delay: 1, maxDelaySlots: 300 } });
    const call = caller(node);
    const { address, signed } = walletOn(node);
    for (let i = 0; i < 20; i++)
      await call("sendTransaction", [signed([transferInstruction(address, payee, 1_000_000n + BigInt(i))]).wire, LOOSE]);
    node.tick(310);
    const { landed, expired } = node.counts();
    expect(landed + expired).toBe(20);
    expect(Math.min(landed, expired)).toBeGreaterThan(2);
    expect(node.pending()).toBe(0);
  });

  test("a lost reply and a 504 come after the transaction was accepted, a 429 before", async () => {
    const node = createTestNode({ seed: "replies" });
    const { address, signed } = walletOn(node);
    const send = async (wire: string) =>
      node.fetch(
        new Request("http://node.test/rpc", {
          method: "POST",
          body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "sendTransaction", params: [wire, LOOSE] }),
        }),
      );
    const next = (lamports: bigint) => signed([transferInstruction(address, payee, lamports)]).wire;
    node.setFaults({ lostReply: 1 });
    await expect(send(next(1_000_001n))).rejects.toThrow(TypeError);
    node.setFaults({ lostReply: 0, gatewayTimeout: 1 });
    expect((await send(next(1_000_002n))).status).toBe(504);
    node.setFaults({ gatewayTimeout: 0, rateLimited: 1 });
    const limited = [await send(next(1_000_003n)), await send(next(1_000_003n))];
    expect(limited.map(({ status }) => status)).toEqual([429, 429]);
    expect(limited.map(({ headers }) => headers.get("retry-after"))).toEqual(["1", null]);
    node.tick(2);
    expect(node.chain.account(payee)?.lamports).toBe(2_000_003n);
  });

  test("the same seed and calls give the same fates", async () => {
    const play = async () => {
      const node = createTestNode({ seed: "again", faults: { drop: 0.3, delay: 0.3, duplicate: 0.2 } });
      for (let i = 0; i < 30; i++) {
        const from = labelAddress(`wallet ${i}`);
        node.fund(from, 1_000_000_000n);
        node.chain.account(from);
      }
      const { address, signed } = walletOn(node);
      const call = caller(node);
      for (let i = 0; i < 30; i++)
        await call("sendTransaction", [signed([transferInstruction(address, payee, 1_000_000n + BigInt(i))]).wire, LOOSE]);
      node.tick(400);
      return node.counts();
    };
    expect(await play()).toEqual(await play());
  });

  test("faulty reads: time-outs, overload, cut-off JSON and HTML", async () => {
    const node = createTestNode({ seed: "reads" });
    const rpc = createRpc({ url: "http://node.test/rpc", fetch: node.fetch });
    expect(await rpc.getSlot()).toEqual({ ok: true, value: node.slot() });
    for (const [faults, reason] of [
      [{ readTimeout: 1 }, "RPC_UNAVAILABLE"],
      [{ readTimeout: 0, readUnavailable: 1 }, "RPC_UNAVAILABLE"],
      [{ readUnavailable: 0, truncatedJson: 1 }, "UPSTREAM_MALFORMED"],
      [{ truncatedJson: 0, html: 1 }, "UPSTREAM_MALFORMED"],
    ] as const) {
      node.setFaults(faults);
      expect(await rpc.getSlot()).toMatchObject({ ok: false, reason });
    }
  });

  test("the second provider can lag and lie", async () => {
    const node = createTestNode({ seed: "second" });
    const call = caller(node);
    node.fund(payee, 1_000_000_000n);
    const { address, signed } = walletOn(node);
    node.tick(50);
    const { wire, signature } = signed([transferInstruction(address, payee, 1_000_000_000n)]);
    await call("sendTransaction", [wire, LOOSE]);
    node.tick(5);
    const ask = async (path: string) => ({
      balance: (await call("getBalance", [payee], path)).result?.value,
      slot: (await call("getSlot", [{ commitment: "confirmed" }], path)).result,
      statuses: (await call("getSignatureStatuses", [[signature]], path)).result?.value,
    });
    const honest = await ask("/rpc");
    expect(honest).toMatchObject({ balance: 2_000_000_000, statuses: [{ err: null }] });
    expect(await ask("/rpc2")).toEqual(honest);
    node.setProvider(2, { lagSlots: 10 });
    expect(await ask("/rpc2")).toEqual({ balance: 1_000_000_000, slot: node.slot() - 10, statuses: [null] });
    const hash = (await call("getLatestBlockhash", [], "/rpc2")).result?.value as { blockhash: string; lastValidBlockHeight: number };
    const fresh = (await call("getLatestBlockhash")).result?.value as { blockhash: string; lastValidBlockHeight: number };
    expect(fresh.lastValidBlockHeight - hash.lastValidBlockHeight).toBe(10);
    expect(await call("isBlockhashValid", [hash.blockhash])).toMatchObject({ result: { value: true } });
    node.setProvider(2, { inflatesBalances: true, wrongGenesis: true });
    expect((await ask("/rpc2")).balance).toBe(4_000_000_000);
    expect((await call("getGenesisHash", [], "/rpc2")).result).not.toBe((await call("getGenesisHash")).result);
    node.setProvider(2, {});
    expect(await ask("/rpc2")).toEqual(honest);
  });

  test("Sender wants no preflight, no retries, a compute price and a tip", async () => {
    const node = createTestNode({ seed: "sender" });
    const call = caller(node);
    const { address, signed } = walletOn(node);
    const pay = transferInstruction(address, payee, 1_000_000n);
    const tip = (lamports: bigint) => transferInstruction(address, HELIUS_TIP_ACCOUNTS[3] ?? "", lamports);
    node.fund(HELIUS_TIP_ACCOUNTS[3] ?? "", 1_000_000n);
    const good = signed([setComputeUnitPrice(1_000n), pay, tip(200_000n)]);
    const refusals: ReadonlyArray<readonly [string, string, unknown]> = [
      ["no options", good.wire, undefined],
      ["preflight", good.wire, { ...LOOSE, skipPreflight: false }],
      ["retries", good.wire, { ...LOOSE, maxRetries: 3 }],
      ["no price", signed([pay, tip(200_000n)]).wire, LOOSE],
      ["no tip", signed([setComputeUnitPrice(1_000n), pay]).wire, LOOSE],
      ["small tip", signed([setComputeUnitPrice(1_000n), pay, tip(199_999n)]).wire, LOOSE],
    ];
    for (const [name, wire, options] of refusals)
      expect((await call("sendTransaction", [wire, options], "/sender")).error?.code, name).toBe(-32_602);
    expect((await call("getSlot", [], "/sender")).error?.code).toBe(-32_601);
    expect((await call("sendTransaction", [good.wire, LOOSE], "/sender")).result).toBe(good.signature);
    node.tick(2);
    expect(node.chain.account(payee)?.lamports).toBe(1_000_000n);
    expect(node.counts()).toMatchObject({ accepted: 1, landed: 1, failed: 0 });
  });

  test("coins, strangers' trades, airdrops and funding", async () => {
    const node = createTestNode({ seed: "coins" });
    const call = caller(node);
    const coin = node.addCoin();
    const before = tokenAmount(node.chain, coin.addresses.poolBase);
    expect(before).toBe(206_900_000_000_000n);
    expect(node.trade(coin, { side: "buy", amount: 1_000_000_000n }).err).toBeNull();
    expect(tokenAmount(node.chain, coin.addresses.poolBase)).toBeLessThan(before);
    expect(node.trade(coin, { side: "sell", amount: 1_000_000_000n }).err).toBeNull();
    const young = node.addCoin({ stage: "curve" });
    expect(node.chain.account(young.pool)).toBeNull();
    expect(node.trade(young, { side: "buy", amount: 1_000_000_000n }).err).toBeNull();
    const { address } = walletOn(node);
    const scam = node.airdropToken(address);
    expect(await call("getTokenAccountsByOwner", [address, { programId: TOKEN_PROGRAM }, { encoding: "base64" }])).toMatchObject({
      result: { value: [{ pubkey: scam.account }] },
    });
    const given = await call("requestAirdrop", [payee, 1_000_000_000]);
    expect(node.transaction(String(given.result))?.err).toBeNull();
    expect(node.chain.account(payee)?.lamports).toBe(1_000_000_000n);
    const clock = await call("getAccountInfo", [
      "SysvarC1ock11111111111111111111111111111111",
      { encoding: "base64", dataSlice: { offset: 0, length: 8 } },
    ]);
    expect(clock.result?.value).toMatchObject({
      space: 40,
      data: [Buffer.from(new BigUint64Array([BigInt(node.slot())]).buffer).toString("base64"), "base64"],
    });
  });
});
