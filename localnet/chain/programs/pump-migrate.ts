import { ByteWriter, fromHex } from "../../../domain/solana/bytes.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../../../domain/solana/discriminators.ts";
import { encodeEvent } from "../../../domain/solana/encode-events.ts";
import {
  ATA_PROGRAM,
  DEFAULT_ADDRESS,
  PUMP_SWAP_PROGRAM,
  PUMP_TOKEN_DECIMALS,
  PUMP_WITHDRAW_AUTHORITY,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
  WSOL_MINT,
} from "../../../domain/solana/programs.ts";
import type { Address } from "../../../domain/units.ts";
import { bondingCurveAddress, canonicalPoolAddress, lpMintAddress, poolAuthorityAddress } from "../../../domain/venues/pdas.ts";
import { type BondingCurve, encodeBondingCurve, POOL_MIGRATION_FEE_LAMPORTS } from "../../../domain/venues/pump-curve.ts";
import { abort, accountAt, type ProgramContext, requireSigner } from "../program.ts";
import { readTokenAccount } from "../token-state.ts";
import { abortAnchor, emitEvent, requireAddress } from "./anchor.ts";
import { createAtaInstruction } from "./ata.ts";
import { curveOf, move } from "./pump-trade.ts";
import { transferInstruction } from "./system.ts";
import {
  burnInstruction,
  closeAccountInstruction,
  readonly,
  syncNativeInstruction,
  transferChecked,
  writable,
  writableSigner,
} from "./token-instructions.ts";

const MIGRATE_UNITS = 60_000;

/** Accounts of `migrate_v2`: 27 by the IDL, and the boost vault's authority and token account. */
function migrateAccounts(context: ProgramContext) {
  const at = (index: number) => accountAt(context, index);
  return {
    withdrawAuthority: at(1),
    baseMint: at(2),
    quoteMint: at(3),
    curve: at(4),
    curveTokens: at(5),
    user: at(7),
    pool: at(10),
    poolAuthority: at(11),
    authorityBase: at(12),
    authorityQuote: at(13),
    globalConfig: at(14),
    lpMint: at(15),
    authorityLp: at(16),
    poolBase: at(17),
    poolQuote: at(18),
    baseProgram: at(19),
    swapEventAuthority: at(23),
    eventAuthority: at(25),
    boostAuthority: at(27),
    boostVault: at(28),
  };
}

type MigrateAccounts = ReturnType<typeof migrateAccounts>;

/**
 * `migrate_v2`: moves a completed curve's tokens and SOL into the canonical pool, turns the boost
 * share into virtual reserves and burns the LP tokens. A migrated curve is a successful no-op.
 */
export function processMigrateV2(context: ProgramContext): void {
  context.log("Instruction: MigrateV2");
  context.consume(MIGRATE_UNITS);
  const accounts = migrateAccounts(context);
  requireSigner(context, accounts.user);
  requireAddress(context, "withdraw_authority", accounts.withdrawAuthority, PUMP_WITHDRAW_AUTHORITY);
  requireAddress(context, "bonding_curve", accounts.curve, bondingCurveAddress(accounts.baseMint));
  requireAddress(context, "pool_authority", accounts.poolAuthority, poolAuthorityAddress(accounts.baseMint));
  requireAddress(context, "pool", accounts.pool, canonicalPoolAddress(accounts.baseMint));
  requireAddress(context, "lp_mint", accounts.lpMint, lpMintAddress(accounts.pool));
  if (accounts.quoteMint !== WSOL_MINT) abortAnchor(context, [6063, "UnsupportedQuoteMint", "Unsupported quote mint"]);
  const curve = curveOf(context, accounts.curve);
  if (!curve.complete) abortAnchor(context, [6006, "BondingCurveNotComplete", "The bonding curve has not completed."]);
  const baseAmount = readTokenAccount(context.get(accounts.curveTokens))?.amount ?? 0n;
  if (baseAmount === 0n) {
    context.log("Bonding curve already migrated");
    return;
  }
  const quoteAmount = curve.realQuoteReserves - POOL_MIGRATION_FEE_LAMPORTS;

  move(context, accounts.curve, accounts.poolAuthority, curve.realQuoteReserves);
  fundAuthority(context, accounts, baseAmount, quoteAmount);
  createPool(context, accounts, baseAmount, quoteAmount, curve);
  closeAuthorityAccounts(context, accounts);
  if (isBoostEnabled(context, accounts.globalConfig)) initBoost(context, accounts);
  burnLp(context, accounts);
  const rest = context.get(accounts.poolAuthority).lamports;
  context.invoke(transferInstruction(accounts.poolAuthority, accounts.withdrawAuthority, rest), [accounts.poolAuthority]);
  const emptied = {
    ...curve,
    virtualTokenReserves: 0n,
    virtualQuoteReserves: 0n,
    realTokenReserves: 0n,
    realQuoteReserves: 0n,
  };
  context.set(accounts.curve, { ...context.get(accounts.curve), data: encodeBondingCurve(emptied) });
  const event = encodeEvent("CompletePumpAmmMigration", {
    user: accounts.user,
    mint: accounts.baseMint,
    mint_amount: baseAmount,
    sol_amount: quoteAmount,
    pool_migration_fee: POOL_MIGRATION_FEE_LAMPORTS,
    bonding_curve: accounts.curve,
    timestamp: BigInt(Math.floor(context.clock.unixMs / 1000)),
    pool: accounts.pool,
    quote_mint: DEFAULT_ADDRESS,
  });
  emitEvent(context, accounts.eventAuthority, event);
}

/** Gives the pool authority its two token accounts and fills them. */
function fundAuthority(context: ProgramContext, accounts: MigrateAccounts, baseAmount: bigint, quoteAmount: bigint): void {
  const { poolAuthority, pool, baseMint, baseProgram } = accounts;
  const ata = (address: Address, owner: Address, mint: Address, program: Address) =>
    context.invoke(createAtaInstruction(poolAuthority, address, owner, mint, program), [poolAuthority]);
  ata(accounts.poolBase, pool, baseMint, baseProgram);
  ata(accounts.poolQuote, pool, WSOL_MINT, TOKEN_PROGRAM);
  ata(accounts.authorityBase, poolAuthority, baseMint, baseProgram);
  ata(accounts.authorityQuote, poolAuthority, WSOL_MINT, TOKEN_PROGRAM);
  context.invoke(
    transferChecked(baseProgram, accounts.curveTokens, baseMint, accounts.authorityBase, accounts.curve, baseAmount, PUMP_TOKEN_DECIMALS),
    [accounts.curve],
  );
  context.invoke(transferInstruction(poolAuthority, accounts.authorityQuote, quoteAmount), [poolAuthority]);
  context.invoke(syncNativeInstruction(TOKEN_PROGRAM, accounts.authorityQuote));
}

function createPool(
  context: ProgramContext,
  accounts: MigrateAccounts,
  baseAmount: bigint,
  quoteAmount: bigint,
  { creator, isCashbackCoin }: BondingCurve,
): void {
  const data = new ByteWriter().bytes(fromHex(INSTRUCTION_DISCRIMINATOR.createPool)).u16(0).u64(baseAmount).u64(quoteAmount);
  data.address(creator).bool(false).bool(isCashbackCoin);
  context.invoke(
    {
      programId: PUMP_SWAP_PROGRAM,
      accounts: [
        writable(accounts.pool),
        readonly(accounts.globalConfig),
        writableSigner(accounts.poolAuthority),
        readonly(accounts.baseMint),
        readonly(WSOL_MINT),
        writable(accounts.lpMint),
        writable(accounts.authorityBase),
        writable(accounts.authorityQuote),
        writable(accounts.authorityLp),
        writable(accounts.poolBase),
        writable(accounts.poolQuote),
        readonly(SYSTEM_PROGRAM),
        readonly(TOKEN_2022_PROGRAM),
        readonly(accounts.baseProgram),
        readonly(TOKEN_PROGRAM),
        readonly(ATA_PROGRAM),
        readonly(accounts.swapEventAuthority),
        readonly(PUMP_SWAP_PROGRAM),
      ],
      data: data.toBytes(),
    },
    [accounts.poolAuthority],
  );
}

function closeAuthorityAccounts(
  context: ProgramContext,
  { poolAuthority, authorityBase, authorityQuote, baseProgram }: MigrateAccounts,
): void {
  // Their rent pays for the boost vault that comes next.
  context.invoke(closeAccountInstruction(baseProgram, authorityBase, poolAuthority, poolAuthority), [poolAuthority]);
  context.invoke(closeAccountInstruction(TOKEN_PROGRAM, authorityQuote, poolAuthority, poolAuthority), [poolAuthority]);
}

/** Byte of PumpSwap's GlobalConfig that says whether new pools are boosted. */
const BOOST_ENABLED_OFFSET = 939;

function isBoostEnabled(context: ProgramContext, globalConfig: Address): boolean {
  return context.get(globalConfig).data[BOOST_ENABLED_OFFSET] === 1;
}

function initBoost(context: ProgramContext, accounts: MigrateAccounts): void {
  context.invoke(
    {
      programId: PUMP_SWAP_PROGRAM,
      accounts: [
        writable(accounts.pool),
        readonly(accounts.globalConfig),
        writableSigner(accounts.poolAuthority),
        readonly(accounts.baseMint),
        readonly(WSOL_MINT),
        readonly(accounts.poolBase),
        writable(accounts.poolQuote),
        readonly(accounts.boostAuthority),
        writable(accounts.boostVault),
        readonly(TOKEN_PROGRAM),
        readonly(SYSTEM_PROGRAM),
        readonly(ATA_PROGRAM),
        readonly(accounts.swapEventAuthority),
        readonly(PUMP_SWAP_PROGRAM),
      ],
      data: fromHex(INSTRUCTION_DISCRIMINATOR.initBoost),
    },
    [accounts.poolAuthority],
  );
}

function burnLp(context: ProgramContext, { poolAuthority, authorityLp, lpMint }: MigrateAccounts): void {
  const amount = readTokenAccount(context.get(authorityLp))?.amount ?? abort("InvalidAccountData");
  context.invoke(burnInstruction(TOKEN_2022_PROGRAM, authorityLp, lpMint, poolAuthority, amount), [poolAuthority]);
  context.invoke(closeAccountInstruction(TOKEN_2022_PROGRAM, authorityLp, poolAuthority, poolAuthority), [poolAuthority]);
}
