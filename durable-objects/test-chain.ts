import { base64 } from "@scure/base";
import { vi } from "vitest";
import { addressFromBytes, associatedTokenAddress } from "../domain/solana/address.ts";
import { PUMP_SWAP_PROGRAM, PUMP_TOKEN_SUPPLY, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../domain/solana/programs.ts";
import { encodeMint, encodeTokenAccount, type Mint } from "../domain/solana/token.ts";
import type { PoolKeys } from "../domain/trading/market.ts";
import { sampleMoved } from "../domain/trading/test-fixtures.ts";
import type { Address } from "../domain/units.ts";
import { poolAuthorityAddress } from "../domain/venues/pdas.ts";
import { encodePool } from "../domain/venues/pump-swap.ts";

/**
 * A chain of pools behind `http://rpc.test/` for tests in workerd: answers `getMultipleAccounts`
 * with real account bytes at a slot that the test sets.
 */
export class TestChain {
  slot = 1_000;
  /** Every call fails while set. */
  isDown = false;
  calls = 0;
  readonly #pools = new Map<Address, { readonly keys: PoolKeys; moveBps: number; mint: Mint }>();
  readonly #holdings = new Map<Address, { readonly mint: Address; readonly owner: Address; readonly amount: bigint }>();

  /** Puts the chain in place of the network. Restore with `vi.restoreAllMocks()`. */
  install(): this {
    const passThrough = globalThis.fetch;
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const request = new Request(input, init);
      return request.url === "http://rpc.test/" ? this.answer(request) : passThrough(request);
    });
    return this;
  }

  /** A graduated coin whose addresses are made from a number below 200. */
  addPool(n: number): PoolKeys {
    const address = (role: number) => addressFromBytes(Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? role : n + 1)));
    const keys: PoolKeys = { mint: address(11), pool: address(12), baseVault: address(13), quoteVault: address(14) };
    this.#pools.set(keys.mint, { keys, moveBps: 0, mint: MINT });
    return keys;
  }

  /** Sets the price, in basis points from the opening. */
  move({ mint }: PoolKeys, moveBps: number): void {
    const pool = this.#pools.get(mint);
    if (pool !== undefined) pool.moveBps = moveBps;
  }

  remove({ mint }: PoolKeys): void {
    this.#pools.delete(mint);
  }

  /** Changes a coin's mint account. */
  setMint({ mint }: PoolKeys, changes: Partial<Mint>): void {
    const pool = this.#pools.get(mint);
    if (pool !== undefined) pool.mint = { ...pool.mint, ...changes };
  }

  /** Sets what somebody holds of a coin in their associated account; null closes it. */
  setHolding({ mint }: PoolKeys, owner: Address, amount: bigint | null): void {
    const account = associatedTokenAddress(owner, mint, TOKEN_2022_PROGRAM);
    if (amount === null) this.#holdings.delete(account);
    else this.#holdings.set(account, { mint, owner, amount });
  }

  /** Answers one JSON-RPC request. */
  async answer(request: Request): Promise<Response> {
    this.calls++;
    if (this.isDown) return new Response("down", { status: 503 });
    const { params } = (await request.json()) as { params: [Address[]] };
    const accounts = this.#accounts();
    const value = params[0].map((address) => accounts.get(address) ?? null);
    return Response.json({ jsonrpc: "2.0", id: 1, result: { context: { slot: this.slot }, value } });
  }

  #accounts(): Map<Address, unknown> {
    const accounts = new Map<Address, unknown>();
    const put = (address: Address, owner: Address, data: Uint8Array) =>
      accounts.set(address, { owner, lamports: 1, data: [base64.encode(data), "base64"] });
    for (const [account, { mint, owner, amount }] of this.#holdings) put(account, TOKEN_2022_PROGRAM, vaultData(mint, owner, amount));
    for (const { keys, moveBps, mint } of this.#pools.values()) {
      const sample = sampleMoved(moveBps, 0, 0);
      put(keys.pool, PUMP_SWAP_PROGRAM, poolData(keys));
      put(keys.baseVault, TOKEN_2022_PROGRAM, vaultData(keys.mint, keys.pool, sample.baseReserves));
      put(keys.quoteVault, TOKEN_PROGRAM, vaultData(WSOL_MINT, keys.pool, sample.quoteReservesLamports));
      put(keys.mint, TOKEN_2022_PROGRAM, encodeMint(mint));
    }
    return accounts;
  }
}

const MINT: Mint = {
  mintAuthority: null,
  supply: PUMP_TOKEN_SUPPLY,
  decimals: 6,
  isInitialized: true,
  freezeAuthority: null,
  extensions: [],
};

function poolData(keys: PoolKeys): Uint8Array {
  return encodePool({
    poolBump: 255,
    index: 0,
    creator: poolAuthorityAddress(keys.mint),
    baseMint: keys.mint,
    quoteMint: WSOL_MINT,
    lpMint: keys.pool,
    poolBaseTokenAccount: keys.baseVault,
    poolQuoteTokenAccount: keys.quoteVault,
    lpSupply: 1n,
    coinCreator: keys.mint,
    isMayhemMode: false,
    isCashbackCoin: false,
    virtualQuoteReservesLamports: 0n,
    creatorFeeBps: 0n,
    canEditCreatorFee: false,
  });
}

function vaultData(mint: Address, owner: Address, amount: bigint): Uint8Array {
  return encodeTokenAccount({
    mint,
    owner,
    amount,
    delegate: null,
    state: "initialized",
    nativeReserveLamports: null,
    delegatedAmount: 0n,
    closeAuthority: null,
    extensions: [],
  });
}

/** Waits, on the real clock, for what happens behind a call's answer. */
export async function until(holds: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain until ${what}`);
}

/**
 * Freezes `Date` an hour ahead of the real clock, so that no alarm rings by itself: tests move time
 * with `vi.setSystemTime` and ring alarms with `runDurableObjectAlarm`.
 */
export function freezeClock(): number {
  const nowMs = Date.now() + 3_600_000;
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
  return nowMs;
}

export function passTime(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}
