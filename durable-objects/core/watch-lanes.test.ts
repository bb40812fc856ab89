import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Lanes } from "./watch-lanes.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Deliveries that a test ends by hand. */
class Desk {
  nowMs = 0;
  readonly started: Array<readonly [target: string, value: number]> = [];
  readonly lanes: Lanes<number>;
  readonly #open: Array<{ readonly target: string; readonly end: () => void; readonly fail: () => void }> = [];

  constructor(maxRunning = 100) {
    this.lanes = new Lanes<number>({
      now: () => this.nowMs,
      merge: (older, newer) => Math.max(older, newer),
      maxRunning,
      deliver: (target, value) => {
        this.started.push([target, value]);
        return new Promise((resolve, reject) => {
          this.#open.push({ target, end: resolve, fail: () => reject(new Error("down")) });
        });
      },
    });
  }

  get running(): number {
    return this.#open.length;
  }

  async end(index = 0, how: "end" | "fail" = "end"): Promise<void> {
    this.#open.splice(index, 1)[0]?.[how]();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("lanes", () => {
  test("each target has one delivery under way, and then the merged rest", async () => {
    const desk = new Desk();
    const first = desk.lanes.offer("a", 1);
    const rest = Promise.all([desk.lanes.offer("a", 3), desk.lanes.offer("a", 2)]);
    void desk.lanes.offer("b", 9);
    expect(desk.started).toEqual([
      ["a", 1],
      ["b", 9],
    ]);
    await desk.end();
    await first;
    expect(desk.started.at(-1)).toEqual(["a", 3]);
    await desk.end(1);
    await rest;
    expect(desk.started).toHaveLength(3);
  });

  test("a failure ends a delivery like an answer", async () => {
    const desk = new Desk();
    const first = desk.lanes.offer("a", 1);
    void desk.lanes.offer("a", 2);
    await desk.end(0, "fail");
    await first;
    expect(desk.started.at(-1)).toEqual(["a", 2]);
  });

  test("who does not answer for two seconds is given up, and a late answer ends nothing else", async () => {
    const desk = new Desk();
    const hanging = desk.lanes.offer("a", 1);
    desk.nowMs = 1_999;
    void desk.lanes.offer("a", 2);
    expect(desk.started).toHaveLength(1);
    desk.nowMs = 2_000;
    void desk.lanes.offer("a", 3);
    await hanging;
    expect(desk.started).toEqual([
      ["a", 1],
      ["a", 3],
    ]);
    void desk.lanes.offer("a", 4);
    await desk.end(0);
    expect(desk.started).toHaveLength(2);
    await desk.end(0);
    expect(desk.started.at(-1)).toEqual(["a", 4]);
  });

  test("no more run at once than allowed, and every target's newest value arrives", async () => {
    const offers = fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d", "e"), fc.nat(1_000), fc.boolean()), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(offers, fc.integer({ min: 1, max: 4 }), async (all, maxRunning) => {
        const desk = new Desk(maxRunning);
        const newest = new Map<string, number>();
        let isBounded = true;
        for (const [target, value, isEnded] of all) {
          newest.set(target, Math.max(newest.get(target) ?? 0, value));
          void desk.lanes.offer(target, value);
          isBounded &&= desk.running <= maxRunning;
          if (isEnded) await desk.end();
        }
        while (desk.running > 0) await desk.end();
        expect(isBounded).toBe(true);
        for (const [target, value] of newest)
          expect(Math.max(...desk.started.filter(([to]) => to === target).map(([, sent]) => sent))).toBe(value);
      }),
      { seed: 20_261_121, numRuns: 200 },
    );
  });
});
