import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { projectEntries, projectedSeq } from "../../adapters/d1/project.ts";
import { readParquetColumns } from "../../adapters/r2/parquet.ts";
import { appendEntries, GENESIS, verifyChain } from "../../domain/journal/chain.ts";
import type { JournalEntry, StoredEntry } from "../../domain/journal/entry.ts";
import {
  sampleDecision,
  sampleEquity,
  sampleFill,
  sampleIncident,
  sampleIntent,
  sampleLateFeatures,
  sampleLedger,
  sampleLiveMode,
  sampleLock,
  sampleOrder,
  samplePosition,
  samplePricePath,
  sampleTrade,
} from "../../domain/journal/sample-entries.ts";
import { journalOf, liveFeedOf } from "../../durable-objects/stubs.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { archiveUpTo, FLUSH_MS } from "./archive.ts";
import { runExecutor } from "./index.ts";
import { executorPorts } from "./ports.ts";

const TABLES = [
  "decisions",
  "late_features",
  "rejections",
  "decision_reasons",
  "orders",
  "fills",
  "positions",
  "trades",
  "equity",
  "price_paths",
  "parameter_sets",
  "experiments",
  "model_events",
  "denylist",
  "trading_state",
  "ledger_postings",
  "locks",
  "dead_letters",
  "intents",
  "incidents",
  "live_modes",
];

async function append(...entries: JournalEntry[]): Promise<void> {
  await journalOf(env).append(entries);
}

async function dump(): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {};
  for (const table of TABLES) rows[table] = (await env.DB.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()).results;
  return rows;
}

/** Makes the archive's last flush long ago, so that the next run writes the partial window. */
async function agePartialWindow(): Promise<void> {
  const claim = await journalOf(env).claimExecutor(Date.now());
  if (claim === null) throw new Error("executor is busy");
  await journalOf(env).ackExecutor({ ...claim, archivedAtMs: 1 });
}

async function keys(prefix: string): Promise<string[]> {
  return (await env.BUCKET.list({ prefix })).objects.map((object) => object.key);
}

/** Every kind of entry once. */
const EVERY_KIND: JournalEntry[] = [
  sampleDecision("d1"),
  { kind: "rejection", id: "r1", atMs: 1, signature: null, slot: null, source: "webhook", reason: "TX_MALFORMED", detail: null },
  sampleFill("f1"),
  samplePosition("p1"),
  sampleTrade("p1"),
  sampleEquity("e1"),
  samplePricePath("pp1", 3),
  { kind: "parameters", id: "c1", atMs: 1, version: "v1", parent: null, author: "tpe", status: "proposed", parametersJson: "{}" },
  {
    kind: "experiment",
    id: "x1",
    atMs: 1,
    experimentId: "exp",
    championVersion: "v0",
    challengerVersion: "v1",
    status: "running",
    startedAtMs: 1,
    endedAtMs: null,
    shareBps: 1_500,
    reason: null,
    evidenceJson: "{}",
  },
  { kind: "model", id: "m1", atMs: 1, name: "gbdt", version: "1", event: "loaded", reason: null },
  { kind: "denylist", id: "n1", atMs: 1, subject: "mint", value: "bad", action: "add", reason: "rug", author: "op" },
  {
    kind: "trading-state",
    id: "t1",
    atMs: 1,
    ledger: "paper-A",
    state: "HALTED",
    reason: "DRAWDOWN_BREAKER",
    author: "breaker",
    note: null,
  },
  { kind: "dead-letter", id: "l1", atMs: 1, queue: "q", messageId: "m", bodyJson: "{}", r2Key: "k" },
  sampleIntent("p1:buy:1"),
  sampleIncident("i1"),
  sampleLiveMode(1),
  sampleOrder("p1:buy:1"),
  sampleLedger(1),
  sampleLock(2),
  sampleLateFeatures("d1"),
];

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
  // The queue would start the deployed consumer beside the one under test.
  await runInDurableObject(journalOf(env) as DurableObjectStub<undefined>, (instance: unknown) => {
    (instance as { env: Env }).env = { ...env, TRADE_EVENTS: { send: async () => {} } as unknown as Env["TRADE_EVENTS"] };
  });
});

describe("Executor to D1", () => {
  test("projects every kind, amounts and attacker's text unchanged", async () => {
    await append(...EVERY_KIND);
    expect(await runExecutor(env)).toBe(EVERY_KIND.length);
    const rows = await dump();
    for (const table of TABLES) expect(rows[table], table).not.toHaveLength(0);
    expect(rows["decisions"]?.[0]).toMatchObject({
      id: "d1",
      seq: 1,
      score: 41.5,
      name: "A 'quoted' \"name\" 🚀",
      liquidity_lamports: "18446744073709551615",
      parts_json: '{"model":null,"onChain":40,"sentiment":null,"social":45.25}',
      features_json: '{"holders":null,"liquidityUsd":12345.678}',
      is_dry_run: 1,
      is_vetoed: 0,
      model_version: null,
    });
    expect(rows["decision_reasons"]).toMatchObject([
      { decision_id: "d1", rank: 0, code: "SCORE_BELOW_THRESHOLD", detail: "41.5 < 60", outcome: "DECLINE" },
      { decision_id: "d1", rank: 1, code: "LIQUIDITY_TOO_LOW", detail: null },
      { decision_id: "r1", rank: 0, code: "TX_MALFORMED", outcome: "REJECTED" },
    ]);
    expect(rows["ledger_postings"]).toHaveLength(5);
    expect(rows["ledger_postings"]?.[0]).toMatchObject({
      record_id: "ledger:paper-A:1",
      rank: 0,
      account: "reserved",
      lamports: "-502144280",
    });
    expect(rows["locks"]).toMatchObject([
      { ledger: "paper-A", lock_id: "l2", scope: "creator", until_ms: 1_790_000_605_000, status: "set" },
    ]);
    expect(rows["late_features"]).toMatchObject([
      {
        decision_id: "d1",
        seq: EVERY_KIND.length,
        as_of_slot: 370_000_000,
        as_of_ms: 1_790_000_000_000,
        features_json: '{"holders":17}',
        sources_json: '[{"readAtMs":1790000004000,"source":"pool history"}]',
      },
    ]);
    expect(rows["price_paths"]).toMatchObject([{ id: "pp1", samples: 3, is_complete: 1 }]);
    expect(rows["denylist"]).toMatchObject([{ subject: "mint", value: "bad", is_active: 1 }]);
    expect(await projectedSeq(env.DB)).toBe(EVERY_KIND.length);
    expect(await journalOf(env).head()).toMatchObject({ executorSeq: EVERY_KIND.length });
    expect(await runExecutor(env)).toBe(0);
  });

  test("the newest state per position wins, whatever is repeated", async () => {
    await append(
      samplePosition("p1"),
      samplePosition("p1", { id: "p1:exiting", status: "exiting", reason: "EXIT_STOP_LOSS" }),
      samplePosition("p1", { id: "p1:closed", status: "closed", reason: "EXIT_STOP_LOSS" }),
    );
    await runExecutor(env);
    const entries = (await journalOf(env).read(0, 10)) as StoredEntry[];
    await projectEntries(env.DB, entries.slice(0, 2), 1);
    expect((await dump())["positions"]).toMatchObject([{ position_id: "p1", seq: 3, status: "closed", reason: "EXIT_STOP_LOSS" }]);
    expect(await projectedSeq(env.DB)).toBe(3);
  });

  test("a dropped database is rebuilt to the same rows", async () => {
    await append(...EVERY_KIND, ...Array.from({ length: 450 }, (_, i) => sampleDecision(`many-${i}`)));
    expect(await runExecutor(env)).toBe(EVERY_KIND.length + 450);
    const before = await dump();
    expect(before["decisions"]).toHaveLength(451);
    for (const table of [...TABLES, "projection_state"]) await env.DB.prepare(`DELETE FROM ${table}`).run();
    expect(await runExecutor(env)).toBe(EVERY_KIND.length + 450);
    expect(await dump()).toEqual(before);
  });

  test("an entry that does not fit its table does not stop those after it", async () => {
    const misshapen = { ...samplePosition("bad"), symbol: null } as unknown as JournalEntry;
    await append(sampleDecision("d1"), sampleFill("f1"), misshapen, samplePosition("p1"), sampleEquity("e1"));
    expect(await runExecutor(env)).toBe(5);
    const rows = await dump();
    expect(rows["decisions"]).toHaveLength(1);
    expect(rows["positions"]).toMatchObject([{ position_id: "p1", seq: 4 }]);
    expect(rows["equity"]).toHaveLength(1);
    expect(await journalOf(env).head()).toMatchObject({ seq: 5, executorSeq: 5 });
  });

  test("a database that is away holds up neither the archive nor the messages, and nothing for good", async () => {
    await append(sampleDecision("d1"));
    const broken = { ...env, DB: { prepare: () => ({ run: () => Promise.reject(new Error("D1 is away")) }) } } as unknown as Env;
    await expect(runExecutor(broken)).rejects.toThrow("D1 is away");
    expect(await journalOf(env).head()).toMatchObject({ seq: 1, executorSeq: 0, publishedSeq: 1, archivedSeq: 1 });
    expect(await runExecutor(env)).toBe(1);
  });

  test("a database that fails after it has committed holds each row once", async () => {
    await append(...EVERY_KIND);
    const ports = executorPorts(env);
    const project: typeof ports.projection.project = async (entries, nowMs) => {
      await ports.projection.project(entries, nowMs);
      throw new Error("connection lost");
    };
    await expect(runExecutor(env, { ...ports, projection: { ...ports.projection, project } })).rejects.toThrow("connection lost");
    const before = await dump();
    expect(await journalOf(env).head()).toMatchObject({ executorSeq: 0, publishedSeq: EVERY_KIND.length });
    expect(await runExecutor(env)).toBe(0);
    expect(await dump()).toEqual(before);
    expect(await journalOf(env).head()).toMatchObject({ executorSeq: EVERY_KIND.length });
  });

  test("two at once: one works, the books are right", async () => {
    await append(...EVERY_KIND);
    const counts = await Promise.all([runExecutor(env), runExecutor(env), runExecutor(env)]);
    expect(counts.toSorted((a, b) => a - b)).toEqual([0, 0, EVERY_KIND.length]);
  });
});

describe("Executor to R2", () => {
  test("raw Parquet holds what the journal holds", async () => {
    await append(...EVERY_KIND, samplePricePath("empty", 0, { complete: false }));
    await runExecutor(env);
    const name = "000000000001-000000000200.parquet";
    expect(await keys("raw/v1/")).toEqual(
      ["decisions", "equity", "fills", "late_features", "ledger", "orders", "price_paths", "trades"].map(
        (table) => `raw/v1/${table}/${name}`,
      ),
    );
    const paths = await readParquetColumns(env.BUCKET, `raw/v1/price_paths/${name}`, [
      "path_id",
      "complete",
      "sample",
      "at_ms",
      "base_reserves",
      "quote_reserves_lamports",
    ]);
    expect(paths).toEqual({
      ok: true,
      value: {
        path_id: ["pp1", "pp1", "pp1", "empty"],
        complete: [true, true, true, false],
        sample: [0n, 1n, 2n, 0n],
        at_ms: [1_790_000_000_000n, 1_790_000_001_000n, 1_790_000_002_000n, null],
        base_reserves: [206_900_000_000_000n, 206_899_999_999_999n, 206_899_999_999_998n, null],
        quote_reserves_lamports: [85_005_000_000n, 85_005_000_001n, 85_005_000_002n, null],
      },
    });
    const postings = await readParquetColumns(env.BUCKET, `raw/v1/ledger/${name}`, ["account", "lamports"]);
    expect(postings).toMatchObject({ ok: true, value: { lamports: [-502_144_280n, 498_500_000n, 1_500_000n, 105_000n, 2_039_280n] } });
    const decisions = await readParquetColumns(env.BUCKET, `raw/v1/decisions/${name}`, ["features_json", "liquidity_lamports", "score"]);
    expect(decisions).toEqual({
      ok: true,
      value: {
        features_json: ['{"holders":null,"liquidityUsd":12345.678}'],
        liquidity_lamports: [18_446_744_073_709_551_615n],
        score: [41.5],
      },
    });
    const trades = await readParquetColumns(env.BUCKET, `raw/v1/trades/${name}`, ["pnl_lamports", "return_bps", "exit_reason"]);
    expect(trades).toMatchObject({
      ok: true,
      value: { pnl_lamports: [98_000_000n], return_bps: [1_952n], exit_reason: ["EXIT_TAKE_PROFIT"] },
    });
  });

  test("a partial window waits 15 s and is replaced by the full one under its name", async () => {
    await append(sampleDecision("first"));
    await runExecutor(env);
    expect(await journalOf(env).head()).toMatchObject({ archivedSeq: 1 });
    await append(sampleDecision("second"));
    await runExecutor(env);
    expect(await journalOf(env).head()).toMatchObject({ executorSeq: 2, archivedSeq: 1 });
    await agePartialWindow();
    await runExecutor(env);
    expect(await journalOf(env).head()).toMatchObject({ archivedSeq: 2 });
    await append(...Array.from({ length: 300 }, (_, i) => sampleDecision(`more-${i}`)));
    await runExecutor(env);
    expect(await journalOf(env).head()).toMatchObject({ executorSeq: 302, archivedSeq: 200 });
    await agePartialWindow();
    await runExecutor(env);
    expect(await journalOf(env).head()).toMatchObject({ archivedSeq: 302 });

    const names = ["000000000001-000000000200", "000000000201-000000000400"];
    expect(await keys("raw/v1/")).toEqual(names.map((name) => `raw/v1/decisions/${name}.parquet`));
    const ids: unknown[] = [];
    for (const name of names) {
      const read = await readParquetColumns(env.BUCKET, `raw/v1/decisions/${name}.parquet`, ["id"]);
      if (read.ok) ids.push(...read.value.id);
    }
    expect(ids).toEqual(["first", "second", ...Array.from({ length: 300 }, (_, i) => `more-${i}`)]);

    expect(await keys("journal/v1/")).toEqual(names.map((name) => `journal/v1/${name}.jsonl`));
    const links: StoredEntry[] = [];
    for (const name of names) {
      const text = (await (await env.BUCKET.get(`journal/v1/${name}.jsonl`))?.text()) ?? "";
      for (const line of text.trimEnd().split("\n")) links.push(JSON.parse(line) as StoredEntry);
    }
    expect(verifyChain(links)).toEqual({ ok: true, value: { seq: 302, hash: (await journalOf(env).head()).hash } });
  });

  test("a writer that was thought dead puts no older window over a newer one", async () => {
    const links = (count: number) => appendEntries(GENESIS, EVERY_KIND.slice(0, count));
    const read = (count: number) =>
      async function* (from: number, to: number) {
        yield links(count).slice(from - 1, to);
      };
    await archiveUpTo(env.BUCKET, { seq: 0, atMs: 0 }, 9, FLUSH_MS, read(9));
    await expect(archiveUpTo(env.BUCKET, { seq: 0, atMs: 0 }, 5, FLUSH_MS, read(5))).rejects.toThrow("holds entries up to 9");
    const [key = ""] = await keys("journal/v1/");
    // Both have seen the same version; the second to write has not seen the first one's.
    const seen = await env.BUCKET.head(key);
    const stale = { head: async () => seen, put: env.BUCKET.put.bind(env.BUCKET) } as unknown as R2Bucket;
    await archiveUpTo(env.BUCKET, { seq: 9, atMs: 0 }, 12, FLUSH_MS, read(12));
    await expect(archiveUpTo(stale, { seq: 9, atMs: 0 }, 11, FLUSH_MS, read(11))).rejects.toThrow("written by another");
    expect((await (await env.BUCKET.get(key))?.text())?.trimEnd().split("\n")).toHaveLength(12);
  });

  test("long price paths are split into bounded parts, no path across two", async () => {
    const links = Array.from({ length: 12 }, (_, i) => ({
      seq: i + 1,
      hash: "",
      prevHash: "",
      entry: samplePricePath(`long-${i}`, 4_000),
    }));
    const archived = await archiveUpTo(env.BUCKET, { seq: 0, atMs: 0 }, 12, FLUSH_MS, async function* (from, to) {
      for (let seq = from; seq <= to; seq += 5) yield links.slice(seq - 1, Math.min(to, seq + 4));
    });
    expect(archived).toEqual({ seq: 12, atMs: FLUSH_MS });
    const files = await keys("raw/v1/price_paths/");
    expect(files).toEqual([".1", ""].map((part) => `raw/v1/price_paths/000000000001-000000000200${part}.parquet`));
    const counts: Record<string, number> = {};
    for (const [part, key] of files.entries()) {
      const read = await readParquetColumns(env.BUCKET, key, ["path_id"]);
      for (const id of read.ok ? read.value.path_id : []) counts[`${part}/${id}`] = (counts[`${part}/${id}`] ?? 0) + 1;
    }
    expect(Object.keys(counts)).toHaveLength(12);
    expect(new Set(Object.values(counts))).toEqual(new Set([4_000]));
  });
});

describe("Executor's messages", () => {
  test("the live feed gets each entry once, also when the projection is repeated", async () => {
    await append(...EVERY_KIND);
    await runExecutor(env);
    await env.DB.prepare("DELETE FROM projection_state").run();
    await runExecutor(env);
    const ring = await runInDurableObject(liveFeedOf(env) as DurableObjectStub<undefined>, (_: unknown, state: DurableObjectState) =>
      state.storage.sql.exec<{ body: string }>("SELECT body FROM ring ORDER BY seq").toArray(),
    );
    const types = ["decision", "position", "trade", "equity", ...Array(6).fill("notice"), "intent", "incident", "notice", "notice"];
    expect(ring.map(({ body }) => JSON.parse(body).type)).toEqual(types);
    expect(JSON.parse(ring[1]?.body ?? "")).toMatchObject({ seq: 4, position: { positionId: "p1", returnBps: 1_000 } });
  });

  test("training is nudged after 25 archived complete paths, and again after 25 more", async () => {
    const sent: unknown[] = [];
    const bindings = { ...env, TRAINING: { send: async (message: unknown) => void sent.push(message) } } as unknown as Env;
    const paths = (from: number, count: number, complete = true): JournalEntry[] =>
      Array.from({ length: count }, (_, i) => samplePricePath(`path-${from + i}`, 1, { complete }));
    await append(...paths(0, 24), ...paths(100, 30, false), sampleTrade("p1"));
    await runExecutor(bindings);
    expect(sent).toEqual([]);
    await append(...paths(24, 2));
    await runExecutor(bindings);
    expect(sent).toEqual([]);
    await agePartialWindow();
    await runExecutor(bindings);
    expect(sent).toEqual([{ type: "dataset-grew", trades: 1, paths: 26 }]);
    await append(...paths(26, 20));
    await agePartialWindow();
    await runExecutor(bindings);
    expect(sent).toHaveLength(1);
    await append(...paths(46, 5));
    await agePartialWindow();
    await runExecutor(bindings);
    expect(sent.at(-1)).toEqual({ type: "dataset-grew", trades: 1, paths: 51 });
  });
});
