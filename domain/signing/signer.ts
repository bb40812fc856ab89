import { sha256 } from "@noble/hashes/sha2.js";
import { ok, type Result, refuse } from "../result.ts";
import { encodeBase58 } from "../solana/base58.ts";
import { toHex } from "../solana/bytes.ts";
import type { Address, Signature, UnixMs } from "../units.ts";
import { admit, type BudgetEntry, budgetUses, countedLamports, LONGEST_WINDOW_MS } from "./budget.ts";
import { MAX_MESSAGE_BYTES } from "./decode-message.ts";
import { checkCoin, checkOrder, claimsCoin, judgedOrder, type OrderKey, orderOf, sameSide } from "./orders.ts";
import { type Judgement, judgeMessage } from "./policy.ts";
import {
  MAX_MEMO_CHARS,
  type SignatureRecord,
  type SignedMessage,
  type SignedOrder,
  type SignerDescription,
  type SignerPolicy,
  type SignerPort,
  type SignRequest,
} from "./types.ts";

/** Longest intent id; ours are `<position>:<side>:<attempt>`. */
const MAX_INTENT_ID_CHARS = 200;
/** Records that one `history` returns at most (SignerPort). */
export const MAX_HISTORY = 500;

/** A key that signs and does not show itself. */
export interface Wallet {
  readonly address: Address;
  /** Ed25519 signature of 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** The one message that an intent may have; `signature` is null until it was made. */
export interface Reservation extends BudgetEntry {
  readonly intentId: string;
  readonly messageSha256: string;
  readonly signature: Signature | null;
  /** Null for what is no position's order. */
  readonly order: OrderKey | null;
  /** The coin that a position's buy claims for it. */
  readonly coin: Address | null;
  readonly memo: string;
}

/** What the signer remembers, for good: each call is atomic, and done when it returns. */
export interface SignerStore {
  reservation(intentId: string): Pick<Reservation, "messageSha256" | "signature"> | null;
  reserve(reservation: Reservation): void;
  /** Keeps the signature of a reservation together with its record. */
  signed(intentId: string, signature: Signature, record: Omit<SignatureRecord, "seq">): void;
  refused(record: Omit<SignatureRecord, "seq">): void;
  /** The position that a buy of a coin was first reserved for. */
  buyerOf(coin: Address): string | null;
  /** Highest rank that was reserved for a position. */
  newestRank(positionId: string): number | null;
  /** The signed order of a position with the lowest rank in a range, or with the highest. */
  signedOrder(positionId: string, range: { readonly from: number; readonly to: number; readonly newest: boolean }): SignedOrder | null;
  /** Reservations after `sinceMs`. */
  budget(sinceMs: UnixMs): readonly BudgetEntry[];
  records(afterSeq: number, limit: number): readonly SignatureRecord[];
}

export interface SignerParts {
  readonly wallet: () => Promise<Result<Wallet>>;
  readonly policy: Result<SignerPolicy>;
  readonly store: SignerStore;
  readonly nowMs: () => UnixMs;
}

/**
 * The signer over its parts. A message is judged, then counted and bound to its intent in the store,
 * and only then signed: whatever happens after that, the signature was paid for and no other message
 * of the intent is signed. A position's orders are signed in their order, for who
 * knows the newest, and a coin is bought for one position. Every signature and refusal is recorded. Rejects only when the store or the
 * key does.
 */
export function createSigner({ wallet, policy, store, nowMs }: SignerParts): SignerPort {
  async function sign(request: SignRequest): Promise<Result<SignedMessage>> {
    if (!isRequest(request)) return refuse("SIGN_MALFORMED", "not a message with an intent");
    const { intentId } = request;
    const message = request.message.slice(); // What is judged is what is signed, whatever the caller does meanwhile.
    const messageSha256 = toHex(sha256(message));
    const refusal = (result: Result<never>, judgement: Judgement | null): Result<never> => {
      const reason = result.ok ? null : result.reason;
      const spendLamports = judgement?.spendLamports ?? null;
      store.refused({ atMs: nowMs(), intentId, kind: judgement?.kind ?? null, signature: null, messageSha256, spendLamports, reason });
      return result;
    };

    const held = await wallet();
    if (!held.ok) return refusal(held, null);
    if (!policy.ok) return refusal(policy, null);
    const judgement = judgeMessage(message, { wallet: held.value.address, policy: policy.value });
    if (!judgement.ok) return refusal(judgement, null);
    const { kind, spendLamports } = judgement.value;
    const answer = (signature: Signature): Result<SignedMessage> => ok({ signature, kind, spendLamports });

    // From here to the reservation nothing is awaited: concurrent requests cannot both fit the same gap.
    const earlier = store.reservation(intentId);
    if (earlier !== null && earlier.messageSha256 !== messageSha256) return refusal(refuse("SIGN_INTENT_REUSED"), judgement.value);
    if (earlier?.signature) return answer(earlier.signature);
    if (earlier === null) {
      const order = judgedOrder(intentId, kind);
      const inOrder = order === null ? ok(null) : checkOrder(store.newestRank(order.positionId), order, request.after ?? null);
      if (!inOrder.ok) return refusal(inOrder, judgement.value);
      const coin = order !== null && kind === "entry" && claimsCoin(order) ? judgement.value.mint : null;
      const isFree = order === null || coin === null ? ok(null) : checkCoin(store.buyerOf(coin), order);
      if (!isFree.ok) return refusal(isFree, judgement.value);
      const atMs = nowMs();
      const admitted = admit(store.budget(atMs - LONGEST_WINDOW_MS), judgement.value, policy.value, atMs);
      if (!admitted.ok) return refusal(admitted, judgement.value);
      const lamports = countedLamports(judgement.value);
      store.reserve({ intentId, messageSha256, kind, atMs, lamports, signature: null, order, coin, memo: request.memo ?? "" });
    }

    const signature = encodeBase58(await held.value.sign(message));
    if (store.reservation(intentId)?.signature == null) {
      store.signed(intentId, signature, { atMs: nowMs(), intentId, kind, signature, messageSha256, spendLamports, reason: null });
    }
    return answer(signature);
  }

  async function signedFrom(intentId: string): Promise<Result<SignedOrder | null>> {
    const order = isIntentId(intentId) ? orderOf(intentId) : null;
    if (order === null) return refuse("REQUEST_INVALID", "not an order of a position");
    return ok(store.signedOrder(order.positionId, sameSide(order.rank)));
  }

  async function describe(): Promise<Result<SignerDescription>> {
    const held = await wallet();
    if (!held.ok) return held;
    if (!policy.ok) return policy;
    const now = nowMs();
    const budgets = budgetUses(store.budget(now - LONGEST_WINDOW_MS), policy.value, now);
    return ok({ address: held.value.address, policy: policy.value, budgets, nowMs: now });
  }

  async function history(afterSeq: number): Promise<Result<readonly SignatureRecord[]>> {
    if (!Number.isSafeInteger(afterSeq) || afterSeq < 0) return refuse("REQUEST_INVALID", "afterSeq is a whole number");
    return ok(store.records(afterSeq, MAX_HISTORY));
  }

  return { sign, signedFrom, describe, history };
}

function isRequest(request: unknown): request is SignRequest {
  if (typeof request !== "object" || request === null) return false;
  const { intentId, message, after = null, memo = "" } = request as Partial<Record<keyof SignRequest, unknown>>;
  if (!isIntentId(intentId) || (after !== null && !isIntentId(after))) return false;
  if (typeof memo !== "string" || memo.length > MAX_MEMO_CHARS) return false;
  return message instanceof Uint8Array && message.length <= MAX_MESSAGE_BYTES;
}

function isIntentId(intentId: unknown): intentId is string {
  return typeof intentId === "string" && intentId.length > 0 && intentId.length <= MAX_INTENT_ID_CHARS;
}
