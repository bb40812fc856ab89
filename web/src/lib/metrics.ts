/** Metrics with a column of their own; the others are listed beside the reason. */
export const COLUMN_METRICS = [
  { name: "AUC", title: "Area under the ROC curve on held-out data; 0.5 is chance" },
  { name: "Log loss", title: "Mean log loss on held-out data; lower is better" },
  { name: "Brier", title: "Mean squared error of the probabilities; lower is better" },
  { name: "ECE", title: "Expected calibration error; lower is better" },
] as const;

/** Most further metrics that are listed. */
const OTHERS_MAX = 12;

/** A metric by its column name, however the trainer spells it ("logLoss", "log_loss"); null when absent or undefined. */
export function metricOf(metrics: Readonly<Record<string, number | null>>, name: string): number | null {
  const entry = Object.entries(metrics).find(([key]) => plain(key) === plain(name));
  return entry?.[1] ?? null;
}

/** The metrics without a column. */
export function otherMetrics(metrics: Readonly<Record<string, number | null>>): Array<readonly [string, number | null]> {
  const shown = new Set(COLUMN_METRICS.map(({ name }) => plain(name)));
  return Object.entries(metrics)
    .filter(([key]) => !shown.has(plain(key)))
    .slice(0, OTHERS_MAX);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
