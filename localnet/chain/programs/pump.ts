import { ByteReader } from "../../../domain/solana/bytes.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../../../domain/solana/discriminators.ts";
import { encodeEvent } from "../../../domain/solana/encode-events.ts";
import {
  DEFAULT_ADDRESS,
  PUMP_MINT_AUTHORITY,
  PUMP_PROGRAM,
  PUMP_TOKEN_DECIMALS,
  PUMP_TOKEN_SUPPLY,
  TOKEN_2022_PROGRAM,
} from "../../../domain/solana/programs.ts";
import { encodeMint, metadataPointerExtension, tokenMetadataExtension } from "../../../domain/solana/token.ts";
import { bondingCurveAddress } from "../../../domain/venues/pdas.ts";
import { encodeBondingCurve, newBondingCurve } from "../../../domain/venues/pump-curve.ts";
import { abort, accountAt, type Program, type ProgramContext, requireSigner } from "../program.ts";
import { rentExemptLamports } from "../rent.ts";
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
import { processMigrateV2 } from "./pump-migrate.ts";
import { processBuy, processSell } from "./pump-trade.ts";
import { createAccountInstruction, transferInstruction } from "./system.ts";
import {
  dropAuthority,
  initializeMetadataPointer,
  initializeMint2,
  initializeTokenMetadata,
  mintToInstruction,
} from "./token-instructions.ts";

/** Limits of the program's create instructions. */
const MAX_NAME_BYTES = 32;
const MAX_SYMBOL_BYTES = 13;
const MAX_URI_BYTES = 200;
const CREATE_UNITS = 50_000;

const HANDLERS: ReadonlyMap<string, (context: ProgramContext) => void> = new Map([
  [INSTRUCTION_DISCRIMINATOR.createV2, processCreateV2],
  [INSTRUCTION_DISCRIMINATOR.buy, (context) => processBuy(context, false)],
  [INSTRUCTION_DISCRIMINATOR.buyExactSolIn, (context) => processBuy(context, true)],
  [INSTRUCTION_DISCRIMINATOR.sell, processSell],
  [INSTRUCTION_DISCRIMINATOR.migrateV2, processMigrateV2],
]);

/** The pump program: create_v2, buy, buy_exact_sol_in, sell and migrate_v2 of SOL-paired coins. */
export const pumpProgram: Program = {
  builtin: false,
  process: (context) => {
    if (isEventCall(context.data)) return processEventCall(context);
    const handler = HANDLERS.get(discriminatorOf(context.data));
    if (handler === undefined) return abortUnknownInstruction(context);
    handler(context);
  },
};

/** `create_v2`: name, symbol, uri, creator, is_mayhem_mode, is_cashback_enabled. A Token-2022 mint without authorities. */
function processCreateV2(context: ProgramContext): void {
  context.log("Instruction: CreateV2");
  context.consume(CREATE_UNITS);
  const reader = new ByteReader(context.data, 8);
  const [name, symbol, uri] = [reader.string(), reader.string(), reader.string()];
  const creator = reader.address();
  const isMayhem = reader.bool();
  if (reader.overrun) abort("InvalidInstructionData");
  if (name.length > MAX_NAME_BYTES) abortAnchor(context, [6043, "NameTooLong", "NameTooLong"]);
  if (symbol.length > MAX_SYMBOL_BYTES) abortAnchor(context, [6044, "SymbolTooLong", "SymbolTooLong"]);
  if (uri.length > MAX_URI_BYTES) abortAnchor(context, [6045, "UriTooLong", "UriTooLong"]);
  // OptionBool: absent in transactions built before cashback coins.
  const isCashbackCoin = reader.bool();
  if (isMayhem) abortAnchor(context, [6048, "MayhemModeDisabled", "MayhemModeDisabled"]);
  if (creator === DEFAULT_ADDRESS) abortAnchor(context, [6030, "CreatorShouldNotBeZero", "Creator should not be zero"]);
  const mint = accountAt(context, 0);
  const curve = accountAt(context, 2);
  const curveTokens = accountAt(context, 3);
  const user = accountAt(context, 5);
  requireSigner(context, mint);
  requireSigner(context, user);
  requireAddress(context, "mint_authority", accountAt(context, 1), PUMP_MINT_AUTHORITY);
  requireAddress(context, "bonding_curve", curve, bondingCurveAddress(mint));

  const pointer = metadataPointerExtension(null, mint);
  const blank = { mintAuthority: null, supply: 0n, decimals: PUMP_TOKEN_DECIMALS, isInitialized: false, freezeAuthority: null };
  const bare = encodeMint({ ...blank, extensions: [pointer] }).length;
  const metadata = tokenMetadataExtension({ updateAuthority: null, mint, name, symbol, uri });
  const full = encodeMint({ ...blank, extensions: [pointer, metadata] }).length;
  context.invoke(createAccountInstruction(user, mint, rentExemptLamports(bare), bare, TOKEN_2022_PROGRAM));
  context.invoke(initializeMetadataPointer(mint));
  context.invoke(initializeMint2(TOKEN_2022_PROGRAM, mint, PUMP_TOKEN_DECIMALS, PUMP_MINT_AUTHORITY));
  const state = { ...newBondingCurve(creator), isCashbackCoin };
  const curveData = encodeBondingCurve(state);
  context.invoke(createAccountInstruction(user, curve, rentExemptLamports(curveData.length), curveData.length, PUMP_PROGRAM), [curve]);
  context.set(curve, { ...context.get(curve), data: curveData });
  context.invoke(createAtaInstruction(user, curveTokens, curve, mint, TOKEN_2022_PROGRAM, false));
  context.invoke(transferInstruction(user, mint, rentExemptLamports(full) - rentExemptLamports(bare)));
  context.invoke(initializeTokenMetadata(mint, PUMP_MINT_AUTHORITY, name, symbol, uri), [PUMP_MINT_AUTHORITY]);
  context.invoke(mintToInstruction(TOKEN_2022_PROGRAM, mint, curveTokens, PUMP_MINT_AUTHORITY, PUMP_TOKEN_SUPPLY), [PUMP_MINT_AUTHORITY]);
  context.invoke(dropAuthority(TOKEN_2022_PROGRAM, mint, PUMP_MINT_AUTHORITY, 0), [PUMP_MINT_AUTHORITY]);
  const event = encodeEvent("Create", {
    name,
    symbol,
    uri,
    mint,
    bonding_curve: curve,
    user,
    creator,
    timestamp: BigInt(Math.floor(context.clock.unixMs / 1000)),
    virtual_token_reserves: state.virtualTokenReserves,
    virtual_sol_reserves: state.virtualQuoteReserves,
    real_token_reserves: state.realTokenReserves,
    token_total_supply: state.tokenTotalSupply,
    token_program: TOKEN_2022_PROGRAM,
    is_mayhem_mode: false,
    is_cashback_enabled: isCashbackCoin,
    quote_mint: DEFAULT_ADDRESS,
    virtual_quote_reserves: state.virtualQuoteReserves,
  });
  emitEvent(context, accountAt(context, 14), event);
}
