import { describe, expect, test } from "vitest";
import type { RiskView } from "../../domain/api/types.ts";
import { refuse } from "../../domain/result.ts";
import { htmlProblem } from "../../localnet/telegram/html-check.ts";
import type { Desk } from "./commands/desk.ts";
import { answerCommand, COMMANDS } from "./commands.ts";
import { testDesk } from "./test-desk.ts";

const HOSTILE = "<b>\u202EX</b>&amp;";
const MINT = "So11111111111111111111111111111111111111112";

function riskOf(ledger: string, rest: Partial<RiskView> = {}): RiskView {
  return {
    ledger,
    state: "ACTIVE",
    stateReason: null,
    author: "system",
    note: null,
    sinceMs: 1_790_000_000_000,
    isReconciled: true,
    limits: [
      { code: "MAX_POSITIONS", used: 3, limit: 10, unit: "positions", isReached: false },
      { code: "DRAWDOWN_BREAKER", used: 120, limit: 1_500, unit: "bps", isReached: false },
    ],
    locks: [],
    ...rest,
  };
}

const TRIPPED = riskOf("paper-A", {
  state: "REDUCING",
  stateReason: "DRAWDOWN_BREAKER",
  note: "1571 of 1500 bps below the peak",
  limits: [
    { code: "DRAWDOWN_BREAKER", used: 1_571, limit: 1_500, unit: "bps", isReached: true },
    { code: "DAILY_LOSS_LIMIT", used: 1_100, limit: 1_000, unit: "bps", isReached: true },
  ],
});
const LOCK = { lockId: "lock-0000aaaa", scope: "mint", value: MINT, untilMs: null, reason: HOSTILE, author: "operator", atMs: 1 } as const;

/** The answer, which Telegram must take as HTML. */
async function ask(text: string, desk: Desk): Promise<string> {
  const answer = (await answerCommand(text, desk)) ?? "";
  expect(htmlProblem(answer), answer).toBeNull();
  expect(answer.length).toBeLessThan(4_096);
  return answer;
}

test("there are many commands, each once, all of them in the help", async () => {
  expect(COMMANDS.length).toBeGreaterThanOrEqual(20);
  expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length);
  const help = await ask("/help", testDesk({}));
  for (const { name } of COMMANDS.filter(({ name: one }) => one !== "start")) expect(help).toContain(`/${name}`);
  for (const group of ["Look", "Risk", "Act"]) expect(help).toContain(`<b>${group}</b>`);
});

test.each(COMMANDS.map(({ name }) => name))("/%s answers when nothing else does, without touching anything", async (name) => {
  const desk = testDesk({});
  expect(await ask(`/${name}`, desk)).not.toBe("");
  expect(await ask(`/${name} ${HOSTILE} ${HOSTILE} ${HOSTILE} ${HOSTILE}`, desk)).not.toContain("<b>X");
  expect(desk.done).toEqual([]);
});

describe("/risk and /locks", () => {
  test("state with who, when and why, limits with what is used, what goes on", async () => {
    const answer = await ask("/risk", testDesk({ ledgers: [TRIPPED] }));
    expect(answer).toContain("<b>paper-A: REDUCING</b> since 21 Sep 14:13 UTC by system");
    expect(answer).toContain("The drawdown breaker has tripped. (DRAWDOWN_BREAKER)");
    expect(answer).toContain("Entries stop, exits go on");
    expect(answer).toContain("⛔ DRAWDOWN_BREAKER: 15.7 % of 15.0 %");
  });

  test("several ledgers show what is in use; a ledger that is still compared with the chain says so", async () => {
    const desk = testDesk({ ledgers: [riskOf("live-A", { isReconciled: false }), riskOf("paper-A", { limits: [] })] });
    const answer = await ask("/risk", desk);
    expect(answer).toContain("▫️ MAX_POSITIONS: 3 of 10 positions");
    expect(answer).toContain("(RECONCILING)");
    expect(await ask("/risk live-a", desk)).not.toContain("paper-A");
    expect(await ask("/risk venus", desk)).toContain("there is live-A, paper-A");
  });

  test("a ledger that does not answer is named", async () => {
    const desk = testDesk({ risks: async () => ({ risks: [riskOf("paper-A")], unopened: [], unanswered: ["live-A"] }) });
    expect(await ask("/risk", desk)).toContain("No answer from live-A");
    const halted = await ask("/halt", desk);
    expect(halted).toContain("live-A does not answer and is NOT stopped");
    // The fake knows no paper-A: its books are gone between the look and the change.
    expect(halted).toContain("paper-A is NOT stopped: its books did not answer");
  });

  test("locks with a command that lifts them", async () => {
    const answer = await ask("/locks", testDesk({ ledgers: [riskOf("paper-A", { locks: [LOCK] })] }));
    expect(answer).toContain("until it is lifted");
    expect(answer).toContain("&lt;b&gt;X&lt;/b&gt;&amp;amp;, by operator\n/unlock_lock_0000aaaa");
  });
});

describe("/lock and /unlock", () => {
  test.each([
    [`/lock mint ${MINT} 2h rug pulled before`, { scope: "mint", value: MINT, untilMs: 1_790_007_200_000, reason: "rug pulled before" }],
    [`/lock creator ${MINT} forever serial`, { scope: "creator", value: MINT, untilMs: null, reason: "serial" }],
    ["/lock all 30m news", { scope: "all", value: null, untilMs: 1_790_001_800_000, reason: "news" }],
  ])("%s", async (text, order) => {
    const desk = testDesk({ ledgers: [riskOf("paper-A")] });
    expect(await ask(text, desk)).toContain("Entries stop for it, exits go on.");
    expect(desk.done).toEqual([order]);
  });

  test.each([
    ["/lock", "Like this"],
    ["/lock mint nonsense 2h x", "no address"],
    [`/lock mint ${MINT} soon x`, "How long?"],
    [`/lock mint ${MINT} 0h x`, "How long?"],
    [`/lock mint ${MINT} 2h`, "And why?"],
    ["/lock all 2h", "And why?"],
  ])("%s sets nothing", async (text, expected) => {
    const desk = testDesk({ ledgers: [riskOf("paper-A")] });
    expect(await ask(text, desk)).toContain(expected);
    expect(desk.done).toEqual([]);
  });

  test("an operator's lock on paper is lifted at once, a breaker's and a live one only when confirmed", async () => {
    const plain = testDesk({ ledgers: [riskOf("paper-A", { locks: [LOCK] })] });
    expect(await ask("/unlock_lock_0000aaaa", plain)).toContain("Lifted in paper-A");
    const breaker = { ...LOCK, scope: "all", value: null, author: "system", reason: "CONSECUTIVE_LOSSES" } as const;
    for (const view of [riskOf("paper-A", { locks: [breaker] }), riskOf("live-A", { locks: [LOCK] })]) {
      const desk = testDesk({ ledgers: [view] });
      expect(await ask("/unlock lock-0000aaaa", desk)).toContain("/confirm_c0de1234");
      expect(desk.done).toEqual([]);
      expect(await ask("/confirm_c0de1234", desk)).toContain("Lifted in");
      expect(desk.done).toEqual([{ lift: "lock-0000aaaa" }]);
    }
    expect(await ask("/unlock other", testDesk({}))).toContain("Which?");
  });
});

describe("stopping", () => {
  test.each([
    ["/pause", "REDUCING", null],
    ["/reduce out for lunch", "REDUCING", "out for lunch"],
    ["/halt  paper-A   something <b>smells</b>", "HALTED", "something <b>smells</b>"],
  ])("%s stops at once, with the note", async (text, state, note) => {
    const desk = testDesk({ ledgers: [riskOf("paper-A")] });
    const answer = await ask(text, desk);
    expect(answer).toContain(`paper-A: ${state}`);
    expect(answer).toContain("exits go on");
    expect(desk.done).toEqual([{ ledger: "paper-A", state, note, clears: [] }]);
  });

  test("every open ledger unless one is named; a halt stays a halt under /pause, not under /reduce", async () => {
    const desk = testDesk({ ledgers: [riskOf("live-A"), riskOf("paper-A", { state: "HALTED" })] });
    await ask("/pause", desk);
    await ask("/reduce paper-a", desk);
    expect(desk.done).toMatchObject([{ ledger: "live-A" }, { ledger: "paper-A", state: "REDUCING" }]);
  });

  test("a stop that was refused is not told as one", async () => {
    const desk = testDesk({ ledgers: [riskOf("paper-A")], changeState: async () => refuse("NOT_FOUND", "the books are not open") });
    expect(await ask("/halt", desk)).toContain("paper-A is NOT stopped");
  });
});

describe("/resume", () => {
  test("a pause by hand on paper ends at once", async () => {
    const desk = testDesk({ ledgers: [riskOf("paper-A", { state: "REDUCING", author: "telegram:1001" })] });
    expect(await ask("/resume back", desk)).toContain("paper-A: ACTIVE");
    expect(desk.done).toEqual([{ ledger: "paper-A", state: "ACTIVE", note: "back", clears: [], sinceMs: 1_790_000_000_000 }]);
  });

  test("after a breaker it asks first and says which breakers it clears", async () => {
    const desk = testDesk({ ledgers: [TRIPPED] });
    const question = await ask("/resume", desk);
    expect(question).toContain("The drawdown breaker has tripped. (DRAWDOWN_BREAKER) It watches equity");
    expect(question).toContain("(DAILY_LOSS_LIMIT) It watches loss");
    expect(desk.done).toEqual([]);
    expect(await ask("/confirm wrong", desk)).toContain("Nothing waits");
    expect(await ask("/confirm_c0de1234", desk)).toContain("paper-A: ACTIVE");
    expect(desk.done).toEqual([
      { ledger: "paper-A", state: "ACTIVE", note: null, clears: ["DRAWDOWN_BREAKER", "DAILY_LOSS_LIMIT"], sinceMs: 1_790_000_000_000 },
    ]);
    expect(await ask("/confirm_c0de1234", desk)).toContain("Nothing waits");
  });

  test("real money asks first, without a breaker too, and can be left", async () => {
    const desk = testDesk({ ledgers: [riskOf("live-A", { state: "REDUCING" })] });
    expect(await ask("/resume", desk)).toContain("with real orders");
    expect(await ask("/cancel", desk)).toBe("Left as it is.");
    expect(await ask("/confirm_c0de1234", desk)).toContain("Nothing waits");
    expect(desk.done).toEqual([]);
  });

  test("what another breaker stopped meanwhile stays stopped, and says so", async () => {
    const desk = testDesk({ ledgers: [TRIPPED], changeState: async () => refuse("STOP_NOT_NAMED", "this lifts MARKS_STALE on paper-A") });
    await ask("/resume", desk);
    expect(await ask("/confirm_c0de1234", desk)).toContain("paper-A stays as it is: this lifts MARKS_STALE");
  });

  test("a stop of live trading is not lifted from a phone", async () => {
    const desk = testDesk({ ledgers: [riskOf("live-A", { state: "REDUCING", stateReason: "PROGRAM_DRIFT" })] });
    expect(await ask("/resume", desk)).toContain("Not from here: sniper live enable");
    expect(desk.done).toEqual([]);
  });

  test("nothing to resume", async () => {
    expect(await ask("/resume", testDesk({ ledgers: [riskOf("paper-A")] }))).toBe("Entries are not stopped.");
  });
});

describe("selling by hand", () => {
  test.each([
    ["/close_paper_A_AbCdEfGh_01ab23cd", { close: "paper-A-AbCdEfGh-01ab23cd" }, "Selling paper-A-AbCdEfGh-01ab23cd"],
    ["/close paper-A-gone-01ab23cd", { close: "paper-A-gone-01ab23cd" }, "it was sold already"],
    ["/closeall", { closeAll: "paper-A" }, "selling 2 positions"],
  ])("%s sells only when confirmed", async (text, done, expected) => {
    const desk = testDesk({ ledgers: [riskOf("paper-A")] });
    expect(await ask(text, desk)).toContain("/confirm_c0de1234");
    expect(desk.done).toEqual([]);
    expect(await ask("/confirm_c0de1234", desk)).toContain(expected);
    expect(desk.done).toEqual([done]);
  });
});
