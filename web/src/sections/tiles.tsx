import type { ReactNode } from "react";
import type { EquityPoint, LedgerStatus, Status } from "../../../domain/api/types.ts";
import { signTone } from "../components/chip.tsx";
import { useServerNow } from "../data/clock.ts";
import { DASH, formatPercent, formatSol, formatUsdValue, parseLamports } from "../lib/format.ts";
import { worstDrawdown } from "../lib/series.ts";
import { expectancyLamports, relativeBps, wilsonInterval } from "../lib/statistics.ts";

const DAY_MS = 86_400_000;

interface TilesProps {
  readonly status: Status | undefined;
  readonly ledger: LedgerStatus | null;
  readonly equity: readonly EquityPoint[];
}

/** The ledger's figures at a glance; what is unknown or undefined is a dash. */
export function Tiles({ status, ledger, equity }: TilesProps) {
  return (
    <section aria-label="Key figures" className="grid grid-cols-2 gap-2 md:grid-cols-3 xl:grid-cols-6">
      <EquityTile ledger={ledger} solUsd={status?.solUsd?.value} />
      <RealisedTile ledger={ledger} solUsd={status?.solUsd?.value} />
      <WinRateTile ledger={ledger} />
      <ExpectancyTile ledger={ledger} />
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

function WinRateTile({ ledger }: LedgerProps) {
  const interval = ledger === null ? null : wilsonInterval(ledger.wins, ledger.trades);
  return (
    <Tile
      name="Win rate"
      value={interval === null || ledger === null ? DASH : formatPercent((ledger.wins / ledger.trades) * 10_000)}
      note={
        ledger === null
          ? DASH
          : interval === null
            ? "n = 0"
            : `n = ${ledger.trades} · 95%: ${formatPercent(interval.low * 10_000, { decimals: 0 })}–${formatPercent(interval.high * 10_000, { decimals: 0 })}`
      }
      title="Share of closed trades with a profit after all fees; the range is the Wilson 95% interval."
    />
  );
}

function ExpectancyTile({ ledger }: LedgerProps) {
  const expectancy = ledger === null ? null : expectancyLamports(parseLamports(ledger.realisedLamports), ledger.trades);
  return (
    <Tile
      name="Expectancy"
      value={<span className={signTone(expectancy)}>{formatSol(expectancy, { decimals: 5, signed: true })}</span>}
      unit="SOL"
      note="mean result per closed trade"
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
}

function Tile({ name, value, unit, note, title, bar }: TileProps) {
  return (
    <div title={title} className="relative min-w-0 overflow-hidden rounded-md border border-line bg-panel px-3 py-2">
      <h2 className="text-micro font-medium text-faint">{name}</h2>
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
