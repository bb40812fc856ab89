import { createRng } from "../random.ts";
import { bootstrap } from "../statistics/bootstrap.ts";
import type { UnixMs } from "../units.ts";

/** One decision with its outcome, and two moods of it: the one that the score uses, and one that might join it. */
export interface MoodOutcome {
  readonly atMs: UnixMs;
  /** Decisions that stand or fall together: one mint, one creator. */
  readonly group: string;
  readonly won: boolean;
  readonly used: number | null;
  readonly other: number | null;
}

export interface Ablation {
  /** Rows with both moods. */
  readonly rows: number;
  /** Share of the other mood in the mood that is scored; 0 unless the gain is certain. */
  readonly weight: number;
  /** What the earlier rows would choose. */
  readonly chosen: number;
  /** On the later rows, null when there are too few. */
  readonly aucUsed: number | null;
  readonly aucBlended: number | null;
  /** Gain in AUC that is exceeded with 95 % confidence. */
  readonly gainAtLeast: number | null;
  readonly verdict: "too few rows" | "no certain gain" | "gain";
}

/** Shares that are tried. */
const SHARES = [0, 0.25, 0.5, 0.75, 1] as const;
/** The later part, on which the choice is judged. */
const HOLDOUT_SHARE = 0.3;
/** Fewer rows in the later part, or fewer of one outcome, show nothing. */
const MIN_HOLDOUT = 200;
const MIN_OF_ONE_OUTCOME = 30;
const ALPHA = 0.05;

/**
 * Whether a second mood improves on the first: the share is chosen on the earlier decisions and judged
 * on the later ones, with groups resampled as wholes. Anything but a certain gain is a weight of 0.
 */
export function ablateMood(rows: readonly MoodOutcome[]): Ablation {
  const known = rows
    .flatMap(({ used, other, ...row }) => (used === null || other === null ? [] : [{ ...row, used, other }]))
    .sort((a, b) => a.atMs - b.atMs || (a.group < b.group ? -1 : 1));
  const cut = Math.floor(known.length * (1 - HOLDOUT_SHARE));
  const later = known.slice(cut);
  const seen = new Set(later.map(({ group }) => group));
  const earlier = known.slice(0, cut).filter(({ group }) => !seen.has(group));
  const nothing = { rows: known.length, weight: 0, chosen: 0, aucUsed: null, aucBlended: null, gainAtLeast: null };
  if (later.length < MIN_HOLDOUT || ![earlier, later].every(hasBothOutcomes)) return { ...nothing, verdict: "too few rows" };

  const shareOf = (part: typeof known): number => {
    const areas = SHARES.map((share) => weightedArea(part, share)());
    return SHARES[areas.indexOf(Math.max(...areas))] ?? 0;
  };
  const chosen = shareOf(earlier);
  const [areaUsed, areaBlended] = [weightedArea(later, 0), weightedArea(later, chosen)];
  const groups = [...new Set(later.map(({ group }) => group))];
  const place = new Map(groups.map((group, i) => [group, i]));
  const gain = bootstrap(
    groups.length,
    (multiplicity) => {
      const times = Float64Array.from(later, ({ group }) => multiplicity[place.get(group) ?? 0] ?? 0);
      return areaBlended(times) - areaUsed(times);
    },
    createRng("mood ablation"),
    ALPHA,
  );
  const isGain = chosen > 0 && gain.lower > 0;
  return {
    rows: known.length,
    weight: isGain ? chosen : 0,
    chosen,
    aucUsed: areaUsed(),
    aucBlended: areaBlended(),
    gainAtLeast: gain.lower,
    verdict: isGain ? "gain" : "no certain gain",
  };
}

function hasBothOutcomes(rows: ReadonlyArray<{ readonly won: boolean }>): boolean {
  const won = rows.filter((row) => row.won).length;
  return won >= MIN_OF_ONE_OUTCOME && rows.length - won >= MIN_OF_ONE_OUTCOME;
}

interface Blendable {
  readonly won: boolean;
  readonly used: number;
  readonly other: number;
}

/** Area under the ROC curve of a blend of the moods, each row counting as often as it is told. Sorts once. */
function weightedArea(rows: readonly Blendable[], share: number): (times?: Float64Array) => number {
  const scores = rows.map(({ used, other }) => (1 - share) * used + share * other);
  const order = rows.map((_, i) => i).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  return (times) => {
    let lost = 0;
    let won = 0;
    let wins = 0;
    for (let i = 0; i < order.length; ) {
      const score = scores[order[i] ?? 0];
      let [tiedWon, tiedLost] = [0, 0];
      for (; i < order.length && scores[order[i] ?? 0] === score; i++) {
        const row = order[i] ?? 0;
        const weight = times?.[row] ?? 1;
        if (rows[row]?.won) tiedWon += weight;
        else tiedLost += weight;
      }
      wins += tiedWon * (lost + tiedLost / 2);
      lost += tiedLost;
      won += tiedWon;
    }
    return wins / (won * lost);
  };
}
