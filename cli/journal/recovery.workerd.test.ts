import { createExecutionContext, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { sampleDecision } from "../../domain/journal/sample-entries.ts";
import { refuse } from "../../domain/result.ts";
import type { Journal } from "../../durable-objects/journal.ts";
import { journalOf, liveControlOf } from "../../durable-objects/stubs.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { runExecutor } from "../../workers/executor/index.ts";
import { journalChecks } from "../../workers/executor/journal-checks.ts";
import { executorPorts } from "../../workers/executor/ports.ts";
import worker from "../../workers/index.ts";
import { hashDatabase, rebuildDatabase } from "./rebuild.ts";
import { api, countFrom, entries, inJournal, must, refusal, restart, segmentKeys, settle, silence, verify } from "./test-journal.ts";

async function dropDatabase(): Promise<void> {
  const { results } = await env.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>();
  for (const { name } of results) if (!/^(sqlite_|_cf_)/.test(name)) await env.DB.prepare(`DROP TABLE "${name}"`).run();
}

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
  await silence();
  countFrom(0);
});

describe("sniper journal verify", () => {
  test("a running journal is sound, archive and tail", async () => {
    await journalOf(env).append(entries(450));
    await settle();
    await journalOf(env).append(entries(7));
    expect(await verify()).toMatchObject({ isSound: true, seq: 457, files: 3, tail: 7, fault: null });
  });

  test("names the first bad entry of an archive that was tampered with, a new chain included", async () => {
    await journalOf(env).append(entries(450));
    await settle();
    const [first = "", second = "", third = ""] = await segmentKeys();
    const text = await (await env.BUCKET.get(second))?.text();
    const lines = (text ?? "").trimEnd().split("\n");
    const put = (key: string, changed: readonly string[]) => env.BUCKET.put(key, `${changed.join("\n")}\n`);

    await put(second, lines.with(9, (lines[9] ?? "").replace(/"atMs":\d/, '"atMs":9')));
    expect((await verify()).fault).toMatchObject({ seq: 210, fault: "changed" });
    await put(second, lines.toSpliced(9, 1));
    expect((await verify()).fault).toMatchObject({ seq: 210, fault: "removed" });
    await put(second, lines.with(9, lines[10] ?? "").with(10, lines[9] ?? ""));
    expect((await verify()).fault).toMatchObject({ seq: 210, fault: "reordered" });
    await put(second, lines.slice(0, 50));
    expect((await verify()).fault).toMatchObject({ seq: 251, fault: "removed" });
    await put(second, lines);
    expect((await verify()).isSound).toBe(true);

    await env.BUCKET.delete(third);
    expect((await verify()).fault).toMatchObject({ seq: 401, fault: "truncated" });
    await env.BUCKET.delete(first);
    expect((await verify()).fault).toMatchObject({ seq: 1, fault: "removed" });

    // What R2 lost and the object still holds is archived again.
    must(await api.recover());
    await settle();
    expect(await verify()).toMatchObject({ isSound: true, seq: 450 });
  });

  test("an archive that was written anew from an entry on parts from the journal there", async () => {
    await journalOf(env).append(entries(210));
    await settle();
    const { appendEntries } = await import("../../domain/journal/chain.ts");
    const { canonicalJson } = await import("../../domain/journal/canonical-json.ts");
    countFrom(0);
    const forged = appendEntries({ seq: 0, hash: "0".repeat(64) }, entries(210).with(120, sampleDecision("forged")));
    const keys = await segmentKeys();
    await env.BUCKET.put(
      keys[0] ?? "",
      forged
        .slice(0, 200)
        .map((link) => `${canonicalJson(link)}\n`)
        .join(""),
    );
    await env.BUCKET.put(
      keys[1] ?? "",
      forged
        .slice(200)
        .map((link) => `${canonicalJson(link)}\n`)
        .join(""),
    );
    expect((await verify()).fault).toMatchObject({ seq: 121, fault: "changed" });
  });

  test("needs the operator", async () => {
    const answer = await worker.fetch(new Request("http://sniper.test/api/v1/journal/segments") as never, env, createExecutionContext());
    expect(answer.status).toBe(401);
    await answer.text();
  });
});

describe("sniper journal rebuild", () => {
  test("gives the same content, also where bodies are on R2 only, while trading goes on", async () => {
    await journalOf(env).append(entries(650));
    await settle();
    expect(await journalOf(env).dropArchived()).toBe(600);
    expect(await refusal((journal) => journal.read(0, 10))).toContain("archived");
    const before = must(await hashDatabase(api));
    const lines: string[] = [];
    const rebuilding = rebuildDatabase(api, (line) => lines.push(line));
    await journalOf(env).append(entries(30));
    expect(must(await rebuilding)).toMatchObject({ seq: 650, before: before.hash, after: before.hash, isEqual: true, different: [] });
    expect(lines.join("\n")).toContain("projected 650 of 650");
    await settle();
    const after = must(await hashDatabase(api));
    expect(after.seq).toBe(680);
    expect(after.hash).not.toBe(before.hash);
    expect(must(await rebuildDatabase(api, () => {})).after).toBe(after.hash);
  });

  test("tells of rows that the journal does not have", async () => {
    await journalOf(env).append(entries(20));
    await settle();
    await env.DB.prepare("UPDATE fills SET quote_lamports = '1' WHERE id = 'f2'").run();
    const rebuild = must(await rebuildDatabase(api, () => {}));
    expect(rebuild).toMatchObject({ isEqual: false, different: ["fills"] });
    expect(await env.DB.prepare("SELECT quote_lamports FROM fills WHERE id = 'f2'").first("quote_lamports")).toBe("500000000");
  });

  test("goes on where an interrupted one stood", async () => {
    await journalOf(env).append(entries(500));
    await settle();
    const { hash } = must(await hashDatabase(api));
    const dying = {
      ...api,
      rebuild: async (step: "wipe" | "project", note?: string) =>
        step === "wipe" ? api.rebuild(step, note) : refuse("FAILED" as const, "killed"),
    };
    expect((await rebuildDatabase(dying, () => {})).ok).toBe(false);
    const lines: string[] = [];
    expect(must(await rebuildDatabase(api, (line) => lines.push(line)))).toMatchObject({ before: hash, after: hash, isEqual: true });
    expect(lines[0]).toBe("going on with a rebuild at entry 500");
  });
});

describe("drills", () => {
  test("D1 is lost, tables and all: the next runs fill it again, and a rebuild gives the same content", async () => {
    await journalOf(env).append(entries(300));
    await settle();
    const { hash } = must(await hashDatabase(api));
    await dropDatabase();
    await runExecutor(env).catch(() => 0);
    await settle();
    expect(must(await hashDatabase(api)).hash).toBe(hash);
    await dropDatabase();
    expect(must(await rebuildDatabase(api, () => {}))).toMatchObject({ seq: 300, before: null, after: hash });
  });

  test("the Journal object is lost: it takes no entry before what R2 has is back, and then numbers on", async () => {
    await journalOf(env).append(entries(450));
    await settle();
    const { hash: head } = await journalOf(env).head();
    await inJournal((_sql, state) => state.storage.deleteAll());
    await restart();

    expect(await refusal((journal) => journal.append(entries(1)))).toContain("behind");
    expect(await refusal((journal) => journal.newestOf("paper-A"))).toContain("behind");
    expect(await journalOf(env).head()).toMatchObject({ seq: 0, state: "behind" });
    const imported: number[] = [];
    for (let step = must(await api.recover()); step.imported > 0; step = must(await api.recover())) imported.push(step.imported);
    expect(imported).toEqual([200, 200, 50]);
    expect(await journalOf(env).head()).toMatchObject({ seq: 450, hash: head, state: "open", publishedSeq: 450, archivedSeq: 450 });
    expect(await journalOf(env).newestOf("paper-A")).toBe(447);

    countFrom(449);
    await journalOf(env).append([...entries(3)]);
    expect(await journalOf(env).head()).toMatchObject({ seq: 452 });
    await settle();
    expect(await verify()).toMatchObject({ isSound: true, seq: 452 });
    expect(must(await rebuildDatabase(api, () => {})).isEqual).toBe(true);
  });

  test("the Journal object is restored to an earlier point: nothing is numbered twice", async () => {
    await journalOf(env).append(entries(300));
    await settle();
    await journalOf(env).append(entries(100));
    await settle();
    const { hash: head } = await journalOf(env).head();
    await inJournal((sql) => {
      sql.exec("DELETE FROM entries WHERE seq > 320");
      for (const name of ["archive", "executor", "published"]) sql.exec("UPDATE cursors SET body = '300' WHERE key = ?", name);
      sql.exec("UPDATE ledger_numbers SET body = '315'");
    });
    await restart();
    expect(await refusal((journal) => journal.append(entries(1)))).toContain("behind");
    // An Executor under way must not put the shorter window over the longer one.
    await runExecutor(env, { ...executorPorts(env), alert: async () => {} });
    must(await api.recover());
    must(await api.recover());
    expect(await journalOf(env).head()).toMatchObject({ seq: 400, hash: head, state: "open" });
    expect(await journalOf(env).newestOf("paper-A")).toBe(399);
    await settle();
    expect(await verify()).toMatchObject({ isSound: true, seq: 400 });
  });

  test("the Journal object is restored to a point that R2 does not reach: D1 is not added to before it is rebuilt", async () => {
    await journalOf(env).append(entries(300));
    await settle();
    // Projected at once, archived not before the next flush.
    await journalOf(env).append(entries(20));
    expect(await runExecutor(env)).toBe(20);
    expect(await journalOf(env).head()).toMatchObject({ seq: 320, archivedSeq: 300 });
    await inJournal((sql) => void sql.exec("DELETE FROM entries WHERE seq > 310"));
    await restart();
    countFrom(1_000);
    await journalOf(env).append(entries(30));
    expect(await journalOf(env).head()).toMatchObject({ seq: 340, state: "open" });
    await expect(runExecutor(env)).rejects.toThrow("not the journal's");
    const projection = (await journalChecks(env, Date.now())).find(({ name }) => name === "projection");
    expect(projection).toMatchObject({ ok: false, detail: expect.stringContaining("sniper journal rebuild") });
    expect(must(await rebuildDatabase(api, () => {}))).toMatchObject({ isEqual: false });
    await settle();
    expect((await journalChecks(env, Date.now())).find(({ name }) => name === "projection")).toMatchObject({ ok: true });
    expect(must(await rebuildDatabase(api, () => {}))).toMatchObject({ seq: 340, isEqual: true });
    expect(await verify()).toMatchObject({ isSound: true, seq: 340 });
  });

  test("people are told of a journal that refuses entries, past the journal", async () => {
    await journalOf(env).append(entries(10));
    await settle();
    await inJournal((_sql, state) => state.storage.deleteAll());
    await restart();
    await journalOf(env).watchdog();
    await runExecutor(env);
    await runExecutor(env);
    expect((await liveControlOf(env).incidents()).map(({ code, status }) => [code, status])).toEqual([["JOURNAL_BEHIND", "raised"]]);
  });

  test("R2 is lost: what the object still holds is archived again, what it had dropped is named", async () => {
    await journalOf(env).append(entries(650));
    await settle();
    for (const key of await segmentKeys()) await env.BUCKET.delete(key);
    await restart();
    // Whoever comes first, the Executor or somebody with an entry, finds it.
    await settle();
    expect(await verify()).toMatchObject({ isSound: true, seq: 650 });

    await journalOf(env).dropArchived();
    for (const key of await segmentKeys()) await env.BUCKET.delete(key);
    await restart();
    await journalOf(env).append(entries(1));
    expect(await journalOf(env).head()).toMatchObject({ state: "open", droppedSeq: 600, archivedSeq: 600, gone: { from: 1, to: 600 } });
    await settle();
    expect(await segmentKeys()).toEqual(["journal/v1/000000000601-000000000800.jsonl"]);
    expect((await verify()).fault).toMatchObject({ seq: 1, fault: "removed" });
  });

  test("R2 does not answer at the start: entries wait", async () => {
    await journalOf(env).append(entries(10));
    await settle();
    await evictDurableObject(journalOf(env));
    await runInDurableObject(journalOf(env), async (instance: Journal) => {
      const away = { list: async () => Promise.reject(new Error("R2 is away")) } as unknown as R2Bucket;
      (instance as unknown as { env: Env }).env = { ...env, BUCKET: away };
      await expect(instance.append(entries(1))).rejects.toThrow("R2 is away");
      await expect(instance.newestOf("paper-A")).rejects.toThrow("R2 is away");
      expect(await instance.head()).toMatchObject({ seq: 10, state: "unchecked" });
    });
    await silence();
    expect(await journalOf(env).append(entries(1))).toEqual({ head: 11 });
  });
});
