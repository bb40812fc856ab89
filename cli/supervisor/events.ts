import type {
  DecisionView,
  FeedMessage,
  IncidentView,
  IntentView,
  ModelView,
  PositionView,
  RunView,
  StudyView,
  TradeView,
} from "../../domain/api/types.ts";

/** One thing worth a line in the progress log. Text fields may hold strangers' text: format before printing. */
export type ProgressEvent =
  | { readonly kind: "step"; readonly text: string }
  | { readonly kind: "warning"; readonly text: string }
  | { readonly kind: "ready"; readonly url: string; readonly seconds: number }
  | { readonly kind: "mode"; readonly mode: "paper" | "live"; readonly text: string }
  | { readonly kind: "judged"; readonly decision: DecisionView }
  | { readonly kind: "bought"; readonly position: PositionView }
  | { readonly kind: "sold"; readonly trade: TradeView }
  | { readonly kind: "model"; readonly model: ModelView }
  | { readonly kind: "search"; readonly study: StudyView }
  | { readonly kind: "run"; readonly run: RunView }
  | { readonly kind: "intent"; readonly intent: IntentView }
  | { readonly kind: "incident"; readonly incident: IncidentView }
  | { readonly kind: "notice"; readonly topic: string; readonly text: string };

/** Statuses of an order that a person wants to hear of; the steps before are its own business. */
const TOLD_INTENTS: ReadonlySet<string> = new Set(["landed", "failed", "expired", "unknown"]);

/**
 * Turns feed messages into progress events: a decision is told once per stage, a position once when it
 * opens (its later updates are marks), a trade once, a live order when its outcome is known or cannot be told,
 * an incident at each change of its status. Keeps the ids it has told, the newest 5,000.
 */
export function createFeedReader(): (message: FeedMessage) => ProgressEvent[] {
  const told = new Set<string>();
  function first(id: string): boolean {
    if (told.has(id)) return false;
    told.add(id);
    const oldest = told.size > 5_000 ? told.values().next().value : undefined;
    if (oldest !== undefined) told.delete(oldest);
    return true;
  }
  return (message) => {
    switch (message.type) {
      case "decision":
        return first(`decision:${message.decision.id}`) ? [{ kind: "judged", decision: message.decision }] : [];
      case "position":
        return message.position.status === "open" && first(`position:${message.position.positionId}`)
          ? [{ kind: "bought", position: message.position }]
          : [];
      case "trade":
        return first(`trade:${message.trade.positionId}`) ? [{ kind: "sold", trade: message.trade }] : [];
      case "intent":
        return TOLD_INTENTS.has(message.intent.status) && first(`intent:${message.intent.intentId}:${message.intent.status}`)
          ? [{ kind: "intent", intent: message.intent }]
          : [];
      case "incident":
        return first(`incident:${message.incident.incidentId}:${message.incident.status}`)
          ? [{ kind: "incident", incident: message.incident }]
          : [];
      case "notice":
        return [{ kind: "notice", topic: message.kind, text: message.text }];
      case "hello":
      case "equity":
        return [];
    }
  };
}
