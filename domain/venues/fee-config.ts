import { ok, type Result, refuse } from "../result.ts";
import { ByteReader, ByteWriter, fromHex, startsWith } from "../solana/bytes.ts";
import { DEFAULT_ADDRESS, USDC_MINT, WSOL_2022_MINT, WSOL_MINT } from "../solana/programs.ts";
import { type Address, BPS } from "../units.ts";

/** Shares of a trade's quote amount, in basis points. Each fee is rounded up on its own. */
export interface Fees {
  readonly lpBps: bigint;
  readonly protocolBps: bigint;
  readonly creatorBps: bigint;
}

export interface FeeTier {
  /** Market capitalisation in base units of the quote (lamports, micro-USDC) from which the tier applies. */
  readonly marketCapThreshold: bigint;
  readonly fees: Fees;
}

export interface FeeConfig {
  readonly bump: number;
  readonly admin: Address;
  /** For pools that no graduation created. */
  readonly flatFees: Fees;
  /** For canonical pools quoted in SOL, ascending. */
  readonly feeTiers: readonly FeeTier[];
  /** For canonical pools quoted in USDC, ascending; empty in accounts from before it existed. */
  readonly stableFeeTiers: readonly FeeTier[];
  /** For canonical pools of any other quote; all zero while unset, and then the flat fees hold. */
  readonly exoticFlatFees: Fees;
}

const FEE_CONFIG_DISCRIMINATOR = fromHex("8f3492bbdb7b4c9b");
/**
 * Allocated sizes: what an account is too short for, its program version does not read, whatever
 * bytes stand there (`FeeConfig::deserialize_versioned`, as pump-swap-sdk 1.20.0 mirrors it).
 */
const FEE_CONFIG_SIZE_FIRST = 2_512;
const FEE_CONFIG_SIZE_WITH_STABLE = 4_073;
const FEE_CONFIG_SIZE_WITH_EXOTIC = 4_097;
/** Quotes that the fee program takes for SOL (`is_sol_like_quote_mint`). */
const SOL_LIKE_MINTS: ReadonlySet<Address> = new Set([DEFAULT_ADDRESS, WSOL_MINT, WSOL_2022_MINT]);
/** pump-fees `MAX_FEE_TIERS_SUPPORTED`. */
const MAX_TIERS = 50;

function fees(lpBps: bigint, protocolBps: bigint, creatorBps: bigint): Fees {
  return { lpBps, protocolBps, creatorBps };
}

/** Creator share of canonical pools by market cap in SOL and in thousands of USDC: PumpSwap's FeeConfig of 2026-10-10. */
const CREATOR_TIERS: ReadonlyArray<readonly [sol: bigint, kiloUsdc: bigint, creatorBps: bigint]> = [
  [420n, 59n, 95n],
  [1_470n, 300n, 90n],
  [2_460n, 500n, 85n],
  [3_440n, 700n, 80n],
  [4_420n, 900n, 75n],
  [9_820n, 2_000n, 70n],
  [14_740n, 3_000n, 65n],
  [19_650n, 4_000n, 60n],
  [24_560n, 5_000n, 55n],
  [29_470n, 6_000n, 50n],
  [34_380n, 7_000n, 45n],
  [39_300n, 8_000n, 40n],
  [44_210n, 9_000n, 35n],
  [49_120n, 10_000n, 30n],
  [54_030n, 11_000n, 28n],
  [58_940n, 12_000n, 25n],
  [63_860n, 13_000n, 23n],
  [68_770n, 14_000n, 20n],
  [73_681n, 15_000n, 18n],
  [78_590n, 16_000n, 15n],
  [83_500n, 17_000n, 13n],
  [88_400n, 18_000n, 10n],
  [93_330n, 19_000n, 8n],
  [98_240n, 20_000n, 5n],
];

const FIRST_TIER: FeeTier = { marketCapThreshold: 0n, fees: fees(2n, 93n, 30n) };

/** PumpSwap's fees when the FeeConfig account cannot be read, and what the embedded market plants. */
export const DEFAULT_FEE_CONFIG: FeeConfig = {
  bump: 255,
  admin: DEFAULT_ADDRESS,
  flatFees: fees(25n, 5n, 0n),
  feeTiers: [
    FIRST_TIER,
    ...CREATOR_TIERS.map(([sol, , creatorBps]) => ({ marketCapThreshold: sol * 1_000_000_000n, fees: fees(20n, 5n, creatorBps) })),
  ],
  stableFeeTiers: [
    FIRST_TIER,
    ...CREATOR_TIERS.map(([, kiloUsdc, creatorBps]) => ({
      marketCapThreshold: kiloUsdc * 1_000_000_000n,
      fees: fees(20n, 5n, creatorBps),
    })),
  ],
  exoticFlatFees: fees(20n, 5n, 5n),
};

/** Fees of a trade on the bonding curve: 0.95 % protocol and 0.30 % creator, the same at every price. */
export const DEFAULT_CURVE_FEES: Fees = fees(0n, 95n, 30n);

/** The curve program's FeeConfig, for the embedded market. */
export const DEFAULT_CURVE_FEE_CONFIG: FeeConfig = {
  bump: 253,
  admin: DEFAULT_ADDRESS,
  flatFees: DEFAULT_CURVE_FEES,
  feeTiers: [{ marketCapThreshold: 0n, fees: DEFAULT_CURVE_FEES }],
  stableFeeTiers: [{ marketCapThreshold: 0n, fees: DEFAULT_CURVE_FEES }],
  exoticFlatFees: DEFAULT_CURVE_FEES,
};

/** Decodes a FeeConfig account of the pump fee program. Refuses with FEE_CONFIG_MALFORMED. */
export function decodeFeeConfig(data: Uint8Array): Result<FeeConfig> {
  if (!startsWith(data, FEE_CONFIG_DISCRIMINATOR)) return refuse("FEE_CONFIG_MALFORMED", "wrong discriminator");
  if (data.length < FEE_CONFIG_SIZE_FIRST) return refuse("FEE_CONFIG_MALFORMED", `${data.length} bytes`);
  const reader = new ByteReader(data, 8);
  const bump = reader.u8();
  const admin = reader.address();
  const flatFees = readFees(reader);
  const feeTiers = readTiers(reader);
  if (flatFees === null || feeTiers === null) return refuse("FEE_CONFIG_MALFORMED", "fees out of range");
  const stableFeeTiers = data.length < FEE_CONFIG_SIZE_WITH_STABLE ? [] : readTiers(reader);
  if (stableFeeTiers === null) return refuse("FEE_CONFIG_MALFORMED", "stable fees out of range");
  const exoticFlatFees = data.length < FEE_CONFIG_SIZE_WITH_EXOTIC ? fees(0n, 0n, 0n) : readFees(reader);
  if (exoticFlatFees === null) return refuse("FEE_CONFIG_MALFORMED", "exotic fees out of range");
  if (reader.overrun || feeTiers.length === 0) return refuse("FEE_CONFIG_MALFORMED", "cut off");
  return ok({ bump, admin, flatFees, feeTiers, stableFeeTiers, exoticFlatFees });
}

/** Account data of a FeeConfig, zero-padded to the allocated size. */
export function encodeFeeConfig(config: FeeConfig): Uint8Array {
  const writer = new ByteWriter().bytes(FEE_CONFIG_DISCRIMINATOR).u8(config.bump).address(config.admin);
  writeFees(writer, config.flatFees);
  for (const tiers of [config.feeTiers, config.stableFeeTiers]) {
    writer.u32(tiers.length);
    for (const tier of tiers) writeFees(writer.u128(tier.marketCapThreshold), tier.fees);
  }
  writeFees(writer, config.exoticFlatFees);
  return writer.padTo(FEE_CONFIG_SIZE_WITH_EXOTIC).toBytes();
}

/**
 * Fees before the next trade, as the fee program picks them (`FeeConfig::fees_for_quote_mint`): the
 * flat fees for a pool that pump did not create; else by quote the SOL tiers, the USDC tiers, or
 * the flat fees of other quotes. Of tiers the last whose threshold is at or below the market cap
 * holds. `marketCap` is in base units of the quote.
 */
export function selectFees(config: FeeConfig, marketCap: bigint, isPumpPool: boolean, quoteMint: Address = WSOL_MINT): Fees {
  if (!isPumpPool) return config.flatFees;
  if (SOL_LIKE_MINTS.has(quoteMint)) return tierFees(config, config.feeTiers, marketCap);
  if (quoteMint === USDC_MINT) {
    return tierFees(config, config.stableFeeTiers.length > 0 ? config.stableFeeTiers : config.feeTiers, marketCap);
  }
  return totalFeeBps(config.exoticFlatFees) === 0n ? config.flatFees : config.exoticFlatFees;
}

function tierFees(config: FeeConfig, tiers: readonly FeeTier[], marketCap: bigint): Fees {
  let selected = tiers[0]?.fees ?? config.flatFees;
  for (const tier of tiers) {
    if (tier.marketCapThreshold > marketCap) break;
    selected = tier.fees;
  }
  return selected;
}

/** Market capitalisation as the fee program computes it: effective quote × supply / base, rounded down. */
export function marketCapLamports(
  reserves: { readonly baseReserves: bigint; readonly quoteReservesLamports: bigint },
  supply: bigint,
): bigint {
  return reserves.baseReserves <= 0n ? 0n : (reserves.quoteReservesLamports * supply) / reserves.baseReserves;
}

/** Sum of the shares. */
export function totalFeeBps({ lpBps, protocolBps, creatorBps }: Fees): bigint {
  return lpBps + protocolBps + creatorBps;
}

/** Null when the shares exceed the whole trade. */
function readFees(reader: ByteReader): Fees | null {
  const read = fees(reader.u64(), reader.u64(), reader.u64());
  return totalFeeBps(read) > BPS ? null : read;
}

/** Null when a tier is out of range, thresholds do not rise, or there are too many. */
function readTiers(reader: ByteReader): FeeTier[] | null {
  const count = reader.u32();
  if (count > MAX_TIERS) return null;
  const tiers: FeeTier[] = [];
  for (let i = 0; i < count; i++) {
    const marketCapThreshold = reader.u128();
    const tierFees = readFees(reader);
    const previous = tiers.at(-1)?.marketCapThreshold;
    if (tierFees === null || (previous !== undefined && marketCapThreshold <= previous)) return null;
    tiers.push({ marketCapThreshold, fees: tierFees });
  }
  return tiers;
}

function writeFees(writer: ByteWriter, { lpBps, protocolBps, creatorBps }: Fees): void {
  writer.u64(lpBps).u64(protocolBps).u64(creatorBps);
}
