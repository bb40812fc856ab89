import type { DecisionView, EquityPoint, FeedMessage, LedgerStatus, PositionView, Status, TradeView } from "../../domain/api/types.ts";
import { createRng, type Rng } from "../../domain/random.ts";
import type { ReasonCode } from "../../domain/reasons.ts";
import type { Explanation, Finding, ReasonNote } from "../../domain/scoring/assessment.ts";

const SOL = 1_000_000_000;
const SOL_USD = 142.37;
const OPENING = Math.round((1_000 / SOL_USD) * SOL);
const VERSION = "localnet-4f1c09ab77d2";
const MAX_POSITIONS = 10;
const SYMBOLS = [
  "PEPE2",
  "WIFHAT",
  "BONKERS",
  "MOODENG",
  "GIGA",
  "TURBO",
  "FROG",
  "CHAD",
  "NEIRO",
  "MICHI",
  "POPCAT",
  "MEW",
  "SLERF",
  "BOME",
];
/** What attackers write into symbols: markup, bidi overrides, stacked marks, length, nothing. */
const HOSTILE = [
  "<b>x</b>",
  "\u202Eelttil",
  "Z\u0351\u0353\u035A\u0316\u0351A\u0353\u035AL\u0316GO",
  "SUPERCALIFRAGILISTIC",
  "🐸🐸🐸",
  "",
  "مرحبا",
];
const DECLINES: ReadonlyArray<readonly [ReasonCode, string, string]> = [
  ["LIQUIDITY_TOO_LOW", "discover", "$612 of $1,000"],
  ["TOO_FEW_TRADES", "discover", "11 of 20"],
  ["FREEZE_AUTHORITY_SET", "analyze", ""],
  ["EXTENSION_NOT_ALLOWED", "analyze", "PermanentDelegate"],
  ["MINT_AUTHORITY_SET", "analyze", ""],
  ["SCORE_BELOW_THRESHOLD", "analyze", ""],
  ["SCORE_BELOW_THRESHOLD", "analyze", ""],
  ["SCORE_BELOW_THRESHOLD", "analyze", ""],
  ["COST_TOO_HIGH", "trade", "round trip 9.1% of a 21% target"],
  ["MAX_POSITIONS", "trade", ""],
  ["SIGNAL_PRICE_MOVED", "trade", "18.2% in 1.4 s"],
];
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

interface Open {
  view: PositionView;
  drift: number;
}

interface Books {
  readonly status: LedgerStatus;
  realised: number;
  peak: number;
  trades: number;
  wins: number;
}

/** An invented engine for looking at the page without one: same seed and ticks, same story. */
export interface FakeMarket {
  readonly decisions: DecisionView[];
  readonly trades: TradeView[];
  readonly equity: EquityPoint[];
  positions(): PositionView[];
  status(nowMs: number): Status;
  /** Advances by one step and returns what a live feed would say. */
  tick(nowMs: number): FeedMessage[];
}

export function createFakeMarket(seed: string): FakeMarket {
  const rng = createRng(seed);
  const decisions: DecisionView[] = [];
  const trades: TradeView[] = [];
  const equity: EquityPoint[] = [];
  const open: Open[] = [];
  const books = new Map<string, Books>(["paper-A", "paper-B"].map((ledger) => [ledger, newBooks(ledger)]));
  const reasons = new Map<string, number>();
  const funnel = { detected: 0, passedFilters: 0, passedGates: 0, scoredAbove: 0, bought: 0 };
  let seq = 0;
  let lastDecisionMs: number | null = null;

  function decide(nowMs: number): FeedMessage[] {
    const messages: FeedMessage[] = [];
    const isBuy = rng.next() < 0.16 && open.length < MAX_POSITIONS;
    const isWatch = !isBuy && rng.next() < 0.1;
    const decision = fakeDecision(rng, nowMs, isBuy ? "BUY" : isWatch ? "WATCH" : "DECLINE");
    decisions.unshift(decision);
    lastDecisionMs = nowMs;
    funnel.detected++;
    if (decision.stage !== "discover") funnel.passedFilters++;
    if (decision.score !== null) funnel.passedGates++;
    if (decision.stage === "trade") funnel.scoredAbove++;
    if (isBuy) funnel.bought++;
    else for (const { code } of decision.reasons) reasons.set(code, (reasons.get(code) ?? 0) + 1);
    if (decision.stage === "trade") {
      const judgement: DecisionView = { ...decision, id: `${decision.id}:judgement`, stage: "analyze", outcome: "BUY", reasons: [] };
      decisions.splice(1, 0, judgement);
      messages.push({ type: "decision", seq: ++seq, decision: judgement });
    }
    messages.push({ type: "decision", seq: ++seq, decision });
    if (isBuy) {
      const view = fakePosition(rng, decision, nowMs);
      open.push({ view, drift: (rng.next() - 0.44) * 130 });
      messages.push({ type: "position", seq: ++seq, position: view });
    }
    return messages;
  }

  function mark(entry: Open, nowMs: number): FeedMessage[] {
    const { view } = entry;
    if (view.status === "entering") {
      entry.view = { ...view, status: "open", openedAtMs: nowMs, valueLamports: view.costLamports, returnBps: -120, updatedAtMs: nowMs };
      return [{ type: "position", seq: ++seq, position: entry.view }];
    }
    if (view.status === "exiting") return close(entry, nowMs);
    const returnBps = Math.round((view.returnBps ?? 0) + entry.drift + rng.normal() * 130);
    const reason = exitReason(view, returnBps, nowMs);
    const value = Math.round((Number(view.costLamports) * (10_000 + returnBps)) / 10_000);
    entry.view = {
      ...view,
      returnBps,
      valueLamports: String(value),
      updatedAtMs: nowMs,
      ...(reason === null ? {} : { reason, status: "exiting" }),
    };
    return [{ type: "position", seq: ++seq, position: entry.view }];
  }

  function close(entry: Open, nowMs: number): FeedMessage[] {
    const { view } = entry;
    open.splice(open.indexOf(entry), 1);
    const trade = fakeTrade(view, nowMs);
    trades.unshift(trade);
    const book = books.get(view.ledger);
    if (book !== undefined) {
      book.realised += Number(trade.pnlLamports);
      book.trades++;
      if (trade.returnBps > 0) book.wins++;
    }
    return [
      { type: "position", seq: ++seq, position: { ...view, status: "closed", updatedAtMs: nowMs } },
      { type: "trade", seq: ++seq, trade },
    ];
  }

  function ledgerStatus(ledger: string, book: Books): LedgerStatus {
    const own = open.filter(({ view }) => view.ledger === ledger);
    const cost = own.reduce((sum, { view }) => sum + Number(view.costLamports), 0);
    const value = own.reduce((sum, { view }) => sum + Number(view.valueLamports ?? view.costLamports), 0);
    const total = OPENING + book.realised - cost + value;
    book.peak = Math.max(book.peak, total);
    return {
      ...book.status,
      equityLamports: String(total),
      cashLamports: String(OPENING + book.realised - cost),
      realisedLamports: String(book.realised),
      drawdownBps: Math.round(((book.peak - total) / book.peak) * 10_000),
      openPositions: own.length,
      trades: book.trades,
      wins: book.wins,
    };
  }

  return {
    decisions,
    trades,
    equity,
    positions: () => open.map(({ view }) => view),
    status: (nowMs) => ({
      mode: "paper",
      incidents: [],
      network: "localnet",
      nowMs,
      solUsd: { value: SOL_USD, source: "pyth", ageMs: 1_800 },
      slot: 301_442_118 + (Math.floor(nowMs / 400) % 1_000_000),
      feedAgeMs: lastDecisionMs === null ? null : nowMs - lastDecisionMs,
      ledgers: [...books].map(([ledger, book]) => ledgerStatus(ledger, book)),
      parameters: { version: VERSION, name: "localnet" },
      champion: trades.length > 20 ? { name: "entry", version: "2" } : null,
      experiment: { id: "exp-1", status: "running" },
      funnel: { ...funnel },
      reasons: [...reasons].map(([code, count]) => ({ code, count })),
    }),
    tick: (nowMs) => {
      const messages = rng.next() < 0.55 ? decide(nowMs) : [];
      for (const entry of [...open]) messages.push(...mark(entry, nowMs));
      for (const [ledger, book] of books) {
        const { equityLamports, drawdownBps } = ledgerStatus(ledger, book);
        const point = { ledger, atMs: nowMs, equityLamports, drawdownBps };
        equity.unshift(point);
        messages.push({ type: "equity", seq: ++seq, point });
      }
      return messages;
    },
  };
}

function newBooks(ledger: string): Books {
  const status: LedgerStatus = {
    ledger,
    isDryRun: true,
    state: "ACTIVE",
    stateReason: null,
    equityLamports: "0",
    cashLamports: "0",
    reservedLamports: "0",
    openingLamports: String(OPENING),
    realisedLamports: "0",
    drawdownBps: 0,
    openPositions: 0,
    maxPositions: MAX_POSITIONS,
    maxDrawdownBps: 1_500,
    trades: 0,
    wins: 0,
  };
  return { status, realised: 0, peak: OPENING, trades: 0, wins: 0 };
}

function fakeDecision(rng: Rng, nowMs: number, outcome: DecisionView["outcome"]): DecisionView {
  const [code, stage, detail] = DECLINES[rng.int(DECLINES.length)] ?? DECLINES[0] ?? ["NOT_FOUND", "discover", ""];
  const hasScore = outcome !== "DECLINE" || stage === "trade" || code === "SCORE_BELOW_THRESHOLD";
  const isLow = outcome === "DECLINE" && stage !== "trade";
  const score = hasScore
    ? Math.round(outcome === "WATCH" ? 50 + rng.next() * 9 : isLow ? 22 + rng.next() * 30 : 60 + rng.next() * 32)
    : null;
  const reasons: ReasonNote[] =
    outcome === "BUY" ? [] : [outcome === "WATCH" ? { code: "SCORE_WATCH" } : detail === "" ? { code } : { code, detail }];
  const findings: Finding[] = stage === "analyze" && !hasScore ? [{ code, severity: "hard", detail: "authority 4f9…" }] : [];
  const symbol = rng.next() < 0.12 ? HOSTILE[rng.int(HOSTILE.length)] : SYMBOLS[rng.int(SYMBOLS.length)];
  const part = (): number => Math.round(Math.min(100, Math.max(0, (score ?? 50) + rng.normal() * 12)));
  return {
    id: `decision:${address(rng, 20)}`,
    atMs: nowMs,
    stage: outcome === "BUY" ? "trade" : outcome === "WATCH" ? "analyze" : stage,
    outcome,
    mint: address(rng, 44),
    pool: address(rng, 44),
    creator: rng.next() < 0.9 ? address(rng, 44) : null,
    symbol: symbol ?? "",
    name: `${symbol} coin`,
    signature: address(rng, 88),
    slot: 301_442_118 + rng.int(9_999),
    source: rng.next() < 0.9 ? "webhook" : "gap-filler",
    reasons,
    findings,
    score,
    parts: hasScore ? { onChain: part(), sentiment: rng.next() < 0.3 ? null : part(), social: part(), model: null } : null,
    features: hasScore
      ? {
          liquidityUsd: 12_400 + rng.next() * 9_000,
          tradeCount: 40 + rng.int(900),
          topHolderShare: rng.next() * 0.4,
          creatorLaunches: rng.int(30),
          curveFillMs: rng.int(4e6),
          uniqueBuyers: null,
        }
      : null,
    explanation: score === null ? null : fakeExplanation(score, outcome),
    contributions: hasScore
      ? ["top holder share", "uniqueBuyers", "curveFillMs", "sentiment", "social", "creatorLaunches"].map((name) => ({
          name,
          points: rng.normal() * 6,
        }))
      : [],
    missing: rng.next() < 0.3 ? ["sentiment", "topHolders"] : [],
    liquidityLamports: String(84_000_000_000 + rng.int(80_000_000_000)),
    parameterVersion: VERSION,
    modelVersion: null,
    arm: rng.next() < 0.85 ? "A" : "B",
    isDryRun: true,
    latencyMs: Math.round(180 + rng.next() ** 3 * 3_000),
  };
}

function fakeExplanation(score: number, outcome: DecisionView["outcome"]): Explanation {
  const isBuy = outcome === "BUY";
  const other = isBuy ? ("WATCH" as const) : ("BUY" as const);
  const change = { name: "liquidityUsd", from: 18_250, to: isBuy ? 6_100 : 41_300 };
  const alternatives = [{ changes: [change], score: isBuy ? 59.4 : 60.2, recommendation: other }];
  return {
    counterfactual: { threshold: 60, vetoes: [], withoutVetoes: null, alternatives },
    shadows: [{ version: "gbdt-4f1c09ab77d2", probability: score / 250 }],
  };
}

function fakePosition(rng: Rng, decision: DecisionView, nowMs: number): PositionView {
  const score = decision.score ?? 60;
  const width = (score - 60) / 40;
  return {
    positionId: `position:${decision.mint}`,
    ledger: `paper-${decision.arm ?? "A"}`,
    isDryRun: true,
    mint: decision.mint,
    symbol: decision.symbol,
    status: "entering",
    score,
    openedAtMs: null,
    costLamports: String(Math.round(OPENING * (score >= 80 ? 0.15 : 0.1) * (0.9 + rng.next() * 0.1))),
    valueLamports: null,
    returnBps: null,
    stopLossBps: Math.round(1_000 + 1_000 * width),
    takeProfitBps: Math.round(2_000 + 1_000 * width),
    soldBps: 0,
    peakReturnBps: null,
    deadlineMs: nowMs + 75_000,
    updatedAtMs: nowMs,
    reason: null,
  };
}

function exitReason(view: PositionView, returnBps: number, nowMs: number): ReasonCode | null {
  if (returnBps <= -view.stopLossBps) return "EXIT_STOP_LOSS";
  if (returnBps >= view.takeProfitBps) return "EXIT_TAKE_PROFIT";
  return nowMs >= view.deadlineMs ? "EXIT_MAX_HOLD" : null;
}

function fakeTrade(view: PositionView, nowMs: number): TradeView {
  const cost = Number(view.costLamports);
  const proceeds = Math.round((cost * (10_000 + (view.returnBps ?? 0))) / 10_000) - 2_500_000;
  return {
    positionId: view.positionId,
    ledger: view.ledger,
    isDryRun: true,
    mint: view.mint,
    symbol: view.symbol,
    score: view.score,
    openedAtMs: view.openedAtMs ?? nowMs,
    closedAtMs: nowMs,
    holdMs: nowMs - (view.openedAtMs ?? nowMs),
    costLamports: view.costLamports,
    proceedsLamports: String(proceeds),
    feesLamports: String(Math.round(cost * 0.018) + 1_400_000),
    pnlLamports: String(proceeds - cost),
    returnBps: Math.round(((proceeds - cost) / cost) * 10_000),
    exitReason: view.reason ?? "EXIT_OPERATOR",
    parameterVersion: VERSION,
    modelVersion: null,
  };
}

function address(rng: Rng, length: number): string {
  return Array.from({ length }, () => ALPHABET[rng.int(ALPHABET.length)]).join("");
}
