import type { PreflightCheck } from "../api/types.ts";
import type { ReasonCode } from "../reasons.ts";
import type { Result } from "../result.ts";
import type { SignerDescription, SignerPolicy } from "../signing/types.ts";
import { MAINNET_GENESIS_HASH } from "../solana/programs.ts";
import { exitBudgetLamports, landedCostLamports, reservationLamports } from "../trading/costs.ts";
import type { Parameters, TradingMode } from "../trading/parameters.ts";
import { type Address, bpsOf, LAMPORTS_PER_SOL, type UnixMs } from "../units.ts";
import { judgeProgram, type ProgramPin, type ProgramReading, WATCHED_PROGRAMS } from "./drift.ts";
import { type Incidents, incidentViews } from "./incidents.ts";

/**
 * The Clock sysvar tells the cluster's time in whole seconds, estimated from stake-weighted votes
 * (Solana, validator timestamp oracle); a healthy pair of clocks is within this.
 */
export const MAX_CLOCK_SKEW_MS = 5_000;
/** About 8 s of chain; as `MAX_LAG_SLOTS` of the RPC providers' health. */
export const MAX_SLOT_LAG = 20;
/** Least tip of Helius Sender (helius.dev/docs, Sender). */
const MIN_TIP_LAMPORTS = 200_000;
/** Failed attempts that `exitBudgetLamports` funds beside the one that lands. */
const FURTHER_EXIT_SIGNATURES = 10;

export interface ProviderFacts {
  readonly name: string;
  /** Null when it did not answer. */
  readonly genesisHash: string | null;
  readonly slot: number | null;
  readonly lagSlots: number | null;
  /** Why it should not be used; null while it is fit. */
  readonly reason: string | null;
}

/** The live ledger's books against the wallet. */
export type BooksFacts =
  | { readonly kind: "closed" }
  /** An order is under way, or the figures moved while they were read: nothing can be said. */
  | { readonly kind: "busy" }
  | {
      readonly kind: "read";
      /** What the wallet should hold: cash and reservations less fees that the books have not heard of yet. */
      readonly booksLamports: bigint;
      readonly walletLamports: bigint;
      /** Those fees. */
      readonly unsettledLamports: bigint;
    };

/** Everything that the preflight looks at, gathered beforehand. */
export interface PreflightFacts {
  readonly ceiling: TradingMode;
  readonly network: "localnet" | "mainnet";
  /** Null when no signer is bound. */
  readonly signer: Result<SignerDescription> | null;
  /** Refused when the providers do not agree on it. */
  readonly walletLamports: Result<bigint>;
  readonly parameters: Parameters;
  /** Equity of the live ledger; null before its books are open. */
  readonly equityLamports: bigint | null;
  readonly hasSender: boolean;
  readonly pins: readonly ProgramPin[];
  /** With the hash of the code, where it is to be pinned. */
  readonly programs: readonly ProgramReading[];
  /** Our clock less the chain's; null when it was not read. */
  readonly clockSkewMs: number | null;
  readonly providers: readonly ProviderFacts[];
  readonly books: BooksFacts;
  readonly incidents: Incidents;
}

/** Every check of the preflight, in the order in which a person would mend what fails. */
export function evaluatePreflight(facts: PreflightFacts): PreflightCheck[] {
  return [
    checkMode(facts),
    checkWallet(facts),
    checkPolicy(facts),
    checkRpc(facts),
    checkClock(facts),
    checkDrift(facts),
    checkBooks(facts),
    checkIncidents(facts),
  ];
}

/** Lamports that a wallet needs for anything to be traded: the smallest position with all its costs, and its exit. */
export function walletFloorLamports(parameters: Parameters): bigint {
  return reservationLamports(BigInt(parameters.minPositionLamports), parameters) + exitBudgetLamports(parameters);
}

/**
 * What a person has to type to go live. It names the wallet, so that nobody confirms another one.
 * @param nonce six random hexadecimal digits
 */
export function confirmationText(wallet: Address, nonce: string): string {
  return `GO LIVE ${wallet.slice(0, 4)}…${wallet.slice(-4)} ${nonce}`;
}

/** How long a confirmation text is good. */
export const CONFIRMATION_MS: UnixMs = 60_000;

type Check = PreflightCheck;

function passed(name: Check["name"], detail: string): Check {
  return { name, ok: true, code: null, detail };
}

function failed(name: Check["name"], code: ReasonCode, detail: string): Check {
  return { name, ok: false, code, detail };
}

function checkMode({ ceiling }: PreflightFacts): Check {
  if (ceiling === "live") return passed("mode", "the deployment allows live");
  return failed("mode", "MODE_NOT_ALLOWED", "the deployment's MODE is paper");
}

function checkWallet({ signer, walletLamports, parameters }: PreflightFacts): Check {
  if (signer === null) return failed("wallet", "SIGNER_UNAVAILABLE", "no signer is bound to this deployment");
  if (!signer.ok) return failed("wallet", signer.reason, signer.detail ?? "the signer refuses");
  const { address } = signer.value;
  if (!walletLamports.ok) return failed("wallet", walletLamports.reason, `balance of ${address} not read`);
  const floor = walletFloorLamports(parameters);
  const held = `${address} holds ${sol(walletLamports.value)} SOL`;
  if (walletLamports.value < floor) return failed("wallet", "WALLET_UNDERFUNDED", `${held}; the least is ${sol(floor)} SOL`);
  return passed("wallet", held);
}

function checkPolicy({ signer, walletLamports, network, parameters, equityLamports, hasSender }: PreflightFacts): Check {
  if (signer?.ok !== true) return failed("policy", "SIGNER_UNAVAILABLE", "the policy was not read");
  const { policy } = signer.value;
  const faults = policyFaults(policy, network, parameters, hasSender);
  if (faults.length > 0) return failed("policy", "PREFLIGHT_FAILED", faults.join("; "));
  const equity = equityLamports ?? (walletLamports.ok ? walletLamports.value : 0n);
  const largest = bpsOf(equity, BigInt(Math.max(parameters.sizeHighBps, parameters.sizeMidBps, parameters.sizeLowBps)));
  const cap = policy.maxSpendPerTxLamports;
  const sizes = largest > cap ? `positions are cut from ${sol(largest)} to ${sol(cap)} SOL` : `at most ${sol(cap)} SOL per entry`;
  const { sweepAddress, sweepAboveLamports } = policy;
  const sweep =
    sweepAddress === null || sweepAboveLamports === null
      ? "nothing is swept"
      : `what exceeds ${sol(sweepAboveLamports)} SOL is swept to ${sweepAddress}`;
  return passed("policy", `${sizes}; ${sweep}`);
}

/** What the signer would refuse although the parameters ask for it. */
function policyFaults(policy: SignerPolicy, network: string, parameters: Parameters, hasSender: boolean): string[] {
  const landed = landedCostLamports(parameters);
  const smallest = BigInt(parameters.minPositionLamports);
  const entry = reservationLamports(smallest, parameters);
  const exits = landed * BigInt(parameters.maxPositions) + exitBudgetLamports(parameters);
  const exitSignatures = parameters.maxPositions + FURTHER_EXIT_SIGNATURES;
  const faults: Array<[boolean, string]> = [
    [policy.network !== network, `the signer is for ${policy.network}`],
    [policy.maxSpendPerTxLamports < smallest, `its spend cap is below the smallest position, ${sol(smallest)} SOL`],
    [policy.maxFeePerTxLamports < landed, `its fee cap is below fee, priority fee and tip, ${landed} lamports`],
    [policy.entryHourLamports < entry || policy.entryDayLamports < entry, `its entry budget is below one entry, ${sol(entry)} SOL`],
    [policy.entrySignaturesPerHour < parameters.maxEntryAttempts, "its entry signatures are fewer than one entry's attempts"],
    [
      policy.exitHourLamports < exits || policy.exitDayLamports < exits,
      `its exit budget is below what ${parameters.maxPositions} exits may cost, ${sol(exits)} SOL`,
    ],
    [
      policy.exitSignaturesPerHour < exitSignatures || policy.exitSignaturesPerDay < exitSignatures,
      `its exit signatures are fewer than ${exitSignatures}`,
    ],
    [policy.sweepAddress === null && policy.sweepAboveLamports !== null, "a sweep threshold is set without a sweep address"],
    [policy.sweepAddress !== null && policy.sweepAboveLamports === null, "a sweep address is set without a threshold"],
    [
      policy.sweepAboveLamports !== null && policy.sweepAboveLamports < walletFloorLamports(parameters),
      "the sweep would leave too little to trade with",
    ],
    [hasSender && policy.tipAccounts.length === 0, "no tip account is listed, and Sender wants a tip"],
    [hasSender && parameters.tipLamports < MIN_TIP_LAMPORTS, `Sender wants a tip of ${MIN_TIP_LAMPORTS} lamports`],
  ];
  return faults.flatMap(([isFault, text]) => (isFault ? [text] : []));
}

function checkRpc({ providers, network }: PreflightFacts): Check {
  const answering = providers.filter(({ genesisHash }) => genesisHash !== null);
  const foreign = answering.find(({ genesisHash }) => !isOfNetwork(genesisHash, network));
  if (foreign !== undefined) return failed("rpc", "RPC_WRONG_CLUSTER", `${foreign.name} serves another cluster`);
  if (new Set(answering.map(({ genesisHash }) => genesisHash)).size > 1) {
    return failed("rpc", "RPC_DISAGREEMENT", "the providers serve different clusters");
  }
  const lagging = answering.find(({ lagSlots }) => lagSlots !== null && lagSlots > MAX_SLOT_LAG);
  if (lagging !== undefined) return failed("rpc", "RPC_LAGGING", `${lagging.name} is ${lagging.lagSlots} slots behind`);
  const fit = answering.filter(({ reason, slot }) => reason === null && slot !== null);
  if (fit.length === 0) return failed("rpc", "RPC_UNAVAILABLE", "no provider is fit");
  if (providers.length === 1) return passed("rpc", "one provider: nothing checks what it says, and nothing replaces it");
  const unfit = providers.filter((one) => !fit.includes(one));
  // Entries need both: going live with one of two would be going live without entries.
  if (unfit.length > 0) return failed("rpc", "RPC_UNAVAILABLE", `${unfit.map(({ name }) => name).join(", ")} is not fit`);
  return passed("rpc", `${fit.length} providers agree`);
}

/** The embedded market's genesis hash follows its seed: it may be any but mainnet's. */
function isOfNetwork(genesisHash: string | null, network: "localnet" | "mainnet"): boolean {
  return (genesisHash === MAINNET_GENESIS_HASH) === (network === "mainnet");
}

function checkClock({ clockSkewMs }: PreflightFacts): Check {
  if (clockSkewMs === null) return failed("clock", "RPC_UNAVAILABLE", "the chain's clock was not read");
  const detail = `our clock is ${Math.abs(clockSkewMs)} ms ${clockSkewMs < 0 ? "behind" : "ahead of"} the chain's`;
  return Math.abs(clockSkewMs) <= MAX_CLOCK_SKEW_MS ? passed("clock", detail) : failed("clock", "CLOCK_SKEW", detail);
}

function checkDrift({ pins, programs }: PreflightFacts): Check {
  const notes: string[] = [];
  for (const { name, programId } of WATCHED_PROGRAMS) {
    const pin = pins.find((one) => one.programId === programId) ?? null;
    const reading = programs.find((one) => one.programId === programId) ?? null;
    const verdict = judgeProgram(pin, reading);
    if (reading === null) return failed("drift", "RPC_UNAVAILABLE", `${name} was not read`);
    if (verdict !== "match" && reading.sha256 === null) return failed("drift", "PROGRAM_DRIFT", `the code of ${name} was not read`);
    if (verdict === "changed") notes.push(`${name} was deployed anew in slot ${reading.slot}: enabling pins it`);
    if (verdict === "unpinned") notes.push(`enabling pins ${name} at slot ${reading.slot}`);
  }
  return passed("drift", notes.length === 0 ? "the programs are those pinned" : notes.join("; "));
}

function checkBooks({ books }: PreflightFacts): Check {
  if (books.kind === "closed") return passed("books", "the live ledger opens with its first entry");
  if (books.kind === "busy") return failed("books", "OUTCOME_UNKNOWN", "an order is under way: ask again when it is over");
  const { booksLamports, walletLamports } = books;
  if (booksLamports === walletLamports) return passed("books", `books and wallet hold ${sol(walletLamports)} SOL`);
  return failed("books", "BOOKS_MISMATCH", `the wallet holds ${walletLamports - booksLamports} lamports more than the books`);
}

function checkIncidents({ incidents }: PreflightFacts): Check {
  const open = incidentViews(incidents);
  const unanswered = open.filter(({ severity, status }) => severity === "page" && status === "raised");
  const [first] = unanswered;
  if (first !== undefined) {
    return failed("incidents", "PREFLIGHT_FAILED", `${unanswered.length} unanswered: ${first.code} ${first.subject}`);
  }
  return passed("incidents", open.length === 0 ? "none" : `${open.length} open, every page answered`);
}

/** Lamports as SOL, exact. */
function sol(lamports: bigint): string {
  const digits = (lamports % LAMPORTS_PER_SOL).toString().padStart(9, "0").replace(/0+$/, "");
  return `${lamports / LAMPORTS_PER_SOL}${digits === "" ? "" : `.${digits}`}`;
}
