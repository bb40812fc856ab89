import { QueryClient } from "@tanstack/react-query";
import { describe, expect, test } from "vitest";
import type { DecisionView, EquityPoint, IncidentView, IntentView, Page, Status, TradeView } from "../../../domain/api/types.ts";
import { applyFeedMessage, KEYS } from "./live.ts";

function trade(positionId: string, closedAtMs: number): TradeView {
  return {
    positionId,
    ledger: "paper-A",
    isDryRun: true,
    mint: "m",
    symbol: "s",
    score: 70,
    openedAtMs: 1,
    closedAtMs,
    holdMs: closedAtMs - 1,
    costLamports: "100",
    proceedsLamports: "120",
    feesLamports: "1",
    pnlLamports: "20",
    returnBps: 2_000,
    exitReason: "EXIT_TAKE_PROFIT",
    parameterVersion: "p",
    modelVersion: null,
  };
}

function decision(id: string, outcome: DecisionView["outcome"]): DecisionView {
  return {
    id,
    atMs: 5,
    stage: "analyze",
    outcome,
    mint: "m",
    pool: "p",
    creator: null,
    symbol: "s",
    name: "n",
    signature: "t",
    slot: null,
    source: "webhook",
    reasons: [],
    findings: [],
    score: null,
    parts: null,
    features: null,
    contributions: [],
    explanation: null,
    missing: [],
    liquidityLamports: null,
    parameterVersion: "v",
    modelVersion: null,
    arm: null,
    isDryRun: true,
    latencyMs: 1,
  };
}

describe("applyFeedMessage", () => {
  test("a trade enters the list once and outdates status and positions", () => {
    const client = new QueryClient();
    client.setQueryData<Page<TradeView>>(KEYS.trades, { items: [trade("a", 10)], next: "c" });
    const message = { type: "trade", seq: 1, trade: trade("b", 20) } as const;
    expect(applyFeedMessage(client, message)).toEqual(["status", "positions", "performance"]);
    applyFeedMessage(client, message);
    expect(client.getQueryData<Page<TradeView>>(KEYS.trades)?.items.map((item) => item.positionId)).toEqual(["b", "a"]);
  });

  test("a list that is not loaded stays unloaded", () => {
    const client = new QueryClient();
    applyFeedMessage(client, { type: "trade", seq: 1, trade: trade("b", 20) });
    expect(client.getQueryData(KEYS.trades)).toBeUndefined();
  });

  test("equity points of two ledgers at the same moment are two points", () => {
    const client = new QueryClient();
    client.setQueryData<Page<EquityPoint>>([...KEYS.equity, "1h"], { items: [], next: null });
    for (const ledger of ["paper-A", "paper-B", "paper-A"]) {
      applyFeedMessage(client, { type: "equity", seq: 1, point: { ledger, atMs: 5, equityLamports: "7", drawdownBps: 0 } });
    }
    expect(client.getQueryData<Page<EquityPoint>>([...KEYS.equity, "1h"])?.items).toHaveLength(2);
  });

  test("a decision enters the list of all and the list of its outcome, and no other", () => {
    const client = new QueryClient();
    const filters = ["ALL", "BUY", "DECLINE"];
    for (const filter of filters) client.setQueryData<Page<DecisionView>>([...KEYS.decisions, filter], { items: [], next: null });
    applyFeedMessage(client, { type: "decision", seq: 1, decision: decision("d", "DECLINE") });
    const counts = filters.map((filter) => client.getQueryData<Page<DecisionView>>([...KEYS.decisions, filter])?.items.length);
    expect(counts).toEqual([1, 0, 1]);
  });

  test("a notice outdates what learning changes", () => {
    expect(applyFeedMessage(new QueryClient(), { type: "notice", seq: 1, kind: "model", text: "promoted" })).toEqual(
      expect.arrayContaining(["models", "runs"]),
    );
  });

  test("an order moves to the front with each change, and an older state never comes back", () => {
    const client = new QueryClient();
    const order = (intentId: string, updatedAtMs: number, status: string): IntentView =>
      ({ intentId, updatedAtMs, status }) as unknown as IntentView;
    client.setQueryData<Page<IntentView>>(KEYS.intents, { items: [order("b", 2, "sent"), order("a", 1, "sent")], next: null });
    for (const intent of [order("a", 3, "landed"), order("a", 1, "sent"), order("a", 3, "landed")]) {
      expect(applyFeedMessage(client, { type: "intent", seq: 1, intent })).toEqual(["live"]);
    }
    const items = client.getQueryData<Page<IntentView>>(KEYS.intents)?.items;
    expect(items?.map(({ intentId, status }) => `${intentId} ${status}`)).toEqual(["a landed", "b sent"]);
  });

  test("an incident appears once, changes, and leaves when it is cleared", () => {
    const client = new QueryClient();
    const incident = (status: IncidentView["status"], updatedAtMs: number): IncidentView =>
      ({ incidentId: "i", status, updatedAtMs }) as unknown as IncidentView;
    const shown = (): string[] | undefined => client.getQueryData<Status>(KEYS.status)?.incidents.map(({ status }) => status);
    expect(applyFeedMessage(client, { type: "incident", seq: 1, incident: incident("raised", 1) })).toEqual(["status", "live"]);
    expect(shown()).toBeUndefined();
    client.setQueryData<Status>(KEYS.status, { incidents: [] } as unknown as Status);
    const told: Array<string[] | undefined> = [];
    for (const next of [
      incident("raised", 1),
      incident("raised", 1),
      incident("acknowledged", 2),
      incident("raised", 1),
      incident("cleared", 3),
    ]) {
      applyFeedMessage(client, { type: "incident", seq: 1, incident: next });
      told.push(shown());
    }
    expect(told).toEqual([["raised"], ["raised"], ["acknowledged"], ["acknowledged"], []]);
  });
});
