import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { DAY_MS, type RecordedDay } from "../../domain/statistics/daily-equity.ts";
import { PerformanceTally } from "../../domain/statistics/performance.ts";
import { performanceView } from "../../domain/statistics/performance-view.ts";
import { runCli } from "../main.ts";
import { showPerformance } from "./stats.ts";

const DAY = Date.UTC(2026, 9, 1) / DAY_MS;
const REQUEST = { ledger: "paper-A", nowMs: 0, daysAsked: 365, isTruncated: false };

function figures(days: number) {
  const tally = new PerformanceTally();
  for (let i = 0; i < days; i++) {
    const closedAtMs = (DAY + i) * DAY_MS;
    tally.add({
      closedAtMs,
      holdMs: 31_000,
      costLamports: 10n ** 9n,
      pnlLamports: i % 3 === 0 ? -50_000_000n : 60_000_000n,
      stopLossBps: 1_000,
    });
  }
  let equityLamports = 7_000_000_000n;
  const base = { atMs: DAY * DAY_MS, equityLamports, peakLamports: equityLamports };
  const recorded = Array.from({ length: days }, (_, i): RecordedDay => {
    equityLamports += i % 3 === 0 ? -50_000_000n : 60_000_000n;
    const close = { atMs: (DAY + i) * DAY_MS + 1, equityLamports, peakLamports: base.peakLamports };
    return { close, deepest: close };
  });
  return tally.performance(days === 0 ? null : { base, days: recorded, flows: [], fromDay: DAY, toDay: DAY + days - 1 });
}

test("a ledger without history shows dashes and says how much is missing", () => {
  const lines = showPerformance(performanceView(REQUEST, figures(0)));
  expect(lines[0]).toBe("paper-A: 0 complete days, 0 closed trades");
  expect(lines).toContainEqual(expect.stringMatching(/^win rate +55\.0 % to 70\.0 % +- +- +0 trades +too few data \(0 of 30 trades\)$/));
  expect(lines).toContainEqual(expect.stringMatching(/^Sharpe +> 1\.50 +- +- +0 days +too few data \(0 of 30 days\)$/));
  expect(lines).toContainEqual(expect.stringMatching(/^max drawdown +< 15\.0 % +-/));
  expect(lines).toContainEqual(expect.stringMatching(/^profit factor +- +-$/));
  expect(lines.join("\n")).not.toMatch(/NaN|null|undefined|Infinity/);
});

test("a longer one shows figures with intervals and verdicts", () => {
  const lines = showPerformance(performanceView({ ...REQUEST, isTruncated: true }, figures(62)));
  expect(lines[0]).toBe("paper-A: 61 complete days, 62 closed trades since 2026-10-01 (UTC)");
  expect(lines[1]).toContain("oldest are left out");
  expect(lines).toContainEqual(
    expect.stringMatching(/^win rate +55\.0 % to 70\.0 % +66\.1 % +53\.\d % to 76\.\d % +62 trades +met, not certain$/),
  );
  expect(lines).toContainEqual(expect.stringMatching(/^max drawdown +< 15\.0 % +0\.7 % .* met$/));
  expect(lines).toContainEqual(expect.stringMatching(/^average hold +31 s$/));
  expect(lines).toContainEqual(expect.stringMatching(/^2026-12 so far +/));
  expect(lines.join("\n")).not.toMatch(/NaN|null|undefined|Infinity/);
});

test("asks the API for the ledger and the days, and refuses what is neither", async () => {
  const urls: string[] = [];
  const server = createServer((request, response) => {
    urls.push(request.url ?? "");
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(performanceView(REQUEST, figures(0))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const run = async (...argv: string[]): Promise<{ code: number; out: string[] }> => {
    const told = { code: 0, out: [] as string[] };
    const io = {
      out: (line: string) => told.out.push(line),
      err: () => {},
      fail: (code: number) => {
        told.code = code;
      },
    };
    await runCli(["stats", "--url", url, ...argv], io);
    return told;
  };
  try {
    expect((await run()).code).toBe(0);
    const asJson = await run("--ledger", "live-A", "--days", "30", "--json");
    expect(JSON.parse(asJson.out[0] ?? "")).toMatchObject({ ledger: "paper-A", completeDays: 0 });
    expect(urls).toEqual(["/api/v1/performance?days=365", "/api/v1/performance?days=30&ledger=live-A"]);
    for (const wrong of [
      ["--days", "0"],
      ["--days", "2001"],
      ["--days", "x"],
      ["--ledger", "mine"],
    ])
      expect((await run(...wrong)).code).toBe(2);
  } finally {
    server.close();
  }
});
