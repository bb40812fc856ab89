import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTelegramServer } from "../../localnet/telegram/server.ts";
import { durationText, percentText, signedPercentText, signedSolText, solText } from "./amounts.ts";
import { createTelegram } from "./client.ts";
import { cleanText, html, plainLabel } from "./html.ts";

const TOKEN = "7000000001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

function bot(server = createTelegramServer({ now: () => 1_000_000, token: TOKEN }), token = TOKEN) {
  const waits: number[] = [];
  const telegram = createTelegram({
    token,
    apiRoot: "http://stand-in/telegram",
    fetch: ((input: string, init: RequestInit) => server.handle(new Request(input, init))) as typeof fetch,
    sleep: async (ms) => {
      waits.push(ms);
    },
  });
  return { server, telegram, waits };
}

async function sent(server: ReturnType<typeof createTelegramServer>): Promise<Array<{ html: string; text: string; chatId: string }>> {
  const response = await server.handle(new Request("http://stand-in/control/telegram/sent"));
  return ((await response.json()) as { messages: Array<{ html: string; text: string; chatId: string }> }).messages;
}

async function control(server: ReturnType<typeof createTelegramServer>, action: string, body: unknown): Promise<unknown> {
  const request = new Request(`http://stand-in/control/telegram/${action}`, { method: "POST", body: JSON.stringify(body) });
  return (await server.handle(request)).json();
}

describe("Telegram client against the stand-in", () => {
  test("a token name with markup arrives as the text it is", async () => {
    const { server, telegram } = bot();
    const name = '<a href="x">&lt;b>Free</a>';
    expect(await telegram.sendMessage("1001", html`<b>Bought</b> ${name}`)).toEqual({ ok: true, value: { messageId: 1 } });
    expect((await sent(server))[0]).toMatchObject({ chatId: "1001", text: `Bought ${name}` });
  });

  test("unescaped markup is refused by the stand-in as by Telegram", async () => {
    const { telegram } = bot();
    const answer = await telegram.sendMessage("1001", "Bought <script>");
    expect(answer).toMatchObject({ ok: false, reason: "UPSTREAM_FAILED" });
    expect(answer.ok ? "" : answer.detail).toContain("can't parse entities");
  });

  test("any name at all can be sent, and is never markup", async () => {
    const { server, telegram } = bot();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 80 }), async (name) => {
        const answer = await telegram.sendMessage("1", html`<b>Bought</b> ${name}`);
        expect(answer.ok).toBe(true);
        expect((await sent(server)).at(-1)?.text).toBe(`Bought ${cleanText(name)}`);
      }),
      { numRuns: 200 },
    );
  });

  test("a short 429 is waited out once, a second one is a refusal", async () => {
    const { server, telegram, waits } = bot();
    await control(server, "fail", { count: 1, retryAfterS: 2 });
    expect((await telegram.sendMessage("1", "a")).ok).toBe(true);
    expect(waits).toEqual([2000]);
    await control(server, "fail", { count: 2, retryAfterS: 1 });
    expect(await telegram.sendMessage("1", "b")).toMatchObject({ ok: false, detail: "429: Too Many Requests: retry after 1" });
    expect((await sent(server)).map((m) => m.text)).toEqual(["a"]);
  });

  test("the token is in no error", async () => {
    const other = "7000000002:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
    const { telegram } = bot(undefined, other);
    const refused = await telegram.sendMessage("1", "x");
    const broken = createTelegram({ token: other, apiRoot: "http://x", fetch: () => Promise.reject(new Error(`GET /bot${other}/`)) });
    const failed = await broken.sendMessage("1", "x");
    for (const answer of [refused, failed]) {
      expect(answer.ok).toBe(false);
      expect(JSON.stringify(answer)).not.toContain("BBBB");
    }
  });
});

describe("labels", () => {
  test.each([
    ["a\u202Egnp.exe", "agnp.exe"],
    ["line\nbreak\u0000", "linebreak"],
    ["  wide   gap ", "wide gap"],
    ["zero\u200Bwidth", "zerowidth"],
    ["😀".repeat(60), `${"😀".repeat(47)}…`],
  ])("%j becomes %j", (input, output) => {
    expect(plainLabel(input)).toBe(output);
  });
});

describe("amounts", () => {
  test.each([
    ["0", "0.0000", "0.0000"],
    ["123456789012345678", "123456789.0123", "+123456789.0123"],
    ["-99999", "-0.0000", "-0.0000"],
    ["-1500000000", "-1.5000", "-1.5000"],
  ])("%s lamports are %s SOL", (lamports, text, signed) => {
    expect(solText(lamports)).toBe(text);
    expect(signedSolText(lamports)).toBe(signed);
  });

  test("percent and durations", () => {
    expect([percentText(-274), percentText(0), signedPercentText(12_345)]).toEqual(["-2.7 %", "0.0 %", "+123.5 %"]);
    expect([31_400, 120_000, 9_000_000].map(durationText)).toEqual(["31 s", "2 min", "2.5 h"]);
  });
});
