import { findSignature } from "../../../adapters/rpc/agreement.ts";
import type { SignatureStatus } from "../../../adapters/rpc/client.ts";
import { describeError } from "../../../domain/trading/landing/confirmed.ts";
import type { Booking, Intent, Seen } from "../../../domain/trading/landing/intent.ts";
import type { IntentStore, LandingPorts } from "./ports.ts";

/**
 * Looks for a signed intent on the chain. That it is not there counts only past its expiry, and then
 * every provider has to say so, as `findSignature` asks them: until then it may still land.
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
  const sighting = await findSignature(ports.providers, signature, prepared.lastValidBlockHeight);
  const nowMs = ports.now();
  if (!sighting.ok) return void store.apply({ type: "unanswered", nowMs, detail: `${sighting.reason}: ${sighting.detail ?? ""}` });
  switch (sighting.value.kind) {
    case "found": {
      const found = seenOf(sighting.value.status);
      if (found !== null) return see(store, found, ports);
      return void store.apply({ type: "pending", nowMs, processed: true });
    }
    case "pending":
      return void store.apply({ type: "unanswered", nowMs, detail: "not every provider is past its expiry" });
    case "gone":
      return void store.apply({ type: "absent", nowMs });
  }
}

/**
 * Books what a confirmed transaction moved, or what it cost when it failed on chain or moved nothing. Until a node
 * shows the transaction, the intent waits: nothing is booked from a quote.
 */
export async function bookLanded(store: IntentStore, ports: LandingPorts): Promise<void> {
  const intent = store.current();
  const { signature, prepared, seen } = intent;
  if (signature === null || prepared === null || seen === null) return;
  const shown = await ports.book(intent);
  const nowMs = ports.now();
  if (!shown.ok) return void store.apply({ type: "stalled", nowMs, reason: shown.reason, detail: shown.detail ?? null });
  const { kind, slot } = shown.value;
  const failed = kind === "reverted";
  const detail = failed ? shown.value.detail : null;
  // The transaction itself is the better witness of how it ended.
  if (failed !== seen.failed) store.apply({ type: "seen", nowMs, seen: { slot, failed, detail } });
  switch (shown.value.kind) {
    case "reverted":
      store.apply({ type: "reverted", nowMs, networkCostLamports: shown.value.feeLamports, detail });
      return;
    case "moved-nothing": {
      const { costLamports, detail: why } = shown.value;
      store.apply({ type: "moved-nothing", nowMs, costLamports, detail: why });
      ports.observe({ kind: "prediction", intentId: intent.id, agreed: false, detail: `TX_MOVED_NOTHING: ${why ?? ""}` });
      return;
    }
    case "moved":
      store.apply({ type: "booked", nowMs, booking: shown.value.booking });
      observeBooking(intent, shown.value.booking, ports);
  }
}

/**
 * Books, in place of an unsigned buy, an earlier one that was held for expired and landed after all.
 * @returns whether there was one
 */
export async function bookLate(store: IntentStore, ports: LandingPorts): Promise<boolean> {
  for (const earlier of store.earlier()) {
    const { side, signature, prepared, status } = earlier;
    if (side !== "buy" || status !== "expired" || signature === null || prepared === null) continue;
    const shown = await ports.book(earlier);
    if (!shown.ok || shown.value.kind !== "moved") continue;
    const { slot, booking } = shown.value;
    store.apply({ type: "late", nowMs: ports.now(), earlier, seen: { slot, failed: false, detail: null }, booking });
    observeBooking(earlier, booking, ports);
    return true;
  }
  return false;
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

function observeBooking({ id }: Intent, { differences }: Booking, ports: LandingPorts): void {
  ports.observe({ kind: "prediction", intentId: id, agreed: differences.length === 0, detail: differences.join("; ") });
}
