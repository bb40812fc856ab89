import type { LedgerLockView, RiskView } from "../../domain/api/types.ts";
import { ok } from "../../domain/result.ts";
import type { Desk, PendingAction } from "./commands/desk.ts";

/** A desk over the given ledgers that remembers what was done; whatever a test does not give answers nothing. */
export function testDesk(parts: Partial<Desk> & { readonly ledgers?: RiskView[] }): Desk & { readonly done: unknown[] } {
  const { ledgers = [], ...given } = parts;
  const done: unknown[] = [];
  let waiting: { code: string; action: PendingAction } | null = null;
  return {
    done,
    nowMs: 1_790_000_000_000,
    read: async () => null,
    acknowledge: async () => false,
    risks: async () => ({ risks: ledgers, unopened: [], unanswered: [] }),
    changeState: async (change) => {
      done.push(change);
      const before = ledgers.find(({ ledger }) => ledger === change.ledger);
      if (before === undefined) throw new Error(`no ledger ${change.ledger}`);
      const risk: RiskView = { ...before, state: change.state, note: change.note, stateReason: null, author: "telegram:1001" };
      return ok({ risk, isSettled: true });
    },
    setLocks: async ({ ledger: _ledger, ...order }) => {
      done.push(order);
      return ok(
        ledgers.map(({ ledger }): LedgerLockView => ({ ...order, ledger, lockId: "lock-0000aaaa", author: "telegram:1001", atMs: 1 })),
      );
    },
    liftLocks: async (lockId) => {
      done.push({ lift: lockId });
      return ledgers.filter(({ locks }) => locks.some((lock) => lock.lockId === lockId)).map(({ ledger }) => ledger);
    },
    closePosition: async (positionId) => {
      done.push({ close: positionId });
      return positionId.includes("gone") ? null : "paper-A";
    },
    closeAll: async (ledger) => {
      done.push({ closeAll: ledger });
      return 2;
    },
    pending: {
      ask: async (action) => {
        waiting = { code: "c0de1234", action };
        return waiting.code;
      },
      take: async (code) => {
        const taken = waiting?.code === code ? waiting.action : null;
        if (taken !== null) waiting = null;
        return taken;
      },
      drop: async () => {
        const had = waiting !== null;
        waiting = null;
        return had;
      },
    },
    ...given,
  };
}
