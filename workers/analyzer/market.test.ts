import { beforeAll, describe, expect, test } from "vitest";
import { createRpc } from "../../adapters/rpc/client.ts";
import type { Candidate, Graduation } from "../../domain/candidate.ts";
import type { Result } from "../../domain/result.ts";
import type { Assessment } from "../../domain/scoring/assessment.ts";
import { MAX_RPC_CALLS } from "../../domain/scoring/observations.ts";
import { findGraduation } from "../../domain/solana/decode.ts";
import { PUMP_WITHDRAW_AUTHORITY } from "../../domain/solana/programs.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import { builtinParameters, type ParameterSet } from "../../domain/trading/parameters.ts";
import { renderRawWebhookEntry } from "../../localnet/chain/render.ts";
import type { TransactionRecord } from "../../localnet/chain/types.ts";
import type { Course, MixName, TokenKind } from "../../localnet/market/kinds.ts";
import { createLocalnet } from "../../localnet/server/localnet.ts";
import { createRpcHandler } from "../../localnet/server/rpc.ts";
import { discover } from "../discoverer/discover.ts";
import { assessCandidate } from "./assess.ts";

/** A coin of the embedded market with what the Discoverer and the Analyzer made of it. */
interface JudgedCoin {
  readonly seed: string;
  readonly kind: TokenKind;
  readonly course: Course;
  readonly look: number;
  readonly candidate: Result<Candidate>;
  readonly assessment: Result<Assessment> | null;
  readonly rpcCalls: number;
  readonly elapsedMs: number;
}

interface SampleOptions {
  readonly seed: string;
  readonly mix: MixName;
  /** Graduations to judge. */
  readonly coins: number;
  /** Market milliseconds between the graduation and the judgement. */
  readonly delayMs: number;
}

const START_MS = 1_795_000_000_000;
const STEP_MS = 200;
const MAX_STEPS = 10_000;

const PARAMETERS: ParameterSet = {
  version: "localnet-0123456789ab",
  name: "localnet",
  parent: null,
  author: "test",
  createdAtMs: 0,
  parameters: builtinParameters("localnet"),
};

/** Milliseconds that the embedded node took, by method. */
const methodMs = new Map<string, number[]>();

async function timed<T>(method: string, work: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const answer = await work;
  methodMs.set(method, [...(methodMs.get(method) ?? []), performance.now() - startedAt]);
  return answer;
}

/** Plays the embedded market and judges its graduations in the order they come, each `delayMs` after it. */
async function judgeMarket({ seed, mix, coins, delayMs }: SampleOptions): Promise<JudgedCoin[]> {
  let nowMs = START_MS;
  const graduated: Array<{ readonly graduation: Graduation; readonly atMs: number }> = [];
  const localnet = createLocalnet({
    seed,
    mix,
    speed: 1,
    onRecord: (record) => {
      const graduation = graduationIn(record);
      if (graduation !== null) graduated.push({ graduation, atMs: nowMs });
    },
  });
  const handler = createRpcHandler(localnet, seed);
  let rpcCalls = 0;
  const rpc = createRpc({
    url: "http://rpc.test/",
    fetch: async (request) => {
      rpcCalls++;
      const body = (await request.json()) as { readonly method: string };
      return Response.json(await timed(body.method, handler(body)));
    },
  });
  localnet.open(nowMs);
  const judged: JudgedCoin[] = [];
  for (let step = 0, seen = 0; step < MAX_STEPS && seen < coins; step++) {
    nowMs += STEP_MS;
    localnet.advance(nowMs);
    for (let due = graduated[0]; due !== undefined && due.atMs + delayMs <= nowMs && seen < coins; due = graduated[0]) {
      graduated.shift();
      seen++;
      const { graduation } = due;
      const plan = localnet.market.live().find((token) => token.coin.mint === graduation.mint)?.plan;
      if (plan === undefined) continue;
      const clock = () => nowMs;
      const { verdict } = await discover(graduation, "webhook", {
        rpc,
        parameters: PARAMETERS.parameters,
        denylist: [],
        nowMs: clock,
        sleep: async () => undefined,
      });
      rpcCalls = 0;
      const startedAt = performance.now();
      const assessment = verdict.ok
        ? await assessCandidate(verdict.value, { rpc, parameters: PARAMETERS, social: null, champion: null, nowMs: clock })
        : null;
      const elapsedMs = performance.now() - startedAt;
      const { kind, course, look } = plan;
      judged.push({ seed, kind, course, look, candidate: verdict, assessment, rpcCalls, elapsedMs });
    }
  }
  return judged;
}

function graduationIn(record: TransactionRecord): Graduation | null {
  if (!record.transaction.accountKeys.includes(PUMP_WITHDRAW_AUTHORITY)) return null;
  const parsed = parseTransaction(renderRawWebhookEntry(record));
  const found = parsed.ok ? findGraduation(parsed.value) : parsed;
  return found.ok ? found.value : null;
}

const SEED = "clean-1";
const COINS = 40;
/** Lives without a scam. What becomes of their price is no matter of safety. */
const SOUND_KINDS: readonly TokenKind[] = ["organic-runner", "slow-bleed", "dead-on-arrival"];
const MAX_FALSE_REFUSALS = 0.02;
/** What the Analyzer may take for one judgement, its median over many. */
const BUDGET_MS = 1_500;

function assessmentOf({ assessment }: JudgedCoin): Assessment | null {
  return assessment?.ok === true ? assessment.value : null;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

describe.each(["demo", "honest"] as const)("the %s mix, judged four seconds after each graduation", (mix) => {
  let judged: readonly JudgedCoin[] = [];
  beforeAll(async () => {
    judged = await judgeMarket({ seed: SEED, mix, coins: COINS, delayMs: 4_000 });
  }, 120_000);

  const assessed = (...kinds: readonly TokenKind[]) =>
    judged.filter(({ kind }) => kinds.includes(kind)).flatMap((coin) => assessmentOf(coin) ?? []);
  const codes = ({ findings }: Assessment) => findings.map(({ severity, code }) => `${severity} ${code}`);

  test("at most 2 % of the coins without a scam are refused", () => {
    const sound = assessed(...SOUND_KINDS);
    const refused = sound.filter(({ findings }) => findings.some(({ severity }) => severity === "hard"));
    const flagged = sound.filter(({ findings }) => findings.length > 0);
    const bought = sound.filter(({ recommendation }) => recommendation === "BUY");
    console.log(
      `${mix} mix, seed ${SEED}: of ${sound.length} sound coins ${refused.length} refused, ${flagged.length} flagged, ${bought.length} bought`,
    );
    expect(sound.length).toBeGreaterThanOrEqual(15);
    expect(refused.length / sound.length).toBeLessThanOrEqual(MAX_FALSE_REFUSALS);
    expect(bought.length).toBeGreaterThan(0);
  });

  test("no bundle, wash trade or honeypot is bought, and the reasons say why", () => {
    const scams = judged.filter(({ kind }) => kind === "bundled-insiders" || kind === "wash-traded" || kind === "honeypot");
    expect(scams.length).toBeGreaterThan(5);
    for (const coin of scams) {
      const assessment = assessmentOf(coin);
      if (assessment === null) expect(coin.candidate).toMatchObject({ ok: false, reason: "TOO_FEW_TRADES" });
      else expect(assessment.recommendation).toBe("DECLINE");
    }
    for (const bundled of assessed("bundled-insiders"))
      expect(codes(bundled)).toEqual(expect.arrayContaining(["hard CREATION_BUNDLE", "hard COMMON_FUNDER"]));
    for (const washed of assessed("wash-traded")) expect(washed.findings.length).toBeGreaterThan(0);
    for (const trap of assessed("honeypot")) expect(trap.findings.some(({ severity }) => severity === "hard")).toBe(true);
  });

  test("a developer who sells at once is seen selling", () => {
    const hasty = assessed("developer-dump").filter((one) => codes(one).includes("soft CREATOR_SOLD"));
    expect(hasty.length).toBeGreaterThan(0);
    for (const one of hasty) expect(one.recommendation).toBe("DECLINE");
  });

  test("a judgement stays within its calls and its time, and nothing is missing but posts", () => {
    const measured = judged.filter((coin) => assessmentOf(coin) !== null);
    const calls = measured.map(({ rpcCalls }) => rpcCalls);
    const times = measured.map(({ elapsedMs }) => elapsedMs);
    console.log(
      `${mix} mix: RPC calls a judgement, median ${median(calls)}, most ${Math.max(...calls)}; ` +
        `milliseconds without a network, median ${median(times).toFixed(0)}, most ${Math.max(...times).toFixed(0)}`,
    );
    for (const [method, ms] of methodMs)
      console.log(`${mix} mix: ${method}, ${ms.length} calls, median ${median(ms).toFixed(2)} ms, most ${Math.max(...ms).toFixed(1)} ms`);
    expect(Math.max(...calls)).toBeLessThanOrEqual(MAX_RPC_CALLS);
    expect(median(times)).toBeLessThan(BUDGET_MS);
    for (const coin of measured)
      expect(assessmentOf(coin)?.missing.filter((name) => name.startsWith("source:"))).toEqual(
        assessmentOf(coin)?.findings.some(({ severity }) => severity === "hard") && coin.rpcCalls <= 4
          ? []
          : ["source:posts (not configured)"],
      );
  });
});
