/**
 * Looks at the dashboard of a running system in a real browser:
 * `node e2e/dashboard.e2e.ts BASE_URL [SCREENSHOT]`. Needs Chromium (CHROMIUM_PATH, else /usr/bin/chromium).
 * Ends with "N passed, N failed"; the exit code is 1 when a check failed.
 */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import type { Page } from "playwright-core";
import type { Page as ApiPage, DecisionView } from "../domain/api/types.ts";
import { DESKTOP, launchBrowser, openPage, PHONE, type Watched } from "./browser.ts";
import { getApi } from "./instance.ts";

/** The first closed paper trade is promised within 60 s of readiness; twice that is a failure. */
const TRADE_TIMEOUT_MS = 120_000;
const STEP_TIMEOUT_MS = 15_000;
/** The live feed brings a message at least this often while positions are open or tokens graduate. */
const FEED_TIMEOUT_MS = 60_000;
/** The demo market graduates a coin every few seconds, and most of its kinds are declined. */
const DECLINE_TIMEOUT_MS = 90_000;

let passed = 0;
let failed = 0;

async function main(baseUrl: string, screenshot: string | undefined): Promise<void> {
  const browser = await launchBrowser();
  try {
    const desktop = await openPage(browser, baseUrl, DESKTOP);
    await checkDocument(desktop.page, baseUrl);
    await checkStatus(desktop);
    await checkTrades(desktop.page);
    await checkDecisions(desktop.page, baseUrl);
    await checkSections(desktop.page);
    await checkRisk(desktop.page);
    await check("figures are numbers", () => expectNoBrokenText(desktop.page));
    if (screenshot !== undefined) {
      await desktop.page.emulateMedia({ reducedMotion: "reduce" });
      await desktop.page.getByRole("tab", { name: "Decisions" }).click();
      await desktop.page.locator("tbody tr").first().waitFor();
      await desktop.page.screenshot({ path: screenshot });
      console.log(`screenshot: ${screenshot}`);
    }
    await check("no console error, failed request or refused policy on a desktop", () => expectEmpty(desktop.problems));
    const phone = await openPage(browser, baseUrl, PHONE);
    await checkPhone(phone);
  } finally {
    await browser.close();
  }
}

async function checkDocument(page: Page, baseUrl: string): Promise<void> {
  await check("the document has a strict content security policy", async () => {
    const policy = (await page.request.get(baseUrl)).headers()["content-security-policy"] ?? "";
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
      if (!policy.includes(part)) throw new Error(`no "${part}" in "${policy}"`);
    }
    if (policy.includes("unsafe")) throw new Error(policy);
  });
  await check("one main landmark and one first heading", async () => {
    const counts = [await page.getByRole("main").count(), await page.getByRole("heading", { level: 1 }).count()];
    if (counts.join() !== "1,1") throw new Error(`found ${counts.join(" and ")}`);
  });
}

async function checkStatus({ page, received }: Watched): Promise<void> {
  await check("the live feed is connected", () => page.getByText("Feed connected").waitFor());
  await check("mode and network are shown", async () => {
    await page.getByText(/^(PAPER|LIVE)$/).waitFor();
    await page.getByText(/^(localnet|mainnet)$/).waitFor();
  });
  await check("the trading state is shown", () =>
    page
      .getByText(/^(ACTIVE|REDUCING|HALTED)$/)
      .first()
      .waitFor(),
  );
  await check("slot and SOL price are known", async () => {
    const strip = page.getByRole("banner");
    await strip.getByText(/\$\d+\.\d{2}/).waitFor();
    await strip.getByText(/^\d{1,3}(,\d{3})*$/).waitFor();
  });
  await check("equity is shown in SOL and USD", async () => {
    const tile = page.getByRole("region", { name: "Key figures" }).locator("div", { hasText: /^Equity/ });
    await tile.getByText(/^[\d,]+\.\d{3}\s*SOL$/).waitFor();
    await tile.getByText(/\$[\d,]+\.\d{2}/).waitFor();
  });
  await check("the live feed brings engine messages", () =>
    until(FEED_TIMEOUT_MS, () => received.some((text) => /^\{"type":"(decision|position|trade|equity)"/.test(text))),
  );
}

async function checkTrades(page: Page): Promise<void> {
  await page.getByRole("tab", { name: "Trades" }).click();
  const rows = page.getByRole("region", { name: "Trades, list" }).locator("tbody tr");
  await check("a closed trade with result, exit and paper mark", async () => {
    await rows.first().waitFor({ timeout: TRADE_TIMEOUT_MS });
    const text = (await rows.first().textContent()) ?? "";
    if (!/[+−]?\d+\.\d{4}/.test(text) || !/[+−]?\d+\.\d%/.test(text)) throw new Error(`no result in "${text}"`);
    if (!/paper|live/.test(text)) throw new Error(`no ledger in "${text}"`);
  });
  await check("win rate has its sample size and interval", () =>
    page.getByText(/n = \d+ · 95%: \d+%–\d+%/).waitFor({ timeout: STEP_TIMEOUT_MS }),
  );
}

async function checkDecisions(page: Page, baseUrl: string): Promise<void> {
  await page.getByRole("tab", { name: "Decisions" }).click();
  const list = page.getByRole("region", { name: "Decisions, list" });
  await check("decisions with outcome", () =>
    list
      .getByText(/^(BUY|WATCH|DECLINE)$/)
      .first()
      .waitFor(),
  );
  await check("every shown decline names a reason", async () => {
    await page.getByRole("button", { name: "Decline", exact: true }).click();
    const rows = list.locator("tbody");
    await rows.filter({ hasText: "DECLINE" }).first().waitFor({ timeout: DECLINE_TIMEOUT_MS });
    const texts = await rows.allTextContents();
    const silent = texts.filter((text) => !/DECLINE.*[a-z]{3,}.*\./s.test(text));
    if (texts.length === 0 || silent.length > 0) throw new Error(`${silent.length} of ${texts.length} without: ${silent[0] ?? ""}`);
    await page.getByRole("button", { name: "All", exact: true }).last().click();
  });
  await check("a decision opens to its reasons and record", async () => {
    await list.getByRole("button", { expanded: false }).first().click();
    await list.getByRole("heading", { name: "Reasons" }).waitFor();
    await list.getByText("Pool liquidity").waitFor();
    await list.getByRole("button", { expanded: true }).click();
  });
  await check("a judgement's explanation is what `sniper score` says", async () => {
    const { items } = await getApi<ApiPage<DecisionView>>(baseUrl, "/decisions?limit=50");
    const judged = items.find(({ stage, score }) => stage === "analyze" && score !== null);
    if (judged === undefined) throw new Error("no judgement yet");
    const row = list.locator("tbody tr").filter({ hasText: `${judged.mint.slice(0, 4)}…` });
    await row.filter({ hasText: "judgement" }).first().getByRole("button", { expanded: false }).click();
    const block = list.locator("section").filter({ has: page.getByRole("heading", { name: "Explanation" }) });
    await block.waitFor();
    const shown = await block.getByRole("listitem").allTextContents();
    const said = scoreCommand(baseUrl, judged.mint);
    const unsaid = shown.filter((sentence) => !said.includes(sentence));
    if (shown.length < 2 || unsaid.length > 0) throw new Error(`the command does not say: ${unsaid.join(" / ")}\n${said.join("\n")}`);
    await list.getByRole("button", { expanded: true }).click();
  });
}

/** The lines that `sniper score MINT --explain` prints. */
function scoreCommand(baseUrl: string, mint: string): readonly string[] {
  const sniper = resolve(import.meta.dirname, "../cli/sniper.mjs");
  const { stdout, stderr, status } = spawnSync(process.execPath, [sniper, "score", mint, "--url", baseUrl, "--explain"], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`sniper score: ${stderr}`);
  return stdout.split("\n");
}

async function checkSections(page: Page): Promise<void> {
  await check("the equity chart is drawn", async () => {
    const chart = page.getByRole("img", { name: /^Equity and drawdown over time/ });
    await chart.waitFor();
    await chart.locator("canvas").nth(1).waitFor();
  });
  await check("open positions or the reason for none", () =>
    page
      .getByRole("region", { name: /^Open positions( \d+)?$/ })
      .getByText(/Stop – target|No open position/)
      .waitFor(),
  );
  await check("the funnel counts graduations", async () => {
    const row = page.getByRole("listitem").filter({ hasText: "Graduations seen" });
    await row.filter({ hasText: /Graduations seen\s*[1-9]/ }).waitFor();
  });
  for (const [tab, content] of [
    ["Models", /Log loss|No model yet/],
    ["Searches", /Baseline|No parameter search yet/],
    ["Experiments", /of candidates|No experiment yet/],
  ] as const) {
    await check(`${tab} or what will bring them`, async () => {
      await page.getByRole("tab", { name: tab }).click();
      await page.getByRole("tabpanel").getByText(content).first().waitFor();
    });
  }
}

async function checkRisk(page: Page): Promise<void> {
  await page.getByRole("tab", { name: "Risk" }).click();
  const panel = page.getByRole("tabpanel");
  await check("the trading state says by whom, since when and what it means", async () => {
    await panel
      .getByRole("region", { name: /^Trading state of/ })
      .filter({ hasText: /(ACTIVE|REDUCING|HALTED)\s*by \S+ since \d/ })
      .filter({ hasText: /[Ee]xits (run|go on)/ })
      .waitFor();
  });
  await check("every limit says how much of it is used", async () => {
    const items = panel.getByRole("region", { name: /^Limits/ }).getByRole("listitem");
    await items.first().waitFor();
    const rows = await items.allTextContents();
    const silent = rows.filter((text) => !/[A-Z]+(_[A-Z]+)+.*\d.* of .*\d/.test(text));
    if (rows.length < 10 || silent.length > 0) throw new Error(`${silent.length} of ${rows.length} without: ${silent[0] ?? ""}`);
  });
  await check("nothing can be changed without the operator's token", async () => {
    await panel.getByLabel(/^Operator's token/).waitFor();
    for (const name of ["Resume entries", "Stop entries", "Halt", "Sell everything", "Lock"]) {
      if (await panel.getByRole("button", { name, exact: true }).isEnabled()) throw new Error(`${name} can be pressed`);
    }
  });
}

async function checkPhone({ page, problems }: Watched): Promise<void> {
  await check("fits a phone without sideways scrolling", async () => {
    await page.getByText("Feed connected").waitFor();
    await page.locator("canvas").first().waitFor();
    const excess = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
    if (excess !== 0) throw new Error(`${excess} px too wide`);
  });
  await check("no console error, failed request or refused policy on a phone", () => expectEmpty(problems));
}

async function expectNoBrokenText(page: Page): Promise<void> {
  const text = (await page.locator("#root").textContent()) ?? "";
  const broken = /.{0,40}(NaN|undefined|\[object |Invalid Date).{0,40}/.exec(text);
  if (broken !== null) throw new Error(broken[0]);
}

async function expectEmpty(problems: readonly string[]): Promise<void> {
  if (problems.length > 0) throw new Error(`${problems.length}: ${problems.slice(0, 5).join(" | ")}`);
}

async function until(timeoutMs: number, isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function check(name: string, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
  }
}

const [baseUrl, screenshot] = process.argv.slice(2);
if (baseUrl === undefined) {
  console.error("usage: node e2e/dashboard.e2e.ts BASE_URL [SCREENSHOT]");
  process.exitCode = 2;
} else {
  await main(baseUrl, screenshot).catch((error: unknown) => {
    failed++;
    console.log(`FAILED  the browser run: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
  });
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
