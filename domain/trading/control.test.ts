import { describe, expect, test } from "vitest";
import { applyControlEvent, type Control, type ControlEvent, controlJournalEntries, type Experiment, initialControl } from "./control.ts";
import { builtinParameterSet, makeParameterSet, parameterVersion } from "./parameter-set.ts";
import { builtinParameters } from "./parameters.ts";

const builtin = builtinParameterSet("default");
const tuned = makeParameterSet({
  name: "tuned",
  parent: builtin.version,
  author: "test",
  createdAtMs: 1,
  parameters: { ...builtin.parameters, qualityThreshold: 70 },
});
const experiment: Experiment = { id: "exp-1", champion: builtin, challenger: tuned, startedAtMs: 10, shareBps: 1_500, looks: 0 };
const base = { atMs: 10, author: "test" };
const start: ControlEvent = { ...base, id: "start", type: "experiment-started", experiment };

function end(outcome: "adopted" | "rejected" | "inconclusive"): ControlEvent {
  return { ...base, id: "end", type: "experiment-ended", experiment, outcome, reason: null, evidenceJson: "{}" };
}

function fold(events: readonly ControlEvent[], from: Control = initialControl(builtin)): Control {
  return events.reduce((control, event) => {
    const applied = applyControlEvent(control, event);
    if (!applied.ok) throw new Error(`${event.id}: ${applied.reason}`);
    return applied.value;
  }, from);
}

describe("parameter versions", () => {
  test("name the content, whatever the order of the keys", () => {
    const reversed = Object.fromEntries(Object.entries(builtin.parameters).reverse()) as typeof builtin.parameters;
    expect(parameterVersion("default", reversed)).toBe(builtin.version);
    expect(builtin.version).toMatch(/^default-[0-9a-f]{12}$/);
    expect(tuned.version).not.toBe(parameterVersion("tuned", builtinParameters("default")));
  });
});

describe("control", () => {
  test("an experiment that is adopted puts its challenger in force; any other end does not", () => {
    const running = fold([start]);
    expect(running.experiment?.challenger.version).toBe(tuned.version);
    expect(running.active).toBe(builtin);
    expect(fold([end("adopted")], running)).toMatchObject({ active: { version: tuned.version }, experiment: null });
    expect(fold([end("rejected")], running)).toMatchObject({ active: { version: builtin.version }, experiment: null });
  });

  test("one experiment at a time, and the set in force does not change under it", () => {
    const running = fold([start]);
    expect(applyControlEvent(running, { ...start, id: "again" })).toMatchObject({ reason: "EXPERIMENT_RUNNING" });
    const activate: ControlEvent = { ...base, id: "a", type: "parameters-activated", set: tuned, retired: builtin };
    expect(applyControlEvent(running, activate)).toMatchObject({ reason: "EXPERIMENT_RUNNING" });
    expect(fold([activate]).active.version).toBe(tuned.version);
  });

  test("what presumes another state is refused", () => {
    const activate: ControlEvent = { ...base, id: "a", type: "parameters-activated", set: tuned, retired: builtin };
    const changed = fold([activate]);
    expect(applyControlEvent(changed, activate)).toMatchObject({ reason: "DUPLICATE_EVENT" });
    expect(applyControlEvent(changed, { ...activate, set: builtin })).toMatchObject({ reason: "REQUEST_INVALID" });
    expect(applyControlEvent(changed, start)).toMatchObject({ reason: "REQUEST_INVALID" });
    expect(applyControlEvent(changed, end("adopted"))).toMatchObject({ reason: "REQUEST_INVALID" });
    const same = { ...start, experiment: { ...experiment, challenger: builtin } };
    expect(applyControlEvent(initialControl(builtin), same)).toMatchObject({ reason: "DUPLICATE_EVENT" });
  });

  test("looks count up one by one", () => {
    const look = (looks: number): ControlEvent => ({
      ...base,
      id: `l${looks}`,
      type: "experiment-looked",
      experiment: { ...experiment, looks },
      evidenceJson: "{}",
    });
    const once = fold([start, look(1)]);
    expect(once.experiment?.looks).toBe(1);
    expect(applyControlEvent(once, look(1))).toMatchObject({ reason: "DUPLICATE_EVENT" });
    expect(applyControlEvent(once, look(3))).toMatchObject({ reason: "DUPLICATE_EVENT" });
  });

  test("the denylist remembers why and who, and takes entries off", () => {
    const add: ControlEvent = { ...base, id: "d", type: "denylist-add", subject: "creator", value: "X", reason: "rug" };
    const listed = fold([add]);
    expect(listed.denylist).toEqual([{ subject: "creator", value: "X", reason: "rug", author: "test", atMs: 10 }]);
    expect(applyControlEvent(listed, { ...add, id: "d2" })).toMatchObject({ reason: "DUPLICATE_EVENT" });
    const remove: ControlEvent = { ...add, id: "r", type: "denylist-remove" };
    expect(fold([remove], listed).denylist).toEqual([]);
    expect(applyControlEvent(fold([]), remove)).toMatchObject({ reason: "NOT_FOUND" });
  });
});

describe("journal of control", () => {
  test("every change is recorded, adoption with all it changes", () => {
    expect(controlJournalEntries(end("adopted"))).toMatchObject([
      { kind: "experiment", status: "adopted", endedAtMs: 10 },
      { kind: "parameters", status: "retired", version: builtin.version },
      { kind: "parameters", status: "active", version: tuned.version },
    ]);
    expect(controlJournalEntries(start)).toMatchObject([{ kind: "experiment", status: "running", endedAtMs: null }]);
    const ids = controlJournalEntries(end("adopted")).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    for (const outcome of ["rejected", "inconclusive"] as const) {
      expect(controlJournalEntries(end(outcome))).toMatchObject([
        { kind: "experiment", status: outcome },
        { kind: "parameters", status: "retired", version: tuned.version },
      ]);
    }
    expect(controlJournalEntries(end("adopted")).map(({ id }) => id)).toEqual(ids);
  });

  test("sets, looks and denied names are recorded, too", () => {
    const evidenceJson = '{"trades":1}';
    const looked: ControlEvent = { ...base, id: "l", type: "experiment-looked", experiment: { ...experiment, looks: 1 }, evidenceJson };
    expect(controlJournalEntries(looked)).toMatchObject([{ kind: "experiment", status: "running", evidenceJson, endedAtMs: null }]);
    const activated: ControlEvent = { ...base, id: "a", type: "parameters-activated", set: tuned, retired: builtin };
    expect(controlJournalEntries(activated)).toMatchObject([
      { version: builtin.version, status: "retired" },
      { version: tuned.version, status: "active", parent: builtin.version },
    ]);
    const proposed: ControlEvent = { ...base, id: "p", type: "parameters-proposed", set: tuned, evidenceJson };
    expect(controlJournalEntries(proposed)).toMatchObject([{ version: tuned.version, status: "proposed" }]);
    expect(fold([proposed]).active).toBe(builtin);
    for (const [type, action] of [
      ["denylist-add", "add"],
      ["denylist-remove", "remove"],
    ] as const) {
      const denied: ControlEvent = { ...base, id: "d", type, subject: "mint", value: "X", reason: "rug" };
      expect(controlJournalEntries(denied)).toMatchObject([{ kind: "denylist", subject: "mint", value: "X", action, author: "test" }]);
    }
  });

  test("only the experiment that runs is looked at", () => {
    const other: ControlEvent = {
      ...base,
      id: "l",
      type: "experiment-looked",
      experiment: { ...experiment, id: "exp-2", looks: 1 },
      evidenceJson: "{}",
    };
    expect(applyControlEvent(fold([start]), other)).toMatchObject({ reason: "REQUEST_INVALID" });
    const add: ControlEvent = { ...base, id: "d", type: "denylist-add", subject: "creator", value: "X", reason: "rug" };
    const both = fold([add, { ...add, id: "e", subject: "mint" }, { ...add, id: "f", value: "Y" }]);
    expect(both.denylist).toHaveLength(3);
    expect(fold([{ ...add, id: "r", type: "denylist-remove" }], both).denylist).toMatchObject([{ subject: "mint" }, { value: "Y" }]);
  });
});
