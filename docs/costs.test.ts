import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROVIDERS } from "../domain/budget.ts";
import { MAX_CLASSIFIED_CHARS, MAX_CLASSIFIED_TEXTS } from "../domain/sentiment/classifier.ts";

const PAGE = readFileSync(join(import.meta.dirname, "costs.md"), "utf8");
const DAY_S = 86_400;
const PERIOD_S = 0.9;
const POOLS_PER_CALL = Math.floor((100 - 2) / 5);
const OBJECT_GB = 0.128;
/** Thousandths of a neuron, as the classifier claims them. */
const POST_COST = Math.ceil((MAX_CLASSIFIED_CHARS + 2) * 2.394);

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
  ["| 432,000 |", (DAY_S / 2) * 10, 432_000],
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
