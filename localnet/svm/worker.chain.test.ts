import { describe, expect, test } from "vitest";
import type { IncidentView } from "../../domain/api/types.ts";
import { judgedCoin, rehearsed } from "../testing/live-session.ts";
import { startWorkers } from "../testing/workers.ts";
import { skippedWithoutPrograms, svmNode } from "./pair.ts";

const WALLET_LAMPORTS = 5_000_000_000n;

describe.skipIf(skippedWithoutPrograms())("the Workers in workerd on the real programs", () => {
  test.each(["normal", "cashback"] as const)(
    "buy and sell a %s coin through the signer, to the lamport",
    async (kind) => {
      const node = svmNode(`worker/${kind}`);
      const workers = await startWorkers({ node, slotMs: 100, walletLamports: WALLET_LAMPORTS });
      try {
        const { trade, intents } = await rehearsed(workers, await judgedCoin(node, workers, kind));
        const left = node.chain.account(workers.wallet)?.lamports ?? 0n;
        expect(left - WALLET_LAMPORTS).toBe(BigInt(trade.pnlLamports));
        expect(intents.map(({ side, status }) => `${side} ${status}`)).toEqual(["sell landed", "buy landed"]);
        for (const { predicted, actual, side, signature } of intents) {
          expect(actual).toEqual(predicted);
          const record = node.transaction(signature ?? "");
          console.log(`${kind} ${side}: ${signature}, ${record?.computeUnits} compute units, fee ${record?.feeLamports} lamports`);
        }
        // The dump is older than the layouts we know: its events are shorter, and that has to be noticed.
        const { body } = await workers.api<{ items: IncidentView[] }>("/incidents");
        expect(body.items.map(({ code }) => code)).toContain("SCHEMA_DRIFT");
      } finally {
        await workers.close();
      }
    },
    180_000,
  );
});
