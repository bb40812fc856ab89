import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { IntentView, Page, Preflight, Status, TradeView } from "../../domain/api/types.ts";
import { renderRawWebhookEntry } from "../chain/render.ts";
import type { TestNode } from "../testing/node.ts";
import { startWorkers, type TestWorkers } from "../testing/workers.ts";
import { IS_WITHOUT_PROGRAMS, svmNode } from "./pair.ts";

const WALLET_LAMPORTS = 5_000_000_000n;
/** As long as in the tests of the Workers on the TypeScript chain: a blockhash lives six seconds. */
const SLOT_MS = 40;

const KINDS = ["normal", "cashback"] as const;

describe.skipIf(IS_WITHOUT_PROGRAMS).each(KINDS)(
  "the Workers in workerd against the real programs, %s coin",
  { timeout: 90_000 },
  (kind) => {
    let node: TestNode;
    let workers: TestWorkers;

    beforeAll(async () => {
      node = svmNode(`workers/${kind}`);
      workers = await startWorkers({ node, slotMs: SLOT_MS, walletLamports: WALLET_LAMPORTS });
    }, 120_000);

    afterAll(async () => {
      await workers?.close();
    });

    const balance = (): bigint => node.chain.account(workers.wallet)?.lamports ?? 0n;

    /** A coin that graduated in the real programs and that the Analyzer has judged, from the webhook on. */
    async function judgedCoin(): Promise<string> {
      const coin = node.addCoin({ kind, stage: "curve" });
      for (let stranger = 0; stranger < 20; stranger++) node.trade(coin, { side: "buy", amount: 1_500_000_000n, stranger });
      expect(await workers.deliver([renderRawWebhookEntry(node.graduate(coin))])).toBe(200);
      await workers.until(async () => {
        const { body } = await workers.api<Page<{ mint: string }>>(`/decisions?mint=${coin.mint}&stage=analyze`);
        return body.items[0] ?? null;
      }, `the Analyzer has judged ${coin.mint}`);
      return coin.mint;
    }

    test("the preflight passes on them", async () => {
      const { body } = await workers.api<Preflight>("/live/preflight", {});
      expect(body.checks.filter(({ ok }) => !ok)).toEqual([]);
    });

    test("it is bought and sold through the signer, as predicted and to the lamport", async () => {
      const before = balance();
      const mint = await judgedCoin();
      const started = await workers.api<{ positionId: string }>("/live/rehearse", { mint });
      expect(started, JSON.stringify(started.body)).toMatchObject({ status: 202 });
      const trade = await workers.until(
        async () => {
          const { body } = await workers.api<Page<TradeView>>("/trades?ledger=live-A");
          return body.items.find(({ positionId }) => positionId === started.body.positionId) ?? null;
        },
        "the position is closed",
        60_000,
      );
      expect(trade).toMatchObject({ mint, ledger: "live-A", isDryRun: false });
      expect(balance() - before).toBe(BigInt(trade.pnlLamports));
      const { body: intents } = await workers.api<Page<IntentView>>(`/intents?positionId=${trade.positionId}`);
      expect(intents.items.map(({ side, status }) => `${side} ${status}`)).toEqual(["sell landed", "buy landed"]);
      for (const { predicted, actual } of intents.items) expect(actual).toEqual(predicted);
      const { body: status } = await workers.api<Status>("/status");
      expect(status.ledgers.find(({ ledger }) => ledger === "live-A")).toMatchObject({
        cashLamports: balance().toString(),
        reservedLamports: "0",
      });
      for (const { side, signature } of intents.items) {
        const record = node.transaction(signature ?? "");
        expect(record?.err).toBeNull();
        console.log(`${kind} ${side}: ${signature}, ${record?.computeUnits} units`);
      }
    });

    test("the watch has seen that these programs are not today's: their events are shorter, and no other coin is bought", async () => {
      const mint = await judgedCoin();
      expect(await workers.api("/live/rehearse", { mint })).toMatchObject({ status: 409, body: { reason: "SCHEMA_DRIFT" } });
    });
  },
);
