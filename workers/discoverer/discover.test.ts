import { describe, expect, test } from "vitest";
import type { AccountInfo, Rpc, SignatureInfo } from "../../adapters/rpc/client.ts";
import type { Graduation } from "../../domain/candidate.ts";
import { ok, refuse } from "../../domain/result.ts";
import { addressFromBytes, associatedTokenAddress } from "../../domain/solana/address.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { fromHex } from "../../domain/solana/bytes.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../../domain/solana/discriminators.ts";
import { encodeEvent, eventCpiData } from "../../domain/solana/encode-events.ts";
import {
  DEFAULT_ADDRESS,
  PUMP_EVENT_AUTHORITY,
  PUMP_PROGRAM,
  PUMP_SWAP_PROGRAM,
  PUMP_WITHDRAW_AUTHORITY,
  PYTH_RECEIVER_PROGRAM,
  PYTH_SOL_USD,
  PYTH_SOL_USD_FEED_ID,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
  USDC_MINT,
  WSOL_MINT,
} from "../../domain/solana/programs.ts";
import { encodePriceUpdate } from "../../domain/solana/pyth-price.ts";
import { encodeMint, encodeTokenAccount } from "../../domain/solana/token.ts";
import { builtinParameters } from "../../domain/trading/parameters.ts";
import { bondingCurveAddress, canonicalPoolAddress, lpMintAddress, poolAuthorityAddress } from "../../domain/venues/pdas.ts";
import { encodePool } from "../../domain/venues/pump-swap.ts";
import { discover } from "./discover.ts";

const NOW_MS = 1_790_000_000_000;
const MINT = addressFromBytes(new Uint8Array(32).fill(7));
const CREATOR = addressFromBytes(new Uint8Array(32).fill(9));
const POOL = canonicalPoolAddress(MINT);
const CURVE = bondingCurveAddress(MINT);
const SIGNATURE = encodeBase58(new Uint8Array(64).fill(3));
const QUOTE_VAULT = associatedTokenAddress(POOL, WSOL_MINT, TOKEN_PROGRAM);

const GRADUATION: Graduation = {
  signature: SIGNATURE,
  slot: 5,
  blockTimeMs: NOW_MS - 1_000,
  mint: MINT,
  pool: POOL,
  bondingCurve: CURVE,
  user: PUMP_WITHDRAW_AUTHORITY,
  creator: null,
  quoteMint: WSOL_MINT,
  baseAmount: 206_900_000_000_000n,
  quoteAmountLamports: 84_990_359_056n,
  instruction: "migrate_v2",
};

/** A getTransaction answer of a migrate_v2 that emits the migration event. */
function migration(mint: string, failed = false, quoteMint = WSOL_MINT): unknown {
  const pool = canonicalPoolAddress(mint, quoteMint);
  const keys = [
    PUMP_WITHDRAW_AUTHORITY,
    DEFAULT_ADDRESS,
    mint,
    quoteMint,
    bondingCurveAddress(mint),
    pool,
    PUMP_PROGRAM,
    PUMP_EVENT_AUTHORITY,
  ];
  const accounts = Array.from({ length: 27 }, () => 1);
  accounts[2] = 2;
  accounts[3] = 3;
  accounts[4] = 4;
  accounts[10] = 5;
  const event = encodeEvent("CompletePumpAmmMigration", {
    user: PUMP_WITHDRAW_AUTHORITY,
    mint,
    mint_amount: GRADUATION.baseAmount,
    sol_amount: GRADUATION.quoteAmountLamports,
    bonding_curve: bondingCurveAddress(mint),
    pool,
    quote_mint: quoteMint,
    timestamp: BigInt(NOW_MS / 1_000),
  });
  const cpi = { programIdIndex: 6, accounts: [7], data: encodeBase58(eventCpiData(event)), stackHeight: 2 };
  return {
    slot: 5,
    blockTime: NOW_MS / 1_000 - 1,
    transaction: {
      signatures: [SIGNATURE],
      message: {
        accountKeys: keys,
        instructions: [{ programIdIndex: 6, accounts, data: encodeBase58(fromHex(INSTRUCTION_DISCRIMINATOR.migrateV2)) }],
      },
    },
    meta: {
      err: failed ? { InstructionError: [0, { Custom: 1 }] } : null,
      fee: 5_000,
      innerInstructions: [{ index: 0, instructions: [cpi] }],
      logMessages: [],
      preBalances: keys.map(() => 0),
      postBalances: keys.map(() => 0),
      loadedAddresses: { writable: [], readonly: [] },
    },
  };
}

function info(owner: string, data: Uint8Array): AccountInfo {
  return { owner, lamports: 1n, data };
}

function accountsOf(overrides: { vaultLamports?: bigint; publishedAgoS?: number } = {}): Map<string, AccountInfo> {
  const mint = {
    mintAuthority: null,
    freezeAuthority: null,
    supply: 1_000_000_000_000_000n,
    decimals: 6,
    isInitialized: true,
    extensions: [],
  };
  const pool = {
    poolBump: 255,
    index: 0,
    creator: poolAuthorityAddress(MINT),
    baseMint: MINT,
    quoteMint: WSOL_MINT,
    lpMint: lpMintAddress(POOL),
    poolBaseTokenAccount: associatedTokenAddress(POOL, MINT, TOKEN_2022_PROGRAM),
    poolQuoteTokenAccount: QUOTE_VAULT,
    lpSupply: 1n,
    coinCreator: CREATOR,
    isMayhemMode: false,
    isCashbackCoin: false,
    virtualQuoteReservesLamports: 17_584_505_294n,
    creatorFeeBps: 0n,
    canEditCreatorFee: false,
  };
  const vault = {
    mint: WSOL_MINT,
    owner: POOL,
    amount: overrides.vaultLamports ?? 67_405_853_790n,
    delegate: null,
    state: "initialized" as const,
    nativeReserveLamports: 2_039_280n,
    delegatedAmount: 0n,
    closeAuthority: null,
    extensions: [],
  };
  const price = {
    price: 15_000_000_000n,
    conf: 1n,
    exponent: -8,
    publishTimeS: NOW_MS / 1_000 - (overrides.publishedAgoS ?? 2),
    feedId: PYTH_SOL_USD_FEED_ID,
  };
  return new Map([
    [MINT, info(TOKEN_2022_PROGRAM, encodeMint(mint))],
    [POOL, info(PUMP_SWAP_PROGRAM, encodePool(pool))],
    [QUOTE_VAULT, info(TOKEN_PROGRAM, encodeTokenAccount(vault))],
    [PYTH_SOL_USD, info(PYTH_RECEIVER_PROGRAM, encodePriceUpdate(price, DEFAULT_ADDRESS, 5))],
  ]);
}

interface World {
  readonly accounts?: Map<string, AccountInfo>;
  readonly transactions?: readonly unknown[];
  readonly curveRows?: number;
}

function run(world: World, graduation: Graduation = GRADUATION, denylist: Parameters<typeof discover>[2]["denylist"] = []) {
  const accounts = world.accounts ?? accountsOf();
  const transactions = [...(world.transactions ?? [migration(MINT)])];
  const waits: number[] = [];
  const rows: SignatureInfo[] = Array.from({ length: world.curveRows ?? 80 }, (_, i) => ({
    signature: `s${i}`,
    slot: 5,
    blockTimeMs: NOW_MS - i * 1_000,
    failed: false,
  }));
  const rpc = {
    getAccounts: async (addresses: readonly string[]) =>
      ok({ slot: 6, accounts: addresses.map((address) => accounts.get(address) ?? null) }),
    getTransaction: async () => ok(transactions.length > 1 ? transactions.shift() : transactions[0]),
    getSignaturesForAddress: async (address: string) => ok(address === CURVE ? rows : []),
  } as unknown as Rpc;
  const discovery = discover(graduation, "webhook", {
    rpc,
    parameters: builtinParameters("default"),
    denylist,
    nowMs: () => NOW_MS,
    sleep: async (ms) => {
      waits.push(ms);
    },
  });
  return { discovery, waits };
}

async function reasonOf(world: World, graduation = GRADUATION): Promise<string | null> {
  const { verdict } = await run(world, graduation).discovery;
  return verdict.ok ? null : verdict.reason;
}

function without(address: string): Map<string, AccountInfo> {
  const accounts = accountsOf();
  accounts.delete(address);
  return accounts;
}

describe("Discoverer", () => {
  test("a confirmed graduation with liquidity, history and a fresh price becomes a candidate", async () => {
    const { verdict, watchable } = await run({}).discovery;
    expect(watchable).toBe(true);
    expect(verdict).toMatchObject({
      ok: true,
      value: { creator: CREATOR, liquidityLamports: 134_811_707_580n, tradeCount: 78, ageMs: 79_000, solUsd: 150 },
    });
    if (verdict.ok) expect(verdict.value.liquidityUsd).toBeCloseTo(20_221.76, 1);
  });

  test.each<[string, World, string]>([
    ["our node does not know the transaction", { transactions: [null] }, "TX_NOT_FOUND"],
    ["our node's copy failed", { transactions: [migration(MINT, true)] }, "TX_FAILED"],
    ["our node's copy is of another token", { transactions: [migration(CREATOR)] }, "TX_NOT_GRADUATION"],
    ["the quote vault is missing", { accounts: without(QUOTE_VAULT) }, "LIQUIDITY_UNKNOWN"],
    ["the vault is nearly empty", { accounts: accountsOf({ vaultLamports: 3_000_000_000n }) }, "LIQUIDITY_TOO_LOW"],
    ["the price is missing", { accounts: without(PYTH_SOL_USD) }, "SOL_PRICE_STALE"],
    ["the price is old", { accounts: accountsOf({ publishedAgoS: 600 }) }, "SOL_PRICE_STALE"],
    [
      "the price account belongs to a stranger",
      { accounts: accountsOf().set(PYTH_SOL_USD, info(TOKEN_PROGRAM, accountsOf().get(PYTH_SOL_USD)?.data ?? new Uint8Array())) },
      "SOL_PRICE_STALE",
    ],
    ["hardly anybody traded", { curveRows: 5 }, "TOO_FEW_TRADES"],
  ])("declines when %s", async (_name, world, reason) => {
    expect(await reasonOf(world)).toBe(reason);
  });

  test("declines a coin with another quote before spending a call on its accounts", async () => {
    const pool = canonicalPoolAddress(MINT, USDC_MINT);
    const world = { accounts: new Map(), transactions: [migration(MINT, false, USDC_MINT)] };
    expect(await reasonOf(world, { ...GRADUATION, pool, quoteMint: USDC_MINT })).toBe("QUOTE_NOT_SOL");
  });

  test("amounts and times are our own node's, whatever was delivered", async () => {
    const forged = { ...GRADUATION, baseAmount: 1n, quoteAmountLamports: 10n ** 15n, blockTimeMs: NOW_MS + 1_000_000 };
    const { verdict } = await run({}, forged).discovery;
    if (!verdict.ok) throw new Error(verdict.reason);
    const { baseAmount, quoteAmountLamports, blockTimeMs } = GRADUATION;
    expect(verdict.value.graduation).toMatchObject({ baseAmount, quoteAmountLamports, blockTimeMs });
  });

  test("waits for a node that lags behind the webhook", async () => {
    const { discovery, waits } = run({ transactions: [null, null, migration(MINT)] });
    expect((await discovery).verdict.ok).toBe(true);
    expect(waits).toHaveLength(2);
  });

  test("says who put a token on the denylist, and why", async () => {
    const entry = { subject: "creator" as const, value: CREATOR, reason: "rugged twice", author: "system", atMs: 1 };
    const { verdict } = await run({}, GRADUATION, [entry]).discovery;
    expect(verdict).toEqual({ ok: false, reason: "DENYLISTED_CREATOR", detail: "rugged twice (system)" });
  });

  test("an RPC fault throws, so that the stage is tried again", async () => {
    const rpc = { getTransaction: async () => refuse("RPC_UNAVAILABLE") } as unknown as Rpc;
    const deps = { rpc, parameters: builtinParameters("default"), denylist: [], nowMs: () => NOW_MS, sleep: async () => {} };
    await expect(discover(GRADUATION, "webhook", deps)).rejects.toThrow("RPC_UNAVAILABLE");
  });
});
