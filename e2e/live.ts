/**
 * `node e2e/live.ts`: live trading on the embedded market as `npm start -- --live --yes` starts it, on free ports
 * and a state folder of its own: the signer in its own process, bought and sold with a real signature, shown in
 * Chromium, the books equal to the wallet on the chain to the lamport, and a program upgrade that stops entries.
 * Ends with "N passed, N failed".
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Rehearsal } from "../cli/commands/rehearse.ts";
import { freePort } from "../cli/supervisor/ports.ts";
import { waitUntil } from "../cli/supervisor/processes.ts";
import { loadSecrets } from "../cli/supervisor/run-env.ts";
import { ROOT } from "../cli/supervisor/system.ts";
import { loadWallet, OPENING_LAMPORTS } from "../cli/supervisor/wallet.ts";
import type { IncidentView, IntentView, LedgerStatus, LiveStatus, Page, Status, TradeView } from "../domain/api/types.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../domain/solana/programs.ts";
import { createChecks, expect } from "./checks.ts";
import { getApi, type Instance, processesOn, readOr, startInstance } from "./instance.ts";
import { openLivePage } from "./live-page.ts";

const READY_MS = 60_000;
/** The supervisor repeats a failing preflight for 90 s. */
const ENABLED_MS = 150_000;
const TRADE_MS = 300_000;
/** The watchdog looks at the programs every minute. */
const DRIFT_MS = 150_000;
/** Longest holding time of the embedded market's parameters, and the time that exits take. */
const EMPTY_MS = 300_000;
const SALE_P95_MS = 2_000;
/** A landed order's costs are read from the chain before they are booked. */
const BOOKED_MS = 30_000;
const STOP_MS = 5_000;
const LEDGER = "live-A";
const PROGRAM = "pump_amm";

const { check, fail, finish } = createChecks();
const stateDir = mkdtempSync(join(tmpdir(), "sniper-e2e-live-"));
const [port, localnetPort] = [await freePort(), await freePort()];
const url = `http://127.0.0.1:${port}`;
const localnetUrl = `http://127.0.0.1:${localnetPort}`;
let instance: Instance | null = null;

async function run(): Promise<void> {
  const args = ["--live", "--port", String(port), "--localnet-port", String(localnetPort), "--state", stateDir];
  let running = startInstance([...args, "--yes"]);
  instance = running;
  const isStarted = await check("starts on paper, with the signer beside it", async () => {
    await running.waitFor("ready", ({ kind }) => kind === "ready", READY_MS);
  });
  if (!isStarted) return;
  const isLive = await check("preflight and confirmation put live in force", async () => {
    const event = await running.waitFor("the mode", ({ kind }) => kind === "mode", ENABLED_MS);
    expect(event["mode"] === "live", String(event["text"]));
    const live = await getApi<LiveStatus>(url, "/live");
    expect(live.mode === "live" && live.wallet === loadWallet(stateDir).address, JSON.stringify(live));
  });
  await check("the wallet's key is in the signer's files and nowhere else", expectKeyHidden);
  if (!isLive) return;
  const hasTraded = await check("a live buy and a live sell land", async () => {
    for (const side of ["buy", "sell"]) await running.waitFor(`a landed ${side}`, (event) => isLanded(event["intent"], side), TRADE_MS);
    await running.waitFor("a closed live trade", ({ trade }) => (trade as TradeView | undefined)?.ledger === LEDGER, TRADE_MS);
  });
  if (hasTraded) {
    await check("landed orders moved exactly what was predicted", expectPredictions);
    await check("the books equal the wallet while positions are open", expectBooksToMeet);
  }
  await check("npx sniper wallet check shows the wallet and not its key", () => {
    const { address, key } = loadWallet(stateDir);
    const shown = cli("wallet", "check");
    expect(shown.includes(address) && !shown.includes(key), shown);
  });
  await check("npx sniper live rehearse buys and sells once, every cost as predicted", () => {
    const { intents, misses } = JSON.parse(cli("live", "rehearse", "--json")) as Rehearsal;
    expect(intents.length === 2 && misses.length === 0, JSON.stringify(misses));
  });
  await check("after a kill -9 a start ends the orphans, signer and all, and goes on live with the same books", async () => {
    running.process.kill("SIGKILL");
    await running.exited;
    expect(processesOn(stateDir).length > 0, "there were no orphans to end");
    running = startInstance(args);
    instance = running;
    await running.waitFor("ready", ({ kind }) => kind === "ready", READY_MS);
    const event = await running.waitFor("the mode", ({ kind }) => kind === "mode", ENABLED_MS);
    expect(event["mode"] === "live", String(event["text"]));
    await expectBooksToMeet();
  });
  const page = await openLivePage(url);
  try {
    await check("the page says LIVE in red, also in its title", () => page.expectBadge());
    await check("the Live tab shows wallet, programs, providers and budgets", () => page.expectLiveTab(loadWallet(stateDir).address));
    if (hasTraded) await check("orders are shown, predicted against actual", () => page.expectOrders());
    await check("an upgraded program stops entries and calls a person", async () => {
      await upgrade();
      await running.waitFor("the incident", (event) => isDrift(event["incident"]), DRIFT_MS);
      expect(await waitUntil(async () => (await ledger()).state === "REDUCING", 30_000, 1_000), `state ${(await ledger()).state}`);
    });
    await check("the incident stands on the page until somebody has seen it", async () => {
      await page.expectIncident(/was upgraded/);
      const [incident] = (await getApi<Status>(url, "/status")).incidents.filter(isDrift);
      cli("ack", incident?.incidentId ?? "none");
      await page.expectAcknowledged();
    });
    await check("fits a phone", () => page.expectPhone());
    await check("no console error, failed request or refused policy", () => page.expectNoProblems());
  } finally {
    await page.close();
  }
  await check("open positions exit live all the same", async () => {
    expect(await waitUntil(async () => (await ledger()).openPositions === 0, EMPTY_MS, 2_000), "positions are left");
  });
  await check("with nothing open, cash is the wallet's balance to the lamport, and no token account is left", expectEmptyBooks);
  await check("sales leave at once: from the read of the market to the first send, p95 at most 2 s", expectQuickSales);
  await check("npx sniper live disable goes back to paper", async () => {
    cli("live", "disable");
    expect((await getApi<Status>(url, "/status")).mode === "paper", "the mode is live");
  });
  await check("Ctrl-C leaves no process", async () => {
    const beganAtMs = performance.now();
    running.process.kill("SIGINT");
    expect((await running.exited) === 0, running.errors());
    expect(performance.now() - beganAtMs <= STOP_MS, "it took more than 5 s");
    await waitUntil(() => processesOn(stateDir).length === 0, 500);
    expect(processesOn(stateDir).length === 0, `left: ${processesOn(stateDir).join(" ")}`);
  });
  await check("neither logs nor kept state hold the wallet's key", expectKeyHidden);
}

function isLanded(intent: unknown, side: string): boolean {
  const view = intent as IntentView | undefined;
  return view?.status === "landed" && view.side === side;
}

function isDrift(incident: unknown): boolean {
  return (incident as IncidentView | undefined)?.code === "PROGRAM_DRIFT";
}

/** Files of the state folder, and environments and command lines of the run's processes. */
function expectKeyHidden(): void {
  const { key } = loadWallet(stateDir);
  const own = new Set(["wallet.json", "signer.env"].map((name) => join(stateDir, name)));
  for (const name of own) expect((statSync(name).mode & 0o077) === 0, `${name} can be read by others`);
  for (const entry of readdirSync(stateDir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !own.has(path)) expect(!readFileSync(path).includes(key), `${path} holds the key`);
  }
  for (const pid of processesOn(stateDir)) {
    // wrangler hands the signer's variables to the signer's own workerd by its environment.
    if (isOfSigner(pid)) continue;
    for (const file of ["environ", "cmdline"])
      expect(!readOr(`/proc/${pid}/${file}`).includes(key), `${file} of process ${pid} holds the key`);
  }
}

/** Whether a process belongs to the group of the signer's own wrangler. */
function isOfSigner(pid: number): boolean {
  const leader = processesOn(stateDir).find((one) => readOr(`/proc/${one}/cmdline`).includes("workers/signer/wrangler.toml"));
  const group = readOr(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[2];
  return leader !== undefined && group === String(leader);
}

async function ledger(): Promise<LedgerStatus> {
  const found = (await getApi<Status>(url, "/status")).ledgers.find((one) => one.ledger === LEDGER);
  if (found === undefined) throw new Error(`no ledger ${LEDGER}`);
  return found;
}

async function rpc<T>(method: string, params: readonly unknown[]): Promise<T> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(`${localnetUrl}/rpc`, { method: "POST", headers: { "content-type": "application/json" }, body });
  const reply = (await response.json()) as { result?: T; error?: unknown };
  if (reply.result === undefined) throw new Error(`${method}: ${JSON.stringify(reply.error)}`);
  return reply.result;
}

async function walletLamports(): Promise<bigint> {
  const { value } = await rpc<{ value: number }>("getBalance", [loadWallet(stateDir).address, { commitment: "confirmed" }]);
  return BigInt(value);
}

/** The engine computes each landed trade once more on the reserves that it met; a difference is the order's detail. */
async function expectPredictions(): Promise<void> {
  let landed: readonly IntentView[] = [];
  await waitUntil(
    async () => {
      const { items } = await getApi<Page<IntentView>>(url, "/intents?limit=500");
      landed = items.filter(({ status }) => status === "landed");
      return landed.length >= 2 && landed.every(({ actual }) => actual !== null);
    },
    BOOKED_MS,
    500,
  );
  const missed = landed.filter(({ predicted, actual, detail }) => predicted === null || actual === null || detail !== null);
  expect(landed.length >= 2, `${landed.length} landed`);
  expect(missed.length === 0, `${missed.length} of ${landed.length} differ: ${JSON.stringify(missed[0])}`);
  let agreed = 0;
  await waitUntil(
    async () => {
      agreed = (await getApi<LiveStatus>(url, "/live")).agreed;
      return agreed >= landed.length;
    },
    BOOKED_MS,
    500,
  );
  expect(agreed >= landed.length, `${landed.length} landed, ${agreed} agreed`);
}

async function expectQuickSales(): Promise<void> {
  const { items } = await getApi<Page<IntentView>>(url, "/intents?limit=500");
  const reactions = items.flatMap(({ side, reactionMs }) => (side === "sell" && reactionMs !== null ? [reactionMs] : []));
  reactions.sort((a, b) => a - b);
  const at = (share: number): number => reactions[Math.min(reactions.length - 1, Math.floor(reactions.length * share))] ?? Number.NaN;
  console.log(`  ${reactions.length} sales: market read to first send p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms`);
  expect(reactions.length > 0 && at(0.95) <= SALE_P95_MS, `p95 ${at(0.95)} ms of ${reactions.length} sales`);
}

/** Orders under way move the wallet before the books, so both are read until they meet while the books stand still. */
async function expectBooksToMeet(): Promise<void> {
  let last = "";
  const meets = async (): Promise<boolean> => {
    const [before, held, after] = [await ledger(), await walletLamports(), await ledger()];
    const booked = BigInt(before.cashLamports) + BigInt(before.reservedLamports);
    last = `books ${booked}, wallet ${held}`;
    return before.cashLamports === after.cashLamports && before.reservedLamports === after.reservedLamports && booked === held;
  };
  expect(await waitUntil(meets, 90_000, 500), last);
}

async function expectEmptyBooks(): Promise<void> {
  const { address } = loadWallet(stateDir);
  const trades = (await getApi<Page<TradeView>>(url, "/trades?limit=500")).items.filter((trade) => trade.ledger === LEDGER);
  const pnl = trades.reduce((sum, trade) => sum + BigInt(trade.pnlLamports), 0n);
  const [books, held] = [await ledger(), await walletLamports()];
  const figures = `cash ${books.cashLamports}, reserved ${books.reservedLamports}, wallet ${held}, result of ${trades.length} trades ${pnl}`;
  console.log(`      ${figures}`);
  expect(BigInt(books.cashLamports) === held && books.reservedLamports === "0", figures);
  expect(BigInt(OPENING_LAMPORTS) + BigInt(books.realisedLamports) === held, `realised ${books.realisedLamports}, ${figures}`);
  for (const programId of [TOKEN_PROGRAM, TOKEN_2022_PROGRAM]) {
    const { value } = await rpc<{ value: unknown[] }>("getTokenAccountsByOwner", [address, { programId }, { encoding: "jsonParsed" }]);
    expect(value.length === 0, `${value.length} token accounts of ${programId} are left`);
  }
}

async function upgrade(): Promise<void> {
  const response = await fetch(`${localnetUrl}/control/upgrade-program`, { method: "POST", body: JSON.stringify({ program: PROGRAM }) });
  expect(response.ok, `the market answered ${response.status}`);
}

/** Runs the command line as a person does, with the operator's token of the state folder. */
function cli(...args: string[]): string {
  const { operatorToken } = loadSecrets(stateDir);
  const env = { ...process.env, SNIPER_URL: url, SNIPER_OPERATOR_TOKEN: operatorToken };
  // A rehearsal waits for both of its orders.
  const done = spawnSync(process.execPath, [join(ROOT, "cli/sniper.mjs"), ...args], { encoding: "utf8", env, timeout: 330_000 });
  expect(done.status === 0, `sniper ${args.join(" ")}: ${done.stderr}${done.stdout}`);
  return done.stdout;
}

try {
  await run();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
} finally {
  const left = instance as Instance | null;
  if (left !== null && left.process.exitCode === null) {
    left.process.kill("SIGTERM");
    await Promise.race([left.exited, new Promise((resolve) => setTimeout(resolve, 6_000))]);
  }
  if (process.env["SNIPER_KEEP"] === "1") console.log(`kept  ${stateDir}`);
  else rmSync(stateDir, { recursive: true, force: true });
}
process.exit(finish());
