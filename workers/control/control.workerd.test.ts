import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env as workerEnv } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { projectEntries } from "../../adapters/d1/project.ts";
import { loadControl } from "../../adapters/r2/control-log.ts";
import type { JournalEntry, StoredEntry } from "../../domain/journal/entry.ts";
import { sampleDecision, sampleTrade } from "../../domain/journal/sample-entries.ts";
import { assignArm } from "../../domain/optimization/experiment-assignment.ts";
import { searchedOf } from "../../domain/optimization/parameter-search.ts";
import type { Experiment } from "../../domain/trading/control.ts";
import { builtinParameterSet } from "../../domain/trading/parameter-set.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { denyCollapsed } from "./denylist.ts";
import { evaluateExperiment } from "./experiment.ts";
import { parametersForMint } from "./parameters.ts";
import { consumeProposals, handleProposal } from "./proposals.ts";
import { recordControlEvent } from "./record.ts";

const builtin = builtinParameterSet("default");
const DAY_MS = 86_400_000;
const START_MS = 1_790_000_000_000;
let env: Env;

beforeEach(async () => {
  await reset();
  await applyPending(workerEnv.DB);
  const BUCKET = new Proxy(workerEnv.BUCKET, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  env = { ...workerEnv, BUCKET } as Env;
});

function proposal(studyId: string, change: Record<string, unknown> = {}) {
  return {
    type: "parameters",
    studyId,
    parameters: { ...searchedOf(builtin.parameters), qualityThreshold: 70, ...change },
    evidence: { trials: 40 },
  };
}

async function journal(): Promise<JournalEntry[]> {
  return (await journalOf(env).read(0, 1_000)).map(({ entry }) => entry);
}

async function project(entries: readonly JournalEntry[]): Promise<void> {
  const stored = entries.map((entry, i): StoredEntry => ({ seq: i + 1, hash: "", prevHash: "", entry }));
  for (let i = 0; i < stored.length; i += 500) await projectEntries(env.DB, stored.slice(i, i + 500), START_MS);
}

describe("proposals", () => {
  test("a valid one is stored, journaled, and tried on its share of the mints", async () => {
    expect(await handleProposal(env, proposal("s1"), START_MS)).toEqual({ ok: true, value: "exp-s1" });
    const control = await loadControl(env, START_MS);
    expect(control.active.version).toBe(builtin.version);
    expect(control.experiment).toMatchObject({
      id: "exp-s1",
      shareBps: 1_500,
      looks: 0,
      challenger: { parameters: { qualityThreshold: 70 } },
    });
    const assigned = Array.from({ length: 2_000 }, (_, i) => parametersForMint(control, `m${i}`));
    const inB = assigned.filter(({ arm }) => arm === "B");
    expect(inB.length).toBeGreaterThan(220);
    expect(inB.length).toBeLessThan(380);
    expect(inB.every(({ ledger, parameters }) => ledger === "paper-B" && parameters.parameters.qualityThreshold === 70)).toBe(true);
    expect(parametersForMint(control, "m0")).toEqual(parametersForMint(control, "m0"));
    expect(await journal()).toMatchObject([
      { kind: "parameters", status: "proposed", parent: builtin.version },
      { kind: "experiment", status: "running", experimentId: "exp-s1" },
    ]);
  });

  test("redelivered, it changes nothing; a second one while it runs is stored but not tried", async () => {
    await handleProposal(env, proposal("s1"), START_MS);
    expect(await handleProposal(env, proposal("s1"), START_MS + 60_000)).toEqual({ ok: true, value: "exp-s1" });
    expect(await journal()).toHaveLength(2);
    expect(await handleProposal(env, proposal("s2", { qualityThreshold: 75 }), START_MS)).toMatchObject({ reason: "EXPERIMENT_RUNNING" });
    expect(await journal()).toHaveLength(3);
    expect((await loadControl(env, START_MS)).experiment?.id).toBe("exp-s1");
  });

  const malformed: ReadonlyArray<readonly [string, unknown]> = [
    ["out of range", proposal("s", { qualityThreshold: 95 })],
    ["ends in the wrong order", proposal("s", { stopLossLowBps: 2_500, stopLossHighBps: 500 })],
    ["a setting that is not searched", proposal("s", { paperCapitalUsd: 1 })],
    ["a missing setting", { ...proposal("s"), parameters: { qualityThreshold: 70 } }],
    ["no study", { ...proposal(""), studyId: "" }],
    ["another type", { type: "model" }],
    ["nothing", null],
  ];
  test.each(malformed)("refused: %s", async (_, body) => {
    expect(await handleProposal(env, body, START_MS)).toMatchObject({ ok: false, reason: "PARAMETERS_INVALID" });
    expect(await journal()).toEqual([]);
  });

  test("the set in force proposes nothing new", async () => {
    const unchanged = await handleProposal(env, proposal("s", { qualityThreshold: 60 }), START_MS);
    expect(unchanged).toMatchObject({ ok: false, reason: "DUPLICATE_EVENT" });
  });

  test("the consumer acknowledges what it refused, so that it is not redelivered for ever", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const batch = createMessageBatch<unknown>("sniper-proposals", [
      { id: "1", timestamp: new Date(START_MS), attempts: 1, body: { type: "nonsense" } },
      { id: "2", timestamp: new Date(START_MS), attempts: 1, body: proposal("s9") },
    ]);
    await consumeProposals(batch, env);
    expect((await getQueueResult(batch, createExecutionContext())).explicitAcks).toEqual(["1", "2"]);
    expect((await loadControl(env, Date.now() + 5_000)).experiment?.id).toBe("exp-s9");
  });
});

describe("experiment", () => {
  /** Judged candidates of both arms, every second one traded; B's trades return `liftBps` more. */
  function outcomes(experiment: Experiment, count: number, liftBps: number): JournalEntry[] {
    return Array.from({ length: count }, (_, i): JournalEntry[] => {
      const mint = `mint-${i}`;
      const arm = assignArm(mint, experiment.id, experiment.shareBps);
      const atMs = START_MS + Math.floor((i / count) * 6.9 * DAY_MS);
      const parameterVersion = arm === "A" ? experiment.champion.version : experiment.challenger.version;
      const decision = sampleDecision(`d-${i}`, { mint, atMs, arm, parameterVersion, outcome: i % 2 === 0 ? "BUY" : "DECLINE" });
      if (i % 2 === 1) return [decision];
      const returnBps = 100 + ((i * 7_919) % 1_001) - 500 + (arm === "B" ? liftBps : 0);
      const trade = sampleTrade(`p-${i}`, {
        mint,
        openedAtMs: atMs + 1_000,
        closedAtMs: atMs + 60_000,
        ledger: `paper-${arm}`,
        parameterVersion,
        returnBps,
      });
      return [decision, trade];
    }).flat();
  }

  async function started(): Promise<Experiment> {
    await handleProposal(env, proposal("s1"), START_MS);
    const { experiment } = await loadControl(env, START_MS);
    if (experiment === null) throw new Error("no experiment");
    return experiment;
  }

  test("a better challenger is adopted at the first look and is in force for everyone", async () => {
    const experiment = await started();
    await project(outcomes(experiment, 2_000, 800));
    expect(await evaluateExperiment(env, START_MS + 7 * DAY_MS - 1)).toBeNull();
    const verdict = await evaluateExperiment(env, START_MS + 7 * DAY_MS + 120_000);
    expect(verdict).toMatchObject({ outcome: "adopted", evidence: { look: 1 } });
    const control = await loadControl(env, START_MS + 8 * DAY_MS);
    expect(control).toMatchObject({ experiment: null, active: { version: experiment.challenger.version } });
    expect(parametersForMint(control, "m").arm).toBe("A");
    expect((await journal()).slice(2)).toMatchObject([
      { kind: "experiment", status: "adopted", reason: null },
      { kind: "parameters", status: "retired", version: builtin.version },
      { kind: "parameters", status: "active", version: experiment.challenger.version },
    ]);
  });

  test("no difference: the look is noted once, and after the last look it ends undecided", async () => {
    const experiment = await started();
    // The fixed returns favour B's mints by chance; this takes it back.
    await project(outcomes(experiment, 2_000, -70));
    const afterFirst = START_MS + 7 * DAY_MS + 120_000;
    expect(await evaluateExperiment(env, afterFirst)).toMatchObject({ outcome: "extend" });
    expect(await evaluateExperiment(env, afterFirst + 60_000)).toBeNull();
    expect((await loadControl(env, afterFirst + 60_000)).experiment?.looks).toBe(1);
    expect(await evaluateExperiment(env, START_MS + 14 * DAY_MS + 120_000)).toMatchObject({ outcome: "extend" });
    const last = await evaluateExperiment(env, START_MS + 28 * DAY_MS + 120_000);
    expect(last).toMatchObject({ outcome: "inconclusive", reason: "EXPERIMENT_INCONCLUSIVE" });
    expect(await loadControl(env, START_MS + 30 * DAY_MS)).toMatchObject({ experiment: null, active: { version: builtin.version } });
  });

  test("an untraded candidate counts as nothing earned; other versions and replays do not count", async () => {
    const experiment = await started();
    const entries = outcomes(experiment, 400, 0);
    const strangers = [
      sampleDecision("x1", { mint: "x1", atMs: START_MS + 5, parameterVersion: "other" }),
      sampleDecision("x2", { mint: "x2", atMs: START_MS + 5, parameterVersion: builtin.version, source: "replay" }),
      sampleDecision("x3", { mint: "x3", atMs: START_MS - 5, parameterVersion: builtin.version }),
      sampleDecision("x4", { mint: "x4", atMs: START_MS + 5, parameterVersion: builtin.version, stage: "discover" }),
    ];
    await project([...entries, ...strangers]);
    const verdict = await evaluateExperiment(env, START_MS + 7 * DAY_MS + 120_000);
    const { a, b } = verdict?.evidence ?? { a: null, b: null };
    expect((a?.candidates ?? 0) + (b?.candidates ?? 0)).toBe(400);
    expect((a?.trades ?? 0) + (b?.trades ?? 0)).toBe(200);
    expect(Math.abs(a?.meanReturnBps ?? 0)).toBeLessThan(100);
  });
});

describe("denylist by the system", () => {
  const collapsed = (id: string, mint: string) => sampleTrade(id, { mint, exitReason: "EXIT_LIQUIDITY_COLLAPSE" });

  test("creators of collapsed tokens are denied once, with the reason, and stay removed when a person removes them", async () => {
    await project([
      sampleDecision("d1", { mint: "rug", creator: "thief" }),
      collapsed("p1", "rug"),
      collapsed("p2", "nameless"),
      sampleTrade("p3", { mint: "fine", exitReason: "EXIT_STOP_LOSS" }),
    ]);
    await denyCollapsed(env, START_MS);
    await denyCollapsed(env, START_MS + 60_000);
    const { denylist } = await loadControl(env, START_MS + 60_000);
    expect(denylist).toHaveLength(2);
    expect(denylist).toContainEqual(expect.objectContaining({ subject: "creator", value: "thief", author: "system" }));
    expect(denylist).toContainEqual(expect.objectContaining({ subject: "mint", value: "nameless" }));
    const remove = {
      id: "r",
      atMs: 1,
      author: "telegram:1",
      type: "denylist-remove",
      subject: "creator",
      value: "thief",
      reason: "mistake",
    } as const;
    expect(await recordControlEvent(env, remove, START_MS + 60_000)).toMatchObject({ ok: true });
    await denyCollapsed(env, START_MS + 120_000);
    expect((await loadControl(env, START_MS + 120_000)).denylist).toHaveLength(1);
  });
});
