import { SYSTEM_PROGRAM } from "../../domain/solana/programs.ts";
import type { Address } from "../../domain/units.ts";
import type { Account } from "./types.ts";

export type AccountMap = Map<Address, Account>;

const EMPTY: Account = { owner: SYSTEM_PROGRAM, lamports: 0n, data: new Uint8Array(0), executable: false };

/** A copy-on-write view of the accounts: nothing reaches the base before `commit`. */
export interface Overlay {
  /** The account, or an empty system account when there is none. */
  get(address: Address): Account;
  set(address: Address, account: Account): void;
  changed(): ReadonlyMap<Address, Account>;
  /** Drops every change made since the overlay was opened or last committed. */
  discard(): void;
  /** Writes the changes to the base. Accounts without lamports cease to exist, as on chain. */
  commit(): void;
}

/** Opens an overlay over `base`. */
export function openOverlay(base: AccountMap): Overlay {
  const changes: AccountMap = new Map();
  return {
    get: (address) => changes.get(address) ?? base.get(address) ?? EMPTY,
    set: (address, account) => {
      changes.set(address, account);
    },
    changed: () => changes,
    discard: () => changes.clear(),
    commit: () => {
      for (const [address, account] of changes) {
        if (account.lamports === 0n) base.delete(address);
        else base.set(address, account);
      }
      changes.clear();
    },
  };
}
