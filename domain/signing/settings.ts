import { ok, type Result, refuse } from "../result.ts";
import { decodeBase58 } from "../solana/base58.ts";
import { U64_MAX } from "../units.ts";
import { HELIUS_TIP_ACCOUNTS } from "./tip-accounts.ts";
import type { SignerPolicy } from "./types.ts";

/** Settings that hold one policy figure each, as they stand in the signer's wrangler.toml. */
const LAMPORT_SETTINGS = {
  maxSpendPerTxLamports: "MAX_SPEND_PER_TX_LAMPORTS",
  maxFeePerTxLamports: "MAX_FEE_PER_TX_LAMPORTS",
  entryHourLamports: "ENTRY_HOUR_LAMPORTS",
  entryDayLamports: "ENTRY_DAY_LAMPORTS",
  exitHourLamports: "EXIT_HOUR_LAMPORTS",
  exitDayLamports: "EXIT_DAY_LAMPORTS",
} as const;
const COUNT_SETTINGS = {
  entrySignaturesPerHour: "ENTRY_SIGNATURES_PER_HOUR",
  entrySignaturesPerDay: "ENTRY_SIGNATURES_PER_DAY",
  exitSignaturesPerHour: "EXIT_SIGNATURES_PER_HOUR",
  exitSignaturesPerDay: "EXIT_SIGNATURES_PER_DAY",
} as const;
/** More than this many signatures a day is a mistake, and each is a row to count. */
const MAX_COUNT = 20_000;

type Settings = Readonly<Record<string, unknown>>;

class SettingError extends Error {}

/**
 * The signer's policy from its settings; a missing or unreadable one is refused, never defaulted, with
 * SIGNER_POLICY_INVALID and its name. Also refused: exits that could not keep up with the entries that
 * the policy allows, because a position that may be opened must be closable when it has to be.
 */
export function policyFromSettings(settings: Settings): Result<SignerPolicy> {
  try {
    const policy = readPolicy(settings);
    return ok(policy);
  } catch (error) {
    if (error instanceof SettingError) return refuse("SIGNER_POLICY_INVALID", error.message);
    throw error;
  }
}

function readPolicy(settings: Settings): SignerPolicy {
  const network = settings["NETWORK"];
  if (network !== "localnet" && network !== "mainnet") throw new SettingError("NETWORK is neither localnet nor mainnet");
  const lamports = (name: keyof typeof LAMPORT_SETTINGS): bigint => unsigned(settings, LAMPORT_SETTINGS[name], U64_MAX);
  const count = (name: keyof typeof COUNT_SETTINGS): number => Number(unsigned(settings, COUNT_SETTINGS[name], BigInt(MAX_COUNT)));
  const policy: SignerPolicy = {
    network,
    maxSpendPerTxLamports: lamports("maxSpendPerTxLamports"),
    maxFeePerTxLamports: lamports("maxFeePerTxLamports"),
    entryHourLamports: lamports("entryHourLamports"),
    entryDayLamports: lamports("entryDayLamports"),
    entrySignaturesPerHour: count("entrySignaturesPerHour"),
    entrySignaturesPerDay: count("entrySignaturesPerDay"),
    exitHourLamports: lamports("exitHourLamports"),
    exitDayLamports: lamports("exitDayLamports"),
    exitSignaturesPerHour: count("exitSignaturesPerHour"),
    exitSignaturesPerDay: count("exitSignaturesPerDay"),
    sweepAddress: isSet(settings, "SWEEP_ADDRESS") ? address("SWEEP_ADDRESS", text(settings, "SWEEP_ADDRESS")) : null,
    sweepAboveLamports: isSet(settings, "SWEEP_ABOVE_LAMPORTS") ? unsigned(settings, "SWEEP_ABOVE_LAMPORTS", U64_MAX) : null,
    tipAccounts: [...HELIUS_TIP_ACCOUNTS, ...(isSet(settings, "TIP_ACCOUNTS") ? addresses(settings, "TIP_ACCOUNTS") : [])],
  };
  checkExits(policy);
  return policy;
}

/**
 * Everything that may have been bought must be saleable at once, at the dearest fee. A position is held
 * for a day at most (parameter maxHoldMs): what an hour has to sell was bought within 25 hours, which is
 * a day's entries and an hour's, and what a day has to sell within 48 hours, which is two days' entries.
 */
function checkExits(policy: SignerPolicy): void {
  const { maxFeePerTxLamports: fee, entrySignaturesPerHour: perHour, entrySignaturesPerDay: perDay } = policy;
  const hourExits = perDay + Math.min(perHour, perDay);
  const dayExits = 2 * perDay;
  if (policy.exitSignaturesPerHour < hourExits || policy.exitSignaturesPerDay < dayExits) {
    throw new SettingError(`an hour needs ${hourExits} exits and a day ${dayExits} for the entries that may be signed`);
  }
  const [hourFees, dayFees] = [fee * BigInt(hourExits), fee * BigInt(dayExits)];
  if (policy.exitHourLamports < hourFees || policy.exitDayLamports < dayFees) {
    throw new SettingError(`the exits of an hour need ${hourFees} lamports for fees and those of a day ${dayFees}`);
  }
}

function isSet(settings: Settings, name: string): boolean {
  return settings[name] !== undefined && settings[name] !== "";
}

function text(settings: Settings, name: string): string {
  const value = settings[name];
  if (typeof value !== "string") throw new SettingError(`${name} is missing`);
  return value.trim();
}

function unsigned(settings: Settings, name: string, max: bigint): bigint {
  const digits = text(settings, name);
  if (!/^[0-9]{1,20}$/.test(digits)) throw new SettingError(`${name} is not a whole number`);
  const value = BigInt(digits);
  if (value > max) throw new SettingError(`${name} exceeds ${max}`);
  return value;
}

function addresses(settings: Settings, name: string): string[] {
  return text(settings, name)
    .split(",")
    .map((part) => address(name, part.trim()));
}

function address(name: string, value: string): string {
  if (decodeBase58(value)?.length !== 32) throw new SettingError(`${name} holds what is no address`);
  return value;
}
