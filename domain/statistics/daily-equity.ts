/** Milliseconds of a UTC day; days are numbered from the Unix epoch. */
export const DAY_MS = 86_400_000;

/** The books' equity at a moment: cash, reservations and open positions at executable exit value. */
export interface EquitySample {
  readonly atMs: number;
  readonly equityLamports: bigint;
  /** The books' own highest equity up to then; it moves with deposits, and an operator may have started it anew. */
  readonly peakLamports: bigint;
}

/** What is known of one UTC day: its last equity and the one deepest below the books' peak. */
export interface RecordedDay {
  readonly close: EquitySample;
  readonly deepest: EquitySample;
}

/** A deposit (positive) or withdrawal, with the equity just before it. */
export interface CapitalFlow {
  readonly atMs: number;
  readonly lamports: bigint;
  readonly equityBeforeLamports: bigint;
}

export interface DailyEquityInput {
  /** Equity that the first day starts from: the last one before the period, or the books' opening. */
  readonly base: EquitySample;
  /** Days with records from the base's day on, ascending. A day without one keeps its equity: its return is zero. */
  readonly days: readonly RecordedDay[];
  /** Ascending. Those up to the base's time are in the base and count for nothing. */
  readonly flows: readonly CapitalFlow[];
  /** First and last day, numbered from the epoch. */
  readonly fromDay: number;
  readonly toDay: number;
}

export interface EquityDay {
  readonly day: number;
  /** Last equity of the day. */
  readonly equityLamports: bigint;
  /** Deposits less withdrawals of the day. */
  readonly flowLamports: bigint;
  /** Null where the equity was not positive, so that a return has no meaning. */
  readonly dayReturn: number | null;
  /** Lowest equity seen in the day against the day before; at most `dayReturn`. */
  readonly lowReturn: number | null;
  /** Fall of the day's last equity below the highest point of the period so far, 0 to 1. */
  readonly drawdown: number | null;
}

export interface Drawdown {
  /** Deepest fall below the highest point of the period, 0 to 1, the start included. */
  readonly max: number;
  /** Day of that highest point, and time of the deepest; null while there was no fall. */
  readonly peakDay: number | null;
  readonly troughAtMs: number | null;
  /** First day that ended at or above that point again; null until then. */
  readonly recoveredDay: number | null;
  /** Most days in a row that ended below the highest end of a day. */
  readonly longestUnderwaterDays: number;
  /** Days of that kind up to the last one. */
  readonly underwaterDays: number;
  /** Fall of the last equity, 0 to 1. */
  readonly current: number;
}

export interface DailyEquity {
  readonly days: readonly EquityDay[];
  /** Growth of one lamport that stayed in through the whole period; null when some return has no meaning. */
  readonly growth: number | null;
  readonly drawdown: Drawdown | null;
}

/** The UTC day of a time. */
export function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS);
}

/**
 * The daily equity curve and its drawdown. Returns are time-weighted (GIPS: the period is cut at every external
 * flow), so a deposit or withdrawal is no profit or loss. The drawdown rests on each day's deepest record too, not
 * only on its end; and while nothing flowed, on the books' peaks of the period, which hold what was reached within
 * a day. A peak from before the period counts for nothing.
 */
export function dailyEquity(input: DailyEquityInput): DailyEquity {
  const walk = new EquityWalk(input.base);
  const recorded = new Map(input.days.map((day) => [dayOf(day.close.atMs), day]));
  const flows = input.flows.filter((flow) => flow.atMs > input.base.atMs);
  const days: EquityDay[] = [];
  let next = 0;
  for (let day = input.fromDay; day <= input.toDay; day++) {
    walk.startDay();
    const known = recorded.get(day);
    const samples = known === undefined ? [] : [known.deepest, known.close].filter((sample) => sample.atMs > input.base.atMs);
    const first = next;
    while (next < flows.length && dayOf((flows[next] as CapitalFlow).atMs) <= day) next++;
    const moved = flows.slice(first, next);
    let used = 0;
    for (const sample of samples) {
      // A flow is journalled before the equity of its moment.
      for (; used < moved.length && (moved[used] as CapitalFlow).atMs <= sample.atMs; used++) walk.flow(moved[used] as CapitalFlow);
      walk.sample(sample, day);
    }
    for (; used < moved.length; used++) walk.flow(moved[used] as CapitalFlow);
    days.push(
      walk.endDay(
        day,
        moved.reduce((sum, flow) => sum + flow.lamports, 0n),
      ),
    );
  }
  return { days, growth: walk.isBroken ? null : walk.level, drawdown: walk.isBroken ? null : walk.drawdown() };
}

/** Follows one unit of capital through samples and flows; its level starts at 1. */
class EquityWalk {
  level = 1;
  /** Some return had no meaning: what rests on the whole curve has none either. */
  isBroken = false;
  readonly #base: EquitySample;
  #equityLamports: bigint;
  /** Levels are taken against the last flow, so that equal equity is the same level to the last bit. */
  #span: Span;
  #daySpan: Span;
  #dayFactor: number | null = 1;
  #dayLow = 1;
  #hasFlows = false;
  #booksPeakIsOurs = false;
  #peak = 1;
  #peakDay: number;
  #closingPeak = 1;
  #max = 0;
  #maxPeak = 1;
  #maxPeakDay: number | null = null;
  #troughAtMs: number | null = null;
  #recoveredDay: number | null = null;
  #underwater = 0;
  #longestUnderwater = 0;

  constructor(base: EquitySample) {
    this.#base = base;
    this.#equityLamports = base.equityLamports;
    this.#span = { level: 1, lamports: base.equityLamports };
    this.#daySpan = this.#span;
    this.#peakDay = dayOf(base.atMs);
  }

  startDay(): void {
    this.#daySpan = { level: 1, lamports: this.#equityLamports };
    this.#dayFactor = 1;
    this.#dayLow = 1;
  }

  flow({ lamports, equityBeforeLamports }: CapitalFlow): void {
    this.#move(equityBeforeLamports);
    this.#equityLamports = equityBeforeLamports + lamports;
    this.#span = { level: this.level, lamports: this.#equityLamports };
    this.#daySpan = { level: this.#dayFactor ?? 1, lamports: this.#equityLamports };
    this.#hasFlows = true;
  }

  sample(sample: EquitySample, day: number): void {
    this.#move(sample.equityLamports);
    // The books' peak was reached, or started anew, within the period once it is another than at the start.
    if (sample.peakLamports !== this.#base.peakLamports) this.#booksPeakIsOurs = true;
    if (this.#booksPeakIsOurs && !this.#hasFlows) this.#raise(levelOf(this.#span, sample.peakLamports) ?? 0, day);
    this.#raise(this.level, day);
    const fall = this.#fall();
    if (fall <= this.#max) return;
    this.#max = fall;
    this.#maxPeak = this.#peak;
    this.#maxPeakDay = this.#peakDay;
    this.#troughAtMs = sample.atMs;
    this.#recoveredDay = null;
  }

  endDay(day: number, flowLamports: bigint): EquityDay {
    if (this.level >= this.#closingPeak) {
      this.#closingPeak = this.level;
      this.#underwater = 0;
    } else {
      this.#underwater += 1;
      this.#longestUnderwater = Math.max(this.#longestUnderwater, this.#underwater);
    }
    if (this.#max > 0 && this.#recoveredDay === null && this.level >= this.#maxPeak) this.#recoveredDay = day;
    const dayReturn = this.#dayFactor === null ? null : this.#dayFactor - 1;
    return {
      day,
      equityLamports: this.#equityLamports,
      flowLamports,
      dayReturn,
      lowReturn: dayReturn === null ? null : Math.min(this.#dayLow - 1, dayReturn),
      drawdown: this.isBroken ? null : this.#fall(),
    };
  }

  drawdown(): Drawdown {
    return {
      max: this.#max,
      peakDay: this.#maxPeakDay,
      troughAtMs: this.#troughAtMs,
      recoveredDay: this.#recoveredDay,
      longestUnderwaterDays: this.#longestUnderwater,
      underwaterDays: this.#underwater,
      current: this.#fall(),
    };
  }

  #move(equityLamports: bigint): void {
    const level = levelOf(this.#span, equityLamports);
    const factor = this.#dayFactor === null ? null : levelOf(this.#daySpan, equityLamports);
    this.#equityLamports = equityLamports;
    if (level === null || factor === null) this.isBroken = true;
    this.level = level ?? this.level;
    this.#dayFactor = factor;
    this.#dayLow = Math.min(this.#dayLow, factor ?? 1);
  }

  #raise(level: number, day: number): void {
    if (level <= this.#peak) return;
    this.#peak = level;
    this.#peakDay = day;
  }

  #fall(): number {
    return 1 - this.level / this.#peak;
  }
}

/** Capital at the start of a stretch without flows, and the level it stood for. */
interface Span {
  readonly level: number;
  readonly lamports: bigint;
}

/** The level of an equity within a stretch; null where a return has no meaning. Nothing that stays nothing keeps its level. */
function levelOf({ level, lamports }: Span, equityLamports: bigint): number | null {
  if (equityLamports === lamports && lamports >= 0n) return level;
  return lamports > 0n && equityLamports >= 0n ? level * (Number(equityLamports) / Number(lamports)) : null;
}
