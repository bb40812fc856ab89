import { expect, test } from "vitest";
import { createRpc, type Rpc } from "../../adapters/rpc/client.ts";
import type { Providers } from "../../adapters/rpc/providers.ts";
import { ok } from "../../domain/result.ts";
import { SAMPLE_POLICY } from "../../domain/signing/sample-messages.ts";
import type { SignerPort } from "../../domain/signing/types.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { createTestNode } from "../../localnet/testing/node.ts";
import { prepareSweep } from "./sweep.ts";

const [ADDRESS = "", SWEEP_ADDRESS = ""] = SAMPLE_POLICY.tipAccounts;

test.each([
  [0, "signed"],
  [1_000, "RPC_DISAGREEMENT"],
  [-151, "RPC_DISAGREEMENT"],
])("a sweep on a blockhash said to be good for %d blocks more than it is: %s", async (surplus, expected) => {
  const node = createTestNode({ seed: "sweep" });
  const rpc = createRpc({ url: "http://node.test/rpc", fetch: node.fetch });
  const getLatestBlockhash: Rpc["getLatestBlockhash"] = async () => {
    const reply = await rpc.getLatestBlockhash();
    return reply.ok ? ok({ ...reply.value, lastValidBlockHeight: reply.value.lastValidBlockHeight + surplus }) : reply;
  };
  const providers = { rpc: { ...rpc, getLatestBlockhash } } as unknown as Providers;
  const signed: string[] = [];
  const signer = {
    sign: async ({ intentId }: { intentId: string }) => {
      signed.push(intentId);
      return ok({ signature: encodeBase58(new Uint8Array(64).fill(7)) });
    },
  } as unknown as SignerPort;
  const policy = { ...SAMPLE_POLICY, sweepAddress: SWEEP_ADDRESS, sweepAboveLamports: 1_000_000_000n };
  const sweep = await prepareSweep(signer, { address: ADDRESS, policy } as never, providers, 5_000_000_000n, "sweep:1");
  expect(sweep.ok ? sweep.value?.status : sweep.reason).toBe(expected);
  expect(signed).toEqual(expected === "signed" ? ["sweep:1"] : []);
});
