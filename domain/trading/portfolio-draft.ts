import type { JournalEntry } from "../journal/entry.ts";
import type { UnixMs } from "../units.ts";
import { equityRecord, tradingStateRecord } from "./portfolio-records.ts";
import type { Control, PortfolioEffect, PortfolioState } from "./portfolio-state.ts";

/** A step of the portfolio that is being made. */
export interface Draft {
  readonly state: PortfolioState;
  readonly effects: readonly PortfolioEffect[];
}

/** Adds a journal record under the ledger's next number, which is at least the time in ms. */
export function withRecord(draft: Draft, nowMs: UnixMs, make: (state: PortfolioState) => JournalEntry): Draft {
  const records = Math.max(draft.state.records + 1, Math.floor(nowMs));
  const state = { ...draft.state, records };
  return { state, effects: [...draft.effects, { type: "journal", entry: make(state) }] };
}

export function withEquityRecord(draft: Draft, nowMs: UnixMs): Draft {
  const recorded = { ...draft, state: { ...draft.state, equityRecordedAtMs: nowMs } };
  return withRecord(recorded, nowMs, (state) => equityRecord(state, nowMs));
}

/** Puts the ledger into a trading state and says so; all but ACTIVE cancel the entries under way. */
export function withControl(draft: Draft, control: Control, nowMs: UnixMs): Draft {
  const told = withRecord({ ...draft, state: { ...draft.state, control } }, nowMs, (state) => tradingStateRecord(state, nowMs));
  return control.state === "ACTIVE" ? told : { ...told, effects: [...told.effects, ...cancelEffects(told.state)] };
}

function cancelEffects(state: PortfolioState): PortfolioEffect[] {
  const reserved = [...state.holdings.values()].filter((holding) => holding.phase === "reserved");
  return reserved.map((holding) => ({ type: "cancel-entry", positionId: holding.positionId }));
}
