import { encodeBase58 } from "../../domain/solana/base58.ts";
import { SYSTEM_PROGRAM } from "../../domain/solana/programs.ts";
import { type Address, LAMPORTS_PER_SOL } from "../../domain/units.ts";
import { seededBytes } from "../chain/bytes.ts";
import type { Chain } from "../chain/chain.ts";
import { wrappedSolAccount } from "../chain/genesis.ts";
import { readTokenAccount } from "../chain/token-state.ts";
import { type FeeRecipients, feeRecipients, type Wallet, walletOf } from "./instructions.ts";

/** Recurring traders that all coins share. */
export const RETAIL_WALLETS = 400;
/** All SOL there is; a round number above mainnet's supply. */
const FAUCET_LAMPORTS = 1_000_000_000n * LAMPORTS_PER_SOL;
/** A wallet is refilled to these when a trade would leave it below a tenth. */
const REFILL_LAMPORTS = 200n * LAMPORTS_PER_SOL;
const REFILL_WRAPPED = 200n * LAMPORTS_PER_SOL;

/** The market's wallets and their money. Refills come from one faucet account, so that lamports are conserved. */
export interface Bank {
  retail(index: number): Wallet;
  /** A wallet of one coin, by label. */
  special(label: string): Wallet;
  /** Makes sure that a wallet can spend `lamports` of SOL and of wrapped SOL. */
  fund(wallet: Wallet, lamports: bigint): void;
  /** Removes an account and returns its lamports to the faucet. */
  reclaim(address: Address): void;
  fees(index: number): FeeRecipients;
}

/** Address that collects transaction fees. */
export function feeCollectorAddress(seed: string): Address {
  return encodeBase58(seededBytes(`${seed}/validator`, 32));
}

/** Address that all of a localnet's lamports come from. */
export function faucetAddress(seed: string): Address {
  return encodeBase58(seededBytes(`${seed}/faucet`, 32));
}

/** Opens the bank on a chain; plants the faucet when the chain is new. */
export function openBank(seed: string, chain: Chain): Bank {
  const faucet = faucetAddress(seed);
  if (chain.account(faucet) === null)
    chain.plant(faucet, { owner: SYSTEM_PROGRAM, lamports: FAUCET_LAMPORTS, data: new Uint8Array(0), executable: false });
  const wallets = new Map<string, Wallet>();
  const recipients = new Map<number, FeeRecipients>();

  function draw(lamports: bigint): void {
    const account = chain.account(faucet);
    if (account === null || account.lamports < lamports) throw new Error("the faucet is empty");
    chain.plant(faucet, { ...account, lamports: account.lamports - lamports });
  }

  function named(label: string): Wallet {
    const known = wallets.get(label);
    if (known !== undefined) return known;
    return walletOf(encodeBase58(seededBytes(`${seed}/wallet/${label}`, 32)));
  }

  return {
    retail: (index) => {
      const label = `retail/${index % RETAIL_WALLETS}`;
      const wallet = named(label);
      wallets.set(label, wallet);
      return wallet;
    },
    special: named,
    fund: (wallet, lamports) => {
      const account = chain.account(wallet.address);
      const held = account?.lamports ?? 0n;
      if (held < lamports + REFILL_LAMPORTS / 10n) {
        const target = lamports + REFILL_LAMPORTS;
        draw(target - held);
        const empty = { owner: SYSTEM_PROGRAM, lamports: 0n, data: new Uint8Array(0), executable: false };
        chain.plant(wallet.address, { ...(account ?? empty), lamports: target });
      }
      const wrapped = chain.account(wallet.wrapped);
      const amount = wrapped === null ? 0n : (readTokenAccount(wrapped)?.amount ?? 0n);
      if (amount < lamports + REFILL_WRAPPED / 10n) {
        const refilled = wrappedSolAccount(wallet.address, lamports + REFILL_WRAPPED);
        draw(refilled.account.lamports - (wrapped?.lamports ?? 0n));
        chain.plant(wallet.wrapped, refilled.account);
      }
    },
    reclaim: (address) => {
      const account = chain.account(address);
      const sink = chain.account(faucet);
      if (account === null || sink === null) return;
      chain.plant(faucet, { ...sink, lamports: sink.lamports + account.lamports });
      chain.remove(address);
    },
    fees: (index) => {
      const slot = index % 8;
      const known = recipients.get(slot) ?? feeRecipients(slot, slot);
      recipients.set(slot, known);
      return known;
    },
  };
}
