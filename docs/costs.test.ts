import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GAP_FILLING_SHARE, PROVIDERS } from "../domain/budget.ts";
import { FAST_POLL_MS, IDLE_POLL_MS, LATE_MS, MISTRUST_MS, SILENT_MS, SLOW_POLL_MS } from "../domain/pipeline/gap-pace.ts";
import { RPC_CREDITS } from "../domain/rpc-credits.ts";
import { MAX_RPC_CREDITS } from "../domain/scoring/observations.ts";
import { MAX_CLASSIFIED_CHARS, MAX_CLASSIFIED_TEXTS } from "../domain/sentiment/classifier.ts";
import { builtinParameters } from "../domain/trading/parameters.ts";
import { DISCOVERY_CLAIM } from "../workers/discoverer/credits.ts";

const PAGE = readFileSync(join(import.meta.dirname, "costs.md"), "utf8");
const DAY_S = 86_400;
const PERIOD_S = 0.9;
const POOLS_PER_CALL = Math.floor((100 - 2) / 5);
const OBJECT_GB = 0.128;
/** Share of a day in which the last of 200 graduations at random is younger than the silence that makes the gap filler fast. */
const FRESH_SHARE = 1 - Math.exp(-SILENT_MS / ((DAY_S / 200) * 1_000));
/** Thousandths of a neuron, as the classifier claims them. */
const POST_COST = Math.ceil((MAX_CLASSIFIED_CHARS + 2) * 2.394);

function creditsOfPolls(everyMs: number): number {
  return ((DAY_S * 1_000) / everyMs) * RPC_CREDITS.history;
}

function numbers(row: string): number[] {
  return row
    .split("|")
    .slice(1, -1)
    .map((cell) => Number(cell.trim().replaceAll(",", "")));
}

test("the table per day follows its formulas", () => {
  const table = PAGE.slice(PAGE.indexOf("## Per day"), PAGE.indexOf("- polls ="));
  const rows = [...table.matchAll(/^\| \d.*\|$/gm)].map(([row]) => numbers(row));
  expect(rows.map(([open]) => open)).toEqual([0, 1, 5, 10]);
  for (const [open = 0, ...cells] of rows) {
    const polls = open === 0 ? 0 : DAY_S / PERIOD_S;
    const requests = polls * (1 + open + 1);
    const objectGbS = Math.round(polls * (0.12 + 0.005 * (open + 1)) * OBJECT_GB);
    expect(cells).toEqual([polls, polls * Math.ceil(open / POOLS_PER_CALL), requests, objectGbS, polls * 4]);
  }
});

test.each([
  ["19 pools a call", POOLS_PER_CALL, 19],
  ["17,280 calls a day", DAY_S / 5, 17_280],
  ["11,059 GB-s a day", Math.round(DAY_S * OBJECT_GB), 11_059],
  ["216,000 a day at most", DAY_S / 0.4, 216_000],
  ["every 2 s, at 10 credits | 432,000 |", creditsOfPolls(FAST_POLL_MS), 432_000],
  ["| 86,400 at least |", creditsOfPolls(SLOW_POLL_MS), 86_400],
  ["every minute | 14,400 |", creditsOfPolls(IDLE_POLL_MS), 14_400],
  ["at most 9:", DISCOVERY_CLAIM.requests, 9],
  ["| 81 each, at most |", DISCOVERY_CLAIM.cost, 81],
  ["| 333 each, at most |", MAX_RPC_CREDITS, 333],
  ["15 minutes 88 %", Math.round(100 * FRESH_SHARE), 88],
  ["none for 15 minutes", SILENT_MS / 60_000, 15],
  ["late (10 s after", LATE_MS / 1_000, 10],
  ["until 5 minutes passed", MISTRUST_MS / 60_000, 5],
  ["90 % of the credits", 100 * GAP_FILLING_SHARE, 90],
  ["10 s are half of `signalExpiryMs`", SLOW_POLL_MS / builtinParameters("default").signalExpiryMs, 0.5],
  [
    "129,000 credits",
    Math.round((FRESH_SHARE * creditsOfPolls(SLOW_POLL_MS) + (1 - FRESH_SHARE) * creditsOfPolls(FAST_POLL_MS)) / 1_000) * 1_000,
    129_000,
  ],
  ["| 8,640 per 24 paths |", DAY_S / 10, 8_640],
  ["| a post, at most | 1.23 |", Math.round(POST_COST / 10) / 100, 1.23],
  ["| a judgement with ten posts, at most | 12.3 |", Math.round((MAX_CLASSIFIED_TEXTS * POST_COST) / 100) / 10, 12.3],
  ["| a day, at most | 10,000 |", PROVIDERS.ai.dailyCost / 1_000, 10_000],
  ["812 judgements a day", Math.floor(PROVIDERS.ai.dailyCost / (MAX_CLASSIFIED_TEXTS * POST_COST)), 812],
  ["1,000 requests a minute", PROVIDERS.ai.requestsPerWindow / (PROVIDERS.ai.windowMs / 60_000), 1_000],
  ["are 72,000", 30 * 24 * 100, 72_000],
])("%s", (text, computed, stated) => {
  expect(computed).toBe(stated);
  expect(PAGE.replaceAll("**", "")).toContain(text);
});
