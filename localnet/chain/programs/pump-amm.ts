import { addressBytes, findProgramAddress } from "../../../domain/solana/address.ts";
import { ByteReader, ByteWriter, fromHex } from "../../../domain/solana/bytes.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../../../domain/solana/discriminators.ts";
import { encodeEvent } from "../../../domain/solana/encode-events.ts";
import { DEFAULT_ADDRESS, PUMP_SWAP_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../../../domain/solana/programs.ts";
import { type Address, BPS } from "../../../domain/units.ts";
import { bondingCurveAddress, boostVaultAddress, lpMintAddress, poolAddress } from "../../../domain/venues/pdas.ts";
import { decodePool, encodePool, isCanonicalPool, type Pool } from "../../../domain/venues/pump-swap.ts";
import { BOOST_BPS, MINIMUM_LP } from "../config.ts";
import { abort, accountAt, type Program, type ProgramContext, requireSigner } from "../program.ts";
import { rentExemptLamports } from "../rent.ts";
import { readMint, readTokenAccount } from "../token-state.ts";
import {
  abortAnchor,
  abortUnknownInstruction,
  discriminatorOf,
  emitEvent,
  isEventCall,
  processEventCall,
  requireAddress,
} from "./anchor.ts";
import { createAtaInstruction } from "./ata.ts";
import { processSwap } from "./pump-amm-trade.ts";
import { createAccountInstruction } from "./system.ts";
import { initializeMint2, mintToInstruction, transferChecked } from "./token-instructions.ts";

const CREATE_POOL_UNITS = 40_000;
const INIT_BOOST_UNITS = 15_000;
const MINT_BYTES = 82;
const LP_DECIMALS = 9;
const INIT_BOOST_EVENT = fromHex("ae7c4af90451f611");

const HANDLERS: ReadonlyMap<string, (context: ProgramContext) => void> = new Map([
  [INSTRUCTION_DISCRIMINATOR.createPool, processCreatePool],
  [INSTRUCTION_DISCRIMINATOR.initBoost, processInitBoost],
  [INSTRUCTION_DISCRIMINATOR.buy, (context) => processSwap(context, "buy")],
  [INSTRUCTION_DISCRIMINATOR.buyExactQuoteIn, (context) => processSwap(context, "buy_exact_quote_in")],
  [INSTRUCTION_DISCRIMINATOR.sell, (context) => processSwap(context, "sell")],
]);

/** The PumpSwap program: create_pool, init_boost, buy, buy_exact_quote_in and sell. */
export const pumpAmmProgram: Program = {
  builtin: false,
  process: (context) => {
    if (isEventCall(context.data)) return processEventCall(context);
    const handler = HANDLERS.get(discriminatorOf(context.data));
    if (handler === undefined) return abortUnknownInstruction(context);
    handler(context);
  },
};

const decodedPools = new WeakMap<Uint8Array, Pool>();

/** The pool in an account; aborts when there is none. */
export function poolOf(context: ProgramContext, address: Address): Pool {
  const { owner, data } = context.get(address);
  const known = decodedPools.get(data);
  if (known !== undefined) return known;
  const decoded = owner === PUMP_SWAP_PROGRAM ? decodePool(data) : null;
  if (decoded === null || !decoded.ok) return abort("InvalidAccountData");
  decodedPools.set(data, decoded.value);
  return decoded.value;
}

/** `create_pool`: index:u16, base_amount_in:u64, quote_amount_in:u64, coin_creator:pubkey, is_mayhem_mode:bool, is_cashback_coin:OptionBool. */
function processCreatePool(context: ProgramContext): void {
  context.log("Instruction: CreatePool");
  context.consume(CREATE_POOL_UNITS);
  const reader = new ByteReader(context.data, 8);
  const index = reader.u16();
  const baseAmount = reader.u64();
  const quoteAmount = reader.u64();
  const coinCreator = reader.address();
  const isMayhemMode = reader.bool();
  const isCashbackCoin = reader.bool();
  const at = (position: number) => accountAt(context, position);
  const [pool, creator, baseMint, quoteMint, lpMint] = [at(0), at(2), at(3), at(4), at(5)];
  const [userBase, userQuote, userLp, poolBase, poolQuote] = [at(6), at(7), at(8), at(9), at(10)];
  const [baseProgram, quoteProgram, eventAuthority] = [at(13), at(14), at(16)];
  requireSigner(context, creator);
  if (baseAmount === 0n) abortAnchor(context, [6001, "ZeroBaseAmount", "ZeroBaseAmount"]);
  if (quoteAmount === 0n) abortAnchor(context, [6002, "ZeroQuoteAmount", "ZeroQuoteAmount"]);
  if (baseMint === quoteMint) abortAnchor(context, [6022, "SameMint", "SameMint"]);
  requireAddress(context, "pool", pool, poolAddress(index, creator, baseMint, quoteMint));
  requireAddress(context, "lp_mint", lpMint, lpMintAddress(pool));
  const isCanonical = isCanonicalPool({ index, creator, baseMint });
  if (coinCreator !== DEFAULT_ADDRESS && !isCanonical)
    abortAnchor(context, [6028, "OnlyCanonicalPumpPoolsCanHaveCoinCreator", "OnlyCanonicalPumpPoolsCanHaveCoinCreator"]);
  if (isMayhemMode && !isCanonical) abortAnchor(context, [6042, "OnlyPumpPoolsMayhemMode", "OnlyPumpPoolsMayhemMode"]);
  const baseDecimals = readMint(context.get(baseMint))?.decimals ?? abort("InvalidAccountData");
  const quoteDecimals = readMint(context.get(quoteMint))?.decimals ?? abort("InvalidAccountData");
  const initialLiquidity = squareRoot(baseAmount * quoteAmount);
  if (initialLiquidity <= MINIMUM_LP) abortAnchor(context, [6003, "TooLittlePoolTokenLiquidity", "TooLittlePoolTokenLiquidity"]);
  const lpOut = initialLiquidity - MINIMUM_LP;
  const bump = findProgramAddress(
    [
      new TextEncoder().encode("pool"),
      Uint8Array.of(index & 0xff, index >> 8),
      addressBytes(creator),
      addressBytes(baseMint),
      addressBytes(quoteMint),
    ],
    PUMP_SWAP_PROGRAM,
  ).bump;
  const data = encodePool({
    poolBump: bump,
    index,
    creator,
    baseMint,
    quoteMint,
    lpMint,
    poolBaseTokenAccount: poolBase,
    poolQuoteTokenAccount: poolQuote,
    lpSupply: initialLiquidity,
    coinCreator,
    isMayhemMode,
    isCashbackCoin,
    virtualQuoteReservesLamports: 0n,
    creatorFeeBps: 0n,
    canEditCreatorFee: false,
  });
  context.invoke(createAccountInstruction(creator, pool, rentExemptLamports(data.length), data.length, PUMP_SWAP_PROGRAM), [pool]);
  context.set(pool, { ...context.get(pool), data });
  context.invoke(createAccountInstruction(creator, lpMint, rentExemptLamports(MINT_BYTES), MINT_BYTES, TOKEN_2022_PROGRAM), [lpMint]);
  context.invoke(initializeMint2(TOKEN_2022_PROGRAM, lpMint, LP_DECIMALS, pool));
  context.invoke(createAtaInstruction(creator, userLp, creator, lpMint, TOKEN_2022_PROGRAM));
  // Strangers' pools have no vaults yet; a migration made them before.
  if (readTokenAccount(context.get(poolBase)) === null)
    context.invoke(createAtaInstruction(creator, poolBase, pool, baseMint, baseProgram));
  if (readTokenAccount(context.get(poolQuote)) === null)
    context.invoke(createAtaInstruction(creator, poolQuote, pool, quoteMint, quoteProgram));
  context.invoke(transferChecked(baseProgram, userBase, baseMint, poolBase, creator, baseAmount, baseDecimals));
  context.invoke(transferChecked(quoteProgram, userQuote, quoteMint, poolQuote, creator, quoteAmount, quoteDecimals));
  context.invoke(mintToInstruction(TOKEN_2022_PROGRAM, lpMint, userLp, pool, lpOut), [pool]);
  const event = encodeEvent("CreatePool", {
    timestamp: BigInt(Math.floor(context.clock.unixMs / 1000)),
    index,
    creator,
    base_mint: baseMint,
    quote_mint: quoteMint,
    base_mint_decimals: baseDecimals,
    quote_mint_decimals: quoteDecimals,
    base_amount_in: baseAmount,
    quote_amount_in: quoteAmount,
    pool_base_amount: baseAmount,
    pool_quote_amount: quoteAmount,
    minimum_liquidity: MINIMUM_LP,
    initial_liquidity: initialLiquidity,
    lp_token_amount_out: lpOut,
    pool_bump: bump,
    pool,
    lp_mint: lpMint,
    user_base_token_account: userBase,
    user_quote_token_account: userQuote,
    coin_creator: coinCreator,
    is_mayhem_mode: isMayhemMode,
  });
  emitEvent(context, eventAuthority, event);
}

/** `init_boost`: moves 20.69 % of the quote to the boost vault and books it as virtual quote reserves. */
function processInitBoost(context: ProgramContext): void {
  context.log("Instruction: InitBoost");
  context.consume(INIT_BOOST_UNITS);
  const at = (position: number) => accountAt(context, position);
  const [poolKey, creator, baseMint, poolQuote, boostAuthority, boostVault] = [at(0), at(2), at(3), at(6), at(7), at(8)];
  requireSigner(context, creator);
  const pool = poolOf(context, poolKey);
  if (!isCanonicalPool(pool) || pool.creator !== creator) abortAnchor(context, [6065, "PoolCannotBoost", "BOOST: pool cannot be boosted"]);
  if (pool.virtualQuoteReservesLamports !== 0n) abortAnchor(context, [6065, "PoolCannotBoost", "BOOST: pool cannot be boosted"]);
  requireAddress(context, "boost_vault_authority", boostAuthority, boostVaultAddress(poolKey));
  const quote = readTokenAccount(context.get(poolQuote))?.amount ?? abort("InvalidAccountData");
  const virtual = (quote * BOOST_BPS) / BPS;
  context.invoke(createAtaInstruction(creator, boostVault, boostAuthority, WSOL_MINT, TOKEN_PROGRAM));
  context.invoke(transferChecked(TOKEN_PROGRAM, poolQuote, WSOL_MINT, boostVault, poolKey, virtual, LP_DECIMALS), [poolKey]);
  context.set(poolKey, { ...context.get(poolKey), data: encodePool({ ...pool, virtualQuoteReservesLamports: virtual }) });
  const event = new ByteWriter().bytes(INIT_BOOST_EVENT).i64(BigInt(Math.floor(context.clock.unixMs / 1000)));
  event
    .address(baseMint)
    .address(bondingCurveAddress(baseMint))
    .address(poolKey)
    .i128(virtual)
    .u64(quote - virtual);
  emitEvent(context, at(12), event.toBytes());
}

/** Integer square root, rounded down (Newton). */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}
