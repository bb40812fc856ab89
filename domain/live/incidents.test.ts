import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IncidentRecord } from "../journal/entry.ts";
import {
  type IncidentEvent,
  type IncidentReport,
  type Incidents,
  incidentViews,
  nextReminderMs,
  openIncident,
  REMIND_MS,
  reduceIncidents,
} from "./incidents.ts";

const STUCK: IncidentReport = { code: "EXIT_STUCK", subject: "p1", detail: "five attempts", severity: "page" };
const LAGGING: IncidentReport = { code: "RPC_LAGGING", subject: "primary", detail: "40 slots", severity: "warn" };

/** Runs events at a second each, unless they say otherwise. */
function run(...events: readonly Event[]): { incidents: Incidents; records: IncidentRecord[] } {
  let incidents: Incidents = new Map();
  const records: IncidentRecord[] = [];
  events.forEach((event, index) => {
    const step = reduceIncidents(incidents, { nowMs: index * 1_000, author: "system", newId: `i${index}`, ...event } as IncidentEvent);
    incidents = step.incidents;
    records.push(...step.records);
  });
  return { incidents, records };
}

type Event = { readonly [K in keyof IncidentEvent]?: unknown } & Record<string, unknown>;

const raise = (report: IncidentReport, more: object = {}): Event => ({ type: "raise", report, ...more });
const clear = ({ code, subject }: IncidentReport): Event => ({ type: "clear", code, subject });
const acknowledge = (incidentId: string): Event => ({ type: "acknowledge", incidentId, author: "ann" });
const tick = (nowMs: number): Event => ({ type: "tick", nowMs });
const statuses = (records: readonly IncidentRecord[]) => records.map(({ status }) => status);

describe("incidents", () => {
  test("raising what is open tells nobody again and keeps the newest detail", () => {
    const { incidents, records } = run(raise(STUCK), raise({ ...STUCK, detail: "six attempts" }), raise({ ...STUCK, subject: "p2" }));
    expect(records.map(({ id, subject, detail }) => [id, subject, detail])).toEqual([
      ["incident:i0:1", "p1", "five attempts"],
      ["incident:i2:1", "p2", "five attempts"],
    ]);
    expect(openIncident(incidents, "EXIT_STUCK", "p1")?.detail).toBe("six attempts");
  });

  test.each<[string, readonly Event[], readonly string[], number]>([
    ["a warning ends with its cause", [raise(LAGGING), clear(LAGGING)], ["raised", "cleared"], 0],
    ["a page stays when its cause is gone", [raise(STUCK), clear(STUCK)], ["raised"], 1],
    ["and ends with the answer", [raise(STUCK), clear(STUCK), acknowledge("i0")], ["raised", "cleared"], 0],
    ["answered, it ends with its cause", [raise(STUCK), acknowledge("i0"), clear(STUCK)], ["raised", "acknowledged", "cleared"], 0],
    ["answered, it stays while the cause does", [raise(STUCK), acknowledge("i0")], ["raised", "acknowledged"], 1],
    ["what is past ends with the answer", [raise({ ...STUCK, cause: "past" }), acknowledge("i0")], ["raised", "cleared"], 0],
    [
      "a cause that comes back needs its end again",
      [raise(STUCK), clear(STUCK), raise(STUCK), acknowledge("i0")],
      ["raised", "acknowledged"],
      1,
    ],
    ["an answer twice is one", [raise(STUCK), acknowledge("i0"), acknowledge("i0")], ["raised", "acknowledged"], 1],
    ["an answer to nothing is none", [acknowledge("i0"), clear(STUCK)], [], 0],
    ["after its end it is a new one", [raise(LAGGING), clear(LAGGING), raise(LAGGING)], ["raised", "cleared", "raised"], 1],
  ])("%s", (_name, events, expected, open) => {
    const { incidents, records } = run(...events);
    expect(statuses(records)).toEqual(expected);
    expect(incidents.size).toBe(open);
  });

  test("a warning that becomes a page is told again, also when it was answered", () => {
    const { incidents, records } = run(raise(LAGGING), acknowledge("i0"), raise({ ...LAGGING, severity: "page" }), raise(LAGGING));
    expect(records.map(({ status, severity }) => `${status} ${severity}`)).toEqual(["raised warn", "acknowledged warn", "raised page"]);
    expect(incidents.get("i0")).toMatchObject({ severity: "page", status: "raised" });
  });

  test("a page is told every five minutes until somebody answers", () => {
    const early = run(raise(STUCK), tick(REMIND_MS.page - 1));
    expect(early.records).toHaveLength(1);
    expect(nextReminderMs(early.incidents)).toBe(REMIND_MS.page);
    const events = [raise(STUCK), tick(REMIND_MS.page), tick(REMIND_MS.page + 1), tick(2 * REMIND_MS.page)];
    const reminded = run(...events);
    expect(reminded.records.map(({ id, atMs, raisedAtMs }) => [id, atMs, raisedAtMs])).toEqual([
      ["incident:i0:1", 0, 0],
      ["incident:i0:2", 300_000, 0],
      ["incident:i0:3", 600_000, 0],
    ]);
    const answered = run(...events, { ...acknowledge("i0"), nowMs: 700_000 }, tick(9_000_000));
    expect(statuses(answered.records)).toEqual(["raised", "raised", "raised", "acknowledged"]);
    expect(nextReminderMs(answered.incidents)).toBeNull();
  });

  test("what comes from outside is cut, and is found again by its whole name", () => {
    const long: IncidentReport = { ...LAGGING, subject: "s".repeat(900), detail: "d".repeat(9_000) };
    const { incidents, records } = run(raise(long), raise(long), clear(long));
    expect(records.map(({ subject, detail }) => [subject.length, detail.length])).toEqual([
      [200, 500],
      [200, 500],
    ]);
    expect(incidents.size).toBe(0);
  });

  test("unanswered pages come first", () => {
    const { incidents } = run(raise(LAGGING), raise(STUCK), raise({ ...STUCK, subject: "p2" }), acknowledge("i1"));
    expect(incidentViews(incidents).map(({ subject }) => subject)).toEqual(["p2", "primary", "p1"]);
  });

  test("whatever happens: one open incident per code and subject, a page never leaves unanswered, record ids never repeat", () => {
    const report = fc.record({
      code: fc.constantFrom("EXIT_STUCK" as const, "RPC_LAGGING" as const),
      subject: fc.constantFrom("a", "b"),
      detail: fc.string({ maxLength: 3 }),
      severity: fc.constantFrom("page" as const, "warn" as const),
      cause: fc.constantFrom("lasts" as const, "past" as const),
    });
    const event = fc.oneof(
      report.map((one) => raise(one)),
      report.map((one) => clear(one)),
      fc.nat(30).map((n) => acknowledge(`i${n}`)),
      fc.nat(40).map((n) => tick(n * 100_000)),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const { incidents, records } = run(...events);
        const names = [...incidents.values()].map(({ code, subject }) => `${code} ${subject}`);
        expect(new Set(names).size).toBe(names.length);
        expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
        for (const { incidentId, status, severity, author } of records) {
          if (status !== "cleared" || severity !== "page") continue;
          const isAnswered = author === "ann" || records.some((one) => one.incidentId === incidentId && one.status === "acknowledged");
          expect(isAnswered).toBe(true);
        }
      }),
    );
  });
});
