import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LedgerLockView, RiskView } from "../domain/api/types.ts";
import { runCli } from "./main.ts";

const MINT = "So11111111111111111111111111111111111111112";
const RISK: RiskView = {
  ledger: "paper-A",
  state: "ACTIVE",
  stateReason: null,
  author: "system",
  note: null,
  sinceMs: 0,
  isReconciled: true,
  limits: [
    { code: "MAX_POSITIONS", used: 10, limit: 10, unit: "positions", isReached: true },
    { code: "DRAWDOWN_BREAKER", used: 120, limit: 1_500, unit: "bps", isReached: false },
    { code: "MARKS_STALE", used: 3_000, limit: 15_000, unit: "ms", isReached: false },
  ],
  locks: [],
};
const TRIPPED: RiskView = { ...RISK, state: "REDUCING", stateReason: "DRAWDOWN_BREAKER", note: "too \u202Emuch" };
const LOCK: LedgerLockView = {
  ledger: "paper-A",
  lockId: "lock-1",
  scope: "mint",
  value: MINT,
  untilMs: null,
  reason: "rug\u001b[2J",
  author: "operator",
  atMs: 0,
};

const dir = mkdtempSync(join(tmpdir(), "sniper-cli-risk-"));
let risk = RISK;
let calls: Array<{ readonly call: string; readonly body: unknown; readonly authorization: string | undefined }> = [];
let server: Server;
let url = "";

function answerTo(call: string): { status: number; body: unknown } {
  switch (call) {
    case "GET /api/v1/risk":
    case "GET /api/v1/risk?ledger=live-A":
      return { status: 200, body: { ...risk, ledger: call.includes("live") ? "live-A" : "paper-A" } };
    case "POST /api/v1/state":
      return { status: 200, body: { ...risk, state: "HALTED", author: "operator" } };
    case "GET /api/v1/locks":
    case "POST /api/v1/locks":
      return { status: 200, body: { items: [LOCK], next: null } };
    case "DELETE /api/v1/locks/lock-1":
      return { status: 204, body: undefined };
    case "POST /api/v1/positions/p1/close":
      return { status: 202, body: { ledger: "paper-A" } };
    case "POST /api/v1/positions/close":
      return { status: 202, body: { positions: 3 } };
    default:
      return { status: 404, body: { title: "There is no such thing." } };
  }
}

beforeAll(async () => {
  writeFileSync(join(dir, "secrets.json"), JSON.stringify({ operatorToken: "t0ken" }));
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", () => {
      const call = `${request.method} ${request.url}`;
      calls.push({ call, body: text === "" ? undefined : JSON.parse(text), authorization: request.headers.authorization });
      const { status, body } = answerTo(call);
      response.writeHead(status, { "content-type": "application/json" }).end(body === undefined ? "" : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

beforeEach(() => {
  risk = RISK;
  calls = [];
});

async function run(...argv: string[]): Promise<{ out: string; err: string; code: number }> {
  const lines = { out: [] as string[], err: [] as string[] };
  let code = 0;
  const changes = !["risk", "locks"].includes(argv[0] ?? "");
  await runCli([...argv, "--url", url, ...(changes ? ["--state", dir] : [])], {
    out: (line) => lines.out.push(line),
    err: (line) => lines.err.push(line),
    fail: (failed) => {
      code = failed;
    },
  });
  return { out: lines.out.join("\n"), err: lines.err.join("\n"), code };
}

const changesOf = () => calls.filter(({ call }) => !call.startsWith("GET"));

describe("looking", () => {
  test("risk shows state, meaning, limits and what is reached", async () => {
    const { out, code } = await run("risk");
    expect(code).toBe(0);
    expect(out).toContain("paper-A ACTIVE since 1970-01-01 00:00:00 UTC by system");
    expect(out).toMatch(/MAX_POSITIONS +10 positions +10 positions +REACHED/);
    expect(out).toMatch(/DRAWDOWN_BREAKER +1\.2 % +15\.0 %\n/);
    expect(out).toContain("no lock is in force");
    expect(JSON.parse((await run("risk", "--ledger", "live-A", "--json")).out)).toEqual({ ...RISK, ledger: "live-A" });
  });

  test("a tripped breaker has its text and code; what stops and what goes on is said; a note cannot turn the line", async () => {
    risk = { ...TRIPPED, isReconciled: false };
    const { out } = await run("risk");
    expect(out).toContain("The drawdown breaker has tripped. (DRAWDOWN_BREAKER)");
    expect(out).toContain("Entries stop, exits go on");
    expect(out).toContain("(RECONCILING)");
    expect(out).toContain('"too much"');
  });

  test("locks", async () => {
    const { out } = await run("locks");
    expect(out).toContain(`lock-1  paper-A  mint ${MINT}  it is lifted  operator  rug[2J`);
  });
});

describe("the trading state", () => {
  test("a stop needs no look at breakers", async () => {
    expect((await run("state", "HALTED", "--note", "lunch", "--ledger", "live-A")).code).toBe(0);
    expect(calls).toEqual([
      {
        call: "POST /api/v1/state",
        body: { ledger: "live-A", state: "HALTED", note: "lunch", clears: [] },
        authorization: "Bearer t0ken",
      },
    ]);
  });

  test("ACTIVE after a breaker names it, or nothing is done", async () => {
    risk = TRIPPED;
    for (const argv of [["--yes"], ["--json"], ["--clears", "MAX_POSITIONS"]]) {
      const { code, out, err } = await run("state", "ACTIVE", ...argv);
      expect(code).toBe(1);
      expect(out + err).toContain("--clears DRAWDOWN_BREAKER");
    }
    expect(changesOf()).toEqual([]);
    expect((await run("state", "ACTIVE", "--clears", "DRAWDOWN_BREAKER")).code).toBe(0);
    expect(changesOf()).toMatchObject([{ body: { ledger: "paper-A", state: "ACTIVE", clears: ["DRAWDOWN_BREAKER"] } }]);
  });
});

describe("locks and sales", () => {
  test.each([
    [["lock", "mint", MINT, "--for", "2h", "--reason", "rug"], { scope: "mint", value: MINT, durationMs: 7_200_000, reason: "rug" }],
    [
      ["lock", "all", "--for", "forever", "--reason", "news", "--ledger", "live-A"],
      { ledger: "live-A", scope: "all", value: null, durationMs: null, reason: "news" },
    ],
  ])("%j", async (argv, body) => {
    expect((await run(...argv)).code).toBe(0);
    expect(changesOf()).toMatchObject([{ call: "POST /api/v1/locks", body }]);
  });

  test.each([
    [["unlock", "lock-1"], "lock-1 is lifted"],
    [["close", "p1"], "p1 (paper-A) is being sold; entries go on"],
    [["close", "--all"], "3 positions of paper-A are being sold; entries go on"],
  ])("%j says what it did", async (argv, line) => {
    expect(await run(...argv)).toMatchObject({ out: line, code: 0 });
  });

  test.each([
    [["state", "PAUSED"], 2, "Allowed choices"],
    [["state", "HALTED", "extra"], 2, "too many arguments"],
    [["lock", "mint", "--reason", "x"], 1, "lock mint ADDRESS"],
    [["lock", "all", MINT, "--reason", "x"], 1, "or lock all"],
    [["lock", "all"], 2, "--reason"],
    [["lock", "all", "--reason", "x", "--for", "soon"], 2, "forever"],
    [["unlock", "other"], 1, "answered 404"],
    [["close"], 1, "name one position"],
    [["close", "p1", "--all"], 1, "name one position"],
  ])("%j fails with %i", async (argv, code, complaint) => {
    const result = await run(...argv);
    expect(result.code).toBe(code);
    expect(result.err).toContain(complaint);
    if (code === 2) expect(calls).toEqual([]);
  });
});
