import { createRng } from "../../domain/random.ts";
import type { Address } from "../../domain/units.ts";
import { renderRawWebhookEntry } from "../chain/render.ts";
import type { TransactionRecord } from "../chain/types.ts";

/** Where a webhook goes and what it watches. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Sent as the Authorization header. */
  readonly authHeader: string;
  readonly addresses: readonly Address[];
  /** Which transactions it wants; all when it is missing. */
  readonly txnStatus?: "all" | "success" | "failed";
}

/** Helius's habits. Shares are of deliveries; delays in wall milliseconds. */
export interface Habits {
  readonly duplicateShare: number;
  readonly lateShare: number;
  readonly dropShare: number;
  /** Entries that arrive within this time go out as one array. */
  readonly batchMs: number;
  readonly lateMs: readonly [number, number];
  /** Retries after an answer other than 200 or a time-out, and their distance. */
  readonly retries: number;
  readonly retryMs: number;
  readonly timeoutMs: number;
}

export const HELIUS_HABITS: Habits = {
  duplicateShare: 0.03,
  lateShare: 0.03,
  dropShare: 0.01,
  batchMs: 80,
  lateMs: [800, 4_000],
  retries: 3,
  retryMs: 1_000,
  timeoutMs: 5_000,
};

/** Entries of one array, and entries waiting for one webhook: more are dropped, as a provider would. */
const MAX_BATCH = 20;
const MAX_WAITING = 500;
/** Deliveries in flight per webhook. */
const MAX_IN_FLIGHT = 8;

export interface SenderStatus {
  readonly enabled: boolean;
  readonly delivered: number;
  readonly failed: number;
  readonly dropped: number;
  readonly duplicated: number;
  readonly late: number;
}

export interface WebhookSender {
  /** Offers an executed transaction; it goes to every webhook that watches one of its accounts. */
  offer(record: TransactionRecord): void;
  setEnabled(enabled: boolean): void;
  status(): SenderStatus;
  /** Stops timers and deliveries. */
  close(): void;
}

export interface SenderOptions {
  readonly seed: string;
  readonly webhooks: () => readonly Webhook[];
  readonly habits?: Habits;
  readonly fetch?: typeof fetch;
  readonly enabled?: boolean;
}

/** Creates a sender. What happens to a transaction depends on seed and signature only. */
export function createWebhookSender(options: SenderOptions): WebhookSender {
  const habits = options.habits ?? HELIUS_HABITS;
  const send = options.fetch ?? fetch;
  const timers = new Set<NodeJS.Timeout>();
  const lanes = new Map<string, Lane>();
  const stop = new AbortController();
  const counts = { delivered: 0, failed: 0, dropped: 0, duplicated: 0, late: 0 };
  let enabled = options.enabled ?? true;

  function later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!stop.signal.aborted) action();
    }, delayMs);
    timers.add(timer);
  }

  function enqueue(webhook: Webhook, body: string): void {
    const lane = lanes.get(webhook.id) ?? { waiting: [], scheduled: false, inFlight: 0 };
    lanes.set(webhook.id, lane);
    if (lane.waiting.length >= MAX_WAITING) {
      counts.dropped++;
      return;
    }
    lane.waiting.push(body);
    if (lane.scheduled) return;
    lane.scheduled = true;
    later(habits.batchMs, () => flush(webhook, lane));
  }

  function flush(webhook: Webhook, lane: Lane): void {
    lane.scheduled = false;
    if (lane.inFlight >= MAX_IN_FLIGHT) {
      lane.scheduled = true;
      later(habits.batchMs, () => flush(webhook, lane));
      return;
    }
    const batch = lane.waiting.splice(0, MAX_BATCH);
    if (lane.waiting.length > 0) {
      lane.scheduled = true;
      later(0, () => flush(webhook, lane));
    }
    if (batch.length === 0) return;
    lane.inFlight++;
    deliver(webhook, `[${batch.join(",")}]`, 0).finally(() => {
      lane.inFlight--;
    });
  }

  async function deliver(webhook: Webhook, body: string, attempt: number): Promise<void> {
    if (await post(webhook, body)) {
      counts.delivered++;
      return;
    }
    if (attempt >= habits.retries || stop.signal.aborted) {
      counts.failed++;
      return;
    }
    await new Promise<void>((resolve) => later(habits.retryMs, resolve));
    await deliver(webhook, body, attempt + 1);
  }

  async function post(webhook: Webhook, body: string): Promise<boolean> {
    try {
      const response = await send(webhook.url, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: webhook.authHeader },
        body,
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(habits.timeoutMs)]),
      });
      await response.body?.cancel();
      return response.status === 200;
    } catch {
      return false;
    }
  }

  return {
    offer: (record) => {
      if (!enabled) return;
      const keys = new Set(record.transaction.accountKeys);
      const unwanted = record.err === null ? "failed" : "success";
      const watching = options
        .webhooks()
        .filter(({ addresses, txnStatus }) => txnStatus !== unwanted && addresses.some((one) => keys.has(one)));
      if (watching.length === 0) return;
      const body = JSON.stringify(renderRawWebhookEntry(record));
      for (const webhook of watching) {
        const rng = createRng(`${options.seed}/webhook/${webhook.url}/${record.transaction.signatures[0]}`);
        const dice = rng.next();
        const delayMs = habits.lateMs[0] + (habits.lateMs[1] - habits.lateMs[0]) * rng.next();
        if (dice < habits.dropShare) {
          counts.dropped++;
          continue;
        }
        if (dice < habits.dropShare + habits.lateShare) {
          counts.late++;
          later(delayMs, () => enqueue(webhook, body));
          continue;
        }
        enqueue(webhook, body);
        if (dice < habits.dropShare + habits.lateShare + habits.duplicateShare) {
          counts.duplicated++;
          later(delayMs, () => enqueue(webhook, body));
        }
      }
    },
    setEnabled: (value) => {
      enabled = value;
    },
    status: () => ({ enabled, ...counts }),
    close: () => {
      stop.abort();
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

interface Lane {
  readonly waiting: string[];
  scheduled: boolean;
  inFlight: number;
}
