import { generateKeyPairSync, sign } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { createRpc } from "../../adapters/rpc/client.ts";
import { solPriceFrom } from "../../adapters/rpc/sol-price.ts";
import { addressFromBytes } from "../../domain/solana/address.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { encodeBase64 } from "../../domain/solana/base64.ts";
import { findGraduation } from "../../domain/solana/decode.ts";
import { PUMP_SWAP_PROGRAM, PUMP_WITHDRAW_AUTHORITY, PYTH_SOL_USD, SYSTEM_PROGRAM } from "../../domain/solana/programs.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import { decodePool } from "../../domain/venues/pump-swap.ts";
import { labelAddress } from "../chain/fixture.ts";
import { transferInstruction } from "../chain/programs/system.ts";
import { compileTransaction, serializeTransaction } from "../chain/transaction.ts";
import { createLocalnet, type Localnet } from "./localnet.ts";
import { createRpcHandler, type RpcHandler } from "./rpc.ts";
import { FINALITY_SLOTS } from "./rpc-transactions.ts";

const OPEN_MS = 1_795_000_000_000;

describe("JSON-RPC", () => {
  let localnet: Localnet;
  let handle: RpcHandler;
  beforeAll(() => {
    localnet = createLocalnet({ seed: "rpc", mix: "demo", speed: 1 });
    localnet.open(OPEN_MS);
    localnet.advance(OPEN_MS + 9_000);
    handle = createRpcHandler(localnet, "rpc");
  });

  async function call(
    method: string,
    ...params: unknown[]
  ): Promise<{ result?: unknown; error?: { code: number; message: string; data?: unknown } }> {
    return (await handle({ jsonrpc: "2.0", id: 1, method, params })) as never;
  }

  /** A wallet with a real key and 5 SOL. */
  function signerWallet() {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    const address = addressFromBytes(Uint8Array.from(raw));
    localnet.chain.plant(address, { owner: SYSTEM_PROGRAM, lamports: 5_000_000_000n, data: new Uint8Array(0), executable: false });
    function transfer(lamports: bigint, blockhash = localnet.chain.latestBlockhash().blockhash): { wire: Uint8Array; signature: string } {
      const unsigned = compileTransaction(address, [transferInstruction(address, labelAddress("payee"), lamports)], blockhash, [
        encodeBase58(new Uint8Array(64).fill(1)),
      ]);
      const message = serializeTransaction(unsigned).subarray(65);
      const signature = encodeBase58(sign(null, message, privateKey));
      return { wire: serializeTransaction({ ...unsigned, signatures: [signature] }), signature };
    }
    return { address, transfer };
  }

  test("our own client reads graduations, accounts, histories and holders", async () => {
    const rpc = createRpc({
      url: "http://rpc.test/",
      fetch: async (request) => Response.json(await handle(JSON.parse(await request.text()))),
    });
    const listed = await rpc.getSignaturesForAddress(PUMP_WITHDRAW_AUTHORITY, { limit: 50 });
    if (!listed.ok) throw new Error(listed.detail);
    const slots = listed.value.map(({ slot }) => slot);
    expect(slots).toEqual([...slots].sort((a, b) => b - a));
    const graduations = [];
    for (const { signature } of listed.value) {
      const reply = await rpc.getTransaction(signature);
      const parsed = parseTransaction(reply.ok ? reply.value : null);
      const found = parsed.ok ? findGraduation(parsed.value) : parsed;
      if (found.ok) graduations.push(found.value);
    }
    expect(graduations.length).toBeGreaterThan(0);
    for (const { mint, pool, bondingCurve } of graduations) {
      const accounts = await rpc.getAccounts([pool, labelAddress("nobody")]);
      if (!accounts.ok) throw new Error(accounts.detail);
      expect(accounts.value.slot).toBe(localnet.chain.clock().slot);
      expect(accounts.value.accounts[1]).toBeNull();
      expect(accounts.value.accounts[0]?.owner).toBe(PUMP_SWAP_PROGRAM);
      expect(decodePool(accounts.value.accounts[0]?.data ?? new Uint8Array())).toMatchObject({ ok: true, value: { baseMint: mint } });
      const holders = await rpc.getTokenLargestAccounts(mint);
      if (!holders.ok) throw new Error(holders.detail);
      expect(holders.value.length).toBeLessThanOrEqual(20);
      const amounts = holders.value.map(({ amount }) => amount);
      expect(amounts).toEqual([...amounts].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
      const history = await rpc.getSignaturesForAddress(bondingCurve, {});
      expect(history.ok && history.value.length).toBeGreaterThan(8);
    }
    const price = await rpc.getAccounts([PYTH_SOL_USD]);
    if (!price.ok) throw new Error(price.detail);
    const usd = solPriceFrom(price.value.accounts[0] ?? null, price.value.slot, OPEN_MS + 9_500, 90_000);
    expect(usd).toMatchObject({ ok: true });
    if (usd.ok) expect(Math.abs(usd.value.usd - 150)).toBeLessThan(20);
  });

  test("pages of signatures join without gaps", async () => {
    const all = (await call("getSignaturesForAddress", PUMP_SWAP_PROGRAM, { commitment: "confirmed" })).result as Array<{
      signature: string;
    }>;
    const [third, , fifth] = [all[2], all[3], all[4]];
    const page = (await call("getSignaturesForAddress", PUMP_SWAP_PROGRAM, { commitment: "confirmed", before: third?.signature, limit: 2 }))
      .result;
    expect(page).toEqual(all.slice(3, 5));
    const until = (await call("getSignaturesForAddress", PUMP_SWAP_PROGRAM, { commitment: "confirmed", until: fifth?.signature })).result;
    expect(until).toEqual(all.slice(0, 4));
  });

  test("what is confirmed is not finalized yet", async () => {
    const confirmed = (await call("getSlot", { commitment: "confirmed" })).result as number;
    expect((await call("getSlot")).result).toBe(confirmed - FINALITY_SLOTS);
    const [newest] = (await call("getSignaturesForAddress", PUMP_SWAP_PROGRAM, { commitment: "confirmed", limit: 1 })).result as Array<{
      signature: string;
    }>;
    expect(
      (await call("getTransaction", newest?.signature, { commitment: "confirmed", maxSupportedTransactionVersion: 0 })).result,
    ).toMatchObject({
      meta: { status: expect.anything(), loadedAddresses: { readonly: [], writable: [] } },
      version: "legacy",
    });
    expect((await call("getTransaction", newest?.signature)).result).toBeNull();
  });

  test("a signed transaction lands once, however often it is sent", async () => {
    const { transfer } = signerWallet();
    const { wire, signature } = transfer(1_000_000n);
    const before = localnet.chain.account(labelAddress("payee"))?.lamports ?? 0n;
    for (let i = 0; i < 3; i++) expect((await call("sendTransaction", encodeBase64(wire), { encoding: "base64" })).result).toBe(signature);
    expect((localnet.chain.account(labelAddress("payee"))?.lamports ?? 0n) - before).toBe(1_000_000n);
    const statuses = (await call("getSignatureStatuses", [signature, encodeBase58(new Uint8Array(64).fill(9))])).result;
    expect(statuses).toMatchObject({ value: [{ err: null, confirmationStatus: "processed" }, null] });
    const simulated = (await call("simulateTransaction", encodeBase64(transfer(2n).wire), { encoding: "base64", sigVerify: true })).result;
    expect(simulated).toMatchObject({ value: { err: null, unitsConsumed: 150 } });
  });

  test("bad transactions get the errors of a real node", async () => {
    const { transfer, address } = signerWallet();
    const { wire } = transfer(1_000_000n);
    const forged = Uint8Array.from(wire);
    forged[5] = (forged[5] ?? 0) ^ 1;
    expect((await call("sendTransaction", encodeBase64(forged), { encoding: "base64" })).error?.code).toBe(-32003);
    const stale = transfer(1n, encodeBase58(new Uint8Array(32).fill(7)));
    const refused = await call("sendTransaction", encodeBase64(stale.wire), { encoding: "base64" });
    expect(refused.error).toMatchObject({ code: -32002, data: { err: "BlockhashNotFound" } });
    expect((await call("sendTransaction", encodeBase64(stale.wire), { encoding: "base64", skipPreflight: true })).result).toBe(
      stale.signature,
    );
    expect((await call("getSignatureStatuses", [stale.signature])).result).toMatchObject({ value: [null] });
    const tooMuch = await call("sendTransaction", encodeBase64(transfer(10_000_000_000n).wire), { encoding: "base64" });
    expect(tooMuch.error).toMatchObject({ code: -32002, data: { err: { InstructionError: [0, { Custom: 1 }] } } });
    const landed = transfer(10_000_000_000n);
    await call("sendTransaction", encodeBase64(landed.wire), { encoding: "base64", skipPreflight: true });
    expect((await call("getTransaction", landed.signature, { commitment: "confirmed" })).result).toMatchObject({
      meta: { err: { InstructionError: [0, { Custom: 1 }] }, fee: 5_000 },
    });
    expect((await call("sendTransaction", "AAAA", { encoding: "base64" })).error?.code).toBe(-32602);
    expect((await call("sendTransaction", "A".repeat(2_000), { encoding: "base64" })).error?.code).toBe(-32602);
    expect((await call("getBalance", address)).result).toMatchObject({ value: 5_000_000_000 - 5_000 });
  });

  test("bad calls get JSON-RPC's errors, batches an array", async () => {
    expect((await call("getCheese")).error?.code).toBe(-32601);
    expect((await call("getBalance", "not an address")).error?.code).toBe(-32602);
    expect((await call("getMultipleAccounts", Array(101).fill(SYSTEM_PROGRAM))).error?.code).toBe(-32602);
    expect((await call("toString")).error?.code).toBe(-32601);
    for (const body of [null, 3, {}, [], { jsonrpc: "2.0", method: 5 }])
      expect(await handle(body)).toMatchObject({ error: { code: -32600 } });
    const batch = await handle([
      { jsonrpc: "2.0", id: "a", method: "getHealth" },
      { jsonrpc: "2.0", id: "b", method: "getVersion" },
    ]);
    expect(batch).toMatchObject([{ id: "a", result: "ok" }, { id: "b" }]);
  });

  test("the rest of the methods answer in their shapes", async () => {
    const { blockhash, lastValidBlockHeight } = (
      (await call("getLatestBlockhash")).result as { value: { blockhash: string; lastValidBlockHeight: number } }
    ).value;
    expect((await call("isBlockhashValid", blockhash)).result).toMatchObject({ value: true });
    const height = (await call("getBlockHeight", { commitment: "confirmed" })).result as number;
    expect(lastValidBlockHeight - height).toBe(150);
    expect((await call("getMinimumBalanceForRentExemption", 165)).result).toBe(2_039_280);
    expect((await call("getEpochInfo")).result).toMatchObject({ slotsInEpoch: 432_000 });
    expect((await call("getRecentPrioritizationFees")).result).toHaveLength(150);
    expect((await call("getPriorityFeeEstimate", { options: { includeAllPriorityFeeLevels: true } })).result).toMatchObject({
      priorityFeeLevels: { medium: expect.any(Number) },
    });
    const coin = localnet.market.live().find(({ graduatedAtMs }) => graduatedAtMs !== null)?.coin;
    expect((await call("getTokenSupply", coin?.mint)).result).toMatchObject({ value: { decimals: 6, amount: "1000000000000000" } });
    expect((await call("getTokenAccountBalance", coin?.poolQuote)).result).toMatchObject({ value: { decimals: 9 } });
    expect((await call("getTokenAccountsByOwner", coin?.pool, { mint: coin?.mint })).result).toMatchObject({
      value: [{ pubkey: coin?.poolBase }],
    });
    const pools = await call("getProgramAccounts", PUMP_SWAP_PROGRAM, {
      filters: [{ dataSize: 301 }, { memcmp: { offset: 43, bytes: coin?.mint } }],
    });
    expect(pools.result).toContainEqual(expect.objectContaining({ pubkey: coin?.pool }));
    const { slot } = localnet.chain.clock();
    expect((await call("getBlockTime", slot)).result).toBe(Math.floor((OPEN_MS + 9_000) / 1000));
    expect((await call("getBlockTime", slot + 10)).error?.code).toBe(-32004);
  });
});
