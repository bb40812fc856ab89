import type { IncidentView, IntentView, LiveStatus, Page, Preflight } from "../domain/api/types.ts";
import { type ApiOptions, callApi } from "./api-client.ts";
import type { Outcome } from "./output.ts";

/** GET `/live`. */
export function readLive(options: ApiOptions): Promise<Outcome<LiveStatus>> {
  return callApi<LiveStatus>(options, "/live");
}

/** Runs the checks now; the answer holds the confirmation text when all of them pass. */
export function runPreflight(options: ApiOptions): Promise<Outcome<Preflight>> {
  return callApi<Preflight>(options, "/live/preflight", { method: "POST" });
}

/** Puts live in force; `confirmation` is the text of a preflight of the last minute. */
export function enableLive(options: ApiOptions, confirmation: string): Promise<Outcome<LiveStatus>> {
  return callApi<LiveStatus>(options, "/live/enable", { method: "POST", body: { confirmation } });
}

/** Puts paper in force; open live positions keep exiting live. */
export function disableLive(options: ApiOptions): Promise<Outcome<LiveStatus>> {
  return callApi<LiveStatus>(options, "/live/disable", { method: "POST" });
}

/** Newest orders of the live ledger, or of one position. */
export function listIntents(options: ApiOptions, limit: number, positionId?: string): Promise<Outcome<Page<IntentView>>> {
  const filter = positionId === undefined ? "" : `&positionId=${encodeURIComponent(positionId)}`;
  return callApi<Page<IntentView>>(options, `/intents?limit=${limit}${filter}`);
}

/** Incidents that wait for a person, or all of them. */
export function listIncidents(options: ApiOptions, limit: number, all: boolean): Promise<Outcome<Page<IncidentView>>> {
  return callApi<Page<IncidentView>>(options, `/incidents?limit=${limit}${all ? "&scope=all" : ""}`);
}

/** Says that a person has seen an incident: it is not sent again. */
export function acknowledge(options: ApiOptions, incidentId: string): Promise<Outcome<IncidentView>> {
  return callApi<IncidentView>(options, `/incidents/${encodeURIComponent(incidentId)}/acknowledge`, { method: "POST" });
}

/** Starts one minimum-size round trip; without a mint the engine chooses a coin. */
export function startRehearsal(options: ApiOptions, mint: string | undefined): Promise<Outcome<{ readonly positionId: string }>> {
  return callApi(options, "/live/rehearse", { method: "POST", body: mint === undefined ? {} : { mint } });
}

/** The signer's wallet with its policy; amounts are decimal lamports. */
export interface WalletView {
  readonly address: string;
  readonly lamports: string | null;
  readonly policy: Readonly<Record<string, unknown>>;
  readonly budgets: LiveStatus["budgets"];
}

/** GET `/wallet`. */
export function readWallet(options: ApiOptions): Promise<Outcome<WalletView>> {
  return callApi<WalletView>(options, "/wallet");
}

/** The checks of a preflight as cells: name, verdict, reason, detail. */
export function preflightRows({ checks }: Preflight): string[][] {
  return checks.map(({ name, ok, code, detail }) => [name, ok ? "ok" : "FAILS", code ?? "", detail]);
}
