import * as native from "../../solana/instructions.ts";
import { U64_MAX } from "../../units.ts";
import { SAMPLE_POLICY, SAMPLE_SWEEP, SAMPLE_WALLET } from "../sample-messages.ts";
import { HELIUS_TIP_ACCOUNTS } from "../tip-accounts.ts";
import { account, allowed, amount, type Case, insert, refused, STEP, STRANGER } from "./changes.ts";

const { maxSpendPerTxLamports: MAX_SPEND, maxFeePerTxLamports: MAX_FEE } = SAMPLE_POLICY;
const BASE_FEE = 5_000n;
const SOL = 1_000_000_000n;
/** Where a trade's first and second amount stand in its data, and a transfer's. */
const [FIRST, SECOND, LAMPORTS] = [8, 16, 4];
const [TIP_ACCOUNT = STRANGER] = HELIUS_TIP_ACCOUNTS;
const { poolBuy, poolSell, curveBuy, curveSell } = STEP;

const spend = (lamports: bigint) => ["SIGN_SPEND_CAP", `${lamports} lamports`] as const;
const unequal = (wrapped: bigint, paid: bigint) => ["SIGN_SPEND_CAP", `${wrapped} lamports wrapped, ${paid} to spend`] as const;
const fee = (lamports: bigint) => ["SIGN_FEE_CAP", `${lamports} lamports`] as const;
const nothing = ["SIGN_MIN_OUT", null] as const;

const MIN_OUT: readonly Case[] = [
  refused("a pool buy for no coins", "pool-buy", nothing, amount(poolBuy.trade, SECOND, 0n)),
  refused("a curve buy of no coins", "curve-buy", nothing, amount(curveBuy.trade, FIRST, 0n)),
  refused("a curve buy for no coins", "curve-buy-exact-in", nothing, amount(curveBuy.trade, SECOND, 0n)),
  refused("a pool sale for no SOL", "pool-sell", nothing, amount(poolSell.trade, SECOND, 0n)),
  refused("a pool sale of no coins", "pool-sell", nothing, amount(poolSell.trade, FIRST, 0n)),
  refused("a curve sale for no SOL", "curve-sell", nothing, amount(curveSell.trade, SECOND, 0n)),
  refused("a curve sale of no coins", "curve-sell", nothing, amount(curveSell.trade, FIRST, 0n)),
  allowed("a pool buy for one unit", "pool-buy", amount(poolBuy.trade, SECOND, 1n)),
  allowed("a pool sale for one lamport", "pool-sell", amount(poolSell.trade, SECOND, 1n)),
  allowed("a curve sale for one lamport", "curve-sell", amount(curveSell.trade, SECOND, 1n)),
];

const SPEND: readonly Case[] = [
  ...(["pool-buy", "curve-buy", "curve-buy-exact-in"] as const).flatMap((kind) => [
    allowed("exactly the cap", kind, { vary: { quoteLamports: MAX_SPEND } }),
    refused("a lamport above the cap", kind, spend(MAX_SPEND + 1n), { vary: { quoteLamports: MAX_SPEND + 1n } }),
    refused("all there is", kind, spend(U64_MAX), { vary: { quoteLamports: U64_MAX } }),
    refused("under a policy that spends nothing", kind, spend(500_000_000n), { policy: { maxSpendPerTxLamports: 0n } }),
  ]),
  allowed("a sale asks for more than a buy may cost", "pool-sell", { vary: { quoteLamports: MAX_SPEND * 10n } }),
  refused(
    "a lamport less wrapped than spendable",
    "pool-buy",
    unequal(499_999_999n, 500_000_000n),
    amount(poolBuy.wrap, LAMPORTS, 499_999_999n),
  ),
  refused(
    "a lamport more wrapped than spendable",
    "pool-buy",
    unequal(500_000_001n, 500_000_000n),
    amount(poolBuy.wrap, LAMPORTS, 500_000_001n),
  ),
  refused(
    "a lamport less spendable than wrapped",
    "pool-buy",
    unequal(500_000_000n, 499_999_999n),
    amount(poolBuy.trade, FIRST, 499_999_999n),
  ),
];

/** Sample fee: base fee and 250,000 units at 0.4 lamports. */
const SAMPLE_FEE = BASE_FEE + 100_000n;
const FEES: readonly Case[] = [
  ...(["pool-buy", "pool-sell", "curve-buy", "curve-sell", "sweep", "close"] as const).flatMap((kind) => [
    // 1,000,000 units at x micro-lamports cost x lamports.
    allowed("exactly the fee cap", kind, { vary: { unitLimit: 1_000_000, unitPrice: MAX_FEE - BASE_FEE } }),
    refused("a lamport above the fee cap", kind, fee(MAX_FEE + 1n), {
      vary: { unitLimit: 1_000_000, unitPrice: MAX_FEE - BASE_FEE + 1n },
    }),
    refused("a part of a lamport above the fee cap counts as a whole", kind, fee(MAX_FEE + 1n), {
      vary: { unitLimit: 1, unitPrice: (MAX_FEE - BASE_FEE) * 1_000_000n + 1n },
    }),
    refused("the highest unit price there is", kind, fee(BASE_FEE + (U64_MAX * 250_000n + 999_999n) / 1_000_000n), {
      vary: { unitPrice: U64_MAX },
    }),
    refused("the highest unit limit there is", kind, fee(BASE_FEE + (400_000n * 4_294_967_295n + 999_999n) / 1_000_000n), {
      vary: { unitLimit: 4_294_967_295 },
    }),
    refused("a lamport below the sample's fee allowed", kind, fee(SAMPLE_FEE), {
      policy: { maxFeePerTxLamports: SAMPLE_FEE - 1n },
    }),
  ]),
  ...(["pool-buy", "pool-sell", "curve-buy", "curve-sell"] as const).flatMap((kind) => [
    allowed("a tip up to the fee cap", kind, { vary: { tipLamports: MAX_FEE - SAMPLE_FEE } }),
    refused("a tip a lamport above the fee cap", kind, fee(MAX_FEE + 1n), { vary: { tipLamports: MAX_FEE - SAMPLE_FEE + 1n } }),
    refused("a tip of 10 SOL", kind, fee(SAMPLE_FEE + 10n * SOL), { vary: { tipLamports: 10n * SOL } }),
    refused("a tip to an unlisted account", kind, ["SIGN_TIP_ACCOUNT", STRANGER], {
      vary: { tipLamports: 200_000n, tipAccount: STRANGER },
    }),
    refused(
      "a transfer of nothing to a stranger",
      kind,
      ["SIGN_TIP_ACCOUNT", STRANGER],
      insert(native.systemTransfer(SAMPLE_WALLET, STRANGER, 0n)),
    ),
    refused("a tip under a policy without tip accounts", kind, ["SIGN_TIP_ACCOUNT", TIP_ACCOUNT], {
      vary: { tipLamports: 200_000n },
      policy: { tipAccounts: [] },
    }),
  ]),
  refused("a tip to the sweep address", "pool-sell", ["SIGN_TIP_ACCOUNT", SAMPLE_SWEEP], {
    vary: { tipLamports: 200_000n, tipAccount: SAMPLE_SWEEP },
  }),
  refused("a tip from another wallet", "pool-sell", ["SIGN_ACCOUNT", "the tip is not from our wallet"], {
    options: { tipLamports: 200_000n },
    change: account(poolSell.tip, 0, STRANGER),
  }),
];

const toOther = ["SIGN_SWEEP_ADDRESS", STRANGER] as const;
const SWEEPS: readonly Case[] = [
  allowed("a sweep of any amount", "sweep", { vary: { quoteLamports: U64_MAX } }),
  refused("a sweep to a stranger", "sweep", toOther, { vary: { sweepAddress: STRANGER } }),
  refused("a sweep to a tip account", "sweep", ["SIGN_SWEEP_ADDRESS", TIP_ACCOUNT], { vary: { sweepAddress: TIP_ACCOUNT } }),
  refused("a sweep to ourselves", "sweep", ["SIGN_SWEEP_ADDRESS", SAMPLE_WALLET], { vary: { sweepAddress: SAMPLE_WALLET } }),
  refused("a sweep while no address is set", "sweep", ["SIGN_SWEEP_ADDRESS", SAMPLE_SWEEP], { policy: { sweepAddress: null } }),
  refused(
    "a sweep from another wallet",
    "sweep",
    ["SIGN_ACCOUNT", "the transfer is not from our wallet"],
    account(STEP.sweep, 0, STRANGER),
  ),
  refused(
    "a second transfer, to a stranger",
    "sweep",
    ["SIGN_TIP_ACCOUNT", STRANGER],
    insert(native.systemTransfer(SAMPLE_WALLET, STRANGER, 1n)),
  ),
  refused(
    "a sweep in two transfers",
    "sweep",
    ["SIGN_TIP_ACCOUNT", SAMPLE_SWEEP],
    insert(native.systemTransfer(SAMPLE_WALLET, SAMPLE_SWEEP, 1n)),
  ),
];

/** Amounts: what is paid, at least received, and given for landing; and where a sweep goes. */
export const LIMIT_CASES: readonly Case[] = [...MIN_OUT, ...SPEND, ...FEES, ...SWEEPS];
