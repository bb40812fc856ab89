import { beforeAll, describe, expect, test } from "vitest";
import { deployedSlot, programDataKey } from "../../domain/live/drift.ts";
import { addressFromBytes } from "../../domain/solana/address.ts";
import { PUMP_PROGRAM, PUMP_SWAP_PROGRAM } from "../../domain/solana/programs.ts";
import type { Address } from "../../domain/units.ts";
import { labelAddress } from "../chain/fixture.ts";
import { type App, createApp } from "./app.ts";
import { createLocalnet, type Localnet } from "./localnet.ts";

const OPEN_MS = 1_795_000_000_000;

describe("the localnet over HTTP", () => {
  let localnet: Localnet;
  let app: App;
  let nowMs = OPEN_MS;
  beforeAll(() => {
    localnet = createLocalnet({ seed: "control", mix: "demo", speed: 1 });
    localnet.open(nowMs);
    app = createApp({
      seed: "control",
      mix: "demo",
      speed: 1,
      localnet,
      webhook: null,
      webhooksEnabled: false,
      now: () => nowMs,
      events: () => [],
    });
  });

  function pass(ms: number): void {
    nowMs += ms;
    localnet.advance(nowMs);
  }

  async function post(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await app.handle(new Request(`http://localnet.test${path}`, { method: "POST", body: JSON.stringify(body) }));
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async function rpc(path: string, method: string, ...params: unknown[]): Promise<unknown> {
    const { body } = await post(path, { jsonrpc: "2.0", id: 1, method, params });
    return body["error"] ?? body["result"];
  }

  async function program(address: Address) {
    const read = async (key: Address, slice?: { offset: number; length: number }): Promise<Uint8Array> => {
      const { value } = (await rpc("/rpc", "getAccountInfo", key, { encoding: "base64", dataSlice: slice ?? null })) as {
        value: { data: [string] };
      };
      return Uint8Array.from(Buffer.from(value.data[0], "base64"));
    };
    const key = programDataKey(await read(address));
    if (key === null) throw new Error("no ProgramData");
    const data = addressFromBytes(key);
    return { slot: deployedSlot(await read(data, { offset: 0, length: 45 })), bytes: await read(data) };
  }

  test("a program is deployed anew: slot and code change, of that program only", async () => {
    const [before, other] = [await program(PUMP_SWAP_PROGRAM), await program(PUMP_PROGRAM)];
    expect((await post("/control/upgrade-program", { program: "toString" })).status).toBe(400);
    expect((await post("/control/upgrade-program", null)).status).toBe(400);
    expect(await program(PUMP_SWAP_PROGRAM)).toEqual(before);
    pass(2_000);
    const { slot } = localnet.chain.clock();
    expect(await post("/control/upgrade-program", { program: "pump_amm" })).toEqual({ status: 200, body: { program: "pump_amm", slot } });
    const after = await program(PUMP_SWAP_PROGRAM);
    expect(after.slot).toBe(slot);
    expect(after.slot).not.toBe(before.slot);
    expect(after.bytes.subarray(45)).not.toEqual(before.bytes.subarray(45));
    expect(await program(PUMP_PROGRAM)).toEqual(other);
  });

  test("the second provider lags and lies as it is told, the first never", async () => {
    const wallet = labelAddress("second provider");
    await rpc("/rpc", "requestAirdrop", wallet, 3_000_000_000);
    pass(4_000);
    const balance = async (path: string) => ((await rpc(path, "getBalance", wallet)) as { value: number }).value;
    expect([await balance("/rpc"), await balance("/rpc2")]).toEqual([3_000_000_000, 3_000_000_000]);
    expect((await post("/control/provider2", { lagSlots: 1e9 })).status).toBe(400);
    expect((await post("/control/provider2", { lies: true })).status).toBe(400);
    await post("/control/provider2", { lagSlots: 40 });
    expect([await balance("/rpc"), await balance("/rpc2")]).toEqual([3_000_000_000, 0]);
    expect(await rpc("/rpc2", "getSlot", { commitment: "confirmed" })).toBe(localnet.chain.clock().slot - 40);
    await post("/control/provider2", { wrongGenesis: true, inflatesBalances: true, hidesTransactions: true });
    expect([await balance("/rpc"), await balance("/rpc2")]).toEqual([3_000_000_000, 6_000_000_000]);
    expect(await rpc("/rpc2", "getGenesisHash")).not.toBe(await rpc("/rpc", "getGenesisHash"));
    expect(await rpc("/rpc2", "getSignaturesForAddress", wallet, { commitment: "confirmed" })).toEqual([]);
    await post("/control/provider2", {});
    expect(await rpc("/rpc2", "getGenesisHash")).toBe(await rpc("/rpc", "getGenesisHash"));
  });

  test("Sender is there, and an airdrop is no more than the faucet gives", async () => {
    expect(await rpc("/sender", "sendTransaction", "AA==", { encoding: "base64" })).toMatchObject({ code: -32_602 });
    expect(await rpc("/sender", "getSlot")).toMatchObject({ code: -32_601 });
    expect(await rpc("/rpc", "requestAirdrop", labelAddress("greedy"), 1e18)).toMatchObject({ code: -32_602 });
    const [first, second] = [
      await rpc("/rpc", "requestAirdrop", labelAddress("two"), 1e9),
      await rpc("/rpc", "requestAirdrop", labelAddress("two"), 1e9),
    ];
    expect(first).not.toBe(second);
    expect(localnet.chain.account(labelAddress("two"))?.lamports).toBe(2_000_000_000n);
  });
});
