import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Rpc, SignatureInfo } from "../../adapters/rpc/client.ts";
import { type BudgetClaim, claimBudget, EMPTY_BUDGET, LEARNING_SHARE, PROVIDERS } from "../../domain/budget.ts";
import { stringifyExact } from "../../domain/json.ts";
import { ok, refuse } from "../../domain/result.ts";
import type { FeatureVector } from "../../domain/scoring/assessment.ts";
import { FEATURE_NAMES, FEATURES } from "../../domain/scoring/features.ts";
import { LATE_CURVE_PAGES, LATE_RPC_CALLS, LATE_RPC_CREDITS, LATE_SOURCES, lateFeatures } from "../../domain/scoring/late-sources.ts";
import { CREATION_PAGES, HISTORY_PAGE, MAX_RPC_CALLS, MAX_RPC_CREDITS } from "../../domain/scoring/observations.ts";
import { SAMPLE_CANDIDATE, SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { builtinParameters } from "../../domain/trading/parameters.ts";
import { type AnalyzerDeps, assessCandidate } from "./assess.ts";
import type { Collected, RecordSource } from "./collect.ts";
import { type FakeOptions, fakeNode } from "./fake-rpc.ts";
import { type LateDeps, readLate } from "./late.ts";
import { type Replies, rememberReplies } from "./replies.ts";

const PARAMETERS = {
  version: "v",
  name: "default",
  parent: null,
  author: "test",
  createdAtMs: 0,
  parameters: builtinParameters("default"),
};
const DEADLINE_MS = 60;
const { pool, bondingCurve } = SAMPLE_CANDIDATE.graduation;
const { asOfSlot, asOfMs } = SAMPLE_OBSERVATIONS;
const BREAKABLE = [...LATE_SOURCES, "holders", "posts"] as const;
type Breakable = (typeof BREAKABLE)[number];
type Faults = Partial<Record<Breakable, "silent" | "failing">>;

const RECORDS: RecordSource = {
  creator: async () => ok(SAMPLE_OBSERVATIONS.creatorRecord ?? { coins: [] }),
  market: async () => ok(SAMPLE_OBSERVATIONS.marketRecord ?? { paths: [], sol: [] }),
};

/** A world whose sources are broken until it is healed, and which goes on meanwhile. */
class World {
  readonly calls: string[];
  readonly rpc: Rpc;
  /** Older transactions that the curve has besides. */
  olderCurve: readonly SignatureInfo[] = [];
  readonly #faults: Faults;
  #isHealed = false;
  #future: readonly SignatureInfo[] = [];
  #heal: () => void = () => undefined;
  readonly #healed = new Promise<void>((resolve) => {
    this.#heal = resolve;
  });

  constructor(faults: Faults, options: FakeOptions = {}) {
    this.#faults = faults;
    const { rpc, calls } = fakeNode(options);
    this.calls = calls;
    this.rpc = {
      ...rpc,
      getSignaturesForAddress: (address, range = {}) => {
        const source = address === pool ? "pool history" : "curve history";
        if (address !== pool && address !== bondingCurve) return rpc.getSignaturesForAddress(address, range);
        return this.broken(source, async () => {
          const rows = await rpc.getSignaturesForAddress(address);
          if (!rows.ok) return rows;
          const all = [...this.#future, ...rows.value, ...(address === pool ? [] : this.olderCurve)];
          const from = range.before === undefined ? 0 : all.findIndex(({ signature }) => signature === range.before) + 1;
          return ok(all.slice(from, from + (range.limit ?? HISTORY_PAGE)));
        });
      },
      getTransaction: (signature) =>
        this.broken(signature.startsWith("P") ? "pool trades" : "creation slot", () => rpc.getTransaction(signature)),
      getTokenLargestAccounts: (mint) => this.broken("holders", () => rpc.getTokenLargestAccounts(mint)),
    };
  }

  readonly records: RecordSource = {
    creator: (creator) =>
      this.broken("own records", async () => {
        const record = await RECORDS.creator(creator);
        const later = { mint: "later", seenAtMs: asOfMs + 1, closedAtMs: asOfMs + 2, change: -1 };
        return record.ok && this.#future.length > 0 ? ok({ coins: [later, ...record.value.coins] }) : record;
      }),
    market: () =>
      this.broken("own records", async () => {
        const record = await RECORDS.market();
        if (!record.ok || this.#future.length === 0) return record;
        const later = { mint: "later", name: "Doge", symbol: "L", startedAtMs: asOfMs - 5, closedAtMs: asOfMs + 1, change: 900 };
        return ok({ paths: [later, ...record.value.paths], sol: [{ atMs: asOfMs + 1, usd: 1e6 }, ...record.value.sol] });
      }),
  };

  broken<Answer>(source: Breakable, answer: () => Promise<Answer>): Promise<Answer> {
    const fault = this.#isHealed ? undefined : this.#faults[source];
    if (fault === undefined) return answer();
    return fault === "silent" ? this.#healed.then(answer) : Promise.resolve(refuse("RPC_UNAVAILABLE") as Answer);
  }

  /** Everything answers from now on, and knows of `transactions` more that came after the judgement. */
  heal(transactions = 0): void {
    this.#future = Array.from({ length: transactions }, (_, i) => ({
      signature: `Z${i}`.padEnd(87, "2"),
      slot: asOfSlot + transactions - i,
      blockTimeMs: null,
      failed: i % 3 === 0,
    }));
    this.#isHealed = true;
    this.#heal();
  }
}

interface Judged {
  readonly world: World;
  readonly collected: Collected;
  readonly features: FeatureVector;
  readonly replies: Replies;
}

async function judge(world: World, changes: Partial<AnalyzerDeps> = {}): Promise<Judged> {
  const all: Collected[] = [];
  const replies = rememberReplies(world.rpc);
  const assessed = await assessCandidate(SAMPLE_CANDIDATE, {
    rpc: replies.rpc,
    parameters: PARAMETERS,
    social: { sample: () => world.broken("posts", async () => ok(SAMPLE_OBSERVATIONS.social ?? never())) },
    records: world.records,
    classify: async () => ok(SAMPLE_OBSERVATIONS.moods),
    champion: null,
    nowMs: () => asOfMs,
    deadlineMs: DEADLINE_MS,
    onCollected: (collected) => all.push(collected),
    ...changes,
  });
  if (!assessed.ok) throw new Error(assessed.detail);
  return { world, collected: all[0] ?? never(), features: assessed.value.features, replies };
}

async function completed(judged: Judged, changes: Partial<LateDeps> = {}) {
  const late = await readLate(judged.collected, {
    replies: judged.replies,
    records: judged.world.records,
    nowMs: () => asOfMs + 60_000,
    deadlineMs: 2_000,
    ...changes,
  });
  if (!late.ok) throw new Error(late.detail);
  const filled = lateFeatures(judged.features, late.value.observations);
  return { ...late.value, filled, vector: { ...judged.features, ...filled } };
}

/** What a judgement without any deadline would have had, if the sources that tell only of now had failed. */
async function unlimited(faults: Faults, options: FakeOptions = {}): Promise<FeatureVector> {
  const lost = BREAKABLE.filter((source) => faults[source] !== undefined && !LATE_SOURCES.some((one) => one === source));
  return (await judge(new World(Object.fromEntries(lost.map((source) => [source, "failing"])), options), { deadlineMs: 5_000 })).features;
}

function never(): never {
  throw new Error("no value");
}

describe("what is read after a judgement", () => {
  test("is what a judgement without a deadline would have had, whatever came after it", async () => {
    const fault = fc.constantFrom(undefined, "silent", "failing");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fault, { minLength: BREAKABLE.length, maxLength: BREAKABLE.length }),
        fc.nat(2_500),
        async (drawn, after) => {
          const faults: Faults = Object.fromEntries(BREAKABLE.flatMap((source, i) => (drawn[i] === undefined ? [] : [[source, drawn[i]]])));
          const judged = await judge(new World(faults));
          judged.world.heal(after);
          const { vector } = await completed(judged);
          const whole = await unlimited(faults);
          // A lower bound that was served from one of its two sources stays what it was.
          expect(vector).toEqual({ ...whole, creatorSoldShare: judged.features["creatorSoldShare"] ?? whole["creatorSoldShare"] });
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  test.each(LATE_SOURCES)("of %s alone fills every feature that it takes, and names it", async (source) => {
    const judged = await judge(new World({ [source]: "silent" }));
    const missing = FEATURE_NAMES.filter((name) => judged.features[name] === null);
    expect(missing.length).toBeGreaterThan(0);
    judged.world.heal();
    const { filled, sources } = await completed(judged);
    expect(Object.keys(filled)).toEqual(missing);
    expect(sources).toContainEqual({ source, readAtMs: asOfMs + 60_000 });
    // What waits for it is late with it, and nothing else.
    const waiting = { "pool history": ["pool trades"], "curve history": ["creation slot"] } as const;
    const lost: readonly string[] = [source, ...(source in waiting ? waiting[source as keyof typeof waiting] : [])];
    expect(sources.map((read) => read.source).sort()).toEqual([...lost].sort());
    for (const name of missing) {
      expect(
        [FEATURES[name].source, ...FEATURES[name].needs].some((need) => lost.includes(need)),
        name,
      ).toBe(true);
    }
  });

  test("of sources that tell only of now: nothing, and nothing is asked", async () => {
    const judged = await judge(new World({ holders: "failing", posts: "silent" }));
    expect(judged.features).toMatchObject({ top10Share: null, mentions: null });
    judged.world.heal();
    const before = judged.world.calls.length;
    expect(await completed(judged)).toMatchObject({ filled: {}, sources: [], rpcCalls: 0, credits: 0 });
    expect(judged.world.calls.length).toBe(before);
  });

  test("leaves the served vector and the judgement's observations as they were", async () => {
    const judged = await judge(new World({ "pool history": "silent", "creation slot": "failing" }));
    const before = stringifyExact([judged.collected, judged.features]);
    judged.world.heal(1_200);
    const { filled, vector } = await completed(judged);
    expect(stringifyExact([judged.collected, judged.features])).toBe(before);
    for (const name of FEATURE_NAMES) {
      expect(name in filled).toBe(judged.features[name] === null && vector[name] !== null);
      if (judged.features[name] !== null) expect(vector[name]).toBe(judged.features[name]);
    }
  });

  test("does not ask again for what came meanwhile", async () => {
    const judged = await judge(new World({ "creation slot": "silent" }));
    judged.world.heal();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = judged.world.calls.length;
    const { sources, rpcCalls, credits } = await completed(judged);
    expect(sources.map(({ source }) => source)).toEqual(["creation slot"]);
    expect([rpcCalls, credits, judged.world.calls.length - before]).toEqual([0, 0, 0]);
  });

  test("a source that comes in part is not filled at all", async () => {
    const judged = await judge(new World({ "pool trades": "failing" }));
    judged.world.heal();
    const { rpc } = judged.replies;
    let asked = 0;
    const getTransaction: Rpc["getTransaction"] = async (signature) => (++asked === 3 ? ok(null) : rpc.getTransaction(signature));
    const replies: Replies = { ...judged.replies, rpc: { ...rpc, getTransaction } };
    expect(await completed({ ...judged, replies })).toMatchObject({ filled: {}, sources: [] });
    expect(asked).toBe(8);
  });

  test("goes further back than the judgement, and no further than its own bound", async () => {
    const older = (pages: number) =>
      Array.from({ length: pages * HISTORY_PAGE }, (_, i) => ({
        signature: `Y${i}`.padEnd(87, "2"),
        slot: 900_000 - i,
        blockTimeMs: null,
        failed: false,
      }));
    for (const [pages, isFilled] of [
      [CREATION_PAGES + 1, true],
      [LATE_CURVE_PAGES + 1, false],
    ] as const) {
      const world = new World({});
      world.olderCurve = older(pages);
      const judged = await judge(world);
      expect(judged.collected.lacking).toContain("source:creation slot (beyond the bound)");
      expect(judged.features["creationSlotShare"]).toBeNull();
      const { filled, rpcCalls } = await completed(judged);
      expect("creationSlotShare" in filled).toBe(isFilled);
      expect(rpcCalls).toBeLessThanOrEqual(LATE_RPC_CALLS);
    }
  });

  test("of a vetoed token is only what it was asked for", async () => {
    const judged = await judge(new World({ "pool history": "failing", "curve history": "failing" }, { lpSupply: 10n ** 13n }));
    expect(judged.collected.isSound).toBe(false);
    judged.world.heal();
    const { filled, sources } = await completed(judged);
    expect(sources.map(({ source }) => source).sort()).toEqual(["curve history", "pool history"]);
    expect(Object.keys(filled)).toContain("poolTrades");
    expect(Object.keys(filled)).not.toContain("sampledTrades");
  });

  test("the node still away: nothing, and no more calls than the bound", async () => {
    const judged = await judge(new World({ "pool history": "failing", "curve history": "failing", "own records": "failing" }));
    expect(await completed(judged)).toMatchObject({ filled: {}, sources: [], rpcCalls: 2, credits: 20 });
  });
});

describe("credits", () => {
  const broken = { "pool trades": "failing", "creation slot": "failing" } as const;

  test("the whole bound is claimed as for learning, and what was not used is given back", async () => {
    const log: unknown[] = [];
    const judged = await judge(new World(broken));
    judged.world.heal();
    const budget = {
      claim: async (claim: BudgetClaim) => {
        log.push(claim);
        return ok("claim");
      },
      settle: async (_id: string, outcome: unknown) => void log.push(outcome),
    };
    const { rpcCalls, credits } = await completed(judged, { budget });
    expect(log).toEqual([
      { requests: LATE_RPC_CALLS, cost: LATE_RPC_CREDITS, isForLearning: true },
      { requests: rpcCalls, cost: credits },
    ]);
    expect([rpcCalls, credits]).toEqual([8 + 9, 170]);
  });

  test("refused, silent or broken: no call, no value, no exception", async () => {
    const judged = await judge(new World(broken));
    judged.world.heal();
    const before = judged.world.calls.length;
    for (const [claim, reason] of [
      [async () => refuse("BUDGET_EXHAUSTED"), "BUDGET_EXHAUSTED"],
      [() => Promise.reject(new Error("reset")), "INTERNAL_ERROR"],
      [() => new Promise<never>(() => undefined), "INTERNAL_ERROR"],
    ] as const) {
      const budget = { claim, settle: async () => undefined };
      const late = await readLate(judged.collected, {
        replies: judged.replies,
        records: null,
        budget,
        nowMs: () => asOfMs,
        deadlineMs: 30,
      });
      expect(late).toMatchObject({ ok: false, reason });
    }
    expect(judged.world.calls.length).toBe(before);
  });

  test("learning is refused while judgements and exits still have their half", () => {
    const { dailyCost, exitReserve, requestsPerWindow } = PROVIDERS.rpc;
    const late = { requests: LATE_RPC_CALLS, cost: LATE_RPC_CREDITS, isForLearning: true };
    const judgement = { requests: MAX_RPC_CALLS, cost: MAX_RPC_CREDITS };
    const half = LEARNING_SHARE * (dailyCost - exitReserve);
    const at = (spent: number, windowRequests = 0) => ({ ...EMPTY_BUDGET, dayStartMs: 0, windowStartMs: 1, windowRequests, spent });
    expect(claimBudget(at(half - LATE_RPC_CREDITS), PROVIDERS.rpc, late, 1).ok).toBe(true);
    expect(claimBudget(at(half - LATE_RPC_CREDITS + 1), PROVIDERS.rpc, late, 1).ok).toBe(false);
    expect(claimBudget(at(half - LATE_RPC_CREDITS + 1), PROVIDERS.rpc, judgement, 1).ok).toBe(true);
    expect(claimBudget(at(0, LEARNING_SHARE * requestsPerWindow), PROVIDERS.rpc, late, 1).ok).toBe(false);
    expect(claimBudget(at(0, LEARNING_SHARE * requestsPerWindow), PROVIDERS.rpc, judgement, 1).ok).toBe(true);
  });
});
