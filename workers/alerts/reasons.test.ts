import { describe, expect, test } from "vitest";
import { escapeHtml } from "../../adapters/telegram/html.ts";
import type { RiskView, TradeView } from "../../domain/api/types.ts";
import { sampleTrade } from "../../domain/journal/sample-entries.ts";
import { tradeView } from "../../domain/journal/views.ts";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";
import { answerCommand } from "./commands.ts";
import { messageOf } from "./messages.ts";
import { testDesk } from "./test-desk.ts";

const ALL = Object.entries(REASONS) as Array<[ReasonCode, string]>;

/** What Telegram shows of a reason: text and code beside each other. */
function shown(code: string, text: string): string {
  return `${escapeHtml(text)} (${code})`;
}

describe("every reason reaches Telegram as text and code", () => {
  test.each(ALL)("%s", async (code, text) => {
    const trade: TradeView = tradeView(sampleTrade("p1", { exitReason: code }));
    const risk = {
      ledger: "paper-A",
      state: "HALTED",
      stateReason: code,
      author: "system",
      note: null,
      sinceMs: 0,
      isReconciled: true,
      limits: [],
      locks: [],
    } satisfies RiskView;
    const desk = testDesk({ ledgers: [risk], read: async <T>() => ({ items: [trade], next: null }) as T });
    for (const command of ["/trades", "/exits", "/risk"]) expect(await answerCommand(command, desk), command).toContain(shown(code, text));
    const state = {
      kind: "trading-state",
      id: "s",
      atMs: 1,
      ledger: "paper-A",
      state: "HALTED",
      reason: code,
      author: "system",
      note: null,
    } as const;
    expect(messageOf(state)).toContain(shown(code, text));
    expect(messageOf(sampleTrade("p1", { exitReason: code }))).toContain(shown(code, text));
  });
});
