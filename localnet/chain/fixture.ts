import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { SYSTEM_PROGRAM, TOKEN_2022_PROGRAM } from "../../domain/solana/programs.ts";
import type { Address } from "../../domain/units.ts";
import {
  type CoinAddresses,
  coinAddresses,
  createCoin,
  feeRecipients,
  setComputeUnitLimit,
  type Wallet,
  walletOf,
} from "../market/instructions.ts";
import { seededBytes } from "./bytes.ts";
import { type Chain, createChain } from "./chain.ts";
import { genesisAccounts, wrappedSolAccount } from "./genesis.ts";
import { createAtaInstruction } from "./programs/ata.ts";
import { compileTransaction } from "./transaction.ts";
import type { Instruction, TransactionRecord } from "./types.ts";

/** A fresh chain with one rich wallet and one new coin, for tests. */
export interface ChainFixture {
  readonly chain: Chain;
  readonly wallet: Wallet;
  readonly coin: CoinAddresses;
  /** The wallet's account for the coin. */
  readonly tokens: Address;
  readonly fees: ReturnType<typeof feeRecipients>;
  /** Executes instructions signed by the wallet; throws when the chain refuses them outright. */
  send(...instructions: Instruction[]): TransactionRecord;
}

export const FIXTURE_CLOCK = { slot: 460_000_000, unixMs: 1_790_000_000_000 };

/** An address that depends on the label only. */
export function labelAddress(label: string): Address {
  return encodeBase58(seededBytes(label, 32));
}

/** Creates the fixture; the same seed gives the same one. */
export function createFixture(seed: string): ChainFixture {
  const accounts = genesisAccounts();
  const chain = createChain({ seed, clock: FIXTURE_CLOCK, feeCollector: labelAddress("collector"), accounts });
  const wallet = walletOf(labelAddress(`${seed}/wallet`));
  accounts.set(wallet.address, { owner: SYSTEM_PROGRAM, lamports: 10_000_000_000_000n, data: new Uint8Array(0), executable: false });
  const wrapped = wrappedSolAccount(wallet.address, 10_000_000_000_000n);
  accounts.set(wrapped.address, wrapped.account);
  const coin = coinAddresses(labelAddress(`${seed}/mint`), wallet.address);
  const tokens = associatedTokenAddress(wallet.address, coin.mint, TOKEN_2022_PROGRAM);
  let sent = 0;
  function send(...instructions: Instruction[]): TransactionRecord {
    const { blockhash } = chain.latestBlockhash();
    const signature = encodeBase58(seededBytes(`${seed}/signature/${sent++}`, 64));
    const outcome = chain.execute(
      compileTransaction(wallet.address, [setComputeUnitLimit(500_000), ...instructions], blockhash, [signature]),
    );
    if (outcome.refused !== null) throw new Error(`refused: ${JSON.stringify(outcome.refused)}`);
    return outcome.record;
  }
  const created = send(
    createCoin(coin, wallet.address, "Test Coin", "TEST", "https://metadata.example/test.json"),
    createAtaInstruction(wallet.address, tokens, wallet.address, coin.mint, TOKEN_2022_PROGRAM),
  );
  if (created.err !== null) throw new Error(`create failed: ${created.logs.join("\n")}`);
  return { chain, wallet, coin, tokens, fees: feeRecipients(0, 0), send };
}
