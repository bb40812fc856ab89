import { ok, type Result, refuse } from "../result.ts";
import { ByteReader, fromHex, startsWith } from "../solana/bytes.ts";
import { DEFAULT_ADDRESS } from "../solana/programs.ts";
import type { Address } from "../units.ts";

/** The pump program's Global account: whom curve trades pay, and what the program allows. */
export interface PumpGlobal {
  readonly feeRecipient: Address;
  readonly initialVirtualTokenReserves: bigint;
  readonly initialVirtualSolReserves: bigint;
  readonly initialRealTokenReserves: bigint;
  readonly tokenTotalSupply: bigint;
  readonly feeBasisPoints: bigint;
  readonly withdrawAuthority: Address;
  readonly poolMigrationFeeLamports: bigint;
  readonly creatorFeeBasisPoints: bigint;
  readonly feeRecipients: readonly Address[];
  /** Paid by mayhem coins. */
  readonly reservedFeeRecipient: Address;
  readonly reservedFeeRecipients: readonly Address[];
  readonly buybackFeeRecipients: readonly Address[];
  readonly buybackBasisPoints: bigint;
  /** While false, a coin's own creator fee is not charged. */
  readonly creatorFeeConfigurable: boolean;
  readonly maxConfigurableCreatorFeeBps: bigint;
}

/** PumpSwap's GlobalConfig account. */
export interface PumpSwapGlobalConfig {
  readonly lpFeeBasisPoints: bigint;
  readonly protocolFeeBasisPoints: bigint;
  /** Bits from the lowest: create pool, deposit, withdraw, buy, sell are switched off. */
  readonly disableFlags: number;
  readonly protocolFeeRecipients: readonly Address[];
  readonly coinCreatorFeeBasisPoints: bigint;
  /** Paid by mayhem coins. */
  readonly reservedFeeRecipient: Address;
  readonly reservedFeeRecipients: readonly Address[];
  readonly buybackFeeRecipients: readonly Address[];
  readonly buybackBasisPoints: bigint;
  readonly boostEnabled: boolean;
  /** While false, a coin's own creator fee is not charged. */
  readonly creatorFeeConfigurable: boolean;
  readonly maxConfigurableCreatorFeeBps: bigint;
}

/** Accounts that a trade names as receivers of fees: the program takes any of its lists, the trader picks. */
export interface FeeRecipients {
  readonly protocolFeeRecipient: Address;
  readonly buybackFeeRecipient: Address;
}

const GLOBAL_DISCRIMINATOR = fromHex("a7e8e8b1c86c727f");
const GLOBAL_CONFIG_DISCRIMINATOR = fromHex("95089ccaa0fcb0d9");
/** Sizes that hold the buyback recipients, without which no trade is accepted: Global of 2026-06, GlobalConfig of 2026-06. */
const GLOBAL_MIN_SIZE = 1_005;
const GLOBAL_CONFIG_MIN_SIZE = 907;
const FEE_RECIPIENTS = 7;
const PROTOCOL_FEE_RECIPIENTS = 8;
const BUYBACK_FEE_RECIPIENTS = 8;

/** Decodes pump's Global (PDA ["global"]); a missing tail reads as zero. Refuses with GLOBAL_MALFORMED. */
export function decodePumpGlobal(data: Uint8Array): Result<PumpGlobal> {
  if (!startsWith(data, GLOBAL_DISCRIMINATOR)) return refuse("GLOBAL_MALFORMED", "wrong discriminator");
  if (data.length < GLOBAL_MIN_SIZE) return refuse("GLOBAL_MALFORMED", `${data.length} bytes`);
  const at = (offset: number) => new ByteReader(data, offset);
  return ok({
    feeRecipient: at(41).address(),
    initialVirtualTokenReserves: at(73).u64(),
    initialVirtualSolReserves: at(81).u64(),
    initialRealTokenReserves: at(89).u64(),
    tokenTotalSupply: at(97).u64(),
    feeBasisPoints: at(105).u64(),
    withdrawAuthority: at(113).address(),
    poolMigrationFeeLamports: at(146).u64(),
    creatorFeeBasisPoints: at(154).u64(),
    feeRecipients: addresses(at(162), FEE_RECIPIENTS),
    reservedFeeRecipient: at(483).address(),
    reservedFeeRecipients: addresses(at(516), FEE_RECIPIENTS),
    buybackFeeRecipients: addresses(at(741), BUYBACK_FEE_RECIPIENTS),
    buybackBasisPoints: at(997).u64(),
    creatorFeeConfigurable: at(1_045).bool(),
    maxConfigurableCreatorFeeBps: at(1_046).u64(),
  });
}

/** Decodes PumpSwap's GlobalConfig (PDA ["global_config"]); a missing tail reads as zero. Refuses with GLOBAL_MALFORMED. */
export function decodePumpSwapGlobalConfig(data: Uint8Array): Result<PumpSwapGlobalConfig> {
  if (!startsWith(data, GLOBAL_CONFIG_DISCRIMINATOR)) return refuse("GLOBAL_MALFORMED", "wrong discriminator");
  if (data.length < GLOBAL_CONFIG_MIN_SIZE) return refuse("GLOBAL_MALFORMED", `${data.length} bytes`);
  const at = (offset: number) => new ByteReader(data, offset);
  return ok({
    lpFeeBasisPoints: at(40).u64(),
    protocolFeeBasisPoints: at(48).u64(),
    disableFlags: at(56).u8(),
    protocolFeeRecipients: addresses(at(57), PROTOCOL_FEE_RECIPIENTS),
    coinCreatorFeeBasisPoints: at(313).u64(),
    reservedFeeRecipient: at(385).address(),
    reservedFeeRecipients: addresses(at(418), FEE_RECIPIENTS),
    buybackFeeRecipients: addresses(at(643), BUYBACK_FEE_RECIPIENTS),
    buybackBasisPoints: at(899).u64(),
    boostEnabled: at(939).bool(),
    creatorFeeConfigurable: at(940).bool(),
    maxConfigurableCreatorFeeBps: at(941).u64(),
  });
}

/** Receivers that a curve trade may name, mayhem coins from their own list. Empty entries are left out. */
export function curveFeeRecipients(
  global: Pick<PumpGlobal, "feeRecipient" | "feeRecipients" | "reservedFeeRecipient" | "reservedFeeRecipients">,
  isMayhemMode: boolean,
): readonly Address[] {
  const list = isMayhemMode
    ? [global.reservedFeeRecipient, ...global.reservedFeeRecipients]
    : [global.feeRecipient, ...global.feeRecipients];
  return list.filter(isSet);
}

/** Receivers that a PumpSwap trade may name, mayhem coins from their own list. Empty entries are left out. */
export function poolFeeRecipients(
  config: Pick<PumpSwapGlobalConfig, "protocolFeeRecipients" | "reservedFeeRecipient" | "reservedFeeRecipients">,
  isMayhemMode: boolean,
): readonly Address[] {
  const list = isMayhemMode ? [config.reservedFeeRecipient, ...config.reservedFeeRecipients] : config.protocolFeeRecipients;
  return list.filter(isSet);
}

/**
 * Picks the receivers of one trade. The official SDKs pick at random, which spreads the write locks;
 * here `choice`, any non-negative integer, decides (its remainder selects from each list). Refuses
 * with GLOBAL_MALFORMED when a list is empty.
 */
export function pickFeeRecipients(
  feeRecipients: readonly Address[],
  buybackFeeRecipients: readonly Address[],
  choice: number,
): Result<FeeRecipients> {
  const buyback = buybackFeeRecipients.filter(isSet);
  const protocolFeeRecipient = feeRecipients[choice % feeRecipients.length];
  const buybackFeeRecipient = buyback[choice % buyback.length];
  if (protocolFeeRecipient === undefined || buybackFeeRecipient === undefined) return refuse("GLOBAL_MALFORMED", "no fee recipient");
  return ok({ protocolFeeRecipient, buybackFeeRecipient });
}

function addresses(reader: ByteReader, count: number): Address[] {
  return Array.from({ length: count }, () => reader.address());
}

function isSet(address: Address): boolean {
  return address !== DEFAULT_ADDRESS;
}
