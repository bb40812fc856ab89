import type { Alternative, Change, Counterfactual, Finding, Recommendation } from "./assessment.ts";
import { probabilityOf, type ScoringModel, type Variation } from "./champion.ts";
import { FEATURE_SET_VERSION, type FeatureName, type Features } from "./features.ts";
import { type Rules, rulesOf, type ScorePoint, type ScoreResponse, scoreResponder, scoreResponses } from "./response.ts";
import { type Score, type ScoreInputs, SOFT_FINDING_DEFAULT_POINTS, SOFT_FINDING_POINTS, scoreToken } from "./score.ts";

/** Alternatives that are kept: a person reads one or two. */
export const MAX_ALTERNATIVES = 3;
/** Features that pairs are tried of: those that can move the score most. */
const PAIR_FEATURES = 5;
/** Changes of one alternative at most: more are another token. */
export const MAX_CHANGES = 5;
/** Features that such a set is chosen from. */
const CHAIN_FEATURES = 8;
/** Significant digits that a value is rounded to, away from what it is; more when fewer would not do. */
const DIGITS = [3, 4, 6, 9, 12] as const;
const BISECTIONS = 60;

/** A way to another answer, not yet proved by scoring it. */
interface Proposal {
  readonly changes: readonly Change[];
  /** How far it is from what was seen, on the features' own scales. */
  readonly distance: number;
}

/**
 * The smallest changes that would have changed the answer: for a WATCH or DECLINE to a BUY, for a BUY to anything
 * else. Each is one feature, or one soft finding that is absent; two when no single one is enough; else the few
 * strongest features together. Only known features are varied, and only over values that a token plausibly has. Every alternative was scored anew, with the
 * model, and gives the other answer. After a veto: which gates, and what the score alone would have said.
 */
export function counterfactualOf(inputs: ScoreInputs, scored: Score, model: ScoringModel | null): Counterfactual {
  const threshold = inputs.parameters.qualityThreshold;
  const hard = inputs.findings.filter(({ severity }) => severity === "hard");
  const soft = inputs.findings.filter(({ severity }) => severity === "soft");
  const free = hard.length === 0 ? scored : scoreToken({ ...inputs, findings: soft });
  const search = new Search({ ...inputs, findings: soft }, free, model);
  const isBought = free.recommendation === "BUY";
  // Once its gates are passed a vetoed token would have been bought: nothing else was needed.
  const alternatives = hard.length > 0 && isBought ? [] : search.alternatives();
  return {
    threshold,
    vetoes: [...new Set(hard.map(({ code }) => code))],
    withoutVetoes: hard.length === 0 ? null : { score: free.score, recommendation: free.recommendation },
    alternatives,
  };
}

class Search {
  readonly #inputs: ScoreInputs;
  #point: ScorePoint;
  readonly #model: ScoringModel | null;
  readonly #rules: Rules;
  /** 1 when the score must rise, -1 when it must fall. */
  readonly #sign: 1 | -1;
  /** How far the score must go at least, signed by `#sign`. */
  readonly #gap: number;
  readonly #answer: Recommendation;

  constructor(inputs: ScoreInputs, scored: Score, model: ScoringModel | null) {
    const { parameters, features, modelProbability } = inputs;
    const counts = scored.parts.model !== null && parameters.modelWeight > 0;
    this.#inputs = inputs;
    this.#model = counts ? model : null;
    this.#point = { features, parameters, model: this.#model, modelProbability };
    this.#rules = rulesOf(this.#point);
    this.#answer = scored.recommendation;
    this.#sign = scored.recommendation === "BUY" ? -1 : 1;
    const limit = scored.contributions.find(({ name }) => name === "limit")?.points ?? 0;
    // The sum before the score was cut to its range.
    this.#gap = this.#sign * (parameters.qualityThreshold - (scored.score - limit));
  }

  alternatives(): readonly Alternative[] {
    this.#point = withVariation(this.#point, this.#vary());
    const responses = scoreResponses(this.#point, this.#rules);
    const singles = [...responses.flatMap((response) => this.#nearest(response, this.#gap) ?? []), ...this.#absentFindings(this.#gap)];
    const proved = this.#prove(singles);
    if (proved.length > 0) return proved;
    const pairs = this.#prove(this.#pairs(responses));
    return pairs.length > 0 ? pairs : this.#prove(this.#chain(responses));
  }

  /** Whether a gain is enough. A score exactly at the threshold buys. */
  #reaches(gain: number, gap: number): boolean {
    return this.#sign > 0 ? gain >= gap : -gain > gap;
  }

  /** The value nearest to what it is from which the gain is `gap` at least, in either direction. */
  #nearest(response: ScoreResponse, gap: number): Proposal | null {
    // The bound is a sum of its own rounding.
    if (this.#reach(response) < gap - 1e-9) return null;
    const { points } = response.range();
    const first = points.findIndex((value) => value > response.from);
    const above = first < 0 ? points.length : first;
    const found = [this.#walk(response, points, above, 1, gap), this.#walk(response, points, above - 1, -1, gap)].filter(
      (value) => value !== null,
    );
    const proposals = found.map((to) => ({
      changes: [{ name: response.feature, from: response.from, to }],
      distance: response.distance(to),
    }));
    return proposals.sort((a, b) => a.distance - b.distance)[0] ?? null;
  }

  /** The most that one feature can do, on the side that is wanted. */
  #reach({ most, least }: ScoreResponse): number {
    return this.#sign > 0 ? most : -least;
  }

  #walk(response: ScoreResponse, points: readonly number[], start: number, step: 1 | -1, gap: number): number | null {
    let before = response.from;
    for (let i = start; i >= 0 && i < points.length; i += step) {
      const value = points[i] as number;
      if (this.#reaches(response.gain(value), gap)) return this.#readable(response, this.#bisect(response, before, value, gap), gap);
      before = value;
    }
    return null;
  }

  #bisect(response: ScoreResponse, from: number, to: number, gap: number): number {
    let [outside, inside] = [from, to];
    for (let step = 0; step < BISECTIONS; step++) {
      const middle = outside / 2 + inside / 2;
      if (middle === outside || middle === inside) break;
      if (this.#reaches(response.gain(middle), gap)) inside = middle;
      else outside = middle;
    }
    return inside;
  }

  /** The value with few digits, rounded away from what it is, if that is enough as well; counts are whole. */
  #readable(response: ScoreResponse, value: number, gap: number): number | null {
    const isUp = value > response.from;
    const { min, max } = response.range();
    const fits = (rounded: number): boolean => rounded >= min && rounded <= max && this.#reaches(response.gain(rounded), gap);
    if (response.isCounted) {
      const whole = isUp ? Math.ceil(value) : Math.floor(value);
      return fits(whole) ? whole : null;
    }
    for (const digits of DIGITS) {
      const rounded = roundAway(value, digits, isUp);
      if (fits(rounded)) return rounded;
    }
    return value;
  }

  #absentFindings(gap: number): Proposal[] {
    return this.#findings().flatMap(({ name, gain, distance }) =>
      this.#reaches(gain, gap) ? [{ changes: [{ name, from: null, to: null }], distance }] : [],
    );
  }

  /** Soft findings by code, and what the score would gain without them. */
  #findings(): Array<{ readonly name: string; readonly gain: number; readonly distance: number }> {
    if (this.#sign < 0) return [];
    const gains = new Map<string, number>();
    for (const { code } of this.#inputs.findings) {
      const points = SOFT_FINDING_POINTS[code] ?? SOFT_FINDING_DEFAULT_POINTS;
      gains.set(`finding:${code}`, (gains.get(`finding:${code}`) ?? 0) + points);
    }
    return [...gains].map(([name, gain]) => ({ name, gain, distance: gain / 100 }));
  }

  /** Of the features that can do most, two at a time: one goes half the way, or as far as it can, the other the rest. */
  #pairs(responses: readonly ScoreResponse[]): Proposal[] {
    const strongest = responses
      .filter((response) => this.#reach(response) > 0)
      .sort((a, b) => this.#reach(b) - this.#reach(a))
      .slice(0, PAIR_FEATURES)
      .map((response) => ({ response, best: this.#best(response) }))
      .filter(({ best }) => best.gain > 0);
    const proposals: Proposal[] = [];
    for (const [i, { response: first, best }] of strongest.entries()) {
      for (const { name, gain, distance } of this.#findings()) {
        const rest = this.#nearest(first, this.#gap - gain);
        if (rest !== null) {
          proposals.push({ changes: [...rest.changes, { name, from: null, to: null }], distance: rest.distance + distance });
        }
      }
      const half = this.#nearest(first, this.#gap / 2)?.changes[0]?.to ?? null;
      for (const value of new Set([half, best.value])) {
        if (value === null) continue;
        const distance = first.distance(value);
        const restOf = this.#after(first, value);
        for (const { response: second } of strongest.slice(i + 1)) {
          const rest = restOf(second);
          if (rest === null) continue;
          const changes = [{ name: first.feature, from: first.from, to: value }, ...rest.changes];
          proposals.push({ changes, distance: distance + rest.distance });
        }
      }
    }
    return proposals;
  }

  /** The features that can do most as far as they can go, one after the other, until the next one closes the gap. */
  #chain(responses: readonly ScoreResponse[]): Proposal[] {
    const candidates = responses
      .toSorted((a, b) => this.#reach(b) - this.#reach(a))
      .slice(0, CHAIN_FEATURES)
      .map(({ feature }) => feature);
    let point = this.#point;
    let gap = this.#gap;
    let distance = 0;
    const changes: Change[] = [];
    while (changes.length < MAX_CHANGES) {
      const done = new Set(changes.map(({ name }) => name));
      const responseOf = scoreResponder(point, this.#rules);
      const left = candidates.flatMap((feature) => (done.has(feature) ? [] : (responseOf(feature) ?? [])));
      const [last] = left.flatMap((response) => this.#nearest(response, gap) ?? []).sort((a, b) => a.distance - b.distance);
      if (last !== undefined) return [{ changes: [...changes, ...last.changes], distance: distance + last.distance }];
      const [strongest] = left.sort((a, b) => this.#reach(b) - this.#reach(a));
      const best = strongest === undefined ? null : this.#best(strongest);
      if (strongest === undefined || best === null || !(best.gain > 0)) return [];
      const next = this.#move(point, strongest.feature, best.value);
      if (next === null) return [];
      changes.push({ name: strongest.feature, from: strongest.from, to: best.value });
      distance += strongest.distance(best.value);
      gap -= best.gain;
      point = next;
    }
    return [];
  }

  /** What another feature must be once `first` is `value`: with a model the one changes what the other does. */
  #after(first: ScoreResponse, value: number): (second: ScoreResponse) => Proposal | null {
    const gap = this.#gap - this.#sign * first.gain(value);
    if (this.#model === null) return (second) => this.#nearest(second, gap);
    const point = this.#move(this.#point, first.feature, value);
    if (point === null) return () => null;
    const responseOf = scoreResponder(point, this.#rules);
    return (second) => {
      const changed = responseOf(second.feature);
      return changed === null ? null : this.#nearest(changed, gap);
    };
  }

  /** The same token with another value of one feature; null when its model then has no answer. */
  #move(from: ScorePoint, feature: FeatureName, value: number): ScorePoint | null {
    const features: Features = { ...from.features, [feature]: value };
    if (this.#model === null) return { ...from, features };
    const variation = from.variation?.with(feature, value);
    const modelProbability = variation === undefined ? this.#probability(features) : variation.probability;
    return modelProbability === null ? null : withVariation({ ...from, features, modelProbability }, variation);
  }

  /** Of a model that knows these features. */
  #vary(): Variation | undefined {
    return this.#model?.featureSetVersion === FEATURE_SET_VERSION ? this.#model.vary?.(this.#point.features) : undefined;
  }

  /** The farthest that one feature can move the score, by the nearest value that does. */
  #best({ range, gain, from }: ScoreResponse): { readonly value: number; readonly gain: number } {
    let best = { value: from, gain: 0 };
    for (const value of range().points) {
      const gained = this.#sign * gain(value);
      const isNearer = gained === best.gain && Math.abs(value - from) < Math.abs(best.value - from);
      if (gained > best.gain || isNearer) best = { value, gain: gained };
    }
    return best;
  }

  /** The nearest proposals that, scored anew, give another answer. */
  #prove(proposals: readonly Proposal[]): readonly Alternative[] {
    const proved: Alternative[] = [];
    const order = proposals.toSorted((a, b) => a.distance - b.distance || (nameOf(a) < nameOf(b) ? -1 : 1));
    const seen = new Set<string>();
    for (const { changes } of order) {
      if (proved.length === MAX_ALTERNATIVES) break;
      const names = changes.map(({ name }) => name).join();
      if (seen.has(names)) continue;
      const { score, recommendation } = this.#rescore(changes);
      const isOther = this.#sign > 0 ? recommendation === "BUY" : recommendation !== this.#answer;
      if (!isOther) continue;
      seen.add(names);
      proved.push({ changes, score, recommendation });
    }
    return proved;
  }

  #rescore(changes: readonly Change[]): Score {
    const features: Features = {
      ...this.#inputs.features,
      ...Object.fromEntries(changes.flatMap(({ name, to }) => (to === null ? [] : [[name, to]]))),
    };
    const absent = new Set(changes.map(({ name }) => name));
    const findings: readonly Finding[] = this.#inputs.findings.filter(({ code }) => !absent.has(`finding:${code}`));
    const modelProbability = this.#model === null ? this.#inputs.modelProbability : this.#probability(features);
    return scoreToken({ ...this.#inputs, features, findings, modelProbability });
  }

  #probability(features: Features): number | null {
    const said = this.#model === null ? null : probabilityOf(this.#model, features);
    return said?.ok ? said.value : null;
  }
}

function withVariation(point: ScorePoint, variation: Variation | undefined): ScorePoint {
  return variation === undefined ? point : { ...point, variation };
}

function nameOf({ changes }: Proposal): string {
  return changes.map(({ name, to }) => `${name}=${to}`).join();
}

/** `value` with `digits` significant digits, not below it when `isUp`, not above it otherwise. */
function roundAway(value: number, digits: number, isUp: boolean): number {
  if (value === 0) return 0;
  const rounded = Number(value.toPrecision(digits));
  if (isUp ? rounded >= value : rounded <= value) return rounded;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) + 1 - digits);
  return Number((rounded + (isUp ? step : -step)).toPrecision(digits));
}
