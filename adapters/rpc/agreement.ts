import { ok, type Refusal, type Result, refuse } from "../../domain/result.ts";
import { type Market, type PoolKeys, priceMoveBps, SLOT_MS } from "../../domain/trading/market.ts";
import type { Address, Signature, UnixMs } from "../../domain/units.ts";
import { MAX_LAG_SLOTS } from "./health.ts";
import { readMarket } from "./read-market.ts";
import type { AccountInfo, AccountsReply, Provider, Rpc, RpcReason, RpcResult, SignatureStatus } from "./types.ts";

/** Most that two prices of one pool, read at different slots, may differ. At the same slot they must be equal. */
export const MAX_PRICE_DIFFERENCE_BPS = 300;
/** Accounts that two providers give at different slots are read this often until they match. */
const MATCH_ATTEMPTS = 3;

/** What stands behind a value: both providers; the only one configured; one while the other fails. */
export type Backing = "both" | "single" | "one";

export interface Agreed<T> {
  readonly value: T;
  readonly backing: Backing;
}

/**
 * What an answer is worth while the other provider fails: nothing where money goes in ("refuse"),
 * enough where it must come out ("value").
 */
export type WhenOneFails = "refuse" | "value";

/** Compares what two providers answered. */
export interface Comparison<T> {
  /** The value to go on with, or null when the two contradict each other. */
  readonly agree: (first: T, second: T) => T | null;
  /** Where values have a slot: one more than `MAX_LAG_SLOTS` behind the other counts as RPC_LAGGING. */
  readonly slotOf?: (value: T) => number;
}

/**
 * Asks every provider at once and gives the value that both stand behind. Refuses with
 * RPC_DISAGREEMENT when they contradict each other (also when one has a value and the other finds a
 * reason in the data against it), or as the failing read does.
 */
export async function readAgreeing<T>(
  providers: readonly Provider[],
  read: (rpc: Rpc) => Promise<Result<T>>,
  comparison: Comparison<T>,
  whenOneFails: WhenOneFails,
): Promise<Result<Agreed<T>>> {
  const reads = await Promise.all(providers.map(({ rpc }) => read(rpc)));
  const newest = Math.max(...reads.map((reply) => (reply.ok ? (comparison.slotOf?.(reply.value) ?? 0) : 0)));
  const [first, second] = reads.map((reply): Result<T> => {
    const isBehind = reply.ok && comparison.slotOf !== undefined && newest - comparison.slotOf(reply.value) > MAX_LAG_SLOTS;
    return isBehind ? refuse("RPC_LAGGING") : reply;
  });
  if (first === undefined) throw new RangeError("expected one or two RPC providers");
  if (second === undefined) return first.ok ? ok({ value: first.value, backing: "single" }) : first;
  if (!first.ok) return second.ok ? withoutOther(second.value, first, whenOneFails) : first;
  if (!second.ok) return withoutOther(first.value, second, whenOneFails);
  const value = comparison.agree(first.value, second.value);
  return value === null ? refuse("RPC_DISAGREEMENT") : ok({ value, backing: "both" });
}

const NODE_FAULTS: ReadonlySet<string> = new Set<RpcReason>([
  "RPC_UNAVAILABLE",
  "RPC_RATE_LIMITED",
  "RPC_LAGGING",
  "RPC_WRONG_CLUSTER",
  "UPSTREAM_MALFORMED",
]);

function withoutOther<T>(value: T, failure: Refusal, whenOneFails: WhenOneFails): Result<Agreed<T>> {
  if (!NODE_FAULTS.has(failure.reason)) return refuse("RPC_DISAGREEMENT", failure.reason);
  return whenOneFails === "value" ? ok({ value, backing: "one" }) : failure;
}

/**
 * A pool's market as both providers see it, the newer read of the two. At one slot the reserves must
 * be equal; at different slots the prices must lie within `MAX_PRICE_DIFFERENCE_BPS` and the slots
 * within `MAX_LAG_SLOTS`. Refuses as `readAgreeing` and `readMarket` do.
 */
export function readMarketAgreeing(
  providers: readonly Provider[],
  keys: PoolKeys,
  clock: () => UnixMs,
  whenOneFails: WhenOneFails,
): Promise<Result<Agreed<Market>>> {
  return readAgreeing(providers, (rpc) => readMarket(rpc, keys, clock), { agree: agreeOnMarket, slotOf: ({ slot }) => slot }, whenOneFails);
}

/** The newer of two reads of one pool, or null when they contradict each other; the rule of `readMarketAgreeing`. */
export function agreeOnMarket(first: Market, second: Market): Market | null {
  if (first.slot === second.slot) return isSameState(first, second) ? first : null;
  const [older, newer] = first.slot < second.slot ? [first, second] : [second, first];
  const moveBps = priceMoveBps(older, newer);
  return moveBps !== null && Math.abs(moveBps) <= MAX_PRICE_DIFFERENCE_BPS ? newer : null;
}

function isSameState(first: Market, second: Market): boolean {
  return first.baseReserves === second.baseReserves && first.quoteReservesLamports === second.quoteReservesLamports;
}

/**
 * Accounts that both providers give alike, owner, lamports and data; where their slots differ and the
 * accounts do not match, both are read again at the newer slot, three times in all. Refuses with
 * RPC_DISAGREEMENT or as `getAccounts`.
 */
export async function readAccountsAgreeing(
  providers: readonly Provider[],
  addresses: readonly Address[],
  whenOneFails: WhenOneFails,
  pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<Result<Agreed<AccountsReply>>> {
  let minContextSlot = 0;
  for (let left = MATCH_ATTEMPTS; ; left--) {
    let isSameSlot = false;
    let newestSlot = minContextSlot;
    const agree = (first: AccountsReply, second: AccountsReply): AccountsReply | null => {
      isSameSlot = first.slot === second.slot;
      newestSlot = Math.max(first.slot, second.slot);
      if (!first.accounts.every((account, index) => isSameAccount(account, second.accounts[index] ?? null))) return null;
      return second.slot > first.slot ? second : first;
    };
    const options = minContextSlot === 0 ? {} : { minContextSlot };
    const reply = await readAgreeing(providers, (rpc) => rpc.getAccounts(addresses, options), { agree }, whenOneFails);
    const isWorthAnother = !reply.ok && !isSameSlot && (reply.reason === "RPC_DISAGREEMENT" || reply.reason === "RPC_LAGGING");
    if (!isWorthAnother || left <= 1) return reply;
    minContextSlot = newestSlot;
    await pause(SLOT_MS);
  }
}

/** Lamports of a wallet as both providers see them; an account that does not exist holds none. Refuses as `readAccountsAgreeing`. */
export async function readLamportsAgreeing(
  providers: readonly Provider[],
  wallet: Address,
  whenOneFails: WhenOneFails,
  pause?: (ms: number) => Promise<void>,
): Promise<Result<Agreed<bigint>>> {
  const reply = await readAccountsAgreeing(providers, [wallet], whenOneFails, pause);
  return reply.ok ? ok({ ...reply.value, value: reply.value.value.accounts[0]?.lamports ?? 0n }) : reply;
}

function isSameAccount(first: AccountInfo | null, second: AccountInfo | null): boolean {
  if (first === null || second === null) return first === second;
  if (first.owner !== second.owner || first.lamports !== second.lamports || first.data.length !== second.data.length) return false;
  return first.data.every((byte, index) => byte === second.data[index]);
}

/** What the providers say of a transaction that was sent. */
export type Sighting =
  | { readonly kind: "found"; readonly status: SignatureStatus }
  /** Not seen, and its blockhash is still good somewhere. */
  | { readonly kind: "pending" }
  /** Every provider is past its last block height and none knows it. */
  | { readonly kind: "gone" };

/**
 * Looks for a signature, history included, at every provider. "gone" needs all of them: each past
 * `lastValidBlockHeight` at `confirmed`, and each answering "not found" from no earlier slot than the
 * one it showed to be past. One sighting is enough for "found". Before anything is signed anew, "gone"
 * must be had twice. Refuses with RPC_LAGGING or as the failing call: unknown, ask again.
 */
export async function findSignature(
  providers: ReadonlyArray<{ readonly rpc: Pick<Rpc, "getProgress" | "getSignatureStatus"> }>,
  signature: Signature,
  lastValidBlockHeight: number,
): Promise<RpcResult<Sighting>> {
  const looks = await Promise.all(
    providers.map(async ({ rpc }) => {
      const progress = await rpc.getProgress();
      return { progress, lookup: await rpc.getSignatureStatus(signature) };
    }),
  );
  for (const { lookup } of looks) {
    if (lookup.ok && lookup.value.status !== null) return ok({ kind: "found", status: lookup.value.status });
  }
  let isPending = looks.length === 0;
  let isStale = false;
  for (const { progress, lookup } of looks) {
    if (!progress.ok) return progress;
    if (!lookup.ok) return lookup;
    isPending ||= progress.value.blockHeight <= lastValidBlockHeight;
    isStale ||= lookup.value.contextSlot < progress.value.slot;
  }
  if (isPending) return ok({ kind: "pending" });
  if (isStale) return { ok: false, reason: "RPC_LAGGING", detail: "getSignatureStatuses: an older slot than shown before" };
  return ok({ kind: "gone" });
}

/**
 * The genesis hash that all providers share. Refuses with RPC_WRONG_CLUSTER when it is not `wanted`
 * (null: any), with RPC_DISAGREEMENT when they differ, or as `getGenesisHash`.
 */
export async function readGenesisAgreeing(providers: readonly Provider[], wanted: string | null): Promise<Result<string>> {
  const agree = (first: string, second: string) => (first === second ? first : null);
  const reply = await readAgreeing(providers, (rpc) => rpc.getGenesisHash(), { agree }, "refuse");
  if (!reply.ok) return reply;
  return wanted === null || reply.value.value === wanted ? ok(reply.value.value) : refuse("RPC_WRONG_CLUSTER");
}
