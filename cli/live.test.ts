import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { IncidentView, IntentView, LiveStatus, Preflight } from "../domain/api/types.ts";
import type { TradeCosts } from "../domain/journal/entry.ts";
import { rehearsalOf } from "./commands/rehearse.ts";
import { runCli } from "./main.ts";

const WALLET = "7UVimPp1oWb1FRzbkgkGrvr3bHcvEPpmi2bpQGsnPjiE";
const LIVE: LiveStatus = {
  ceiling: "live",
  mode: "paper",
  sinceMs: null,
  author: null,
  wallet: WALLET,
  walletLamports: "9999995000",
  agreed: 3,
  agreedWanted: 20,
  trialSizeLamports: "50000000",
  programs: [
    { name: "pump", programId: "P1", pinnedSlot: 5, slot: 5, pinnedSha256: "a", ok: true },
    { name: "pump_amm", programId: "P2", pinnedSlot: 5, slot: 6, pinnedSha256: "a", ok: false },
  ],
  providers: [{ name: "first", ok: false, slot: 9, lagSlots: 40, errorShareBps: 1_250, latencyMs: 81.4, reason: "RPC_LAGGING" }],
  budgets: [
    { kind: "entry", windowMs: 3_600_000, usedLamports: "50000000", limitLamports: "1000000000", signatures: 1, signaturesLimit: 30 },
  ],
  incidents: [],
};
const PASSING: Preflight = {
  atMs: 0,
  ok: true,
  checks: [{ name: "wallet", ok: true, code: null, detail: "10 SOL" }],
  confirmation: "GO 4711",
};
const FAILING: Preflight = {
  atMs: 0,
  ok: false,
  checks: [{ name: "drift", ok: false, code: "PROGRAM_DRIFT", detail: "pump_amm\u001b[2J" }],
  confirmation: null,
};
const INCIDENT: IncidentView = {
  incidentId: "i1",
  code: "EXIT_STUCK",
  subject: "p1",
  detail: "\u202Ereversed",
  severity: "page",
  status: "raised",
  raisedAtMs: 0,
  updatedAtMs: 0,
  author: "position",
};
const COSTS: TradeCosts = {
  baseAmount: "1000",
  quoteLamports: "50000000",
  venueFeeLamports: "625000",
  networkFeeLamports: "105000",
  tipLamports: "200000",
  rentLamports: "2074080",
  otherRentLamports: "0",
};

function intent(side: "buy" | "sell", rest: Partial<IntentView> = {}): IntentView {
  const base = { intentId: `p1:${side}:1`, positionId: "p1", mint: "M", side, status: "landed", signature: `sig-${side}` } as const;
  const amounts = {
    amountIn: "1",
    minOut: "1",
    reactionMs: 640,
    sends: 1,
    slot: 1,
    reason: null,
    detail: null,
    predicted: COSTS,
    actual: COSTS,
  };
  return { ...base, ...amounts, updatedAtMs: side === "buy" ? 1 : 2, ...rest };
}

const dir = mkdtempSync(join(tmpdir(), "sniper-cli-live-"));
const calls: Array<{ readonly key: string; readonly body: string; readonly authorization: string | undefined }> = [];
let answers: Record<string, unknown> = {};
let server: Server;
let url = "";

beforeAll(async () => {
  writeFileSync(join(dir, "secrets.json"), JSON.stringify({ operatorToken: "t0ken" }));
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const key = `${request.method} ${request.url?.replace("/api/v1", "")}`;
      calls.push({ key, body, authorization: request.headers.authorization });
      const answer = answers[key];
      response.writeHead(answer === undefined ? 409 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? { title: "Going live needs the confirmation text of a fresh preflight." }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  calls.length = 0;
  answers = {};
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

async function run(...argv: string[]): Promise<{ out: string; err: string; code: number }> {
  const out: string[] = [];
  const err: string[] = [];
  const codes: number[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line), fail: (code: number) => codes.push(code) };
  await runCli([...argv, "--url", url], io);
  return { out: out.join("\n"), err: err.join("\n"), code: codes.at(-1) ?? 0 };
}

describe("looking", () => {
  test("live status tells mode, trial, drift and what ails a provider", async () => {
    answers = { "GET /live": LIVE };
    const { out, code } = await run("live", "status");
    expect(code).toBe(0);
    for (const part of [
      "mode in force PAPER, ceiling live",
      `${WALLET}, 9.9999 SOL`,
      "3 of 20",
      "at most 0.0500 SOL each",
      "DRIFT",
      "RPC_LAGGING",
      "no open incident",
    ])
      expect(out).toContain(part);
    expect(JSON.parse((await run("live", "status", "--json")).out)).toEqual(LIVE);
  });

  test("wallet check shows policy and budgets", async () => {
    const policy = { maxSpendPerTxLamports: "500000000", sweepAddress: null, tipAccounts: ["T1", "T2"], entrySignaturesPerHour: 30 };
    answers = { "GET /wallet": { address: WALLET, lamports: "5", policy, budgets: LIVE.budgets } };
    const { out } = await run("wallet", "check");
    for (const part of [
      WALLET,
      "0.0000 SOL (5 lamports)",
      /maxSpendPerTxLamports\s+0.5000 SOL/,
      /sweepAddress\s+none/,
      /tipAccounts\s+T1\ntipAccounts\s+T2/,
      /entrySignaturesPerHour\s+30/,
    ])
      expect(out).toMatch(part);
  });

  test("intents and incidents, a stranger's text made harmless", async () => {
    answers = {
      "GET /intents?limit=20": { items: [intent("buy")], next: null },
      "GET /incidents?limit=20&scope=all": { items: [INCIDENT], next: null },
    };
    expect((await run("intents")).out).toContain("sig-buy");
    const { out } = await run("incidents", "--all");
    expect(out).toContain("An exit keeps failing at the widest slippage.");
    expect(out).not.toContain("\u202E");
  });
});

describe("going live", () => {
  test("a failing preflight ends with 1 and enables nothing", async () => {
    answers = { "POST /live/preflight": FAILING };
    const preflight = await run("live", "preflight", "--state", dir);
    expect(preflight.code).toBe(1);
    expect(preflight.out).toMatch(/drift\s+FAILS\s+PROGRAM_DRIFT\s+pump_amm\[2J/);
    const enable = await run("live", "enable", "--state", dir);
    expect(enable).toMatchObject({ code: 1, err: expect.stringContaining("stays paper: drift failed") });
    expect(calls.map(({ key }) => key)).toEqual(["POST /live/preflight", "POST /live/preflight"]);
  });

  test("without a person and without --confirm nothing is enabled", async () => {
    answers = { "POST /live/preflight": PASSING, "POST /live/enable": LIVE };
    const { code, err } = await run("live", "enable", "--state", dir);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("--confirm") });
    expect(calls.map(({ key }) => key)).toEqual(["POST /live/preflight"]);
  });

  test("--confirm hands the text on as it is, with the operator's token", async () => {
    answers = { "POST /live/enable": {}, "GET /live": { ...LIVE, mode: "live" } };
    const { out, code } = await run("live", "enable", "--confirm", "GO 4711", "--state", dir);
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining(`LIVE: orders are signed with ${WALLET}`) });
    expect(calls[0]).toEqual({ key: "POST /live/enable", body: '{"confirmation":"GO 4711"}', authorization: "Bearer t0ken" });
  });

  test("a refusal of the engine is the command's failure", async () => {
    const { code, err } = await run("live", "enable", "--confirm", "stale", "--state", dir);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("confirmation text") });
  });

  test("back to paper, and acknowledging", async () => {
    answers = { "POST /live/disable": LIVE, "POST /incidents/i%3A1/acknowledge": INCIDENT };
    expect((await run("live", "disable", "--state", dir)).out).toContain("keep exiting live");
    expect((await run("ack", "i:1", "--state", dir)).out).toContain("acknowledged");
  });
});

describe("rehearsal", () => {
  const page = (...items: IntentView[]) => ({
    "POST /live/rehearse": { positionId: "p1" },
    "GET /intents?limit=100&positionId=p1": { items, next: null },
  });

  test("predicted against actual, all equal", async () => {
    answers = page(intent("sell"), intent("buy"));
    const { out, code } = await run("live", "rehearse", "--state", dir);
    expect(code).toBe(0);
    expect(out).toMatch(/^buy sig-buy[\s\S]*network and priority fee\s+105000\s+105000\n[\s\S]*sell sig-sell[\s\S]*as predicted\.$/);
  });

  test("a price that moved is shown and is no miss", async () => {
    answers = page(intent("sell", { actual: { ...COSTS, quoteLamports: "49999999" } }), intent("buy"));
    const { out, code } = await run("live", "rehearse", "--mint", "M", "--state", dir);
    expect(code).toBe(0);
    expect(out).toMatch(/quote\s+50000000\s+49999999\s+-1\n[\s\S]*The price moved/);
    expect(calls[0]?.body).toBe('{"mint":"M"}');
  });

  test.each([
    ["what the engine could not compute again", { detail: "quoteLamports 49999999 instead of 50000000" }],
    ["one lamport of a cost that no price moves", { actual: { ...COSTS, networkFeeLamports: "105001" } }],
  ])("%s fails", async (_, off) => {
    answers = page(intent("sell", off), intent("buy"));
    const { out, code } = await run("live", "rehearse", "--state", dir);
    expect(code).toBe(1);
    expect(out).toMatch(/NOT AS PREDICTED {2}p1:sell:1: .*instead of/);
  });

  test("an unknown cost is a miss, not a match", () => {
    expect(rehearsalOf("p1", [intent("buy", { predicted: null, actual: null })]).misses).toHaveLength(7);
  });

  test("a buy that never landed ends it", async () => {
    answers = page(intent("buy", { status: "failed", reason: "SLIPPAGE_EXCEEDED" }));
    const { code, err } = await run("live", "rehearse", "--state", dir);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("nothing was bought") });
  });

  test("a sell that does not land within the time is said", async () => {
    answers = page(intent("buy"), intent("sell", { status: "sent" }));
    const { code, err } = await run("live", "rehearse", "--timeout", "1", "--state", dir);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("buy landed, sell sent") });
  });
});
