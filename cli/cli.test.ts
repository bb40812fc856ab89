import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleDecision } from "../domain/journal/sample-entries.ts";
import { decisionView } from "../domain/journal/views.ts";
import { summarise, textLines } from "./commands/replay.ts";
import { runCli } from "./main.ts";
import { table } from "./output.ts";
import type { Recording } from "./replay/recorded-chain.ts";

interface Call {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

const dir = mkdtempSync(join(tmpdir(), "sniper-cli-"));
const calls: Call[] = [];
let server: Server;
let url = "";

const STATUS = {
  mode: "paper",
  network: "localnet",
  nowMs: 0,
  solUsd: { value: 150.126, source: "pyth", ageMs: 400 },
  slot: 1,
  feedAgeMs: null,
  ledgers: [],
  parameters: { version: "localnet-1", name: "localnet" },
  champion: null,
  experiment: null,
  funnel: { detected: 9, passedFilters: 7, passedGates: 6, scoredAbove: 3, bought: 2 },
  reasons: [{ code: "SCORE_BELOW_THRESHOLD", count: 4 }],
};
const HOSTILE = { ...decisionView(sampleDecision("d1")), symbol: "\u001b[2JEVIL\u202E", mint: "M1" };

const ANSWERS: Record<string, { status: number; body: unknown }> = {
  "GET /api/v1/status": { status: 200, body: STATUS },
  "GET /api/v1/decisions?limit=20": { status: 200, body: { items: [HOSTILE], next: null } },
  "GET /api/v1/positions?limit=20&scope=all": { status: 200, body: { items: [], next: null } },
  "GET /api/v1/trades?limit=3": { status: 503, body: { title: "An outside service failed.", reason: "UPSTREAM_FAILED" } },
  "POST /api/v1/denylist": { status: 201, body: { subject: "mint" } },
  "GET /api/v1/dead-letters?limit=20": { status: 200, body: { items: [], next: null } },
  "POST /api/v1/dead-letters/dead-letter%3Aq%3A1/redrive": {
    status: 202,
    body: { id: "dead-letter:q:1", atMs: 0, queue: "q", messageId: "1", r2Key: "k" },
  },
  "POST /api/v1/dead-letters/2/redrive": { status: 404, body: { title: "There is no such thing." } },
};

beforeAll(async () => {
  writeFileSync(join(dir, "secrets.json"), JSON.stringify({ operatorToken: "t0ken" }));
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const key = `${request.method} ${request.url}`;
      calls.push({ method: request.method ?? "", url: request.url ?? "", authorization: request.headers.authorization, body });
      const answer = ANSWERS[key] ?? { status: 404, body: { title: "no route" } };
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

async function run(...argv: string[]): Promise<{ out: string[]; err: string[]; code: number }> {
  const result = { out: [] as string[], err: [] as string[], code: 0 };
  await runCli(argv, {
    out: (line) => result.out.push(line),
    err: (line) => result.err.push(line),
    fail: (code) => {
      result.code = code;
    },
  });
  return result;
}

describe("reading from an instance", () => {
  test("status for a person and as JSON", async () => {
    const text = await run("status", "--url", url);
    expect(text).toMatchObject({ code: 0, err: [] });
    expect(text.out.join("\n")).toContain("SOL $150.13 (0 s old), newest graduation none yet");
    const json = await run("status", "--url", url, "--json");
    expect(json.out.map((line) => JSON.parse(line))).toEqual([STATUS]);
  });

  test("a hostile symbol does not reach the terminal", async () => {
    const { out } = await run("decisions", "--url", url);
    expect(out).toHaveLength(2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    expect(out.join("")).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  test("closed positions on demand", async () => {
    expect(await run("positions", "--all", "--url", url)).toMatchObject({ code: 0, out: ["no positions yet"] });
  });

  test.each([
    [["trades", "--limit", "3"], 1, "answered 503: An outside service failed."],
    [["models"], 1, "answered 404"],
    [["status", "--frob"], 2, "unknown option"],
    [["status", "extra"], 2, "too many arguments"],
    [["trades", "--limit", "0"], 2, "between 1 and 500"],
    [["deny", "add", "planet", "x", "--reason", "y"], 2, "planet"],
    [["deny", "add", "mint", "x"], 2, "--reason"],
    [["launch"], 2, "unknown command"],
  ])("%j fails with %i", async (argv, code, complaint) => {
    const isUsage = code === 2;
    const result = await run(...argv, ...(isUsage ? [] : ["--url", url]));
    expect(result.code).toBe(code);
    expect(result.err.join("\n")).toContain(complaint);
    expect(result.err.join("\n")).not.toContain("    at ");
  });

  test("nobody there is one line, also as JSON", async () => {
    const { err, code } = await run("status", "--url", "http://127.0.0.1:9");
    expect({ code, err }).toEqual({ code: 1, err: [expect.stringContaining("npm start")] });
    const json = await run("status", "--url", "http://127.0.0.1:9", "--json");
    expect({ code: json.code, error: JSON.parse(json.out[0] ?? "") }).toMatchObject({ code: 1, error: { error: expect.any(String) } });
    expect((await run("status", "--url", "ftp://x")).err[0]).toContain("not an http(s) address");
  });
});

describe("changing something", () => {
  test("the operator token comes from the state folder of a local run", async () => {
    calls.length = 0;
    expect(await run("deny", "add", "mint", "M1", "--reason", "rug", "--url", url, "--state", dir)).toMatchObject({ code: 0 });
    expect(calls).toEqual([
      { method: "POST", url: "/api/v1/denylist", authorization: "Bearer t0ken", body: '{"subject":"mint","value":"M1","reason":"rug"}' },
    ]);
  });

  test("it is not sent anywhere but to this machine", async () => {
    const result = await run("deny", "add", "mint", "M1", "--reason", "rug", "--url", "http://sniper.invalid", "--state", dir);
    expect(result).toMatchObject({ code: 1, err: [expect.stringContaining("operator token")] });
  });

  test("redriving stops at the first failure and says how far it came", async () => {
    const ids = ["dead-letter:q:1", "2", "3"];
    const result = await run("dead-letters", "redrive", ...ids, "--yes", "--url", url, "--state", dir);
    expect(result).toMatchObject({ code: 1, err: [expect.stringMatching(/^error: 2: .*\(1 of 3 were sent\)$/)] });
  });
});

describe("replay", () => {
  const recording = { file: "a.json", signature: "S1", blockTimeMs: null } as Recording;
  const buy = { ...sampleDecision("d1"), stage: "trade", outcome: "BUY", reasons: [] } as ReturnType<typeof sampleDecision>;

  test("what was found, what was bought, and each reason counted", () => {
    const replayed = [
      { recording, seen: null, decisions: [sampleDecision("d1"), buy], rejections: [] },
      { recording, seen: null, decisions: [sampleDecision("d2")], rejections: [] },
      { recording, seen: null, decisions: [], rejections: [{ reason: "TX_FAILED", detail: null }] },
      { recording, seen: null, decisions: [], rejections: [] },
    ];
    expect(summarise(replayed)).toEqual({
      transactions: 4,
      graduations: 2,
      bought: 1,
      declined: 1,
      rejected: 1,
      seen: 0,
      reasons: { SCORE_BELOW_THRESHOLD: 2, LIQUIDITY_TOO_LOW: 2, TX_FAILED: 1 },
    });
  });

  test("lines name the reason in words", () => {
    expect(
      textLines({ recording, seen: null, decisions: [], rejections: [{ reason: "TX_FAILED", detail: "x\u001b[2J" }] }, "default"),
    ).toEqual(["rejected  S1  time unknown  TX_FAILED: The transaction failed on chain. (x[2J)"]);
    expect(textLines({ recording, seen: null, decisions: [sampleDecision("d")], rejections: [] }, "default").join("\n")).toContain(
      "LIQUIDITY_TOO_LOW: The pool's liquidity is below the minimum.",
    );
  });

  test("nothing recorded there is a failure", async () => {
    expect(await run("replay", dir)).toMatchObject({
      code: 1,
      err: expect.arrayContaining([expect.stringContaining("no recorded transaction")]),
    });
    expect((await run("replay", dir, "--speed", "0")).code).toBe(2);
  });
});

test("columns are aligned and cells cannot break the line", () => {
  expect(
    table(
      ["a", "bb"],
      [
        ["1\n2", "x"],
        ["1", "y"],
      ],
    ),
  ).toEqual(["a   bb", "12  x", "1   y"]);
});

test("the bin runs under the Node that is at hand", () => {
  const run = spawnSync(process.execPath, [join(import.meta.dirname, "sniper.mjs"), "--help"], { encoding: "utf8" });
  expect({ status: run.status, out: run.stdout }).toEqual({ status: 0, out: expect.stringContaining("replay") });
});
