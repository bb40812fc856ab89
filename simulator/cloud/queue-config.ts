import type { QueueConfig } from "./queue.ts";

/** The consumers of the trading path, as wrangler.toml has them (a test compares). */
export const QUEUES: readonly QueueConfig[] = [
  { name: "sniper-discoveries", maxRetries: 3, retryDelayS: 5, deadLetterQueue: "sniper-discoveries-dlq" },
  { name: "sniper-analyses", maxRetries: 3, retryDelayS: 5, deadLetterQueue: "sniper-analyses-dlq" },
  { name: "sniper-signals", maxRetries: 3, retryDelayS: 2, deadLetterQueue: "sniper-signals-dlq" },
  { name: "sniper-trade-events", maxRetries: 3, retryDelayS: 5, deadLetterQueue: "sniper-trade-events-dlq" },
  { name: "sniper-discoveries-dlq", maxRetries: 100, retryDelayS: 60, deadLetterQueue: null },
  { name: "sniper-analyses-dlq", maxRetries: 100, retryDelayS: 60, deadLetterQueue: null },
  { name: "sniper-signals-dlq", maxRetries: 100, retryDelayS: 60, deadLetterQueue: null },
  { name: "sniper-trade-events-dlq", maxRetries: 100, retryDelayS: 60, deadLetterQueue: null },
];
