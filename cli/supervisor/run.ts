import { join, resolve } from "node:path";
import { ok, type Result } from "../../domain/result.ts";
import { type CronTarget, startCrons } from "./crons.ts";
import { createFeedReader, type ProgressEvent } from "./events.ts";
import { followFeed } from "./feed.ts";
import { goLive, warnOfLivePositions } from "./go-live.ts";
import { watchLearning } from "./learning-watch.ts";
import type { StartOptions } from "./options.ts";
import type { ProgressLog } from "./progress-log.ts";
import type { StartRefusal } from "./refusal.ts";
import { localnetVariables, mainnetVariables } from "./run-env.ts";
import { localnetSigner, mainnetSigner } from "./signer.ts";
import { ROOT, type RunningSystem, type SignerPlan, type SystemPlan, startSystem } from "./system.ts";
import { registerTelegramWebhook } from "./telegram-webhook.ts";
import { cronsOf, LEARNING, SNIPER } from "./wrangler.ts";

/** Raised when kept databases of before cannot go on: a start on older ones is refused, never half understood. */
const STATE_FORMAT = "2";

/** Every minute, as in production for the sniper; the Learning Worker looks for new data and stuck Workflows as often. */
const CRON_INTERVAL_MS = 60_000;

/** The plan of `npm start` for its options. */
export function planOf(options: StartOptions): SystemPlan {
  const localnetUrl = `http://127.0.0.1:${options.localnetPort}`;
  const stateDir = resolve(options.stateDir);
  const ceiling = options.live ? "live" : "paper";
  const args = [
    ...["--port", String(options.localnetPort), "--state", join(stateDir, "localnet")],
    ...["--seed", options.seed, "--mix", options.mix, "--speed", String(options.speed)],
    ...["--webhook-url", `http://127.0.0.1:${options.port}/webhooks/helius`],
  ];
  return {
    stateDir,
    fresh: options.fresh,
    port: options.port,
    localnet: options.mainnet ? null : { port: options.localnetPort, args },
    identity: {
      format: STATE_FORMAT,
      ...(options.mainnet ? { network: "mainnet" } : { network: "localnet", seed: options.seed, mix: options.mix }),
    },
    withLearning: true,
    signer: options.live ? signerOf(options, stateDir) : null,
    variables: (secrets) =>
      options.mainnet ? mainnetVariables(options.varsFile, secrets, ceiling) : ok(localnetVariables(localnetUrl, secrets, ceiling)),
  };
}

function signerOf(options: StartOptions, stateDir: string): SignerPlan {
  return options.mainnet ? mainnetSigner(options.varsFile, resolve(options.signerVarsFile)) : localnetSigner(stateDir);
}

/**
 * Starts the system, its crons and its progress log, and resolves with it once it is ready. The caller
 * waits for a signal or `broken`, and then calls `stop`.
 */
export async function runSystem(
  options: StartOptions,
  log: ProgressLog,
  signal: AbortSignal,
): Promise<Result<RunningSystem, StartRefusal>> {
  const startedAtMs = performance.now();
  const plan = planOf(options);
  const started = await startSystem(plan, (text) => log.write({ kind: "step", text }), signal);
  if (!started.ok) return started;
  const system = started.value;
  log.write({ kind: "ready", url: system.url, seconds: (performance.now() - startedAtMs) / 1000 });

  const readFeed = createFeedReader();
  const feed = followFeed(system.url, (message) => {
    for (const event of readFeed(message)) log.write(event);
  });
  const learning = watchLearning(system.url, (event) => log.write(event));
  const targets: CronTarget[] = [SNIPER, LEARNING].flatMap(({ name, config }) =>
    cronsOf(join(ROOT, config)).map((cron) => ({ worker: name, cron })),
  );
  const crons = startCrons(system.url, targets, CRON_INTERVAL_MS, ({ worker }, outcome) =>
    log.write({ kind: "warning", text: `the cron of ${worker} ended with: ${outcome}` }),
  );
  const localnetUrl = options.mainnet ? null : `http://127.0.0.1:${options.localnetPort}`;
  if (localnetUrl !== null) {
    const failure = await registerTelegramWebhook(localnetUrl, system);
    if (failure !== null) log.write({ kind: "warning", text: failure });
  }
  // Not awaited: Ctrl-C must work while a preflight is repeated.
  const stopping = new AbortController();
  const tell = (event: ProgressEvent): void => {
    if (!stopping.signal.aborted) log.write(event);
  };
  if (options.live) void goLive({ system, localnetUrl, enable: options.yes, tell, signal: stopping.signal });
  else void warnOfLivePositions(system.url, tell);
  return ok({
    ...system,
    stop: async () => {
      stopping.abort();
      crons.stop();
      feed.close();
      learning.stop();
      await system.stop();
    },
  });
}
