import type { IntentRecord, IntentStatus, TradeCosts } from "../../journal/entry.ts";
import type { ReasonCode } from "../../reasons.ts";
import type { Address, Signature, UnixMs } from "../../units.ts";
import type { Market } from "../market.ts";
import type { Fill, Order, PositionEvent, PositionPlan } from "../position-state.ts";
import type { LedgerId } from "../signal.ts";
import type { TradeBasis } from "./basis.ts";

/** A transaction ready to be signed: the message, what it may cost and what it should move. */
export interface Prepared {
  readonly preparedAtMs: UnixMs;
  readonly messageBase64: string;
  /** Of the blockhash that the message carries; no later answer changes it. */
  readonly lastValidBlockHeight: number;
  readonly computeUnitLimit: number;
  readonly priorityFeeLamports: bigint;
  readonly tipLamports: bigint;
  /** Lamports of a buy, base units of a sell: what the message says, which for a sell is the balance on chain. */
  readonly amountIn: bigint;
  readonly minOut: bigint;
  readonly basis: TradeBasis;
  readonly predicted: TradeCosts;
}

/** What a confirmed transaction moved, and whether that is what the reserves it met predict. */
export interface Booking {
  readonly fill: Fill;
  readonly actual: TradeCosts;
  /** The pool as the transaction left it. */
  readonly market: Market;
  /** The same trade computed on the reserves that the transaction met; null when they cannot be told. */
  readonly expected: TradeCosts | null;
  /** Names and amounts of what differs; empty when the prediction held to the lamport. */
  readonly differences: readonly string[];
}

/** An order of the position that the signer signed and this object does not remember, with what it needs to go on. */
export interface Forgotten
  extends Pick<Order, "id" | "side" | "attempt" | "amountIn" | "minOut" | "slippageBps" | "isPart" | "closesAccount"> {
  readonly prepared: Prepared;
  readonly signature: Signature;
  readonly wireBase64: string;
}

/** A status that a node reported for our signature at confirmed or finalized. */
export interface Seen {
  readonly slot: number;
  readonly failed: boolean;
  readonly detail: string | null;
}

/** One order on its way to the chain: at most one signed message, ever. */
export interface Intent {
  /** The order's id. */
  readonly id: string;
  readonly positionId: string;
  readonly ledger: LedgerId;
  readonly mint: Address;
  readonly side: Order["side"];
  readonly attempt: number;
  /** As ordered. */
  readonly amountIn: bigint;
  readonly minOut: bigint;
  /** Of a sale, below the fresh quote. */
  readonly slippageBps: number;
  /** Of a sale: `amountIn` alone, whatever else the wallet holds. */
  readonly isPart: boolean;
  /** Of a sale: with the coin's account. */
  readonly closesAccount: boolean;
  readonly status: IntentStatus;
  /** When the market that its order was decided on was read. */
  readonly marketAtMs: UnixMs;
  readonly createdAtMs: UnixMs;
  readonly prepared: Prepared | null;
  readonly signature: Signature | null;
  readonly wireBase64: string | null;
  readonly signedAtMs: UnixMs | null;
  readonly sends: number;
  readonly firstSendAtMs: UnixMs | null;
  readonly lastSendAtMs: UnixMs | null;
  /** Sent since the chain was last asked for it. However long a send takes, a look comes before the next one. */
  readonly isLookDue: boolean;
  /** Looks past the expiry at which no provider knew the signature, and the last of them. */
  readonly absences: number;
  readonly absentAtMs: UnixMs | null;
  readonly seen: Seen | null;
  readonly booking: Booking | null;
  readonly reason: ReasonCode | null;
  readonly detail: string | null;
  /** Paid for a transaction that landed and failed, or moved nothing. */
  readonly networkCostLamports: bigint;
  /** Steps in a row that an outside fault kept from going on. */
  readonly stalls: number;
  /** Not to be looked at before this. */
  readonly nextAtMs: UnixMs;
  /** Why it is not to be signed any more: it ends once the signer says that it was not. Null: nothing against it. */
  readonly withdrawal: ReasonCode | null;
  /** What a person was told about it, if anything. */
  readonly alarm: ReasonCode | null;
  /** Numbers the intent's journal records. */
  readonly records: number;
}

export type IntentEvent =
  /** A message was built and passes in simulation. */
  | { readonly type: "prepared"; readonly nowMs: UnixMs; readonly prepared: Prepared }
  /** Nothing was signed and nothing will be. */
  | { readonly type: "refused"; readonly nowMs: UnixMs; readonly reason: ReasonCode; readonly detail: string | null }
  /** An outside service did not answer: the same step again later. */
  | { readonly type: "stalled"; readonly nowMs: UnixMs; readonly reason: ReasonCode; readonly detail: string | null }
  /** An earlier buy of the position, held for expired, landed after all. */
  | { readonly type: "late"; readonly nowMs: UnixMs; readonly earlier: Intent; readonly seen: Seen; readonly booking: Booking }
  /** The order is to be given up; only an unsigned one can be. */
  | { readonly type: "withdrawn"; readonly nowMs: UnixMs; readonly reason: ReasonCode }
  /** The signer signed the order before, in a life that this object does not remember. */
  | { readonly type: "remembered"; readonly nowMs: UnixMs; readonly forgotten: Forgotten }
  | { readonly type: "signed"; readonly nowMs: UnixMs; readonly signature: Signature; readonly wireBase64: string }
  /** The bytes are about to leave. */
  | { readonly type: "sending"; readonly nowMs: UnixMs }
  | { readonly type: "send-answered"; readonly nowMs: UnixMs; readonly accepted: boolean; readonly detail: string | null }
  /** A node knows the signature at confirmed or finalized. */
  | { readonly type: "seen"; readonly nowMs: UnixMs; readonly seen: Seen }
  /** No final status yet: a node has it in a processed block, or it may still land. */
  | { readonly type: "pending"; readonly nowMs: UnixMs; readonly processed: boolean }
  /** The expiry is past by every provider's own height and none of them knows the signature, history searched. */
  | { readonly type: "absent"; readonly nowMs: UnixMs }
  /** The expiry is past, but not every provider can be asked. */
  | { readonly type: "unanswered"; readonly nowMs: UnixMs; readonly detail: string }
  | { readonly type: "booked"; readonly nowMs: UnixMs; readonly booking: Booking }
  /** It landed, and the chain shows that it moved no tokens. */
  | { readonly type: "moved-nothing"; readonly nowMs: UnixMs; readonly costLamports: bigint; readonly detail: string | null }
  | { readonly type: "reverted"; readonly nowMs: UnixMs; readonly networkCostLamports: bigint; readonly detail: string | null };

export type IntentEffect =
  | { readonly type: "journal"; readonly entry: IntentRecord }
  /** "past": it will not go away by itself. */
  | { readonly type: "raise"; readonly code: ReasonCode; readonly detail: string; readonly cause: "lasts" | "past" }
  | { readonly type: "clear"; readonly code: ReasonCode };

export interface IntentStep {
  readonly intent: Intent;
  readonly effects: readonly IntentEffect[];
}

/** What the performer has to do next; null when the intent has ended. */
export type IntentAction = "prepare" | "sign" | "send" | "poll" | "book";

/** Distance of two looks at a signature: about a slot and a half. */
export const POLL_MS = 600;
/** The same bytes go out again this often (solana.com docs/advanced/retry: 0.5 to 2 s). */
export const RESEND_MS = 1_000;
/** Longest pause while an outside service does not answer. */
const MAX_STALL_MS = 10_000;
/** Looks past the expiry that must find nothing, this far apart. */
export const ABSENCES_TO_EXPIRE = 2;
const ABSENCE_GAP_MS = 2_000;
/** A blockhash lives about 60 to 90 s: an outcome still unknown after this is a person's business. */
const UNKNOWN_ALARM_MS = 180_000;
/** A sale that nobody lets us build or sign for this long. */
const UNSENT_ALARM_MS = 60_000;

const TERMINAL: ReadonlySet<IntentStatus> = new Set(["landed", "failed", "expired"]);

export function isTerminal(intent: Pick<Intent, "status">): boolean {
  return TERMINAL.has(intent.status);
}

/** The intent of an order, planned and journalled; nothing has been done for it yet. */
export function plannedIntent(plan: Pick<PositionPlan, "positionId" | "ledger" | "signal">, order: Order, nowMs: UnixMs): IntentStep {
  return journalled(
    {
      id: order.id,
      positionId: plan.positionId,
      ledger: plan.ledger,
      mint: plan.signal.mint,
      side: order.side,
      attempt: order.attempt,
      amountIn: order.amountIn,
      minOut: order.minOut,
      slippageBps: order.slippageBps,
      isPart: order.isPart,
      closesAccount: order.closesAccount,
      marketAtMs: order.marketAtMs,
      status: "planned",
      createdAtMs: nowMs,
      prepared: null,
      signature: null,
      wireBase64: null,
      signedAtMs: null,
      sends: 0,
      firstSendAtMs: null,
      lastSendAtMs: null,
      isLookDue: false,
      absences: 0,
      absentAtMs: null,
      seen: null,
      booking: null,
      reason: null,
      detail: null,
      networkCostLamports: 0n,
      stalls: 0,
      nextAtMs: nowMs,
      withdrawal: null,
      alarm: null,
      records: 0,
    },
    nowMs,
  );
}

/**
 * The life of an intent: planned → signed → sent or unknown → landed, failed or expired. The first
 * signature is the only one, an ended intent never changes, and what was signed ends only by what
 * the chain says: seen there, or past its expiry and unknown to everybody, twice. An event that does
 * not fit the state changes nothing.
 */
export function reduceIntent(intent: Intent, event: IntentEvent): IntentStep {
  if (isTerminal(intent)) return same(intent);
  const { nowMs } = event;
  switch (event.type) {
    case "prepared":
      if (intent.signature !== null || intent.prepared !== null) return same(intent);
      return quiet({ ...intent, prepared: event.prepared, stalls: 0, reason: null, detail: null, nextAtMs: nowMs });
    case "refused":
      return refused(intent, event.reason, event.detail, nowMs);
    case "late":
      return late(intent, event.earlier, event.seen, event.booking, nowMs);
    case "withdrawn":
      if (intent.signature !== null || intent.withdrawal !== null) return same(intent);
      return quiet({ ...intent, withdrawal: event.reason, nextAtMs: nowMs });
    case "remembered":
      return remembered(intent, event.forgotten, nowMs);
    case "stalled":
      return stalled(intent, event.reason, event.detail, nowMs);
    case "signed":
      if (intent.signature !== null || intent.prepared === null) return same(intent);
      return journalled(
        {
          ...intent,
          status: "signed",
          signature: event.signature,
          // A buy that is no longer wanted is not sent; it may have been, by a life before a restore.
          wireBase64: intent.withdrawal === null ? event.wireBase64 : null,
          signedAtMs: nowMs,
          stalls: 0,
          reason: null,
          detail: null,
          nextAtMs: nowMs,
        },
        nowMs,
      );
    case "sending":
      if (intent.signature === null || intent.seen !== null) return same(intent);
      return quiet({
        ...intent,
        sends: intent.sends + 1,
        firstSendAtMs: intent.firstSendAtMs ?? nowMs,
        lastSendAtMs: nowMs,
        isLookDue: true,
        nextAtMs: nowMs + POLL_MS,
      });
    case "send-answered":
      return sendAnswered(intent, event.accepted, event.detail, nowMs);
    case "seen":
      if (intent.signature === null) return same(intent);
      return quiet({ ...intent, seen: event.seen, absences: 0, absentAtMs: null, stalls: 0, nextAtMs: nowMs });
    case "pending": {
      if (intent.signature === null) return same(intent);
      const absences = event.processed ? { absences: 0, absentAtMs: null } : {};
      return alarm({ ...intent, ...absences, isLookDue: false, stalls: 0, nextAtMs: nowMs + POLL_MS }, "still not final", nowMs);
    }
    case "absent":
      return absent(intent, nowMs);
    case "unanswered":
      return unanswered(intent, event.detail, nowMs);
    case "booked": {
      if (intent.seen === null || intent.seen.failed) return same(intent);
      return ended({ ...intent, booking: event.booking }, "landed", null, event.booking.differences.join("; ") || null, nowMs);
    }
    case "moved-nothing":
      if (intent.seen === null || intent.seen.failed) return same(intent);
      return ended({ ...intent, networkCostLamports: event.costLamports }, "failed", "TX_MOVED_NOTHING", event.detail, nowMs);
    case "reverted":
      if (intent.seen === null || !intent.seen.failed) return same(intent);
      return ended({ ...intent, networkCostLamports: event.networkCostLamports }, "failed", "TX_REVERTED", event.detail, nowMs);
  }
}

/** What to do for the intent once `nextAtMs` is reached. */
export function nextAction(intent: Intent, nowMs: UnixMs): IntentAction | null {
  if (isTerminal(intent)) return null;
  if (intent.signature === null) return intent.prepared === null ? "prepare" : "sign";
  if (intent.seen !== null) return "book";
  if (intent.wireBase64 === null) return "poll";
  if (intent.lastSendAtMs === null) return "send";
  return !intent.isLookDue && nowMs - intent.lastSendAtMs >= RESEND_MS ? "send" : "poll";
}

/** How an ended intent settles its order; null while it is under way. */
export function outcomeOf(intent: Intent, nowMs: UnixMs): Extract<PositionEvent, { type: "filled" | "failed" }> | null {
  if (!isTerminal(intent)) return null;
  if (intent.booking !== null)
    return { type: "filled", nowMs, orderId: intent.id, fill: intent.booking.fill, market: { ...intent.booking.market, atMs: nowMs } };
  const reason = intent.reason ?? "LANDING_FAILED";
  return { type: "failed", nowMs, orderId: intent.id, reason, networkCostLamports: intent.networkCostLamports };
}

function refused(intent: Intent, reason: ReasonCode, detail: string | null, nowMs: UnixMs): IntentStep {
  if (intent.signature !== null) return same(intent);
  const step = ended(intent, "failed", reason, detail, nowMs);
  return reason === "ALREADY_HELD" && intent.attempt > 1
    ? withHeld(step, "an account of the coin is there after an earlier attempt")
    : step;
}

/** The order goes on from its signature. A buy is not sent again: it counts if it landed, but is no longer brought about. */
function remembered(intent: Intent, { prepared, signature, wireBase64, id, ...terms }: Forgotten, nowMs: UnixMs): IntentStep {
  if (intent.signature !== null || intent.id !== id) return same(intent);
  const { amountIn, minOut, slippageBps, isPart, closesAccount } = terms;
  const signed: Intent = {
    ...intent,
    ...{ amountIn, minOut, slippageBps, isPart, closesAccount, prepared, signature },
    status: "signed",
    wireBase64: intent.side === "buy" ? null : wireBase64,
    signedAtMs: nowMs,
    stalls: 0,
    reason: null,
    detail: "signed before, and forgotten since",
    nextAtMs: nowMs,
  };
  return journalled(signed, nowMs);
}

/** The present order is settled by what the earlier one brought, and takes over its transaction. */
function late(intent: Intent, earlier: Intent, seen: Seen, booking: Booking, nowMs: UnixMs): IntentStep {
  const isOurs = earlier.positionId === intent.positionId && earlier.side === intent.side && earlier.id !== intent.id;
  if (intent.signature !== null || !isOurs) return same(intent);
  const { prepared, signature, wireBase64, signedAtMs } = earlier;
  const what = `${earlier.id} landed although it had expired`;
  return withHeld(ended({ ...intent, prepared, signature, wireBase64, signedAtMs, seen, booking }, "landed", null, what, nowMs), what);
}

/** Tokens that no order is known to have brought: a person has to look, whatever comes of it. */
function withHeld({ intent, effects }: IntentStep, what: string): IntentStep {
  return { intent, effects: [...effects, { type: "raise", code: "ALREADY_HELD", detail: `${intent.id}: ${what}`, cause: "past" }] };
}

function stalled(intent: Intent, reason: ReasonCode, detail: string | null, nowMs: UnixMs): IntentStep {
  const stalls = intent.stalls + 1;
  // What is signed has a minute to land: it goes on being sent while the answers are missing.
  const longestMs = intent.signature === null ? MAX_STALL_MS : 2 * RESEND_MS;
  const pauseMs = Math.min(POLL_MS * 2 ** Math.min(stalls - 1, 10), longestMs);
  const next = {
    ...intent,
    isLookDue: false,
    stalls,
    nextAtMs: nowMs + pauseMs,
    ...(intent.signature === null ? { reason, detail } : { detail }),
  };
  return alarm(next, `${reason}: ${detail ?? ""}`, nowMs, intent.seen !== null && reason === "RPC_DISAGREEMENT");
}

function sendAnswered(intent: Intent, accepted: boolean, detail: string | null, nowMs: UnixMs): IntentStep {
  if (intent.signature === null || intent.seen !== null) return same(intent);
  // No answer says nothing about whether the bytes arrived.
  const status = accepted ? "sent" : intent.status === "sent" ? "sent" : "unknown";
  const next: Intent = { ...intent, status, detail: accepted ? null : detail };
  return status === intent.status ? quiet(next) : journalled(next, nowMs);
}

function absent(intent: Intent, nowMs: UnixMs): IntentStep {
  if (intent.signature === null || intent.seen !== null) return same(intent);
  const next = { ...intent, isLookDue: false, stalls: 0, nextAtMs: nowMs + ABSENCE_GAP_MS };
  if (intent.absentAtMs !== null && Math.abs(nowMs - intent.absentAtMs) < ABSENCE_GAP_MS) return quiet(next);
  const absences = intent.absences + 1;
  return absences >= ABSENCES_TO_EXPIRE
    ? ended({ ...intent, absences }, "expired", "TX_EXPIRED", null, nowMs)
    : quiet({ ...next, absences, absentAtMs: nowMs });
}

function unanswered(intent: Intent, detail: string, nowMs: UnixMs): IntentStep {
  if (intent.signature === null || intent.seen !== null) return same(intent);
  const unknown: Intent = { ...intent, status: "unknown", reason: "OUTCOME_UNKNOWN" };
  const step = stalled(unknown, "OUTCOME_UNKNOWN", detail, nowMs);
  if (intent.status === "unknown") return step;
  const { intent: next, effects } = journalled(step.intent, nowMs);
  return { intent: next, effects: [...effects, ...step.effects] };
}

/**
 * Tells a person, once, that a signed transaction's outcome stays unknown, that two nodes show it
 * differently, or that a sale cannot even be sent.
 */
function alarm(intent: Intent, detail: string, nowMs: UnixMs, isContradicted = false): IntentStep {
  const { signedAtMs, side, createdAtMs } = intent;
  const isUnknown = signedAtMs !== null && nowMs - signedAtMs >= UNKNOWN_ALARM_MS;
  const isUnsent = signedAtMs === null && side === "sell" && nowMs - createdAtMs >= UNSENT_ALARM_MS;
  if (intent.alarm !== null || (!isContradicted && !isUnknown && !isUnsent)) return quiet(intent);
  const code = isContradicted ? "RPC_DISAGREEMENT" : isUnknown ? "OUTCOME_UNKNOWN" : "EXIT_STUCK";
  return { intent: { ...intent, alarm: code }, effects: [{ type: "raise", code, detail: `${intent.id}: ${detail}`, cause: "lasts" }] };
}

function ended(
  intent: Intent,
  status: "landed" | "failed" | "expired",
  reason: ReasonCode | null,
  detail: string | null,
  nowMs: UnixMs,
): IntentStep {
  const step = journalled({ ...intent, status, reason, detail }, nowMs);
  return intent.alarm === null ? step : { ...step, effects: [...step.effects, { type: "clear", code: intent.alarm } as const] };
}

function journalled(intent: Intent, nowMs: UnixMs): IntentStep {
  const next = { ...intent, records: intent.records + 1 };
  return { intent: next, effects: [{ type: "journal", entry: intentRecord(next, nowMs) }] };
}

function quiet(intent: Intent): IntentStep {
  return { intent, effects: [] };
}

function same(intent: Intent): IntentStep {
  return { intent, effects: [] };
}

/** Journal record of an intent as it stands. */
export function intentRecord(intent: Intent, atMs: UnixMs): IntentRecord {
  const { prepared, booking } = intent;
  return {
    kind: "intent",
    id: `intent:${intent.id}:${intent.records}`,
    atMs,
    intentId: intent.id,
    positionId: intent.positionId,
    ledger: intent.ledger,
    mint: intent.mint,
    side: intent.side,
    status: intent.status,
    amountIn: (prepared?.amountIn ?? intent.amountIn).toString(),
    minOut: (prepared?.minOut ?? intent.minOut).toString(),
    signature: intent.signature,
    lastValidBlockHeight: prepared?.lastValidBlockHeight ?? null,
    computeUnitLimit: prepared?.computeUnitLimit ?? null,
    priorityFeeLamports: prepared?.priorityFeeLamports.toString() ?? null,
    tipLamports: prepared?.tipLamports.toString() ?? null,
    sends: intent.sends,
    marketAtMs: intent.marketAtMs ?? null,
    firstSendAtMs: intent.firstSendAtMs ?? null,
    slot: booking?.fill.slot ?? intent.seen?.slot ?? null,
    reason: intent.reason,
    detail: intent.detail,
    predicted: prepared?.predicted ?? null,
    actual: booking?.actual ?? null,
  };
}
