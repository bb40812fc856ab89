import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LiveStatus, Status } from "../../domain/api/types.ts";
import { confirmationOf, judgedCoin, rehearsed } from "../../localnet/testing/live-session.ts";
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

const balance = (): bigint => node.chain.account(workers.wallet)?.lamports ?? 0n;
const mode = async (): Promise<string> => (await workers.api<Status>("/status")).body.mode;

describe("live trading in workerd", { timeout: 90_000 }, () => {
  test("paper is the mode in force until a person confirms a passing preflight", async () => {
    expect(await mode()).toBe("paper");
    const { body: wallet } = await workers.api<Record<string, unknown>>("/wallet");
    expect(wallet).toMatchObject({ address: workers.wallet, lamports: WALLET_LAMPORTS.toString() });
    expect(await workers.api("/live/enable", { confirmation: "GO LIVE" })).toMatchObject({ status: 409 });
    const confirmation = await confirmationOf(workers);
    expect(await workers.api("/live/enable", { confirmation: `${confirmation} ` })).toMatchObject({ status: 409 });
    expect(await mode()).toBe("paper");
  });

  test("a rehearsal buys and sells through the signer, and the books equal the wallet to the lamport", async () => {
    const mint = await judgedCoin(node, workers);
    const { trade, intents } = await rehearsed(workers, mint);
    expect(trade).toMatchObject({ mint, ledger: "live-A", isDryRun: false, exitReason: "EXIT_REHEARSAL" });
    expect(balance() - WALLET_LAMPORTS).toBe(BigInt(trade.pnlLamports));
    expect(intents.map(({ side, status }) => `${side} ${status}`)).toEqual(["sell landed", "buy landed"]);
    for (const { predicted, actual } of intents) expect(actual).toEqual(predicted);
    const { body: status } = await workers.api<Status>("/status");
    const books = status.ledgers.find(({ ledger }) => ledger === "live-A");
    expect(books).toMatchObject({ cashLamports: balance().toString(), reservedLamports: "0" });
  });

  test("enabled by its confirmation, it is live, and every order lands once", async () => {
    const enabled = await workers.api<LiveStatus>("/live/enable", { confirmation: await confirmationOf(workers) });
    expect(enabled).toMatchObject({ status: 200, body: { mode: "live", wallet: workers.wallet } });
    expect(await mode()).toBe("live");
    const before = balance();
    const { trade, intents } = await rehearsed(workers, await judgedCoin(node, workers, "cashback"));
    expect(balance() - before).toBe(BigInt(trade.pnlLamports));
    expect(intents.filter(({ side, status }) => side === "buy" && status === "landed")).toHaveLength(1);
    expect(await mode()).toBe("live");
  });

  test("the key is in no answer", async () => {
    for (const path of ["/status", "/live", "/wallet", "/intents", "/incidents", "/health"]) {
      const { body } = await workers.api(path);
      expect(JSON.stringify(body)).not.toContain(workers.secretKey);
    }
  });
});
