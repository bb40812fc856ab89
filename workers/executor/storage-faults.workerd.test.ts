import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { getTableName } from "drizzle-orm";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { PROJECTED_TABLES, projectedSeq } from "../../adapters/d1/project.ts";
import { readArchived } from "../../adapters/r2/segments.ts";
import { verifyChain } from "../../domain/journal/chain.ts";
import type { StoredEntry } from "../../domain/journal/entry.ts";
import { sampleDecision, sampleFill, samplePosition, samplePricePath } from "../../domain/journal/sample-entries.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import { until } from "../../durable-objects/test-chain.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { type CloudFault, CloudFaults } from "./cloud-faults.ts";
import { runExecutor } from "./index.ts";
import { holdDatabase, keepHold, projectDatabase, wipeDatabase } from "./rebuild.ts";

const ENTRIES = [sampleDecision("d1"), sampleFill("f1"), samplePosition("p1"), samplePricePath("pp1", 3)];
/** More calls than a run makes. */
const MAX_CALLS = 80;
/** More runs than anything here needs. */
const MAX_RUNS = 10;
let faults = 0;

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => {
  console.log(`${faults} calls at D1 and R2 failed`);
});

/** An empty deployment with a journal. */
async function fresh(): Promise<void> {
  await reset();
  await applyPending(env.DB);
  // The queue would start the deployed consumer beside the one under test.
  await runInDurableObject(journalOf(env) as DurableObjectStub<undefined>, (instance: unknown) => {
    (instance as { env: Env }).env = { ...env, TRADE_EVENTS: { send: async () => {} } as unknown as Env["TRADE_EVENTS"] };
  });
  await journalOf(env).append(ENTRIES);
}

/** Every row of D1, the times of writing left out. */
async function rows(): Promise<Record<string, unknown[]>> {
  const tables = PROJECTED_TABLES.map(getTableName);
  const results = await env.DB.batch(tables.map((table) => env.DB.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`)));
  return Object.fromEntries(tables.map((table, i) => [table, results[i]?.results ?? []]));
}

/** Keys on R2 and what the journal's files hold. */
async function archive() {
  const { objects } = await env.BUCKET.list();
  return { keys: objects.map(({ key }) => key), entries: (await readArchived(env.BUCKET, 0)) as StoredEntry[] };
}

/** Lets each call that `run` makes fail, in each of these ways; `judge` looks at what came of each. */
async function everyCloudFault(
  kinds: readonly CloudFault[],
  only: readonly ("DB" | "BUCKET")[],
  prepare: () => Promise<void>,
  run: (env: Env) => Promise<unknown>,
  judge: (where: string) => Promise<void>,
): Promise<void> {
  for (const fault of kinds) {
    for (let n = 1; ; n++) {
      expect(n).toBeLessThan(MAX_CALLS);
      await prepare();
      const cloud = new CloudFaults(env, fault, n, only);
      await run(cloud.env).catch(() => {});
      if (!cloud.hasFailed) break;
      faults++;
      await judge(`${fault} ${n} (${cloud.failed})`);
    }
  }
}

describe("an Executor whose database and bucket fail", { timeout: 120_000 }, () => {
  test("archive and projection: whole or untouched, and whole after the next run", async () => {
    await fresh();
    const empty = await rows();
    // The journal's own alarm may have called an Executor first.
    await until(async () => {
      await runExecutor(env);
      return (await journalOf(env).head()).executorSeq === ENTRIES.length;
    }, "all is projected");
    const [wantedRows, wantedArchive] = [await rows(), await archive()];
    await everyCloudFault(["before", "after"], ["DB", "BUCKET"], fresh, runExecutor, async (where) => {
      const now = await rows();
      expect([empty, wantedRows], `${where}: half of a batch is in D1`).toContainEqual(now);
      expect(await projectedSeq(env.DB), `${where}: the cursor is not the rows'`).toBe(now["fills"]?.length === 0 ? 0 : ENTRIES.length);
      const { entries } = await archive();
      expect(verifyChain(entries), `${where}: R2`).toMatchObject({ ok: true });
      const head = await journalOf(env).head();
      expect(head.archivedSeq, `${where}: more is called archived than is`).toBeLessThanOrEqual(entries.length);
      expect(head.executorSeq, `${where}: more is called projected than is`).toBeLessThanOrEqual(await projectedSeq(env.DB));
      await runExecutor(env);
      expect(await rows(), where).toEqual(wantedRows);
      expect(await archive(), where).toEqual(wantedArchive);
      const { seq } = head;
      expect(await journalOf(env).head(), where).toMatchObject({ executorSeq: seq, archivedSeq: seq, publishedSeq: seq });
    });
  });

  test("a database that is away or full holds up neither the archive nor the messages", async () => {
    for (const fault of ["away", "full"] as const) {
      await fresh();
      const cloud = new CloudFaults(env, fault, 1, ["DB"]);
      await expect(runExecutor(cloud.env), fault).rejects.toThrow();
      const seq = ENTRIES.length;
      expect(await journalOf(env).head(), fault).toMatchObject({ executorSeq: 0, archivedSeq: seq, publishedSeq: seq });
    }
  });

  test("a bucket that is away or full holds up neither the database nor the messages", async () => {
    for (const fault of ["away", "full"] as const) {
      await fresh();
      const cloud = new CloudFaults(env, fault, 1, ["BUCKET"]);
      await expect(runExecutor(cloud.env), fault).rejects.toThrow();
      const seq = ENTRIES.length;
      expect(await journalOf(env).head(), fault).toMatchObject({ executorSeq: seq, archivedSeq: 0, publishedSeq: seq });
    }
  });

  test("a statement in the middle of a batch that fails takes the others back", async () => {
    await fresh();
    const empty = await rows();
    for (let at = 0; ; at++) {
      const batch = (statements: D1PreparedStatement[]) => {
        const isProjection = statements.length > at + 1 && statements.length > 3;
        if (!isProjection) return env.DB.batch(statements);
        // No row's fault: SQLite calls text that is no JSON an error of the statement.
        return env.DB.batch(statements.toSpliced(at, 1, env.DB.prepare("SELECT json('{')")));
      };
      const db = { prepare: (sql: string) => env.DB.prepare(sql), batch } as unknown as D1Database;
      const failed = await runExecutor({ ...env, DB: db }).then(
        () => false,
        () => true,
      );
      if (!failed) break;
      faults++;
      expect(await rows(), `statement ${at}`).toEqual(empty);
      expect(await projectedSeq(env.DB), `statement ${at}`).toBe(0);
    }
    expect((await rows())["fills"]).toHaveLength(1);
  });

  test("a rebuild that fails anywhere is done by asking again", async () => {
    await fresh();
    await runExecutor(env);
    const wanted = await rows();
    const projected = async (): Promise<void> => {
      await fresh();
      await runExecutor(env);
    };
    const rebuild = async (bindings: Env): Promise<void> => {
      const nowMs = Date.now();
      const { upTo, isBusy } = await holdDatabase(bindings, nowMs, "");
      if (isBusy) throw new Error("busy");
      await keepHold(bindings, { isWiping: true });
      for (let runs = 0, isDone = false; !isDone && runs < MAX_RUNS; runs++) isDone = (await wipeDatabase(bindings, upTo, nowMs)).isDone;
      await keepHold(bindings, { isWiping: false });
      for (let runs = 0, isDone = false; !isDone && runs < MAX_RUNS; runs++) isDone = (await projectDatabase(bindings, upTo)).isDone;
      await journalOf(bindings).holdProjection(null, 0);
    };
    await everyCloudFault(["after"], ["DB"], projected, rebuild, async (where) => {
      await rebuild(env);
      expect(await rows(), where).toEqual(wanted);
      expect((await journalOf(env).head()).hold, where).toBeNull();
    });
  });
});
