import { describe, expect, test } from "vitest";
import { localSigner } from "../../../adapters/local-signer.ts";
import { createProviders } from "../../../adapters/rpc/providers.ts";
import { createSender } from "../../../adapters/rpc/sender.ts";
import { walletFromSecret } from "../../../adapters/wallet-key.ts";
import { SAMPLE_POLICY } from "../../../domain/signing/sample-messages.ts";
import { isSettled, type PositionEffect } from "../../../domain/trading/position-state.ts";
import { PARAMETERS } from "../../../domain/trading/test-fixtures.ts";
import { createTestNode, type TestNode } from "../../../localnet/testing/node.ts";
import { TestDesk, type TestPosition } from "./test-desk.ts";
import { testSecret } from "./test-wallet.ts";

const SIZE = 100_000_000n;
const FUNDS = 5_000_000_000n;

async function world(seed: string, withSender = false) {
  const node = createTestNode({ seed });
  const secretKey = testSecret(seed);
  const wallet = await walletFromSecret(secretKey);
  if (!wallet.ok) throw new Error(wallet.reason);
  const { address } = wallet.value;
  node.fund(address, FUNDS);
  for (const tipAccount of SAMPLE_POLICY.tipAccounts) node.fund(tipAccount, 1_000_000_000n);
  const providers = createProviders({
    urls: ["http://node.test/rpc", "http://node.test/rpc2"],
    genesis: null,
    fetch: node.fetch,
    now: node.now,
  });
  const desk = new TestDesk({
    rpc: providers.rpc,
    providers: providers.all,
    sender: withSender ? createSender({ url: "http://node.test/sender", fetch: node.fetch }) : null,
    signer: localSigner({ secretKey, policy: SAMPLE_POLICY, nowMs: node.now }),
    wallet: { address, tipAccounts: SAMPLE_POLICY.tipAccounts.slice(0, 3) },
    now: node.now,
    crashes: null,
  });
  return { node, desk, address, lamports: () => node.chain.account(address)?.lamports ?? 0n };
}

async function runUntil(node: TestNode, desk: TestDesk, holds: () => boolean, maxTicks = 400): Promise<void> {
  for (let i = 0; i < maxTicks && !holds(); i++) {
    await desk.run();
    node.tick();
  }
  if (!holds())
    throw new Error(
      `waited in vain; ${JSON.stringify(desk.positions.map(({ live }) => [live.position.status, live.intent?.status, live.intent?.reason, live.intent?.detail]))}`,
    );
}

function entriesOf(position: TestPosition): unknown[] {
  return position.effects
    .filter((effect): effect is Extract<PositionEffect, { type: "journal" }> => effect.type === "journal")
    .map(({ entry }) => entry);
}

describe("a round trip on the TypeScript chain", () => {
  test.each([false, true])("buys and sells through the signer, booked to the lamport and as predicted (Sender: %s)", async (withSender) => {
    const { node, desk, lamports } = await world(`round-trip-${withSender}`, withSender);
    const coin = node.addCoin();
    const position = await desk.open(coin, SIZE, PARAMETERS);
    if (position === null) throw new Error("not opened");
    await runUntil(node, desk, () => position.live.position.status === "open");
    const { costLamports } = position.live.position;
    expect(FUNDS - lamports()).toBe(costLamports);
    position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => isSettled(position.live.position));
    const { proceedsLamports, reason } = position.live.position;
    expect(reason).toBe("EXIT_OPERATOR");
    expect(lamports()).toBe(FUNDS - costLamports + proceedsLamports);
    expect(desk.observations).toMatchObject([
      { kind: "prediction", agreed: true, detail: "" },
      { kind: "prediction", agreed: true, detail: "" },
    ]);
    expect([...position.intents.values()]).toMatchObject([
      { side: "buy", status: "landed" },
      { side: "sell", status: "landed" },
    ]);
    expect(entriesOf(position)).toMatchObject([
      { kind: "position", status: "entering", isDryRun: false },
      { kind: "intent", status: "planned", side: "buy" },
      { kind: "intent", status: "signed" },
      { kind: "intent", status: "sent" },
      { kind: "intent", status: "landed" },
      { kind: "position", status: "open" },
      { kind: "fill", side: "buy" },
      { kind: "position", status: "exiting" },
      { kind: "intent", status: "planned", side: "sell" },
      { kind: "intent", status: "signed" },
      { kind: "intent", status: "sent" },
      { kind: "intent", status: "landed" },
      { kind: "position", status: "closed" },
      { kind: "fill", side: "sell" },
      { kind: "trade" },
    ]);
  });
});
