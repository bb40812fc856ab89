import { type Global, getPumpProgram, PUMP_SDK } from "@pump-fun/pump-sdk";
import type { Connection } from "@solana/web3.js";
import { describe, expect, test } from "vitest";
import { createAssociatedTokenIdempotent } from "../solana/instructions.ts";
import { DEFAULT_ADDRESS, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../solana/programs.ts";
import { curveFeeRecipients } from "./global.ts";
import { pumpBuy, pumpBuyExactSolIn, pumpBuyV2, pumpSell, pumpSellV2 } from "./instructions.ts";
import { accountInfo, accountOf, bn, type Counts, count, flatOurs, flatSdk, key, Sampler, sameChoice, summary } from "./parity-oracle.ts";
import { decodeBondingCurve, encodeBondingCurve } from "./pump-curve.ts";
import { curveTradeAccounts, curveV2TradeAccounts } from "./trade-accounts.ts";

/** Printed with the result; the environment variable repeats a run. */
const SEED = process.env["PARITY_SEED"] ?? String(Math.floor(Math.random() * 2 ** 32));
const TIMEOUT_MS = 120_000;
const CURVE_STATES = 900;
/** Sizes that curves have had on chain; the missing tail reads as zero. */
const CURVE_SIZES = [83, 115, 124, 125, 151, 151, 151] as const;
const NEEDED = ["buy", "buy_exact_sol_in", "sell", "buy_v2", "sell_v2", "mayhem", "cashback", "no creator"];
const ALSO_NEEDED = ["Token-2022 coin", "classic coin", "not quoted in SOL"];

describe("curve instructions equal @pump-fun/pump-sdk 2.0.0", () => {
  const sampler = new Sampler(`${SEED}/curve-instructions`);
  const [mints, users] = [sampler.addresses(24), sampler.addresses(4)];
  const global = {
    feeRecipient: sampler.address(),
    feeRecipients: sampler.addresses(7),
    reservedFeeRecipient: sampler.address(),
    reservedFeeRecipients: sampler.addresses(7),
  };
  const sdkGlobal = {
    feeRecipient: key(global.feeRecipient),
    feeRecipients: global.feeRecipients.map(key),
    reservedFeeRecipient: key(global.reservedFeeRecipient),
    reservedFeeRecipients: global.reservedFeeRecipients.map(key),
  } as Partial<Global> as Global;
  const program = getPumpProgram(null as unknown as Connection);

  test(
    `${CURVE_STATES} random curves`,
    async () => {
      const counts: Counts = {};
      for (let i = 0; i < CURVE_STATES; i++) {
        const mint = sampler.pick(mints);
        const user = sampler.pick(users);
        const data = encodeBondingCurve(sampler.curve()).subarray(0, sampler.pick(CURVE_SIZES));
        const decoded = decodeBondingCurve(data);
        if (!decoded.ok) throw new Error(decoded.reason);
        const curve = decoded.value;
        const tokenProgram = sampler.chance(0.7) ? TOKEN_2022_PROGRAM : TOKEN_PROGRAM;
        const quoteTokenProgram = curve.quoteMint === WSOL_MINT || sampler.chance(0.5) ? TOKEN_PROGRAM : TOKEN_2022_PROGRAM;
        const [first, second] = [sampler.amount(2n ** 64n - 1n), sampler.amount(2n ** 64n - 1n)];
        const info = accountInfo(data, user);
        const bondingCurve = PUMP_SDK.decodeBondingCurve(info);
        const common = {
          global: sdkGlobal,
          bondingCurveAccountInfo: info,
          bondingCurve,
          associatedUserAccountInfo: null,
          mint: key(mint),
          user: key(user),
          amount: bn(first),
          solAmount: bn(second),
          quoteAmount: bn(second),
          slippage: 0,
          tokenProgram: key(tokenProgram),
          quoteTokenProgram: key(quoteTokenProgram),
          mayhemMode: curve.isMayhemMode,
          cashback: curve.isCashbackCoin,
        };
        const kind = sampler.pick(["buy", "buy_exact_sol_in", "sell", "buy_v2", "sell_v2"] as const);
        const isV2 = kind.endsWith("_v2");
        const sdk = await {
          buy: () => PUMP_SDK.buyInstructions(common),
          buy_exact_sol_in: () => PUMP_SDK.buyInstructions(common),
          sell: () => PUMP_SDK.sellInstructions(common),
          buy_v2: () => PUMP_SDK.buyV2Instructions(common),
          sell_v2: () => PUMP_SDK.sellV2Instructions(common),
        }[kind]();
        const original = sdk.at(-1);
        if (original === undefined) throw new Error("no instruction");
        const trade = flatSdk(original);
        const chosen = { protocolFeeRecipient: accountOf(trade, isV2 ? 6 : 1), buybackFeeRecipient: accountOf(trade, isV2 ? 8 : -1) };
        // For buybacks the SDK keeps a fixed list; that it is Global's is tested on the recorded account.
        const recipients = sameChoice(curveFeeRecipients(global, curve.isMayhemMode), [chosen.buybackFeeRecipient], chosen);
        const parties = { mint, state: curve, user, tokenProgram, recipients };
        const accounts = curveTradeAccounts(parties);
        const context = `state ${i} of seed ${SEED}: ${kind}`;
        if (kind === "buy_exact_sol_in") {
          // The SDK has no call for it; its program, from its IDL, with the accounts of its own `buy`, has.
          const expected = await program.methods
            .buyExactSolIn(bn(first), bn(second), { 0: true })
            .accountsPartial({
              feeRecipient: key(recipients.protocolFeeRecipient),
              mint: key(mint),
              associatedUser: key(accounts.userTokenAccount),
              user: key(user),
              creatorVault: key(accounts.creatorVault),
              tokenProgram: key(tokenProgram),
            })
            .remainingAccounts(original.keys.slice(16))
            .instruction();
          const ours = pumpBuyExactSolIn(accounts, { spendableSolIn: first, minTokensOut: second });
          expect(flatOurs(ours), context).toEqual(flatSdk(expected));
        } else {
          const created = { payer: user, account: accounts.userTokenAccount, owner: user, mint, tokenProgram };
          const v2 = () => curveV2TradeAccounts({ ...parties, quoteTokenProgram });
          const ours = {
            buy: () => [createAssociatedTokenIdempotent(created), pumpBuy(accounts, { tokenAmount: first, maxSolCost: second })],
            sell: () => [pumpSell(accounts, { tokenAmount: first, minSolOutput: second })],
            buy_v2: () => [createAssociatedTokenIdempotent(created), pumpBuyV2(v2(), { tokenAmount: first, maxQuoteCost: second })],
            sell_v2: () => [pumpSellV2(v2(), { tokenAmount: first, minQuoteOutput: second })],
          }[kind]();
          expect(ours.map(flatOurs), context).toEqual(sdk.map(flatSdk));
        }
        count(counts, kind);
        const kinds: ReadonlyArray<readonly [string, boolean]> = [
          ["mayhem", curve.isMayhemMode],
          ["cashback", curve.isCashbackCoin],
          ["no creator", curve.creator === DEFAULT_ADDRESS],
          [tokenProgram === TOKEN_PROGRAM ? "classic coin" : "Token-2022 coin", true],
          ["not quoted in SOL", curve.quoteMint !== WSOL_MINT],
        ];
        for (const [name, holds] of kinds) if (holds) count(counts, name);
      }
      console.log(`parity, seed ${SEED}: ${CURVE_STATES} curve trades: ${summary(counts, [...NEEDED, ...ALSO_NEEDED])}`);
    },
    TIMEOUT_MS,
  );
});
