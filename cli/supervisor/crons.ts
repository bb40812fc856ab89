/** Locally no cron fires by time: this fires them. */
export interface CronTicker {
  stop(): void;
}

export interface CronTarget {
  readonly worker: string;
  readonly cron: string;
}

const FIRST_AFTER_MS = 2_000;
const TIMEOUT_MS = 55_000;

/**
 * Fires a Worker's scheduled handler through wrangler's local explorer. Answers the outcome ("ok",
 * "exception") or a description of why there is none. Never throws.
 */
export async function fireCron(baseUrl: string, target: CronTarget): Promise<string> {
  try {
    const response = await fetch(`${baseUrl}/cdn-cgi/local/explorer/api/local/scheduled?worker=${target.worker}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ cron: target.cron }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = (await response.json()) as { result?: { outcome?: string } };
    return body.result?.outcome ?? `HTTP ${response.status}`;
  } catch (error) {
    return error instanceof Error ? error.message : "no answer";
  }
}

/**
 * Fires each target soon after the start and then every `intervalMs`, a target's next run never before its
 * last has ended. `onFailure` hears of outcomes other than "ok", once per change.
 */
export function startCrons(
  baseUrl: string,
  targets: readonly CronTarget[],
  intervalMs: number,
  onFailure: (target: CronTarget, outcome: string) => void,
): CronTicker {
  let stopped = false;
  const timers = new Set<NodeJS.Timeout>();

  function later(ms: number, run: () => Promise<void>): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      void run();
    }, ms);
    timers.add(timer);
  }

  function schedule(target: CronTarget, afterMs: number, previous: string): void {
    later(afterMs, async () => {
      const startedAtMs = performance.now();
      const outcome = await fireCron(baseUrl, target);
      if (stopped) return;
      if (outcome !== "ok" && outcome !== previous) onFailure(target, outcome);
      schedule(target, Math.max(1_000, intervalMs - (performance.now() - startedAtMs)), outcome);
    });
  }

  for (const target of targets) schedule(target, FIRST_AFTER_MS, "ok");
  return {
    stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
