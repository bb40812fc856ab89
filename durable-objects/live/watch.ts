import { ensureSchema } from "../../adapters/d1/migrate.ts";
import { listUnresolvedIntents } from "../../adapters/d1/queries.ts";
import { providersFromEnv } from "../../adapters/env.ts";
import type { ProviderView } from "../../adapters/rpc/providers.ts";
import { signerFromEnv } from "../../adapters/signer.ts";
import { judgeBooks } from "../../domain/live/books.ts";
import type { IncidentReport, Incidents } from "../../domain/live/incidents.ts";
import type { LiveEvent, LiveState } from "../../domain/live/live-state.ts";
import { type BooksFacts, MAX_CLOCK_SKEW_MS } from "../../domain/live/preflight.ts";
import type { ReasonCode } from "../../domain/reasons.ts";
import { exitBudgetLamports } from "../../domain/trading/costs.ts";
import type { LedgerId } from "../../domain/trading/signal.ts";
import { portfolioOf } from "../stubs.ts";
import { type Gathered, gatherFacts } from "./gather.ts";
import { type LiveReading, readingOf } from "./live-status.ts";
import type { LiveStore } from "./live-store.ts";
import { isSweepOpen, prepareSweep, SWEEP_PAUSE_MS, type Sweep, unbookedLamports } from "./sweep.ts";
import { watchWallet } from "./wallet-history.ts";

/** A sent order whose outcome is not known for this long: its blockhash lives about 60 s. */
const STUCK_MS = 120_000;

type BooksReading = Extract<BooksFacts, { kind: "read" }>;

/** What the watch may do; LiveControl gives it. */
export interface WatchPorts {
  readonly env: Env;
  readonly ledger: LedgerId;
  readonly store: LiveStore;
  state(): LiveState;
  incidents(): Incidents;
  apply(event: LiveEvent): void;
  raise(report: IncidentReport): void;
  clear(code: ReasonCode, subject: string): void;
  /** A sweep was signed and stored: it has to be pursued. */
  sweepBegan(): void;
}

/**
 * One look at everything that live trading rests on: programs, providers, clock, signer, books, the
 * wallet's history, unresolved orders; and the sweep. One part that fails does not keep the others
 * from looking.
 */
export async function runWatch(ports: WatchPorts): Promise<void> {
  const known = ports.store.get<LiveReading>("reading")?.programs ?? [];
  const gathered = await gatherFacts(ports.env, ports.ledger, { pins: ports.state().pins, known, isPinning: false });
  const { facts, providers } = gathered;
  const wallet = facts.signer?.ok === true ? facts.signer.value.address : null;
  ports.store.put("reading", readingOf(gathered, Date.now()));
  ports.apply({ type: "programs", readings: facts.programs });
  told(ports, facts.programs.length === 0, { code: "RPC_UNAVAILABLE", subject: "programs", detail: "the programs' code was not read" });
  if (wallet !== null) ports.apply({ type: "wallet", wallet });
  watchProviders(ports, providers);
  watchClock(ports, gathered);
  for (const [name, look] of Object.entries({ signer: watchSigner, books: watchBooks, history: watchHistory, orders: watchOrders })) {
    try {
      await look(ports, gathered);
    } catch (error) {
      console.error(`live watch: ${name} failed`, String(error));
    }
  }
}

function told(
  ports: WatchPorts,
  isSo: boolean,
  report: Omit<IncidentReport, "severity"> & { severity?: IncidentReport["severity"] },
): void {
  if (isSo) ports.raise({ severity: "warn", ...report });
  else ports.clear(report.code, report.subject);
}

/** A provider that is unfit in two looks running is told of; one bad answer is not. */
function watchProviders(ports: WatchPorts, providers: readonly ProviderView[]): void {
  const before = ports.store.get<readonly string[]>("unfit") ?? [];
  for (const { name, reason } of providers) {
    for (const { code, subject } of [...ports.incidents().values()]) if (subject === name && code !== reason) ports.clear(code, subject);
    if (reason !== null && before.includes(name)) {
      ports.raise({ code: reason, subject: name, detail: `the ${name} RPC provider is not fit`, severity: "warn" });
    }
  }
  ports.store.put(
    "unfit",
    providers.filter(({ reason }) => reason !== null).map(({ name }) => name),
  );
}

function watchClock(ports: WatchPorts, { facts: { clockSkewMs } }: Gathered): void {
  if (clockSkewMs === null) return;
  const detail = `our clock is ${clockSkewMs} ms ahead of the chain's`;
  told(ports, Math.abs(clockSkewMs) > MAX_CLOCK_SKEW_MS, { code: "CLOCK_SKEW", subject: "clock", detail });
}

/** Without a signer nothing is sold: two silent looks page while live or while something is held. */
async function watchSigner(ports: WatchPorts, { facts: { signer } }: Gathered): Promise<void> {
  const isSilent = signer?.ok !== true;
  const wasSilent = ports.store.get<boolean>("signer-silent") ?? false;
  ports.store.put("signer-silent", isSilent);
  const isNeeded = async () =>
    ports.state().mode === "live" || ((await portfolioOf(ports.env, ports.ledger).status())?.openPositions ?? 0) > 0;
  const detail = signer === null ? "no signer is bound" : signer.ok ? "" : `${signer.reason} ${signer.detail ?? ""}`;
  const report = { code: "SIGNER_UNAVAILABLE", subject: "signer", detail, severity: "page" } as const;
  if (!isSilent) ports.clear(report.code, report.subject);
  else if (wasSilent && (await isNeeded())) ports.raise(report);
}

/** Compares books and wallet, books what came in or was swept, and sweeps what is above the limit. */
async function watchBooks(ports: WatchPorts, { facts }: Gathered): Promise<void> {
  const { books, signer, walletLamports, openPositions, parameters } = facts;
  const { store } = ports;
  if (walletLamports.ok) {
    const needed = exitBudgetLamports(parameters) * BigInt(openPositions);
    const detail = `${walletLamports.value} lamports for ${openPositions} exits that may cost ${needed}`;
    const isShort = walletLamports.value < needed;
    told(ports, isShort, { code: "WALLET_UNDERFUNDED", subject: ports.ledger, detail, severity: "page" });
  }
  const sweep = store.get<Sweep>("sweep");
  if (sweep?.status === "signed" || books.kind === "busy" || !walletLamports.ok) return;
  if (books.kind === "read" && !(await settleBooks(ports, books, sweep))) return;
  if (books.kind === "closed" && sweep?.status === "landed") store.put("sweep", { ...sweep, status: "booked" } satisfies Sweep);
  const port = signerFromEnv(ports.env);
  const isPaused = isSweepOpen(sweep) || Date.now() - (sweep?.atMs ?? 0) < SWEEP_PAUSE_MS;
  if (port === null || signer?.ok !== true || isPaused) return;
  const id = `sweep:${crypto.randomUUID()}`;
  const prepared = await prepareSweep(port, signer.value, providersFromEnv(ports.env), walletLamports.value, id);
  if (!prepared.ok) {
    console.warn("sweep not prepared", prepared.reason, prepared.detail ?? "");
    return;
  }
  if (prepared.value === null) return;
  store.put("sweep", prepared.value satisfies Sweep);
  ports.sweepBegan();
}

/** @returns whether books and wallet are equal, so that the wallet may be swept. */
async function settleBooks(ports: WatchPorts, books: BooksReading, sweep: Sweep | null): Promise<boolean> {
  const { store } = ports;
  const { booksLamports, walletLamports, unsettledLamports } = books;
  const previousDifferenceLamports = store.get<{ lamports: bigint | null }>("difference")?.lamports ?? null;
  const sweptLamports = unbookedLamports(sweep);
  const verdict = judgeBooks({ booksLamports, walletLamports, sweptLamports, previousDifferenceLamports });
  store.put("difference", { lamports: verdict.kind === "equal" ? null : walletLamports - booksLamports });
  switch (verdict.kind) {
    case "equal":
      if (sweep?.status === "landed") store.put("sweep", { ...sweep, status: "booked" } satisfies Sweep);
      break;
    case "unsure":
      return false;
    case "swept":
    case "surplus": {
      const flow = verdict.kind === "swept" ? -verdict.lamports : verdict.lamports;
      if (!(await portfolioOf(ports.env, ports.ledger).recordFlow(booksLamports + unsettledLamports, flow))) return false;
      break;
    }
    case "deficit":
      break;
  }
  ports.apply({ type: "books", verdict });
  return verdict.kind === "equal";
}

async function watchHistory(ports: WatchPorts, { facts }: Gathered): Promise<void> {
  const port = signerFromEnv(ports.env);
  if (port === null || facts.signer?.ok !== true) return;
  const { address: wallet } = facts.signer.value;
  const read = await watchWallet(ports.store, providersFromEnv(ports.env).rpc, port, wallet, (signature) => {
    ports.apply({ type: "foreign-signature", wallet, signature });
  });
  if (!read.ok) console.warn("wallet's history not read", read.reason, read.detail ?? "");
}

/** Orders that were sent long ago and have no outcome. The position says so, too, unless it is the one that is stuck: one incident. */
async function watchOrders(ports: WatchPorts): Promise<void> {
  await ensureSchema(ports.env.DB);
  const nowMs = Date.now();
  const stuck = (await listUnresolvedIntents(ports.env.DB)).filter(({ updatedAtMs }) => nowMs - updatedAtMs > STUCK_MS);
  for (const { positionId: subject, intentId, status, signature } of stuck) {
    const detail = `${intentId} ${status} for more than ${STUCK_MS / 1_000} s: ${signature ?? "unsigned"}`;
    ports.raise({ code: "OUTCOME_UNKNOWN", subject, detail, severity: "page" });
  }
  const ids = stuck.map(({ positionId }) => positionId);
  for (const subject of ports.store.get<readonly string[]>("stuck") ?? []) {
    if (!ids.includes(subject)) ports.clear("OUTCOME_UNKNOWN", subject);
  }
  ports.store.put("stuck", ids);
}
