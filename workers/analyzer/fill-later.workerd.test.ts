import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { LEARNING_SHARE, PROVIDERS } from "../../domain/budget.ts";
import type { JournalEntry } from "../../domain/journal/entry.ts";
import { stringifyExact } from "../../domain/json.ts";
import { ok } from "../../domain/result.ts";
import { FEATURE_SET_VERSION } from "../../domain/scoring/features.ts";
import { MAX_LATE_AT_ONCE } from "../../domain/scoring/late-sources.ts";
import { SAMPLE_CANDIDATE, SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { builtinParameters } from "../../domain/trading/parameters.ts";
import { budgetPort } from "../../durable-objects/budget-port.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import { until } from "../../durable-objects/test-chain.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { assessCandidate } from "./assess.ts";
import type { Collected } from "./collect.ts";
import { fakeNode } from "./fake-rpc.ts";
import { fillLater } from "./fill-later.ts";
import { rememberReplies } from "./replies.ts";

const PARAMETERS = {
  version: "v",
  name: "default",
  parent: null,
  author: "test",
  createdAtMs: 0,
  parameters: builtinParameters("default"),
};
const DECISION = "decision:s:m:analyze";
const { asOfMs, asOfSlot } = SAMPLE_OBSERVATIONS;

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** A judgement whose pool history failed, and a node that has it now. */
async function judged() {
  const node = fakeNode();
  let isHealed = false;
  const getSignaturesForAddress: typeof node.rpc.getSignaturesForAddress = async (...args) =>
    isHealed || args[0] !== SAMPLE_CANDIDATE.graduation.pool
      ? node.rpc.getSignaturesForAddress(...args)
      : { ok: false, reason: "RPC_UNAVAILABLE" };
  const replies = rememberReplies({ ...node.rpc, getSignaturesForAddress });
  const all: Collected[] = [];
  const assessed = await assessCandidate(SAMPLE_CANDIDATE, {
    rpc: replies.rpc,
    parameters: PARAMETERS,
    social: null,
    records: { creator: async () => ok({ coins: [] }), market: async () => ok({ paths: [], sol: [] }) },
    champion: null,
    nowMs: () => asOfMs,
    onCollected: (collected) => all.push(collected),
  });
  const [collected] = all;
  if (!assessed.ok || collected === undefined) throw new Error("no judgement");
  isHealed = true;
  const { features } = assessed.value;
  const fill = (to: Env = env) => fillLater(to, DECISION, features, collected, replies, () => asOfMs + 4_000, 0);
  return { features, collected, fill, calls: node.calls };
}

async function entries(): Promise<JournalEntry[]> {
  return (await journalOf(env).read(0, 100)).map(({ entry }) => entry);
}

async function later(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 200));
}

test("what was late is one entry of the journal beside the decision, whoever fills it how often", async () => {
  const { features, collected, fill } = await judged();
  const before = stringifyExact([features, collected]);
  fill();
  fill();
  await until(async () => (await entries()).length > 0, "the late values are journaled");
  await later();
  fill();
  await later();
  const [entry, ...more] = await entries();
  expect(more).toEqual([]);
  expect(entry).toMatchObject({
    kind: "late-features",
    id: `late:${DECISION}`,
    decisionId: DECISION,
    mint: SAMPLE_CANDIDATE.graduation.mint,
    featureSetVersion: FEATURE_SET_VERSION,
    asOfSlot,
    asOfMs,
    sources: [
      { source: "pool history", readAtMs: asOfMs + 4_000 },
      { source: "pool trades", readAtMs: asOfMs + 4_000 },
    ],
    // One page and eight swaps.
    rpcCalls: 9,
    credits: 90,
  });
  if (entry?.kind !== "late-features") throw new Error("another entry");
  expect(entry.features).toMatchObject({ sampledTrades: 8, poolTrades: 9 });
  for (const name of Object.keys(entry.features)) expect(features[name]).toBeNull();
  expect(stringifyExact([features, collected])).toBe(before);
});

test("a journal that is away, or a crash, loses the late values and nothing else", async () => {
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  const { fill } = await judged();
  const JOURNAL = { idFromName: () => ({}), get: () => ({ append: () => Promise.reject(new Error("away")) }) };
  fill(new Proxy(env, { get: (target, name) => (name === "JOURNAL" ? JOURNAL : Reflect.get(target, name)) }) as Env);
  await vi.waitFor(() => expect(warned).toHaveBeenCalledWith(expect.stringContaining(DECISION), expect.stringContaining("away")));
  expect(await entries()).toEqual([]);
});

test("without credits that are left over nothing is read, while a judgement still is", async () => {
  const { dailyCost, exitReserve } = PROVIDERS.rpc;
  const budget = budgetPort(env, "rpc");
  expect(await budget.claim({ requests: 0, cost: LEARNING_SHARE * (dailyCost - exitReserve) })).toMatchObject({ ok: true });
  const { fill, calls } = await judged();
  const before = calls.length;
  fill();
  await later();
  expect(calls.length).toBe(before);
  expect(await entries()).toEqual([]);
  expect(await budget.claim({ requests: 36, cost: 333 })).toMatchObject({ ok: true });
});

test("only so many at once: the others go without", async () => {
  const all = await Promise.all(Array.from({ length: MAX_LATE_AT_ONCE + 2 }, judged));
  const before = all.map(({ calls }) => calls.length);
  for (const { fill } of all) fill();
  await until(async () => (await entries()).length > 0, "the late values are journaled");
  await later();
  expect(all.filter(({ calls }, i) => calls.length > (before[i] ?? 0))).toHaveLength(MAX_LATE_AT_ONCE);
});
