import { describe, expect, test } from "vitest";
import {
  type BuiltInstruction,
  closeAccount,
  createAssociatedTokenIdempotent,
  setComputeUnitLimit,
  syncNative,
  systemTransfer,
} from "../../domain/solana/instructions.ts";
import { TOKEN_PROGRAM, WSOL_MINT } from "../../domain/solana/programs.ts";
import type { Address } from "../../domain/units.ts";
import {
  pumpBuy,
  pumpBuyExactSolIn,
  pumpSell,
  pumpSwapBuy,
  pumpSwapBuyExactQuoteIn,
  pumpSwapSell,
} from "../../domain/venues/instructions.ts";
import type { CurveTradeAccounts, PoolTradeAccounts } from "../../domain/venues/trade-accounts.ts";
import { labelAddress } from "../chain/fixture.ts";
import type { InstructionErrorCode, TransactionRecord } from "../chain/types.ts";
import type { TestCoin } from "../testing/coins.ts";
import type { TestNode } from "../testing/node.ts";
import { IS_WITHOUT_PROGRAMS, land, newWallet, svmNode, typescriptNode } from "./pair.ts";

const FUNDS = 10_000_000_000n;
const SPEND = 100_000_000n;
const WRONG = labelAddress("wrong");

interface Scene {
  readonly curve: CurveTradeAccounts;
  readonly pool: PoolTradeAccounts;
  readonly user: Address;
  readonly other: Address;
}

/** The instructions that follow the creation of the wallet's accounts, and the error that is expected; null when there is none. */
type Case = readonly [name: string, build: (scene: Scene) => readonly BuiltInstruction[], expected: InstructionErrorCode | null];

function without({ accounts, ...rest }: BuiltInstruction, ...positions: readonly number[]): BuiltInstruction {
  return { ...rest, accounts: accounts.filter((_, index) => !positions.includes(index < accounts.length ? index - accounts.length : 0)) };
}

const wrapped = (scene: Scene, lamports: bigint): BuiltInstruction[] => [
  systemTransfer(scene.user, scene.pool.userQuoteTokenAccount, lamports),
  syncNative(scene.pool.userQuoteTokenAccount),
];
const curveBuy = (accounts: CurveTradeAccounts) => pumpBuyExactSolIn(accounts, { spendableSolIn: SPEND, minTokensOut: 1n });
const poolBuy = (accounts: PoolTradeAccounts) => pumpSwapBuyExactQuoteIn(accounts, { spendableQuoteIn: SPEND, minBaseAmountOut: 1n });

const ON_CURVE: readonly Case[] = [
  ["buys nothing", ({ curve }) => [pumpBuy(curve, { tokenAmount: 0n, maxSolCost: SPEND })], { Custom: 6020 }],
  ["spends nothing", ({ curve }) => [pumpBuyExactSolIn(curve, { spendableSolIn: 0n, minTokensOut: 0n })], { Custom: 6020 }],
  ["spends too little for any fee", ({ curve }) => [pumpBuyExactSolIn(curve, { spendableSolIn: 1n, minTokensOut: 0n })], { Custom: 6020 }],
  ["sells nothing", ({ curve }) => [pumpSell(curve, { tokenAmount: 0n, minSolOutput: 0n })], { Custom: 6022 }],
  ["sells what it has not", ({ curve }) => [pumpSell(curve, { tokenAmount: 1_000_000n, minSolOutput: 0n })], { Custom: 6023 }],
  ["sells dust for nothing", ({ curve }) => [curveBuy(curve), pumpSell(curve, { tokenAmount: 1n, minSolOutput: 0n })], null],
  ["sells dust, with a bound", ({ curve }) => [curveBuy(curve), pumpSell(curve, { tokenAmount: 1n, minSolOutput: 1n })], { Custom: 6003 }],
  [
    "sells too little for its fees",
    ({ curve }) => [curveBuy(curve), pumpSell(curve, { tokenAmount: 40_000n, minSolOutput: 0n })],
    { Custom: 6024 },
  ],
  ["buys for more than it has", ({ curve }) => [pumpBuyExactSolIn(curve, { spendableSolIn: 2n * FUNDS, minTokensOut: 1n })], { Custom: 1 }],
  [
    "asks for too many tokens",
    ({ curve }) => [pumpBuyExactSolIn(curve, { spendableSolIn: SPEND, minTokensOut: 1n << 60n })],
    { Custom: 6042 },
  ],
  ["offers too little", ({ curve }) => [pumpBuy(curve, { tokenAmount: 1_000_000_000_000n, maxSolCost: 1n })], { Custom: 6002 }],
  ["names a wrong creator's vault", ({ curve }) => [curveBuy({ ...curve, creatorVault: WRONG })], { Custom: 2006 }],
  ["names a wrong fee recipient", ({ curve }) => [curveBuy({ ...curve, protocolFeeRecipient: WRONG })], { Custom: 6000 }],
  ["names a wrong buyback wallet", ({ curve }) => [curveBuy({ ...curve, buybackFeeRecipient: WRONG })], { Custom: 6057 }],
  ["names another's accumulator", ({ curve }) => [curveBuy({ ...curve, userVolumeAccumulator: WRONG })], { Custom: 2006 }],
  ["names no buyback wallet", ({ curve }) => [without(curveBuy(curve), -1)], { Custom: 6062 }],
];

const IN_POOL: readonly Case[] = [
  [
    "buys nothing",
    (scene) => [...wrapped(scene, SPEND), pumpSwapBuy(scene.pool, { baseAmountOut: 0n, maxQuoteAmountIn: SPEND })],
    { Custom: 6001 },
  ],
  ["spends nothing", ({ pool }) => [pumpSwapBuyExactQuoteIn(pool, { spendableQuoteIn: 0n, minBaseAmountOut: 0n })], { Custom: 6001 }],
  [
    "spends too little for any fee",
    ({ pool }) => [pumpSwapBuyExactQuoteIn(pool, { spendableQuoteIn: 1n, minBaseAmountOut: 0n })],
    { Custom: 6001 },
  ],
  [
    "sells too little for its fees",
    (scene) => [...wrapped(scene, SPEND), poolBuy(scene.pool), pumpSwapSell(scene.pool, { baseAmountIn: 4000n, minQuoteAmountOut: 0n })],
    { Custom: 6023 },
  ],
  ["sells nothing", ({ pool }) => [pumpSwapSell(pool, { baseAmountIn: 0n, minQuoteAmountOut: 0n })], { Custom: 6001 }],
  ["sells what it has not", ({ pool }) => [pumpSwapSell(pool, { baseAmountIn: 1_000_000_000n, minQuoteAmountOut: 1n })], { Custom: 1 }],
  ["buys for more than it wrapped", (scene) => [...wrapped(scene, SPEND / 2n), poolBuy(scene.pool)], { Custom: 1 }],
  [
    "asks for too many tokens",
    (scene) => [...wrapped(scene, SPEND), pumpSwapBuyExactQuoteIn(scene.pool, { spendableQuoteIn: SPEND, minBaseAmountOut: 1n << 60n })],
    { Custom: 6040 },
  ],
  [
    "offers too little",
    (scene) => [...wrapped(scene, SPEND), pumpSwapBuy(scene.pool, { baseAmountOut: 1_000_000_000n, maxQuoteAmountIn: 1n })],
    { Custom: 6004 },
  ],
  [
    "names a wrong creator",
    (scene) => [...wrapped(scene, SPEND), poolBuy({ ...scene.pool, coinCreatorVaultAuthority: WRONG })],
    { Custom: 2015 },
  ],
  [
    "names a wrong fee recipient",
    (scene) => [...wrapped(scene, SPEND), poolBuy({ ...scene.pool, protocolFeeRecipient: WRONG })],
    { Custom: 2015 },
  ],
  [
    "names a wrong buyback wallet",
    (scene) => [...wrapped(scene, SPEND), poolBuy({ ...scene.pool, buybackFeeRecipient: WRONG })],
    { Custom: 6053 },
  ],
  [
    "names another's accumulator",
    (scene) => [...wrapped(scene, SPEND), poolBuy({ ...scene.pool, userVolumeAccumulator: WRONG })],
    { Custom: 2006 },
  ],
  [
    "closes what still holds tokens",
    (scene) => [
      ...wrapped(scene, SPEND),
      poolBuy(scene.pool),
      closeAccount(scene.pool.userBaseTokenAccount, scene.user, scene.user, scene.pool.baseTokenProgram),
    ],
    { Custom: 11 },
  ],
];

function scene(node: TestNode, coin: TestCoin, user: Address): Scene {
  const pool = node.chain.account(coin.pool) === null ? null : node.poolAccounts(coin, user);
  // On the curve there is no pool yet: its accounts are not used.
  return { curve: node.curveAccounts(coin, user), pool: pool ?? ({} as PoolTradeAccounts), user, other: WRONG };
}

function errorOf({ err }: TransactionRecord): unknown {
  return typeof err === "object" && err !== null && "InstructionError" in err ? err.InstructionError[1] : err;
}

describe.skipIf(IS_WITHOUT_PROGRAMS)("refusals are the same on both engines", () => {
  for (const [stage, cases] of [
    ["curve", ON_CURVE],
    ["pool", IN_POOL],
  ] as const) {
    test.each(cases)(`${stage}: a trade that %s`, async (_, build, expected) => {
      const wallet = newWallet("wallet");
      const results: TransactionRecord[] = [];
      for (const open of [svmNode, typescriptNode]) {
        const node = open(`errors/${stage}`);
        const coin = node.addCoin({ stage });
        node.trade(coin, { side: "buy", amount: 1_000_000_000n });
        node.fund(wallet.address, FUNDS);
        const { curve, ...rest } = scene(node, coin, wallet.address);
        const payer = wallet.address;
        const base = { payer, account: curve.userTokenAccount, owner: payer, mint: coin.mint, tokenProgram: coin.tokenProgram };
        const quote = { payer, account: rest.pool.userQuoteTokenAccount, owner: payer, mint: WSOL_MINT, tokenProgram: TOKEN_PROGRAM };
        const instructions = [
          setComputeUnitLimit(400_000),
          createAssociatedTokenIdempotent(base),
          ...(stage === "pool" ? [createAssociatedTokenIdempotent(quote)] : []),
          ...build({ curve, ...rest }),
        ];
        results.push(await land(node, wallet.sign(instructions, node.chain.latestBlockhash().blockhash)));
      }
      const [real, ours] = results;
      if (real === undefined || ours === undefined) throw new Error("two engines");
      expect({ real: errorOf(real), ours: errorOf(ours) }, real.logs.slice(-8).join("\n")).toEqual({ real: expected, ours: expected });
      expect(ours.err).toEqual(real.err);
    });
  }
});
