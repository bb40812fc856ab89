import { DurableObject } from "cloudflare:workers";
import { rpcFromEnv } from "../adapters/env.ts";
import type { SignatureInfo } from "../adapters/rpc/client.ts";
import { shardOf } from "../domain/pipeline/inbox.ts";
import { PUMP_WITHDRAW_AUTHORITY } from "../domain/solana/programs.ts";
import type { Signature } from "../domain/units.ts";
import { acceptTransactions } from "../workers/gateway/accept.ts";
import { advance } from "../workers/pipeline/advance.ts";
import { INBOX_SHARDS, inboxAt } from "./stubs.ts";

/** Webhooks are retried for seconds only: two seconds keeps a lost one fresh enough to trade. */
const POLL_MS = 2_000;
/** Signatures per poll; about 200 graduations a day leave it nearly empty. */
const PAGE = 100;
/** A first start looks back this far and no further: older graduations are no entries any more. */
const FIRST_REACH_MS = 60_000;
/** Pages walked back to the cursor after an outage. */
const MAX_PAGES = 10;

/**
 * Fetches graduations that no webhook brought: every transaction that names the withdraw authority,
 * from the last one seen. One object, on a two-second alarm; the cron re-arms it.
 */
export class GapFiller extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS cursor (id INTEGER PRIMARY KEY CHECK (id = 1), signature TEXT NOT NULL, at_ms INTEGER NOT NULL)",
    );
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + POLL_MS);
    try {
      await this.fill();
    } catch (error) {
      console.warn("gap filler: poll failed, next one follows", String(error));
    }
  }

  /** Re-arms a lost alarm; called by the cron. */
  async watchdog(): Promise<void> {
    const current = await this.ctx.storage.getAlarm();
    if (current === null || current < Date.now() - POLL_MS) await this.ctx.storage.setAlarm(Date.now());
  }

  /** One poll. @returns how many transactions it delivered. */
  async fill(): Promise<number> {
    const rows = await this.#newRows();
    if (rows === null || rows.length === 0) return 0;
    const missed = await this.#undelivered(rows.filter((row) => !row.failed).map((row) => row.signature));
    const rpc = rpcFromEnv(this.env);
    const transactions: unknown[] = [];
    const unread = new Set(missed);
    for (const signature of missed) {
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
      const reply = await rpc.getSignaturesForAddress(PUMP_WITHDRAW_AUTHORITY, range);
      if (!reply.ok) return null;
      rows.push(...reply.value);
      if (until === undefined) return recent(rows);
      if (reply.value.length < PAGE) break;
      before = reply.value.at(-1)?.signature;
    }
    return rows;
  }

  async #undelivered(signatures: readonly Signature[]): Promise<Signature[]> {
    const shards: Signature[][] = Array.from({ length: INBOX_SHARDS }, () => []);
    for (const signature of signatures) shards[shardOf(signature, INBOX_SHARDS)]?.push(signature);
    const unknown = await Promise.all(shards.map((group, shard) => (group.length === 0 ? [] : inboxAt(this.env, shard).unknown(group))));
    return unknown.flat();
  }
}

/** On a first start: the newest row as the cursor, and only what is recent enough to matter. */
function recent(rows: readonly SignatureInfo[]): SignatureInfo[] {
  const nowMs = Date.now();
  return rows.filter((row, index) => index === 0 || (row.blockTimeMs !== null && nowMs - row.blockTimeMs <= FIRST_REACH_MS));
}
