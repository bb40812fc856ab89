import { loadavg } from "node:os";
import { waitUntil } from "../../cli/supervisor/processes.ts";
import type { DecisionView, IncidentView, IntentView, Page, TradeView } from "../../domain/api/types.ts";
import { createRng } from "../../domain/random.ts";
import { type BookSide, compareBooks, duplicateBuys, type Violation } from "./books.ts";
import { FAULT_SLOT_MS, type FaultChain } from "./chain.ts";
import type { FaultMarket } from "./market.ts";
import { type FaultSystem, LEDGER } from "./system.ts";

/** Longest wait for a trade to strike at. */
const STRIKE_MS = 120_000;
/** A kill comes within this time after the trigger. */
const MAX_DELAY_MS = 800;
/** A system that is not back by then never is; how long it took is printed. Beside other work on two cores a minute is possible. */
const RECOVERY_MS = 120_000;
/** Each look is a request that the recovering system has to answer as well. */
const POLL_MS = 100;
/** Longest time in which everything open is sold and booked: the longest hold, and what an exit takes. */
const REST_MS = 120_000;
const PROJECTED_MS = 60_000;
/** Slots that the chain is ahead at most after an outage, beside those of its time: within what the engine takes for possible (150). */
const MAX_SKIPPED_SLOTS = 100;

/** What one kill did. */
export interface Kill {
  readonly kind: "worker" | "tree";
  readonly delayMs: number;
  /** Transactions that were sent and had not landed, and positions held, when it struck. */
  readonly inFlight: number;
  readonly downMs: number;
  /** Until there was a trade to strike at. */
  readonly waitMs: number;
  /** Kill (of a tree: its restart) to the first good answer, to entries being allowed, to the next call at the chain. */
  readonly healthyMs: number;
  /** Null when the next kill did not wait for it. */
  readonly entriesMs: number | null;
  readonly chainMs: number | null;
}

export interface CampaignParts {
  readonly chain: FaultChain;
  readonly system: FaultSystem;
  readonly market: FaultMarket;
  readonly seed: string;
  readonly openingLamports: bigint;
  /** Longest outage of the whole tree; most are much shorter. */
  readonly maxDownMs: number;
}

/** Kills a system in the middle of its trades and compares its books with the chain. */
export class Campaign {
  readonly kills: Kill[] = [];
  readonly violations: Violation[] = [];
  readonly #parts: CampaignParts;
  readonly #rng;
  #strike: (() => void) | null = null;

  constructor(parts: CampaignParts) {
    this.#parts = parts;
    this.#rng = createRng(`${parts.seed}/kills`);
    parts.chain.onSend(() => {
      this.#strike?.();
      this.#strike = null;
    });
  }

  /**
   * Kills the sniper's workerd once, up to 800 ms after a node was handed a transaction; wrangler starts it again.
   * @param untilOpen waits until entries are allowed; without it the next kill may strike in the middle of this recovery
   */
  async killWorker(untilOpen: boolean): Promise<void> {
    const { system } = this.#parts;
    const struckAt = await this.#trigger();
    const struckMs = performance.now();
    const callsBefore = this.#parts.chain.calls();
    if (system.killWorker() === null) throw new Error("there was no workerd to kill");
    this.#note({ kind: "worker", ...struckAt, downMs: 0, ...(await this.#recovery(struckMs, callsBefore, untilOpen)) });
    this.#noteDuplicates();
  }

  /** Kills every process, lets time pass on the chain, and starts again on the kept state. */
  async killTree(): Promise<void> {
    const { system, chain } = this.#parts;
    const struckAt = await this.#trigger();
    await system.killTree(this.#rng.next() < 0.5);
    const downMs = Math.round(this.#parts.maxDownMs * this.#rng.next() ** 2);
    await new Promise((resolve) => setTimeout(resolve, downMs));
    chain.node.tick(this.#rng.int(MAX_SKIPPED_SLOTS + 1));
    const startedMs = performance.now();
    const callsBefore = chain.calls();
    await system.start();
    this.#note({ kind: "tree", ...struckAt, downMs, ...(await this.#recovery(startedMs, callsBefore, true)) });
    this.#noteDuplicates();
  }

  /**
   * Lets everything that is open come to its end, and compares books and chain.
   * @returns the violations of this look
   */
  async settle(): Promise<readonly Violation[]> {
    const { chain, system, market } = this.#parts;
    market.setOpen(false);
    const isAtRest = async (): Promise<boolean> => {
      const ledger = await system.ledger();
      return ledger !== null && ledger.openPositions === 0 && ledger.reservedLamports === "0" && chain.node.pending() === 0;
    };
    const rested = await waitUntil(isAtRest, REST_MS, 500);
    let found: readonly Violation[] = [];
    // The API's lists are projections that follow the journal.
    await waitUntil(
      async () => {
        await system.cron();
        found = await this.#compare();
        return found.length === 0;
      },
      rested ? PROJECTED_MS : 10_000,
      1_000,
    );
    if (!rested && found.length === 0) found = [{ damage: "left-behind", detail: "positions were not closed in time" }];
    this.violations.push(...found);
    market.setOpen(true);
    return found;
  }

  async #compare(): Promise<readonly Violation[]> {
    const { chain, openingLamports } = this.#parts;
    const books = await readBooks(this.#parts.system);
    if (books === null) return [{ damage: "left-behind", detail: "the books do not answer" }];
    const side = {
      sent: new Set(chain.sent.keys()),
      landed: chain.landed,
      openingLamports,
      walletLamports: chain.lamports(),
      heldMints: chain.heldMints(),
    };
    return compareBooks(side, books);
  }

  async #trigger(): Promise<Pick<Kill, "delayMs" | "inFlight" | "waitMs">> {
    const { chain } = this.#parts;
    const fromMs = performance.now();
    const delayMs = this.#rng.int(MAX_DELAY_MS + 1);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no trade within ${STRIKE_MS / 1000} s to strike at`)), STRIKE_MS);
      this.#strike = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    const waitMs = Math.round(performance.now() - fromMs);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    const landed = new Set(chain.landed.map(({ signature }) => signature));
    const recentMs = Date.now() - 150 * FAULT_SLOT_MS;
    const underWay = [...chain.sent].filter(([signature, atMs]) => atMs > recentMs && !landed.has(signature)).length;
    return { delayMs, waitMs, inFlight: underWay + chain.heldMints().length };
  }

  async #recovery(fromMs: number, callsBefore: number, untilOpen: boolean): Promise<Pick<Kill, "healthyMs" | "entriesMs" | "chainMs">> {
    const { system, chain } = this.#parts;
    let chainMs = 0;
    const since = (): number => Math.round(performance.now() - fromMs);
    const heard = setInterval(() => {
      if (chainMs === 0 && chain.calls() > callsBefore) chainMs = since();
    }, 5);
    try {
      if (!(await waitUntil(async () => (await system.get("/health", 1_000)) !== null, RECOVERY_MS, POLL_MS)))
        throw new Error("the API did not come back");
      const healthyMs = since();
      if (!untilOpen) return { healthyMs, entriesMs: null, chainMs: null };
      if (!(await waitUntil(async () => (await system.isReconciled()) === true, RECOVERY_MS, POLL_MS)))
        throw new Error("entries were not allowed again");
      const entriesMs = since();
      await waitUntil(() => chainMs > 0, RECOVERY_MS, POLL_MS);
      return { healthyMs, entriesMs, chainMs };
    } finally {
      clearInterval(heard);
    }
  }

  #note(kill: Kill): void {
    this.kills.push(kill);
    if (process.env["SNIPER_VERBOSE"] === "1") console.log(JSON.stringify({ load: loadavg()[0]?.toFixed(1), ...kill }));
  }

  #noteDuplicates(): void {
    const known = new Set(this.violations.map(({ detail }) => detail));
    this.violations.push(...duplicateBuys(this.#parts.chain.landed).filter(({ detail }) => !known.has(detail)));
  }
}

/** Why a campaign may have come to a stop, for the person who reads its failure. */
export async function describeStop({ system, chain, market }: Pick<CampaignParts, "system" | "chain" | "market">): Promise<string> {
  const ledger = await system.ledger();
  const decisions = await system.get<Page<DecisionView>>("/decisions?limit=8");
  const incidents = await system.get<Page<IncidentView>>("/incidents?limit=8");
  const intents = await system.get<Page<IntentView>>("/intents?limit=4");
  return JSON.stringify({
    graduated: market.graduated(),
    sent: chain.sent.size,
    landed: chain.landed.length,
    ledger,
    decisions: decisions?.items.map(({ stage, outcome, atMs, reasons }) => ({ stage, outcome, agoMs: Date.now() - atMs, reasons })),
    incidents: incidents?.items.map(({ code, detail }) => ({ code, detail })),
    intents: intents?.items.map(({ intentId, status, reason, updatedAtMs }) => ({
      intentId,
      status,
      reason,
      agoMs: Date.now() - updatedAtMs,
    })),
  });
}

/** What the API tells of the live ledger; null while it does not answer. */
export async function readBooks(system: FaultSystem): Promise<BookSide | null> {
  try {
    const [ledger, intents, trades] = [
      await system.ledger(),
      await system.list<IntentView>("/intents"),
      await system.list<TradeView>("/trades"),
    ];
    if (ledger === null) return null;
    return {
      intents,
      trades: trades.filter((trade) => trade.ledger === LEDGER),
      cashLamports: BigInt(ledger.cashLamports),
      reservedLamports: BigInt(ledger.reservedLamports),
      realisedLamports: BigInt(ledger.realisedLamports),
      openPositions: ledger.openPositions,
    };
  } catch {
    return null;
  }
}

/** Quantile of unsorted figures by the nearest rank; null of none. */
export function quantile(figures: readonly number[], share: number): number | null {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? null;
}
