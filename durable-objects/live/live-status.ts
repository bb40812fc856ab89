import type { ProviderView } from "../../adapters/rpc/providers.ts";
import type { LiveStatus, Preflight } from "../../domain/api/types.ts";
import { judgeProgram, type ProgramPin, type ProgramReading, WATCHED_PROGRAMS } from "../../domain/live/drift.ts";
import { type Incidents, incidentViews } from "../../domain/live/incidents.ts";
import type { LiveEvent, LiveState, TrialParameters } from "../../domain/live/live-state.ts";
import type { Result } from "../../domain/result.ts";
import type { SignerDescription } from "../../domain/signing/types.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import type { Gathered } from "./gather.ts";

/** What was seen last, for people. */
export interface LiveReading {
  readonly atMs: UnixMs;
  readonly wallet: Address | null;
  readonly walletLamports: bigint | null;
  readonly programs: readonly ProgramReading[];
  readonly providers: readonly ProviderView[];
}

export function readingOf({ facts, providers }: Gathered, atMs: UnixMs): LiveReading {
  const wallet = facts.signer?.ok === true ? facts.signer.value.address : null;
  const walletLamports = facts.walletLamports.ok ? facts.walletLamports.value : null;
  return { atMs, wallet, walletLamports, programs: facts.programs, providers };
}

/** A text that a person was shown, and may type to go live with this wallet. */
export interface Confirmation {
  readonly text: string;
  readonly wallet: Address;
  readonly expiresAtMs: UnixMs;
}

/** The event of going live on the evidence of a passed preflight: the code that was read is the code that is pinned. */
export function enabledBy(author: string, wallet: Address, facts: Gathered["facts"], preflight: Preflight): LiveEvent {
  const pins = facts.programs.flatMap(({ programId, slot, sha256 }): ProgramPin[] => {
    const pinned = facts.pins.find((pin) => pin.programId === programId && pin.slot === slot)?.sha256;
    const hash = sha256 ?? pinned;
    return hash === undefined ? [] : [{ programId, slot, sha256: hash }];
  });
  return { type: "enable", nowMs: preflight.atMs, author, wallet, pins, preflightJson: JSON.stringify(preflight) };
}

/** What the API shows of live trading. */
export function liveStatus(
  ceiling: string,
  state: LiveState,
  reading: LiveReading | null,
  signer: Result<SignerDescription> | null,
  parameters: TrialParameters,
  incidents: Incidents,
): LiveStatus {
  const described = signer?.ok === true ? signer.value : null;
  const wallet = described?.address ?? reading?.wallet ?? null;
  return {
    ceiling: ceiling === "live" ? "live" : "paper",
    mode: state.mode,
    sinceMs: state.sinceMs,
    author: state.author,
    wallet,
    walletLamports: wallet === reading?.wallet ? (reading?.walletLamports?.toString() ?? null) : null,
    agreed: state.agreed,
    agreedWanted: parameters.liveTrialTrades,
    trialSizeLamports: String(parameters.liveTrialSizeLamports),
    programs: WATCHED_PROGRAMS.map(({ name, programId }) => {
      const pin = state.pins.find((one) => one.programId === programId) ?? null;
      const read = reading?.programs.find((one) => one.programId === programId) ?? null;
      const verdict = judgeProgram(pin, read);
      const isAsPinned = verdict === "match" || verdict === "unpinned";
      return {
        name,
        programId,
        pinnedSlot: pin?.slot ?? null,
        slot: read?.slot ?? null,
        pinnedSha256: pin?.sha256 ?? null,
        ok: isAsPinned,
      };
    }),
    providers: reading?.providers ?? [],
    budgets: (described?.budgets ?? []).map(({ usedLamports, limitLamports, ...budget }) => ({
      ...budget,
      usedLamports: usedLamports.toString(),
      limitLamports: limitLamports.toString(),
    })),
    incidents: incidentViews(incidents),
  };
}
