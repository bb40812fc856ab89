import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RiskView } from "../../domain/api/types.ts";
import { ok } from "../../domain/result.ts";
import { PLAIN_TERMS } from "../../domain/trading/entry.ts";
import type { Parameters } from "../../domain/trading/parameters.ts";
import type { EntryRequest } from "../../domain/trading/portfolio-state.ts";
import { NO_MONEY } from "../../domain/trading/position-money.ts";
import { keysFor, marketMoved, PARAMETERS, signalFor } from "../../domain/trading/test-fixtures.ts";
import { bpsOf } from "../../domain/units.ts";
import { PortfolioWorld } from "../test-portfolio.ts";

const SEED = 20_261_126;
const OPENING = 5_000_000_000n;
const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

function open(world: PortfolioWorld): Promise<void> {
  return world.core.ensureOpen({ ledger: "paper-A", openingLamports: OPENING, maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 200 });
}

function requestOf(world: PortfolioWorld, mint: string, parameters: Parameters, creator = mint): EntryRequest {
  const signal = signalFor(mint, { creator, score: 85, assessedAtMs: world.nowMs, expiresAtMs: world.nowMs + 20_000 });
  return { signal, parameters, keys: keysFor(signal), market: marketMoved(0, 1_000, world.nowMs), terms: PLAIN_TERMS };
}

/** What must hold at every instant, whoever is waiting for whom. */
async function checkCaps(world: PortfolioWorld, parameters: Parameters): Promise<void> {
  const [status, risk] = [await world.core.status(), await world.core.risk()];
  if (status === null || risk === null) return;
  const used = (code: RiskView["limits"][number]["code"]) => risk.limits.find((limit) => limit.code === code)?.used ?? 0;
  const cap = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`violated: ${what}`);
  };
  cap(used("MAX_POSITIONS") <= parameters.maxPositions, "number of positions");
  cap(used("EXPOSURE_TOTAL") <= parameters.maxExposureBps, "total exposure");
  cap(used("EXPOSURE_CREATOR") <= parameters.maxCreatorExposureBps, "exposure to one creator");
  cap(used("EXPOSURE_TOKEN") <= parameters.maxTokenExposureBps, "exposure to one token");
  cap(used("EXPOSURE_HOURLY") <= parameters.maxHourlyExposureBps, "exposure of an hour");
  cap(used("ENTRIES_PER_HOUR") <= parameters.maxEntriesPerHour, "entries of an hour");
  cap(BigInt(status.cashLamports) >= 0n, "cash");
}

test(`2 to 64 signals at once never exceed a cap at any instant, however calls interleave (seed ${SEED})`, async () => {
  let granted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 2, max: 64 }),
      fc.record({
        maxPositions: fc.integer({ min: 1, max: 8 }),
        maxExposureBps: fc.integer({ min: 100, max: 9_000 }),
        maxCreatorExposureBps: fc.integer({ min: 100, max: 3_000 }),
        maxHourlyExposureBps: fc.integer({ min: 100, max: 9_000 }),
        maxEntriesPerHour: fc.integer({ min: 1, max: 8 }),
      }),
      async (s, count, limits) => {
        const parameters = { ...PARAMETERS, ...limits };
        const world = new PortfolioWorld((label, run) => s.schedule(Promise.resolve(), label).then(run));
        await open(world);
        const answers = Array.from({ length: count }, async (_, i) => {
          // Half of the signals come twice, and every third is of the same creator.
          const mint = `mint-${i % Math.ceil(count / 1.5)}`;
          const creator = i % 3 === 0 ? "serial" : mint;
          await s.schedule(Promise.resolve(), `signal ${i}`);
          const answer = await world.core.requestEntry(requestOf(world, mint, parameters, creator), world.nowMs);
          await checkCaps(world, parameters);
          return { mint, answer };
        });
        const all = Promise.all(answers);
        await s.waitFor(all);
        await s.waitIdle();
        await checkCaps(world, parameters);
        const byMint = new Map<string, Set<string>>();
        for (const { mint, answer } of await all) {
          const text = answer.ok ? answer.value.positionId : answer.reason;
          byMint.set(mint, (byMint.get(mint) ?? new Set()).add(text));
          if (answer.ok) granted++;
        }
        for (const [mint, texts] of byMint) expect(texts.size, `one answer for ${mint}`).toBe(1);
        expect([...world.positions.values()].filter(({ state }) => state !== null)).toHaveLength((await world.core.positions()).length);
      },
    ),
    { seed: SEED, numRuns: 150 },
  );
  expect(granted).toBeGreaterThan(150);
});

type Thing =
  | { readonly kind: "signal" }
  | { readonly kind: "loss"; readonly lamports: bigint }
  | { readonly kind: "restart" }
  | { readonly kind: "clock"; readonly ms: number }
  | { readonly kind: "stop-and-lift" };

test.each([
  ["drawdown", { dailyLossLimitBps: 10_000 }, 1_500n],
  ["daily loss", { maxDrawdownBps: 10_000 }, 1_000n],
])(
  `once the %s breaker has tripped nothing is granted, through restarts and clock jumps, until an operator resumes (seed ${SEED})`,
  async (name, limits, limitBps) => {
    const thing: fc.Arbitrary<Thing> = fc.oneof(
      { weight: 4, arbitrary: fc.constant<Thing>({ kind: "signal" }) },
      { weight: 4, arbitrary: fc.bigInt({ min: -50_000_000n, max: 400_000_000n }).map((lamports): Thing => ({ kind: "loss", lamports })) },
      { weight: 2, arbitrary: fc.constant<Thing>({ kind: "restart" }) },
      { weight: 1, arbitrary: fc.integer({ min: -3 * DAY_MS, max: 3 * DAY_MS }).map((ms): Thing => ({ kind: "clock", ms })) },
      { weight: 1, arbitrary: fc.constant<Thing>({ kind: "stop-and-lift" }) },
    );
    let trips = 0;
    let grants = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(thing, { minLength: 10, maxLength: 60 }), async (things) => {
        const parameters = {
          ...PARAMETERS,
          creatorCooldownMs: 0,
          maxEntriesPerHour: 1_000,
          maxHourlyExposureBps: 10_000_000,
          maxConsecutiveLosses: 1_000,
          ...limits,
        };
        const world = new PortfolioWorld();
        await open(world);
        // The oracle: equity by the test's own books, which know neither days nor restarts.
        let equity = OPENING;
        let peak = OPENING;
        let isTripped = false;
        let n = 0;
        const request = async () => {
          const mint = `mint-${n++}`;
          const answer = await world.core.requestEntry(requestOf(world, mint, parameters), world.nowMs);
          await world.rest();
          if (!answer.ok) return null;
          expect(isTripped, "granted after a trip").toBe(false);
          grants++;
          return { positionId: answer.value.positionId, signalId: `${mint}:signature`, atMs: world.nowMs };
        };
        for (const one of things) {
          if (one.kind === "restart") world.restart();
          // The oracle of the daily loss knows one day: it jumps only once the breaker has tripped.
          if (one.kind === "clock" && (name === "drawdown" || isTripped)) world.nowMs += one.ms;
          if (one.kind === "signal" || one.kind === "loss") {
            const ids = await request();
            if (ids === null) continue;
            const money = { ...NO_MONEY, grossLamports: 400_000_000n };
            const opened = { baseAmount: 9n, rentLamports: 0n, valueLamports: 400_000_000n, slot: 1, slippageBps: 0 };
            await world.core.settleEntry({ ...ids, costLamports: 400_000_000n, money, opened });
            const lost = one.kind === "loss" ? one.lamports : 0n;
            const proceedsLamports = 400_000_000n - lost;
            const sale = { n: 1, isFinal: true, soldBase: 9n, slippageBps: 0, reason: "EXIT_STOP_LOSS" } as const;
            await world.core.settleExit({ ...ids, ...sale, proceedsLamports, money: { ...NO_MONEY, grossLamports: proceedsLamports } });
            // No rest before a restart: only what was durable may count, and a trip is.
            world.storage.sync();
            equity -= lost;
            if (equity > peak && name === "drawdown") peak = equity;
            isTripped = peak - equity >= bpsOf(peak, limitBps);
            if (isTripped) trips++;
          }
          if (one.kind === "stop-and-lift") {
            await world.core.setState("REDUCING", "system", "PROGRAM_DRIFT");
            await world.core.liftStop(["PROGRAM_DRIFT"], "system");
          }
        }
        if (!isTripped) return;
        expect(await request()).toBeNull();
        await world.core.setState("ACTIVE", "ann");
        isTripped = false;
        expect(await request()).not.toBeNull();
      }),
      { seed: SEED, numRuns: 120 },
    );
    expect(trips).toBeGreaterThan(30);
    expect(grants).toBeGreaterThan(500);
  },
);

test(`after a stop is acknowledged nothing is bought, whatever was on its way (seed ${SEED})`, async () => {
  let acknowledged = 0;
  let boughtBefore = 0;
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 12 }), fc.boolean(), async (s, count, isRestarted) => {
      const world = new PortfolioWorld((label, run) => s.schedule(Promise.resolve(), label).then(run));
      await open(world);
      let isStopped = false;
      const buys: Array<Promise<void>> = [];
      // A position buys some time after its start, unless its entry was cancelled.
      const buy = async (positionId: string) => {
        await s.schedule(Promise.resolve(), `buy ${positionId}`);
        const { state, isCancelled } = world.position(positionId);
        if (state === null || isCancelled) return;
        if (isStopped) throw new Error(`bought after the stop: ${positionId}`);
        boughtBefore++;
      };
      const asked = Array.from({ length: count }, async (_, i) => {
        await s.schedule(Promise.resolve(), `signal ${i}`);
        const answer = await world.core.requestEntry(requestOf(world, `mint-${i}`, PARAMETERS), world.nowMs);
        if (answer.ok) buys.push(buy(answer.value.positionId));
      });
      const stopped = (async () => {
        await s.schedule(Promise.resolve(), "stop");
        if (await world.core.setState("HALTED", "ann")) {
          isStopped = true;
          acknowledged++;
        }
      })();
      await s.waitFor(Promise.all([...asked, stopped]));
      await s.waitFor(Promise.all(buys));
      await s.waitIdle();
      if (isRestarted) {
        world.storage.sync();
        world.restart();
      }
      const late = world.core.requestEntry(requestOf(world, "late", PARAMETERS), world.nowMs);
      await s.waitFor(late);
      expect(await late).toMatchObject({ ok: false, reason: "TRADING_HALTED" });
    }),
    { seed: SEED, numRuns: 200 },
  );
  expect(acknowledged).toBeGreaterThan(150);
  expect(boughtBefore).toBeGreaterThan(20);
});

test("a live ledger reads its wallet once for many signals that wait for it", async () => {
  const world = new PortfolioWorld();
  await world.core.ensureOpen({ ledger: "live-A", openingLamports: OPENING, maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 200 });
  await world.rest();
  world.restart();
  world.wallet = ok({ lamports: OPENING, tokens: new Map() });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => world.core.requestEntry(requestOf(world, `mint-${i}`, PARAMETERS), world.nowMs)),
  );
  expect(answers.filter((answer) => answer.ok).length).toBe(6);
  expect(world.asked).toHaveLength(1);
});
