/**
 * `npm run test:e2e`: starts the whole system as `npm start` does, on free ports and a state folder of its own,
 * looks at it in Chromium, ends it like Ctrl-C, and starts it again. Ends with "N passed, N failed".
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../cli/supervisor/ports.ts";
import { waitUntil } from "../cli/supervisor/processes.ts";
import { ROOT } from "../cli/supervisor/system.ts";
import type { DecisionView, Page, Status, TradeView } from "../domain/api/types.ts";
import { createChecks, expect } from "./checks.ts";
import { getApi, type Instance, processesOn, startInstance } from "./instance.ts";

/** The promises of the README on 2 cores; the second is counted from readiness. */
const READY_WITHIN_MS = 20_000;
const TRADE_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 5_000;
/** A busy machine may break the promise, but not by this much: then something is wrong. */
const PATIENCE = 3;

const { check, add, fail, finish } = createChecks();

function promise(what: string, tookMs: number, promisedMs: number): void {
  const verdict = tookMs <= promisedMs ? "within" : "over";
  console.log(`time  ${what}: ${(tookMs / 1000).toFixed(1)} s, ${verdict} the promised ${promisedMs / 1000} s`);
}

const stateDir = mkdtempSync(join(tmpdir(), "sniper-e2e-"));
const [port, localnetPort] = [await freePort(), await freePort()];
const url = `http://127.0.0.1:${port}`;
const args = ["--port", String(port), "--localnet-port", String(localnetPort), "--state", stateDir];
let instance: Instance | null = null;

function current(): Instance {
  if (instance === null) throw new Error("the system was not started");
  return instance;
}

async function start(): Promise<Instance> {
  const started = startInstance(args);
  instance = started;
  const ready = await started.waitFor("ready", ({ kind }) => kind === "ready", READY_WITHIN_MS * PATIENCE);
  promise("to readiness", ready.atMs - started.startedAtMs, READY_WITHIN_MS);
  return started;
}

async function stop(running: Instance, signal: "SIGINT" | "SIGTERM"): Promise<void> {
  const beganAtMs = performance.now();
  running.process.kill(signal);
  const code = await running.exited;
  const tookMs = performance.now() - beganAtMs;
  expect(code === 0, `exit code ${code} ${running.errors()}`);
  expect(tookMs <= STOP_WITHIN_MS, `it took ${(tookMs / 1000).toFixed(1)} s`);
  await waitUntil(() => processesOn(stateDir).length === 0, 500);
  expect(processesOn(stateDir).length === 0, `processes left: ${processesOn(stateDir).join(" ")}`);
}

/** What must survive a restart: every closed trade as it was, and the ledger's opening cash. */
async function books(): Promise<{ trades: Map<string, string>; opening: string }> {
  const [page, status] = await Promise.all([getApi<Page<TradeView>>(url, "/trades?limit=500"), getApi<Status>(url, "/status")]);
  const ledger = status.ledgers.find(({ ledger: name }) => name === "paper-A");
  return { trades: new Map(page.items.map((trade) => [trade.positionId, trade.pnlLamports])), opening: ledger?.openingLamports ?? "none" };
}

async function run(): Promise<void> {
  const isStarted = await check("starts", async () => {
    await start();
  });
  if (!isStarted) return;
  const running = current();

  await check("a second start on the same state folder is refused", async () => {
    const second = startInstance([...args.slice(2), "--port", String(await freePort())]);
    expect((await second.exited) === 2, "it was not refused");
    expect(/in use by process \d+/.test(second.errors()), second.errors());
  });
  await check("a start on a taken port names --port", async () => {
    const other = startInstance(["--port", String(port), "--localnet-port", String(await freePort()), "--state", join(stateDir, "other")]);
    expect((await other.exited) === 2, "it was not refused");
    expect(other.errors().includes("--port"), other.errors());
  });
  await check("a paper trade is closed", async () => {
    const ready = running.events.find(({ kind }) => kind === "ready");
    const sold = await running.waitFor("first closed trade", ({ kind }) => kind === "sold", TRADE_WITHIN_MS * PATIENCE);
    promise("from readiness to the first closed trade", sold.atMs - (ready?.atMs ?? 0), TRADE_WITHIN_MS);
  });
  await check("Telegram heard of it", async () => {
    const heard = async (): Promise<boolean> => {
      const response = await fetch(`http://127.0.0.1:${localnetPort}/control/telegram/sent`);
      const { messages } = (await response.json()) as { messages: Array<{ text: string }> };
      return messages.some(({ text }) => text.includes("Bought")) && messages.some(({ text }) => text.includes("Sold"));
    };
    expect(await waitUntil(heard, 15_000, 500), "no message of an entry and an exit");
  });

  const browser = spawnSync(process.execPath, [join(import.meta.dirname, "dashboard.e2e.ts"), url], { encoding: "utf8", timeout: 300_000 });
  process.stdout.write(browser.stdout.replace(/^\d+ passed, \d+ failed.*$/gm, ""));
  process.stderr.write(browser.stderr);
  add(browser.stdout);

  const before = await books();
  await check("Ctrl-C leaves no process", () => stop(running, "SIGINT"));
  await check("a second start goes on with the same books", async () => {
    await start();
    const after = await books();
    expect(after.opening === before.opening, `opening cash was ${before.opening}, is ${after.opening}`);
    for (const [id, pnl] of before.trades)
      expect(after.trades.get(id) === pnl, `trade ${id} was ${pnl}, is ${after.trades.get(id) ?? "gone"}`);
    const known = new Set(before.trades.keys());
    await current().waitFor(
      "a new trade",
      (event) => event.kind === "sold" && !known.has((event["trade"] as TradeView).positionId),
      TRADE_WITHIN_MS * PATIENCE,
    );
  });
  await check("after a kill -9 a start ends the orphans and goes on", async () => {
    current().process.kill("SIGKILL");
    await current().exited;
    expect(processesOn(stateDir).length > 0, "there were no orphans to end");
    const third = await start();
    expect((await books()).opening === before.opening, "the books began anew");
    await stop(third, "SIGTERM");
  });
  await check("the real-market mode trades through the gap filler alone", mainnetMode);
}

/** `--mainnet` with the embedded market's node as its RPC_URL and no webhooks: what a laptop does on the real market. */
async function mainnetMode(): Promise<void> {
  const market = spawn(process.execPath, [join(ROOT, "localnet/main.ts"), "--port", String(localnetPort), "--no-webhooks"], {
    stdio: "ignore",
  });
  const varsFile = join(stateDir, "mainnet.vars");
  writeFileSync(varsFile, `RPC_URL="http://127.0.0.1:${localnetPort}/rpc"\n`);
  instance = startInstance(["--mainnet", "--vars", varsFile, "--port", String(port), "--state", join(stateDir, "mainnet")]);
  try {
    const judged = await instance.waitFor("a decision", ({ kind }) => kind === "judged", READY_WITHIN_MS * PATIENCE);
    const { source, isDryRun } = judged["decision"] as DecisionView;
    expect(source === "gap-filler" && isDryRun, `source ${source}, isDryRun ${isDryRun}`);
    await stop(instance, "SIGINT");
  } finally {
    market.kill("SIGKILL");
  }
}

try {
  await run();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
} finally {
  if (instance !== null) {
    current().process.kill("SIGTERM");
    await Promise.race([current().exited, new Promise((resolve) => setTimeout(resolve, 6_000))]);
  }
  rmSync(stateDir, { recursive: true, force: true });
}
process.exit(finish());
