import type { RiskLimit } from "../../../domain/api/types.ts";
import { Chip } from "../components/chip.tsx";
import { reasonText } from "../lib/reasons.ts";
import { type LimitTone, limitShare, limitText, limitTone } from "../lib/risk.ts";

const BAR: Readonly<Record<LimitTone, string>> = { reached: "bg-loss", near: "bg-warn", free: "bg-accent" };

/** What each limit limits, in a trader's words; a code of a newer server stands alone. */
const NAMES: Readonly<Record<string, string>> = {
  MAX_POSITIONS: "Positions",
  EXPOSURE_TOKEN: "In one token",
  EXPOSURE_CREATOR: "In one creator's tokens",
  EXPOSURE_TOTAL: "In all positions",
  EXPOSURE_HOURLY: "Put at risk within an hour",
  ENTRIES_PER_HOUR: "Entries within an hour",
  ENTRY_COOLDOWN: "Pause after an entry",
  DRAWDOWN_BREAKER: "Drawdown",
  DAILY_LOSS_LIMIT: "Loss of the UTC day",
  CONSECUTIVE_LOSSES: "Losses in a row",
  SLIPPAGE_BREACHES: "Slippage breaches",
  MARKS_STALE: "Age of the oldest price",
  RPC_UNHEALTHY: "Failed looks at the pools",
};

/** Each limit with how much of it is used; what is reached stands out in words, colour and a bar. */
export function RiskLimits({ limits }: { readonly limits: readonly RiskLimit[] }) {
  if (limits.length === 0) return <p className="px-3 pb-2 text-small text-soft">No limit is known before the first entry.</p>;
  return (
    <ul className="px-3 pb-2">
      {limits.map((limit) => (
        <LimitRow key={limit.code} limit={limit} />
      ))}
    </ul>
  );
}

function LimitRow({ limit }: { readonly limit: RiskLimit }) {
  const tone = limitTone(limit);
  const isReached = tone === "reached";
  return (
    <li
      title={reasonText(limit.code)}
      className={`grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 border-l-2 py-0.5 pl-2 text-small ${
        isReached ? "border-loss bg-loss/10" : tone === "near" ? "border-warn" : "border-transparent"
      }`}
    >
      <span className="flex min-w-0 flex-wrap items-center gap-x-2">
        {NAMES[limit.code] !== undefined && <span className={isReached ? "text-loss" : ""}>{NAMES[limit.code]}</span>}
        <span className="font-mono text-micro text-faint">{limit.code}</span>
        {isReached && <Chip tone="loss">reached</Chip>}
      </span>
      <span className={`whitespace-nowrap text-right text-micro ${isReached ? "font-medium text-loss" : "text-soft"}`}>
        {limitText(limit)}
      </span>
      {isReached && <span className="col-span-2 text-soft">{reasonText(limit.code)}</span>}
      <div aria-hidden="true" className="col-span-2 mt-0.5 h-1 rounded-sm bg-line">
        <div className={`h-full rounded-sm ${BAR[tone]}`} style={{ width: `${isReached ? 100 : limitShare(limit) * 100}%` }} />
      </div>
    </li>
  );
}
