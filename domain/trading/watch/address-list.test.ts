import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { afterFailure, afterList, EDIT_COST_EVENTS, type ListState, listOf, nextListStep, unknownList } from "./address-list.ts";

const [QUIET = ""] = listOf([]);

function known(listed: readonly string[], changes: Partial<ListState> = {}): ListState {
  return { ...unknownList(), listed: [QUIET, ...listed], checkedAtMs: 1_000_000, editedAtMs: 1_000_000, ...changes };
}

describe("what has to be done about the list", () => {
  test.each<[string, ListState, string[], "check" | "edit" | null, number]>([
    ["unknown, nothing wanted", unknownList(), [], null, 0],
    ["unknown, something wanted", unknownList(), ["a"], "check", 0],
    ["unknown, but events of nobody cost", { ...unknownList(), staleEvents: EDIT_COST_EVENTS }, [], "check", 0],
    ["all listed", known(["a"]), ["a"], "check", 4_600_000],
    ["one missing", known(["a"]), ["a", "b"], "edit", 2_002_000],
    ["one missing right after an edit", known(["a"], { editedAtMs: 1_999_000 }), ["a", "b"], "edit", 2_009_000],
    ["one too many", known(["a", "b"]), ["a"], "check", 4_600_000],
    ["one too many whose events cost less than an edit", known(["a", "b"], { staleEvents: 99 }), ["a"], "check", 4_600_000],
    ["one too many whose events cost as much", known(["a", "b"], { staleEvents: 100 }), ["a"], "edit", 2_002_000],
    ["events of nobody although the list is right", known(["a"], { staleEvents: 500 }), ["a"], "check", 4_600_000],
    ["all closed", known(["a"]), [], null, 0],
    ["all closed, and their events cost", known(["a"], { staleEvents: 100 }), [], "edit", 2_002_000],
    ["after a failure", known(["a"], { failures: 1, failedAtMs: 1_990_000 }), ["b"], "edit", 2_020_000],
    ["after many failures", known(["a"], { failures: 40, failedAtMs: 1_990_000 }), ["b"], "edit", 5_590_000],
  ])("%s", (_name, state, wanted, type, atMs) => {
    const next = nextListStep(state, wanted, 2_000_000);
    expect(next?.step.type ?? null).toBe(type);
    if (next !== null) expect(next.atMs).toBe(atMs);
  });

  test("an edit drops what nobody wants, and is never empty", () => {
    expect(nextListStep(known(["a"], { staleEvents: 100 }), [], 0)?.step).toEqual({ type: "edit", addresses: [QUIET] });
    expect(nextListStep(known(["a"]), ["c", "b", "c"], 0)?.step).toEqual({ type: "edit", addresses: [QUIET, "b", "c"] });
  });

  test("a failure is repeated, an answer ends it", () => {
    const failed = afterFailure(afterFailure(unknownList(), 5), 9);
    expect(failed).toMatchObject({ failures: 2, failedAtMs: 9 });
    expect(afterList({ ...failed, staleEvents: 7 }, "check", ["a"], 20)).toMatchObject({
      failures: 0,
      staleEvents: 7,
      checkedAtMs: 20,
      editedAtMs: 0,
    });
    expect(afterList({ ...failed, staleEvents: 7 }, "edit", ["a"], 20)).toMatchObject({ staleEvents: 0, editedAtMs: 20 });
  });

  test("an edit leaves nothing to edit, whatever was wanted and listed", () => {
    const addresses = fc.uniqueArray(
      fc.integer({ min: 0, max: 2_000 }).map((n) => `address-${n}`),
      { maxLength: 1_500 },
    );
    fc.assert(
      fc.property(addresses, addresses, fc.nat(300), (listed, wanted, staleEvents) => {
        const next = nextListStep(known(listed, { staleEvents }), wanted, 0);
        if (next?.step.type !== "edit") return;
        expect(next.step.addresses.length).toBeGreaterThan(0);
        expect(next.step.addresses.length).toBeLessThanOrEqual(1_000);
        const after = afterList(known(listed), "edit", next.step.addresses, 5_000_000);
        expect(nextListStep(after, wanted, 0)?.step.type).not.toBe("edit");
      }),
      { seed: 20_261_121 },
    );
  });
});
