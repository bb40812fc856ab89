import { WSOL_MINT } from "../../solana/programs.ts";
import type { Address, UnixMs } from "../../units.ts";
import { poolAuthorityAddress } from "../../venues/pdas.ts";

/** Credits of one edit of a webhook, in credits of one event (helius.dev/docs/billing/credits: 100 and 1). */
export const EDIT_COST_EVENTS = 100;
/** Addresses that open within this time go into one edit. */
const COALESCE_MS = 2_000;
/** Shortest time between two edits. */
const MIN_EDIT_GAP_MS = 10_000;
/** How often the list is compared with the provider's own, and whether it is switched on. */
const CHECK_MS = 3_600_000;
const FIRST_RETRY_MS = 30_000;
const MAX_RETRY_MS = CHECK_MS;
/** Two per position; far below what a webhook may hold (helius.dev/docs/faqs/webhooks: 100,000). */
const MAX_ADDRESSES = 1_000;

/** What is known of the address list at the provider. */
export interface ListState {
  /** Addresses that the provider has; null until it has told. */
  readonly listed: readonly Address[] | null;
  readonly checkedAtMs: UnixMs;
  readonly editedAtMs: UnixMs;
  /** Events that came for addresses which nobody wants any more, since the last edit. */
  readonly staleEvents: number;
  /** Failed calls in a row. */
  readonly failures: number;
  readonly failedAtMs: UnixMs;
}

export type ListStep = { readonly type: "check" } | { readonly type: "edit"; readonly addresses: readonly Address[] };

/** A list about which nothing is known. */
export function unknownList(): ListState {
  return { listed: null, checkedAtMs: 0, editedAtMs: 0, staleEvents: 0, failures: 0, failedAtMs: 0 };
}

/**
 * What has to be done about the list, and when. New addresses are wanted at once, in one edit with
 * those that follow shortly. Those of closed pools stay until an edit is made anyway, or until their
 * events have cost as much as an edit.
 * @param wantedAtMs when the wanted addresses last changed
 */
export function nextListStep(
  state: ListState,
  wanted: readonly Address[],
  wantedAtMs: UnixMs,
): { readonly atMs: UnixMs; readonly step: ListStep } | null {
  const retryMs = state.failures === 0 ? 0 : state.failedAtMs + Math.min(FIRST_RETRY_MS * 2 ** (state.failures - 1), MAX_RETRY_MS);
  const isCostly = state.staleEvents >= EDIT_COST_EVENTS;
  if (state.listed === null) return wanted.length > 0 || isCostly ? { atMs: retryMs, step: { type: "check" } } : null;
  const addresses = listOf(wanted);
  const listed = new Set(state.listed);
  const isMissing = addresses.some((address) => !listed.has(address));
  const isWasteful = isCostly && state.listed.some((address) => !addresses.includes(address));
  // A list without an open pool lacks nothing that is worth an edit.
  if ((isMissing && wanted.length > 0) || isWasteful) {
    const atMs = Math.max(wantedAtMs + COALESCE_MS, state.editedAtMs + MIN_EDIT_GAP_MS, retryMs);
    return { atMs, step: { type: "edit", addresses } };
  }
  return wanted.length === 0 ? null : { atMs: Math.max(state.checkedAtMs + CHECK_MS, retryMs), step: { type: "check" } };
}

/** The list after the provider told or took it. */
export function afterList(state: ListState, step: ListStep["type"], listed: readonly Address[], nowMs: UnixMs): ListState {
  const isEdit = step === "edit";
  return {
    listed,
    checkedAtMs: nowMs,
    editedAtMs: isEdit ? nowMs : state.editedAtMs,
    staleEvents: isEdit ? 0 : state.staleEvents,
    failures: 0,
    failedAtMs: 0,
  };
}

/** The list after a call failed. */
export function afterFailure(state: ListState, nowMs: UnixMs): ListState {
  return { ...state, failures: state.failures + 1, failedAtMs: nowMs };
}

/**
 * The addresses to register, sorted and without repetition. Never none, since providers may refuse an
 * empty list: one that no transaction touches comes first.
 */
export function listOf(wanted: readonly Address[]): readonly Address[] {
  return [poolAuthorityAddress(WSOL_MINT), ...[...new Set(wanted)].sort().slice(0, MAX_ADDRESSES - 1)];
}
