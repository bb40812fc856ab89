import { describe, expect, test } from "vitest";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { ByteWriter, fromHex } from "../../domain/solana/bytes.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../../domain/solana/discriminators.ts";
import { encodeEvent, eventCpiData } from "../../domain/solana/encode-events.ts";
import type { EventName, FieldValue } from "../../domain/solana/event-layouts.ts";
import {
  DEFAULT_ADDRESS,
  PUMP_PROGRAM,
  PUMP_SWAP_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
  WSOL_MINT,
} from "../../domain/solana/programs.ts";
import { decodeMint, decodeTokenAccount } from "../../domain/solana/token.ts";
import type { ChainInstruction, ChainTransaction, TokenBalance } from "../../domain/solana/transaction.ts";
import { bondingCurveAddress, canonicalPoolAddress, lpMintAddress, poolAuthorityAddress } from "../../domain/venues/pdas.ts";
import { decodePool } from "../../domain/venues/pump-swap.ts";
import { RecordedState } from "./recorded-state.ts";

const SIGNATURE = "5nNtjezQMYBHvgSQmoRmJPiXGsPAWmJPoGSa64xanqrauogiVzFyGQhKeFataHGXq51jR2hjbzNTkPUpP787HAmL";
const MINT = "ELJFma9JzJfLWbc2fBSXPMAExayXoTr2LUNJLbPpump";
const WALLET = "39azUYFWPz3VHgKCf3VChUwbpURdCHRxjWVowf5jUJjg";
const POOL = canonicalPoolAddress(MINT);
const BASE_VAULT = associatedTokenAddress(POOL, MINT, TOKEN_2022_PROGRAM);
const QUOTE_VAULT = associatedTokenAddress(POOL, WSOL_MINT, TOKEN_PROGRAM);
const WALLET_ACCOUNT = associatedTokenAddress(WALLET, MINT, TOKEN_2022_PROGRAM);

function transaction(instructions: ChainInstruction[], rest: Partial<ChainTransaction> = {}): ChainTransaction {
  const accountKeys = [POOL, BASE_VAULT, QUOTE_VAULT, WALLET_ACCOUNT, MINT];
  return {
    signature: SIGNATURE,
    slot: 1,
    blockTimeMs: null,
    failed: false,
    accountKeys,
    instructions: [{ programId: PUMP_PROGRAM, accounts: [], data: new Uint8Array(), inner: instructions }],
    innerRecorded: true,
    logs: [],
    preBalances: [],
    postBalances: [3_000_000n, 2_074_080n, 67_407_893_070n, 2_074_080n, 1_461_600n],
    preTokenBalances: [],
    postTokenBalances: [],
    ...rest,
  };
}

function balance(account: string, mint: string, owner: string, tokenProgram: string, amount: bigint): TokenBalance {
  return { account, mint, owner, tokenProgram, amount, decimals: 6 };
}

function event(program: string, name: EventName, fields: Record<string, FieldValue | bigint>): ChainInstruction {
  return { programId: program, accounts: [], data: eventCpiData(encodeEvent(name, fields)) };
}

const balances = [
  balance(BASE_VAULT, MINT, POOL, TOKEN_2022_PROGRAM, 206_900_000_000_000n),
  balance(QUOTE_VAULT, WSOL_MINT, POOL, TOKEN_PROGRAM, 67_405_853_790n),
  balance(WALLET_ACCOUNT, MINT, WALLET, TOKEN_2022_PROGRAM, 5n),
];

/** A graduation of 2026: migrate_v2 with create_pool for a cashback coin and init_boost. */
function graduation(boosted: boolean): ChainTransaction {
  const migrate = Array.from({ length: 27 }, () => DEFAULT_ADDRESS);
  [migrate[2], migrate[3], migrate[10]] = [MINT, WSOL_MINT, POOL];
  const create = Array.from({ length: 18 }, () => DEFAULT_ADDRESS);
  [create[0], create[9], create[10]] = [POOL, BASE_VAULT, QUOTE_VAULT];
  const createData = new ByteWriter()
    .bytes(fromHex(INSTRUCTION_DISCRIMINATOR.createPool))
    .u16(0)
    .u64(1n)
    .u64(1n)
    .address(WALLET)
    .bool(false)
    .bool(true);
  return transaction(
    [
      { programId: PUMP_PROGRAM, accounts: migrate, data: fromHex(INSTRUCTION_DISCRIMINATOR.migrateV2) },
      { programId: PUMP_SWAP_PROGRAM, accounts: create, data: createData.toBytes() },
      event(PUMP_SWAP_PROGRAM, "CreatePool", {
        pool: POOL,
        creator: poolAuthorityAddress(MINT),
        base_mint: MINT,
        quote_mint: WSOL_MINT,
        lp_mint: lpMintAddress(POOL),
        coin_creator: WALLET,
        initial_liquidity: "4193388282604",
        pool_bump: 251,
      }),
      ...(boosted ? [{ programId: PUMP_SWAP_PROGRAM, accounts: [POOL], data: fromHex(INSTRUCTION_DISCRIMINATOR.initBoost) }] : []),
      event(PUMP_PROGRAM, "CompletePumpAmmMigration", {
        mint: MINT,
        pool: POOL,
        bonding_curve: bondingCurveAddress(MINT),
        sol_amount: "84990359084",
        mint_amount: "206900000000000",
      }),
    ],
    { postTokenBalances: balances },
  );
}

function poolOf(state: RecordedState) {
  const decoded = decodePool(state.get(POOL)?.data ?? new Uint8Array());
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.value;
}

describe("recorded accounts", () => {
  test("a boosted graduation: the virtual reserves are what the vault lacks of the raised SOL (mainnet, 2026-07-25)", () => {
    const state = new RecordedState();
    state.apply(graduation(true));
    expect(poolOf(state)).toMatchObject({
      virtualQuoteReservesLamports: 17_584_505_294n,
      isCashbackCoin: true,
      isMayhemMode: false,
      coinCreator: WALLET,
    });
    const plain = new RecordedState();
    plain.apply(graduation(false));
    expect(poolOf(plain).virtualQuoteReservesLamports).toBe(0n);
  });

  test("a later trade states the virtual reserves; a trade of an unknown pool proves no pool", () => {
    const trade = transaction([event(PUMP_SWAP_PROGRAM, "Buy", { pool: POOL, virtual_quote_reserves: "17" })]);
    const state = new RecordedState();
    state.apply(trade);
    expect(state.get(POOL)).toBeNull();
    state.apply(graduation(false));
    state.apply(trade);
    expect(poolOf(state).virtualQuoteReservesLamports).toBe(17n);
  });

  test("vaults of a program are known, a wallet's account is not; closed and moved ones are forgotten", () => {
    const state = new RecordedState();
    state.apply(graduation(true));
    const vault = state.get(BASE_VAULT);
    expect(vault?.data).toHaveLength(170);
    expect(decodeTokenAccount(vault?.data ?? new Uint8Array())).toMatchObject({
      ok: true,
      value: { amount: 206_900_000_000_000n, owner: POOL },
    });
    expect(state.get(QUOTE_VAULT)?.data).toHaveLength(165);
    expect(state.get(WALLET_ACCOUNT)).toBeNull();
    const impostor = balance(QUOTE_VAULT, WSOL_MINT, WALLET, TOKEN_PROGRAM, 1n);
    state.apply(transaction([], { preTokenBalances: balances, postTokenBalances: [impostor] }));
    expect([state.get(BASE_VAULT), state.get(QUOTE_VAULT)]).toEqual([null, null]);
  });

  test("a failed transaction changes nothing, and one without balances proves nothing", () => {
    const state = new RecordedState();
    state.apply({ ...graduation(true), failed: true });
    expect(state.get(POOL)).toBeNull();
    state.apply({ ...graduation(true), postBalances: [] });
    expect([state.get(POOL), state.get(BASE_VAULT)]).toEqual([null, null]);
  });
});

describe("recorded mints", () => {
  const token = (accounts: string[], data: Uint8Array, programId = TOKEN_2022_PROGRAM): ChainInstruction => ({ programId, accounts, data });
  const initialize = token([MINT], new ByteWriter().u8(20).u8(6).address(WALLET).u8(0).toBytes());
  const mintTo = (amount: bigint) => token([MINT, WALLET_ACCOUNT, WALLET], new ByteWriter().u8(7).u64(amount).toBytes());
  const burn = (amount: bigint) => token([WALLET_ACCOUNT, MINT, WALLET], new ByteWriter().u8(8).u64(amount).toBytes());
  const renounce = token([MINT, WALLET], Uint8Array.of(6, 0, 0));

  function mintAfter(...steps: ChainInstruction[][]) {
    const state = new RecordedState();
    for (const step of steps) state.apply(transaction(step));
    const account = state.get(MINT);
    const decoded = account === null ? null : decodeMint(account.data);
    return decoded?.ok ? { ...decoded.value, stated: state.supply(MINT)?.amount } : null;
  }

  test("creation, minting, burning and renouncing are followed, over several transactions", () => {
    expect(mintAfter([initialize, mintTo(10n)])).toMatchObject({
      supply: 10n,
      stated: 10n,
      mintAuthority: WALLET,
      decimals: 6,
      extensions: [],
    });
    expect(mintAfter([initialize, mintTo(10n)], [burn(4n), renounce])).toMatchObject({ supply: 6n, stated: 6n, mintAuthority: null });
  });

  test.each([
    ["a mint whose creation is not recorded", [[mintTo(5n), renounce]]],
    ["a mint with an extension that is not followed", [[token([MINT], Uint8Array.of(35, 1)), initialize, mintTo(5n)]]],
    ["a mint changed by an unknown instruction", [[initialize], [token([MINT], Uint8Array.of(200))]]],
    ["a mint changed by an authority of another kind", [[initialize], [token([MINT], Uint8Array.of(6, 12, 0))]]],
    ["a mint beside an instruction that a node parsed away", [[initialize], [token([], new Uint8Array())]]],
    ["a closed mint", [[initialize], [token([MINT], Uint8Array.of(9))]]],
  ])("%s is unknown", (_name, steps) => {
    expect(mintAfter(...steps)).toBeNull();
  });
});
