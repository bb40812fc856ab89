import { addressBytes, associatedTokenAddress, isOnCurve } from "../../domain/solana/address.ts";
import { ByteReader, toHex } from "../../domain/solana/bytes.ts";
import { type DecodedEvent, decodeTransaction, findGraduation } from "../../domain/solana/decode.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../../domain/solana/discriminators.ts";
import { PUMP_SWAP_PROGRAM, TOKEN_2022_PROGRAM, WSOL_MINT } from "../../domain/solana/programs.ts";
import { encodeMint, encodeTokenAccount, plainTokenAccount } from "../../domain/solana/token.ts";
import type { ChainInstruction, ChainTransaction, TokenBalance } from "../../domain/solana/transaction.ts";
import type { Address } from "../../domain/units.ts";
import { encodePool, type Pool } from "../../domain/venues/pump-swap.ts";
import { followTokenInstructions, type RecordedMints } from "./token-effects.ts";

export interface RecordedAccount {
  readonly owner: Address;
  readonly lamports: bigint;
  readonly data: Uint8Array;
}

/**
 * Accounts as far as recorded transactions prove them, in the state after the newest one applied:
 * - pools from their CreatePool event and instruction;
 * - associated token accounts of program-derived owners from the token balances (nobody can have
 *   signed an approval for such an owner, so the balance is the whole story);
 * - mints from the instructions that created and changed them.
 * Everything else is unknown, which is null, never an invented account.
 */
export class RecordedState {
  readonly #accounts = new Map<Address, RecordedAccount>();
  readonly #pools = new Map<Address, Pool>();
  readonly #mints: RecordedMints = new Map();

  get(address: Address): RecordedAccount | null {
    return this.#accounts.get(address) ?? null;
  }

  /** An account as an RPC node stated it. */
  put(address: Address, account: RecordedAccount | null): void {
    if (account === null) this.#accounts.delete(address);
    else this.#accounts.set(address, account);
  }

  /** Supply and decimals of a mint that the recording proves. */
  supply(mint: Address): { readonly amount: bigint; readonly decimals: number } | null {
    const known = this.#mints.get(mint);
    return known == null || !this.#accounts.has(mint) ? null : { amount: known.mint.supply, decimals: known.mint.decimals };
  }

  /** Takes over the effects of one transaction; a failed one has none. */
  apply(tx: ChainTransaction): void {
    if (tx.failed) return;
    const events = decodeTransaction(tx);
    this.#applyTokenAccounts(tx);
    this.#applyMints(tx);
    for (const event of events) if (event.name === "CreatePool") this.#createPool(tx, event);
    for (const event of events) if (event.name === "Buy" || event.name === "Sell") this.#notePoolTrade(tx, event);
  }

  #applyTokenAccounts(tx: ChainTransaction): void {
    const after = new Set(tx.postTokenBalances.map(({ account }) => account));
    for (const { account } of tx.preTokenBalances) if (!after.has(account)) this.#accounts.delete(account);
    for (const balance of tx.postTokenBalances) {
      const lamports = lamportsAfter(tx, balance.account);
      const data = lamports === null ? null : tokenAccountData(balance, lamports);
      if (lamports === null || data === null || balance.tokenProgram === null) this.#accounts.delete(balance.account);
      else this.#accounts.set(balance.account, { owner: balance.tokenProgram, lamports, data });
    }
  }

  #applyMints(tx: ChainTransaction): void {
    followTokenInstructions(this.#mints, tx);
    for (const address of tx.accountKeys) {
      if (!this.#mints.has(address)) continue;
      const known = this.#mints.get(address) ?? null;
      const lamports = lamportsAfter(tx, address);
      if (known?.mint.isInitialized && lamports !== null)
        this.#accounts.set(address, { owner: known.program, lamports, data: encodeMint(known.mint) });
      else this.#accounts.delete(address);
    }
  }

  #createPool(tx: ChainTransaction, { fields }: DecodedEvent): void {
    const text = (name: string) => String(fields[name]);
    const address = text("pool");
    const created = createPoolInstruction(tx, address);
    if (created === null) return;
    const { poolBaseTokenAccount, poolQuoteTokenAccount, flags } = created;
    const quoteVault = tx.postTokenBalances.find(({ account }) => account === poolQuoteTokenAccount);
    this.#setPool(tx, address, {
      poolBump: Number(fields["pool_bump"]),
      index: Number(fields["index"]),
      creator: text("creator"),
      baseMint: text("base_mint"),
      quoteMint: text("quote_mint"),
      lpMint: text("lp_mint"),
      poolBaseTokenAccount,
      poolQuoteTokenAccount,
      lpSupply: BigInt(text("initial_liquidity")),
      coinCreator: text("coin_creator"),
      ...flags,
      virtualQuoteReservesLamports: boostOf(tx, address, quoteVault?.amount ?? null),
    });
  }

  /** A trade's event states the virtual reserves that it was priced on. */
  #notePoolTrade(tx: ChainTransaction, { fields }: DecodedEvent): void {
    const address = String(fields["pool"]);
    const pool = this.#pools.get(address);
    const virtual = BigInt(String(fields["virtual_quote_reserves"]));
    if (pool !== undefined) this.#setPool(tx, address, virtual === 0n ? pool : { ...pool, virtualQuoteReservesLamports: virtual });
  }

  #setPool(tx: ChainTransaction, address: Address, pool: Pool): void {
    const lamports = lamportsAfter(tx, address);
    if (lamports === null) return;
    this.#pools.set(address, pool);
    this.#accounts.set(address, { owner: PUMP_SWAP_PROGRAM, lamports, data: encodePool(pool) });
  }
}

function lamportsAfter(tx: ChainTransaction, address: Address): bigint | null {
  return tx.postBalances[tx.accountKeys.indexOf(address)] ?? null;
}

/** Null when the balance does not determine the account. */
function tokenAccountData({ account, mint, owner, tokenProgram, amount }: TokenBalance, lamports: bigint): Uint8Array | null {
  if (owner === null || tokenProgram === null || isOnCurve(addressBytes(owner))) return null;
  if (associatedTokenAddress(owner, mint, tokenProgram) !== account) return null;
  const plain = plainTokenAccount(mint, owner, amount, tokenProgram === TOKEN_2022_PROGRAM);
  return encodeTokenAccount(mint === WSOL_MINT ? { ...plain, nativeReserveLamports: lamports - amount } : plain);
}

interface CreatedPool {
  readonly poolBaseTokenAccount: Address;
  readonly poolQuoteTokenAccount: Address;
  readonly flags: Pick<Pool, "isMayhemMode" | "isCashbackCoin" | "creatorFeeBps" | "canEditCreatorFee">;
}

/** Vaults and options of a pool from PumpSwap's `create_pool`: accounts 9 and 10; arguments after amounts and creator. */
function createPoolInstruction(tx: ChainTransaction, pool: Address): CreatedPool | null {
  const instruction = pumpSwapCalls(tx, INSTRUCTION_DISCRIMINATOR.createPool).find(({ accounts }) => accounts[0] === pool);
  const poolBaseTokenAccount = instruction?.accounts[9];
  const poolQuoteTokenAccount = instruction?.accounts[10];
  if (instruction === undefined || poolBaseTokenAccount === undefined || poolQuoteTokenAccount === undefined) return null;
  const reader = new ByteReader(instruction.data, 8 + 2 + 8 + 8 + 32);
  const flags = {
    isMayhemMode: reader.bool(),
    isCashbackCoin: reader.bool(),
    creatorFeeBps: reader.u64(),
    canEditCreatorFee: reader.bool(),
  };
  return { poolBaseTokenAccount, poolQuoteTokenAccount, flags };
}

/**
 * Virtual quote reserves after a graduation: `init_boost` moves part of the quote out of the vault
 * and books it as virtual, so that both together are what the migration raised.
 */
function boostOf(tx: ChainTransaction, pool: Address, vaultLamports: bigint | null): bigint {
  const boosted = pumpSwapCalls(tx, INSTRUCTION_DISCRIMINATOR.initBoost).some(({ accounts }) => accounts.includes(pool));
  const graduation = findGraduation(tx);
  if (!boosted || vaultLamports === null || !graduation.ok || graduation.value.pool !== pool) return 0n;
  return graduation.value.quoteAmountLamports - vaultLamports;
}

function pumpSwapCalls(tx: ChainTransaction, discriminator: string): ChainInstruction[] {
  return tx.instructions
    .flatMap((top) => [top, ...top.inner])
    .filter(({ programId, data }) => programId === PUMP_SWAP_PROGRAM && toHex(data.subarray(0, 8)) === discriminator);
}
