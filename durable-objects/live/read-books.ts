import { readLamportsAgreeing } from "../../adapters/rpc/agreement.ts";
import type { Provider } from "../../adapters/rpc/client.ts";
import type { BooksFacts } from "../../domain/live/preflight.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { LedgerId } from "../../domain/trading/signal.ts";
import type { Address } from "../../domain/units.ts";
import { portfolioOf, positionOf } from "../stubs.ts";

export interface BooksAndWallet {
  readonly books: BooksFacts;
  /** Refused when the providers do not agree on it. */
  readonly walletLamports: Result<bigint>;
  /** Cash, reservations and positions; null before the books are open. */
  readonly equityLamports: bigint | null;
  readonly openPositions: number;
}

/**
 * The wallet's balance between two looks at the books: only when both are the same and no position
 * has an order under way can balance and books be compared. Throws when an object does not answer.
 */
export async function readBooksAndWallet(
  env: Env,
  ledger: LedgerId,
  providers: readonly Provider[],
  wallet: Address,
): Promise<BooksAndWallet> {
  const before = await lookAtBooks(env, ledger);
  const lamports = await readLamportsAgreeing(providers, wallet, "refuse");
  const walletLamports: Result<bigint> = lamports.ok ? ok(lamports.value.value) : lamports;
  if (before === null) return { books: { kind: "closed" }, walletLamports, equityLamports: null, openPositions: 0 };
  const after = await lookAtBooks(env, ledger);
  const isQuiet = !before.isBusy && after !== null && !after.isBusy && after.booksLamports === before.booksLamports;
  const books: BooksFacts =
    isQuiet && walletLamports.ok
      ? {
          kind: "read",
          booksLamports: before.booksLamports,
          walletLamports: walletLamports.value,
          unsettledLamports: before.unsettledLamports,
        }
      : { kind: "busy" };
  return { books, walletLamports, equityLamports: before.equityLamports, openPositions: before.openPositions };
}

async function lookAtBooks(env: Env, ledger: LedgerId) {
  const portfolio = portfolioOf(env, ledger);
  const status = await portfolio.status();
  if (status === null) return null;
  const positions = await portfolio.positions();
  const states = await Promise.all(positions.map(({ positionId }) => positionOf(env, positionId).view()));
  // Sales that failed have paid their fees; the books hear of them with the next sale.
  const unsettledLamports = states.reduce((sum, state) => sum + (state?.unsettledLamports ?? 0n), 0n);
  return {
    booksLamports: BigInt(status.cashLamports) + BigInt(status.reservedLamports) - unsettledLamports,
    unsettledLamports,
    equityLamports: BigInt(status.equityLamports),
    openPositions: status.openPositions,
    // A position that the books hold and that does not know itself yet is about to begin its entry.
    isBusy: states.some((state) => state === null || state.status !== "open" || state.order !== null),
  };
}
