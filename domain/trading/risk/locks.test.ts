import { describe, expect, test } from "vitest";
import { checkLock, type LockRequest, lockIdOf, lockOn, MAX_LOCKS, withoutOver } from "./locks.ts";
import type { Lock } from "./risk-state.ts";

const MINT = "So11111111111111111111111111111111111111112";
const CREATOR = "11111111111111111111111111111112";
const ORDER: LockRequest = { scope: "all", value: null, untilMs: null, reason: "quiet", author: "ann" };

function lock(overrides: Partial<Lock> = {}): Lock {
  return { ...ORDER, lockId: "one", atMs: 0, ...overrides };
}

describe("orders for locks", () => {
  test.each<[string, Partial<LockRequest>, boolean]>([
    ["everything", {}, true],
    ["a mint", { scope: "mint", value: MINT }, true],
    ["a creator until a time", { scope: "creator", value: CREATOR, untilMs: 101 }, true],
    ["everything with an address", { value: MINT }, false],
    ["a mint without one", { scope: "mint" }, false],
    ["a mint that is no address", { scope: "mint", value: "0OIl" }, false],
    ["until now", { untilMs: 100 }, false],
    ["until no number", { untilMs: Number.NaN }, false],
    ["a reason of 201 characters", { reason: "x".repeat(201) }, false],
  ])("%s", (_name, overrides, isGood) => {
    expect(checkLock({ ...ORDER, ...overrides }, new Map(), 100).ok).toBe(isGood);
  });

  test("more than a person can oversee are refused", () => {
    const many = new Map(Array.from({ length: MAX_LOCKS }, (_, i) => [`${i}`, lock()]));
    expect(checkLock(ORDER, many, 0)).toMatchObject({ ok: false, reason: "REQUEST_INVALID" });
  });

  test("ids differ by ledger, order and time, and repeat for the same", () => {
    const ids = [
      lockIdOf("paper-A", ORDER, 1),
      lockIdOf("paper-B", ORDER, 1),
      lockIdOf("paper-A", ORDER, 2),
      lockIdOf("paper-A", { ...ORDER, reason: "loud" }, 1),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(lockIdOf("paper-A", ORDER, 1)).toBe(ids[0]);
  });
});

describe("locks in force", () => {
  const signal = { mint: MINT, creator: CREATOR };
  test.each<[string, Partial<Lock>, typeof signal | { mint: string; creator: null }, boolean]>([
    ["everything", {}, signal, true],
    ["everything, until a moment ago", { untilMs: 1_000 }, signal, false],
    ["everything, for a moment still", { untilMs: 1_001 }, signal, true],
    ["this mint", { scope: "mint", value: MINT }, signal, true],
    ["another mint", { scope: "mint", value: CREATOR }, signal, false],
    ["this creator", { scope: "creator", value: CREATOR }, signal, true],
    ["another creator", { scope: "creator", value: MINT }, signal, false],
    ["any creator, when nobody knows this one's", { scope: "creator", value: MINT }, { mint: MINT, creator: null }, true],
  ])("%s", (_name, overrides, of, isLocked) => {
    expect(lockOn(of, [lock(overrides)], 1_000) !== null).toBe(isLocked);
  });

  test("those that are over are forgotten", () => {
    const locks = new Map([
      ["a", lock({ lockId: "a", untilMs: 10 })],
      ["b", lock({ lockId: "b" })],
    ]);
    expect([...withoutOver(locks, 10).keys()]).toEqual(["b"]);
    expect(withoutOver(locks, 9)).toBe(locks);
  });
});
