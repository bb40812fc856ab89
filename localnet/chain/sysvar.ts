import { ByteWriter } from "../../domain/solana/bytes.ts";
import type { Address } from "../../domain/units.ts";
import { rentExemptLamports } from "./rent.ts";
import type { Account, Clock } from "./types.ts";

export const CLOCK_SYSVAR: Address = "SysvarC1ock11111111111111111111111111111111";
const SYSVAR_OWNER: Address = "Sysvar1111111111111111111111111111111111111";
/** Slots per epoch on mainnet. */
export const SLOTS_PER_EPOCH = 432_000;

/** The Clock sysvar as an account: slot, epoch start, epoch, leader-schedule epoch, Unix seconds (solana-program clock.rs). */
export function clockSysvarAccount({ slot, unixMs }: Clock): Account {
  const epoch = Math.floor(slot / SLOTS_PER_EPOCH);
  const seconds = Math.floor(unixMs / 1000);
  const epochStart = seconds - Math.floor(((slot % SLOTS_PER_EPOCH) * 400) / 1000);
  const data = new ByteWriter()
    .u64(BigInt(slot))
    .i64(BigInt(epochStart))
    .u64(BigInt(epoch))
    .u64(BigInt(epoch + 1))
    .i64(BigInt(seconds))
    .toBytes();
  return { owner: SYSVAR_OWNER, lamports: rentExemptLamports(data.length), data, executable: false };
}
