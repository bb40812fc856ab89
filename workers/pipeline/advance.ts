import type { DecisionRecord } from "../../domain/journal/entry.ts";
import { stringifyExact } from "../../domain/json.ts";
import { STAGES, type Stage } from "../../domain/pipeline/inbox.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { StageWork } from "../../durable-objects/inbox.ts";
import { inboxOf } from "../../durable-objects/stubs.ts";
import type { StageOutcome } from "./stages.ts";
import { runStage } from "./stages.ts";

/** What a stage does; `runStage` unless the caller has another way of judging coins. */
export type StageRunner = (stage: Stage, work: StageWork, env: Env, clock: () => UnixMs) => Promise<StageOutcome>;

/**
 * Takes a graduation as far as it goes from where it stands: lease, run, store, next stage. The fast
 * lane and the queue consumers both call this, so a stage runs once whichever comes first. A fault
 * that may pass gives the lease back and throws, so that a queue retries and the sweep follows up.
 *
 * @returns the decisions that this call stored.
 */
export async function advance(
  env: Env,
  key: string,
  clock: () => UnixMs,
  from: Stage = "discover",
  run: StageRunner = runStage,
): Promise<DecisionRecord[]> {
  const inbox = inboxOf(env, signatureOf(key));
  const decisions: DecisionRecord[] = [];
  for (const stage of STAGES.slice(STAGES.indexOf(from))) {
    const work = await inbox.lease(key, stage, clock());
    if (work === null || work.answer === "held") return decisions;
    if (work.answer === "further") continue;
    try {
      const outcome = await run(stage, work, env, clock);
      const first = await inbox.complete(
        key,
        stage,
        { next: outcome.next, resultJson: stringifyExact(outcome.result), entries: outcome.entries },
        clock(),
      );
      if (!first) return decisions;
      for (const entry of outcome.entries) if (entry.kind === "decision") decisions.push(entry);
      await outcome.after?.();
      if (outcome.next === "done") return decisions;
    } catch (error) {
      await inbox.release(key, stage);
      throw error;
    }
  }
  return decisions;
}

function signatureOf(key: string): string {
  return key.slice(0, key.indexOf(":"));
}
