import { reset } from "cloudflare:test";
import { expect, test } from "vitest";
import { walletFromSecret } from "../../adapters/wallet-key.ts";
import { judgeMessage } from "../../domain/signing/policy.ts";
import { SAMPLE_BLOCKHASH, SAMPLE_POLICY, sampleAddress, sampleInstructions, sampleMessage } from "../../domain/signing/sample-messages.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { compileMessage } from "../../domain/solana/build-message.ts";
import { giveTestWallet, signer, testKey } from "./test-wallet.ts";

const BATCHES = 40;
const PER_BATCH = 25;
const CALLS = 200;

/** Workers' clocks stand still while code runs and move on with I/O: a batch is timed between two calls of the signer. */
async function now(): Promise<number> {
  await signer().history(0);
  return performance.now();
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

test("latency of signing, in workerd", async () => {
  await reset();
  const address = await giveTestWallet();
  const wallet = await walletFromSecret(encodeBase58(await testKey()));
  if (!wallet.ok) throw new Error(wallet.reason);
  const rules = { wallet: address, policy: SAMPLE_POLICY };
  const build = (mint: string): Uint8Array => {
    const instructions = sampleInstructions("pool-buy", { wallet: address, mint, tipLamports: 200_000n });
    return compileMessage({ payer: address, instructions, blockhash: SAMPLE_BLOCKHASH });
  };
  const coins = Array.from({ length: BATCHES }, (_, i) => sampleAddress(4_000 + i));
  for (const coin of coins) build(coin); // The builder's addresses are derived when a coin is assessed.

  const times: Record<"call of history" | "judge, coin not seen before" | "build + judge + sign", number[]> = {
    "call of history": [],
    "judge, coin not seen before": [],
    "build + judge + sign": [],
  };
  for (const coin of coins) {
    const start = await now();
    const idle = (await now()) - start;
    times["call of history"].push(idle);
    const message = build(coin);
    const first = await now();
    expect(judgeMessage(message, rules).ok).toBe(true);
    times["judge, coin not seen before"].push(Math.max(0, (await now()) - first - idle));
    const batch = await now();
    for (let i = 0; i < PER_BATCH; i++) {
      const built = build(coin);
      if (!judgeMessage(built, rules).ok) throw new Error("refused");
      await wallet.value.sign(built);
    }
    times["build + judge + sign"].push(((await now()) - batch - idle) / PER_BATCH);
  }

  const calls: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const message = sampleMessage("pool-sell", { wallet: address, mint: coins[i % coins.length] ?? "" });
    const start = performance.now();
    const result = await signer().sign({ intentId: `latency:${i}`, message });
    calls.push(performance.now() - start);
    expect(result.ok).toBe(true);
  }
  for (const [name, values] of [...Object.entries(times), ["sign() over RPC with budget and journal", calls] as const]) {
    console.log(`signer latency: ${name}: p50 ${median(values).toFixed(3)} ms`);
  }
  expect(median(times["build + judge + sign"])).toBeGreaterThan(0);
});
