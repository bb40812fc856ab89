import type { ReasonCode } from "../../../domain/reasons.ts";
import { nextAction } from "../../../domain/trading/landing/intent.ts";
import { bookLanded, bookLate, lookUp } from "./outcome.ts";
import { isPassing } from "./passing.ts";
import type { IntentStore, LandingPorts, TradeContext } from "./ports.ts";

/** A message that could not be signed for this long is given up unsigned: its blockhash and its quote have aged. */
const UNSIGNED_MAX_MS = 20_000;

/**
 * Takes an intent one step on: prepare and simulate, sign, send, look for it, book it. Each step
 * stores what it is about to do before it does it, and goes on from what is stored: it may be cut off
 * at any point, repeated, or run twice at once.
 */
export async function stepIntent(store: IntentStore, context: TradeContext, ports: LandingPorts): Promise<void> {
  switch (nextAction(store.current(), ports.now())) {
    case "prepare":
      return prepare(store, context, ports);
    case "sign":
      return sign(store, context, ports);
    case "send":
      return send(store, ports);
    case "poll":
      return lookUp(store, ports);
    case "book":
      return bookLanded(store, ports);
    case null:
      return;
  }
}

async function prepare(store: IntentStore, context: TradeContext, ports: LandingPorts): Promise<void> {
  const unwanted = unwantedFor(store, context, ports);
  if (unwanted !== null) return giveUp(store, unwanted, null, ports);
  const prepared = await ports.prepare(store.current(), context);
  const nowMs = ports.now();
  if (prepared.ok) {
    store.apply({ type: "prepared", nowMs, prepared: prepared.value });
    return sign(store, context, ports);
  }
  const { reason, detail = null } = prepared;
  if (reason === "ALREADY_HELD" && (await bookLate(store, ports))) return;
  if (isPassing(reason)) return void store.apply({ type: "stalled", nowMs, reason, detail });
  return giveUp(store, reason, detail, ports);
}

/**
 * Ends an order that was not signed, as far as the position knows. A position that was restored to an
 * earlier point does not know, and what was signed may have landed: the signer has the last word, and an
 * order that it signed goes on from there.
 */
async function giveUp(store: IntentStore, reason: ReasonCode, detail: string | null, ports: LandingPorts): Promise<void> {
  const { id } = store.current();
  const signed = await ports.signedFrom(id);
  const nowMs = ports.now();
  if (store.current().id !== id) return;
  if (!signed.ok) store.apply({ type: "stalled", nowMs, reason: signed.reason, detail: signed.detail ?? null });
  else if (signed.value !== null) store.apply({ type: "remembered", nowMs, forgotten: signed.value });
  else store.apply({ type: "refused", nowMs, reason, detail });
}

async function sign(store: IntentStore, context: TradeContext, ports: LandingPorts): Promise<void> {
  // Whoever restarts after this finds the same message, and the signer gives the same signature for it.
  await store.flush();
  const { prepared, signature, status } = store.current();
  if (prepared === null || signature !== null || status !== "planned") return;
  const unwanted = unwantedFor(store, context, ports);
  if (unwanted !== null) return giveUp(store, unwanted, null, ports);
  if (ports.now() - prepared.preparedAtMs > UNSIGNED_MAX_MS) return giveUp(store, "SIGNER_UNAVAILABLE", "unsigned for too long", ports);
  const after = store.earlier().findLast((earlier) => earlier.prepared !== null)?.id ?? null;
  const signed = await ports.sign(store.current(), after);
  const nowMs = ports.now();
  if (!signed.ok) {
    const { reason, detail = null } = signed;
    if (reason === "SIGNER_UNAVAILABLE") return void store.apply({ type: "stalled", nowMs, reason, detail });
    return giveUp(store, reason, detail, ports);
  }
  store.apply({ type: "signed", nowMs, ...signed.value });
  return send(store, ports);
}

/** The same bytes, each time. What the answer says about them matters to nobody but the reader of the journal. */
async function send(store: IntentStore, ports: LandingPorts): Promise<void> {
  const before = store.current();
  if (before.wireBase64 === null || nextAction(before, ports.now()) !== "send") return;
  store.apply({ type: "sending", nowMs: ports.now() });
  await store.flush();
  const answer = await ports.send(before);
  const detail = answer.ok ? null : `${answer.reason}: ${answer.detail ?? ""}`;
  store.apply({ type: "send-answered", nowMs: ports.now(), accepted: answer.ok, detail });
}

/** Why an order is not to be signed any more; null when nothing is against it. */
function unwantedFor(store: IntentStore, { deadlineMs }: TradeContext, { now }: LandingPorts): ReasonCode | null {
  return store.current().withdrawal ?? (deadlineMs !== null && now() > deadlineMs ? "ENTRY_ABANDONED" : null);
}
