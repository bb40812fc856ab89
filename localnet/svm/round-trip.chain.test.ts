import { describe, expect, test } from "vitest";
import { localSigner } from "../../adapters/local-signer.ts";
import { createProviders } from "../../adapters/rpc/providers.ts";
import { createSender } from "../../adapters/rpc/sender.ts";
import { walletFromSecret } from "../../adapters/wallet-key.ts";
import { SAMPLE_POLICY } from "../../domain/signing/sample-messages.ts";
import { MAX_WIRE_TRANSACTION_BYTES } from "../../domain/solana/message.ts";
import { isSettled } from "../../domain/trading/position-state.ts";
import { PARAMETERS } from "../../domain/trading/test-fixtures.ts";
import { TestDesk } from "../../workers/trader/live/test-desk.ts";
import { testSecret } from "../../workers/trader/live/test-wallet.ts";
import { serializeTransaction } from "../chain/transaction.ts";
import type { TransactionRecord } from "../chain/types.ts";
import type { TestNode } from "../testing/node.ts";
import { IS_WITHOUT_PROGRAMS, svmNode, typescriptNode } from "./pair.ts";

const SIZE = 500_000_000n;
const FUNDS = 5_000_000_000n;
const MAX_TICKS = 400;

/** Everything that trades live, over a node: providers, Sender, signer, landing. */
async function desk(node: TestNode, seed: string, withSender: boolean) {
  const secretKey = testSecret(seed);
  const wallet = await walletFromSecret(secretKey);
  if (!wallet.ok) throw new Error(wallet.reason);
  const { address } = wallet.value;
  node.fund(address, FUNDS);
  for (const tipAccount of SAMPLE_POLICY.tipAccounts) node.fund(tipAccount, 1_000_000_000n);
  const urls = ["http://node.test/rpc", "http://node.test/rpc2"];
  const providers = createProviders({ urls, genesis: null, fetch: node.fetch, now: node.now });
  return {
    address,
    desk: new TestDesk({
      rpc: providers.rpc,
      providers: providers.all,
      sender: withSender ? createSender({ url: "http://node.test/sender", fetch: node.fetch }) : null,
      signer: localSigner({ secretKey, policy: SAMPLE_POLICY, nowMs: node.now }),
      wallet: { address, tipAccounts: SAMPLE_POLICY.tipAccounts.slice(0, 3) },
      now: node.now,
      crashes: null,
    }),
  };
}

/** Buys a coin and sells it again through the signer; returns what was paid, received and left. */
async function roundTrip(node: TestNode, seed: string, kind: "normal" | "cashback" | "classic", withSender: boolean) {
  const coin = node.addCoin({ kind });
  const { desk: live, address } = await desk(node, seed, withSender);
  const position = await live.open(coin, SIZE, PARAMETERS);
  if (position === null) throw new Error("not opened");
  const until = async (holds: () => boolean): Promise<void> => {
    for (let i = 0; i < MAX_TICKS && !holds(); i++) {
      await live.run();
      node.tick();
    }
    const { position: state, intent } = position.live;
    if (!holds()) throw new Error(`waited in vain: ${state.status} ${intent?.status} ${intent?.reason} ${intent?.detail}`);
  };
  await until(() => position.live.position.status === "open");
  const { costLamports, baseAmount } = position.live.position;
  const afterBuy = node.chain.account(address)?.lamports ?? 0n;
  node.trade(coin, { side: "buy", amount: 20_000_000_000n });
  position.feed({ type: "close", nowMs: node.now() });
  await until(() => isSettled(position.live.position));
  const { proceedsLamports } = position.live.position;
  const afterSell = node.chain.account(address)?.lamports ?? 0n;
  expect(FUNDS - afterBuy).toBe(costLamports);
  expect(afterSell - afterBuy).toBe(proceedsLamports);
  const landed = [...position.intents.values()].map(({ status, side }) => `${side} ${status}`);
  const records = landedBy(node, position.intents.values());
  return { costLamports, baseAmount, proceedsLamports, observations: live.observations, landed, records };
}

function landedBy(node: TestNode, intents: Iterable<{ readonly signature: string | null }>): TransactionRecord[] {
  return [...intents].flatMap(({ signature }) => {
    const record = signature === null ? null : node.transaction(signature);
    return record === null ? [] : [record];
  });
}

describe.skipIf(IS_WITHOUT_PROGRAMS)("live trading against the real programs, through the signer", () => {
  test.each([
    ["normal", false],
    ["normal", true],
    ["cashback", true],
    ["classic", true],
  ] as const)(
    "%s coin (Sender: %s): bought and sold as predicted, booked to the lamport, the same on both engines",
    async (kind, withSender) => {
      const seed = `round trip/${kind}/${withSender}`;
      const real = await roundTrip(svmNode(seed), seed, kind, withSender);
      const ours = await roundTrip(typescriptNode(seed), seed, kind, withSender);
      const amounts = ({ costLamports, baseAmount, proceedsLamports }: typeof real) => ({ costLamports, baseAmount, proceedsLamports });
      expect(amounts(ours)).toEqual(amounts(real));
      expect(real.landed).toEqual(["buy landed", "sell landed"]);
      // The dump's events are shorter than today's, which the watch over event sizes reports, as it should.
      expect(real.observations.filter(({ kind: what }) => what !== "event-size")).toMatchObject([
        { kind: "prediction", agreed: true, detail: "" },
        { kind: "prediction", agreed: true, detail: "" },
      ]);
      for (const record of real.records) {
        const bytes = serializeTransaction(record.transaction).length;
        expect(bytes).toBeLessThanOrEqual(MAX_WIRE_TRANSACTION_BYTES);
        console.log(`${kind}, Sender ${withSender}: ${bytes} bytes, ${record.computeUnits} units, ${record.transaction.signatures[0]}`);
      }
    },
  );
});
