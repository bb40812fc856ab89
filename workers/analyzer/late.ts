import type { Rpc, SignatureInfo } from "../../adapters/rpc/client.ts";
import type { BudgetPort } from "../../domain/budget.ts";
import type { Graduation } from "../../domain/candidate.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { RPC_CREDITS } from "../../domain/rpc-credits.ts";
import {
  LATE_CURVE_PAGES,
  LATE_DEADLINE_MS,
  LATE_POOL_PAGES,
  LATE_RPC_CALLS,
  LATE_RPC_CREDITS,
  type LateSource,
  lateSourcesIn,
} from "../../domain/scoring/late-sources.ts";
import { HISTORY_PAGE, type Observations } from "../../domain/scoring/observations.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { Collected, RecordSource } from "./collect.ts";
import { readCreationSlot, readCurveHistory } from "./creation.ts";
import { claimCredits } from "./credits.ts";
import { startDeadline } from "./deadline.ts";
import { Reads } from "./reads.ts";
import type { Replies } from "./replies.ts";
import { readSwaps } from "./swaps.ts";

export interface LateDeps {
  /** Those of the judgement: what came meanwhile is not asked again. */
  readonly replies: Replies;
  /** Our own records as of the judgement's moment. */
  readonly records: RecordSource | null;
  /** Left out, credits are not counted. */
  readonly budget?: BudgetPort | null;
  readonly nowMs: () => UnixMs;
  readonly deadlineMs?: number;
}

export interface LateReading {
  /** The judgement's own, with what it lacked; same slot, same moment. */
  readonly observations: Observations;
  readonly sources: ReadonlyArray<{ readonly source: LateSource; readonly readAtMs: UnixMs }>;
  readonly rpcCalls: number;
  readonly credits: number;
}

/**
 * Reads once more what a judgement asked for and did not get, of the sources that can still be read as they were: by
 * slot, or by time. A source comes whole or not at all. Refuses with BUDGET_EXHAUSTED before any call when the
 * credits that are left over do not suffice, and with INTERNAL_ERROR when the budget does not answer.
 */
export async function readLate(collected: Collected, deps: LateDeps): Promise<Result<LateReading>> {
  const deadlineMs = deps.deadlineMs ?? LATE_DEADLINE_MS;
  const deadline = startDeadline(deadlineMs, deadlineMs);
  const asked = deps.replies.asked();
  const spent = () => {
    const requests = deps.replies.asked() - asked;
    return { requests, cost: requests * RPC_CREDITS.history };
  };
  try {
    const wanted = { requests: LATE_RPC_CALLS, cost: LATE_RPC_CREDITS, isForLearning: true };
    const claim = await claimCredits(deps.budget ?? null, deadline, wanted);
    if (!claim.ok) return claim.reason === "BUDGET_EXHAUSTED" ? claim : refuse("INTERNAL_ERROR", claim.detail);
    try {
      const found = await new LateReader(collected, deps, new Reads(deadline, LATE_RPC_CALLS)).run();
      const { requests, cost } = spent();
      return ok({ ...found, rpcCalls: requests, credits: cost });
    } finally {
      await deadline.hard(claim.value(spent()));
    }
  } finally {
    deadline.stop();
  }
}

class LateReader {
  readonly #served: Observations;
  readonly #isSound: boolean;
  readonly #wanted: ReadonlySet<LateSource>;
  readonly #deps: LateDeps;
  readonly #reads: Reads;
  readonly #sources: Array<LateReading["sources"][number]> = [];

  constructor({ observations, isSound, lacking }: Collected, deps: LateDeps, reads: Reads) {
    this.#served = observations;
    this.#isSound = isSound;
    this.#wanted = lateSourcesIn(lacking);
    this.#deps = deps;
    this.#reads = reads;
  }

  async run(): Promise<Pick<LateReading, "observations" | "sources">> {
    const [pool, curve, records] = await Promise.all([this.#pool(), this.#curve(), this.#records()]);
    return { observations: { ...this.#served, ...pool, ...curve, ...records }, sources: this.#sources };
  }

  async #pool(): Promise<Partial<Observations>> {
    if (!this.#wants("pool history", "pool trades")) return {};
    const { asOfSlot, candidate } = this.#served;
    const rows = await readPoolHistory(candidate.graduation, asOfSlot, this.#deps.replies.rpc, this.#reads);
    if (rows === null) return {};
    const isMissing = this.#served.poolHistory === null;
    if (isMissing) this.#found("pool history");
    const found = isMissing ? { poolHistory: { rows, isComplete: rows.length < HISTORY_PAGE } } : {};
    // What a vetoed token was not asked for was not late.
    if (!this.#isSound) return found;
    const { features } = await readSwaps(rows, asOfSlot, candidate.graduation, 0, this.#deps.replies.rpc, this.#reads);
    if (features === null || !this.#reads.isWhole("pool trades")) return found;
    this.#found("pool trades");
    return { ...found, trades: features };
  }

  async #curve(): Promise<Partial<Observations>> {
    if (!this.#wants("curve history", "creation slot")) return {};
    const { rpc } = this.#deps.replies;
    const { graduation } = this.#served.candidate;
    const newest = await this.#reads.soft(
      "curve history",
      this.#reads.call("history", () => rpc.getSignaturesForAddress(graduation.bondingCurve, { limit: HISTORY_PAGE })),
    );
    if (newest === null) return {};
    const pages = this.#isSound ? LATE_CURVE_PAGES : 0;
    const rows = await readCurveHistory(newest, graduation, rpc, this.#reads, pages);
    if (rows === null) return {};
    const isMissing = this.#served.curveHistory?.isComplete !== true;
    if (isMissing) this.#found("curve history");
    const found = isMissing ? { curveHistory: { rows, isComplete: true } } : {};
    if (!this.#isSound) return found;
    const creator = this.#served.accounts[0]?.creator ?? null;
    const creation = await readCreationSlot(rows, graduation, creator, rpc, this.#reads);
    if (creation === null || !this.#reads.isWhole("creation slot")) return found;
    this.#found("creation slot");
    return { ...found, creation };
  }

  async #records(): Promise<Partial<Observations>> {
    const { records } = this.#deps;
    if (records === null || !this.#wants("own records")) return {};
    const { creatorRecord, marketRecord, accounts } = this.#served;
    const creator = accounts[0]?.creator ?? null;
    const read = async <T>(known: T | null, ask: () => Promise<Result<T>>) => known ?? (await this.#reads.soft("own records", ask()));
    const [ofCreator, ofMarket] = await Promise.all([
      creator === null ? creatorRecord : read(creatorRecord, () => records.creator(creator)),
      read(marketRecord, () => records.market()),
    ]);
    if (this.#reads.isWhole("own records")) this.#found("own records");
    return { creatorRecord: ofCreator, marketRecord: ofMarket };
  }

  #wants(...sources: readonly LateSource[]): boolean {
    return sources.some((source) => this.#wanted.has(source));
  }

  #found(source: LateSource): void {
    this.#sources.push({ source, readAtMs: this.#deps.nowMs() });
  }
}

/** The page of the pool's history that ended with a slot, as it would have been read then; null when it is late or too far back. */
async function readPoolHistory({ pool }: Graduation, asOfSlot: number, rpc: Rpc, reads: Reads): Promise<readonly SignatureInfo[] | null> {
  const rows: SignatureInfo[] = [];
  for (let page = 0; page < LATE_POOL_PAGES; page++) {
    const before = page === 0 ? {} : { before: rows.at(-1)?.signature ?? "" };
    const read = await reads.soft(
      "pool history",
      reads.call("history", () => rpc.getSignaturesForAddress(pool, { limit: HISTORY_PAGE, ...before })),
    );
    if (read === null) return null;
    rows.push(...read);
    const past = rows.filter(({ slot }) => slot <= asOfSlot).slice(0, HISTORY_PAGE);
    if (read.length < HISTORY_PAGE || past.length === HISTORY_PAGE) return past;
  }
  reads.note("pool history", "beyond the bound");
  return null;
}
