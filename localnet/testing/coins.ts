import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../domain/solana/programs.ts";
import { encodeMint, encodeTokenAccount, plainTokenAccount } from "../../domain/solana/token.ts";
import { type Address, LAMPORTS_PER_SOL } from "../../domain/units.ts";
import { seededBytes } from "../chain/bytes.ts";
import type { Chain } from "../chain/chain.ts";
import { labelAddress } from "../chain/fixture.ts";
import { wrappedSolAccount } from "../chain/genesis.ts";
import { createAtaInstruction } from "../chain/programs/ata.ts";
import { rentExemptLamports } from "../chain/rent.ts";
import { readTokenAccount } from "../chain/token-state.ts";
import { compileTransaction } from "../chain/transaction.ts";
import type { Instruction, TransactionRecord } from "../chain/types.ts";
import {
  buyOnCurve,
  buyOnPool,
  type CoinAddresses,
  coinAddresses,
  createCoin,
  feeRecipients,
  migrateCoin,
  sellOnCurve,
  sellOnPool,
  setComputeUnitLimit,
  type Wallet,
  walletOf,
} from "../market/instructions.ts";

/** What the strangers' wallets hold: enough to buy out any curve, never an obstacle. */
const STRANGER_LAMPORTS = 10_000n * LAMPORTS_PER_SOL;
/** More than a whole curve costs: the program takes what it needs. */
const WHOLE_CURVE_LAMPORTS = 120n * LAMPORTS_PER_SOL;
const UNIT_LIMIT = 600_000;

export interface CoinOptions {
  /** Leaves the coin on its curve instead of in its pool. */
  readonly stage?: "curve" | "pool";
  readonly label?: string;
}

/** A coin that exists on the chain. */
export interface TestCoin {
  readonly mint: Address;
  readonly pool: Address;
  readonly creator: Address;
  readonly tokenProgram: Address;
  readonly addresses: CoinAddresses;
}

export interface StrangersTrade {
  readonly side: "buy" | "sell";
  /** Lamports of a buy, base units of a sale. */
  readonly amount: bigint;
  /** Which stranger; the first when left out. */
  readonly stranger?: number;
}

/** What the test does to the market around the trader, all of it landed at once. */
export interface Coins {
  /** Executes instructions as if `payer` and every other signer had signed. Throws when the chain refuses them outright. */
  perform(payer: Address, instructions: readonly Instruction[]): TransactionRecord;
  /** A new coin, made by the venues' own instructions. */
  addCoin(options?: CoinOptions): TestCoin;
  /** Somebody else's trade on the coin's curve or in its pool, whichever holds it. */
  trade(coin: TestCoin, trade: StrangersTrade): TransactionRecord;
  /** Puts `amount` of a worthless token into a wallet; returns the token account. */
  airdropToken(
    owner: Address,
    options?: { readonly tokenProgram?: Address; readonly amount?: bigint },
  ): {
    readonly mint: Address;
    readonly account: Address;
  };
}

export interface CoinsOptions {
  readonly seed: string;
  readonly chain: Chain;
  readonly record: (record: TransactionRecord) => void;
}

/** The strangers of one test chain. */
export function createCoins({ seed, chain, record }: CoinsOptions): Coins {
  let made = 0;
  let sent = 0;
  const fees = feeRecipients(0, 0);

  function perform(payer: Address, instructions: readonly Instruction[]): TransactionRecord {
    const all = [setComputeUnitLimit(UNIT_LIMIT), ...instructions];
    const signers = new Set(all.flatMap(({ accounts }) => accounts.filter((meta) => meta.signer).map((meta) => meta.address))).add(payer);
    const signatures = [...signers].map(() => encodeBase58(seededBytes(`${seed}/signature/${sent++}`, 64)));
    const outcome = chain.execute(compileTransaction(payer, all, chain.latestBlockhash().blockhash, signatures));
    if (outcome.refused !== null) throw new Error(`refused: ${JSON.stringify(outcome.refused)}`);
    record(outcome.record);
    return outcome.record;
  }

  function must(done: TransactionRecord): TransactionRecord {
    if (done.err !== null) throw new Error(`${JSON.stringify(done.err)}\n${done.logs.join("\n")}`);
    return done;
  }

  function stranger(label: string): Wallet {
    const wallet = walletOf(labelAddress(`${seed}/stranger/${label}`));
    if ((chain.account(wallet.address)?.lamports ?? 0n) < STRANGER_LAMPORTS / 10n) {
      chain.plant(wallet.address, { owner: SYSTEM_PROGRAM, lamports: STRANGER_LAMPORTS, data: new Uint8Array(0), executable: false });
      const wrapped = wrappedSolAccount(wallet.address, STRANGER_LAMPORTS);
      chain.plant(wrapped.address, wrapped.account);
    }
    return wallet;
  }

  return {
    perform,
    addCoin: ({ stage = "pool", label = `${made++}` } = {}) => {
      const creator = stranger(`creator/${label}`);
      const addresses = coinAddresses(labelAddress(`${seed}/mint/${label}`), creator.address);
      const coin: TestCoin = {
        mint: addresses.mint,
        pool: addresses.pool,
        creator: creator.address,
        tokenProgram: TOKEN_2022_PROGRAM,
        addresses,
      };
      must(
        perform(creator.address, [createCoin(addresses, creator.address, `Coin ${label}`, "COIN", "https://metadata.example/coin.json")]),
      );
      if (stage === "curve") return coin;
      const whale = stranger("whale");
      const tokens = associatedTokenAddress(whale.address, coin.mint, TOKEN_2022_PROGRAM);
      must(
        perform(whale.address, [
          createAtaInstruction(whale.address, tokens, whale.address, coin.mint, TOKEN_2022_PROGRAM),
          buyOnCurve(addresses, whale, tokens, fees, WHOLE_CURVE_LAMPORTS, 0n),
        ]),
      );
      must(perform(whale.address, [migrateCoin(addresses, whale.address)]));
      return coin;
    },
    trade: ({ addresses, mint, tokenProgram }, { side, amount, stranger: index = 0 }) => {
      const wallet = stranger(`${index}`);
      const tokens = associatedTokenAddress(wallet.address, mint, tokenProgram);
      const inPool = chain.account(addresses.pool) !== null;
      const build = side === "buy" ? (inPool ? buyOnPool : buyOnCurve) : inPool ? sellOnPool : sellOnCurve;
      return perform(wallet.address, [
        createAtaInstruction(wallet.address, tokens, wallet.address, mint, tokenProgram),
        build(addresses, wallet, tokens, fees, amount, 0n),
      ]);
    },
    airdropToken: (owner, { tokenProgram = TOKEN_PROGRAM, amount = 1_000_000_000n } = {}) => {
      const mint = labelAddress(`${seed}/scam/${made++}`);
      const mintData = encodeMint({
        mintAuthority: labelAddress(`${seed}/scammer`),
        supply: amount,
        decimals: 6,
        isInitialized: true,
        freezeAuthority: null,
        extensions: [],
      });
      chain.plant(mint, { owner: tokenProgram, lamports: rentExemptLamports(mintData.length), data: mintData, executable: false });
      const account = associatedTokenAddress(owner, mint, tokenProgram);
      const data = encodeTokenAccount(plainTokenAccount(mint, owner, amount, tokenProgram === TOKEN_2022_PROGRAM));
      chain.plant(account, { owner: tokenProgram, lamports: rentExemptLamports(data.length), data, executable: false });
      return { mint, account };
    },
  };
}

/** Base units in a token account; zero when there is none. */
export function tokenAmount(chain: Chain, address: Address): bigint {
  const account = chain.account(address);
  return account === null ? 0n : (readTokenAccount(account)?.amount ?? 0n);
}
