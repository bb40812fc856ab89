import type {
  AccountInfo,
  AccountsOptions,
  AccountsReply,
  ChainProgress,
  Provider,
  Rpc,
  RpcReason,
  RpcRefusal,
  RpcResult,
  SignatureStatus,
} from "../../adapters/rpc/types.ts";
import { ok } from "../../domain/result.ts";
import { PUMP_SWAP_FEE_CONFIG, SYSTEM_PROGRAM, WSOL_MINT } from "../../domain/solana/programs.ts";
import type { Address, Signature } from "../../domain/units.ts";
import { DEFAULT_FEE_CONFIG, encodeFeeConfig } from "../../domain/venues/fee-config.ts";
import type { Actor } from "../cloud/actor.ts";
import type { Network } from "../cloud/network.ts";
import { type Chain, FINAL_SLOTS, type Transaction } from "./chain.ts";
import {
  COINS,
  type Coin,
  POOL_OWNER,
  TIP_ACCOUNT,
  TOKEN_ACCOUNT_RENT,
  tokenAccountData,
  tokenAccountTemplate,
  VOLUME_ACCUMULATOR,
  WALLET,
} from "./coins.ts";

const FEE_CONFIG = encodeFeeConfig(DEFAULT_FEE_CONFIG);
const VAULT_LAMPORTS = TOKEN_ACCOUNT_RENT;
const byAddress = new Map<Address, { readonly coin: Coin; readonly what: "pool" | "base" | "quote" | "mint" | "wallet" }>();
for (const coin of COINS) {
  byAddress.set(coin.keys.pool, { coin, what: "pool" });
  byAddress.set(coin.keys.baseVault, { coin, what: "base" });
  byAddress.set(coin.keys.quoteVault, { coin, what: "quote" });
  byAddress.set(coin.keys.mint, { coin, what: "mint" });
  byAddress.set(coin.walletAccount, { coin, what: "wallet" });
}

/** One RPC node: sees the chain some slots late, and does not always answer. */
export class ChainNode {
  readonly name: string;
  /** Slots behind what is confirmed. */
  lagSlots = 0;
  /** Answers "not found" for transactions that it should know. */
  hides = false;
  readonly #chain: Chain;
  readonly #network: Network;

  constructor(name: string, chain: Chain, network: Network) {
    this.name = name;
    this.#chain = chain;
    this.#network = network;
  }

  get confirmedSlot(): number {
    return this.#chain.confirmedSlot - this.lagSlots;
  }

  /** A call to the node by one caller: an answer, or the reason why there is none. */
  ask<T>(actor: Actor, label: string, answer: () => RpcResult<T>): Promise<RpcResult<T>> {
    const { rates } = this.#network;
    const asked = this.#network.call(actor, `${this.name} ${label}`, (reply) => {
      if (!this.#network.isLossy(`${this.name} ${label}`)) return reply(answer());
      if (this.#network.chance(rates.rpcRateLimited)) return reply(refusal("RPC_RATE_LIMITED", "429"));
      if (this.#network.chance(rates.rpcUnavailable)) return reply(refusal("RPC_UNAVAILABLE", "503"));
      if (this.#network.chance(rates.rpcMalformed)) return reply(refusal("UPSTREAM_MALFORMED", "not JSON"));
      reply(answer());
    });
    return asked.then(
      (value) => value as RpcResult<T>,
      () => refusal("RPC_UNAVAILABLE", "no answer"),
    );
  }

  progress(): ChainProgress {
    const slot = this.confirmedSlot;
    return { slot, blockHeight: this.#chain.blockHeight(slot) };
  }

  status(signature: Signature): SignatureStatus | null {
    if (this.hides) return null;
    const transaction = this.#chain.transactions.get(signature);
    if (transaction === undefined) return null;
    const slot = this.#chain.slot - this.lagSlots;
    if (transaction.status === "processed" && transaction.slot <= slot) {
      return { slot: transaction.slot, confirmationStatus: "processed", err: null };
    }
    if (transaction.status !== "confirmed" || transaction.slot > this.confirmedSlot) return null;
    const isFinal = transaction.slot + FINAL_SLOTS <= this.confirmedSlot;
    return {
      slot: transaction.slot,
      confirmationStatus: isFinal ? "finalized" : "confirmed",
      err: transaction.error === null ? null : { InstructionError: [2, { Custom: 6004 }] },
    };
  }

  /** A confirmed transaction in full; null when the node does not show it. */
  transaction(signature: Signature): Transaction | null {
    const transaction = this.#chain.transactions.get(signature);
    if (transaction === undefined || this.hides || transaction.status !== "confirmed") return null;
    return transaction.slot > this.confirmedSlot ? null : transaction;
  }

  accounts(addresses: readonly Address[], { minContextSlot = 0 }: AccountsOptions = {}): RpcResult<AccountsReply> {
    const slot = this.confirmedSlot;
    if (slot < minContextSlot) return refusal("RPC_LAGGING", "behind the slot asked for");
    return ok({ slot, accounts: addresses.map((address) => this.#account(address, slot)) });
  }

  #account(address: Address, slot: number): AccountInfo | null {
    if (address === WALLET) return { owner: SYSTEM_PROGRAM, lamports: this.#chain.lamports(slot), data: new Uint8Array(0) };
    if (address === TIP_ACCOUNT) return { owner: SYSTEM_PROGRAM, lamports: 1_000_000_000n, data: new Uint8Array(0) };
    if (address === PUMP_SWAP_FEE_CONFIG) return { owner: POOL_OWNER, lamports: 1n, data: FEE_CONFIG };
    // Paper takes its wallet to have traded before.
    if (address === VOLUME_ACCUMULATOR && this.#chain.isStill) return { owner: POOL_OWNER, lamports: 1n, data: new Uint8Array(0) };
    const known = byAddress.get(address);
    if (known === undefined) return null;
    const { coin, what } = known;
    const reserves = this.#chain.reserves(coin.keys.mint, slot);
    if (what === "mint") return { owner: coin.tokenProgram, lamports: 1n, data: coin.mintData };
    if (what === "wallet") {
      const amount = this.#chain.tokens(coin.keys.mint, slot);
      if (amount === null) return null;
      const data = tokenAccountData(tokenAccountTemplate(coin.keys.mint, WALLET), amount);
      return { owner: coin.tokenProgram, lamports: TOKEN_ACCOUNT_RENT, data };
    }
    if (reserves === null) return null;
    if (what === "pool") return { owner: POOL_OWNER, lamports: 1n, data: coin.poolData };
    const mint = what === "base" ? coin.keys.mint : WSOL_MINT;
    const amount = what === "base" ? reserves.baseReserves : reserves.quoteReservesLamports;
    const data = tokenAccountData(tokenAccountTemplate(mint, coin.keys.pool), amount);
    return { owner: coin.tokenProgram, lamports: VAULT_LAMPORTS, data };
  }
}

/** The nodes as one caller reaches them: each on its own, and with failover. */
export function rpcOf(actor: Actor, nodes: readonly ChainNode[], chain: Chain): { readonly rpc: Rpc; readonly all: readonly Provider[] } {
  const single = (node: ChainNode): Rpc => {
    const ask = <T>(label: string, answer: () => RpcResult<T>) => node.ask(actor, label, answer);
    const unsupported = (): never => {
      throw new Error("the simulated node does not have this method");
    };
    return {
      getSlot: () => ask("slot", () => ok(node.confirmedSlot)),
      getBlockHeight: () => ask("height", () => ok(node.progress().blockHeight)),
      getProgress: () => ask("progress", () => ok(node.progress())),
      getLatestBlockhash: () =>
        ask("blockhash", () => {
          const { slot, blockHeight } = node.progress();
          return ok({ blockhash: `hash-${slot}`, lastValidBlockHeight: blockHeight + 150, slot });
        }),
      getAccounts: (addresses, options = {}) => ask("accounts", () => node.accounts(addresses, options)),
      getSignaturesForAddress: () => ask("signatures", () => ok([])),
      getSignatureStatuses: (signatures) => ask("statuses", () => ok(signatures.map((signature) => node.status(signature)))),
      getSignatureStatus: (signature) =>
        ask("status", () => {
          const { slot } = node.progress();
          return ok({ contextSlot: slot, status: node.status(signature) });
        }),
      getTransaction: unsupported,
      getTokenLargestAccounts: unsupported,
      getGenesisHash: () => ask("genesis", () => ok("simulated")),
      simulateTransaction: unsupported,
      sendTransaction: (wireBase64) =>
        ask("send", () => {
          chain.broadcast(wireBase64);
          return ok(wireBase64);
        }),
      getPriorityFeeEstimate: () => ask("fee", () => ok(1_000n)),
    };
  };
  const all = nodes.map((node) => ({ name: node.name, rpc: single(node) }));
  const failover = new Proxy({} as Rpc, {
    get:
      (_target, method) =>
      async (...args: unknown[]) => {
        let failure: unknown = null;
        for (const { rpc } of all) {
          const run = Reflect.get(rpc, method) as (...args: unknown[]) => Promise<RpcResult<unknown>>;
          const reply = await run(...args);
          if (reply.ok) return reply;
          failure ??= reply;
        }
        return failure;
      },
  });
  return { rpc: failover, all };
}

export function refusal(reason: RpcReason, detail: string): RpcRefusal {
  return { ok: false, reason, detail };
}
