import type { ReactNode } from "react";
import type { PerformanceView } from "../../../domain/api/performance.ts";
import type { EquityPoint, LedgerStatus, Status } from "../../../domain/api/types.ts";
import { signTone } from "../components/chip.tsx";
import { PageLink } from "../components/pages.tsx";
import { useServerNow } from "../data/clock.ts";
import { DASH, formatPercent, formatSol, formatUsdValue, parseLamports } from "../lib/format.ts";
import { formatShare, formatSignedSol } from "../lib/performance.ts";
import { worstDrawdown } from "../lib/series.ts";
import { relativeBps } from "../lib/statistics.ts";

const DAY_MS = 86_400_000;

interface TilesProps {
  readonly status: Status | undefined;
  readonly ledger: LedgerStatus | null;
  readonly equity: readonly EquityPoint[];
  /** Figures of the ledger's last year; undefined until they are there. */
  readonly performance: PerformanceView | undefined;
}

/** The ledger's figures at a glance; what is unknown or undefined is a dash. */
export function Tiles({ status, ledger, equity, performance }: TilesProps) {
  return (
    <section aria-label="Key figures" className="grid grid-cols-2 gap-2 md:grid-cols-3 xl:grid-cols-6">
      <EquityTile ledger={ledger} solUsd={status?.solUsd?.value} />
      <RealisedTile ledger={ledger} solUsd={status?.solUsd?.value} />
      <WinRateTile performance={performance} />
      <ExpectancyTile performance={performance} />
      <DrawdownTile ledger={ledger} equity={equity} />
      <PositionsTile ledger={ledger} />
    </section>
  );
}

interface LedgerProps {
  readonly ledger: LedgerStatus | null;
  readonly solUsd?: number | undefined;
}

function EquityTile({ ledger, solUsd }: LedgerProps) {
  const equity = parseLamports(ledger?.equityLamports);
  const changeBps = relativeBps(parseLamports(ledger?.openingLamports), equity);
  return (
    <Tile
      name="Equity"
      value={formatSol(equity, { decimals: 3 })}
      unit="SOL"
      note={
        equity === null ? (
          DASH
        ) : (
          <>
            {formatUsdValue(equity, solUsd)}{" "}
            <span className={signTone(changeBps)}>{formatPercent(changeBps, { decimals: 2, signed: true })}</span> since start
          </>
        )
      }
    />
  );
}

function RealisedTile({ ledger, solUsd }: LedgerProps) {
  const realised = parseLamports(ledger?.realisedLamports);
  const hasTrades = ledger !== null && ledger.trades > 0;
  const shown = hasTrades ? realised : null;
  return (
    <Tile
      name="Realised P&L"
      value={<span className={signTone(shown)}>{formatSol(shown, { signed: true })}</span>}
      unit="SOL"
      note={hasTrades ? `${formatUsdValue(shown, solUsd, true)} after all fees` : ledger === null ? DASH : "after the first closed trade"}
    />
  );
}

interface PerformanceProps {
  readonly performance: PerformanceView | undefined;
}

function WinRateTile({ performance }: PerformanceProps) {
  const trades = performance?.trades;
  const interval = trades?.winRateInterval ?? null;
  return (
    <Tile
      name="Win rate"
      value={formatShare(trades?.winRate)}
      note={
        trades === undefined
          ? DASH
          : interval === null
            ? "n = 0"
            : `n = ${trades.count} · 95%: ${formatShare(interval.low, 0)}–${formatShare(interval.high, 0)}`
      }
      title="Share of closed trades with a profit after all fees; the range is the Wilson 95% interval."
      more={<PageLink page="performance">Performance ›</PageLink>}
    />
  );
}

function ExpectancyTile({ performance }: PerformanceProps) {
  const expectancy = parseLamports(performance?.trades.expectancyLamports);
  const interval = performance?.trades.expectancyInterval ?? null;
  return (
    <Tile
      name="Expectancy"
      value={<span className={signTone(expectancy)}>{formatSol(expectancy, { decimals: 5, signed: true })}</span>}
      unit="SOL"
      note={
        interval === null ? "mean result per closed trade" : `95%: ${formatSignedSol(interval.low)} to ${formatSignedSol(interval.high)}`
      }
      title="Mean result per closed trade; the range is a block-bootstrap 95% interval, from 20 trades on."
    />
  );
}

function DrawdownTile({ ledger, equity }: { readonly ledger: LedgerStatus | null; readonly equity: readonly EquityPoint[] }) {
  const now = useServerNow();
  const limitBps = ledger === null ? null : ledger.maxDrawdownBps;
  const worst = ledger === null ? null : worstDrawdown(equity, ledger.ledger, now - DAY_MS);
  const used = ledger === null || limitBps === null ? 0 : Math.min(1, ledger.drawdownBps / limitBps);
  const tone = used >= 1 ? "bg-loss" : used >= 0.66 ? "bg-warn" : "bg-soft";
  return (
    <Tile
      name="Max drawdown, 24 h"
      value={formatPercent(worst === null || ledger === null ? null : Math.max(worst, ledger.drawdownBps))}
      note={ledger === null ? DASH : `now ${formatPercent(ledger.drawdownBps)} · limit ${formatPercent(limitBps, { decimals: 0 })}`}
      bar={{ share: used, tone }}
      title="Deepest fall from the peak, open positions included. The bar is the present fall against the limit, which stops entries."
    />
  );
}

function PositionsTile({ ledger }: LedgerProps) {
  const cash = parseLamports(ledger?.cashLamports);
  const reserved = parseLamports(ledger?.reservedLamports);
  return (
    <Tile
      name="Open positions"
      value={ledger === null ? DASH : String(ledger.openPositions)}
      unit={ledger === null ? undefined : `of ${ledger.maxPositions}`}
      note={
        ledger === null
          ? DASH
          : `${formatSol(cash, { decimals: 3 })} SOL cash${reserved !== null && reserved > 0n ? `, ${formatSol(reserved, { decimals: 3 })} reserved` : ""}`
      }
    />
  );
}

interface TileProps {
  readonly name: string;
  readonly value: ReactNode;
  readonly unit?: string | undefined;
  readonly note: ReactNode;
  readonly title?: string;
  readonly bar?: { readonly share: number; readonly tone: string };
  readonly more?: ReactNode;
}

function Tile({ name, value, unit, note, title, bar, more }: TileProps) {
  return (
    <div title={title} className="relative min-w-0 overflow-hidden rounded-md border border-line bg-panel px-3 py-2">
      <div className="flex justify-between gap-2">
        <h2 className="text-micro font-medium text-faint">{name}</h2>
        {more}
      </div>
      <p className="mt-0.5 text-figure font-semibold tracking-tight">
        {value}
        {unit !== undefined && <span className="ml-1.5 text-small font-normal text-soft">{unit}</span>}
      </p>
      <p className="text-micro text-soft">{note}</p>
      {bar !== undefined && (
        <div aria-hidden="true" className="absolute inset-x-0 bottom-0 h-0.5 bg-line">
          <div className={`h-full ${bar.tone}`} style={{ width: `${bar.share * 100}%` }} />
        </div>
      )}
    </div>
  );
}
