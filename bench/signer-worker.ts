import { walletFromSecret } from "../adapters/wallet-key.ts";
import { judgeMessage } from "../domain/signing/policy.ts";
import { SAMPLE_BLOCKHASH, SAMPLE_POLICY, sampleAddress, sampleInstructions } from "../domain/signing/sample-messages.ts";
import { compileMessage } from "../domain/solana/build-message.ts";

/**
 * Does in workerd, `n` times a request, what one order costs in computing: `build` the message of a buy
 * with its accounts kept, `judge` it as the signer does, `sign` it. The key comes with the request and is worth nothing.
 */
export default {
  async fetch(request: Request): Promise<Response> {
    const { n, steps, key, coin } = (await request.json()) as { n: number; steps: readonly string[]; key: string; coin: number };
    const wallet = await walletFromSecret(key);
    if (!wallet.ok) return new Response(wallet.reason, { status: 500 });
    const { address } = wallet.value;
    const rules = { wallet: address, policy: SAMPLE_POLICY };
    const build = (mint: number): Uint8Array => {
      const instructions = sampleInstructions("pool-buy", { wallet: address, mint: sampleAddress(mint), tipLamports: 200_000n });
      return compileMessage({ payer: address, instructions, blockhash: SAMPLE_BLOCKHASH });
    };
    let message = build(coin);
    for (let i = 0; i < n; i++) {
      if (steps.includes("build")) message = build(coin);
      if (steps.includes("judge") && !judgeMessage(message, rules).ok) return new Response("refused", { status: 500 });
      if (steps.includes("sign")) await wallet.value.sign(message);
    }
    return new Response(String(message.length));
  },
};

/** The signer's configuration, under which this runs, names it. */
export { Signatures } from "../workers/signer/signatures.ts";
