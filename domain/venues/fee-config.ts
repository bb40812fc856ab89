import { ok, type Result, refuse } from "../result.ts";
import { ByteReader, ByteWriter, fromHex, startsWith } from "../solana/bytes.ts";
import { DEFAULT_ADDRESS } from "../solana/programs.ts";
import { type Address, BPS } from "../units.ts";

/** Shares of a trade's quote amount, in basis points. Each fee is rounded up on its own. */
export interface Fees {
  readonly lpBps: bigint;
  readonly protocolBps: bigint;
  readonly creatorBps: bigint;
}

export interface FeeTier {
  /** Market capitalisation in base units of the quote from which the tier applies. */
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
  /** For canonical pools quoted in a stable coin, ascending. */
  readonly stableFeeTiers: readonly FeeTier[];
}

const FEE_CONFIG_DISCRIMINATOR = fromHex("8f3492bbdb7b4c9b");
/** Allocated size since September 2026; 4,073 before. */
const FEE_CONFIG_SIZE = 4_097;
/** The account has room for about 100 tiers of 40 bytes in both lists together. */
const MAX_TIERS = 64;

function fees(lpBps: bigint, protocolBps: bigint, creatorBps: bigint): Fees {
  return { lpBps, protocolBps, creatorBps };
}

/** Creator share of canonical SOL pools by market cap in SOL: PumpSwap's FeeConfig of 2026-10-10. */
const CREATOR_TIERS: ReadonlyArray<readonly [sol: bigint, creatorBps: bigint]> = [
  [420n, 95n],
  [1_470n, 90n],
  [2_460n, 85n],
  [3_440n, 80n],
  [4_420n, 75n],
  [9_820n, 70n],
  [14_740n, 65n],
  [19_650n, 60n],
  [24_560n, 55n],
  [29_470n, 50n],
  [34_380n, 45n],
  [39_300n, 40n],
  [44_210n, 35n],
  [49_120n, 30n],
  [54_030n, 28n],
  [58_940n, 25n],
  [63_860n, 23n],
  [68_770n, 20n],
  [73_681n, 18n],
  [78_590n, 15n],
  [83_500n, 13n],
  [88_400n, 10n],
  [93_330n, 8n],
  [98_240n, 5n],
];

/**
 * PumpSwap's fees when the FeeConfig account cannot be read, and what the embedded market plants.
 * Stable-coin tiers are left out: pools quoted in them are not traded.
 */
export const DEFAULT_FEE_CONFIG: FeeConfig = {
  bump: 255,
  admin: DEFAULT_ADDRESS,
  flatFees: fees(25n, 5n, 0n),
  feeTiers: [
    { marketCapThreshold: 0n, fees: fees(2n, 93n, 30n) },
    ...CREATOR_TIERS.map(([sol, creatorBps]) => ({ marketCapThreshold: sol * 1_000_000_000n, fees: fees(20n, 5n, creatorBps) })),
  ],
  stableFeeTiers: [],
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
};

/** Decodes a FeeConfig account of the pump fee program. Refuses with FEE_CONFIG_MALFORMED. */
export function decodeFeeConfig(data: Uint8Array): Result<FeeConfig> {
  if (!startsWith(data, FEE_CONFIG_DISCRIMINATOR)) return refuse("FEE_CONFIG_MALFORMED", "wrong discriminator");
  const reader = new ByteReader(data, 8);
  const bump = reader.u8();
  const admin = reader.address();
  const flatFees = readFees(reader);
  const feeTiers = readTiers(reader);
  const stableFeeTiers = feeTiers === null ? null : readTiers(reader);
  if (flatFees === null || feeTiers === null || stableFeeTiers === null) return refuse("FEE_CONFIG_MALFORMED", "fees out of range");
  if (reader.overrun || feeTiers.length === 0) return refuse("FEE_CONFIG_MALFORMED", "cut off");
  return ok({ bump, admin, flatFees, feeTiers, stableFeeTiers });
}

/** Account data of a FeeConfig, zero-padded to the allocated size. */
export function encodeFeeConfig(config: FeeConfig): Uint8Array {
  const writer = new ByteWriter().bytes(FEE_CONFIG_DISCRIMINATOR).u8(config.bump).address(config.admin);
  writeFees(writer, config.flatFees);
  for (const tiers of [config.feeTiers, config.stableFeeTiers]) {
    writer.u32(tiers.length);
    for (const tier of tiers) writeFees(writer.u128(tier.marketCapThreshold), tier.fees);
  }
  return writer.padTo(FEE_CONFIG_SIZE).toBytes();
}

/**
 * Fees of a SOL pool before its next trade: the last tier whose threshold is at or below the market
 * cap for a canonical pool, the flat fees for any other.
 */
export function selectFees(config: FeeConfig, marketCapLamports: bigint, isCanonical: boolean): Fees {
  if (!isCanonical) return config.flatFees;
  let selected = config.feeTiers[0]?.fees ?? config.flatFees;
  for (const tier of config.feeTiers) {
    if (tier.marketCapThreshold > marketCapLamports) break;
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
