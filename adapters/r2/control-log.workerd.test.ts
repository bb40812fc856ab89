import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { ControlEvent } from "../../domain/trading/control.ts";
import { builtinParameterSet, makeParameterSet } from "../../domain/trading/parameter-set.ts";
import { appendControlEvent, loadControl } from "./control-log.ts";

/** A bucket that no cache knows: what a cold isolate sees. Counts its reads. */
function coldEnv(profile = "default") {
  const reads = { get: 0, list: 0 };
  const BUCKET = new Proxy(env.BUCKET, {
    get(target, name) {
      if (name === "get" || name === "list") reads[name]++;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { BUCKET, PARAMETER_PROFILE: profile, reads };
}

function deny(value: string): ControlEvent {
  return { id: `deny:${value}`, atMs: 1, author: "test", type: "denylist-add", subject: "creator", value, reason: "rug" };
}

const builtin = builtinParameterSet("default");

beforeEach(async () => {
  await reset();
});

describe("control log", () => {
  test("starts with the built-in set of the profile", async () => {
    expect(await loadControl(coldEnv(), 0)).toMatchObject({ active: builtin, experiment: null, denylist: [] });
    expect((await loadControl(coldEnv("localnet"), 0)).active.parameters.maxHoldMs).toBe(45_000);
  });

  test("writers that race all get in, each once, and every reader agrees", async () => {
    const writers = Array.from({ length: 8 }, () => coldEnv());
    const results = await Promise.all(
      writers.flatMap((writer, i) => [appendControlEvent(writer, deny(`x${i}`), 0), appendControlEvent(writer, deny("shared"), 0)]),
    );
    expect(results.filter((result) => !result.ok).map((result) => (result.ok ? "" : result.reason))).toEqual([]);
    const { denylist } = await loadControl(coldEnv(), 0);
    expect(denylist.map(({ value }) => value).sort()).toEqual(["shared", ...writers.map((_, i) => `x${i}`)].sort());
    const { objects } = await env.BUCKET.list({ prefix: "control/v1/" });
    expect(objects.map(({ key }) => key)).toEqual(Array.from({ length: 9 }, (_, i) => `control/v1/00000${i + 1}.json`));
  });

  test("of two conflicting changes the first stands", async () => {
    const set = (threshold: number) =>
      makeParameterSet({
        name: "t",
        parent: null,
        author: "t",
        createdAtMs: 0,
        parameters: { ...builtin.parameters, qualityThreshold: threshold },
      });
    const activate = (threshold: number): ControlEvent => ({
      id: `a${threshold}`,
      atMs: 1,
      author: "t",
      type: "parameters-activated",
      set: set(threshold),
      retired: builtin,
    });
    const [first, second] = await Promise.all([
      appendControlEvent(coldEnv(), activate(70), 0),
      appendControlEvent(coldEnv(), activate(75), 0),
    ]);
    expect([first, second].filter((result) => result.ok)).toHaveLength(1);
    expect([first, second].find((result) => !result.ok)).toMatchObject({ reason: "REQUEST_INVALID" });
  });

  test("a repeated id is a success that changes nothing", async () => {
    await appendControlEvent(coldEnv(), deny("x"), 0);
    expect(await appendControlEvent(coldEnv(), deny("x"), 0)).toMatchObject({ ok: true });
    expect((await env.BUCKET.list({ prefix: "control/v1/" })).objects).toHaveLength(1);
  });

  test("is at most two seconds stale, and one read when nothing is new", async () => {
    const reader = coldEnv();
    expect((await loadControl(reader, 1_000)).denylist).toHaveLength(0);
    await appendControlEvent(coldEnv(), deny("x"), 0);
    expect((await loadControl(reader, 2_999)).denylist).toHaveLength(0);
    expect((await loadControl(reader, 3_000)).denylist).toHaveLength(1);
    const before = reader.reads.get;
    await loadControl(reader, 9_000);
    expect(reader.reads.get - before).toBe(1);
  });

  test("a cold reader of a long log starts from a snapshot", async () => {
    const writer = coldEnv();
    for (let i = 0; i < 103; i++) await appendControlEvent(writer, deny(`x${i}`), i);
    const reader = coldEnv();
    const control = await loadControl(reader, 0);
    expect(control.denylist.map(({ value }) => value)).toEqual(Array.from({ length: 103 }, (_, i) => `x${i}`));
    expect(reader.reads.get).toBeLessThan(12);
    // A repeat of an entry older than the snapshot is still recognised.
    expect(await appendControlEvent(coldEnv(), deny("x3"), 0)).toMatchObject({ ok: true });
    expect((await loadControl(coldEnv(), 0)).denylist).toHaveLength(103);
  });

  test("a log that is wiped under a reader starts over", async () => {
    const reader = coldEnv();
    await appendControlEvent(reader, deny("x"), 0);
    await reset();
    expect((await loadControl(reader, 5_000)).denylist).toEqual([]);
    expect(await appendControlEvent(reader, deny("y"), 5_000)).toMatchObject({ ok: true });
    expect((await loadControl(coldEnv(), 0)).denylist.map(({ value }) => value)).toEqual(["y"]);
  });

  test("a set of an older release takes new parameters from the built-in set", async () => {
    const { maxHoldMs: _, ...older } = builtin.parameters;
    const set = { ...builtin, version: "old-0", parameters: { ...older, qualityThreshold: 66, retiredSetting: 1 } };
    const event = { id: "a", atMs: 1, author: "t", type: "parameters-activated", set, retired: builtin };
    await env.BUCKET.put("control/v1/000001.json", JSON.stringify(event));
    const { active } = await loadControl(coldEnv(), 0);
    expect(active).toMatchObject({ version: "old-0", parameters: { qualityThreshold: 66, maxHoldMs: builtin.parameters.maxHoldMs } });
    expect(active.parameters).not.toHaveProperty("retiredSetting");
  });

  test("a log that cannot be read stops everything", async () => {
    await env.BUCKET.put("control/v1/000001.json", JSON.stringify({ id: "x", atMs: 1, author: "t", type: "unheard-of" }));
    await expect(loadControl(coldEnv(), 0)).rejects.toThrow();
    await expect(appendControlEvent(coldEnv(), deny("x"), 0)).rejects.toThrow();
  });
});
