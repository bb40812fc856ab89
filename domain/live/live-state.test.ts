import { describe, expect, test } from "vitest";
import { PUMP_PROGRAM, PUMP_SWAP_PROGRAM } from "../solana/programs.ts";
import { deployedSlot, isDriftError, judgeProgram, type ProgramPin, programDataKey, WATCHED_PROGRAMS, wantsCode } from "./drift.ts";
import {
  INITIAL_LIVE_STATE,
  type LiveEvent,
  type LiveState,
  type LiveStep,
  type Observation,
  reduceLive,
  trialCapLamports,
} from "./live-state.ts";

const PINS: readonly ProgramPin[] = WATCHED_PROGRAMS.map(({ programId }, index) => ({
  programId,
  slot: 100 + index,
  sha256: `aa${index}`,
}));
const ENABLE: LiveEvent = { type: "enable", nowMs: 5, author: "ann", wallet: "wallet", pins: PINS, preflightJson: "{}" };
const TRIAL = { liveTrialTrades: 3, liveTrialSizeLamports: 100_000_000 };

function run(...events: readonly LiveEvent[]): LiveStep {
  let step: LiveStep = { state: INITIAL_LIVE_STATE, reports: [], clears: [], records: [] };
  for (const event of events) step = reduceLive(step.state, event);
  return step;
}
const observe = (observation: Observation): LiveEvent => ({ type: "observe", observation });
const agreed = (n: number): LiveEvent => observe({ kind: "prediction", intentId: `i${n}`, agreed: true, detail: "" });
const missed = observe({ kind: "prediction", intentId: "i9", agreed: false, detail: "quoteLamports 5 not 6" });
const programs = (change: object): LiveEvent => ({
  type: "programs",
  readings: PINS.map((pin, index) => (index === 1 ? { ...pin, sha256: null, ...change } : { ...pin, sha256: null })),
});

describe("live mode", () => {
  test("going live and back is journalled, with who and on what evidence", () => {
    const live = run(ENABLE);
    expect(live.state).toMatchObject({ mode: "live", author: "ann", sinceMs: 5, wallet: "wallet", pins: PINS });
    expect(live.records).toEqual([
      { kind: "live-mode", id: "live-mode:1", atMs: 5, mode: "live", author: "ann", reason: null, preflightJson: "{}" },
    ]);
    const off: LiveEvent = { type: "disable", nowMs: 9, author: "bob", reason: "MODE_NOT_ALLOWED" };
    const paper = run(ENABLE, off);
    expect(paper.records).toEqual([
      { kind: "live-mode", id: "live-mode:2", atMs: 9, mode: "paper", author: "bob", reason: "MODE_NOT_ALLOWED", preflightJson: null },
    ]);
    expect(run(ENABLE, off, off).records).toEqual([]);
    expect(run(off).state).toBe(INITIAL_LIVE_STATE);
  });

  test.each<[string, LiveEvent, string, string]>([
    ["a program's new slot", programs({ slot: 999 }), "PROGRAM_DRIFT", PUMP_SWAP_PROGRAM],
    ["a program's other code", programs({ sha256: "bb" }), "PROGRAM_DRIFT", PUMP_SWAP_PROGRAM],
    ["a missed prediction", missed, "PREDICTION_MISSED", "i9"],
    [
      "an upgrade's error",
      observe({ kind: "custom-error", code: 2006, programId: PUMP_PROGRAM, where: "i1" }),
      "SCHEMA_DRIFT",
      `${PUMP_PROGRAM}:2006`,
    ],
    ["an unknown event length", observe({ kind: "event-size", event: "BuyEvent", bytes: 481, where: "i1" }), "SCHEMA_DRIFT", "BuyEvent"],
    ["lamports that are gone", { type: "books", verdict: { kind: "deficit", lamports: 5n } }, "BOOKS_MISMATCH", "live-A"],
    ["somebody else's signature", { type: "foreign-signature", wallet: "wallet", signature: "s1" }, "WALLET_FOREIGN_SIGNATURE", "wallet"],
    ["another wallet in the signer", { type: "wallet", wallet: "other" }, "BOOKS_MISMATCH", "wallet"],
  ])("%s stops entries and pages, until live is enabled anew", (_name, event, code, subject) => {
    const held = run(ENABLE, event);
    expect(held.state).toMatchObject({ mode: "live", holds: [code] });
    expect(held.reports).toMatchObject([{ code, subject, severity: "page" }]);
    expect(run(ENABLE, event, event).state.holds).toEqual([code]);
    expect(run(ENABLE, event, ENABLE).state.holds).toEqual([]);
  });

  test.each<[string, LiveEvent]>([
    ["the pinned programs", programs({})],
    ["an ordinary error", observe({ kind: "custom-error", code: 6004, programId: PUMP_SWAP_PROGRAM, where: "i1" })],
    ["a sale of too much on the curve", observe({ kind: "custom-error", code: 6023, programId: PUMP_PROGRAM, where: "i1" })],
    ["an equal balance", { type: "books", verdict: { kind: "equal" } }],
    ["a difference seen once", { type: "books", verdict: { kind: "unsure", differenceLamports: -5n } }],
    ["dust", { type: "books", verdict: { kind: "surplus", lamports: 1n } }],
    ["the confirmed wallet", { type: "wallet", wallet: "wallet" }],
  ])("%s stops nothing", (_name, event) => {
    const step = run(ENABLE, event);
    expect(step.state.holds).toEqual([]);
    expect(step.reports).toEqual([]);
  });

  test("a program that was not read is not judged; nothing is judged before it is pinned", () => {
    expect(run(ENABLE, { type: "programs", readings: [] }).state.holds).toEqual([]);
    expect(run(programs({ slot: 999 })).state.holds).toEqual([]);
  });

  test("size stays capped until enough predictions agreed in a row", () => {
    const cap = (...events: LiveEvent[]) => trialCapLamports(run(ENABLE, ...events).state, TRIAL);
    expect(cap()).toBe(100_000_000n);
    expect(cap(agreed(1), agreed(2))).toBe(100_000_000n);
    expect(cap(agreed(1), agreed(2), agreed(3))).toBeNull();
    expect(cap(agreed(1), agreed(2), agreed(3), missed)).toBe(100_000_000n);
    expect(cap(agreed(1), agreed(2), missed, agreed(3))).toBe(100_000_000n);
    // Enabled anew the count goes on, but not over other code or with another wallet.
    expect(cap(agreed(1), agreed(2), ENABLE, agreed(3))).toBeNull();
    const upgraded = { ...ENABLE, pins: PINS.map((pin) => ({ ...pin, sha256: "cc" })) };
    expect(cap(agreed(1), agreed(2), agreed(3), upgraded)).toBe(100_000_000n);
    expect(cap(agreed(1), agreed(2), agreed(3), { ...ENABLE, wallet: "other" })).toBe(100_000_000n);
  });

  test("a deposit worth noting and a sweep are told and done with", () => {
    const deposit = run(ENABLE, { type: "books", verdict: { kind: "surplus", lamports: 1_000_000n } });
    const sweep = run(ENABLE, { type: "swept", signature: "s1", lamports: 5n, to: "cold" });
    for (const { reports, clears } of [deposit, sweep]) {
      expect(reports).toMatchObject([{ severity: "warn" }]);
      expect(clears).toMatchObject([{ code: reports[0]?.code, subject: reports[0]?.subject }]);
    }
  });

  test("enabling clears what it pins anew", () => {
    const clears = run(ENABLE).clears.map(({ code, subject }) => `${code} ${subject}`);
    expect(clears).toEqual([...WATCHED_PROGRAMS.map(({ programId }) => `PROGRAM_DRIFT ${programId}`), "BOOKS_MISMATCH wallet"]);
  });
});

describe("drift", () => {
  const pin: ProgramPin = { programId: PUMP_PROGRAM, slot: 7, sha256: "aa" };
  test.each([
    [null, { slot: 7, sha256: "aa" }, "unpinned", false],
    [pin, { slot: 7, sha256: null }, "match", false],
    [pin, { slot: 7, sha256: "aa" }, "match", false],
    [pin, { slot: 8, sha256: "aa" }, "changed", true],
    [pin, { slot: 6, sha256: null }, "changed", true],
    [pin, { slot: 7, sha256: "bb" }, "changed", false],
  ] as const)("pin %j, reading %j: %s", (pinned, reading, verdict, code) => {
    expect(judgeProgram(pinned, { programId: PUMP_PROGRAM, ...reading })).toBe(verdict);
    expect(wantsCode(pinned, reading.slot, false)).toBe(code);
    expect(wantsCode(pinned, reading.slot, true)).toBe(code || pinned === null);
  });

  test("a program that cannot be read is neither the pinned one nor another", () => {
    expect(judgeProgram(pin, null)).toBe("unread");
  });

  test("accounts of the upgradeable loader", () => {
    const program = Uint8Array.from([2, 0, 0, 0, ...Array(32).fill(9)]);
    expect(programDataKey(program)).toEqual(new Uint8Array(32).fill(9));
    for (const bad of [new Uint8Array(36), program.subarray(0, 35), new Uint8Array(0)]) expect(programDataKey(bad)).toBeNull();
    const header = Uint8Array.from([3, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 1]);
    expect(deployedSlot(header)).toBe(513);
    for (const bad of [program, header.subarray(0, 11), new Uint8Array(0)]) expect(deployedSlot(bad)).toBeNull();
  });

  test.each([
    [2006, null, true],
    [2006, PUMP_SWAP_PROGRAM, true],
    [6023, PUMP_SWAP_PROGRAM, true],
    [6023, null, true],
    [6023, PUMP_PROGRAM, false],
    [6062, PUMP_PROGRAM, true],
    [6062, PUMP_SWAP_PROGRAM, true],
    [6004, null, false],
    [1, null, false],
  ])("custom error %d of %s: %s", (code, programId, expected) => {
    expect(isDriftError(code, programId)).toBe(expected);
  });
});

test("the reducer changes no state that it was given", () => {
  const state: LiveState = Object.freeze({ ...INITIAL_LIVE_STATE, holds: Object.freeze([]) as [] });
  expect(() => reduceLive(state, missed)).not.toThrow();
  expect(state.holds).toEqual([]);
});
