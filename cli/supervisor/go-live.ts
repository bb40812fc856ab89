import type { Status } from "../../domain/api/types.ts";
import { callApi } from "../api-client.ts";
import { enableLive, preflightRows, readLive, runPreflight } from "../live-api.ts";
import type { ProgressEvent } from "./events.ts";
import type { RunningSystem } from "./system.ts";
import { fundWallet, loadWallet } from "./wallet.ts";

/** A system that has just started may lag behind its market, or not know the balance yet. */
const PREFLIGHT_TIMEOUT_MS = 90_000;
const RETRY_MS = 3_000;

export interface GoLive {
  readonly system: Pick<RunningSystem, "url" | "stateDir" | "operatorToken">;
  /** The embedded market, whose faucet funds the wallet; null on the real market. */
  readonly localnetUrl: string | null;
  /** Enable live trading without asking. */
  readonly enable: boolean;
  readonly tell: (event: ProgressEvent) => void;
  readonly signal: AbortSignal;
}

/** What a run with a signer does once it is ready: funds a new wallet, and enables live trading if it was told to. */
export async function goLive({ system, localnetUrl, enable, tell, signal }: GoLive): Promise<void> {
  if (localnetUrl !== null) {
    const { address } = loadWallet(system.stateDir);
    const funded = await fundWallet(localnetUrl, address);
    if (typeof funded === "string") tell({ kind: "warning", text: funded });
    else if (funded > 0) tell({ kind: "step", text: `the faucet gave the wallet ${address} ${funded / 1e9} SOL` });
  }
  const api = { url: system.url, token: system.operatorToken };
  if (enable) tell(await enableWhenReady(api, signal));
  else {
    const live = await readLive(api);
    const mode = live.ok ? live.value.mode : "paper";
    tell({ kind: "mode", mode, text: mode === "live" ? "live trading goes on" : "paper until: npx sniper live enable" });
  }
}

/** Preflight and confirmation as a person gives them, repeated while a check of a starting system still fails. */
async function enableWhenReady(api: { url: string; token: string }, signal: AbortSignal): Promise<ProgressEvent> {
  const deadlineMs = performance.now() + PREFLIGHT_TIMEOUT_MS;
  for (;;) {
    const problem = await tryEnable(api);
    if (problem === null) return { kind: "mode", mode: "live", text: "live trading enabled by --yes: orders are signed with the wallet" };
    if (signal.aborted || performance.now() >= deadlineMs)
      return { kind: "mode", mode: "paper", text: `live trading was not enabled: ${problem}` };
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Null when live is in force, else why it is not. */
async function tryEnable(api: { url: string; token: string }): Promise<string | null> {
  const preflight = await runPreflight(api);
  if (!preflight.ok) return preflight.detail ?? "the preflight was refused";
  if (preflight.value.confirmation === null) {
    const failing = preflightRows(preflight.value).filter(([, verdict]) => verdict !== "ok");
    return failing.map(([name, , code, detail]) => `${name} (${code}) ${detail}`).join("; ");
  }
  const enabled = await enableLive(api, preflight.value.confirmation);
  return enabled.ok ? null : (enabled.detail ?? "it was refused");
}

/** Says so when a run that cannot sign has live positions: nobody exits them meanwhile. */
export async function warnOfLivePositions(url: string, tell: (event: ProgressEvent) => void): Promise<void> {
  const status = await callApi<Status>({ url }, "/status");
  const open = status.ok ? status.value.ledgers.reduce((sum, ledger) => sum + (ledger.isDryRun ? 0 : ledger.openPositions), 0) : 0;
  if (open > 0) {
    tell({
      kind: "warning",
      text: `${open} live position${open === 1 ? " is" : "s are"} open, and this run cannot sign: start with --live to exit.`,
    });
  }
}
