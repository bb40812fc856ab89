import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { hostOf } from "../host/sqlite-host.ts";
import { reset } from "../test-reset.ts";
import { NamedAlarms } from "./alarms.ts";
import { EffectQueue } from "./effects.ts";

/** Far ahead, so that nothing rings by itself. */
const NOW_MS = Date.now() + 3_600_000;

function withState<R>(use: (state: DurableObjectState) => Promise<R>): Promise<R> {
  const owner = env.BUDGET.get(env.BUDGET.idFromName("alarms-owner"));
  return runInDurableObject(owner as DurableObjectStub<undefined>, (_: unknown, state: DurableObjectState) => use(state));
}

beforeEach(async () => {
  await reset();
});

describe("NamedAlarms", () => {
  test("the object's one alarm follows the earliest name, across instances", async () => {
    await withState(async (state) => {
      const alarms = new NamedAlarms(hostOf(state));
      alarms.set("late", NOW_MS + 9_000);
      alarms.set("early", NOW_MS + 3_000);
      alarms.ensure("early", NOW_MS);
      expect(await state.storage.getAlarm()).toBe(NOW_MS + 3_000);
      new NamedAlarms(hostOf(state)).cancel("early");
      expect(await state.storage.getAlarm()).toBe(NOW_MS + 9_000);
      alarms.cancel("late");
      expect(await state.storage.getAlarm()).toBeNull();
    });
  });

  test("runs what is due; a handler that sets its alarm again keeps it, one that does not is done", async () => {
    await withState(async (state) => {
      const alarms = new NamedAlarms(hostOf(state));
      alarms.set("again", NOW_MS);
      alarms.set("once", NOW_MS - 1);
      alarms.set("later", NOW_MS + 50_000);
      const ran: string[] = [];
      await alarms.run(NOW_MS, undefined, async (name) => {
        ran.push(name);
        // The next alarm is set before a handler runs.
        expect(await state.storage.getAlarm()).toBe(NOW_MS + 1_000);
        if (name === "again") alarms.set("again", NOW_MS + 7_000);
      });
      expect(ran).toEqual(["once", "again"]);
      expect(await state.storage.getAlarm()).toBe(NOW_MS + 7_000);
    });
  });

  test("a handler that throws seven times is still alive, the others are not held up", async () => {
    await withState(async (state) => {
      const alarms = new NamedAlarms(hostOf(state));
      alarms.set("bad", NOW_MS);
      let good = 0;
      let nowMs = NOW_MS;
      for (let i = 0; i < 7; i++) {
        alarms.set("good", nowMs);
        await alarms.run(nowMs, undefined, async (name) => {
          if (name === "bad") throw new Error("bad");
          good++;
        });
        nowMs = (await state.storage.getAlarm()) ?? Number.NaN;
      }
      expect(good).toBe(7);
      expect(nowMs).toBe(NOW_MS + 1_000 + 2_000 + 4_000 + 8_000 + 16_000 + 32_000 + 60_000);
    });
  });

  test("an alarm cut off five times is armed afresh, since the runtime would give up after six", async () => {
    await withState(async (state) => {
      const alarms = new NamedAlarms(hostOf(state));
      alarms.set("one", NOW_MS);
      let ran = 0;
      await alarms.run(NOW_MS, { retryCount: 5 }, async () => void ran++);
      expect(ran).toBe(0);
      expect(await state.storage.getAlarm()).toBe(NOW_MS + 1_000);
      await alarms.run(NOW_MS + 1_000, undefined, async () => void ran++);
      expect(ran).toBe(1);
    });
  });
});

describe("EffectQueue", () => {
  test("performs in order per target; a failing target waits, the others go on", async () => {
    await withState(async (state) => {
      const queue = new EffectQueue<{ n: bigint }>(hostOf(state));
      for (const [target, n] of [
        ["a", 1n],
        ["b", 2n],
        ["a", 3n],
        ["b", 4n],
      ] as const)
        queue.add(target, { n });
      const done: bigint[] = [];
      let broken = true;
      const perform = async ({ n }: { n: bigint }) => {
        if (broken && n === 1n) throw new Error("unreachable");
        done.push(n);
      };
      expect(await queue.drain(perform)).toBe(false);
      expect(done).toEqual([2n, 4n]);
      broken = false;
      expect(await new EffectQueue<{ n: bigint }>(hostOf(state)).drain(perform)).toBe(true);
      expect(done).toEqual([2n, 4n, 1n, 3n]);
      expect(queue.pending()).toBe(0);
    });
  });

  test("a drain performs what was there when it was called, also while another runs", async () => {
    await withState(async (state) => {
      const queue = new EffectQueue<number>(hostOf(state));
      const done: number[] = [];
      const perform = async (n: number) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        done.push(n);
      };
      queue.add("a", 1);
      const first = queue.drain(perform).then(() => queue.add("a", 2));
      await first;
      const [second] = await Promise.all([queue.drain(perform), queue.drain(perform)]);
      expect([second, ...done]).toEqual([true, 1, 2]);
    });
  });
});
