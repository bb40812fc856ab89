import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { listOf } from "../../domain/trading/watch/address-list.ts";
import { FakeWebhook, settle, WatchRig } from "../test-watch.ts";

const CREATOR = "39azUYFWPz3VHgKCf3VChUwbpURdCHRxjWVowf5jUJjg";
const STRANGER = "So11111111111111111111111111111111111111112";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Ages of the prices of a position just before each was replaced. */
function agesMs(rig: WatchRig, positionId: string): number[] {
  const { marks } = rig.position(positionId);
  return marks.slice(1).map(({ atMs }, i) => atMs - (marks[i]?.mark.market.atMs ?? 0));
}

describe("polls", () => {
  test("all open pools are read in few calls, each once, and every position and ledger hears of its own", async () => {
    const rig = new WatchRig();
    for (let n = 0; n < 50; n++) await rig.open(n, { creator: CREATOR, ledger: n % 2 === 0 ? "paper-A" : "live-A" });
    const keys = rig.chain.addPool(0);
    await rig.core.watchPosition({ positionId: "second of pool 0", ledger: "live-A", keys, intervalMs: 1_000 });
    await rig.pass(0);
    // Pool, vaults, mint and both possible accounts of the creator: 16 pools to a call.
    expect(rig.chain.calls).toBe(4);
    await rig.pass(1_000);
    // The program of each coin is known now: 19 to a call.
    expect(rig.chain.calls).toBe(7);
    for (const [, { marks }] of rig.positions) expect(marks).toHaveLength(2);
    expect(rig.booksOf("paper-A").marks.flat()).toHaveLength(50);
    // Two positions of one pool are one mark of their books' pool each.
    expect(rig.booksOf("live-A").marks.flat()).toHaveLength(52);
  });

  test.each([0, 30, 150, 400])("no price grows older than its interval when reads take %d ms", async (readMs) => {
    const rig = new WatchRig();
    rig.readMs = readMs;
    await rig.open(1);
    await rig.pass(60_000);
    const ages = agesMs(rig, "p1");
    expect(ages.length).toBeGreaterThan(55);
    // The first polls do not know yet how long they take.
    expect(Math.max(...ages.slice(2))).toBeLessThanOrEqual(1_000);
    // And the node is not asked more often than that needs.
    expect(rig.reads.length).toBeLessThanOrEqual(64 + Math.ceil(readMs / 100));
  });

  test("a slow node is asked one thing at a time, and marks go on", async () => {
    const rig = new WatchRig();
    rig.readMs = 1_900;
    await rig.open(1);
    const passing = rig.pass(20_000);
    await rig.open(2);
    await rig.core.onPush([[rig.chain.addPool(1).pool]]);
    await passing;
    expect(rig.maxReading).toBe(1);
    expect(rig.position("p1").marks.length).toBeGreaterThanOrEqual(8);
    expect(Math.max(...agesMs(rig, "p1"))).toBeLessThan(4_500);
  });

  test("the next poll is set before the node is asked: a death in between loses nothing", async () => {
    const rig = new WatchRig();
    await rig.open(1);
    rig.storage.setAlarm(null);
    const dying = rig.core.alarm();
    expect(rig.storage.alarmMs).toBe(rig.nowMs + 1_000);
    await dying;
  });

  test("positions that open at other times are soon read together", async () => {
    const rig = new WatchRig();
    for (let n = 0; n < 19; n++) {
      await rig.open(n, { creator: CREATOR });
      await rig.pass(130);
    }
    await rig.pass(3_000);
    rig.reads.length = 0;
    await rig.pass(20_000);
    expect(rig.reads.length).toBeLessThanOrEqual(22);
    for (let n = 0; n < 19; n++) expect(Math.max(...agesMs(rig, `p${n}`))).toBeLessThanOrEqual(1_000);
  });

  test("positions with other intervals are marked at their own", async () => {
    const rig = new WatchRig();
    await rig.open(1);
    await rig.open(2, { intervalMs: 5_000 });
    await rig.pass(30_000);
    expect(rig.position("p1").marks.length).toBeGreaterThan(28);
    expect(rig.position("p2").marks.length).toBeLessThan(8);
    expect(Math.max(...agesMs(rig, "p2"))).toBeLessThanOrEqual(5_000);
  });

  test("a pool that cannot be priced leaves the others alone and is no failure of the node", async () => {
    const rig = new WatchRig();
    const { keys } = await rig.open(1);
    await rig.open(2);
    rig.chain.remove(keys);
    await rig.pass(5_000);
    expect(rig.position("p1").marks).toHaveLength(0);
    expect(rig.position("p2").marks.length).toBeGreaterThan(4);
    expect(await rig.core.counts()).toMatchObject({ positions: 2, failedPolls: 0, oldestPriceMs: null });
  });

  test("a lost alarm is set again, and watches survive a restart", async () => {
    const rig = new WatchRig();
    await rig.open(1);
    await rig.pass(0);
    rig.storage.setAlarm(null);
    rig.restart();
    await rig.core.watchdog();
    await rig.pass(1_000);
    expect(rig.position("p1").marks.length).toBeGreaterThanOrEqual(2);
  });

  test("a position that wants no more is forgotten", async () => {
    const rig = new WatchRig();
    const { position } = await rig.open(1);
    position.wanted = false;
    await rig.pass(5_000);
    expect(position.marks).toHaveLength(1);
    expect(await rig.core.counts()).toMatchObject({ positions: 0, oldestPriceMs: null });
    expect(rig.chain.calls).toBe(1);
  });
});

describe("a node that fails", () => {
  test("is asked ever more rarely, never not at all; the books hear of each failure and of the end", async () => {
    const rig = new WatchRig();
    await rig.open(1);
    await rig.pass(0);
    rig.chain.isDown = true;
    rig.reads.length = 0;
    await rig.pass(60_000);
    const gaps = rig.reads.slice(1).map((atMs, i) => atMs - (rig.reads[i] ?? 0));
    expect(gaps.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 5_000]);
    expect(Math.max(...gaps)).toBe(5_000);
    expect(rig.booksOf("paper-A").failedPolls).toEqual(Array.from({ length: rig.reads.length }, (_, i) => i + 1));
    expect((await rig.core.counts()).failedPolls).toBe(rig.reads.length);
    rig.chain.isDown = false;
    await rig.pass(6_000);
    expect(rig.booksOf("paper-A").failedPolls.at(-1)).toBe(0);
    expect(rig.position("p1").marks.length).toBeGreaterThan(1);
    const told = rig.booksOf("paper-A").failedPolls.length;
    await rig.pass(10_000);
    expect(rig.booksOf("paper-A").failedPolls).toHaveLength(told);
  });

  test("books that miss the end hear it later, also after a restart", async () => {
    const rig = new WatchRig();
    await rig.open(1);
    rig.chain.isDown = true;
    await rig.pass(3_000);
    rig.booksOf("paper-A").isDown = true;
    rig.chain.isDown = false;
    await rig.pass(10_000);
    expect(rig.booksOf("paper-A").failedPolls.at(-1)).toBeGreaterThan(0);
    rig.restart();
    rig.booksOf("paper-A").isDown = false;
    await rig.core.watchdog();
    await rig.pass(2_000);
    expect(rig.booksOf("paper-A").failedPolls.at(-1)).toBe(0);
  });

  test("books of which nothing is open any more are told that no look fails", async () => {
    const rig = new WatchRig();
    await rig.open(1);
    rig.chain.isDown = true;
    await rig.pass(3_000);
    await rig.core.unwatchPosition("p1");
    await settle();
    expect(rig.booksOf("paper-A").failedPolls.at(-1)).toBe(0);
    expect(await rig.core.counts()).toMatchObject({ failedPolls: 0 });
  });

  test("a failed call refuses its own pools only", async () => {
    const rig = new WatchRig();
    for (let n = 0; n < 40; n++) await rig.open(n);
    let calls = 0;
    const answer = rig.chain.answer.bind(rig.chain);
    rig.chain.answer = async (request) => (++calls % 2 === 0 ? new Response("", { status: 503 }) : answer(request));
    await rig.pass(0);
    expect(rig.position("p0").marks).toHaveLength(1);
    expect(rig.position("p39").marks).toHaveLength(0);
    expect(await rig.core.counts()).toMatchObject({ failedPolls: 1 });
  });
});

describe("receivers", () => {
  test("one that does not answer holds up nobody, and hears the newest mark once it answers", async () => {
    const rig = new WatchRig();
    const { position: slow } = await rig.open(1);
    await rig.open(2);
    slow.hangs = true;
    await rig.pass(10_000);
    expect(rig.position("p2").marks.length).toBeGreaterThanOrEqual(10);
    expect(Math.max(...agesMs(rig, "p2"))).toBeLessThanOrEqual(1_000);
    slow.hangs = false;
    await rig.pass(4_000);
    const newest = slow.marks.at(-1)?.mark.market.slot ?? 0;
    expect(slow.marks.length).toBeGreaterThan(0);
    expect(rig.chain.slot - newest).toBeLessThan(4);
    expect((await rig.core.counts()).positions).toBe(2);
  });

  test("one that fails is marked again and stays watched", async () => {
    const rig = new WatchRig();
    const { position } = await rig.open(1);
    position.isDown = true;
    await rig.pass(3_000);
    position.isDown = false;
    await rig.pass(2_000);
    expect(position.marks.length).toBeGreaterThan(0);
  });
});

describe("pushes", () => {
  test("make the watched pools be read at once, a slot apart at most", async () => {
    const rig = new WatchRig();
    const { keys } = await rig.open(1, { creator: CREATOR });
    await rig.pass(500);
    rig.reads.length = 0;
    expect(await rig.core.onPush([[STRANGER, keys.pool]])).toBe(1);
    await rig.pass(0);
    expect(rig.reads).toEqual([rig.nowMs]);
    const startMs = rig.nowMs;
    for (let i = 0; i < 20; i++) {
      await rig.core.onPush([[CREATOR]]);
      await rig.pass(50);
    }
    const gaps = rig.reads.slice(1).map((atMs, i) => atMs - (rig.reads[i] ?? 0));
    expect(rig.nowMs - startMs).toBe(1_000);
    expect(rig.reads).toHaveLength(3);
    expect(Math.min(...gaps)).toBe(400);
  });

  test("of anything else are nothing", async () => {
    const rig = new WatchRig();
    await rig.open(1);
    await rig.pass(500);
    rig.reads.length = 0;
    expect(await rig.core.onPush([[STRANGER], []])).toBe(0);
    await rig.pass(300);
    expect(rig.reads).toEqual([]);
  });

  test("do not shorten the pause of a failing node", async () => {
    const rig = new WatchRig();
    const { keys } = await rig.open(1);
    rig.chain.isDown = true;
    await rig.pass(20_000);
    const before = rig.reads.length;
    for (let i = 0; i < 10; i++) {
      await rig.core.onPush([[keys.pool]]);
      await rig.pass(400);
    }
    expect(rig.reads.length - before).toBeLessThanOrEqual(1);
  });
});

describe("signs of a rug", () => {
  async function held(rig: WatchRig) {
    const opened = await rig.open(1, { creator: CREATOR, creatorSellBps: 5_000 });
    rig.chain.setHolding(opened.keys, CREATOR, 1_000n);
    await rig.pass(2_000);
    return opened;
  }

  test("a creator's sale is told once it is large enough, and once", async () => {
    const rig = new WatchRig();
    const { keys, position } = await held(rig);
    rig.chain.setHolding(keys, CREATOR, 501n);
    await rig.pass(2_000);
    expect(position.alerts).toEqual([]);
    rig.chain.setHolding(keys, CREATOR, 400n);
    await rig.pass(1_000);
    expect(position.alerts).toMatchObject([
      { reason: "EXIT_CREATOR_SOLD", pool: keys.pool, atMs: expect.any(Number), slot: expect.any(Number) },
    ]);
    await rig.pass(10_000);
    expect(position.alerts).toHaveLength(1);
  });

  test("an alert is told until the position has taken note of it, over restarts too", async () => {
    const rig = new WatchRig();
    const { keys, position } = await held(rig);
    position.isDown = true;
    rig.chain.setHolding(keys, CREATOR, null);
    await rig.pass(3_000);
    expect(position.alerts.length).toBeGreaterThan(1);
    rig.chain.setHolding(keys, CREATOR, 1_000n);
    rig.restart();
    await rig.core.watchdog();
    await rig.pass(1_000);
    position.isDown = false;
    position.alerts.length = 0;
    await rig.pass(1_000);
    expect(position.alerts).toMatchObject([{ reason: "EXIT_CREATOR_SOLD" }]);
    rig.restart();
    await rig.core.watchdog();
    await rig.pass(5_000);
    expect(position.alerts).toHaveLength(1);
  });

  test("the baseline is of the watch's beginning: neither a renewed watch nor a restart moves it", async () => {
    const rig = new WatchRig();
    const { keys, position } = await held(rig);
    rig.chain.setHolding(keys, CREATOR, 600n);
    await rig.pass(2_000);
    await rig.core.watchPosition({ positionId: "p1", ledger: "paper-A", keys, intervalMs: 1_000, creator: CREATOR, creatorSellBps: 5_000 });
    rig.restart();
    await rig.core.watchdog();
    await rig.pass(2_000);
    expect(position.alerts).toEqual([]);
    rig.chain.setHolding(keys, CREATOR, 450n);
    await rig.pass(2_000);
    expect(position.alerts).toHaveLength(1);
  });

  test("a changed mint is told; a burn is not", async () => {
    const rig = new WatchRig();
    const { keys, position } = await held(rig);
    rig.chain.setMint(keys, { supply: 5n });
    await rig.pass(2_000);
    expect(position.alerts).toEqual([]);
    rig.chain.setMint(keys, { freezeAuthority: STRANGER });
    await rig.pass(2_000);
    expect(position.alerts).toMatchObject([{ reason: "EXIT_MINT_CHANGED", detail: `freezeAuthority was none, is ${STRANGER}` }]);
  });

  test("a creator that is no address leaves the mint to be watched, and the prices", async () => {
    const rig = new WatchRig(new FakeWebhook());
    const { keys, position } = await rig.open(1, { creator: "nobody" });
    await rig.pass(2_000);
    expect(position.marks.length).toBeGreaterThan(1);
    rig.chain.setMint(keys, { mintAuthority: STRANGER });
    await rig.pass(2_000);
    expect(position.alerts).toMatchObject([{ reason: "EXIT_MINT_CHANGED" }]);
  });

  test("a node that does not answer says nothing", async () => {
    const rig = new WatchRig();
    const { position } = await held(rig);
    rig.chain.isDown = true;
    await rig.pass(30_000);
    expect(position.alerts).toEqual([]);
  });

  test("two positions of one pool judge by their own thresholds", async () => {
    const rig = new WatchRig();
    const { keys, position } = await held(rig);
    const other = { positionId: "p1-strict", ledger: "live-A", keys, intervalMs: 1_000, creator: CREATOR, creatorSellBps: 1_000 } as const;
    await rig.core.watchPosition(other);
    await rig.pass(2_000);
    rig.chain.setHolding(keys, CREATOR, 800n);
    await rig.pass(2_000);
    expect(position.alerts).toEqual([]);
    expect(rig.position("p1-strict").alerts).toHaveLength(1);
  });

  test("what was kept of a position goes with its watch", async () => {
    const rig = new WatchRig();
    const { keys, position } = await held(rig);
    await rig.core.unwatchPosition("p1");
    expect(rig.storage.table("rug_files").entries()).toEqual([]);
    rig.chain.setHolding(keys, CREATOR, 0n);
    await rig.open(1, { creator: CREATOR, creatorSellBps: 5_000 });
    await rig.pass(5_000);
    expect(position.alerts).toEqual([]);
  });
});

describe("the push webhook's addresses", () => {
  test("positions that open together go into one edit; closed ones stay until the next", async () => {
    const webhook = new FakeWebhook();
    const rig = new WatchRig(webhook);
    const { keys: first } = await rig.open(1, { creator: CREATOR });
    const { keys: second } = await rig.open(2);
    await rig.pass(5_000);
    expect(webhook.calls).toEqual(["read", "edit"]);
    expect(webhook.listed).toEqual(listOf([first.pool, second.pool, CREATOR]));
    await rig.core.unwatchPosition("p1");
    await rig.pass(60_000);
    expect(webhook.calls).toHaveLength(2);
    const { keys: third } = await rig.open(3);
    await rig.pass(15_000);
    expect(webhook.calls).toEqual(["read", "edit", "edit"]);
    expect(webhook.listed).toEqual(listOf([second.pool, third.pool]));
    expect((await rig.core.counts()).push).toBe("on");
  });

  test("events of closed pools are paid for until they cost as much as an edit", async () => {
    const webhook = new FakeWebhook();
    const rig = new WatchRig(webhook);
    const { keys } = await rig.open(1);
    await rig.pass(20_000);
    await rig.core.unwatchPosition("p1");
    const push = Array.from({ length: 33 }, () => [keys.pool]);
    for (let i = 0; i < 3; i++) await rig.core.onPush(push);
    await rig.pass(20_000);
    expect(webhook.listed).toContain(keys.pool);
    await rig.core.onPush([[keys.pool]]);
    await rig.pass(20_000);
    expect(webhook.listed).toEqual(listOf([]));
    await rig.core.onPush(push);
    await rig.pass(60_000);
    expect(webhook.calls).toEqual(["read", "edit", "edit"]);
  });

  test("after a restart the provider's list counts, not the kept one", async () => {
    const webhook = new FakeWebhook();
    const rig = new WatchRig(webhook);
    const { keys } = await rig.open(1);
    await rig.pass(5_000);
    webhook.listed = [];
    rig.restart();
    await rig.core.watchdog();
    await rig.pass(20_000);
    expect(webhook.calls).toEqual(["read", "edit", "read", "edit"]);
    expect(webhook.listed).toEqual(listOf([keys.pool]));
  });

  test("a provider that fails is asked again, ever more rarely; polling goes on", async () => {
    const webhook = new FakeWebhook();
    webhook.isDown = true;
    const rig = new WatchRig(webhook);
    const { keys } = await rig.open(1, { intervalMs: 20_000 });
    await rig.pass(600_000);
    expect(webhook.calls.length).toBeGreaterThan(3);
    expect(webhook.calls.length).toBeLessThan(7);
    expect((await rig.core.counts()).push).toBe("failing");
    expect(rig.position("p1").marks.length).toBeGreaterThanOrEqual(30);
    webhook.isDown = false;
    await rig.pass(3_600_000);
    expect(webhook.listed).toEqual(listOf([keys.pool]));
    expect((await rig.core.counts()).push).toBe("on");
  });

  test("without one, polling alone goes on", async () => {
    const rig = new WatchRig();
    await rig.open(1);
    await rig.pass(5_000);
    expect((await rig.core.counts()).push).toBe("off");
    expect(rig.position("p1").marks.length).toBeGreaterThan(4);
  });
});
