import { ByteReader, ByteWriter } from "../../domain/solana/bytes.ts";
import type { Address } from "../../domain/units.ts";
import { type Blockhash, type Chain, type Outcome, SLOT_MS } from "../chain/chain.ts";
import { isTokenProgram, readTokenAccount } from "../chain/token-state.ts";
import { isWritableIndex } from "../chain/transaction.ts";
import type { Account, Clock, CompiledTransaction } from "../chain/types.ts";
import { BLOCKHASH_VALID_BLOCKS } from "../chain/window.ts";
import type { RpcSource } from "./rpc-source.ts";

/** Most slots that a view may lag behind: what happened before is forgotten. */
export const MAX_LAG_SLOTS = BLOCKHASH_VALID_BLOCKS;

/** How one provider's answers differ from the truth. */
export interface ProviderBehaviour {
  /** Answers as the chain was this many slots ago. */
  readonly lagSlots: number;
  /** Reports another cluster's genesis hash. */
  readonly wrongGenesis: boolean;
  /** Doubles every balance it reports. */
  readonly inflatesBalances: boolean;
  /** Knows no transaction. */
  readonly hidesTransactions: boolean;
}

export const HONEST: ProviderBehaviour = { lagSlots: 0, wrongGenesis: false, inflatesBalances: false, hidesTransactions: false };
/** Genesis hash of devnet. */
const OTHER_GENESIS_HASH = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG";

/** A chain that remembers what its transactions overwrote, so that its recent past can be read. */
export interface RecordedChain extends Chain {
  /** The account as it was when `slot` ended. What was planted counts as always there. */
  accountAt(address: Address, slot: number): Account | null;
  blockhashAt(slot: number): Blockhash | null;
}

/** Wraps a chain; everything that executes through the wrapper is remembered for `MAX_LAG_SLOTS`. */
export function recordChain(chain: Chain): RecordedChain {
  let overwritten: Array<{ readonly slot: number; readonly address: Address; readonly before: Account | null }> = [];
  const blockhashes = new Map<number, Blockhash>();

  function noteBlockhash(): Blockhash {
    const { slot } = chain.clock();
    const known = blockhashes.get(slot);
    if (known !== undefined) return known;
    const blockhash = chain.latestBlockhash();
    blockhashes.set(slot, blockhash);
    return blockhash;
  }

  function forget(slot: number): void {
    const oldest = slot - MAX_LAG_SLOTS;
    for (const known of blockhashes.keys()) {
      if (known >= oldest) break;
      blockhashes.delete(known);
    }
    // In batches: cutting the front at every slot would cost a copy each.
    const stale = overwritten.findIndex((change) => change.slot >= oldest);
    if (stale > overwritten.length / 2) overwritten = overwritten.slice(stale);
    else if (stale < 0) overwritten = [];
  }

  function execute(transaction: CompiledTransaction): Outcome {
    const written = transaction.accountKeys.filter((_, index) => isWritableIndex(transaction, index));
    const before = written.map((address) => chain.account(address));
    const outcome = chain.execute(transaction);
    const { slot } = chain.clock();
    if (outcome.refused === null) {
      for (const [index, address] of written.entries()) overwritten.push({ slot, address, before: before[index] ?? null });
    }
    return outcome;
  }

  return {
    ...chain,
    setClock: (clock) => {
      const moved = clock.slot > chain.clock().slot;
      chain.setClock(clock);
      if (!moved) return;
      noteBlockhash();
      forget(clock.slot);
    },
    latestBlockhash: noteBlockhash,
    execute,
    accountAt: (address, slot) => {
      const first = overwritten.find((change) => change.slot > slot && change.address === address);
      return first === undefined ? chain.account(address) : first.before;
    },
    blockhashAt: (slot) => blockhashes.get(slot) ?? null,
  };
}

/** One provider's view of a chain. `behaviour` is asked at every call, so that it may change meanwhile. */
export function providerView(source: RpcSource & { readonly chain: RecordedChain }, behaviour: () => ProviderBehaviour): RpcSource {
  const { chain, history } = source;
  const lag = (): number => Math.min(Math.max(0, behaviour().lagSlots), MAX_LAG_SLOTS);
  const clock = (): Clock => {
    const { slot, unixMs } = chain.clock();
    return { slot: slot - lag(), unixMs: unixMs - lag() * SLOT_MS };
  };
  const shown = (account: Account | null): Account | null =>
    account !== null && behaviour().inflatesBalances ? inflate(account) : account;
  const account = (address: Address): Account | null =>
    shown(lag() === 0 ? chain.account(address) : chain.accountAt(address, clock().slot));
  const isVisible = (slot: number): boolean => !behaviour().hidesTransactions && slot <= clock().slot;
  return {
    ...source,
    chain: {
      ...chain,
      get genesisHash() {
        return behaviour().wrongGenesis ? OTHER_GENESIS_HASH : chain.genesisHash;
      },
      clock,
      account,
      accounts: function* () {
        for (const [address] of chain.accounts()) {
          const found = account(address);
          if (found !== null) yield [address, found] as const;
        }
      },
      latestBlockhash: () => (lag() === 0 ? null : chain.blockhashAt(clock().slot)) ?? chain.latestBlockhash(),
      simulate: (transaction, checkBlockhash) => {
        const simulation = chain.simulate(transaction, checkBlockhash);
        return { ...simulation, account: (address) => shown(simulation.account(address)) };
      },
    },
    history: {
      get: (signature) => {
        const record = history.get(signature);
        return record !== null && isVisible(record.slot) ? record : null;
      },
      entry: (signature) => {
        const entry = history.entry(signature);
        return entry !== null && isVisible(entry.slot) ? entry : null;
      },
      signaturesFor: (address, range) =>
        behaviour().hidesTransactions ? [] : history.signaturesFor(address, { ...range, maxSlot: Math.min(range.maxSlot, clock().slot) }),
    },
  };
}

const AMOUNT_OFFSET = 64;

function inflate(account: Account): Account {
  if (!isTokenProgram(account.owner) || readTokenAccount(account) === null) return { ...account, lamports: account.lamports * 2n };
  const data = Uint8Array.from(account.data);
  const amount = new ByteReader(data, AMOUNT_OFFSET).u64();
  data.set(new ByteWriter().u64(BigInt.asUintN(64, amount * 2n)).toBytes(), AMOUNT_OFFSET);
  return { ...account, data };
}
