import { DurableObject } from "cloudflare:workers";
import { rpcFromEnv } from "../adapters/env.ts";
import type { SignatureInfo } from "../adapters/rpc/client.ts";
import { type BudgetClaim, GAP_FILLING_SHARE } from "../domain/budget.ts";
import {
  afterPoll,
  afterWebhook,
  FAST_POLL_MS,
  FIRST_PACE,
  type GapPace,
  IDLE_POLL_MS,
  pollDelayMs,
  type Seen,
} from "../domain/pipeline/gap-pace.ts";
import { shardOf } from "../domain/pipeline/inbox.ts";
import { RPC_CREDITS } from "../domain/rpc-credits.ts";
import { PUMP_WITHDRAW_AUTHORITY } from "../domain/solana/programs.ts";
import type { Signature, UnixMs } from "../domain/units.ts";
import { acceptTransactions } from "../workers/gateway/accept.ts";
import { advance } from "../workers/pipeline/advance.ts";
import { budgetPort } from "./budget-port.ts";
import { INBOX_SHARDS, inboxAt } from "./stubs.ts";

/** Signatures per poll; about 200 graduations a day leave it nearly empty. */
const PAGE = 100;
/** A first start looks back this far and no further: older graduations are no entries any more. */
const FIRST_REACH_MS = 60_000;
/** Pages walked back to the cursor after an outage. */
const MAX_PAGES = 10;
/** How often what was used is told to the budget. */
const TELL_MS = 60_000;

/** What is kept beside the cursor. Kept, because at a slow pace the object is not in memory from one poll to the next. */
interface Condition {
  readonly pace: GapPace;
  /** What the budget has not been told yet. */
  readonly untold: BudgetClaim;
  readonly toldAtMs: UnixMs;
  readonly isShortOfCredits: boolean;
}

const FIRST_CONDITION: Condition = { pace: FIRST_PACE, untold: { requests: 0, cost: 0 }, toldAtMs: 0, isShortOfCredits: false };

/**
 * Fetches graduations that no webhook brought: every transaction that names the withdraw authority,
 * from the last one seen. One object, on an alarm of 2 to 60 seconds (`gap-pace.ts`); the cron re-arms it.
 */
export class GapFiller extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS cursor (id INTEGER PRIMARY KEY CHECK (id = 1), signature TEXT NOT NULL, at_ms INTEGER NOT NULL);
       CREATE TABLE IF NOT EXISTS condition (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL)`,
    );
  }

  override async alarm(): Promise<void> {
    const startedAtMs = Date.now();
    await this.ctx.storage.setAlarm(startedAtMs + this.#delayMs());
    try {
      await this.fill();
    } catch (error) {
      console.warn("gap filler: poll failed, next one follows", String(error));
      this.#change(({ pace }) => ({ pace: afterPoll(pace, null, Date.now()) }));
    }
    await this.#hurry(startedAtMs);
    this.ctx.waitUntil(this.#tell());
  }

  /** Re-arms a lost alarm, or one that is further away than any pace; called by the cron. */
  async watchdog(): Promise<void> {
    const current = await this.ctx.storage.getAlarm();
    const nowMs = Date.now();
    if (current === null || current < nowMs - FAST_POLL_MS || current > nowMs + IDLE_POLL_MS) await this.ctx.storage.setAlarm(nowMs);
  }

  /** Told by the gateway what a webhook brought: while webhooks are in order, polls are slow. */
  async onWebhook(delivered: readonly Seen[], receivedAtMs: UnixMs): Promise<void> {
    this.#change(({ pace }) => ({ pace: afterWebhook(pace, delivered, receivedAtMs) }));
    await this.#hurry(Date.now());
  }

  /** One poll. @returns how many transactions it delivered. */
  async fill(): Promise<number> {
    const rows = await this.#newRows();
    const missed = rows === null ? null : await this.#undelivered(rows.filter((row) => !row.failed));
    this.#change(({ pace }) => ({ pace: afterPoll(pace, missed, Date.now()) }));
    if (rows === null || missed === null || rows.length === 0) return 0;
    const rpc = rpcFromEnv(this.env);
    const transactions: unknown[] = [];
    const unread = new Set(missed.map(({ signature }) => signature));
    for (const { signature } of missed) {
      this.#count();
      const reply = await rpc.getTransaction(signature);
      if (!reply.ok) break;
      if (reply.value == null) continue;
      transactions.push(reply.value);
      unread.delete(signature);
    }
    const { fresh } = await acceptTransactions(this.env, transactions, "gap-filler", Date.now());
    // The cursor must not pass what could not be read: the next poll tries again, without holding up the others.
    const reached = rows[rows.findLastIndex((row) => unread.has(row.signature)) + 1];
    if (reached !== undefined) {
      this.#sql.exec("INSERT OR REPLACE INTO cursor (id, signature, at_ms) VALUES (1, ?, ?)", reached.signature, Date.now());
    }
    for (const key of fresh)
      this.ctx.waitUntil(advance(this.env, key, Date.now).catch((error) => console.warn("gap filler:", String(error))));
    return transactions.length;
  }

  /** Newest first, down to the cursor; null when the node did not answer. */
  async #newRows(): Promise<SignatureInfo[] | null> {
    const rpc = rpcFromEnv(this.env);
    const until = this.#sql.exec<{ signature: string }>("SELECT signature FROM cursor").toArray()[0]?.signature;
    const rows: SignatureInfo[] = [];
    let before: Signature | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const range = { limit: PAGE, ...(until === undefined ? {} : { until }), ...(before === undefined ? {} : { before }) };
      this.#count();
      const reply = await rpc.getSignaturesForAddress(PUMP_WITHDRAW_AUTHORITY, range);
      if (!reply.ok) return null;
      rows.push(...reply.value);
      if (until === undefined) return recent(rows);
      if (reply.value.length < PAGE) break;
      before = reply.value.at(-1)?.signature;
    }
    return rows;
  }

  async #undelivered(rows: readonly SignatureInfo[]): Promise<SignatureInfo[]> {
    const shards: Signature[][] = Array.from({ length: INBOX_SHARDS }, () => []);
    for (const { signature } of rows) shards[shardOf(signature, INBOX_SHARDS)]?.push(signature);
    const unknown = await Promise.all(shards.map((group, shard) => (group.length === 0 ? [] : inboxAt(this.env, shard).unknown(group))));
    const missed = new Set(unknown.flat());
    return rows.filter(({ signature }) => missed.has(signature));
  }

  #delayMs(): number {
    const { pace, isShortOfCredits } = this.#condition();
    return pollDelayMs(pace, isShortOfCredits, Date.now());
  }

  /** Brings the next poll forward when there is reason to, never back. */
  async #hurry(lastPollAtMs: UnixMs): Promise<void> {
    const dueAtMs = Math.max(Date.now(), lastPollAtMs + this.#delayMs());
    const current = await this.ctx.storage.getAlarm();
    if (current !== null && current > dueAtMs) await this.ctx.storage.setAlarm(dueAtMs);
  }

  /** One call of a history method. */
  #count(): void {
    this.#change(({ untold: { requests, cost } }) => ({ untold: { requests: requests + 1, cost: cost + RPC_CREDITS.history } }));
  }

  /** Tells the budget what was used, once a minute, and learns whether much is left. No poll waits for it. */
  async #tell(): Promise<void> {
    const { untold, toldAtMs } = this.#condition();
    const nowMs = Date.now();
    if (nowMs >= toldAtMs && nowMs - toldAtMs < TELL_MS) return;
    this.#change(() => ({ untold: FIRST_CONDITION.untold, toldAtMs: nowMs }));
    try {
      const isShortOfCredits = (await budgetPort(this.env, "rpc").spend(untold)) >= GAP_FILLING_SHARE;
      if (isShortOfCredits && !this.#condition().isShortOfCredits) console.warn("gap filler: credits are short, one look a minute");
      this.#change(() => ({ isShortOfCredits }));
    } catch (error) {
      console.error("the budget was not told of gap filling", String(error));
      this.#change(({ untold: { requests, cost } }) => ({
        untold: { requests: requests + untold.requests, cost: cost + untold.cost },
      }));
    }
  }

  #condition(): Condition {
    const [row] = this.#sql.exec<{ body: string }>("SELECT body FROM condition").toArray();
    return row === undefined ? FIRST_CONDITION : { ...FIRST_CONDITION, ...(JSON.parse(row.body) as Condition) };
  }

  #change(change: (current: Condition) => Partial<Condition>): void {
    const current = this.#condition();
    const body = JSON.stringify({ ...current, ...change(current) });
    this.#sql.exec("INSERT OR REPLACE INTO condition (id, body) VALUES (1, ?)", body);
  }
}

/** On a first start: the newest row as the cursor, and only what is recent enough to matter. */
function recent(rows: readonly SignatureInfo[]): SignatureInfo[] {
  const nowMs = Date.now();
  return rows.filter((row, index) => index === 0 || (row.blockTimeMs !== null && nowMs - row.blockTimeMs <= FIRST_REACH_MS));
}
