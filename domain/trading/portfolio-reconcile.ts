import type { Address } from "../units.ts";
import type { Holding } from "./portfolio-state.ts";
import type { PositionState } from "./position-state.ts";

/** A holding of the books against the position that it is of. */
export type HoldingVerdict =
  | { readonly kind: "agrees" }
  /** A settlement or an order is under way: ask again. */
  | { readonly kind: "wait"; readonly detail: string }
  /** The position was never started, or has lost everything: nothing was bought that anybody knows of. */
  | { readonly kind: "start" }
  /** Nothing that goes on by itself will make them equal. */
  | { readonly kind: "mismatch"; readonly detail: string };

/** What a position's object says of itself, as far as the books care. */
export type PositionFacts = Pick<PositionState, "status" | "order" | "heldBase">;

/**
 * Compares a holding with its position; null when the position does not know itself. On a live ledger
 * an order under way means that the wallet cannot be compared yet.
 */
export function judgeHolding(holding: Holding, position: PositionFacts | null, isDryRun: boolean): HoldingVerdict {
  if (position === null) {
    return holding.phase === "reserved" ? { kind: "start" } : { kind: "mismatch", detail: "its position does not know that it bought" };
  }
  const { status, order, heldBase } = position;
  const isEntering = status === "planned" || status === "entering";
  if (holding.phase === "reserved") {
    if (!isEntering) return { kind: "wait", detail: `its entry is ${status} and not settled` };
    return isDryRun ? { kind: "agrees" } : { kind: "wait", detail: "its entry is under way" };
  }
  if (isEntering || status === "abandoned") return { kind: "mismatch", detail: `its position is ${status}, the books say open` };
  if (status === "closed") return { kind: "wait", detail: "its last sale is not settled" };
  if (heldBase < holding.baseAmount) return { kind: "wait", detail: "a sale is not settled" };
  if (heldBase > holding.baseAmount) return { kind: "mismatch", detail: `its position holds ${heldBase}, the books ${holding.baseAmount}` };
  return order !== null && !isDryRun ? { kind: "wait", detail: "a sale is under way" } : { kind: "agrees" };
}

/** A wallet as every provider sees it. */
export interface WalletReading {
  readonly lamports: bigint;
  /** Tokens by mint, of the mints that were asked for. */
  readonly tokens: ReadonlyMap<Address, bigint>;
}

/**
 * What the wallet lacks that the books count; null when it holds all of it. More lamports than the
 * books know are a deposit that is booked in time, other tokens are nobody's business.
 */
export function walletShortfall(
  booksLamports: bigint,
  holdings: Iterable<Holding>,
  wallet: WalletReading,
): { readonly positionId: string | null; readonly detail: string } | null {
  for (const { positionId, mint, baseAmount, phase } of holdings) {
    const balance = wallet.tokens.get(mint) ?? 0n;
    if (balance < baseAmount) return { positionId, detail: `the wallet holds ${balance} of ${baseAmount} base units of ${mint}` };
    if (phase === "reserved" && balance > 0n)
      return { positionId, detail: `the wallet holds ${balance} base units of ${mint}, the books none` };
  }
  if (wallet.lamports >= booksLamports) return null;
  return { positionId: null, detail: `the wallet holds ${wallet.lamports} of ${booksLamports} lamports` };
}
