import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DEFAULT_PARK_MS,
  type Exchange,
  errorShareBps,
  faultOf,
  lagsOf,
  MAX_LAG_SLOTS,
  medianLatencyMs,
  type ProviderHealth,
  preference,
  RECOVERY_MS,
  recordExchange,
  SLOT_FRESH_MS,
  UNKNOWN_HEALTH,
  WINDOW_CALLS,
  WINDOW_MS,
} from "./health.ts";

const NOW = 1_000_000;

function exchange(atMs: number, changes: Partial<Exchange> = {}): Exchange {
  return { atMs, latencyMs: 50, reason: null, slot: null, ...changes };
}

function health(...exchanges: readonly Exchange[]): ProviderHealth {
  return exchanges.reduce(recordExchange, UNKNOWN_HEALTH);
}

const FAILED = { reason: "RPC_UNAVAILABLE" } as const;
const failing = (atMs: number) => health(exchange(atMs, FAILED), exchange(atMs, FAILED), exchange(atMs, FAILED));
const fine = (atMs: number) => health(exchange(atMs), exchange(atMs));

describe("health of a provider", () => {
  test("only the window counts, in calls and in time", () => {
    const old = exchange(NOW - WINDOW_MS, FAILED);
    expect(errorShareBps(health(old, exchange(NOW), exchange(NOW, FAILED)), NOW)).toBe(5_000);
    expect(errorShareBps(health(old), NOW)).toBe(0);
    expect(medianLatencyMs(health(old), NOW)).toBeNull();
    const many = health(...Array.from({ length: WINDOW_CALLS * 3 }, (_, i) => exchange(NOW, { latencyMs: i })));
    expect(many.exchanges.map(({ latencyMs }) => latencyMs)).toEqual(Array.from({ length: WINDOW_CALLS }, (_, i) => WINDOW_CALLS * 2 + i));
    expect(errorShareBps(health(exchange(NOW + 5_000, FAILED)), NOW), "the future is none of the past").toBe(0);
  });

  test.each<[string, ProviderHealth, number | null, ReturnType<typeof faultOf>]>([
    ["nothing known", UNKNOWN_HEALTH, null, null],
    ["one failure", health(exchange(NOW, FAILED)), null, null],
    ["three in a row", failing(NOW), null, "RPC_UNAVAILABLE"],
    ["three in a row, a minute ago", failing(NOW - WINDOW_MS), null, null],
    [
      "half of four",
      health(exchange(NOW, FAILED), exchange(NOW), exchange(NOW, { reason: "UPSTREAM_MALFORMED" }), exchange(NOW)),
      0,
      "UPSTREAM_MALFORMED",
    ],
    ["a third of six", health(...[1, 1, 0, 1, 1, 0].map((ok) => exchange(NOW, ok === 1 ? {} : FAILED))), 0, null],
    ["as far behind as allowed", fine(NOW), MAX_LAG_SLOTS, null],
    ["further behind", fine(NOW), MAX_LAG_SLOTS + 1, "RPC_LAGGING"],
    ["slow", health(...[0, 0, 0, 0].map(() => exchange(NOW, { latencyMs: 2_000 }))), null, "RPC_UNAVAILABLE"],
    ["parked", health(exchange(NOW - 900, { reason: "RPC_RATE_LIMITED" })), null, "RPC_RATE_LIMITED"],
    ["parked long enough", health(exchange(NOW - DEFAULT_PARK_MS, { reason: "RPC_RATE_LIMITED" })), null, null],
    ["parked as it asked", health(exchange(NOW - 9_000, { reason: "RPC_RATE_LIMITED", retryAfterMs: 10_000 })), null, "RPC_RATE_LIMITED"],
    ["another cluster", { ...fine(NOW), isRightCluster: false }, 0, "RPC_WRONG_CLUSTER"],
  ])("%s", (_name, state, lagSlots, fault) => {
    expect(faultOf(state, lagSlots, NOW)).toBe(fault);
  });

  test("a later, shorter rate limit does not cut an earlier one", () => {
    const parked = health(
      exchange(NOW, { reason: "RPC_RATE_LIMITED", retryAfterMs: 30_000 }),
      exchange(NOW + 1, { reason: "RPC_RATE_LIMITED" }),
    );
    expect(parked.parkedUntilMs).toBe(NOW + 30_000);
  });

  test("lag carries the slots to the same moment; what was seen long ago or stands alone has none", () => {
    const at = (slot: number, atMs: number) => health(exchange(atMs, { slot }));
    expect(lagsOf([at(1_000, NOW), at(970, NOW)], NOW)).toEqual([0, 30]);
    expect(lagsOf([at(1_000, NOW - 4_000), at(1_010, NOW)], NOW), "ten slots are what 4 s take").toEqual([0, 0]);
    expect(lagsOf([at(1_000, NOW - 4_000), at(1_040, NOW)], NOW)).toEqual([30, 0]);
    expect(lagsOf([at(1_000, NOW - SLOT_FRESH_MS - 1), at(1_040, NOW)], NOW)).toEqual([null, null]);
    expect(lagsOf([at(1_000, NOW)], NOW)).toEqual([null]);
  });

  test("a node that falls back shows it", () => {
    const fallen = health(exchange(NOW - 100, { slot: 1_000 }), exchange(NOW, { slot: 900 }));
    expect(lagsOf([fallen, health(exchange(NOW, { slot: 1_000 }))], NOW)).toEqual([100, 0]);
  });
});

describe("which provider comes first", () => {
  test.each<[string, readonly ProviderHealth[], number, readonly number[]]>([
    ["the first, when nothing is known", [UNKNOWN_HEALTH, UNKNOWN_HEALTH], 0, [0, 1]],
    ["the second, when the first fails", [failing(NOW), UNKNOWN_HEALTH], 0, [1, 0]],
    ["the second, while the first is not yet long enough without fault", [recovering(RECOVERY_MS - 1), fine(NOW)], 1, [1, 0]],
    ["the first again", [recovering(RECOVERY_MS), fine(NOW)], 1, [0, 1]],
    ["the second, while nothing is heard of the first", [failing(NOW - WINDOW_MS), fine(NOW)], 1, [1, 0]],
    ["the first, when the second fails too", [recovering(1_000), failing(NOW)], 1, [0, 1]],
    ["never one of another cluster first", [{ ...fine(NOW), isRightCluster: false }, failing(NOW)], 0, [1, 0]],
    ["one that fails before one that is parked", [limited(20_000), failing(NOW)], 0, [1, 0]],
    ["the one whose rate limit ends sooner", [limited(20_000), limited(10_000)], 0, [1, 0]],
    ["the only one, whatever is wrong with it", [limited(20_000)], 0, [0]],
  ])("%s", (_name, healths, current, order) => {
    expect(preference(healths, current, NOW)).toEqual(order);
  });

  test("one that was too far behind is not taken back at the threshold", () => {
    const at = (slot: number) => health(exchange(NOW, { slot }), exchange(NOW, { slot }));
    expect(preference([at(979), at(1_000)], 0, NOW)).toEqual([1, 0]);
    expect(preference([at(985), at(1_000)], 1, NOW)).toEqual([1, 0]);
    expect(preference([at(996), at(1_000)], 1, NOW)).toEqual([0, 1]);
  });

  test("always names every provider once, the wrong cluster last", () => {
    const anyExchange = fc.record({
      atMs: fc.integer({ min: NOW - 2 * WINDOW_MS, max: NOW }),
      latencyMs: fc.nat(5_000),
      reason: fc.constantFrom(null, "RPC_UNAVAILABLE" as const, "RPC_RATE_LIMITED" as const, "RPC_LAGGING" as const),
      slot: fc.option(fc.nat(2_000)),
    });
    const anyHealth = fc
      .tuple(fc.array(anyExchange, { maxLength: 12 }), fc.constantFrom(true, false, null))
      .map(([exchanges, isRightCluster]) => ({ ...health(...exchanges.sort((a, b) => a.atMs - b.atMs)), isRightCluster }));
    fc.assert(
      fc.property(anyHealth, anyHealth, fc.constantFrom(0, 1), (first, second, current) => {
        const order = preference([first, second], current, NOW);
        expect([...order].sort()).toEqual([0, 1]);
        if (first.isRightCluster !== second.isRightCluster && [first, second][order[0] ?? 0]?.isRightCluster === false) {
          throw new Error("a provider of another cluster comes first");
        }
      }),
    );
  });

  /** Failed so long ago, and has answered since. */
  function recovering(agoMs: number): ProviderHealth {
    return health(exchange(NOW - agoMs, FAILED), exchange(NOW - 500), exchange(NOW));
  }

  function limited(retryAfterMs: number): ProviderHealth {
    return health(exchange(NOW - 1, { reason: "RPC_RATE_LIMITED", retryAfterMs }));
  }
});
