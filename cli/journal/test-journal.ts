import { createExecutionContext, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { JournalEntry } from "../../domain/journal/entry.ts";
import {
  sampleDecision,
  sampleEquity,
  sampleFill,
  sampleLedger,
  sampleLock,
  sampleOrder,
  samplePosition,
  sampleTrade,
} from "../../domain/journal/sample-entries.ts";
import { ok, refuse } from "../../domain/result.ts";
import type { Journal } from "../../durable-objects/journal.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import { runExecutor } from "../../workers/executor/index.ts";
import worker from "../../workers/index.ts";
import type { Outcome } from "../output.ts";
import { journalApi } from "./journal-api.ts";
import { remoteSegments, type Verification, verifyJournal } from "./verify-journal.ts";

/** The API of the Worker under test, as the CLI calls it. */
export const api = journalApi(async <T>(path: string, init: { method?: string; body?: unknown; text?: boolean }): Promise<Outcome<T>> => {
  const headers = { authorization: "Bearer test-operator", "content-type": "application/json" };
  const request = new Request(`http://sniper.test/api/v1${path}`, {
    method: init.method ?? "GET",
    headers,
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
  const response = await worker.fetch(request as never, env, createExecutionContext());
  const text = new TextDecoder().decode(await response.arrayBuffer());
  if (!response.ok) return refuse("FAILED", `${response.status} ${text}`);
  return ok((init.text === true ? text : JSON.parse(text)) as T);
});

/** The value of an outcome; throws what went wrong. */
export function must<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.detail);
  return outcome.value;
}

/** What `sniper journal verify` finds. */
export async function verify(): Promise<Verification> {
  return must(await verifyJournal(remoteSegments(api), { api }));
}

let next = 0;
/** The number of the next entry that `entries` makes, less one. */
export function countFrom(n: number): void {
  next = n;
}

/** Entries of every kind that trading makes; the ledger counts its own. */
export function entries(count: number): JournalEntry[] {
  return Array.from({ length: count }, () => {
    const n = ++next;
    const kinds = [
      () => sampleDecision(`d${n}`),
      () => sampleOrder(`p${n}:buy:1`),
      () => sampleFill(`f${n}`),
      () => sampleLedger(n),
      () => samplePosition(`p${n % 7}`, { id: `p:${n}`, costLamports: String(n) }),
      () => sampleTrade(`p${n}`),
      () => sampleEquity(`equity:paper-A:${n}`),
      () => sampleLock(n),
    ];
    return (kinds[n % kinds.length] ?? (() => sampleDecision(`d${n}`)))();
  });
}

/** Lets the archive write its partial window, and everything else, now. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const claim = await journalOf(env).claimExecutor(Date.now());
    if (claim === null) continue;
    await journalOf(env).ackExecutor({ ...claim, archivedAtMs: 1 });
    await runExecutor(env);
    const { seq, executorSeq, archivedSeq } = await journalOf(env).head();
    if (executorSeq === seq && archivedSeq === seq) return;
  }
  throw new Error("the executor does not come to an end");
}

/** Reaches into the Journal object. */
export async function inJournal(run: (sql: SqlStorage, state: DurableObjectState) => void | Promise<void>): Promise<void> {
  await runInDurableObject(journalOf(env), async (_instance: Journal, state: DurableObjectState) => run(state.storage.sql, state));
}

/** The journal's queue is silent: the deployed consumer must not work beside the test. */
export async function silence(): Promise<void> {
  await runInDurableObject(journalOf(env), (instance: Journal) => {
    (instance as unknown as { env: Env }).env = { ...env, TRADE_EVENTS: { send: async () => {} } as unknown as Env["TRADE_EVENTS"] };
  });
}

/** What a call of the journal was refused with; over RPC a refusal would also count as uncaught. */
export async function refusal(call: (journal: Journal) => Promise<unknown>): Promise<string> {
  return runInDurableObject(journalOf(env), async (instance: Journal) => {
    try {
      await call(instance);
      return "none";
    } catch (error) {
      return String(error);
    }
  });
}

/** The Journal object begins a new life. */
export async function restart(): Promise<void> {
  await evictDurableObject(journalOf(env));
  await silence();
}

/** The files of the archive. */
export async function segmentKeys(): Promise<string[]> {
  return (await env.BUCKET.list({ prefix: "journal/v1/" })).objects.map(({ key }) => key);
}
