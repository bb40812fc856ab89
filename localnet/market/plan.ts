import { createRng, type Rng } from "../../domain/random.ts";
import { decodeBase58, encodeBase58 } from "../../domain/solana/base58.ts";
import type { Address } from "../../domain/units.ts";
import { seededBytes } from "../chain/bytes.ts";
import { type Course, drawCard, type MixName, OPENERS, type TokenKind } from "./kinds.ts";
import { coinName } from "./names.ts";

/** Market time advances in ticks of this many market milliseconds. */
export const TICK_MS = 200;
export const TICKS_PER_SECOND = 1_000 / TICK_MS;
/** Mean distance of two graduations. */
export const GRADUATION_GAP_TICKS = 25;
const GRADUATION_JITTER_TICKS = 8;
/** The first graduation after the market opens at tick 0. */
const FIRST_GRADUATION_TICK = 8;
/** Longest life on the curve: the market's opening plays this many ticks of prologue. */
export const MAX_CURVE_TICKS = 450;
const MIN_CURVE_TICKS = 4;

/** How a coin looks on chain before it graduates. */
export interface CurvePlan {
  /** Buys after the creation slot. */
  readonly buys: number;
  /** SOL of the developer's own first buy. */
  readonly devSol: number;
  /** SOL of each insider that buys in the creation slot. */
  readonly bundleSol: readonly number[];
  /** Chance that a buy is followed by somebody's sale. */
  readonly sellChance: number;
  /** Chance that a buyer is new to the coin. */
  readonly newBuyerChance: number;
  /** Log-normal spread of the buys' sizes. */
  readonly sizeSpread: number;
}

/** A coin's whole life, from seed and index alone. */
export interface TokenPlan {
  readonly index: number;
  readonly kind: TokenKind;
  readonly course: Course;
  readonly mint: Address;
  readonly creator: Address;
  readonly name: string;
  readonly symbol: string;
  readonly uri: string;
  readonly createTick: number;
  readonly graduateTick: number;
  /** Nobody trades after it. */
  readonly endTick: number;
  /** 0 (obviously rigged) to 1 (obviously organic): everything visible derives from it, with noise. */
  readonly look: number;
  readonly curve: CurvePlan;
  /** Trades per second right after graduation. */
  readonly tradeRate: number;
}

/** Centre of a kind's `look`; coins of all kinds overlap. */
const LOOK: Readonly<Record<TokenKind, number>> = {
  "organic-runner": 0.74,
  "slow-bleed": 0.47,
  "bundled-insiders": 0.14,
  "developer-dump": 0.36,
  "wash-traded": 0.3,
  "dead-on-arrival": 0.38,
  honeypot: 0.5,
};
const LOOK_SPREAD = 0.1;
/** In the honest mix centres lie closer, coins spread wider, and the course does not show at all. */
const HONEST_LOOK = { centre: 0.45, pull: 0.6, spread: 0.18 } as const;
/** The openers of the demo mix look good to any sane score. */
const OPENER_LOOK = 0.86;
/** What the course adds to the look: a model can learn more than the kind from it, and never all. */
const COURSE_LOOK: Readonly<Record<Course, number>> = {
  rises: 0.07,
  "fakes-out": -0.08,
  stalls: -0.02,
  bleeds: 0,
  dumps: 0,
  washes: 0,
  dies: 0,
  traps: 0,
};

/** Trades per second after graduation, and seconds of life in the pool. */
const RATE: Readonly<Record<TokenKind, number>> = {
  "organic-runner": 1.8,
  "slow-bleed": 1.1,
  "bundled-insiders": 1.2,
  "developer-dump": 1.2,
  "wash-traded": 2,
  "dead-on-arrival": 0.25,
  honeypot: 1,
};

/** Tick at which the coin at `index` graduates. */
export function graduateTick(seed: string, index: number): number {
  if (index === 0) return FIRST_GRADUATION_TICK;
  const jitter = createRng(`${seed}/gap/${index}`).int(2 * GRADUATION_JITTER_TICKS + 1) - GRADUATION_JITTER_TICKS;
  return FIRST_GRADUATION_TICK + index * GRADUATION_GAP_TICKS + jitter;
}

/** Plans the coin at `index`. */
export function planToken(seed: string, mix: MixName, index: number): TokenPlan {
  const { kind, course } = drawCard(seed, mix, index);
  const rng = createRng(`${seed}/plan/${index}`);
  const look = clamp(drawLook(mix, index, kind, course, rng), 0.02, 0.98);
  const graduates = graduateTick(seed, index);
  const curveSeconds = kind === "bundled-insiders" ? between(rng, 1, 7) : (8 + 68 * look) * between(rng, 0.75, 1.15);
  const curveTicks = clamp(Math.round(curveSeconds * TICKS_PER_SECOND), MIN_CURVE_TICKS, MAX_CURVE_TICKS);
  const lifeSeconds = kind === "dead-on-arrival" ? between(rng, 90, 110) : between(rng, 95, 140);
  const mint = vanityMint(`${seed}/mint/${index}`);
  return {
    index,
    kind,
    course,
    mint,
    creator: encodeBase58(seededBytes(`${seed}/wallet/creator/${index}`, 32)),
    ...coinName(rng),
    uri: `https://metadata.localnet.example/${mint}.json`,
    createTick: graduates - curveTicks,
    graduateTick: graduates,
    endTick: graduates + Math.round(lifeSeconds * TICKS_PER_SECOND),
    look,
    curve: planCurve(kind, look, rng),
    tradeRate: RATE[kind] * between(rng, 0.8, 1.25),
  };
}

function drawLook(mix: MixName, index: number, kind: TokenKind, course: Course, rng: Rng): number {
  const noise = rng.normal();
  if (mix === "honest") return HONEST_LOOK.centre + HONEST_LOOK.pull * (LOOK[kind] - HONEST_LOOK.centre) + HONEST_LOOK.spread * noise;
  const look = LOOK[kind] + COURSE_LOOK[course] + LOOK_SPREAD * noise;
  return OPENERS.includes(index) ? Math.max(look, OPENER_LOOK) : look;
}

function planCurve(kind: TokenKind, look: number, rng: Rng): CurvePlan {
  if (kind === "bundled-insiders") {
    // 42 of 42 verified launches: four or five wallets take 79 % of the supply in the creation slot.
    const wallets = 4 + rng.int(2);
    const total = between(rng, 58, 74);
    const shares = Array.from({ length: wallets }, () => 0.5 + rng.next());
    const sum = shares.reduce((a, b) => a + b, 0);
    return {
      buys: 6 + rng.int(24),
      devSol: between(rng, 0.05, 0.4),
      bundleSol: shares.map((share) => (total * share) / sum),
      sellChance: 0,
      newBuyerChance: 0.95,
      sizeSpread: 0.5,
    };
  }
  if (kind === "wash-traded") {
    return {
      buys: 55 + rng.int(50),
      devSol: between(rng, 1, 4),
      bundleSol: [],
      sellChance: 0.45,
      newBuyerChance: 0.12,
      sizeSpread: 0.15,
    };
  }
  const snipers = Math.round((1 - look) * 4 * rng.next());
  return {
    buys: Math.round((16 + 120 * look) * between(rng, 0.8, 1.2)),
    devSol: kind === "developer-dump" ? between(rng, 3, 9) : 0.1 + (1 - look) ** 2 * between(rng, 0, 6),
    bundleSol: Array.from({ length: snipers }, () => between(rng, 0.6, 3)),
    sellChance: between(rng, 0.12, 0.3),
    newBuyerChance: 0.55 + 0.42 * look,
    sizeSpread: 0.3 + 0.8 * (1 - look),
  };
}

/** A mint address whose text ends in "pump", as pump.fun grinds them. */
function vanityMint(label: string): Address {
  for (let attempt = 0; ; attempt++) {
    const text = `${encodeBase58(seededBytes(`${label}/${attempt}`, 32)).slice(0, 40)}pump`;
    if (decodeBase58(text)?.length === 32) return text;
  }
}

/** Uniform in [low, high). */
export function between(rng: Rng, low: number, high: number): number {
  return low + (high - low) * rng.next();
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
