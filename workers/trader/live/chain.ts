import { base58, base64 } from "@scure/base";
import type { Provider, Rpc, SendResult } from "../../../adapters/rpc/client.ts";
import type { Sender } from "../../../adapters/rpc/sender.ts";
import type { Observation } from "../../../domain/live/live-state.ts";
import { ok, type Refusal, type Result, refuse } from "../../../domain/result.ts";
import type { SignerPort } from "../../../domain/signing/types.ts";
import { wireTransaction } from "../../../domain/solana/build-message.ts";
import { PUMP_PROGRAM, PUMP_SWAP_PROGRAM } from "../../../domain/solana/programs.ts";
import { bookTrade, costInVain } from "../../../domain/trading/landing/book.ts";
import { type ConfirmedTransaction, contradiction, describeError, parseConfirmed } from "../../../domain/trading/landing/confirmed.ts";
import { oddEvents } from "../../../domain/trading/landing/event-sizes.ts";
import type { Forgotten, Intent, Prepared } from "../../../domain/trading/landing/intent.ts";
import { fromMemo, memoOf } from "../../../domain/trading/landing/memo.ts";
import type { Route } from "../../../domain/trading/landing/route.ts";
import { programError } from "../../../domain/trading/landing/simulation.ts";
import type { Address, Signature, UnixMs } from "../../../domain/units.ts";
import type { LandingPorts, Shown, SignedWire } from "./ports.ts";
import { prepareTransaction } from "./prepare.ts";

/** The wallet that trades, as the signer describes it. */
export interface TradingWallet {
  readonly address: Address;
  readonly tipAccounts: readonly Address[];
}

/** What a deployment reaches Solana with. */
export interface ChainParts {
  /** With failover: for reads, simulation and sending. */
  readonly rpc: Rpc;
  readonly providers: readonly Provider[];
  /** Helius Sender; null sends through the RPC provider, without a tip. */
  readonly sender: Sender | null;
  /** Null in a deployment without one: nothing new is signed. */
  readonly signer: SignerPort | null;
  /** The wallet to trade with; `buyer` holds the tokens, null before a buy. */
  readonly wallet: (buyer: Address | null) => Promise<Result<TradingWallet>>;
  /** Kept between steps and orders of one position: deriving a route costs milliseconds. */
  readonly routes: RouteCache;
  readonly now: () => UnixMs;
  readonly observe: (observation: Observation) => void;
}

export interface RouteCache {
  route: Route | null;
}

/** Lands intents on Solana: our venues' transactions, our signer, RPC providers and Helius Sender. */
export function chainLanding(parts: ChainParts): LandingPorts {
  const { rpc, providers, now, observe } = parts;
  return {
    rpc,
    providers,
    now,
    observe,
    prepare: (intent, context) => prepareTransaction(intent, context, parts),
    sign: (intent, after) => sign(intent, after, parts.signer),
    signedFrom: (intentId) => signedFrom(intentId, parts.signer),
    send: (intent) => send(intent, parts),
    book: (intent) => book(intent, parts),
  };
}

async function sign(intent: Intent, after: string | null, signer: SignerPort | null): Promise<Result<SignedWire>> {
  const { id, prepared } = intent;
  if (prepared === null) throw new Error("nothing is prepared");
  if (signer === null) return refuse("SIGNER_UNAVAILABLE");
  const message = base64.decode(prepared.messageBase64);
  const signed = await signer.sign({ message, intentId: id, after, memo: memoOf(intent, prepared) });
  if (!signed.ok) return signed;
  const { signature } = signed.value;
  return ok({ signature, wireBase64: wireOf(prepared, signature) });
}

async function signedFrom(intentId: string, signer: SignerPort | null): Promise<Result<Forgotten | null>> {
  if (signer === null) return refuse("SIGNER_UNAVAILABLE");
  const signed = await signer.signedFrom(intentId);
  if (!signed.ok || signed.value === null) return signed.ok ? ok(null) : refuse("SIGNER_UNAVAILABLE", describe(signed));
  const { intentId: id, signature, memo } = signed.value;
  const forgotten = fromMemo(memo, id, signature, (prepared) => wireOf(prepared, signature));
  return forgotten === null ? refuse("SIGNER_UNAVAILABLE", `the memo of ${id} cannot be read`) : ok(forgotten);
}

function wireOf({ messageBase64 }: Prepared, signature: Signature): string {
  return base64.encode(wireTransaction(base64.decode(messageBase64), base58.decode(signature)));
}

async function send({ wireBase64, prepared, sends }: Intent, { rpc, sender }: ChainParts): Promise<SendResult> {
  if (wireBase64 === null) throw new Error("nothing is signed");
  // Sender lets bytes without a tip vanish.
  const paid = prepared !== null && prepared.tipLamports > 0n ? sender : null;
  const [first] = await Promise.all([
    (paid ?? rpc).sendTransaction(wireBase64),
    // A second way in for bytes that did not land at once.
    paid !== null && sends > 0 ? rpc.sendTransaction(wireBase64) : null,
  ]);
  return first;
}

async function book(intent: Intent, parts: ChainParts): Promise<Result<Shown>> {
  const { signature, prepared, side } = intent;
  if (signature === null || prepared === null) throw new Error("nothing is signed");
  const shown = await readConfirmed(signature, prepared, parts.providers);
  if (!shown.ok) return shown;
  const confirmed = shown.value;
  const { transaction, err, feeLamports, slot } = confirmed;
  observeTransaction(intent, confirmed, parts.observe);
  if (transaction.failed) return ok({ kind: "reverted", slot, feeLamports, detail: err === null ? null : describeError(err) });
  const booking = bookTrade(side, prepared, confirmed);
  if (booking.ok) return ok({ kind: "moved", slot, booking: booking.value });
  const costLamports = booking.reason === "TX_MOVED_NOTHING" ? costInVain(prepared, confirmed) : null;
  if (costLamports === null) return refuse("OUTCOME_UNKNOWN", describe(booking));
  return ok({ kind: "moved-nothing", slot, costLamports, detail: booking.detail ?? null });
}

/**
 * The transaction as the providers show it. One that has it is enough, since an exit must not wait for
 * the other. Refuses with RPC_DISAGREEMENT when two tell its outcome, its fee or our balances
 * differently, and with OUTCOME_UNKNOWN while none shows it.
 */
async function readConfirmed(
  signature: Signature,
  { basis }: Prepared,
  providers: readonly Provider[],
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

function observeTransaction(intent: Intent, { transaction, err }: ConfirmedTransaction, observe: ChainParts["observe"]): void {
  const programs = transaction.instructions.map(({ programId }) => programId);
  const custom = programError(err, transaction.logs, programs);
  if (custom !== null) observe({ kind: "custom-error", ...custom, where: `${intent.id} on chain` });
  for (const { event, bytes } of oddEvents(transaction, [PUMP_PROGRAM, PUMP_SWAP_PROGRAM]))
    observe({ kind: "event-size", event, bytes, where: intent.id });
}
