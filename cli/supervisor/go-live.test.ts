import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ProgressEvent } from "./events.ts";
import { goLive, warnOfLivePositions } from "./go-live.ts";

const stateDir = mkdtempSync(join(tmpdir(), "sniper-go-live-"));
const calls: string[] = [];
let answers: Record<string, (body: string) => unknown> = {};
let server: Server;
let url = "";

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const key = `${request.method} ${request.url?.replace("/api/v1", "")}`;
      calls.push(`${key} ${request.headers.authorization ?? ""} ${body}`.trim());
      const answer = answers[key]?.(body);
      response.writeHead(answer === undefined ? 409 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? { title: "A check of the preflight fails." }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  calls.length = 0;
});
afterAll(() => {
  server.close();
  rmSync(stateDir, { recursive: true, force: true });
});

async function run(enable: boolean, aborted = false): Promise<ProgressEvent[]> {
  const told: ProgressEvent[] = [];
  const signal = aborted ? AbortSignal.abort() : new AbortController().signal;
  const system = { url, stateDir, operatorToken: "t0ken" };
  await goLive({ system, localnetUrl: null, enable, tell: (event) => told.push(event), signal });
  return told;
}

describe("a run with a signer", () => {
  test("without --yes nothing is enabled, and the mode in force is told", async () => {
    answers = { "GET /live": () => ({ mode: "paper" }) };
    expect(await run(false)).toEqual([{ kind: "mode", mode: "paper", text: "paper until: npx sniper live enable" }]);
    answers = { "GET /live": () => ({ mode: "live" }) };
    expect(await run(false)).toMatchObject([{ mode: "live" }]);
    expect(calls).toEqual(["GET /live", "GET /live"]);
  });

  test("--yes takes the same way as a person: preflight, then its confirmation text", async () => {
    answers = {
      "POST /live/preflight": () => ({ checks: [], confirmation: "GO LIVE a…b 12" }),
      "POST /live/enable": (body) => (body === '{"confirmation":"GO LIVE a…b 12"}' ? { mode: "live" } : undefined),
    };
    expect(await run(true)).toMatchObject([{ kind: "mode", mode: "live" }]);
    expect(calls[0]).toBe("POST /live/preflight Bearer t0ken");
  });

  test("a failing preflight leaves paper, and its reason is told", async () => {
    const checks = [{ name: "wallet", ok: false, code: "WALLET_UNDERFUNDED", detail: "0 SOL" }];
    answers = { "POST /live/preflight": () => ({ checks, confirmation: null }) };
    const [event] = await run(true, true);
    expect(event).toMatchObject({ kind: "mode", mode: "paper", text: expect.stringContaining("wallet (WALLET_UNDERFUNDED) 0 SOL") });
    expect(calls).toHaveLength(1);
  });
});

test.each([
  [[], []],
  [[{ isDryRun: true, openPositions: 3 }], []],
  [[{ isDryRun: false, openPositions: 2 }], ["2 live positions are open, and this run cannot sign: start with --live to exit."]],
])("a run that cannot sign, with ledgers %j", async (ledgers, expected) => {
  answers = { "GET /status": () => ({ ledgers }) };
  const told: string[] = [];
  await warnOfLivePositions(url, (event) => told.push("text" in event ? event.text : event.kind));
  expect(told).toEqual(expected);
});
