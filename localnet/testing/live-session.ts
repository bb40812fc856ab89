import type { IntentView, Page, Preflight, TradeView } from "../../domain/api/types.ts";
import type { Address } from "../../domain/units.ts";
import { renderRawWebhookEntry } from "../chain/render.ts";
import type { CoinKind } from "./coins.ts";
import type { TestNode } from "./node.ts";
import type { TestWorkers } from "./workers.ts";

const CURVE_TRADERS = 30;
const CURVE_BUY_LAMPORTS = 1_000_000_000n;

/** A coin that graduated, was delivered by webhook and judged by the Analyzer, so that it may be rehearsed on. */
export async function judgedCoin(node: TestNode, workers: TestWorkers, kind: CoinKind = "normal"): Promise<Address> {
  const coin = node.addCoin({ kind, stage: "curve" });
  for (let stranger = 0; stranger < CURVE_TRADERS; stranger++) {
    const { err } = node.trade(coin, { side: "buy", amount: CURVE_BUY_LAMPORTS, stranger });
    if (err !== null) throw new Error(`a stranger's buy failed: ${JSON.stringify(err)}`);
  }
  const status = await workers.deliver([renderRawWebhookEntry(node.graduate(coin))]);
  if (status !== 200) throw new Error(`the webhook answered ${status}`);
  await workers.until(async () => {
    const { body } = await workers.api<Page<{ mint: string }>>(`/decisions?mint=${coin.mint}&stage=analyze`);
    return body.items[0] ?? null;
  }, `the Analyzer has judged ${coin.mint}`);
  return coin.mint;
}

/** A finished round trip: the trade, and its orders, the sale first. */
export interface RoundTrip {
  readonly trade: TradeView;
  readonly intents: readonly IntentView[];
}

/** Rehearses on a coin and waits until the books have closed the trade. */
export async function rehearsed(workers: TestWorkers, mint: Address): Promise<RoundTrip> {
  const started = await workers.api<{ positionId: string }>("/live/rehearse", { mint });
  if (started.status !== 202) throw new Error(`refused: ${JSON.stringify(started.body)}`);
  const { positionId } = started.body;
  const trade = await workers.until(
    async () => {
      const { body } = await workers.api<Page<TradeView>>("/trades?ledger=live-A");
      return body.items.find((one) => one.positionId === positionId) ?? null;
    },
    `${positionId} is closed`,
    60_000,
  );
  const { body } = await workers.api<Page<IntentView>>(`/intents?positionId=${positionId}`);
  return { trade, intents: body.items };
}

/** The confirmation text of a passing preflight. */
export async function confirmationOf(workers: TestWorkers): Promise<string> {
  const { body } = await workers.api<Preflight>("/live/preflight", {});
  if (body.confirmation === null) throw new Error(`preflight: ${JSON.stringify(body.checks.filter(({ ok }) => !ok))}`);
  return body.confirmation;
}
