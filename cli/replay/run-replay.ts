import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { readBounded } from "../../adapters/rpc/read-bounded.ts";
import type { DecisionRecord } from "../../domain/journal/entry.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { findGraduations } from "../../domain/solana/decode.ts";
import type { ParameterProfile } from "../../domain/trading/parameters.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { Outcome } from "../output.ts";
import { freePort } from "../supervisor/ports.ts";
import type { RunSecrets } from "../supervisor/run-env.ts";
import { type RunningSystem, startSystem } from "../supervisor/system.ts";
import type { RecordedChain, Recording } from "./recorded-chain.ts";
import { type RecordedRpc, startRecordedRpc } from "./recorded-rpc.ts";
import { firstSeen, type SeenCoin } from "./seen.ts";
import { type SeenServer, startSeenServer } from "./seen-server.ts";

/** Recordings lie days apart: no pause between two of them is longer than this. */
const MAX_PAUSE_MS = 10_000;
const DELIVERY_TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Nothing listens there: what a recording does not hold cannot be fetched either. */
const NOWHERE = "http://127.0.0.1:9";

const answerSchema = z.object({
  decisions: z.array(z.custom<DecisionRecord>((value) => typeof value === "object" && value !== null && "stage" in value)),
  rejections: z.array(z.object({ signature: z.string().nullable(), reason: z.string(), detail: z.string().nullish() })),
});

/** What the running system said of one recorded transaction. */
export interface ReplayedTransaction {
  readonly recording: Recording;
  /** What was seen when its coin was first judged, which the replay saw too; null: no such record. */
  readonly seen: SeenCoin | null;
  readonly decisions: readonly DecisionRecord[];
  readonly rejections: ReadonlyArray<{ readonly reason: string; readonly detail: string | null }>;
}

export interface ReplayOptions {
  /** What was seen at the time beside the chain; a moment without it has no posts. */
  readonly seen: readonly SeenCoin[];
  readonly profile: ParameterProfile;
  /** Times the recorded speed; null delivers one after another without pause. */
  readonly speed: number | null;
  readonly onStep: (text: string) => void;
  readonly onTransaction: (replayed: ReplayedTransaction) => void;
  readonly signal: AbortSignal;
}

/**
 * Feeds a recording through a throw-away instance of the system: an own state folder and ports, a node that
 * knows what the recording proves up to the transaction at hand, and its time as "now". Where it was recorded what
 * a judgement saw, "now" is the moment and the slot of that judgement, and the instance sees the same. Nothing is
 * sent anywhere else. The instance and its folder are gone afterwards, whatever happened. Fails when the instance
 * does not start or does not take a delivery.
 */
export async function runReplay(chain: RecordedChain, options: ReplayOptions): Promise<Outcome<readonly ReplayedTransaction[]>> {
  const stateDir = mkdtempSync(join(tmpdir(), "sniper-replay-"));
  const node = await startRecordedRpc(chain);
  const seen = await startSeenServer();
  let system: RunningSystem | null = null;
  try {
    const started = await startSystem(
      {
        stateDir,
        fresh: false,
        port: await freePort(),
        localnet: null,
        identity: { network: "replay" },
        withLearning: false,
        signer: null,
        variables: (secrets) => ok(replayVariables({ rpc: node.url, seen: seen.url }, secrets, options.profile)),
      },
      options.onStep,
      options.signal,
    );
    if (!started.ok) return refuse("FAILED", started.detail ?? started.reason);
    system = started.value;
    return await deliverAll(chain.recordings, { node, seen }, system, options);
  } finally {
    await system?.stop();
    await node.close();
    await seen.close();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** Worker variables of a replay: every address is this machine's, and nothing that anybody else would accept is in them. */
export function replayVariables(
  urls: { readonly rpc: string; readonly seen: string },
  secrets: Pick<RunSecrets, "heliusWebhookAuth" | "operatorToken">,
  profile: ParameterProfile,
): Record<string, string> {
  return {
    MODE: "paper",
    NETWORK: "mainnet",
    PARAMETER_PROFILE: profile,
    REPLAY_CLOCK: "on",
    REPLAY_SEEN_URL: urls.seen,
    RPC_URL: urls.rpc,
    HELIUS_API_BASE_URL: NOWHERE,
    X_API_BASE_URL: NOWHERE,
    TELEGRAM_API_BASE_URL: NOWHERE,
    HELIUS_WEBHOOK_AUTH: secrets.heliusWebhookAuth,
    OPERATOR_TOKEN: secrets.operatorToken,
  };
}

async function deliverAll(
  recordings: readonly Recording[],
  { node, seen: server }: { readonly node: RecordedRpc; readonly seen: SeenServer },
  system: RunningSystem,
  options: ReplayOptions,
): Promise<Outcome<readonly ReplayedTransaction[]>> {
  const replayed: ReplayedTransaction[] = [];
  let previousMs: number | null = null;
  for (const recording of recordings) {
    if (options.signal.aborted) return refuse("FAILED", "interrupted");
    const { blockTimeMs } = recording;
    if (options.speed !== null && blockTimeMs !== null && previousMs !== null) {
      await pause(Math.min(MAX_PAUSE_MS, (blockTimeMs - previousMs) / options.speed), options.signal);
    }
    previousMs = blockTimeMs ?? previousMs;
    const seen = seenOfRecording(options.seen, recording);
    server.advanceTo(seen);
    node.advanceTo(recording.signature, seen?.asOfSlot ?? null);
    const answer = await deliver(recording, seen?.assessedAtMs ?? blockTimeMs, system);
    if (!answer.ok) return answer;
    const { decisions, rejections } = answer.value;
    const one = { recording, seen, decisions, rejections: rejections.map(({ reason, detail }) => ({ reason, detail: detail ?? null })) };
    replayed.push(one);
    options.onTransaction(one);
  }
  return ok(replayed);
}

/** What was seen of the coin that a transaction graduates. */
export function seenOfRecording(coins: readonly SeenCoin[], { transaction, blockTimeMs }: Recording): SeenCoin | null {
  for (const found of findGraduations(transaction)) {
    const seen = found.ok ? firstSeen(coins, found.value.mint, blockTimeMs) : null;
    if (seen !== null) return seen;
  }
  return null;
}

/** Posts one recording as Helius would. Without a time the instance takes the present one. */
async function deliver(
  recording: Recording,
  nowMs: UnixMs | null,
  system: RunningSystem,
): Promise<Result<z.infer<typeof answerSchema>, "FAILED">> {
  const headers: Record<string, string> = { "content-type": "application/json", authorization: system.secrets.heliusWebhookAuth };
  if (nowMs !== null) headers["x-replay-now-ms"] = String(nowMs);
  try {
    const response = await fetch(`${system.url}/webhooks/helius`, {
      method: "POST",
      headers,
      body: JSON.stringify([recording.webhookEntry]),
      signal: AbortSignal.timeout(DELIVERY_TIMEOUT_MS),
    });
    const text = (await readBounded(response, MAX_ANSWER_BYTES)) ?? "";
    if (!response.ok) return refuse("FAILED", `${recording.file}: the webhook answered ${response.status}: ${text.slice(0, 300)}`);
    const answer = answerSchema.safeParse(JSON.parse(text));
    return answer.success ? ok(answer.data) : refuse("FAILED", `${recording.file}: the webhook's answer is not that of a replay`);
  } catch (error) {
    return refuse("FAILED", `${recording.file}: no answer to the delivery (${error instanceof Error ? error.message : "unknown"})`);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
