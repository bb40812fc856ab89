import { reset } from "cloudflare:test";
import { env as workerEnv } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { beforeEach, describe, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { models, studies, studyTrials } from "../../adapters/d1/schema/learning.ts";
import { loadControl } from "../../adapters/r2/control-log.ts";
import { loadChampion } from "../../adapters/r2/model-store.ts";
import { readRegistry } from "../../adapters/r2/registry-log.ts";
import type { ParameterProposal } from "../../domain/optimization/parameter-search.ts";
import { FEATURE_NAMES } from "../../domain/scoring/features.ts";
import type { LearningEnv } from "./env.ts";
import { type EtlPlan, planEtl, readDataset, runEtlChunk } from "./etl-processor/etl.ts";
import { registerModel } from "./model-deployer/register.ts";
import {
  checkDataset,
  contenderName,
  contendersOf,
  datasetHashOf,
  judgeFamilies,
  type TrainedFamily,
  trainFamily,
} from "./model-trainer/steps.ts";
import { dropSearchData } from "./optimizer/candidates.ts";
import { concludeStudy, openStudy, runTrials, type SearchPlan, validateStudy } from "./optimizer/steps.ts";
import { journalOrder, lateOf, recordCandidates, writeRaw } from "./test-recordings.ts";

const END_MS = 1_790_000_000_000;
const sent: ParameterProposal[] = [];
let env: LearningEnv;

beforeEach(async () => {
  await reset();
  await applyPending(workerEnv.DB);
  sent.length = 0;
  dropSearchData();
  const BUCKET = new Proxy(workerEnv.BUCKET, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const PROPOSALS = { send: async (message: ParameterProposal) => void sent.push(message) } as unknown as LearningEnv["PROPOSALS"];
  env = { DB: workerEnv.DB, BUCKET, PROPOSALS, PARAMETER_PROFILE: "localnet" } as unknown as LearningEnv;
});

async function etl(): Promise<{ plan: EtlPlan; reports: Awaited<ReturnType<typeof runEtlChunk>>[] }> {
  const plan = await planEtl(env, END_MS);
  const reports = [];
  for (const chunk of plan.chunks) reports.push(await runEtlChunk(env, plan, chunk));
  return { plan, reports };
}

async function trainAll(runId: string) {
  const { plan, reports } = await etl();
  const hash = datasetHashOf(plan, reports);
  const checked = await checkDataset(env, plan);
  if (!checked.ok) throw new Error(checked.detail);
  const trained: TrainedFamily[] = [];
  for (const contender of contendersOf(checked.value)) {
    const result = await trainFamily(env, plan, hash, contender);
    if (!result.ok) throw new Error(result.detail);
    trained.push(result.value);
  }
  const judgements = await judgeFamilies(env, plan, trained);
  const registered = [];
  for (const judgement of judgements) registered.push(await registerModel(env, runId, judgement, END_MS));
  return { plan, trained, judgements, registered };
}

describe("ETL", () => {
  test("labels what was recorded, the declined too, and counts what it leaves out", async () => {
    const recorded = recordCandidates(90, "etl", END_MS);
    const broken = recorded.map((one, i) => (i % 10 === 0 ? { ...one, path: { ...one.path, complete: false } } : one));
    const foreign = broken.map((one, i) => (i % 10 === 1 ? { ...one, decision: { ...one.decision, featureSetVersion: "f0" } } : one));
    const undecided = foreign.map((one, i) =>
      i % 10 === 2 ? { ...one, decision: { ...one.decision, features: null, stage: "discover" as const } } : one,
    );
    const replayed = undecided.map((one, i) => (i % 10 === 3 ? { ...one, decision: { ...one.decision, source: "replay" } } : one));
    await writeRaw(env.BUCKET, journalOrder(replayed));
    const { plan, reports } = await etl();
    expect(reports).toMatchObject([{ excluded: { censored: 9, "other-feature-set": 9, undecided: 18 } }]);
    const rows = await readDataset(env, plan);
    expect(rows.length).toBe(reports[0]?.rows);
    expect(rows.length + (reports[0]?.excluded["not-entered"] ?? 0)).toBe(54);
    expect(rows.some((row) => (row.score ?? 100) < 60)).toBe(true);
    for (const row of rows) expect(row.t1Ms).toBeGreaterThan(row.t0Ms);
    expect(rows.map((row) => row.t0Ms)).toEqual(rows.map((row) => row.t0Ms).toSorted((a, b) => a - b));
    const source = recorded.find(({ decision }) => decision.mint === rows[0]?.mint)?.decision.features ?? {};
    expect(Array.from(rows[0]?.features ?? [], (value) => (Number.isNaN(value) ? null : value))).toEqual(Object.values(source));
  });

  test("running it again gives the same data; more recordings give other data", async () => {
    const recorded = recordCandidates(60, "again", END_MS);
    await writeRaw(env.BUCKET, journalOrder(recorded.slice(0, 50)));
    const first = await etl();
    const second = await etl();
    expect(datasetHashOf(second.plan, second.reports)).toBe(datasetHashOf(first.plan, first.reports));
    await writeRaw(env.BUCKET, journalOrder(recorded));
    const third = await etl();
    expect(datasetHashOf(third.plan, third.reports)).not.toBe(datasetHashOf(first.plan, first.reports));
  });

  test("what was read after a judgement completes its row, through Parquet and back; the served row stays", async () => {
    const recorded = recordCandidates(60, "late", END_MS);
    await writeRaw(env.BUCKET, journalOrder(recorded));
    const before = await etl();
    const served = await readDataset(env, before.plan);
    expect(served.some(({ completed }) => completed !== undefined)).toBe(false);
    expect(await checkDataset(env, before.plan)).toMatchObject(served.length < 60 ? { ok: false } : { ok: true, value: { completed: 0 } });

    const late = lateOf(recorded, ({ features }, i) =>
      i % 3 === 0 ? Object.fromEntries(FEATURE_NAMES.filter((name) => features?.[name] === null).map((name) => [name, 0.25])) : null,
    );
    // Of another feature set, of a decision that nobody knows, and of a feature that was served: none of them may enter.
    const [first, second] = [late[0], recorded[1]?.decision];
    if (first === undefined || second === undefined) throw new Error("nothing recorded");
    const stray = { ...first, id: "late:x", decisionId: "decision:x:analyze" };
    const foreign = { ...first, id: "late:y", decisionId: second.id, featureSetVersion: "f0" };
    const greedy = { ...first, features: { ...first.features, sampledBuyShare: 99 } };
    await writeRaw(env.BUCKET, journalOrder(recorded, [greedy, ...late.slice(1), stray, foreign]));
    const after = await etl();
    const completed = await readDataset(env, after.plan);
    expect(completed.map(({ completed: _, ...row }) => row)).toEqual(served);
    expect(datasetHashOf(after.plan, after.reports)).not.toBe(datasetHashOf(before.plan, before.reports));
    const byMint = new Map(recorded.map((one, i) => [one.decision.mint, { ...one, isLate: i % 3 === 0 }]));
    for (const row of completed) {
      const gaps = Array.from(row.features).some(Number.isNaN);
      expect(row.completed !== undefined).toBe(byMint.get(row.mint)?.isLate === true && gaps);
      for (const [i, value] of row.completed?.entries() ?? []) expect(value).toBe(Number.isNaN(row.features[i]) ? 0.25 : row.features[i]);
    }
    expect(after.reports[0]?.completed).toBe(completed.filter((row) => row.completed !== undefined).length);
    expect(after.reports[0]?.completed).toBeGreaterThan(10);
  });

  test("an empty bucket is too few rows, not a fault", async () => {
    const { plan } = await etl();
    expect(plan.chunks).toEqual([]);
    expect(await checkDataset(env, plan)).toMatchObject({ ok: false, reason: "MODEL_TOO_FEW_ROWS" });
  });
});

describe("training", () => {
  test("a model that beats the baselines is promoted, served, and its rival refused with a reason", async () => {
    await writeRaw(env.BUCKET, journalOrder(recordCandidates(320, "signal", END_MS)));
    const started = performance.now();
    const { registered, judgements, plan } = await trainAll("run-1");
    console.info(`ETL, two families and judgement of 320 candidates: ${(performance.now() - started).toFixed(0)} ms`);
    expect(await checkDataset(env, plan)).toMatchObject({ ok: true });
    expect(registered.map(({ verdict }) => verdict).sort()).toEqual(["promoted", "refused"]);
    const winner = judgements.find(({ verdict }) => verdict === "promoted");
    expect(winner?.metrics.auc ?? 0).toBeGreaterThan(0.75);
    const champion = await loadChampion(env, END_MS);
    if (!champion.ok || champion.value === null) throw new Error("no champion");
    expect(champion.value.version).toBe(winner?.trained.version);
    expect(champion.value.predict({ sampledBuyShare: 0.85 })).toBeGreaterThan(champion.value.predict({ sampledBuyShare: 0.15 }) + 0.2);
    const rows = await drizzle(env.DB).select().from(models);
    expect(rows.map(({ status }) => status).sort()).toEqual(["champion", "refused"]);
    expect(rows.find(({ status }) => status === "refused")).toMatchObject({ reason: "MODEL_NOT_BETTER", detail: expect.any(String) });
    const card = await (await env.BUCKET.get(`models/entry-win/${champion.value.version}/card.md`))?.text();
    expect(card).toContain("Verdict: promoted");
    const metrics = await (await env.BUCKET.get(`models/entry-win/${champion.value.version}/metrics.json`))?.json();
    expect(metrics).toMatchObject({ verdict: "promoted" });
  });

  test("repeating a run changes nothing; a run on the same data does not beat its own champion", async () => {
    await writeRaw(env.BUCKET, journalOrder(recordCandidates(320, "signal", END_MS)));
    await trainAll("run-1");
    const after = await readRegistry(env.BUCKET);
    const card = async () => (await env.BUCKET.get(`models/entry-win/${after.state.champion?.version}/card.md`))?.text();
    const written = await card();
    const repeated = await trainAll("run-1");
    expect((await readRegistry(env.BUCKET)).seq).toBe(after.seq);
    expect(repeated.registered.map(({ verdict }) => verdict).sort()).toEqual(["promoted", "refused"]);
    expect(await card()).toBe(written);
    const { registered } = await trainAll("run-2");
    expect(registered.every(({ verdict }) => verdict === "refused")).toBe(true);
    expect(await card()).toBe(written);
    expect((await readRegistry(env.BUCKET)).state.champion?.version).toBe(after.state.champion?.version);
    const rows = await drizzle(env.DB).select().from(models);
    expect(rows.filter(({ status }) => status === "champion")).toHaveLength(1);
  }, 60_000);

  test("trained on completed rows too where there are any, and chosen by served validation rows, with the card saying so", async () => {
    const telling = ["sampledBuyShare", "poolTradePace", "washShare"];
    const whole = recordCandidates(320, "signal", END_MS);
    // Early on, what tells was late, and read after the judgement.
    const recorded = whole.map((one, i) => {
      const features = Object.fromEntries(
        Object.entries(one.decision.features ?? {}).map(([name, value]) => [name, i < 170 && telling.includes(name) ? null : value]),
      );
      return { ...one, decision: { ...one.decision, features } };
    });
    const late = lateOf(whole, ({ features }, i) =>
      i < 170 ? Object.fromEntries(telling.map((name) => [name, features?.[name] ?? null])) : null,
    );
    await writeRaw(env.BUCKET, journalOrder(recorded, late));
    const { trained, judgements, registered } = await trainAll("run-1");
    expect(trained.map(({ family, rows }) => `${family} ${rows}`)).toEqual([
      "logistic served",
      "gbdt served",
      "logistic completed",
      "gbdt completed",
    ]);
    const winner = trained.reduce((a, b) => (b.validationLogLoss < a.validationLogLoss ? b : a));
    expect(winner.rows).toBe("completed");
    expect(registered).toHaveLength(4);
    // The holdout may refuse the winner; the others lose to it on the validation rows.
    const lost = `${contenderName(winner)} has the lower validation loss`;
    for (const one of judgements) expect(one.detail === lost).toBe(one.trained !== winner);
    const card = await (await env.BUCKET.get(`models/entry-win/${winner.version}/card.md`))?.text();
    expect(card).toMatch(/Fitted on vectors with what was read after the decision: \d+ values of \d+ rows/);
  }, 60_000);

  test("features that tell nothing promote nothing", async () => {
    await writeRaw(env.BUCKET, journalOrder(recordCandidates(200, "noise", END_MS, false)));
    const { registered } = await trainAll("run-1");
    expect(registered.map(({ reason }) => reason)).toEqual(["MODEL_NOT_BETTER", "MODEL_NOT_BETTER"]);
    expect(await loadChampion(env, END_MS)).toEqual({ ok: true, value: null });
  });

  test("too few rows, and one class, are refused", async () => {
    await writeRaw(env.BUCKET, journalOrder(recordCandidates(40, "few", END_MS)));
    const few = await etl();
    expect(await checkDataset(env, few.plan)).toMatchObject({ reason: "MODEL_TOO_FEW_ROWS" });
    await reset();
    const winners = recordCandidates(300, "wins", END_MS).filter(({ path }) => Number(path.samples.at(-1)?.quoteReservesLamports) > 100e9);
    expect(winners.length).toBeGreaterThan(70);
    await writeRaw(env.BUCKET, journalOrder(winners));
    const oneClass = await etl();
    expect(await checkDataset(env, oneClass.plan)).toMatchObject({ reason: "MODEL_ONE_CLASS" });
  });
});

describe("search", () => {
  async function plan(studyId: string): Promise<SearchPlan> {
    const { active } = await loadControl(env, END_MS);
    return { studyId, base: active, chunks: (await planEtl(env, END_MS)).chunks, untilMs: END_MS };
  }

  test("stores every trial, goes on where it stopped, and ends with figures", async () => {
    await writeRaw(env.BUCKET, journalOrder(recordCandidates(200, "search", END_MS)));
    const search = await plan("study-1");
    const parts = await openStudy(env, search, END_MS);
    expect(parts.earlier).toBeGreaterThan(100);
    expect(parts.later).toBeGreaterThan(40);
    expect(await runTrials(env, search, 6)).toBe(6);
    dropSearchData();
    const started = performance.now();
    expect(await runTrials(env, search, 16)).toBe(16);
    console.info(`10 trials on ${parts.earlier} candidates: ${(performance.now() - started).toFixed(0)} ms`);
    expect(await runTrials(env, search, 16)).toBe(16);
    const trials = await drizzle(env.DB).select().from(studyTrials);
    expect(trials.map(({ number }) => number).sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(JSON.parse(trials[0]?.parametersJson ?? "{}")).toMatchObject({ qualityThreshold: 60 });
    await drizzle(env.DB).delete(studyTrials);
    await runTrials(env, search, 16);
    expect(await drizzle(env.DB).select().from(studyTrials)).toEqual(trials);

    const verdict = await validateStudy(env, search);
    await concludeStudy(env, search, verdict, END_MS + 1);
    const [study] = await drizzle(env.DB).select().from(studies);
    expect(study).toMatchObject({
      id: "study-1",
      trials: 16,
      outcome: verdict.outcome,
      reason: verdict.reason,
      baseVersion: search.base.version,
    });
    expect(study?.bestValue).toBe(verdict.winner.isRanked ? null : verdict.winner.value);
    expect(sent).toHaveLength(verdict.outcome === "proposed" ? 1 : 0);
    if (verdict.outcome === "proposed") {
      expect(verdict.winner.value).toBeGreaterThan(verdict.baseline.value);
      expect(sent[0]).toMatchObject({ type: "parameters", studyId: "study-1", parameters: verdict.best });
    } else expect(verdict.reason).toBe("PARAMETERS_NOT_BETTER");
  });

  test("a set in force that is as good as it gets is kept", async () => {
    await writeRaw(env.BUCKET, journalOrder(recordCandidates(120, "kept", END_MS)));
    const search = await plan("study-2");
    await openStudy(env, search, END_MS);
    // Only trial 0, the set in force itself: the best cannot beat it.
    await runTrials(env, search, 1);
    const verdict = await validateStudy(env, search);
    expect(verdict).toMatchObject({ outcome: "refused", reason: "PARAMETERS_NOT_BETTER" });
    await concludeStudy(env, search, verdict, END_MS);
    expect(sent).toEqual([]);
  });
});
