import { areaUnderCurve, logLoss } from "../statistics/metrics.ts";
import { type LabelledRow, partitionAt } from "./dataset.ts";
import { walkForwardFolds } from "./split.ts";
import { predictSlice, type TrainingRequest, trainModel } from "./train.ts";

/** How a family did on one fold that lies after everything it was trained on. */
export interface FoldResult {
  readonly rowsTrain: number;
  readonly rowsTest: number;
  readonly auc: number | null;
  readonly logLoss: number;
}

const FOLDS = 3;

/**
 * Expanding walk-forward validation: each fold is trained on what came before it, purged, and tested on
 * the next stretch. Shows how steady a family is; a fold with one class is left out.
 * @param rows in order of time, without the holdout
 */
export function walkForward(rows: readonly LabelledRow[], columns: number, request: TrainingRequest): FoldResult[] {
  const results: FoldResult[] = [];
  for (const { testStart, testEnd } of walkForwardFolds(rows.length, FOLDS)) {
    const upTo = rows.slice(0, testEnd + 1);
    const parts = partitionAt(upTo, columns, 1 - testStart / upTo.length);
    const model = trainModel(parts, request);
    if (!model.ok) continue;
    const { train, validation, holdout: test } = parts;
    const probabilities = predictSlice(model.value, test);
    results.push({
      rowsTrain: train.rows.length + validation.rows.length,
      rowsTest: test.rows.length,
      auc: areaUnderCurve(test.labels, probabilities),
      logLoss: logLoss(test.labels, probabilities),
    });
  }
  return results;
}
