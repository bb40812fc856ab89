import { waitUntil } from "../cli/supervisor/processes.ts";
import { DESKTOP, launchBrowser, openPage, PHONE } from "./browser.ts";
import { expect } from "./checks.ts";

/** The page polls the status every five seconds; a message of the feed is faster. */
const TOLD_MS = 20_000;
/** The badge's background, `--color-live` of the page's style sheet. */
const RED = "rgb(212, 32, 41)";

/** The dashboard of a live run in a real browser. */
export interface LivePage {
  expectBadge(): Promise<void>;
  expectLiveTab(wallet: string): Promise<void>;
  expectOrders(): Promise<void>;
  expectIncident(text: RegExp): Promise<void>;
  expectAcknowledged(): Promise<void>;
  expectPhone(): Promise<void>;
  expectNoProblems(): void;
  close(): Promise<void>;
}

export async function openLivePage(url: string): Promise<LivePage> {
  const browser = await launchBrowser();
  const { page, problems } = await openPage(browser, url, DESKTOP);
  const incidents = page.getByRole("region", { name: "Incidents" }).first();
  return {
    expectBadge: async () => {
      await page.getByRole("banner").getByText("LIVE", { exact: true }).waitFor();
      const background = await page.evaluate(
        'getComputedStyle([...document.querySelectorAll("header span")].find(({ textContent }) => textContent === "LIVE")).backgroundColor',
      );
      expect(background === RED, `its background is ${background}`);
      await waitUntil(async () => (await page.title()).startsWith("🔴 LIVE"), TOLD_MS, 200);
      expect((await page.title()).startsWith("🔴 LIVE"), await page.title());
    },
    expectLiveTab: async (wallet) => {
      await page.getByRole("tab", { name: "Live" }).click();
      const tab = page.getByRole("tabpanel");
      await tab.getByText(new RegExp(`^${wallet.slice(0, 4)}…${wallet.slice(-4)}`)).waitFor();
      await tab.getByText(/\d+ landed orders agreed/).waitFor();
      for (const [name, rows] of [
        ["Programs", 3],
        ["RPC providers", 1],
      ] as const) {
        await tab
          .getByRole("region", { name })
          .locator("tbody tr")
          .nth(rows - 1)
          .waitFor();
      }
      await tab
        .getByRole("region", { name: "Signer's budgets" })
        .getByText(/of [\d.,]+ SOL$/)
        .first()
        .waitFor();
    },
    expectOrders: async () => {
      await page.getByRole("tab", { name: "Live" }).click();
      const orders = page.getByRole("table", { name: "Live orders" });
      for (const side of ["buy", "sell"]) {
        const row = orders
          .getByRole("row")
          .filter({ hasText: "landed" })
          .filter({ has: page.getByRole("rowheader", { name: side, exact: true }) });
        await row.first().getByText("as predicted").waitFor();
      }
      await orders
        .getByRole("row")
        .filter({ hasText: "landed" })
        .first()
        .getByRole("button", { name: /show costs/ })
        .click();
      const costs = page.getByRole("table", { name: "Predicted against actual" });
      await costs.getByRole("rowheader", { name: /^Network and priority fee/ }).waitFor();
      const text = (await costs.textContent()) ?? "";
      expect(!/NaN|undefined|–/.test(text), text);
    },
    expectIncident: (text) => incidents.getByText(text).waitFor({ timeout: TOLD_MS }),
    expectAcknowledged: () => incidents.getByText(/acknowledged, not cleared yet/).waitFor({ timeout: TOLD_MS }),
    expectPhone: async () => {
      const phone = await openPage(browser, `${url}/#live`, PHONE);
      await phone.page.getByText(/landed orders agreed/).waitFor();
      const excess = await phone.page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
      expect(excess === 0, `${excess} px too wide`);
      expect(phone.problems.length === 0, phone.problems.join(" | "));
      await phone.page.close();
    },
    expectNoProblems: () => expect(problems.length === 0, `${problems.length}: ${problems.slice(0, 5).join(" | ")}`),
    close: () => browser.close(),
  };
}
