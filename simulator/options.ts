import type { Rng } from "../domain/random.ts";

/** Rates of one seed, each a probability per occasion unless its name says a time. All of them are printed. */
export interface FaultRates {
  /** Share of the kinds of calls that may go wrong at all. */
  readonly lossyKinds: number;
  /** Calls between objects, and to outside services. */
  readonly requestLost: number;
  readonly replyLost: number;
  readonly duplicateCall: number;
  /** Longest time that one way of a call takes. */
  readonly maxLatencyMs: number;
  /** Time until what was written is on disk. */
  readonly maxDiskMs: number;
  readonly rpcRateLimited: number;
  readonly rpcUnavailable: number;
  readonly rpcMalformed: number;
  /** How often one of the two nodes goes stale or starts to hide transactions, per slot read. */
  readonly staleNode: number;
  readonly queueDuplicate: number;
  readonly queueMaxDelayMs: number;
  readonly alarmLost: number;
  readonly alarmDuplicated: number;
  readonly alarmThrows: number;
  readonly alarmMaxLateMs: number;
  readonly databaseFails: number;
  readonly databaseFailsAfterCommit: number;
  readonly bucketFails: number;
  /** Per event: an object or a worker dies. */
  readonly crash: number;
  /** Per event: an idle object leaves memory. */
  readonly evict: number;
  /** Per event: everything dies at once, as at a deployment. */
  readonly deploy: number;
  /** Per event: the clock goes forth or back by up to an hour. */
  readonly clockJump: number;
  readonly webhookDuplicate: number;
  readonly webhookLost: number;
  /** Of all that enters a queue: bodies that nobody can read. */
  readonly poison: number;
  /** Of all that is prepared: with a blockhash that a node gave out late, and that is soon past. */
  readonly oldBlockhash: number;
  readonly sendDropped: number;
  readonly sendMaxDelaySlots: number;
  readonly forkedBlock: number;
  readonly revertedTransaction: number;
}

/** What happens in one seed beside the faults. */
export interface Workload {
  readonly ledgers: ReadonlyArray<"paper-A" | "paper-B" | "live-A">;
  readonly graduations: number;
  readonly meanGapMs: number;
  /** Per event. */
  readonly operator: number;
  /** Standard deviation of one trade of others, as a share of the reserves. */
  readonly volatility: number;
  readonly rug: number;
  readonly restores: boolean;
  readonly canary: boolean;
}

export interface SimulationOptions {
  readonly seed: number;
  /** Events of the safety phase. */
  readonly events: number;
  readonly faults: FaultRates;
  readonly workload: Workload;
}

/** Upper ends of what a seed may draw. */
const MAX: FaultRates = {
  lossyKinds: 1,
  requestLost: 0.3,
  replyLost: 0.3,
  duplicateCall: 0.1,
  maxLatencyMs: 1_500,
  maxDiskMs: 40,
  rpcRateLimited: 0.2,
  rpcUnavailable: 0.1,
  rpcMalformed: 0.05,
  staleNode: 0.01,
  queueDuplicate: 0.5,
  queueMaxDelayMs: 600_000,
  alarmLost: 0.1,
  alarmDuplicated: 0.2,
  alarmThrows: 0.3,
  alarmMaxLateMs: 900_000,
  databaseFails: 0.3,
  databaseFailsAfterCommit: 0.1,
  bucketFails: 0.2,
  crash: 0.05,
  evict: 0.1,
  deploy: 0.01,
  clockJump: 0.02,
  webhookDuplicate: 0.5,
  webhookLost: 0.2,
  poison: 0.1,
  oldBlockhash: 0.9,
  sendDropped: 0.5,
  sendMaxDelaySlots: 160,
  forkedBlock: 0.2,
  revertedTransaction: 0.2,
};

export const NO_FAULTS: FaultRates = Object.fromEntries(
  Object.keys(MAX).map((name) => [name, name === "maxLatencyMs" ? 30 : name === "maxDiskMs" ? 5 : name === "sendMaxDelaySlots" ? 3 : 0]),
) as unknown as FaultRates;

/** What a seed's faults are of: all kinds, few of them at once, or only what nodes and chain do. */
const THEMES = ["all", "all", "few", "chain"] as const;
/** Share of its kinds that a theme's seed has. */
const SHARES = { all: 0.5, few: 1 / 6, chain: 0.75 } as const;
const CHAIN_FAULTS: ReadonlySet<string> = new Set<keyof FaultRates>([
  "lossyKinds",
  "rpcRateLimited",
  "staleNode",
  "oldBlockhash",
  "sendDropped",
  "sendMaxDelaySlots",
  "forkedBlock",
  "revertedTransaction",
]);

/**
 * What a seed is about: each kind of fault of its theme is off in a share of the seeds, so that rare meetings of
 * two kinds are not drowned by all the others; and else of any strength up to the maximum.
 */
export function drawOptions(seed: number, events: number, rng: Rng, canary = false): SimulationOptions {
  const theme = THEMES[rng.int(THEMES.length)] ?? "all";
  const draw = (max: number): number => (rng.next() < SHARES[theme] ? rng.next() * max : 0);
  const drawRate = (name: string, max: number): number => (theme !== "chain" || CHAIN_FAULTS.has(name) ? draw(max) : 0);
  const rates = Object.fromEntries(Object.entries(MAX).map(([name, max]) => [name, round(drawRate(name, max))])) as unknown as Record<
    keyof FaultRates,
    number
  >;
  const faults: FaultRates = {
    ...rates,
    maxLatencyMs: Math.round(Math.max(rates.maxLatencyMs, 30)),
    maxDiskMs: Math.round(Math.max(rates.maxDiskMs, 5)),
    sendMaxDelaySlots: Math.round(Math.max(rates.sendMaxDelaySlots, 3)),
    queueMaxDelayMs: Math.round(rates.queueMaxDelayMs),
    alarmMaxLateMs: Math.round(rates.alarmMaxLateMs),
    lossyKinds: [0.15, 0.4, 1][rng.int(3)] ?? 1,
    // Rare beside the others: they end what would have been seen.
    deploy: rng.int(4) === 0 ? rates.deploy : 0,
    clockJump: rng.int(4) === 0 ? rates.clockJump : 0,
  };
  const mixes = [["live-A"], ["live-A"], ["live-A", "paper-A"], ["live-A", "paper-A", "paper-B"], ["paper-A"]] as const;
  const ledgers = mixes[rng.int(mixes.length)] ?? ["live-A"];
  const workload: Workload = {
    ledgers,
    graduations: 3 + rng.int(8),
    meanGapMs: 50 + rng.int(rng.int(3) === 0 ? 8_000 : 800),
    operator: round(draw(0.008)),
    volatility: round(0.002 + rng.next() * 0.05),
    rug: round(draw(0.5)),
    restores: rng.int(10) === 0,
    canary: canary && seed % 100 === 0,
  };
  return { seed, events, faults, workload };
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
