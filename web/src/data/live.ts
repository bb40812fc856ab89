import type { QueryClient } from "@tanstack/react-query";
import type {
  DecisionView,
  EquityPoint,
  FeedMessage,
  IncidentView,
  IntentView,
  Page,
  PositionView,
  Status,
  TradeView,
} from "../../../domain/api/types.ts";
import { applyIncident, applyIntent, applyPosition, equityId, upsertNewest } from "./lists.ts";

/** Which decisions a list holds. */
export type OutcomeFilter = "ALL" | DecisionView["outcome"];

/** First parts of the query keys; decisions add their filter, equity its range. */
export const KEYS = {
  status: ["status"],
  decisions: ["decisions"],
  positions: ["positions"],
  trades: ["trades"],
  equity: ["equity"],
  performance: ["performance"],
  models: ["models"],
  studies: ["studies"],
  runs: ["runs"],
  experiments: ["experiments"],
  live: ["live"],
  intents: ["intents"],
  risk: ["risk"],
} as const;

export type ListName = keyof typeof KEYS;

/**
 * Patches the cache with one feed message. Applying a message twice changes nothing. Lists that are not
 * loaded yet are left alone: their first fetch brings the entry.
 * @returns the lists that the message outdates beyond what was patched.
 */
export function applyFeedMessage(client: QueryClient, message: FeedMessage): readonly ListName[] {
  switch (message.type) {
    case "hello":
      return [];
    case "decision":
      for (const filter of ["ALL", message.decision.outcome]) {
        patch<DecisionView>(client, [...KEYS.decisions, filter], (page) => upsertNewest(page, message.decision, decisionId, decisionTime));
      }
      return ["status"];
    case "position":
      patch<PositionView>(client, KEYS.positions, (page) => applyPosition(page, message.position));
      return ["status"];
    case "trade":
      patch<TradeView>(client, KEYS.trades, (page) => upsertNewest(page, message.trade, tradeId, tradeTime));
      return ["status", "positions", "performance"];
    case "equity":
      patch<EquityPoint>(client, KEYS.equity, (page) => upsertNewest(page, message.point, equityId, equityTime));
      return ["status"];
    case "incident":
      client.setQueryData<Status>(KEYS.status, (status) => patchIncidents(status, message.incident));
      return ["status", "live"];
    case "intent":
      patch<IntentView>(client, KEYS.intents, (page) => applyIntent(page, message.intent));
      return ["live"];
    case "notice":
      return ["status", "risk", "models", "studies", "runs", "experiments"];
  }
}

export const decisionId = (decision: DecisionView): string => decision.id;
export const decisionTime = (decision: DecisionView): number => decision.atMs;
export const tradeId = (trade: TradeView): string => trade.positionId;
export const tradeTime = (trade: TradeView): number => trade.closedAtMs;
export const equityTime = (point: EquityPoint): number => point.atMs;

export const intentId = (intent: IntentView): string => intent.intentId;

function patchIncidents(status: Status | undefined, incident: IncidentView): Status | undefined {
  return status === undefined ? undefined : { ...status, incidents: applyIncident(status.incidents, incident) };
}

function patch<T>(client: QueryClient, queryKey: readonly string[], change: (page: Page<T>) => Page<T>): void {
  client.setQueriesData<Page<T>>({ queryKey }, (page) => (page === undefined ? undefined : change(page)));
}
