import type { Provider, SignatureStatus } from "../../../adapters/rpc/client.ts";
import { PUMP_PROGRAM, PUMP_SWAP_PROGRAM } from "../../../domain/solana/programs.ts";
import { bookTrade } from "../../../domain/trading/landing/book.ts";
import { type ConfirmedTransaction, describeError, parseConfirmed } from "../../../domain/trading/landing/confirmed.ts";
import { oddEvents } from "../../../domain/trading/landing/event-sizes.ts";
import type { Intent, Seen } from "../../../domain/trading/landing/intent.ts";
import { programError } from "../../../domain/trading/landing/simulation.ts";
import type { IntentStore, LandingPorts } from "./ports.ts";

/**
 * Looks for a signed intent on the chain. That it is not there counts only past its expiry, and then
 * every provider has to say so by its own block height: until then it may still land.
 */
export async function lookUp(store: IntentStore, ports: LandingPorts): Promise<void> {
  const { signature, prepared } = store.current();
  if (signature === null || prepared === null) return;
  const [statuses, height] = await Promise.all([ports.rpc.getSignatureStatuses([signature]), ports.rpc.getBlockHeight()]);
  const status = statuses.ok ? (statuses.value[0] ?? null) : null;
  const seen = seenOf(status);
  if (seen !== null) return see(store, seen, ports);
  if (status !== null) return void store.apply({ type: "pending", nowMs: ports.now(), processed: true });
  if (!height.ok) return void store.apply({ type: "stalled", nowMs: ports.now(), reason: height.reason, detail: height.detail ?? null });
  if (height.value <= prepared.lastValidBlockHeight) return void store.apply({ type: "pending", nowMs: ports.now(), processed: false });
  const looks = await Promise.all(ports.providers.map((provider) => lookPastExpiry(provider, signature, prepared.lastValidBlockHeight)));
  const nowMs = ports.now();
  const found = looks.find((look) => look.found !== null)?.found ?? null;
  const foundSeen = seenOf(found);
  if (foundSeen !== null) return see(store, foundSeen, ports);
  if (found !== null) return void store.apply({ type: "pending", nowMs, processed: true });
  const silent = looks.find((look) => look.silence !== null)?.silence ?? null;
  if (silent === null && looks.length > 0) store.apply({ type: "absent", nowMs });
  else store.apply({ type: "unanswered", nowMs, detail: silent ?? "no provider" });
}

/**
 * Books what a confirmed transaction moved, or what it cost when it failed on chain. Until a node
 * shows the transaction, the intent waits: nothing is booked from a quote.
 */
export async function bookLanded(store: IntentStore, ports: LandingPorts): Promise<void> {
  const intent = store.current();
  const { signature, prepared, seen } = intent;
  if (signature === null || prepared === null || seen === null) return;
  const confirmed = await readConfirmed(signature, ports);
  const nowMs = ports.now();
  if (typeof confirmed === "string") {
    store.apply({ type: "stalled", nowMs, reason: "OUTCOME_UNKNOWN", detail: confirmed });
    return;
  }
  const { transaction, err, feeLamports, slot } = confirmed;
  const detail = err === null ? null : describeError(err);
  // The transaction itself is the better witness of how it ended.
  if (transaction.failed !== seen.failed) store.apply({ type: "seen", nowMs, seen: { slot, failed: transaction.failed, detail } });
  observeTransaction(intent, confirmed, ports);
  if (transaction.failed) {
    store.apply({ type: "reverted", nowMs, networkCostLamports: feeLamports, detail });
    return;
  }
  const booking = bookTrade(intent.side, prepared, confirmed);
  if (!booking.ok) {
    store.apply({ type: "stalled", nowMs, reason: "OUTCOME_UNKNOWN", detail: `${booking.reason}: ${booking.detail ?? ""}` });
    return;
  }
  const { differences } = booking.value;
  store.apply({ type: "booked", nowMs, booking: booking.value });
  ports.observe({ kind: "prediction", intentId: intent.id, agreed: differences.length === 0, detail: differences.join("; ") });
}

function see(store: IntentStore, seen: Seen, ports: LandingPorts): Promise<void> {
  store.apply({ type: "seen", nowMs: ports.now(), seen });
  return bookLanded(store, ports);
}

/** Final enough to book: two thirds of the stake voted for its block. Old transactions carry no status and are final. */
function seenOf(status: SignatureStatus | null): Seen | null {
  if (status === null || status.confirmationStatus === "processed") return null;
  const failed = status.err !== null && status.err !== undefined;
  return { slot: status.slot, failed, detail: failed ? describeError(status.err) : null };
}

interface Look {
  readonly found: SignatureStatus | null;
  /** Why this provider's "not found" is worth nothing; null when it is. */
  readonly silence: string | null;
}

/** Asks one provider, which must be past the expiry itself, and must answer from no earlier slot than that. */
async function lookPastExpiry({ name, rpc }: Provider, signature: string, lastValidBlockHeight: number): Promise<Look> {
  const height = await rpc.getBlockHeight();
  if (!height.ok) return silent(name, height.reason);
  const slot = await rpc.getSlot();
  const lookup = await rpc.getSignatureStatus(signature);
  if (!lookup.ok) return silent(name, lookup.reason);
  if (lookup.value.status !== null) return { found: lookup.value.status, silence: null };
  if (height.value <= lastValidBlockHeight) return silent(name, "not past the expiry");
  if (!slot.ok) return silent(name, slot.reason);
  if (lookup.value.contextSlot < slot.value) return silent(name, "answered from an earlier slot");
  return { found: null, silence: null };
}

function silent(name: string, why: string): Look {
  return { found: null, silence: `${name}: ${why}` };
}

/** The transaction from the first provider that has it; else why not. */
async function readConfirmed(signature: string, { rpc, providers }: LandingPorts): Promise<ConfirmedTransaction | string> {
  let why = "not shown by any provider";
  for (const source of [rpc, ...(providers.length > 1 ? providers.map((provider) => provider.rpc) : [])]) {
    const reply = await source.getTransaction(signature);
    if (!reply.ok) {
      why = reply.reason;
      continue;
    }
    const parsed = parseConfirmed(reply.value);
    if (parsed.ok && parsed.value.transaction.signature === signature) return parsed.value;
    if (parsed.ok || parsed.reason !== "TX_NOT_FOUND") why = parsed.ok ? "another transaction" : `${parsed.reason}: ${parsed.detail ?? ""}`;
  }
  return why;
}

function observeTransaction(intent: Intent, { transaction, err }: ConfirmedTransaction, ports: LandingPorts): void {
  const programs = transaction.instructions.map(({ programId }) => programId);
  const custom = programError(err, transaction.logs, programs);
  if (custom !== null) ports.observe({ kind: "custom-error", ...custom, where: `${intent.id} on chain` });
  for (const { event, bytes } of oddEvents(transaction, [PUMP_PROGRAM, PUMP_SWAP_PROGRAM]))
    ports.observe({ kind: "event-size", event, bytes, where: intent.id });
}
