import { createRng } from "../../domain/random.ts";
import { between, TICKS_PER_SECOND, type TokenPlan } from "./plan.ts";

/**
 * Where a coin's price is headed, as the natural logarithm of its multiple of the opening price:
 * a course plus noise, from seed, index and tick alone. Trades chase it with delay and scatter.
 */
export interface PricePath {
  /** Log multiple at a tick. */
  at(tick: number): number;
  /** Tick from which insiders sell; null when nobody unloads. */
  readonly exitTick: number | null;
}

const NOISE_SECONDS = [3.1, 0.9] as const;
const NOISE_AMPLITUDE = [0.016, 0.008] as const;

/** The path of a planned coin. */
export function pricePath(seed: string, plan: TokenPlan): PricePath {
  const rng = createRng(`${seed}/path/${plan.index}`);
  const { course, exitSeconds } = courseOf(seed, plan, rng);
  const quiet = plan.kind === "wash-traded" ? 0.4 : 1;
  return {
    at: (tick) => {
      const seconds = (tick - plan.graduateTick) / TICKS_PER_SECOND;
      // Entries happen in the first seconds: the noise fades in, so that the first price is the opening price.
      const fade = Math.min(1, seconds / 3);
      return course(seconds) + quiet * fade * noise(`${seed}/noise/${plan.index}`, seconds);
    },
    exitTick: exitSeconds === null ? null : plan.graduateTick + Math.round(exitSeconds * TICKS_PER_SECOND),
  };
}

type Curve = (seconds: number) => number;

function courseOf(seed: string, plan: TokenPlan, rng: ReturnType<typeof createRng>): { course: Curve; exitSeconds: number | null } {
  switch (plan.course) {
    case "rises": {
      const start = between(rng, 3, 8);
      const top = between(rng, 24, 42);
      const height = Math.log(between(rng, 1.4, 1.8));
      const after = height * between(rng, 0.3, 0.9);
      return { course: (t) => height * smooth(t, start, top) - after * smooth(t, top + 15, top + 80), exitSeconds: null };
    }
    case "fakes-out": {
      const peak = between(rng, 6, 11);
      const fall = Math.log(between(rng, 0.78, 0.86));
      const bait = between(rng, 0.03, 0.08);
      const bottom = peak + between(rng, 16, 28);
      return { course: (t) => bait * smooth(t, 1, peak) + (fall - bait) * smooth(t, peak + 1, bottom), exitSeconds: null };
    }
    case "stalls": {
      const drift = between(rng, -0.05, 0.06);
      return { course: (t) => drift * smooth(t, 0, 60) - 0.25 * smooth(t, 65, 120), exitSeconds: null };
    }
    case "bleeds": {
      const fall = Math.log(between(rng, 0.5, 0.85));
      return { course: (t) => fall * Math.min(1.6, Math.max(0, t - 2) / 60), exitSeconds: null };
    }
    case "dumps":
      return plan.kind === "bundled-insiders" ? insidersLeave(rng) : developerLeaves(rng, createRng(`${seed}/haste/${plan.index}`));
    case "washes": {
      const end = between(rng, 50, 85);
      return { course: (t) => 0.02 * smooth(t, 0, 20) + Math.log(0.5) * smooth(t, end, end + 12), exitSeconds: null };
    }
    case "dies": {
      const fall = Math.log(between(rng, 0.88, 0.98));
      return { course: (t) => fall * smooth(t, 0, 70), exitSeconds: null };
    }
    case "traps": {
      const end = between(rng, 60, 85);
      const height = Math.log(between(rng, 1.6, 2.4));
      return { course: (t) => height * smooth(t, 1, end) + (Math.log(0.12) - height) * smooth(t, end, end + 4), exitSeconds: end };
    }
  }
}

/** Median 17.5 s (162 wallets of 42 launches), quartiles near 13 and 26 s. */
function insidersLeave(rng: ReturnType<typeof createRng>): { course: Curve; exitSeconds: number } {
  const leave = Math.min(60, 17.5 * Math.exp(0.5 * rng.normal()));
  const bait = between(rng, 0.02, 0.1);
  const fall = Math.log(between(rng, 0.1, 0.3));
  const span = between(rng, 4, 10);
  return { course: (t) => bait * smooth(t, 1, leave) + (fall - bait) * smooth(t, leave, leave + span), exitSeconds: leave };
}

/** A third of them do not wait for the crowd: they sell into the new pool at once. */
function developerLeaves(rng: ReturnType<typeof createRng>, haste: ReturnType<typeof createRng>): { course: Curve; exitSeconds: number } {
  const patient = between(rng, 8, 50);
  const leave = haste.next() < 1 / 3 ? between(haste, 0.4, 1.2) : patient;
  const drift = between(rng, -0.02, 0.08);
  const fall = Math.log(between(rng, 0.45, 0.72));
  return {
    course: (t) =>
      drift * smooth(t, Math.min(1, leave / 2), leave) +
      (fall - drift) * smooth(t, leave, leave + 3) -
      0.3 * smooth(t, leave + 8, leave + 60),
    exitSeconds: leave,
  };
}

/** 0 before `from`, 1 after `to`, a smooth step between. */
function smooth(t: number, from: number, to: number): number {
  const x = Math.min(1, Math.max(0, (t - from) / (to - from)));
  return x * x * (3 - 2 * x);
}

/** Two octaves of value noise over seconds. */
function noise(label: string, seconds: number): number {
  let sum = 0;
  for (const [octave, period] of NOISE_SECONDS.entries()) {
    const at = Math.max(0, seconds) / period;
    const cell = Math.floor(at);
    const level = (k: number): number => createRng(`${label}/${octave}/${k}`).normal();
    const weight = smooth(at - cell, 0, 1);
    sum += (NOISE_AMPLITUDE[octave] ?? 0) * (level(cell) * (1 - weight) + level(cell + 1) * weight);
  }
  return sum;
}
