import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { loadControl, profileOf } from "../../../adapters/r2/control-log.ts";
import { LEARNING_RULES, type LearningEnv, type RunParams } from "../env.ts";
import { planEtl } from "../etl-processor/etl.ts";
import { runWorkflow } from "../workflow-run.ts";
import { dropSearchData } from "./candidates.ts";
import { concludeStudy, openStudy, refuseStudy, runTrials, type SearchPlan, validateStudy } from "./steps.ts";

/** Trials per step: a step is repeated as a whole, and its CPU time is bounded. */
const TRIALS_PER_STEP = 10;
/** The Executor writes the journal's newest entries to Parquet every 30 s; twice that is safe. */
const ARCHIVE_LAG_MS = 60_000;

/** Searches the trading parameters on recorded candidates; a winner that holds on later data is proposed. */
export class OptimizeWorkflow extends WorkflowEntrypoint<LearningEnv, RunParams> {
  override async run(event: Readonly<WorkflowEvent<RunParams>>, step: WorkflowStep): Promise<unknown> {
    const { runId } = event.payload;
    const { trials, minTrades } = LEARNING_RULES[profileOf(this.env)];
    return runWorkflow(this.env, event.payload, step, async (task) => {
      const plan = await task("plan", async (): Promise<SearchPlan> => {
        const nowMs = Date.now();
        const { active } = await loadControl(this.env, nowMs);
        // Paths of younger decisions are not complete, or not archived yet.
        const untilMs = nowMs - active.parameters.labelHorizonMs - ARCHIVE_LAG_MS;
        return { studyId: runId, base: active, chunks: (await planEtl(this.env, nowMs)).chunks, untilMs };
      });
      const parts = await task("open", () => openStudy(this.env, plan, event.payload.startedAtMs));
      if (parts.earlier < minTrades || parts.later < 2) {
        const detail = `${parts.earlier} earlier and ${parts.later} later candidates that any threshold would buy`;
        await task("refuse", () => refuseStudy(this.env, runId, "MODEL_TOO_FEW_ROWS", detail, Date.now()));
        return { outcome: "MODEL_TOO_FEW_ROWS", detail: { reason: detail } };
      }
      for (let until = TRIALS_PER_STEP; until < trials + TRIALS_PER_STEP; until += TRIALS_PER_STEP) {
        const upTo = Math.min(until, trials);
        await task(`trials-${upTo}`, () => runTrials(this.env, plan, upTo));
      }
      const verdict = await task("validate", () => validateStudy(this.env, plan));
      await task("conclude", () => concludeStudy(this.env, plan, verdict, Date.now()));
      dropSearchData();
      return { outcome: verdict.reason ?? verdict.outcome, detail: { reason: verdict.detail } };
    });
  }
}
