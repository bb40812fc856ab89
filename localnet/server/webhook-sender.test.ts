import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { LOCAL_WATCH_WEBHOOK_ID } from "../../cli/supervisor/run-env.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import { createFixture } from "../chain/fixture.ts";
import { transferInstruction } from "../chain/programs/system.ts";
import type { TransactionRecord } from "../chain/types.ts";
import { createHeliusApi, WATCH_WEBHOOK_ID } from "./helius.ts";
import { createWebhookSender, type Habits, HELIUS_HABITS, type WebhookSender } from "./webhook-sender.ts";

interface Delivery {
  readonly authorization: string | undefined;
  readonly signatures: readonly string[];
  readonly atMs: number;
}

const closing: Array<() => void> = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A real endpoint on a free port that answers each delivery with `status(n)`. */
async function endpoint(status: (delivery: number) => number): Promise<{ url: string; deliveries: Delivery[] }> {
  const deliveries: Delivery[] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      const entries: Array<{ transaction: { signatures: string[] } }> = JSON.parse(body);
      const signatures = entries.map(({ transaction }) => transaction.signatures[0] ?? "");
      deliveries.push({ authorization: request.headers.authorization, signatures, atMs: performance.now() });
      response.writeHead(status(deliveries.length)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/hook`, deliveries };
}

/** `count` transfers that touch the watched address. */
function watchedRecords(count: number): { watched: string; records: TransactionRecord[] } {
  const { send, wallet, fees } = createFixture("webhooks");
  return {
    watched: fees.protocol,
    records: Array.from({ length: count }, () => send(transferInstruction(wallet.address, fees.protocol, 1n))),
  };
}

function senderTo(url: string, watched: string, habits: Partial<Habits>): WebhookSender {
  const webhooks = [{ id: "w", url, authHeader: "secret", addresses: [watched] }];
  const sender = createWebhookSender({ seed: "s", webhooks: () => webhooks, habits: { ...HELIUS_HABITS, batchMs: 20, ...habits } });
  closing.push(() => sender.close());
  return sender;
}

const FAITHFUL = { dropShare: 0, lateShare: 0, duplicateShare: 0 };

describe("deliveries", () => {
  test("are arrays of raw transactions with the Authorization header, batched", async () => {
    const { url, deliveries } = await endpoint(() => 200);
    const { watched, records } = watchedRecords(3);
    const sender = senderTo(url, watched, FAITHFUL);
    for (const record of records) sender.offer(record);
    await expect.poll(() => sender.status().delivered).toBe(1);
    expect(deliveries).toHaveLength(1);
    expect(deliveries[0]?.authorization).toBe("secret");
    expect(deliveries[0]?.signatures).toEqual(records.map(({ transaction }) => transaction.signatures[0]));
  });

  test("only happen for watched addresses, and not while switched off", async () => {
    const { url, deliveries } = await endpoint(() => 200);
    const { watched, records } = watchedRecords(2);
    const [off, on] = records;
    const elsewhere = senderTo(url, "11111111111111111111111111111112", FAITHFUL);
    const sender = senderTo(url, watched, FAITHFUL);
    sender.setEnabled(false);
    if (off !== undefined) sender.offer(off);
    sender.setEnabled(true);
    if (on !== undefined) {
      sender.offer(on);
      elsewhere.offer(on);
    }
    await expect.poll(() => sender.status().delivered).toBe(1);
    expect(deliveries.flatMap(({ signatures }) => signatures)).toEqual([on?.transaction.signatures[0]]);
  });

  test("of successes are no deliveries of failures", async () => {
    const { url, deliveries } = await endpoint(() => 200);
    const { watched, records } = watchedRecords(2);
    const [failed, done] = records;
    if (failed === undefined || done === undefined) throw new Error("no records");
    const webhook = { id: "w", url, authHeader: "", addresses: [watched], txnStatus: "success" } as const;
    const sender = createWebhookSender({ seed: "s", webhooks: () => [webhook], habits: { ...HELIUS_HABITS, ...FAITHFUL, batchMs: 5 } });
    closing.push(() => sender.close());
    sender.offer({ ...failed, err: { InstructionError: [0, { Custom: 1 }] } });
    sender.offer(done);
    await expect.poll(() => sender.status().delivered).toBe(1);
    expect(deliveries.flatMap(({ signatures }) => signatures)).toEqual([done.transaction.signatures[0]]);
  });

  test("are retried three times, and then given up", async () => {
    const { url, deliveries } = await endpoint((n) => (n <= 2 ? 500 : 200));
    const { watched, records } = watchedRecords(2);
    const sender = senderTo(url, watched, { ...FAITHFUL, retryMs: 60 });
    if (records[0] !== undefined) sender.offer(records[0]);
    await expect.poll(() => sender.status().delivered).toBe(1);
    expect(deliveries).toHaveLength(3);
    expect((deliveries[1]?.atMs ?? 0) - (deliveries[0]?.atMs ?? 0)).toBeGreaterThan(50);

    const dead = await endpoint(() => 503);
    const failing = senderTo(dead.url, watched, { ...FAITHFUL, retryMs: 20 });
    if (records[1] !== undefined) failing.offer(records[1]);
    await expect.poll(() => failing.status().failed).toBe(1);
    expect(dead.deliveries).toHaveLength(4);
  });

  test("now and then are lost, doubled or late, and the same ones for the same seed", async () => {
    const { watched, records } = watchedRecords(250);
    const runs = await Promise.all(
      [0, 1].map(async () => {
        const { url, deliveries } = await endpoint(() => 200);
        const webhooks = [{ id: "w", url, authHeader: "", addresses: [watched] }];
        const habits = { ...HELIUS_HABITS, batchMs: 5, dropShare: 0.05, lateShare: 0.1, duplicateShare: 0.1, lateMs: [60, 120] as const };
        // The address of the endpoint is part of the dice: pin it.
        const sender = createWebhookSender({
          seed: "habits",
          webhooks: () => webhooks.map((webhook) => ({ ...webhook, url: "http://pinned.example/" })),
          habits,
          fetch: (_, init) => fetch(url, init),
        });
        closing.push(() => sender.close());
        for (const record of records) sender.offer(record);
        const { dropped, duplicated } = sender.status();
        const expected = records.length - dropped + duplicated;
        await expect.poll(() => deliveries.flatMap(({ signatures }) => signatures).length, { timeout: 5_000 }).toBe(expected);
        return { status: sender.status(), order: deliveries.flatMap(({ signatures }) => signatures) };
      }),
    );
    const [first, second] = runs;
    const { dropped = 0, duplicated = 0, late = 0 } = first?.status ?? {};
    expect(Math.min(dropped, duplicated, late)).toBeGreaterThan(0);
    expect(second?.status).toMatchObject({ dropped, duplicated, late });
    const sent = records.map(({ transaction }) => transaction.signatures[0] ?? "");
    const firstSeen = [...new Set(first?.order)];
    expect(firstSeen).not.toEqual(sent.filter((signature) => firstSeen.includes(signature)));
    expect([...(first?.order ?? [])].sort()).toEqual([...(second?.order ?? [])].sort());
  });
});

describe("the webhook API", () => {
  const body = {
    webhookURL: "http://127.0.0.1:1/hook",
    accountAddresses: ["11111111111111111111111111111111"],
    webhookType: "raw",
    authHeader: "a",
  };
  const request = (method: string, path: string, payload?: unknown) =>
    new Request(`http://127.0.0.1/helius/v0/webhooks${path}`, {
      method,
      ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
    });

  test("creates, lists, edits and deletes; the command line's webhook is there, and the one for watched pools", async () => {
    const api = createHeliusApi("s", { url: "http://127.0.0.1:1/first", authHeader: "b" });
    expect((await api.handle(request("GET", ""))).status).toBe(401);
    const created = await api.handle(request("POST", "?api-key=k", body));
    expect(created.status).toBe(201);
    const { webhookID }: { webhookID: string } = await created.json();
    expect(api.webhooks()).toHaveLength(3);
    expect(api.webhooks()[1]).toMatchObject({
      id: WATCH_WEBHOOK_ID,
      url: "http://127.0.0.1:1/first/watch",
      authHeader: "b",
      addresses: [],
    });
    expect((await api.handle(request("PUT", `/${webhookID}?api-key=k`, { ...body, authHeader: "new" }))).status).toBe(200);
    expect(api.webhooks()[2]?.authHeader).toBe("new");
    expect((await api.handle(request("DELETE", `/${webhookID}?api-key=k`))).status).toBe(200);
    const listed: unknown[] = await (await api.handle(request("GET", "?api-key=k"))).json();
    expect(listed).toHaveLength(2);
    expect((await api.handle(request("GET", `/${webhookID}?api-key=k`))).status).toBe(404);
    expect((await api.handle(request("POST", "?api-key=k", { ...body, accountAddresses: ["nonsense"] }))).status).toBe(400);
  });

  test("npm start names the webhook for watched pools", () => {
    expect(LOCAL_WATCH_WEBHOOK_ID).toBe(WATCH_WEBHOOK_ID);
  });

  test("entries are what the decoder reads", () => {
    const { records } = watchedRecords(1);
    expect(records[0]).toBeDefined();
    expect(parseTransaction({}).ok).toBe(false);
  });
});
