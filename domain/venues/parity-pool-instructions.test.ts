import { type GlobalConfig, OFFLINE_PUMP_AMM_PROGRAM, PUMP_AMM_SDK, type SwapSolanaState } from "@pump-fun/pump-swap-sdk";
import { describe, expect, test } from "vitest";
import { associatedTokenAddress } from "../solana/address.ts";
import {
  type BuiltInstruction,
  closeAccount,
  createAssociatedTokenIdempotent,
  syncNative,
  systemTransfer,
} from "../solana/instructions.ts";
import { DEFAULT_ADDRESS, PUMP_SWAP_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../solana/programs.ts";
import type { Address } from "../units.ts";
import { poolFeeRecipients } from "./global.ts";
import { pumpSwapBuy, pumpSwapBuyExactQuoteIn, pumpSwapSell } from "./instructions.ts";
import { accountInfo, accountOf, bn, type Counts, count, flatOurs, flatSdk, key, Sampler, sameChoice, summary } from "./parity-oracle.ts";
import { decodePool, encodePool, type Pool } from "./pump-swap.ts";
import { type PoolTradeAccounts, poolTradeAccounts } from "./trade-accounts.ts";

/** Printed with the result; the environment variable repeats a run. */
const SEED = process.env["PARITY_SEED"] ?? String(Math.floor(Math.random() * 2 ** 32));
const TIMEOUT_MS = 120_000;
const POOL_STATES = 1_200;
/** Sizes that pools have had on chain; the missing tail reads as zero. */
const POOL_SIZES = [211, 243, 245, 261, 270, 300, 301, 301, 301] as const;
const NEEDED = ["buy", "buy_exact_quote_in", "sell", "mayhem", "cashback", "no creator", "boosted", "negative virtual reserves"];
const ALSO_NEEDED = ["Token-2022 coin", "classic coin", "Token-2022 quote", "not wrapped SOL"];

describe("PumpSwap instructions equal @pump-fun/pump-swap-sdk 1.20.0", () => {
  const sampler = new Sampler(`${SEED}/pool-instructions`);
  const [mints, users] = [sampler.addresses(24), sampler.addresses(4)];
  const config = {
    protocolFeeRecipients: sampler.addresses(8),
    reservedFeeRecipient: sampler.address(),
    reservedFeeRecipients: sampler.addresses(7),
    buybackFeeRecipients: sampler.addresses(8),
  };
  const sdkConfig = {
    protocolFeeRecipients: config.protocolFeeRecipients.map(key),
    reservedFeeRecipient: key(config.reservedFeeRecipient),
    reservedFeeRecipients: config.reservedFeeRecipients.map(key),
    buybackFeeRecipients: config.buybackFeeRecipients.map(key),
  } as Partial<GlobalConfig> as GlobalConfig;

  test(
    `${POOL_STATES} random pools`,
    async () => {
      const counts: Counts = {};
      for (let i = 0; i < POOL_STATES; i++) {
        const poolKey = sampler.address();
        const baseMint = sampler.pick(mints);
        const data = encodePool(sampler.pool(baseMint, 10n ** 12n)).subarray(0, sampler.pick(POOL_SIZES));
        const decoded = decodePool(data);
        if (!decoded.ok) throw new Error(decoded.reason);
        const pool = decoded.value;
        const [baseProgram, quoteProgram] = [sampler.chance(0.7) ? TOKEN_2022_PROGRAM : TOKEN_PROGRAM, quoteProgramOf(pool, sampler)];
        const user = sampler.pick(users);
        const [first, second] = [sampler.amount(2n ** 64n - 1n), sampler.amount(2n ** 64n - 1n)];
        // A full-size account keeps the SDK from prepending extend_account.
        const info = accountInfo(encodePool(pool), PUMP_SWAP_PROGRAM);
        const state = {
          globalConfig: sdkConfig,
          poolKey: key(poolKey),
          poolAccountInfo: info,
          pool: PUMP_AMM_SDK.decodePool(accountInfo(data, PUMP_SWAP_PROGRAM)),
          baseTokenProgram: key(baseProgram),
          quoteTokenProgram: key(quoteProgram),
          user: key(user),
          userBaseTokenAccount: key(associatedTokenAddress(user, baseMint, baseProgram)),
          userQuoteTokenAccount: key(associatedTokenAddress(user, pool.quoteMint, quoteProgram)),
          userBaseAccountInfo: null,
          userQuoteAccountInfo: null,
        } as Partial<SwapSolanaState> as SwapSolanaState;

        const kind = sampler.pick(["buy", "buy_exact_quote_in", "sell"] as const);
        const sdk = await (kind === "sell"
          ? PUMP_AMM_SDK.sellInstructions(state, bn(first), bn(second))
          : PUMP_AMM_SDK.buyInstructions(state, bn(first), bn(second)));
        const theirs = sdk.map(flatSdk);
        const trade = theirs.find(({ program }) => program === PUMP_SWAP_PROGRAM);
        const recipients = sameChoice(poolFeeRecipients(config, pool.isMayhemMode), config.buybackFeeRecipients, {
          protocolFeeRecipient: accountOf(trade, 9),
          buybackFeeRecipient: accountOf(trade, -2),
        });
        const accounts = poolTradeAccounts({
          pool: poolKey,
          state: pool,
          user,
          baseTokenProgram: baseProgram,
          quoteTokenProgram: quoteProgram,
          recipients,
        });
        // What is cached is plain data: it survives a trip through JSON.
        expect(JSON.parse(JSON.stringify(accounts))).toEqual(accounts);
        const context = `state ${i} of seed ${SEED}: ${kind}`;
        if (kind === "buy_exact_quote_in") {
          // The SDK has no call for it; its program, from its IDL, with the accounts of its own `buy`, has.
          const original = sdk.find(({ programId }) => programId.toBase58() === PUMP_SWAP_PROGRAM);
          if (original === undefined) throw new Error("no buy");
          const expected = await OFFLINE_PUMP_AMM_PROGRAM.methods
            .buyExactQuoteIn(bn(first), bn(second), { 0: true })
            .accountsPartial({
              user: state.user,
              userBaseTokenAccount: state.userBaseTokenAccount,
              userQuoteTokenAccount: state.userQuoteTokenAccount,
              baseTokenProgram: state.baseTokenProgram,
              quoteTokenProgram: state.quoteTokenProgram,
              pool: state.poolKey,
              globalConfig: key(accountOf(trade, 2)),
              baseMint: state.pool.baseMint,
              quoteMint: state.pool.quoteMint,
              poolBaseTokenAccount: state.pool.poolBaseTokenAccount,
              poolQuoteTokenAccount: state.pool.poolQuoteTokenAccount,
              protocolFeeRecipient: key(recipients.protocolFeeRecipient),
              coinCreatorVaultAuthority: key(accounts.coinCreatorVaultAuthority),
              coinCreatorVaultAta: key(accounts.coinCreatorVaultTokenAccount),
            })
            .remainingAccounts(original.keys.slice(23))
            .instruction();
          const ours = pumpSwapBuyExactQuoteIn(accounts, { spendableQuoteIn: first, minBaseAmountOut: second });
          expect(flatOurs(ours), context).toEqual(flatSdk(expected));
        } else {
          const ours = kind === "buy" ? buyFlow(accounts, first, second) : sellFlow(accounts, first, second);
          expect(ours.map(flatOurs), context).toEqual(theirs);
        }
        count(counts, kind);
        for (const name of poolKinds(pool, baseProgram, quoteProgram)) count(counts, name);
      }
      console.log(`parity, seed ${SEED}: ${POOL_STATES} pool trades: ${summary(counts, [...NEEDED, ...ALSO_NEEDED])}`);
    },
    TIMEOUT_MS,
  );
});

/** The SDK's whole purchase: wrapped SOL is made, filled, and closed again. */
function buyFlow(accounts: PoolTradeAccounts, baseAmountOut: bigint, maxQuoteAmountIn: bigint): BuiltInstruction[] {
  const { user, baseMint, baseTokenProgram, userBaseTokenAccount, userQuoteTokenAccount } = accounts;
  const base = { payer: user, account: userBaseTokenAccount, owner: user, mint: baseMint, tokenProgram: baseTokenProgram };
  const wraps = accounts.quoteMint === WSOL_MINT;
  return [
    ...(wraps
      ? [
          createAssociatedTokenIdempotent({
            payer: user,
            account: userQuoteTokenAccount,
            owner: user,
            mint: WSOL_MINT,
            tokenProgram: TOKEN_PROGRAM,
          }),
          systemTransfer(user, userQuoteTokenAccount, maxQuoteAmountIn),
          syncNative(userQuoteTokenAccount),
        ]
      : []),
    createAssociatedTokenIdempotent(base),
    pumpSwapBuy(accounts, { baseAmountOut, maxQuoteAmountIn }),
    ...(wraps ? [closeAccount(userQuoteTokenAccount, user, user, TOKEN_PROGRAM)] : []),
  ];
}

function sellFlow(accounts: PoolTradeAccounts, baseAmountIn: bigint, minQuoteAmountOut: bigint): BuiltInstruction[] {
  const { user, quoteMint, quoteTokenProgram, userQuoteTokenAccount } = accounts;
  const quote = { payer: user, account: userQuoteTokenAccount, owner: user, mint: quoteMint, tokenProgram: quoteTokenProgram };
  return [
    createAssociatedTokenIdempotent(quote),
    pumpSwapSell(accounts, { baseAmountIn, minQuoteAmountOut }),
    ...(quoteMint === WSOL_MINT ? [closeAccount(userQuoteTokenAccount, user, user, TOKEN_PROGRAM)] : []),
  ];
}

function quoteProgramOf(pool: Pool, sampler: Sampler): Address {
  return pool.quoteMint === WSOL_MINT || sampler.chance(0.5) ? TOKEN_PROGRAM : TOKEN_2022_PROGRAM;
}

function poolKinds(pool: Pool, baseProgram: Address, quoteProgram: Address): string[] {
  const kinds: ReadonlyArray<readonly [string, boolean]> = [
    ["mayhem", pool.isMayhemMode],
    ["cashback", pool.isCashbackCoin],
    ["no creator", pool.coinCreator === DEFAULT_ADDRESS],
    ["boosted", pool.virtualQuoteReservesLamports > 0n],
    ["negative virtual reserves", pool.virtualQuoteReservesLamports < 0n],
    [baseProgram === TOKEN_PROGRAM ? "classic coin" : "Token-2022 coin", true],
    ["Token-2022 quote", quoteProgram === TOKEN_2022_PROGRAM],
    ["not wrapped SOL", pool.quoteMint !== WSOL_MINT],
  ];
  return kinds.filter(([, holds]) => holds).map(([name]) => name);
}
