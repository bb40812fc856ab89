import { describe, expect, test } from "vitest";
import { createTelegram } from "../../adapters/telegram/client.ts";
import type { Health, LedgerStatus, LiveStatus, PositionView, Status, TradeView } from "../../domain/api/types.ts";
import type { JournalEntry } from "../../domain/journal/entry.ts";
import {
  sampleDecision,
  sampleEquity,
  sampleFill,
  sampleIncident,
  sampleIntent,
  sampleLiveMode,
  sampleLock,
  samplePosition,
  sampleTrade,
} from "../../domain/journal/sample-entries.ts";
import { incidentView } from "../../domain/journal/views.ts";
import { createTelegramServer } from "../../localnet/telegram/server.ts";
import type { ReadApi } from "./commands/desk.ts";
import { answerCommand } from "./commands.ts";
import { messageOf } from "./messages.ts";
import { sendMessages } from "./notify.ts";
import { testDesk } from "./test-desk.ts";

const TOKEN = "7000000001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/** A bot on the stand-in, which refuses malformed HTML as Telegram does. */
function bot() {
  const server = createTelegramServer({ now: () => 0, token: TOKEN });
  const telegram = createTelegram({
    token: TOKEN,
    apiRoot: "http://stand-in/telegram",
    fetch: ((input: string, init: RequestInit) => server.handle(new Request(input, init))) as typeof fetch,
    sleep: async () => {},
  });
  const texts = async (): Promise<string[]> => {
    const response = await server.handle(new Request("http://stand-in/control/telegram/sent"));
    return ((await response.json()) as { messages: Array<{ text: string }> }).messages.map(({ text }) => text);
  };
  const fail = (count: number): Promise<Response> =>
    server.handle(
      new Request("http://stand-in/control/telegram/fail", { method: "POST", body: JSON.stringify({ count, retryAfterS: 1 }) }),
    );
  return { telegram, texts, fail };
}

const HOSTILE = "<b>\u202EX</b>&amp;";
const HALTED = {
  kind: "trading-state",
  id: "s",
  atMs: 1,
  ledger: "paper-A",
  state: "REDUCING",
  reason: "DRAWDOWN_BREAKER",
  author: "system",
  note: "1571 of 1500 bps below the peak",
} as const;
const EXPERIMENT = {
  kind: "experiment",
  id: "e",
  atMs: 1,
  experimentId: "x1",
  championVersion: "v1",
  challengerVersion: "v2",
  status: "adopted",
  startedAtMs: 0,
  endedAtMs: 1,
  shareBps: 1500,
  reason: null,
  evidenceJson: "{}",
} as const;
const MODEL = { kind: "model", id: "m", atMs: 1, name: "logit", version: "7", event: "refused", reason: "MODEL_HASH_MISMATCH" } as const;

describe("messages", () => {
  test("one for the opening, none for its marks, one for the trade", async () => {
    const { telegram, texts } = bot();
    const opening = samplePosition("p1");
    const entries: JournalEntry[] = [
      sampleDecision("d"),
      samplePosition("p1", { status: "entering", openedAtMs: null }),
      sampleFill("f"),
      opening,
      samplePosition("p1", { atMs: opening.atMs + 15_000 }),
      sampleEquity("q"),
      samplePosition("p1", { status: "exiting", atMs: opening.atMs + 20_000 }),
      sampleTrade("p1"),
    ];
    expect(await sendMessages(telegram, "1001", entries)).toBe(2);
    expect(await texts()).toEqual([
      "🛒 Bought SYM on paper\n0.5000 SOL at score 72, stop -13.0 %, take +23.0 %\nmint-p1\nposition p1",
      "✅ Sold SYM on paper\n+0.0980 SOL (+19.5 %) after 39 s\nTake profit reached. (EXIT_TAKE_PROFIT)\nmint-p1\nposition p1",
    ]);
  });

  test("a hostile symbol goes out as text, also where it would be markup", async () => {
    const { telegram, texts } = bot();
    const entries = [samplePosition("p1", { symbol: HOSTILE, mint: "<i>" }), sampleTrade("p1", { symbol: HOSTILE, pnlLamports: "-1" })];
    expect(await sendMessages(telegram, "1", entries)).toBe(2);
    for (const text of await texts()) expect(text).toContain("<b>X</b>&amp;");
  });

  test("breaker, experiment and model events", async () => {
    const { telegram, texts } = bot();
    expect(await sendMessages(telegram, "1", [HALTED, EXPERIMENT, MODEL])).toBe(3);
    expect(await texts()).toEqual([
      "⛔ paper-A: REDUCING (system)\nThe drawdown breaker has tripped. (DRAWDOWN_BREAKER)\n“1571 of 1500 bps below the peak”\n" +
        "Entries stop, exits go on: open positions are watched and sold as ever.\n/risk shows it, /resume lifts it.",
      "🧪 Experiment adopted\nx1: v2 against v1",
      "🧠 Model refused\nlogit 7: The model file's hash differs from the registry. (MODEL_HASH_MISMATCH)",
    ]);
    const resumed = messageOf({ ...HALTED, state: "ACTIVE", reason: null, author: "telegram:1", note: HOSTILE });
    expect(resumed).toContain("Entries and exits run.");
    expect(resumed).toContain("&lt;b&gt;X&lt;/b&gt;");
  });

  test("locks: what stops and what goes on, until when, by whom and why", async () => {
    const { telegram, texts } = bot();
    const breaker = sampleLock(2, {
      scope: "all",
      value: null,
      reason: "CONSECUTIVE_LOSSES",
      author: "system",
      untilMs: 1_790_000_000_000,
    });
    const entries = [
      sampleLock(1, { reason: HOSTILE, untilMs: null }),
      breaker,
      { ...breaker, status: "lifted", author: "operator" } as const,
    ];
    expect(await sendMessages(telegram, "1", entries)).toBe(3);
    const [set, tripped, lifted] = await texts();
    expect(set).toContain("until it is lifted");
    expect(set).toContain("<b>X</b>&amp;");
    expect(set).toMatch(/Entries stop for it, exits go on\.\n\/unlock_\w+$/);
    expect(tripped).toContain("until 21 Sep 14:13 UTC, all entries\nToo many trades in a row lost money. (CONSECUTIVE_LOSSES) (system)");
    expect(lifted).toContain("(operator)\nEntries are possible again where nothing else stops them.");
  });

  test("incidents: raised with a command to tap, reminded, acknowledged, cleared; the mode; no orders", async () => {
    const { telegram, texts } = bot();
    const raised = sampleIncident("1f3a9c2e0b7d", { detail: HOSTILE });
    const reminder = sampleIncident("1f3a9c2e0b7d", { atMs: raised.atMs + 300_000, severity: "warn" });
    const answered = sampleIncident("1f3a9c2e0b7d", { status: "acknowledged", author: "telegram:1001" });
    const entries = [raised, reminder, answered, sampleIncident("2", { status: "cleared" }), sampleLiveMode(1), sampleIntent("p1:buy:1")];
    expect(await sendMessages(telegram, "1", entries)).toBe(5);
    expect(await texts()).toEqual([
      "🚨 EXIT_STUCK\nAn exit keeps failing at the widest slippage.\n<b>X</b>&amp;\np1\n/ack_1f3a9c2e0b7d",
      "⚠️ EXIT_STUCK, unanswered for 5 min\nAn exit keeps failing at the widest slippage.\n5 attempts at 90.0 % slippage failed\np1\n/ack_1f3a9c2e0b7d",
      "👀 Acknowledged: EXIT_STUCK (telegram:1001)\np1",
      "🟢 Cleared: EXIT_STUCK (system)\np1",
      "🔴 Mode live (operator)",
    ]);
  });

  test("a failing Telegram ends the batch without throwing", async () => {
    const { telegram, texts, fail } = bot();
    await fail(2);
    expect(await sendMessages(telegram, "1", [sampleTrade("p1"), sampleTrade("p2")])).toBe(0);
    expect(await sendMessages(telegram, "1", [sampleTrade("p3")])).toBe(1);
    expect(await texts()).toHaveLength(1);
  });
});

describe("commands", () => {
  const ledger: LedgerStatus = {
    ledger: "paper-A",
    isDryRun: true,
    state: "REDUCING",
    stateReason: "DRAWDOWN_BREAKER",
    equityLamports: "5900000000",
    cashLamports: "5000000000",
    reservedLamports: "0",
    openingLamports: "7000000000",
    realisedLamports: "-1000000000",
    drawdownBps: 1571,
    openPositions: 2,
    maxPositions: 10,
    maxDrawdownBps: 1_500,
    trades: 12,
    wins: 5,
  };
  const status: Status = {
    mode: "paper",
    incidents: [],
    network: "localnet",
    nowMs: 0,
    solUsd: null,
    slot: 1,
    feedAgeMs: 4_000,
    ledgers: [ledger],
    parameters: { version: "localnet-1", name: "localnet" },
    champion: null,
    experiment: null,
    funnel: { detected: 9, passedFilters: 7, passedGates: 6, scoredAbove: 3, bought: 2 },
    reasons: [],
  };
  const health: Health = { status: "ok", version: "abc", nowMs: 0, checks: [] };
  const position = {
    positionId: "paper-A-AbCdEfGh-01ab23cd",
    reason: null,
    soldBps: 5_000,
    peakReturnBps: 1_820,
    symbol: HOSTILE,
    costLamports: "500000000",
    returnBps: -120,
    status: "open",
    ledger: "paper-A",
  } as PositionView;
  const trade = { symbol: "GEM", pnlLamports: "1000000", returnBps: 20, holdMs: 9_000, exitReason: "EXIT_MAX_HOLD" } as TradeView;
  const incident = incidentView(sampleIncident("1f3a9c2e0b7d", { subject: HOSTILE }));
  const live: LiveStatus = {
    ceiling: "live",
    mode: "live",
    sinceMs: 1,
    author: HOSTILE,
    wallet: "Wa11et",
    walletLamports: "2500000000",
    agreed: 1,
    agreedWanted: 10,
    trialSizeLamports: "100000000",
    programs: [{ name: "pump", programId: "P", pinnedSlot: 1, slot: 2, pinnedSha256: "aa", ok: false }],
    providers: [{ name: "primary", ok: true, slot: 7, lagSlots: 0, errorShareBps: 0, latencyMs: 20, reason: null }],
    budgets: [],
    incidents: [incident],
  };
  const answers: Record<string, unknown> = {
    "/status": status,
    "/health": health,
    "/positions?scope=open&limit=500": { items: Array.from({ length: 17 }, () => position), next: null },
    "/trades?limit=5": { items: [trade], next: null },
    "/trades?limit=2": { items: [], next: null },
    "/live": live,
    "/incidents": { items: [incident, { ...incident, status: "acknowledged", severity: "warn" }], next: null },
  };
  const readApi: ReadApi = async <T>(path: string) => (answers[path] ?? null) as T | null;

  test.each([
    ["/start", "/positions what is held now"],
    ["/help@sniper_bot", "/positions what is held now"],
    [
      "/status",
      "paper-A: REDUCING, equity 5.9000 SOL, drawdown 15.7 %, 2 of 10 positions\nThe drawdown breaker has tripped. (DRAWDOWN_BREAKER)",
    ],
    ["/positions", "<b>X</b>&amp; 0.5000 SOL, -1.2 %, open, paper-A"],
    ["/positions", "50.0 % of it is sold\nthe trailing stop hangs from +18.2 %\nsell: /close_paper_A_AbCdEfGh_01ab23cd"],
    ["/positions", "and 2 more"],
    ["/trades", "GEM +0.0010 SOL (+0.2 %), 9 s, Maximum holding time reached. (EXIT_MAX_HOLD)"],
    ["/trades 2", "No closed trade yet."],
    ["/trades 99", "1 to 15"],
    ["/trades 3", "cannot be read"],
    ["/pnl", "realised -1.0000 SOL in 12 trades, 5 won\nwith open positions -1.1000 SOL"],
    ["/version", "version abc, ok"],
    ["/live", "🔴 live, the deployment allows live (<b>X</b>&amp;)\nwallet Wa11et, 2.5000 SOL"],
    ["/live", "1 of 10 landed orders agreed with their prediction, until then at most 0.1000 SOL each\nprograms: changed or unread: pump"],
    ["/live", "RPC primary: slot 7\n1 incidents wait for a person: /incidents\nGoing live is not possible from here"],
    [
      "/incidents",
      "🚨 EXIT_STUCK raised\nAn exit keeps failing at the widest slippage. (EXIT_STUCK)\n<b>X</b>&amp;\n/ack_1f3a9c2e0b7d\n⚠️ EXIT_STUCK ack",
    ],
    ["/ack", "Which? /incidents lists them."],
    ["/ack <b>", "Which?"],
    ["/ack 1f3a9c2e0b7d", "Acknowledged: 1f3a9c2e0b7d"],
    ["/ack_1f3a9c2e0b7d@sniper_bot", "Acknowledged: 1f3a9c2e0b7d"],
    ["/ack_000000000000", "No open incident 000000000000."],
  ])("%s answers %j, as HTML that Telegram takes", async (command, expected) => {
    const { telegram, texts } = bot();
    const answer = await answerCommand(command, testDesk({ read: readApi, acknowledge: async (id) => id === "1f3a9c2e0b7d" }));
    expect(await telegram.sendMessage("1", answer ?? "")).toMatchObject({ ok: true });
    expect((await texts())[0]).toContain(expected);
  });

  test("what is no command of ours is not answered", async () => {
    for (const text of ["hello", "/buy X", "/enable", "/acknowledge X", "/close-all", "/"]) {
      expect(await answerCommand(text, testDesk({}))).toBeNull();
    }
  });

  test("going live is not possible from Telegram", async () => {
    const asked: string[] = [];
    const watched: ReadApi = async (path) => {
      asked.push(path);
      return null;
    };
    for (const text of ["/live enable", "/live GO LIVE abcd…wxyz 0123ab"]) {
      expect(await answerCommand(text, testDesk({ read: watched }))).toContain("not possible from here");
    }
    expect(asked).toEqual([]);
  });
});
