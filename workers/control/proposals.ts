import { z } from "zod";
import { loadControl } from "../../adapters/r2/control-log.ts";
import { SEARCHED, tunedSet } from "../../domain/optimization/parameter-search.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { recordControlEvent } from "./record.ts";

/** Longest evidence kept with a proposal; a queue message holds 128 KB (Cloudflare limit). */
const EVIDENCE_MAX_CHARS = 32_000;

const searchedSchema = z.strictObject(
  Object.fromEntries(SEARCHED.map((name) => [name, z.number()])) as Record<(typeof SEARCHED)[number], z.ZodNumber>,
);
const proposalSchema = z.object({
  type: z.literal("parameters"),
  studyId: z.string().min(1).max(100),
  parameters: searchedSchema,
  evidence: z.record(z.string(), z.unknown()),
});

/** Consumer of queue `sniper-proposals`: stores each proposed set and tries it in an experiment. A message that is refused is done with; a fault is retried. */
export async function consumeProposals(batch: MessageBatch<unknown>, env: Env): Promise<void> {
  for (const message of batch.messages) {
    const handled = await handleProposal(env, message.body, Date.now());
    if (!handled.ok) console.warn("proposal not tried", handled.reason, handled.detail ?? "");
    message.ack();
  }
}

/**
 * Validates a proposal, records the set, and starts an experiment if none is running. Returns the
 * experiment's id. Refuses with PARAMETERS_INVALID, EXPERIMENT_RUNNING (the set stays recorded) or
 * DUPLICATE_EVENT (the set is in force). The same study starts one experiment, however often it is sent.
 */
export async function handleProposal(env: Env, body: unknown, nowMs: number): Promise<Result<string>> {
  const parsed = proposalSchema.safeParse(body);
  if (!parsed.success) return refuse("PARAMETERS_INVALID", parsed.error.issues[0]?.message ?? "malformed proposal");
  const { studyId, parameters, evidence } = parsed.data;
  const { active } = await loadControl(env, nowMs);
  const set = tunedSet(active, parameters, `study ${studyId}`, nowMs);
  if (!set.ok) return set;
  const base = { atMs: nowMs, author: "sniper-learning" } as const;
  const evidenceText = JSON.stringify(evidence);
  const evidenceJson = evidenceText.length > EVIDENCE_MAX_CHARS ? JSON.stringify({ omittedChars: evidenceText.length }) : evidenceText;
  const proposed = await recordControlEvent(
    env,
    { ...base, id: `proposal:${studyId}`, type: "parameters-proposed", set: set.value, evidenceJson },
    nowMs,
  );
  if (!proposed.ok) return proposed;
  const experiment = {
    id: `exp-${studyId}`,
    champion: active,
    challenger: set.value,
    startedAtMs: nowMs,
    shareBps: active.parameters.experimentShareBps,
    looks: 0,
  };
  const started = await recordControlEvent(env, { ...base, id: `start:${experiment.id}`, type: "experiment-started", experiment }, nowMs);
  return started.ok ? ok(experiment.id) : started;
}
