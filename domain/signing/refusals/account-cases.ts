import { associatedTokenAddress } from "../../solana/address.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM, USDC_MINT, WSOL_MINT } from "../../solana/programs.ts";
import type { Address } from "../../units.ts";
import { pumpSwapBuyExactQuoteIn, pumpSwapSell } from "../../venues/instructions.ts";
import { canonicalPoolAddress, creatorVaultAuthorityAddress, poolAddress, poolAuthorityAddress } from "../../venues/pdas.ts";
import { poolTradeAccounts } from "../../venues/trade-accounts.ts";
import { SAMPLE_WALLET, type SampleKind, sampleAddress } from "../sample-messages.ts";
import { account, all, allowed, type Case, type Change, drop, editStep, refused, STEP, STRANGER } from "./changes.ts";

const MINT = sampleAddress(10);
const OTHER_MINT = sampleAddress(20);
const WALLET = SAMPLE_WALLET;
const COIN_ACCOUNT = associatedTokenAddress(WALLET, MINT, TOKEN_2022_PROGRAM);
const wsolOf = (owner: Address): Address => associatedTokenAddress(owner, WSOL_MINT, TOKEN_PROGRAM);

type PoolKind = "pool-buy" | "pool-sell";
const TRADE: Readonly<Record<Exclude<SampleKind, "sweep" | "close">, number>> = {
  "pool-buy": STEP.poolBuy.trade,
  "pool-sell": STEP.poolSell.trade,
  "curve-buy": STEP.curveBuy.trade,
  "curve-buy-exact-in": STEP.curveBuy.trade,
  "curve-sell": STEP.curveSell.trade,
};
type TradeKind = keyof typeof TRADE;

/** How the signer names a trade, whichever of the curve's two buys it is. */
const named = (kind: TradeKind): string => (kind === "curve-buy-exact-in" ? "curve-buy" : kind);
const wrong = (kind: TradeKind, what: string) => ["SIGN_ACCOUNT", `${named(kind)}: ${what}`] as const;
const at = (kind: TradeKind, index: number, address: Address): Change => account(TRADE[kind], index, address);

/** What is found wrong when the account at each index is a stranger's; null where any stranger may stand. */
const POOL_ACCOUNTS = [
  ...["pool is", "user is", "global config is", "pool is", "quote mint is", "user base account is", "user quote account is"],
  ...[
    "pool base account is",
    "pool quote account is",
    "account of the protocol fee recipient is",
    "account of the protocol fee recipient is",
  ],
  ...["user base account is", "quote token program is", "system program is", "associated token program is", "event authority is"],
  ...["program is", "creator vault is", "creator vault is"],
];
const VOLUME = ["global volume accumulator is", "user volume accumulator is"];
const FEES = ["fee config is", "fee program is"];
const BUYBACK = Array.from({ length: 3 }, () => "account of the buyback recipient is");
const CURVE_ACCOUNTS = [
  ...[
    "global is",
    null,
    "bonding curve is",
    "bonding curve is",
    "curve's account is",
    "user base account is",
    "user is",
    "system program is",
  ],
];
const CURVE_END = ["curve v2 is", null];
const PROGRAM = ["event authority is", "program is"];

const LISTS: readonly (readonly [TradeKind, cashback: boolean, readonly (string | null)[]])[] = [
  ["pool-buy", false, [...POOL_ACCOUNTS, ...VOLUME, ...FEES, ...BUYBACK]],
  // A wrong cashback account is taken for the buyback recipient, and what follows is not its account.
  ["pool-buy", true, [...POOL_ACCOUNTS, ...VOLUME, ...FEES, ...BUYBACK, ...BUYBACK.slice(0, 1)]],
  ["pool-sell", false, [...POOL_ACCOUNTS, ...FEES, ...BUYBACK]],
  ["pool-sell", true, [...POOL_ACCOUNTS, ...FEES, ...BUYBACK, ...BUYBACK.slice(0, 2)]],
  ["curve-buy", false, [...CURVE_ACCOUNTS, "curve's account is", null, ...PROGRAM, ...VOLUME, ...FEES, ...CURVE_END]],
  ["curve-buy-exact-in", true, [...CURVE_ACCOUNTS, "curve's account is", null, ...PROGRAM, ...VOLUME, ...FEES, ...CURVE_END]],
  ["curve-sell", false, [...CURVE_ACCOUNTS, null, "curve's account is", ...PROGRAM, ...FEES, ...CURVE_END]],
  ["curve-sell", true, [...CURVE_ACCOUNTS, null, "curve's account is", ...PROGRAM, ...FEES, "curve v2 is", ...CURVE_END]],
];

/** One account of a trade replaced by a stranger's; accounts missing and left over. */
const ONE_ACCOUNT: readonly Case[] = LISTS.flatMap(([kind, cashback, list]) => {
  const options = { cashback };
  const coin = cashback ? "cashback coin: " : "";
  return [
    ...list.map((what, index) => {
      const changed = { options, change: at(kind, index, STRANGER) };
      const rule = `${coin}a stranger as account ${index}`;
      return what === null ? allowed(rule, kind, changed) : refused(rule, kind, wrong(kind, what), changed);
    }),
    refused(`${coin}an account more`, kind, wrong(kind, "accounts after the last one"), {
      options,
      change: editStep(TRADE[kind], (one) => ({ ...one, accounts: [...one.accounts, ...one.accounts.slice(0, 1)] })),
    }),
    refused(`${coin}the last account missing`, kind, wrong(kind, `account ${list.length - 1} is missing`), {
      options,
      change: editStep(TRADE[kind], (one) => ({ ...one, accounts: one.accounts.slice(0, -1) })),
    }),
    refused(`${coin}no accounts`, kind, wrong(kind, `account ${kind.startsWith("pool-") ? 3 : 2} is missing`), {
      options,
      change: editStep(TRADE[kind], (one) => ({ ...one, accounts: [] })),
    }),
  ];
});

/** A pool trade whose accounts fit one another and belong to another pool than the coin's. */
function otherPool(kind: PoolKind, pool: Address, baseMint = MINT, quoteMint = WSOL_MINT): Change {
  return editStep(TRADE[kind], () => {
    const [baseTokenProgram, quoteTokenProgram] = [baseMint, quoteMint].map((mint) => (mint === MINT ? TOKEN_2022_PROGRAM : TOKEN_PROGRAM));
    if (baseTokenProgram === undefined || quoteTokenProgram === undefined) throw new RangeError("two mints");
    const state = {
      baseMint,
      quoteMint,
      poolBaseTokenAccount: associatedTokenAddress(pool, baseMint, baseTokenProgram),
      poolQuoteTokenAccount: associatedTokenAddress(pool, quoteMint, quoteTokenProgram),
      coinCreator: sampleAddress(11),
      isCashbackCoin: false,
    };
    const recipients = { protocolFeeRecipient: sampleAddress(12), buybackFeeRecipient: sampleAddress(13) };
    const accounts = poolTradeAccounts({ pool, state, user: WALLET, baseTokenProgram, quoteTokenProgram, recipients });
    return kind === "pool-buy"
      ? pumpSwapBuyExactQuoteIn(accounts, { spendableQuoteIn: 500_000_000n, minBaseAmountOut: 1n })
      : pumpSwapSell(accounts, { baseAmountIn: 1n, minQuoteAmountOut: 500_000_000n });
  });
}

const POOLS: readonly Case[] = (["pool-buy", "pool-sell"] as const).flatMap((kind) => {
  const last = kind === "pool-buy" ? 25 : 23;
  const pool = (rule: string, change: Change, what = "pool is"): Case => refused(rule, kind, wrong(kind, what), change);
  return [
    allowed("the canonical pool, put together by hand", kind, otherPool(kind, canonicalPoolAddress(MINT))),
    pool("pool 1 of the coin's authority", otherPool(kind, poolAddress(1, poolAuthorityAddress(MINT), MINT, WSOL_MINT))),
    pool("pool 256 of the coin's authority", otherPool(kind, poolAddress(256, poolAuthorityAddress(MINT), MINT, WSOL_MINT))),
    pool("pool 0 of another creator", otherPool(kind, poolAddress(0, STRANGER, MINT, WSOL_MINT))),
    pool("the other coin's pool, with our coin", otherPool(kind, canonicalPoolAddress(OTHER_MINT))),
    pool("the inverted pool", otherPool(kind, poolAddress(0, poolAuthorityAddress(MINT), WSOL_MINT, MINT), WSOL_MINT, MINT)),
    pool("the coin's pool in dollars", otherPool(kind, canonicalPoolAddress(MINT, USDC_MINT), MINT, USDC_MINT)),
    pool("wrapped SOL against itself", otherPool(kind, canonicalPoolAddress(WSOL_MINT), WSOL_MINT), "base mint is"),
    pool(
      "vaults swapped",
      all(at(kind, 7, poolVault(WSOL_MINT, TOKEN_PROGRAM)), at(kind, 8, poolVault(MINT, TOKEN_2022_PROGRAM))),
      "pool base account is",
    ),
    pool(
      "coins from or to another wallet's account",
      at(kind, 5, associatedTokenAddress(STRANGER, MINT, TOKEN_2022_PROGRAM)),
      "user base account is",
    ),
    pool(
      "our coin account under the other token program",
      at(kind, 5, associatedTokenAddress(WALLET, MINT, TOKEN_PROGRAM)),
      "user base account is",
    ),
    pool("SOL to or from another wallet's account", at(kind, 6, wsolOf(STRANGER)), "user quote account is"),
    pool("our account as the pool's", at(kind, 8, wsolOf(WALLET)), "pool quote account is"),
    pool("our wallet as protocol fee recipient", all(at(kind, 9, WALLET), at(kind, 10, wsolOf(WALLET))), "protocol fee recipient is"),
    pool("our account as the protocol fee recipient's", at(kind, 10, wsolOf(WALLET)), "account of the protocol fee recipient is"),
    pool("our wallet as the creator's vault", all(at(kind, 18, WALLET), at(kind, 17, wsolOf(WALLET))), "creator vault authority is"),
    pool("our account as the creator's vault", at(kind, 17, wsolOf(WALLET)), "creator vault is"),
    pool("our wallet as buyback recipient", all(at(kind, last - 1, WALLET), at(kind, last, wsolOf(WALLET))), "buyback recipient is"),
    pool("our account as the buyback recipient's", at(kind, last, wsolOf(WALLET)), "account of the buyback recipient is"),
    pool(
      "another wallet's volume account",
      at(kind, kind === "pool-buy" ? 20 : 2, STRANGER),
      kind === "pool-buy" ? "user volume accumulator is" : "global config is",
    ),
    // The program compares a creator's vault with the pool's creator and a recipient with its own list.
    allowed(
      "another creator's vault",
      kind,
      all(at(kind, 18, creatorVaultAuthorityAddress(STRANGER)), at(kind, 17, wsolOf(creatorVaultAuthorityAddress(STRANGER)))),
    ),
    allowed("another protocol fee recipient", kind, all(at(kind, 9, STRANGER), at(kind, 10, wsolOf(STRANGER)))),
  ];
});

function poolVault(mint: Address, tokenProgram: Address): Address {
  return associatedTokenAddress(canonicalPoolAddress(MINT), mint, tokenProgram);
}

/** Accounts of a cashback coin where the coin has none, and those of others. */
const CASHBACK: readonly Case[] = [
  refused("a stranger's account in place of the cashback account", "pool-buy", wrong("pool-buy", "account of the buyback recipient is"), {
    options: { cashback: true },
    change: at("pool-buy", 23, wsolOf(STRANGER)),
  }),
  refused("cashback to our own account, not the accumulator's", "pool-sell", wrong("pool-sell", "account of the buyback recipient is"), {
    options: { cashback: true },
    change: at("pool-sell", 21, wsolOf(WALLET)),
  }),
  refused("cashback and another wallet's accumulator", "pool-sell", wrong("pool-sell", "account of the buyback recipient is"), {
    options: { cashback: true },
    change: all(at("pool-sell", 21, wsolOf(STRANGER)), at("pool-sell", 22, STRANGER)),
  }),
];

const TOKEN_PROGRAMS: readonly Case[] = [
  ...(["pool-buy", "curve-buy", "curve-buy-exact-in"] as const).map((kind) => {
    const what = kind === "pool-buy" ? "base token program is" : "token program is";
    return refused("a third token program", kind, wrong(kind, what), { vary: { tokenProgram: STRANGER } });
  }),
  refused("a third token program", "pool-sell", wrong("pool-sell", "base token program is"), {
    vary: { tokenProgram: STRANGER },
    change: drop(STEP.poolSell.closeCoin),
  }),
  refused("a third token program", "curve-sell", wrong("curve-sell", "token program is"), {
    vary: { tokenProgram: STRANGER },
    change: drop(STEP.curveSell.close),
  }),
];

const CURVES: readonly Case[] = (["curve-buy", "curve-buy-exact-in", "curve-sell"] as const).flatMap((kind) => {
  const creatorVault = kind === "curve-sell" ? 8 : 9;
  const buyback = kind === "curve-sell" ? 15 : 17;
  const of = (rule: string, what: string, change: Change): Case => refused(rule, kind, wrong(kind, what), change);
  return [
    refused("wrapped SOL as the coin", kind, wrong(kind, "mint is"), { vary: { mint: WSOL_MINT, tokenProgram: TOKEN_PROGRAM } }),
    of("another wallet's coin account", "user base account is", at(kind, 5, associatedTokenAddress(STRANGER, MINT, TOKEN_2022_PROGRAM))),
    of("our wallet as fee recipient", "fee recipient is", at(kind, 1, WALLET)),
    of("our coin account as fee recipient", "fee recipient is", at(kind, 1, COIN_ACCOUNT)),
    of("our wallet as the creator's vault", "creator vault is", at(kind, creatorVault, WALLET)),
    of("our coin account as the creator's vault", "creator vault is", at(kind, creatorVault, COIN_ACCOUNT)),
    of("our wallet as buyback recipient", "buyback recipient is", at(kind, buyback, WALLET)),
    of("our coin account as buyback recipient", "buyback recipient is", at(kind, buyback, COIN_ACCOUNT)),
  ];
});

/** Accounts of trades that are not ours, not the venue's or not the coin's. */
export const ACCOUNT_CASES: readonly Case[] = [...ONE_ACCOUNT, ...POOLS, ...CASHBACK, ...TOKEN_PROGRAMS, ...CURVES];
