/**
 * The official SDKs as an oracle, and random states for them. Used by tests and the benchmark only:
 * the SDKs are development dependencies.
 */
import type { BondingCurve as SdkCurve } from "@pump-fun/pump-sdk";
import { PUMP_AMM_TOTAL_TOKEN_SUPPLY, type FeeConfig as SdkFeeConfig } from "@pump-fun/pump-swap-sdk";
import { type AccountInfo, PublicKey, type TransactionInstruction } from "@solana/web3.js";
import { createRng, type Rng } from "../random.ts";
import { encodeBase58 } from "../solana/base58.ts";
import { toHex } from "../solana/bytes.ts";
import type { BuiltInstruction } from "../solana/instructions.ts";
import { DEFAULT_ADDRESS, USDC_MINT, WSOL_2022_MINT, WSOL_MINT } from "../solana/programs.ts";
import type { Address } from "../units.ts";
import { DEFAULT_FEE_CONFIG, type FeeConfig, type Fees, type FeeTier } from "./fee-config.ts";
import { type FeeRecipients, pickFeeRecipients } from "./global.ts";
import { poolAuthorityAddress } from "./pdas.ts";
import type { BondingCurve } from "./pump-curve.ts";
import type { Pool } from "./pump-swap.ts";

/** How often each kind of state was met. */
export type Counts = Record<string, number>;

export function count(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/**
 * One line of what was met. Throws when a kind is missing: a generator that never makes cashback
 * coins proves nothing about them.
 */
export function summary(counts: Counts, needed: readonly string[]): string {
  const missing = needed.filter((name) => (counts[name] ?? 0) < 20);
  if (missing.length > 0) throw new Error(`too few of: ${missing.join(", ")}`);
  return Object.entries(counts)
    .map(([name, times]) => `${name} ${times}`)
    .join(", ");
}

/** The SDKs' big integers; their class is reached through one of their constants. */
export type Bn = typeof PUMP_AMM_TOTAL_TOKEN_SUPPLY;
const BnClass = PUMP_AMM_TOTAL_TOKEN_SUPPLY.constructor as new (decimal: string) => Bn;

export function bn(value: bigint): Bn {
  return new BnClass(value.toString());
}

export function fromBn(value: Bn): bigint {
  return BigInt(value.toString());
}

const keys = new Map<Address, PublicKey>();

/** The SDKs' key of an address; decoding one is slow, so that they are kept. */
export function key(address: Address): PublicKey {
  const known = keys.get(address) ?? new PublicKey(address);
  keys.set(address, known);
  return known;
}

export function sdkFees({ lpBps, protocolBps, creatorBps }: Fees) {
  return { lpFeeBps: bn(lpBps), protocolFeeBps: bn(protocolBps), creatorFeeBps: bn(creatorBps) };
}

export function sdkFeeConfig(config: FeeConfig): SdkFeeConfig {
  const tiers = (list: readonly FeeTier[]) =>
    list.map((tier) => ({ marketCapLamportsThreshold: bn(tier.marketCapThreshold), fees: sdkFees(tier.fees) }));
  return {
    admin: key(config.admin),
    flatFees: sdkFees(config.flatFees),
    feeTiers: tiers(config.feeTiers),
    stableFeeTiers: tiers(config.stableFeeTiers),
    exoticFlatFees: sdkFees(config.exoticFlatFees),
  };
}

export function sdkCurve(curve: BondingCurve): SdkCurve {
  return {
    ...curve,
    virtualTokenReserves: bn(curve.virtualTokenReserves),
    virtualQuoteReserves: bn(curve.virtualQuoteReserves),
    realTokenReserves: bn(curve.realTokenReserves),
    realQuoteReserves: bn(curve.realQuoteReserves),
    tokenTotalSupply: bn(curve.tokenTotalSupply),
    creator: key(curve.creator),
    quoteMint: key(curve.quoteMint),
    creatorFeeBps: bn(curve.creatorFeeBps),
  };
}

/** Random values around what the chain holds, and around the edges. */
export class Sampler {
  readonly rng: Rng;

  constructor(seed: string) {
    this.rng = createRng(seed);
  }

  chance(probability: number): boolean {
    return this.rng.next() < probability;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.rng.int(items.length)] ?? items[0];
  }

  /** Between 1 and about `max`, uniform in its number of digits. */
  amount(max: bigint): bigint {
    const bits = 1 + this.rng.int(max.toString(2).length);
    let value = 0n;
    for (let i = 0; i < bits; i += 30) value = (value << 30n) | BigInt(this.rng.int(2 ** 30));
    const cut = BigInt.asUintN(bits, value) | 1n;
    return cut > max ? max : cut;
  }

  /** A part of `whole` between a millionth and all of it, now and then any amount at all. */
  part(whole: bigint, anything: bigint): bigint {
    if (this.chance(0.1)) return this.amount(anything);
    const part = (whole * BigInt(1 + this.rng.int(9_999))) / 10n ** BigInt(4 + this.rng.int(3));
    return part > 0n ? part : 1n;
  }

  address(): Address {
    return encodeBase58(Uint8Array.from({ length: 32 }, () => this.rng.int(256)));
  }

  addresses(count: number): [Address, ...Address[]] {
    return [this.address(), ...Array.from({ length: count - 1 }, () => this.address())];
  }

  quoteMint(): Address {
    if (this.chance(0.65)) return WSOL_MINT;
    return this.pick([USDC_MINT, USDC_MINT, WSOL_2022_MINT, DEFAULT_ADDRESS, this.address()]);
  }

  fees(): Fees {
    const share = (max: number) => (this.chance(0.1) ? 0n : BigInt(this.rng.int(max)));
    return { lpBps: share(100), protocolBps: share(200), creatorBps: share(400) };
  }

  tiers(): FeeTier[] {
    const thresholds = new Set(Array.from({ length: 1 + this.rng.int(30) }, () => this.amount(10n ** 15n)));
    if (this.chance(0.7)) thresholds.add(0n);
    const ascending = [...thresholds].sort((a, b) => (a < b ? -1 : 1));
    return ascending.map((marketCapThreshold) => ({ marketCapThreshold, fees: this.fees() }));
  }

  feeConfig(): FeeConfig {
    if (this.chance(0.3)) return DEFAULT_FEE_CONFIG;
    const unset = { lpBps: 0n, protocolBps: 0n, creatorBps: 0n };
    return {
      bump: 255,
      admin: DEFAULT_ADDRESS,
      flatFees: this.fees(),
      feeTiers: this.tiers(),
      stableFeeTiers: this.chance(0.2) ? [] : this.tiers(),
      exoticFlatFees: this.chance(0.3) ? unset : this.fees(),
    };
  }

  /** Zero, as after a boost, any, or negative; rarely below what the vault holds. */
  virtualReserves(quoteVault: bigint): bigint {
    const die = this.rng.next();
    if (die < 0.4) return 0n;
    if (die < 0.6) return 17_584_505_294n;
    if (die < 0.8) return this.amount(10n ** 14n);
    return -this.amount(die < 0.97 ? quoteVault : 10n ** 14n);
  }

  pool(baseMint: Address, quoteVault: bigint): Pool {
    const creatorFeeBps = this.chance(0.3) ? BigInt(1 + this.rng.int(300)) : 0n;
    return {
      poolBump: this.rng.int(256),
      index: this.chance(0.9) ? 0 : this.rng.int(65_536),
      creator: this.chance(0.75) ? poolAuthorityAddress(baseMint) : this.address(),
      baseMint,
      quoteMint: this.quoteMint(),
      lpMint: this.address(),
      poolBaseTokenAccount: this.address(),
      poolQuoteTokenAccount: this.address(),
      lpSupply: this.amount(10n ** 16n),
      coinCreator: this.chance(0.2) ? DEFAULT_ADDRESS : this.address(),
      isMayhemMode: this.chance(0.2),
      isCashbackCoin: this.chance(0.3),
      virtualQuoteReservesLamports: this.virtualReserves(quoteVault),
      creatorFeeBps,
      canEditCreatorFee: this.chance(0.5),
    };
  }

  curve(): BondingCurve {
    const virtualTokenReserves = this.amount(2n * 10n ** 15n) + 10n;
    const virtualQuoteReserves = this.amount(10n ** 13n) + 1n;
    return {
      virtualTokenReserves,
      virtualQuoteReserves,
      realTokenReserves: this.chance(0.8) ? (virtualTokenReserves * 7n) / 10n + 1n : this.amount(virtualTokenReserves - 1n),
      realQuoteReserves: this.chance(0.8) ? virtualQuoteReserves : this.amount(virtualQuoteReserves),
      tokenTotalSupply: 10n ** 15n,
      complete: false,
      creator: this.chance(0.2) ? DEFAULT_ADDRESS : this.address(),
      isMayhemMode: this.chance(0.2),
      isCashbackCoin: this.chance(0.3),
      quoteMint: this.pick([WSOL_MINT, WSOL_MINT, WSOL_MINT, USDC_MINT, this.address()]),
      creatorFeeBps: this.chance(0.3) ? BigInt(1 + this.rng.int(300)) : 0n,
      canEditCreatorFee: this.chance(0.5),
      isHolderReward: this.chance(0.3),
    };
  }
}

/** An instruction as plain text, to compare account for account and byte for byte. */
export interface Flat {
  readonly program: Address;
  readonly accounts: ReadonlyArray<readonly [Address, signer: boolean, writable: boolean]>;
  readonly data: string;
}

export function flatSdk({ programId, keys, data }: TransactionInstruction): Flat {
  const accounts = keys.map(({ pubkey, isSigner, isWritable }) => [pubkey.toBase58(), isSigner, isWritable] as const);
  return { program: programId.toBase58(), accounts, data: toHex(data) };
}

export function flatOurs({ programAddress, accounts, data }: BuiltInstruction): Flat {
  return {
    program: programAddress,
    accounts: accounts.map(({ address, role }) => [address, role >= 2, role % 2 === 1] as const),
    data: toHex(data),
  };
}

export function accountInfo(data: Uint8Array, owner: Address): AccountInfo<Buffer> {
  return { data: Buffer.from(data), owner: key(owner), executable: false, lamports: 1 };
}

/** Address of the account at `index`, counted from the end when negative. */
export function accountOf(flat: Flat | undefined, index: number): Address {
  return flat?.accounts.at(index)?.[0] ?? "";
}

/** The SDK picks its recipients at random: theirs have to be in our lists; throws when they are not. */
export function sameChoice(feeRecipients: readonly Address[], buybacks: readonly Address[], chosen: FeeRecipients): FeeRecipients {
  const feeAt = feeRecipients.indexOf(chosen.protocolFeeRecipient);
  const buybackAt = buybacks.indexOf(chosen.buybackFeeRecipient);
  if (feeAt < 0 || buybackAt < 0) throw new Error("the SDK chose a recipient that is not in our lists");
  const picked = pickFeeRecipients(feeRecipients.slice(feeAt), buybacks.slice(buybackAt), 0);
  if (!picked.ok) throw new Error(picked.reason);
  return picked.value;
}

/** Result of an oracle that throws where there is no answer. */
export function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch {
    return null;
  }
}
