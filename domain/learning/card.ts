import type { Comparison, Metrics } from "./evaluate.ts";
import type { ModelFile } from "./model-file.ts";

/** Model card in Markdown, written beside every model. Times are Unix milliseconds. */
export function modelCard(model: ModelFile, metrics: Metrics, comparisons: readonly Comparison[], verdict: string): string {
  const { training } = model;
  const number = (value: number | null): string => (value === null ? "-" : value.toFixed(4));
  const lines = [
    `# ${model.name} ${model.version}`,
    "",
    `Family: ${model.family}. Verdict: ${verdict}`,
    "",
    "## Use",
    "Probability that an entry on a fresh pump.fun graduation ends above its whole cost. One part of the Analyzer's score; it never overrides a safety gate.",
    "Not for other venues, other holding times, or tokens that the filters refuse: it has seen none.",
    "",
    "## Label",
    `${training.label}. Parameters: ${training.parameterVersion}.`,
    "",
    "## Data",
    `Decisions from ${training.fromMs} to ${training.toMs}, dataset ${training.datasetHash}.`,
    `Rows: ${training.rowsTrain} train, ${training.rowsValidation} validation, ${training.rowsHoldout} holdout, ${training.purged} purged or of a group on the other side.`,
    training.completed === undefined
      ? "Fitted on vectors as they were served."
      : `Fitted on vectors with what was read after the decision: ${training.completed.values} values of ${training.completed.rows} rows. Settings, calibration and threshold are of served vectors.`,
    "Validation and holdout rows are as they were served.",
    `Base rate in training ${number(training.positiveRate)}. Candidates that were declined are in the data; broken-off price paths are not.`,
    "",
    "## Holdout (later in time than all training rows)",
    `AUC ${number(metrics.auc)}, average precision ${number(metrics.averagePrecision)}, log loss ${number(metrics.logLoss)}, Brier ${number(metrics.brier)}, ECE ${number(metrics.ece)}, base rate ${number(metrics.baseRate)}.`,
    `Rows at or above the threshold ${number(model.threshold)}: ${metrics.selected}, mean net return ${number(metrics.selectedReturnBps)} bps (all rows: ${number(metrics.meanReturnBps)} bps).`,
    "",
    "| log loss gain over | estimate | 90 % interval |",
    "|---|---|---|",
    ...comparisons.map((c) => `| ${c.reference} | ${number(c.estimate)} | ${number(c.lower)} to ${number(c.upper)} |`),
    "",
    "## Settings",
    ...Object.entries(training.hyperparameters).map(([name, value]) => `- ${name}: ${value}`),
    `- calibration: ${model.calibration.kind}`,
    `- seed: ${training.seed}`,
    `- feature set: ${model.featureSetVersion} (${model.features.length} features, signature ${model.signatureHash})`,
    "",
  ];
  return lines.join("\n");
}
