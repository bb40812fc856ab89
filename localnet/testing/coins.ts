import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { createAssociatedTokenIdempotent } from "../../domain/solana/instructions.ts";
import {
  PUMP_PROGRAM,
  PUMP_TOKEN_DECIMALS,
  PUMP_TOKEN_SUPPLY,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
} from "../../domain/solana/programs.ts";
import { encodeMint, encodeTokenAccount, plainTokenAccount } from "../../domain/solana/token.ts";
import { type Address, LAMPORTS_PER_SOL } from "../../domain/units.ts";
import { pumpBuy, pumpBuyExactSolIn, pumpSell, pumpSwapBuyExactQuoteIn, pumpSwapSell } from "../../domain/venues/instructions.ts";
import { decodeBondingCurve, encodeBondingCurve, newBondingCurve } from "../../domain/venues/pump-curve.ts";
import { decodePool } from "../../domain/venues/pump-swap.ts";
import {
  type CurveTradeAccounts,
  curveTradeAccounts,
  type PoolTradeAccounts,
  poolTradeAccounts,
} from "../../domain/venues/trade-accounts.ts";
import { seededBytes } from "../chain/bytes.ts";
import type { Chain } from "../chain/chain.ts";
import { BUYBACK_FEE_RECIPIENTS, PROTOCOL_FEE_RECIPIENTS } from "../chain/config.ts";
import { labelAddress } from "../chain/fixture.ts";
import { wrappedSolAccount } from "../chain/genesis.ts";
import { rentExemptLamports } from "../chain/rent.ts";
import { readTokenAccount } from "../chain/token-state.ts";
import { compileTransaction } from "../chain/transaction.ts";
import type { Instruction, TransactionRecord } from "../chain/types.ts";
import { type CoinAddresses, setComputeUnitLimit } from "../market/instructions.ts";
import { coinAddressesUnder, createCoinV2, fromKit, migrateUnder } from "./coin-instructions.ts";

/** What the strangers' wallets hold: enough to buy out any curve, never an obstacle. */
const STRANGER_LAMPORTS = 10_000n * LAMPORTS_PER_SOL;
/** More than a whole curve costs: the program takes what it needs. */
const WHOLE_CURVE_LAMPORTS = 120n * LAMPORTS_PER_SOL;
const UNIT_LIMIT = 600_000;

/** `classic` is a coin of 2024 and 2025, whose mint belongs to the classic token program. */
export type CoinKind = "normal" | "cashback" | "classic";

export interface CoinOptions {
  readonly kind?: CoinKind;
  /** Leaves the coin on its curve instead of in its pool. */
  readonly stage?: "curve" | "pool";
  readonly label?: string;
}

/** A coin that exists on the chain. */
export interface TestCoin {
  readonly kind: CoinKind;
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
  /** Somebody buys the rest of the coin's curve and migrates it. */
  graduate(coin: TestCoin): TransactionRecord;
  /** Somebody else's trade on the coin's curve or in its pool, whichever holds it. */
  trade(coin: TestCoin, trade: StrangersTrade): TransactionRecord;
  /** The accounts of a wallet's trades with a coin. */
  curveAccounts(coin: TestCoin, user: Address): CurveTradeAccounts;
  poolAccounts(coin: TestCoin, user: Address): PoolTradeAccounts;
  /** Puts `amount` of a worthless token into a wallet; returns the token account. */
  airdropToken(
    owner: Address,
    options?: { readonly tokenProgram?: Address; readonly amount?: bigint },
  ): { readonly mint: Address; readonly account: Address };
}

export interface CoinsOptions {
  readonly seed: string;
  readonly chain: Chain;
  readonly record: (record: TransactionRecord) => void;
}

/** The strangers of one test chain, and what they make. */
export function createCoins({ seed, chain, record }: CoinsOptions): Coins {
  let made = 0;
  let sent = 0;
  const recipients = { protocolFeeRecipient: first(PROTOCOL_FEE_RECIPIENTS), buybackFeeRecipient: first(BUYBACK_FEE_RECIPIENTS) };

  function perform(payer: Address, instructions: readonly Instruction[]): TransactionRecord {
    const all = [setComputeUnitLimit(UNIT_LIMIT), ...instructions];
    const signers = new Set(all.flatMap(({ accounts }) => accounts.filter((meta) => meta.signer).map((meta) => meta.address))).add(payer);
    const signatures = [...signers].map(() => encodeBase58(seededBytes(`${seed}/signature/${sent++}`, 64)));
    const outcome = chain.execute(compileTransaction(payer, all, chain.latestBlockhash().blockhash, signatures));
    if (outcome.refused !== null) throw new Error(`refused: ${JSON.stringify(outcome.refused)}`);
    record(outcome.record);
    return outcome.record;
  }

  function stranger(label: string): Address {
    const address = labelAddress(`${seed}/stranger/${label}`);
    if ((chain.account(address)?.lamports ?? 0n) < STRANGER_LAMPORTS / 10n) {
      chain.plant(address, { owner: SYSTEM_PROGRAM, lamports: STRANGER_LAMPORTS, data: new Uint8Array(0), executable: false });
      const wrapped = wrappedSolAccount(address, STRANGER_LAMPORTS);
      chain.plant(wrapped.address, wrapped.account);
    }
    return address;
  }

  function plantToken(address: Address, program: Address, data: Uint8Array): void {
    chain.plant(address, { owner: program, lamports: rentExemptLamports(data.length), data, executable: false });
  }

  /** Classic coins cannot be made any more: they are there, as `create` left them. */
  function plantClassic({ mint, curve, curveTokens }: CoinAddresses, creator: Address): void {
    const plain = { mintAuthority: null, decimals: PUMP_TOKEN_DECIMALS, isInitialized: true, freezeAuthority: null, extensions: [] };
    plantToken(mint, TOKEN_PROGRAM, encodeMint({ ...plain, supply: PUMP_TOKEN_SUPPLY }));
    plantToken(curveTokens, TOKEN_PROGRAM, encodeTokenAccount(plainTokenAccount(mint, curve, PUMP_TOKEN_SUPPLY)));
    plantToken(curve, PUMP_PROGRAM, encodeBondingCurve(newBondingCurve(creator)));
  }

  function curveAccounts({ mint, tokenProgram, addresses }: TestCoin, user: Address): CurveTradeAccounts {
    const state = decodeBondingCurve(chain.account(addresses.curve)?.data ?? new Uint8Array());
    if (!state.ok) throw new Error(`${mint} has no curve`);
    return curveTradeAccounts({ mint, state: state.value, user, tokenProgram, recipients });
  }

  function poolAccounts({ mint, pool, tokenProgram }: TestCoin, user: Address): PoolTradeAccounts {
    const state = decodePool(chain.account(pool)?.data ?? new Uint8Array());
    if (!state.ok) throw new Error(`${mint} has no pool`);
    return poolTradeAccounts({ pool, state: state.value, user, baseTokenProgram: tokenProgram, recipients });
  }

  function trade(coin: TestCoin, user: Address, side: "buy" | "sell", amount: bigint): TransactionRecord {
    const { mint, tokenProgram } = coin;
    const account = associatedTokenAddress(user, mint, tokenProgram);
    const create = createAssociatedTokenIdempotent({ payer: user, account, owner: user, mint, tokenProgram });
    const build = (): Parameters<typeof fromKit>[0] => {
      if (chain.account(coin.pool) !== null) {
        const accounts = poolAccounts(coin, user);
        return side === "buy"
          ? pumpSwapBuyExactQuoteIn(accounts, { spendableQuoteIn: amount, minBaseAmountOut: 1n })
          : pumpSwapSell(accounts, { baseAmountIn: amount, minQuoteAmountOut: 0n });
      }
      const accounts = curveAccounts(coin, user);
      return side === "buy"
        ? pumpBuyExactSolIn(accounts, { spendableSolIn: amount, minTokensOut: 1n })
        : pumpSell(accounts, { tokenAmount: amount, minSolOutput: 0n });
    };
    return perform(user, [fromKit(create), fromKit(build())]);
  }

  function graduate(coin: TestCoin): TransactionRecord {
    const whale = stranger("whale");
    const { mint, tokenProgram } = coin;
    const accounts = curveAccounts(coin, whale);
    const state = decodeBondingCurve(chain.account(coin.addresses.curve)?.data ?? new Uint8Array());
    const left = state.ok ? state.value.realTokenReserves : 0n;
    const create = createAssociatedTokenIdempotent({ payer: whale, account: accounts.userTokenAccount, owner: whale, mint, tokenProgram });
    // Exactly what is left: not every version of the program cuts a larger buy down to it.
    if (left > 0n)
      must(perform(whale, [fromKit(create), fromKit(pumpBuy(accounts, { tokenAmount: left, maxSolCost: WHOLE_CURVE_LAMPORTS }))]));
    return must(perform(whale, [migrateUnder(coin.addresses, whale, coin.tokenProgram)]));
  }

  return {
    perform,
    graduate,
    curveAccounts,
    poolAccounts,
    addCoin: ({ kind = "normal", stage = "pool", label = `${made++}` } = {}) => {
      const creator = stranger(`creator/${label}`);
      const tokenProgram = kind === "classic" ? TOKEN_PROGRAM : TOKEN_2022_PROGRAM;
      const addresses = coinAddressesUnder(labelAddress(`${seed}/mint/${label}`), creator, tokenProgram);
      const coin: TestCoin = { kind, mint: addresses.mint, pool: addresses.pool, creator, tokenProgram, addresses };
      const plan = {
        creator,
        name: `Coin ${label}`,
        symbol: "COIN",
        uri: "https://metadata.example/coin.json",
        isCashbackCoin: kind === "cashback",
      };
      if (kind === "classic") plantClassic(addresses, creator);
      else must(perform(creator, [createCoinV2(addresses, plan)]));
      if (stage === "pool") graduate(coin);
      return coin;
    },
    trade: (coin, { side, amount, stranger: index = 0 }) => trade(coin, stranger(`${index}`), side, amount),
    airdropToken: (owner, { tokenProgram = TOKEN_PROGRAM, amount = 1_000_000_000n } = {}) => {
      const mint = labelAddress(`${seed}/scam/${made++}`);
      const authority = labelAddress(`${seed}/scammer`);
      plantToken(
        mint,
        tokenProgram,
        encodeMint({ mintAuthority: authority, supply: amount, decimals: 6, isInitialized: true, freezeAuthority: null, extensions: [] }),
      );
      const account = associatedTokenAddress(owner, mint, tokenProgram);
      plantToken(account, tokenProgram, encodeTokenAccount(plainTokenAccount(mint, owner, amount, tokenProgram === TOKEN_2022_PROGRAM)));
      return { mint, account };
    },
  };
}

function must(done: TransactionRecord): TransactionRecord {
  if (done.err !== null) throw new Error(`${JSON.stringify(done.err)}\n${done.logs.join("\n")}`);
  return done;
}

function first(addresses: readonly Address[]): Address {
  const [address] = addresses;
  if (address === undefined) throw new RangeError("empty list of fee recipients");
  return address;
}

/** Base units in a token account; zero when there is none. */
export function tokenAmount(chain: Pick<Chain, "account">, address: Address): bigint {
  const account = chain.account(address);
  return account === null ? 0n : (readTokenAccount(account)?.amount ?? 0n);
}
