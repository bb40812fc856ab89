import { describe, expect, test } from "vitest";
import { addressFromBytes } from "../solana/address.ts";
import { fromHex } from "../solana/bytes.ts";
import {
  DEFAULT_ADDRESS,
  PUMP_SWAP_PROGRAM,
  PUMP_TOKEN_SUPPLY,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
  USDC_MINT,
  WSOL_MINT,
} from "../solana/programs.ts";
import { encodeMint, encodeTokenAccount } from "../solana/token.ts";
import { DEFAULT_FEE_CONFIG, encodeFeeConfig } from "../venues/fee-config.ts";
import { poolAuthorityAddress } from "../venues/pdas.ts";
import { encodePool, type Pool } from "../venues/pump-swap.ts";
import { type AccountData, decodePoolState, marketOf, type PoolAccounts, type PoolKeys, priceMoveBps } from "./market.ts";

const address = (byte: number) => addressFromBytes(new Uint8Array(32).fill(byte));
const KEYS: PoolKeys = { mint: address(1), pool: address(2), baseVault: address(3), quoteVault: address(4) };
const POOL: Pool = {
  poolBump: 255,
  index: 0,
  creator: poolAuthorityAddress(KEYS.mint),
  baseMint: KEYS.mint,
  quoteMint: WSOL_MINT,
  lpMint: address(5),
  poolBaseTokenAccount: KEYS.baseVault,
  poolQuoteTokenAccount: KEYS.quoteVault,
  lpSupply: 1n,
  coinCreator: address(6),
  isMayhemMode: false,
  isCashbackCoin: false,
  virtualQuoteReservesLamports: 17_584_505_288n,
  creatorFeeBps: 0n,
  canEditCreatorFee: false,
};

function vault(mint: string, amount: bigint, owner = KEYS.pool) {
  const data = encodeTokenAccount({
    mint,
    owner,
    amount,
    delegate: null,
    state: "initialized",
    nativeReserveLamports: null,
    delegatedAmount: 0n,
    closeAuthority: null,
    extensions: [],
  });
  return { owner: TOKEN_PROGRAM, data };
}

const ACCOUNTS: PoolAccounts = {
  pool: { owner: PUMP_SWAP_PROGRAM, data: encodePool(POOL) },
  baseVault: { ...vault(KEYS.mint, 206_900_000_000_000n), owner: TOKEN_2022_PROGRAM },
  quoteVault: vault(WSOL_MINT, 67_405_853_768n),
};
const MINT = {
  owner: TOKEN_2022_PROGRAM,
  data: encodeMint({
    mintAuthority: null,
    supply: PUMP_TOKEN_SUPPLY,
    decimals: 6,
    isInitialized: true,
    freezeAuthority: null,
    extensions: [],
  }),
};

function poolWith(changes: Partial<Pool>, owner = PUMP_SWAP_PROGRAM): PoolAccounts {
  return { ...ACCOUNTS, pool: { owner, data: encodePool({ ...POOL, ...changes }) } };
}

describe("decodePoolState", () => {
  test("adds the virtual quote to the vault, and keeps what the vault can pay", () => {
    const state = decodePoolState(KEYS, ACCOUNTS);
    if (!state.ok) throw new Error(state.reason);
    expect(state.value.reserves).toEqual({
      baseReserves: 206_900_000_000_000n,
      quoteReservesLamports: 84_990_359_056n,
      quoteVaultLamports: 67_405_853_768n,
    });
  });

  test.each<[string, PoolAccounts, string]>([
    ["no pool", { ...ACCOUNTS, pool: null }, "POOL_UNAVAILABLE"],
    ["another program's account", poolWith({}, TOKEN_PROGRAM), "POOL_WRONG_OWNER"],
    ["not a pool", { ...ACCOUNTS, pool: { owner: PUMP_SWAP_PROGRAM, data: new Uint8Array(301) } }, "POOL_MALFORMED"],
    ["another mint's pool", poolWith({ baseMint: address(9) }), "POOL_MINT_MISMATCH"],
    ["a pool quoted in dollars", poolWith({ quoteMint: USDC_MINT }), "QUOTE_NOT_SOL"],
    ["a pool with other vaults", poolWith({ poolQuoteTokenAccount: address(9) }), "POOL_MALFORMED"],
    ["no base vault", { ...ACCOUNTS, baseVault: null }, "POOL_MALFORMED"],
    ["a vault of another mint", { ...ACCOUNTS, quoteVault: vault(KEYS.mint, 1n) }, "POOL_MALFORMED"],
    ["a vault of another owner", { ...ACCOUNTS, quoteVault: vault(WSOL_MINT, 1n, address(9)) }, "POOL_MALFORMED"],
    [
      "a vault that is no token account",
      { ...ACCOUNTS, quoteVault: { ...vault(WSOL_MINT, 1n), owner: DEFAULT_ADDRESS } },
      "POOL_MALFORMED",
    ],
  ])("refuses %s", (_name, accounts, reason) => {
    expect(decodePoolState(KEYS, accounts)).toMatchObject({ ok: false, reason });
  });
});

describe("marketOf", () => {
  const state = decodePoolState(KEYS, ACCOUNTS);
  if (!state.ok) throw new Error(state.reason);
  const read = { slot: 5, atMs: 6 };

  test("picks the fees of the pool's tier, from the chain or else the ones we know", () => {
    const tier = { lpBps: 2n, protocolBps: 93n, creatorBps: 30n };
    expect(marketOf(state.value, MINT, null, null, read)).toMatchObject({ ok: true, value: { fees: tier, slot: 5, atMs: 6 } });
    const flat = { lpBps: 1n, protocolBps: 2n, creatorBps: 3n };
    const config = { ...DEFAULT_FEE_CONFIG, feeTiers: [{ marketCapThreshold: 0n, fees: flat }] };
    const account = { owner: DEFAULT_ADDRESS, data: encodeFeeConfig(config) };
    expect(marketOf(state.value, MINT, account, null, read)).toMatchObject({ ok: true, value: { fees: flat } });
  });

  test("a coin's own creator rate counts where the program lets coins have one", () => {
    const own = { ...state.value, pool: { ...state.value.pool, creatorFeeBps: 250n } };
    const config = (isConfigurable: boolean): AccountData => {
      const data = new Uint8Array(949);
      data.set(fromHex("95089ccaa0fcb0d9"));
      data[940] = isConfigurable ? 1 : 0;
      return { owner: PUMP_SWAP_PROGRAM, data };
    };
    const creatorBps = (account: AccountData) => {
      const market = marketOf(own, MINT, null, account, read);
      return market.ok ? market.value.fees.creatorBps : null;
    };
    expect(creatorBps(config(true))).toBe(250n);
    expect(creatorBps(config(false))).toBe(30n);
    // Unreadable or somebody else's: the dearer assumption.
    expect([creatorBps(null), creatorBps({ owner: DEFAULT_ADDRESS, data: new Uint8Array(949) })]).toEqual([250n, 250n]);
  });

  test("needs the mint", () => {
    expect(marketOf(state.value, null, null, null, read)).toMatchObject({ ok: false, reason: "MINT_UNAVAILABLE" });
    expect(marketOf(state.value, { ...MINT, owner: DEFAULT_ADDRESS }, null, null, read)).toMatchObject({
      ok: false,
      reason: "MINT_WRONG_OWNER",
    });
    expect(marketOf(state.value, { ...MINT, data: new Uint8Array(3) }, null, null, read)).toMatchObject({
      ok: false,
      reason: "MINT_MALFORMED",
    });
  });
});

test.each([
  [100n, 115n, 1_500],
  [100n, 85n, -1_500],
  [3n, 4n, 3_333],
  [0n, 4n, null],
  [4n, 0n, null],
])("price from %d to %d moves by %s bps", (before, after, bps) => {
  const at = (quoteReservesLamports: bigint) => ({ baseReserves: 1_000n, quoteReservesLamports });
  expect(priceMoveBps(at(before), at(after))).toBe(bps);
});
