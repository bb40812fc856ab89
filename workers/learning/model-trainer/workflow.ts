import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import type { LearningEnv, RunParams } from "../env.ts";
import { type ChunkReport, planEtl, runEtlChunk } from "../etl-processor/etl.ts";
import { registerModel } from "../model-deployer/register.ts";
import { runWorkflow } from "../workflow-run.ts";
import { checkDataset, contenderName, contendersOf, datasetHashOf, judgeFamilies, type TrainedFamily, trainFamily } from "./steps.ts";

/** Recorded trades to a judged model: ETL, training (one contender per step, for memory), judgement, registry. */
export class TrainWorkflow extends WorkflowEntrypoint<LearningEnv, RunParams> {
  override async run(event: Readonly<WorkflowEvent<RunParams>>, step: WorkflowStep): Promise<unknown> {
    return runWorkflow(this.env, event.payload, step, async (task) => {
      const plan = await task("plan", () => planEtl(this.env, Date.now()));
      const reports: ChunkReport[] = [];
      for (const chunk of plan.chunks) reports.push(await task(`etl-${chunk}`, () => runEtlChunk(this.env, plan, chunk)));
      const checked = await task("split", () => checkDataset(this.env, plan));
      if (!checked.ok) return { outcome: checked.reason, detail: { reason: checked.detail, reports: total(reports) } };

      const datasetHash = datasetHashOf(plan, reports);
      const trained: TrainedFamily[] = [];
      for (const contender of contendersOf(checked.value)) {
        const result = await task(`train-${contenderName(contender)}`, () => trainFamily(this.env, plan, datasetHash, contender));
        if (!result.ok) return { outcome: result.reason, detail: { reason: result.detail, reports: total(reports) } };
        trained.push(result.value);
      }
      const judgements = await task("judge", () => judgeFamilies(this.env, plan, trained));
      const registered = [];
      for (const judgement of judgements) {
        registered.push(
          await task(`register-${contenderName(judgement.trained)}`, () =>
            registerModel(this.env, event.payload.runId, judgement, event.payload.startedAtMs),
          ),
        );
      }
      const promoted = registered.find(({ verdict }) => verdict === "promoted");
      const outcome = promoted === undefined ? "MODEL_NOT_BETTER" : "promoted";
      return { outcome, detail: { labelled: checked.value.rows, datasetHash, reports: total(reports), registered } };
    });
  }
}

/** Sums over the chunks, small enough for the run's row. */
function total(reports: readonly ChunkReport[]): Record<string, number> {
  const sums: Record<string, number> = { rows: 0, completed: 0 };
  for (const { rows, completed, excluded } of reports) {
    sums["rows"] = (sums["rows"] ?? 0) + rows;
    sums["completed"] = (sums["completed"] ?? 0) + completed;
    for (const [reason, count] of Object.entries(excluded)) sums[reason] = (sums[reason] ?? 0) + count;
  }
  return sums;
}
