import type { Result } from "../../domain/result.ts";
import { judgeHolding, type WalletReading, walletShortfall } from "../../domain/trading/portfolio-reconcile.ts";
import { type Holding, type PortfolioState, totalsOf } from "../../domain/trading/portfolio-state.ts";
import type { PositionState } from "../../domain/trading/position-state.ts";
import type { Address } from "../../domain/units.ts";
import { liveControlOf, positionOf } from "../stubs.ts";

/** What a portfolio reaches outside its host and the other objects. */
export interface PortfolioPorts {
  /** The live wallet as all providers see it: lamports, and tokens of these mints. A read that fails is a refusal, never "nothing". */
  readWallet(mints: readonly Address[]): Promise<Result<WalletReading>>;
}

export interface Reconciliation {
  readonly env: Env;
  readonly ports: PortfolioPorts;
  state(): PortfolioState | null;
  /** Starts a position once more that does not know itself, when that is safe. @returns false when it never will be. */
  restart(positionId: string): boolean;
}

/**
 * One comparison of a ledger's books with its positions and, live, with the wallet between two looks
 * at the books. What differs for good is told of as an incident of the live ledger. Throws when
 * something does not answer. @returns whether they agree.
 */
export async function reconcileBooks({ env, ports, state, restart }: Reconciliation): Promise<boolean> {
  const books = state();
  if (books === null) return false;
  const holdings = [...books.holdings.values()];
  const views = await Promise.all(holdings.map(({ positionId }) => positionOf(env, positionId).view()));
  let isSettled = true;
  const lost: Holding[] = [];
  for (const [index, holding] of holdings.entries()) {
    const verdict = judgeHolding(holding, views[index] ?? null, books.isDryRun);
    if (verdict.kind === "start") lost.push(holding);
    else if (verdict.kind !== "agrees") isSettled = false;
    if (verdict.kind === "mismatch") await told(env, books, holding.positionId, verdict.detail);
    // A settlement that is under way may have lost its alarm.
    if (verdict.kind === "wait") await positionOf(env, holding.positionId).watchdog();
  }
  if (books.isDryRun) {
    for (const { positionId } of lost) {
      if (!restart(positionId)) await told(env, books, positionId, "neither its position nor its plan is known any more");
    }
    return isSettled && lost.length === 0 && isUnmoved(books, state());
  }
  // While anything is under way the wallet cannot be compared.
  if (!isSettled) return false;
  const wallet = await ports.readWallet(holdings.map(({ mint }) => mint));
  if (!wallet.ok) throw new Error(`${wallet.reason} ${wallet.detail ?? ""}`);
  if (!isUnmoved(books, state())) return false;
  // Sales that failed have paid their fees; the books hear of them with the next sale.
  const unsettledLamports = views.reduce((sum, view) => sum + (view?.unsettledLamports ?? 0n), 0n);
  const booksLamports = books.cashLamports + totalsOf(books).reservedLamports - unsettledLamports;
  const shortfall = walletShortfall(booksLamports, holdings, wallet.value);
  if (shortfall !== null) {
    const before = views[holdings.findIndex(({ positionId }) => positionId === shortfall.positionId)] ?? null;
    if (before !== null && (await hasMoved(env, before))) return false;
    // Lamports may be short for a landed sweep or a lagging node: the live watch tells of what lasts.
    if (shortfall.positionId === null) console.warn(`${books.ledger}: not reconciled: ${shortfall.detail}`);
    else await told(env, books, shortfall.positionId, shortfall.detail);
    return false;
  }
  for (const { positionId } of lost) {
    if (!restart(positionId)) await told(env, books, positionId, "neither its position nor its plan is known any more");
  }
  if (lost.length > 0) return false;
  const control = liveControlOf(env);
  for (const { positionId } of holdings) await control.clear("BOOKS_MISMATCH", positionId);
  return isUnmoved(books, state());
}

/** A sale that began while the wallet was read explains what it lacks. */
async function hasMoved(env: Env, before: PositionState): Promise<boolean> {
  const now = await positionOf(env, before.plan.positionId).view();
  return now === null || now.order !== null || now.status !== before.status || now.heldBase !== before.heldBase;
}

/** Money and holdings are as they were; their values may move. */
function isUnmoved(before: PortfolioState, after: PortfolioState | null): boolean {
  if (after === null || after.cashLamports !== before.cashLamports || after.holdings.size !== before.holdings.size) return false;
  for (const holding of before.holdings.values()) {
    const now = after.holdings.get(holding.positionId);
    if (now?.phase !== holding.phase || now.exits !== holding.exits) return false;
  }
  return true;
}

async function told(env: Env, { isDryRun, ledger }: PortfolioState, subject: string, detail: string): Promise<void> {
  console.error(`${ledger}: books and facts differ, entries stay closed: ${subject}: ${detail}`);
  if (!isDryRun) await liveControlOf(env).raise({ code: "BOOKS_MISMATCH", subject, detail, severity: "page", cause: "lasts" });
}
