import { findSignature } from "../../../adapters/rpc/agreement.ts";
import type { SignatureStatus } from "../../../adapters/rpc/client.ts";
import { ok, type Refusal, type Result, refuse } from "../../../domain/result.ts";
import { PUMP_PROGRAM, PUMP_SWAP_PROGRAM } from "../../../domain/solana/programs.ts";
import { bookTrade, costInVain } from "../../../domain/trading/landing/book.ts";
import { type ConfirmedTransaction, contradiction, describeError, parseConfirmed } from "../../../domain/trading/landing/confirmed.ts";
import { oddEvents } from "../../../domain/trading/landing/event-sizes.ts";
import type { Intent, Prepared, Seen } from "../../../domain/trading/landing/intent.ts";
import { programError } from "../../../domain/trading/landing/simulation.ts";
import type { Signature } from "../../../domain/units.ts";
import type { IntentStore, Landed, LandingPorts } from "./ports.ts";

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
  const shown = await (ports.codec?.read ?? readLanded)(intent, ports);
  const nowMs = ports.now();
  if (!shown.ok) return void store.apply({ type: "stalled", nowMs, reason: shown.reason, detail: shown.detail ?? null });
  const { slot, failed, detail, feeLamports, booking, costInVainLamports: costLamports } = shown.value;
  // The transaction itself is the better witness of how it ended.
  if (failed !== seen.failed) store.apply({ type: "seen", nowMs, seen: { slot, failed, detail } });
  if (failed) {
    store.apply({ type: "reverted", nowMs, networkCostLamports: feeLamports, detail });
    return;
  }
  if (!booking.ok) {
    const why = describe(booking);
    if (costLamports === null) return void store.apply({ type: "stalled", nowMs, reason: "OUTCOME_UNKNOWN", detail: why });
    store.apply({ type: "moved-nothing", nowMs, costLamports, detail: booking.detail ?? null });
    ports.observe({ kind: "prediction", intentId: intent.id, agreed: false, detail: why });
    return;
  }
  const { differences } = booking.value;
  store.apply({ type: "booked", nowMs, booking: booking.value });
  ports.observe({ kind: "prediction", intentId: intent.id, agreed: differences.length === 0, detail: differences.join("; ") });
}

/**
 * Books, in place of an unsigned buy, an earlier one that was held for expired and landed after all.
 * @returns whether there was one
 */
export async function bookLate(store: IntentStore, ports: LandingPorts): Promise<boolean> {
  for (const earlier of store.earlier()) {
    const { side, signature, prepared, status } = earlier;
    if (side !== "buy" || status !== "expired" || signature === null || prepared === null) continue;
    const shown = await (ports.codec?.read ?? readLanded)(earlier, ports);
    if (!shown.ok || !shown.value.booking.ok) continue;
    const { booking } = shown.value;
    const seen = { slot: shown.value.slot, failed: false, detail: null };
    store.apply({ type: "late", nowMs: ports.now(), earlier, seen, booking: booking.value });
    const { differences } = booking.value;
    ports.observe({ kind: "prediction", intentId: earlier.id, agreed: differences.length === 0, detail: differences.join("; ") });
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

/** What the transaction of an intent did; what is odd about it is observed on the way. Refuses as `readConfirmed`. */
async function readLanded(intent: Intent, ports: LandingPorts): Promise<Result<Landed>> {
  const { signature, prepared, side } = intent;
  if (signature === null || prepared === null) return refuse("OUTCOME_UNKNOWN", "nothing was signed");
  const shown = await readConfirmed(signature, prepared, ports);
  if (!shown.ok) return shown;
  const confirmed = shown.value;
  const { transaction, err, feeLamports, slot } = confirmed;
  observeTransaction(intent, confirmed, ports);
  const booking = bookTrade(side, prepared, confirmed);
  const movedNothing = !booking.ok && booking.reason === "TX_MOVED_NOTHING";
  return ok({
    slot,
    failed: transaction.failed,
    detail: err === null ? null : describeError(err),
    feeLamports,
    booking,
    costInVainLamports: movedNothing ? costInVain(prepared, confirmed) : null,
  });
}

/**
 * The transaction as the providers show it. One that has it is enough, since an exit must not wait for
 * the other. Refuses with RPC_DISAGREEMENT when two tell its outcome, its fee or our balances
 * differently, and with OUTCOME_UNKNOWN while none shows it.
 */
async function readConfirmed(
  signature: Signature,
  { basis }: Prepared,
  { providers }: LandingPorts,
): Promise<Result<ConfirmedTransaction>> {
  const replies = await Promise.all(
    providers.map(async ({ rpc }): Promise<Result<ConfirmedTransaction>> => {
      const reply = await rpc.getTransaction(signature);
      const parsed = reply.ok ? parseConfirmed(reply.value) : reply;
      return parsed.ok && parsed.value.transaction.signature !== signature ? refuse("TX_MALFORMED", "another transaction") : parsed;
    }),
  );
  const ours = [basis.wallet, basis.baseAccount, ...(basis.venue === "pool" ? [basis.quoteAccount] : [])];
  const shown = replies.flatMap((reply) => (reply.ok ? [reply.value] : []));
  const [first, ...others] = shown;
  if (first === undefined) return refuse("OUTCOME_UNKNOWN", replies.map((reply) => (reply.ok ? "" : describe(reply))).join("; "));
  const differs = others.map((other) => contradiction(first, other, ours)).find((what) => what !== null) ?? null;
  return differs === null ? ok(first) : refuse("RPC_DISAGREEMENT", `providers show another ${differs} of ${signature}`);
}

function describe({ reason, detail }: Refusal): string {
  return detail === undefined ? reason : `${reason}: ${detail}`;
}

function observeTransaction(intent: Intent, { transaction, err }: ConfirmedTransaction, ports: LandingPorts): void {
  const programs = transaction.instructions.map(({ programId }) => programId);
  const custom = programError(err, transaction.logs, programs);
  if (custom !== null) ports.observe({ kind: "custom-error", ...custom, where: `${intent.id} on chain` });
  for (const { event, bytes } of oddEvents(transaction, [PUMP_PROGRAM, PUMP_SWAP_PROGRAM]))
    ports.observe({ kind: "event-size", event, bytes, where: intent.id });
}
