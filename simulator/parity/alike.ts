import type { IntentRecord, JournalEntry, OrderRecord, PositionRecord } from "../../domain/journal/entry.ts";
import { stringifyExact } from "../../domain/json.ts";
import { epochAt, epochOfSlot } from "./epochs.ts";
import type { NORMALISED } from "./normalised.ts";
import type { Performance } from "./stage.ts";

/** Any number from here on is a moment in Unix ms: amounts are no numbers, and durations are shorter. */
const LEAST_MOMENT_MS = 1_000_000_000_000;

/** Fields that are not compared, and why. */
const LEFT_OUT: ReadonlyMap<string, keyof typeof NORMALISED> = new Map([
  ["isDryRun", "ledger"],
  ["holdMs", "moments"],
  ["latencyMs", "moments"],
  ["recordedAtMs", "looks"],
  ["updatedAtMs", "looks"],
  ["markedAtMs", "looks"],
  ["markedSlot", "looks"],
  ["records", "counters"],
  ["lockId", "counters"],
  ["equityRecordedAtMs", "equity"],
  ["rejections", "reverted"],
  ["impactBps", "impact"],
]);
/** Of these the moment of a look, too. */
const LOOKED_AT = "mark";
const SLOTS: ReadonlySet<string> = new Set(["slot", "decidedSlot"]);
/** Records whose ids end with a counter. */
const COUNTED: ReadonlySet<string> = new Set(["position", "ledger", "trading-state", "lock"]);

/** Characters of a difference that are shown on either side. */
const CONTEXT = 120;

/** What two performances are compared in: streams of lines, each in its own order. */
export type Account = ReadonlyMap<string, readonly string[]>;

/** A performance without what only its mode makes of it. */
export function accountOf({ ledger, entries, snapshots }: Performance): Account {
  const streams = new Map<string, string[]>();
  const add = (stream: string, line: string): void => {
    const lines = streams.get(stream);
    if (lines === undefined) streams.set(stream, [line]);
    else lines.push(line);
  };
  const positions = new Map<string, string>();
  for (const { entry } of entries) {
    const stream = streamOf(entry);
    if (stream === null || (entry.kind === "position" && isRenewal(entry, positions))) continue;
    add(plain(stream, ledger), lineOf(entry, ledger));
  }
  for (const { epoch, subject, state } of snapshots) add(`${plain(subject, ledger)} at rest`, `${epoch} ${lineOf(state, ledger)}`);
  return streams;
}

/** Whether nothing but the price is new; the price itself is compared at the end of each epoch. */
function isRenewal({ positionId, status, soldBps }: PositionRecord, newest: Map<string, string>): boolean {
  const now = `${status} ${soldBps}`;
  const before = newest.get(positionId);
  newest.set(positionId, now);
  return now === before;
}

/** Entries of one producer are in one order; those of two are not. */
function streamOf(entry: JournalEntry): string | null {
  switch (entry.kind) {
    case "equity":
    case "intent":
      return null;
    case "order":
    case "fill":
    case "position":
    case "trade":
      return entry.positionId;
    case "ledger":
    case "trading-state":
    case "lock":
      return `books of ${entry.ledger}`;
    case "decision":
      return "decisions";
    default:
      return `other ${entry.kind}`;
  }
}

function lineOf(value: unknown, ledger: string): string {
  return stringifyExact(alike(value, "", ledger));
}

function alike(value: unknown, key: string, ledger: string): unknown {
  if (typeof value === "string") return plain(value, ledger);
  if (typeof value === "number") return SLOTS.has(key) ? epochOfSlot(value) : value >= LEAST_MOMENT_MS ? epochAt(value) : value;
  if (Array.isArray(value)) return value.map((one) => alike(one, key, ledger));
  if (typeof value !== "object" || value === null) return value;
  const isCounted = "kind" in value && COUNTED.has(String(value.kind));
  const kept: Record<string, unknown> = {};
  const isAbandoned = "status" in value && value.status === "abandoned";
  for (const [name, one] of Object.entries(value)) {
    if (LEFT_OUT.has(name) || (isCounted && name === "id") || (isAbandoned && name === "attempts")) continue;
    if (key === LOOKED_AT && (name === "atMs" || name === "slot")) continue;
    kept[name] = alike(one, name, ledger);
  }
  return kept;
}

/** A text without the mode's name and without durations up to now. */
function plain(text: string, ledger: string): string {
  return text
    .replaceAll(ledger, "ledger")
    .replace("TX_REVERTED", "SLIPPAGE_EXCEEDED")
    .replace(/^lock-[0-9a-f]{8}$/, "lock")
    .replace(/^\d+ of (\d+) ms$/, "of $1 ms")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, (moment) => `epoch ${epochAt(Date.parse(moment))}`);
}

/** The first thing that two accounts differ in; null when they are the same. */
export function differenceOf(paper: Account, live: Account): string | null {
  for (const stream of new Set([...paper.keys(), ...live.keys()])) {
    const ours = paper.get(stream) ?? [];
    const theirs = live.get(stream) ?? [];
    for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
      if (ours[i] !== theirs[i]) return `${stream}, line ${i + 1}: ${parted(ours[i], theirs[i])}`;
    }
  }
  return null;
}

/** Two lines from a little before where they part. */
function parted(paper = "ends", live = "ends"): string {
  let at = 0;
  while (at < paper.length && paper[at] === live[at]) at++;
  const part = (line: string): string => line.slice(Math.max(0, at - CONTEXT), at + CONTEXT);
  return `${paper.slice(0, CONTEXT)} ...\n  paper ... ${part(paper)}\n  live  ... ${part(live)}`;
}

/** What of a live run's transactions is not what was ordered; null when all of it is. */
export function misorderOf({ entries, world }: Performance): string | null {
  const orders = new Map<string, OrderRecord>();
  const intents = new Map<string, IntentRecord>();
  const fills = new Set<string>();
  for (const { entry } of entries) {
    if (entry.kind === "order") orders.set(entry.orderId, entry);
    if (entry.kind === "intent") intents.set(entry.intentId, entry);
    if (entry.kind === "fill") fills.add(entry.id);
  }
  for (const order of orders.values()) if (!intents.has(order.orderId)) return `${order.orderId} was ordered and never sent`;
  for (const [id, intent] of intents) {
    const order = orders.get(id);
    if (order === undefined && intent.signature === null) continue;
    if (order === undefined) return `${id} was sent and never ordered`;
    const sent = `${intent.side} ${intent.amountIn} for ${intent.minOut}`;
    // A transaction asks for one unit at least.
    const wanted = `${order.side} ${order.amountIn} for ${order.minOut === "0" ? "1" : order.minOut}`;
    if (sent !== wanted) return `${id} was sent as ${sent}, ordered as ${wanted}`;
    if ((intent.status === "landed") !== fills.has(`fill:${id}`)) return `${id} is ${intent.status}, and its fill is not so`;
  }
  return world.raised.length === 0 ? null : `an incident was raised: ${world.raised[0]}`;
}
