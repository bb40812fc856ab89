import uPlot from "uplot";

/** Line colours by ledger. They tell ledgers apart and say nothing about profit. */
const LINE_COLOURS: Readonly<Record<string, string>> = {
  "paper-A": "#82acff",
  "paper-B": "#c6a3ff",
  "live-A": "#e8ebef",
  "live-B": "#e2ac4e",
};
const AXIS = "#858f9b";
const GRID = "#1b2027";
const FONT = '11px "Inter Variable", Inter, system-ui, sans-serif';
const PAD_SHARE = 0.12;
/** The drawdown axis reaches at least this deep (percent), so that small falls look small. */
const LEAST_DEPTH = 2;

/** The colour of a ledger's line. */
export function ledgerColour(ledger: string): string {
  return LINE_COLOURS[ledger] ?? "#aab3bd";
}

export interface PlotRequest {
  readonly kind: "equity" | "drawdown";
  readonly ledgers: readonly string[];
  readonly width: number;
  readonly height: number;
  /** Called with the row under the cursor, null outside. */
  readonly onRow: (row: number | null) => void;
}

/** Options of one of the two stacked charts; their cursors move together. */
export function plotOptions({ kind, ledgers, width, height, onRow }: PlotRequest): uPlot.Options {
  const isEquity = kind === "equity";
  return {
    width,
    height,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: "equity" },
      drag: { x: false, y: false },
      points: { size: 6 },
      x: true,
      y: false,
    },
    scales: {
      x: { time: true },
      y: {
        range: (_plot, min, max) => {
          if (!isEquity) return [Math.min(min ?? 0, -LEAST_DEPTH) * (1 + PAD_SHARE), 0];
          const pad = Math.max((max - min) * PAD_SHARE, Math.abs(max) * 0.002, 1e-6);
          return [min - pad, max + pad];
        },
      },
    },
    axes: [
      {
        show: !isEquity,
        stroke: AXIS,
        font: FONT,
        size: 24,
        gap: 4,
        grid: { stroke: GRID, width: 1 },
        ticks: { show: false },
        values: timeLabels,
      },
      {
        stroke: AXIS,
        font: FONT,
        size: 56,
        gap: 6,
        space: isEquity ? 36 : 22,
        grid: { stroke: GRID, width: 1 },
        ticks: { show: false },
        values: (_plot, splits) => splits.map((value) => (isEquity ? trimmed(value) : `${trimmed(value)}%`.replace("-", "−"))),
      },
    ],
    series: [
      {},
      ...ledgers.map((ledger) => ({
        label: ledger,
        stroke: ledgerColour(ledger),
        width: 1.5,
        points: { show: false },
        spanGaps: true,
        ...(isEquity ? {} : { fill: `${ledgerColour(ledger)}1f`, fillTo: 0 }),
      })),
    ],
    hooks: {
      setCursor: [(plot) => onRow(plot.cursor.idx ?? null)],
      // Without this the equity chart, whose time axis is hidden, would have no grid to read against.
      ...(isEquity ? { drawClear: [drawTimeGrid] } : {}),
    },
  };
}

function timeLabels(_plot: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
  return splits.map((seconds) => {
    const at = new Date(seconds * 1_000);
    const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => part.toString().padStart(2, "0"));
    const isMidnight = at.getHours() + at.getMinutes() + at.getSeconds() === 0;
    if (step >= 86_400 || isMidnight) return at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
    return step < 60 ? clock.join(":") : `${clock[0]}:${clock[1]}`;
  });
}

function trimmed(value: number): string {
  return value.toFixed(Math.abs(value) >= 100 ? 1 : 3).replace(/\.?0+$/, "") || "0";
}

function drawTimeGrid(plot: uPlot): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = GRID;
  ctx.lineWidth = uPlot.pxRatio;
  ctx.strokeRect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.restore();
}
