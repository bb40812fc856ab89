import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import type {
  DecisionView,
  IncidentView,
  IntentView,
  ModelView,
  PositionView,
  RunView,
  StudyView,
  TradeView,
} from "../../domain/api/types.ts";
import { startCrons } from "./crons.ts";
import { createFeedReader } from "./events.ts";
import { createLearningReader } from "./learning-watch.ts";
import { parseStartOptions, type StartOptions } from "./options.ts";
import { freePort, isPortFree } from "./ports.ts";
import { waitUntil } from "./processes.ts";
import { createProgressLog, formatLine } from "./progress-log.ts";
import { loadSecrets, localnetVariables, mainnetVariables, writeEnvFile } from "./run-env.ts";
import { ROOT } from "./system.ts";
import {
  cronsOf,
  LEARNING,
  LIVE_SNIPER,
  SNIPER,
  signerArguments,
  signerEnvironment,
  wranglerArguments,
  wranglerEnvironment,
} from "./wrangler.ts";

const dir = mkdtempSync(join(tmpdir(), "sniper-supervisor-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("options", () => {
  function read(...argv: string[]): StartOptions {
    const parsed = parseStartOptions(argv);
    if (!parsed.ok || "help" in parsed.value) throw new Error("not options");
    return parsed.value;
  }

  test("defaults", () => {
    expect(read()).toMatchObject({ port: 8787, localnetPort: 8899, mix: "demo", speed: 1, stateDir: ".sniper/state", fresh: false });
    expect(read("--mainnet")).toMatchObject({ stateDir: ".sniper/mainnet", mainnet: true });
    expect(read("--state", "s", "--mainnet")).toMatchObject({ stateDir: "s" });
  });

  test.each([
    [["--bogus"], "unknown option"],
    [["--port", "0"], "port"],
    [["--port", "8787x"], "port"],
    [["--speed", "-1"], "speed"],
    [["--mix", "rosy"], "rosy"],
    [["more"], "too many arguments"],
    [["--port", "8899"], "must differ"],
    [["--yes"], "--yes needs --live"],
    [["--mainnet", "--live", "--fresh"], "--fresh"],
  ])("%j is refused", (argv, complaint) => {
    const parsed = parseStartOptions(argv);
    expect(parsed).toMatchObject({ ok: false, reason: "USAGE" });
    expect(parsed.ok ? "" : parsed.detail).toContain(complaint);
  });

  test("live is asked for by flag or environment, and never enabled by itself", () => {
    expect(read("--live")).toMatchObject({ live: true, yes: false, signerVarsFile: ".dev.vars.signer" });
    expect(parseStartOptions([], { MODE: "live" })).toMatchObject({ ok: true, value: { live: true, yes: false } });
    expect(read()).toMatchObject({ live: false });
  });

  test("--help is an answer", () => {
    expect(parseStartOptions(["--help"])).toMatchObject({ ok: true, value: { help: expect.stringContaining("--port") } });
  });
});

describe("ports", () => {
  test("a port that somebody listens on is not free", async () => {
    const port = await freePort();
    expect(await isPortFree(port)).toBe(true);
    const server = createServer().listen(port, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    expect(await isPortFree(port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("variables of a run", () => {
  test("secrets are made once, kept, and for their owner only", () => {
    const first = loadSecrets(dir);
    expect(loadSecrets(dir)).toEqual(first);
    expect(new Set(Object.values(first)).size).toBe(Object.values(first).length);
    expect(statSync(join(dir, "secrets.json")).mode & 0o077).toBe(0);
    expect(first.telegramBotToken).toMatch(/^\d+:[\w-]{35}$/);
  });

  test("the embedded market's variables stay on this machine", () => {
    for (const [name, value] of Object.entries(localnetVariables("http://127.0.0.1:8899", loadSecrets(dir), "live"))) {
      if (name.endsWith("_URL")) expect(value).toMatch(/^http:\/\/127\.0\.0\.1:8899\//);
    }
  });

  test("mainnet without RPC_URL says what to put where", () => {
    const missing = mainnetVariables(join(dir, "none"), loadSecrets(dir), "paper");
    expect(missing).toMatchObject({ ok: false, reason: "RPC_URL_MISSING", detail: expect.stringMatching(/RPC_URL=.*none|none.*RPC_URL=/) });
  });

  test("mainnet takes known names from the file, and never a higher mode", () => {
    const file = join(dir, "vars");
    writeFileSync(file, 'RPC_URL="https://rpc.example/?k=1"\nMODE=live\nAWS_SECRET=x\nX_BEARER_TOKEN=b\nHELIUS_API_KEY=\n');
    const given = mainnetVariables(file, loadSecrets(dir), "paper");
    expect(given).toMatchObject({
      ok: true,
      value: { RPC_URL: "https://rpc.example/?k=1", MODE: "paper", NETWORK: "mainnet", X_BEARER_TOKEN: "b" },
    });
    expect(given.ok && ("AWS_SECRET" in given.value || "HELIUS_API_KEY" in given.value)).toBe(false);
  });

  test("the env file is private and keeps awkward values apart", () => {
    const path = join(dir, "run.env");
    writeEnvFile(path, { A: "x=1#2 3", B: "it's", C: "" });
    expect(parseEnv(readFileSync(path, "utf8"))).toEqual({ A: "x=1#2 3", B: "it's", C: "" });
    expect(statSync(path).mode & 0o077).toBe(0);
  });
});

describe("wrangler", () => {
  const run = { root: ROOT, stateDir: join(dir, "state"), port: 8801, envFile: join(dir, "run.env"), withLearning: true, live: false };

  test("both Workers in one local process, with this run's state and variables", () => {
    const args = wranglerArguments(run).join(" ");
    for (const part of ["dev --local", "workers/learning/wrangler.toml", "--port 8801", `--env-file ${run.envFile}`, "--var AI:off"])
      expect(args).toContain(part);
    expect(wranglerArguments({ ...run, withLearning: false }).join(" ")).not.toContain("learning");
    expect(Object.values(wranglerEnvironment(run))).not.toContain(undefined);
  });

  test("a live run binds the signer, which runs alone in a process of its own", () => {
    const live = wranglerArguments({ ...run, live: true }).join(" ");
    expect(live).toContain("wrangler.live.toml");
    expect(live).not.toContain("signer");
    expect(wranglerArguments(run).join(" ")).not.toContain("live");
    const signer = signerArguments(run, join(dir, "signer.env")).join(" ");
    expect(signer).toContain("workers/signer/wrangler.toml");
    expect(signer).not.toContain(run.envFile);
    expect(signerEnvironment(run)["WRANGLER_REGISTRY_PATH"]).toBe(wranglerEnvironment(run)["WRANGLER_REGISTRY_PATH"]);
  });

  test("each Worker's configuration has the name we use and at least one cron", () => {
    for (const { name, config } of [SNIPER, LEARNING, LIVE_SNIPER]) {
      expect(readFileSync(join(ROOT, config), "utf8")).toContain(`name = "${name}"`);
      expect(cronsOf(join(ROOT, config)).length).toBeGreaterThan(0);
    }
    expect(cronsOf(join(dir, "nothing.toml"))).toEqual([]);
  });
});

describe("crons", () => {
  test("each target is fired again and again, and a failure is told once", async () => {
    const calls: string[] = [];
    const port = await freePort();
    const { createServer: createHttp } = await import("node:http");
    const server = createHttp((request, response) => {
      calls.push(request.url ?? "");
      response.end(JSON.stringify({ result: { outcome: request.url?.includes("bad") === true ? "exception" : "ok" } }));
    }).listen(port, "127.0.0.1");
    const failures: string[] = [];
    const ticker = startCrons(
      `http://127.0.0.1:${port}`,
      [
        { worker: "good", cron: "* * * * *" },
        { worker: "bad", cron: "* * * * *" },
      ],
      1_000,
      ({ worker }, outcome) => failures.push(`${worker} ${outcome}`),
    );
    await waitUntil(() => calls.filter((url) => url.endsWith("worker=good")).length >= 2, 6_000);
    await waitUntil(() => calls.filter((url) => url.endsWith("worker=bad")).length >= 2, 6_000);
    ticker.stop();
    server.closeAllConnections();
    server.close();
    expect(failures).toEqual(["bad exception"]);
  });
});

const MINT = "So11111111111111111111111111111111111111112";

describe("progress log", () => {
  const decision = {
    id: "d1",
    stage: "analyze",
    outcome: "DECLINE",
    mint: MINT,
    symbol: "GEM",
    score: 41.6,
    reasons: [{ code: "SCORE_BELOW_THRESHOLD", detail: "42 < 60" }],
  } as unknown as DecisionView;
  const position = {
    positionId: "p1",
    ledger: "paper-A",
    mint: MINT,
    symbol: "GEM",
    status: "open",
    costLamports: "450000000",
    stopLossBps: 1000,
    takeProfitBps: 2000,
  } as unknown as PositionView;
  const trade = {
    positionId: "p1",
    ledger: "paper-B",
    mint: MINT,
    symbol: "GEM",
    pnlLamports: "-12345678",
    returnBps: -274,
    holdMs: 31_400,
    exitReason: "EXIT_STOP_LOSS",
  } as unknown as TradeView;

  const intent = {
    intentId: "p1:buy:1",
    mint: MINT,
    side: "buy",
    status: "landed",
    signature: "5signature5signature",
    sends: 2,
    reason: null,
    actual: { quoteLamports: "450000000" },
  } as unknown as IntentView;
  const incident: IncidentView = {
    incidentId: "i1",
    code: "PROGRAM_DRIFT",
    subject: "pump_amm",
    detail: "slot 1 is now 2",
    severity: "page",
    status: "raised",
    raisedAtMs: 0,
    updatedAtMs: 0,
    author: "watchdog",
  };

  test("live orders and incidents", () => {
    const line = (event: Parameters<typeof formatLine>[0]): string => formatLine(event, 0, false).slice(10);
    expect(line({ kind: "intent", intent })).toBe("landed     live buy So11…1112  for 0.4500 SOL  5signatu…, sent 2 times");
    expect(line({ kind: "intent", intent: { ...intent, status: "expired", signature: null, actual: null, reason: "TX_EXPIRED" } })).toBe(
      "expired    live buy So11…1112, sent 2 times: The transaction expired unseen",
    );
    expect(line({ kind: "incident", incident })).toBe("INCIDENT   A program that we trade on was upgraded: pump_amm slot 1 is now 2");
    expect(line({ kind: "incident", incident: { ...incident, status: "cleared", detail: "\u001b[2J" } })).toBe(
      "INCIDENT   cleared: A program that we trade on was upgraded: pump_amm [2J",
    );
  });

  test("lines for people", () => {
    const line = (event: Parameters<typeof formatLine>[0]): string => formatLine(event, 0, false).slice(10);
    expect(line({ kind: "judged", decision })).toBe(
      "judged     GEM          So11…1112  score 42  declined: SCORE_BELOW_THRESHOLD (42 < 60)",
    );
    expect(line({ kind: "bought", position })).toBe("bought     GEM          So11…1112  0.4500 SOL  stop -10.0 %  take +20.0 %");
    expect(line({ kind: "sold", trade })).toBe(
      "sold       GEM          So11…1112  -0.0123 SOL (-2.7 %) after 31 s  Stop loss reached  [challenger]",
    );
    expect(line({ kind: "ready", url: "http://127.0.0.1:8787", seconds: 7.04 })).toBe("ready      in 7.0 s: http://127.0.0.1:8787");
  });

  test("a hostile symbol cannot write to the terminal", () => {
    const hostile = { ...decision, symbol: "\u001b[2J\u001b]0;x\u0007\u202EEVIL\n\r" } as DecisionView;
    const line = formatLine({ kind: "judged", decision: hostile }, 0, false);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    expect(line).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  test("--json gives one parseable object per line", () => {
    const lines: string[] = [];
    createProgressLog((line) => lines.push(line), { json: true, color: false, now: () => 5 }).write({ kind: "sold", trade });
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ atMs: 5, kind: "sold", trade }]);
  });

  test("models and searches are told when they are news", () => {
    const model = (version: string, status: ModelView["status"]): ModelView =>
      ({
        name: "quality",
        version,
        family: "logistic",
        status,
        reason: status === "refused" ? "MODEL_NOT_BETTER" : null,
        rowsTrain: 80,
        rowsHoldout: 20,
      }) as ModelView;
    const study = (id: string, endedAtMs: number | null): StudyView =>
      ({
        id,
        endedAtMs,
        trials: 40,
        bestValue: 1.25,
        baselineValue: null,
        outcome: "refused",
        reason: "PARAMETERS_NOT_BETTER",
        proposedVersion: null,
      }) as StudyView;
    const read = createLearningReader();
    expect(read([model("1", "champion")], [], [])).toEqual([]);
    expect(read([model("1", "champion")], [study("s", null)], [])).toEqual([]);
    const news = read([model("2", "refused"), model("1", "champion")], [study("s", 9)], []);
    expect(news.map((event) => formatLine(event, 0, false).slice(10))).toEqual([
      "search     refused: The search found nothing better than the parameters in force; best 1.250 against unknown in 40 trials",
      "model      logistic 2 refused: The challenger does not beat the champion on held-out data; 80 + 20 rows",
    ]);
    expect(read([model("2", "refused"), model("1", "champion")], [study("s", 9)], [])).toEqual([]);
  });

  test("a training run without a model is told once; a run whose model or search is told is not", () => {
    const run = (startedAtMs: number, rest: Partial<RunView> = {}): RunView => ({
      id: `run-${startedAtMs}`,
      kind: "train",
      status: "done",
      step: "split",
      attempt: 1,
      startedAtMs,
      endedAtMs: startedAtMs + 1,
      candidates: 67,
      rows: 62,
      outcome: "MODEL_ONE_CLASS",
      detail: "validation: 9 rows",
      ...rest,
    });
    const model = { name: "quality", version: "1", family: "gbdt", status: "champion", reason: null, trainedAtMs: 2 } as ModelView;
    const running = run(4, { status: "running", endedAtMs: null, outcome: null });
    const runs = [
      running,
      run(3, { kind: "optimize", outcome: "proposed", rows: null }),
      run(2, { outcome: "promoted" }),
      run(1),
      run(0, { kind: "optimize", status: "failed", outcome: "UPSTREAM_FAILED", rows: null, detail: null }),
    ];
    const read = createLearningReader();
    expect(read([], [], [run(-1)])).toEqual([]);
    const news = read([model], [], [...runs, run(-1)]).filter(({ kind }) => kind === "run");
    expect(news.map((event) => formatLine(event, 0, false).slice(10))).toEqual([
      "learning   search gave nothing: An outside service failed; 67 candidates",
      "learning   training gave nothing: The labels hold one class only (validation: 9 rows); 62 rows",
    ]);
    expect(read([{ ...model, trainedAtMs: 9 }], [], runs)).toEqual([]);
    expect(read([model], [], [run(4), ...runs.slice(1)])).toHaveLength(1);
  });

  test("the feed is told once per decision, opening and trade", () => {
    const read = createFeedReader();
    const kinds = [
      { type: "hello", seq: 0 } as const,
      { type: "decision", seq: 1, decision } as const,
      { type: "decision", seq: 1, decision } as const,
      { type: "position", seq: 2, position: { ...position, status: "entering" } } as const,
      { type: "position", seq: 3, position } as const,
      { type: "position", seq: 4, position: { ...position, valueLamports: "1" } } as const,
      { type: "trade", seq: 5, trade } as const,
      { type: "notice", seq: 6, kind: "model", text: "promoted" } as const,
      { type: "intent", seq: 7, intent: { ...intent, status: "sent" } } as const,
      { type: "intent", seq: 8, intent } as const,
      { type: "intent", seq: 8, intent } as const,
      { type: "incident", seq: 9, incident } as const,
      { type: "incident", seq: 9, incident } as const,
      { type: "incident", seq: 10, incident: { ...incident, status: "cleared" } } as const,
    ].flatMap((message) => read(message).map((event) => event.kind));
    expect(kinds).toEqual(["judged", "bought", "sold", "notice", "intent", "incident", "incident"]);
  });
});
