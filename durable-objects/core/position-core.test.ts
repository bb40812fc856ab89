import { describe, expect, test } from "vitest";
import type { Parameters } from "../../domain/trading/parameters.ts";
import type { PositionPlan } from "../../domain/trading/position-state.ts";
import { PARAMETERS, planFor, signalFor } from "../../domain/trading/test-fixtures.ts";
import { PositionWorld } from "../test-position.ts";

const LADDER: Parameters = { ...PARAMETERS, ladderRungs: 2 };

function paper(parameters = PARAMETERS): PositionPlan {
  return planFor(parameters);
}

function live(parameters = PARAMETERS): PositionPlan {
  return planFor(parameters, undefined, signalFor(undefined, { ledger: "live-A" }));
}

const KINDS = [
  ["paper", paper],
  ["live", live],
] as const;

async function opened(plan: PositionPlan): Promise<PositionWorld> {
  const around = await new PositionWorld().start(plan);
  await around.until(({ status }) => status === "open");
  return around;
}

describe.each(KINDS)("a %s position", (_kind, plan) => {
  test("buys, sells in parts and settles each sale by its number, once", async () => {
    const around = await opened(plan(LADDER));
    around.moveBps = 4_000;
    const closed = await around.until(({ status }) => status === "closed");
    expect(around.exits.map(({ n, isFinal, reason }) => [n, isFinal, reason])).toEqual([
      [1, false, "EXIT_LADDER"],
      [2, true, "EXIT_TAKE_PROFIT"],
    ]);
    expect(around.exits.reduce((sum, { soldBase }) => sum + soldBase, 0n)).toBe(closed.baseAmount);
    expect(around.exits.reduce((sum, { proceedsLamports }) => sum + proceedsLamports, 0n)).toBe(closed.proceedsLamports);
    expect(around.entries).toMatchObject([{ costLamports: closed.costLamports }]);
    expect(around.watched).toEqual([true, false]);
    expect(around.journal.filter(({ kind }) => kind === "trade")).toHaveLength(1);
    expect(await around.mark()).toBe(false);
    expect(await around.alert()).toBe(false);
    expect(around.storage.alarmMs).toBeNull();
  });

  test("restarted before every step, it lives the same life", async () => {
    const run = async (restarts: boolean) => {
      const around = await new PositionWorld().start(plan(LADDER));
      for (let i = 0; i < 60; i++) {
        if (restarts) around.restart(99);
        around.moveBps = i < 8 ? 0 : 4_000;
        around.pass(800);
        await around.mark();
        await around.ring();
      }
      const { status, costLamports, proceedsLamports, sales } = await around.state();
      return {
        status,
        costLamports,
        proceedsLamports,
        sales,
        exits: around.exits.length,
        journal: around.journal.map(({ id }) => id).sort(),
      };
    };
    const whole = await run(false);
    expect(whole).toMatchObject({ status: "closed", sales: 2, exits: 2 });
    expect(await run(true)).toEqual(whole);
  });

  test("an alert sells at once, without a mark; one of another pool does nothing", async () => {
    const around = await opened(plan());
    expect(await around.alert("elsewhere")).toBe(true);
    expect(await around.state()).toMatchObject({ status: "open", alert: null });
    expect(await around.alert()).toBe(true);
    expect(await around.state()).toMatchObject({ reason: "EXIT_CREATOR_SOLD" });
    await around.until(({ status }) => status === "closed", false);
    expect(around.exits).toMatchObject([{ n: 1, isFinal: true, reason: "EXIT_CREATOR_SOLD" }]);
  });

  test("alarms that ring late, twice or never: the marks and the watchdog carry it", async () => {
    const around = await opened(plan());
    around.storage.setAlarm(null);
    around.pass(61_000);
    await around.core.watchdog();
    expect(around.storage.alarmMs).not.toBeNull();
    await Promise.all([around.ring(), around.ring()]);
    around.storage.setAlarm(around.nowMs);
    await around.ring();
    expect(await around.state()).toMatchObject({ status: "open", sales: 0 });
    await around.core.close();
    await around.settle();
    await around.until(({ status }) => status === "closed", false);
    expect(around.exits).toHaveLength(1);
  });

  test("without marks it looks for itself: at its stop loss and at its deadline", async () => {
    const falling = await opened(plan());
    falling.moveBps = -3_000;
    await falling.until(({ status }) => status === "closed", false);
    expect(falling.exits).toMatchObject([{ reason: "EXIT_STOP_LOSS" }]);
    const waiting = await opened(plan({ ...PARAMETERS, maxHoldMs: 60_000 }));
    await waiting.until(({ status }) => status === "closed", false);
    expect(waiting.exits).toMatchObject([{ reason: "EXIT_MAX_HOLD" }]);
  });

  test("what the others do not acknowledge is told again until they do", async () => {
    const around = await new PositionWorld().start(plan());
    around.isAlone = true;
    await around.until(({ status }) => status === "open");
    expect(around.entries).toEqual([]);
    around.restart(99);
    around.isAlone = false;
    around.pass(60_000);
    await around.ring();
    expect(around.entries).toHaveLength(1);
    expect(around.journal.some(({ kind }) => kind === "fill")).toBe(true);
    expect(around.watched).toEqual([true]);
  });

  test("a silent position asks to be watched again", async () => {
    const around = await opened(plan());
    around.isDown = true;
    around.pass(31_000);
    await around.core.watchdog();
    await around.ring();
    await around.settle();
    expect(around.watched).toEqual([true, true]);
  });

  test("the trailing stop's peak survives a restart", async () => {
    const around = await opened(plan({ ...PARAMETERS, trailingActivationBps: 500, takeProfitConfirmMs: 1_000 }));
    for (const move of [1_500, 1_500, 1_500]) {
      around.pass(800);
      await around.mark(move);
    }
    const { watch } = await around.state();
    expect(watch.peakLamports).not.toBeNull();
    expect((await around.restart(99).state()).watch.peakLamports).toBe(watch.peakLamports);
  });
});

describe("a live position's orders", () => {
  test("a stop is sent with the mark that reached it, before any alarm, and the journal tells how long it took", async () => {
    const around = await opened(live());
    around.pass(800);
    const before = around.sent.length;
    await around.mark(-3_000);
    expect(around.sent.slice(before)).toMatchObject([{ atMs: around.nowMs }]);
    const last = around.intents().at(-1);
    expect(last).toMatchObject({ side: "sell", status: "sent", marketAtMs: around.nowMs, firstSendAtMs: around.nowMs });
  });

  test("a read of the pool that hangs holds up no sale", async () => {
    const around = await opened(live());
    around.isDown = null;
    around.pass(9_000);
    const hanging = around.core.alarm({ retryCount: 0 });
    await around.settle();
    const before = around.sent.length;
    await around.mark(-3_000);
    expect(around.sent.length).toBe(before + 1);
    void hanging;
  });

  test("many marks at once make one order and one signature", async () => {
    const around = await opened(live());
    around.pass(800);
    around.moveBps = -3_000;
    const before = around.sent.length;
    const mark = { pool: (await around.state()).plan.keys.pool, market: around.market() };
    await Promise.all(Array.from({ length: 16 }, () => around.core.onMark(mark)));
    await around.settle();
    expect(around.sent.length).toBe(before + 1);
    expect(
      new Set(
        around
          .intents()
          .filter(({ side }) => side === "sell")
          .map(({ intentId }) => intentId),
      ).size,
    ).toBe(1);
  });

  test("an alert while a part is under way: the part ends first, then everything is sold", async () => {
    const around = await opened(live(LADDER));
    around.isDropping = true;
    around.moveBps = 4_000;
    await around.until(({ order }) => order?.isPart === true);
    await around.alert();
    expect(await around.state()).toMatchObject({ status: "open", alert: "EXIT_CREATOR_SOLD", order: { isPart: true } });
    around.isDropping = false;
    await around.until(({ status }) => status === "closed");
    expect(around.exits.map(({ reason }) => reason)).toEqual(["EXIT_LADDER", "EXIT_CREATOR_SOLD"]);
  });

  test("a crash before the disk has what was decided: nothing was sent, and it is decided again", async () => {
    const around = await opened(live());
    around.pass(800);
    around.moveBps = -3_000;
    const before = around.sent.length;
    await around.core.onMark({ pool: (await around.state()).plan.keys.pool, market: around.market() });
    around.restart();
    expect(around.sent.length).toBe(before);
    expect(await around.state()).toMatchObject({ status: "open" });
    await around.mark();
    expect((await around.state()).reason).toBe("EXIT_STOP_LOSS");
  });
});

test("a second start changes nothing", async () => {
  const around = await opened(paper());
  const before = await around.state();
  await around.core.start(paper(LADDER));
  expect(await around.state()).toBe(before);
});

test("what never started takes nothing and wants nothing", async () => {
  const around = new PositionWorld();
  await around.core.close();
  await around.core.cancelEntry();
  await around.core.watchdog();
  await around.core.alarm();
  expect([await around.core.view(), await around.mark(), await around.alert()]).toEqual([null, false, false]);
});

test("a cancelled paper entry is withdrawn in the same call", async () => {
  const around = await new PositionWorld().start(paper());
  await around.core.cancelEntry();
  expect(await around.state()).toMatchObject({ status: "abandoned" });
});

describe.each(KINDS)("a %s position whose clock was an hour ahead", (_kind, plan) => {
  test.each([
    ["its sale was ordered", 0],
    ["it was last seen", 1],
  ])("when %s sells within seconds once the clock is right", async (_when, isUnordered) => {
    const around = await opened(plan());
    around.nowMs += 3_600_000;
    await around.mark();
    if (isUnordered === 0) {
      await around.core.close();
      await around.settle();
      await around.mark();
      expect((await around.state()).order).toMatchObject({ side: "sell" });
    }
    around.nowMs -= 3_600_000;
    around.restart(99);
    if (isUnordered === 1) await around.core.close();
    await around.settle();
    await around.core.watchdog();
    const fromMs = around.nowMs;
    await around.until(({ status }) => status === "closed", false);
    expect(around.nowMs - fromMs).toBeLessThan(30_000);
  });
});
