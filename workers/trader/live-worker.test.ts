import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { IntentView, LiveStatus, Page, Preflight, Status, TradeView } from "../../domain/api/types.ts";
import { renderRawWebhookEntry } from "../../localnet/chain/render.ts";
import { createTestNode, type TestNode } from "../../localnet/testing/node.ts";
import { startWorkers, type TestWorkers } from "../../localnet/testing/workers.ts";

const WALLET_LAMPORTS = 5_000_000_000n;
let node: TestNode;
let workers: TestWorkers;

/** The sniper Worker and the signer in workerd, on the TypeScript chain, with a slot every 40 ms. */
beforeAll(async () => {
  node = createTestNode({ seed: "live-worker" });
  workers = await startWorkers({ node, slotMs: 40, walletLamports: WALLET_LAMPORTS });
}, 120_000);

afterAll(async () => {
  await workers?.close();
});

/** A coin that the Analyzer has judged, so that it may be rehearsed on. */
async function judgedCoin(): Promise<string> {
  const coin = node.addCoin({ stage: "curve" });
  for (let stranger = 0; stranger < 30; stranger++) node.trade(coin, { side: "buy", amount: 1_000_000_000n, stranger });
  expect(await workers.deliver([renderRawWebhookEntry(node.graduate(coin))])).toBe(200);
  await workers.until(async () => {
    const { body } = await workers.api<Page<{ mint: string; stage: string }>>(`/decisions?mint=${coin.mint}&stage=analyze`);
    return body.items[0] ?? null;
  }, `the Analyzer has judged ${coin.mint}`);
  return coin.mint;
}

async function closedTrade(positionId: string): Promise<TradeView> {
  return workers.until(
    async () => {
      const { body } = await workers.api<Page<TradeView>>("/trades?ledger=live-A");
      return body.items.find((trade) => trade.positionId === positionId) ?? null;
    },
    `${positionId} is closed`,
    60_000,
  );
}

const balance = (): bigint => node.chain.account(workers.wallet)?.lamports ?? 0n;

describe("live trading in workerd", { timeout: 90_000 }, () => {
  test("paper is the mode in force until a person confirms a passing preflight", async () => {
    const { body: status } = await workers.api<Status>("/status");
    expect(status.mode).toBe("paper");
    const { body: wallet } = await workers.api<Record<string, unknown>>("/wallet");
    expect(wallet).toMatchObject({ address: workers.wallet, lamports: WALLET_LAMPORTS.toString() });
    expect(await workers.api("/live/enable", { confirmation: "GO LIVE" })).toMatchObject({ status: 409 });
    const { body: preflight } = await workers.api<Preflight>("/live/preflight", {});
    expect(preflight.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(preflight.ok).toBe(true);
    expect(await workers.api("/live/enable", { confirmation: `${preflight.confirmation} ` })).toMatchObject({ status: 409 });
    expect((await workers.api<Status>("/status")).body.mode).toBe("paper");
  });

  test("a rehearsal buys and sells through the signer, and the books equal the wallet to the lamport", async () => {
    const mint = await judgedCoin();
    const started = await workers.api<{ positionId: string }>("/live/rehearse", { mint });
    expect(started).toMatchObject({ status: 202 });
    const trade = await closedTrade(started.body.positionId);
    expect(trade).toMatchObject({ mint, ledger: "live-A", isDryRun: false, exitReason: "EXIT_REHEARSAL" });
    expect(balance() - WALLET_LAMPORTS).toBe(BigInt(trade.pnlLamports));
    const { body: intents } = await workers.api<Page<IntentView>>(`/intents?positionId=${trade.positionId}`);
    expect(intents.items.map(({ side, status }) => [side, status])).toEqual([
      ["sell", "landed"],
      ["buy", "landed"],
    ]);
    for (const { predicted, actual } of intents.items) expect(actual).toEqual(predicted);
    const { body: status } = await workers.api<Status>("/status");
    const books = status.ledgers.find(({ ledger }) => ledger === "live-A");
    expect(books).toMatchObject({ cashLamports: balance().toString(), reservedLamports: "0" });
  });

  test("enabled by its confirmation, it is live, and every order lands once", async () => {
    const { body: preflight } = await workers.api<Preflight>("/live/preflight", {});
    const enabled = await workers.api<LiveStatus>("/live/enable", { confirmation: preflight.confirmation });
    expect(enabled).toMatchObject({ status: 200, body: { mode: "live", wallet: workers.wallet } });
    expect((await workers.api<Status>("/status")).body.mode).toBe("live");

    const before = balance();
    const mint = await judgedCoin();
    const { body } = await workers.api<{ positionId: string }>("/live/rehearse", { mint });
    const trade = await closedTrade(body.positionId);
    expect(balance() - before).toBe(BigInt(trade.pnlLamports));
    const { body: intents } = await workers.api<Page<IntentView>>(`/intents?positionId=${trade.positionId}`);
    expect(intents.items.filter(({ side, status }) => side === "buy" && status === "landed")).toHaveLength(1);
    expect((await workers.api<Status>("/status")).body.mode).toBe("live");
  });

  test("the key is in no answer", async () => {
    for (const path of ["/status", "/live", "/wallet", "/intents", "/incidents", "/health"]) {
      const { body } = await workers.api(path);
      expect(JSON.stringify(body)).not.toContain(workers.secretKey);
    }
  });
});
