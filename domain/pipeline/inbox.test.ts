import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  completeStage,
  type InboxRow,
  isStale,
  LEASE_MS,
  releaseLease,
  requestLease,
  STAGES,
  type Stage,
  SWEEP_AFTER_MS,
  shardOf,
} from "./inbox.ts";

const fresh: InboxRow = { state: "discover", leaseUntilMs: 0, attempts: 0 };

describe("inbox row", () => {
  test("only one of two workers gets the lease, until it runs out", () => {
    const first = requestLease(fresh, "discover", 1_000);
    expect(first.answer).toBe("granted");
    expect(requestLease(first.row, "discover", 1_001).answer).toBe("held");
    expect(requestLease(first.row, "discover", 1_000 + LEASE_MS).answer).toBe("granted");
  });

  test("a message for a finished stage is a no-op, one for a later stage waits", () => {
    const analysing: InboxRow = { ...fresh, state: "analyze" };
    expect(requestLease(analysing, "discover", 5).answer).toBe("further");
    expect(requestLease(analysing, "trade", 5).answer).toBe("held");
    expect(requestLease({ ...fresh, state: "done" }, "trade", 5).answer).toBe("further");
  });

  test("the first stored result wins", () => {
    const done = completeStage(fresh, "discover", "analyze");
    expect(done).toEqual({ state: "analyze", leaseUntilMs: 0, attempts: 0 });
    expect(completeStage(done ?? fresh, "discover", "done")).toBeNull();
  });

  test("a released row can be leased at once; a stale one is swept, a held or finished one is not", () => {
    const { row } = requestLease(fresh, "discover", 1_000);
    expect(requestLease(releaseLease(row, "discover"), "discover", 1_001).answer).toBe("granted");
    expect(isStale(fresh, 0, SWEEP_AFTER_MS)).toBe(true);
    expect(isStale({ ...fresh, leaseUntilMs: SWEEP_AFTER_MS + 1 }, 0, SWEEP_AFTER_MS)).toBe(false);
    expect(isStale({ ...fresh, state: "done" }, 0, SWEEP_AFTER_MS)).toBe(false);
  });

  test("no interleaving of workers completes a stage twice", () => {
    const step = fc.record({
      stage: fc.constantFrom(...STAGES),
      action: fc.constantFrom("lease", "complete", "release"),
      waitMs: fc.integer({ min: 0, max: 20_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let row = fresh;
        let nowMs = 0;
        const completed: Stage[] = [];
        for (const { stage, action, waitMs } of steps) {
          nowMs += waitMs;
          if (action === "lease") row = requestLease(row, stage, nowMs).row;
          else if (action === "release") row = releaseLease(row, stage);
          else {
            const next = STAGES[STAGES.indexOf(stage) + 1] ?? "done";
            const after = completeStage(row, stage, next);
            if (after !== null) {
              completed.push(stage);
              row = after;
            }
          }
        }
        expect(completed).toEqual(STAGES.slice(0, completed.length));
      }),
    );
  });

  test("shards are stable and in range", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 64 }), (signature, shards) => {
        const shard = shardOf(signature, shards);
        expect(shard).toBe(shardOf(signature, shards));
        expect(shard >= 0 && shard < shards).toBe(true);
      }),
    );
  });
});
