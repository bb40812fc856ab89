import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { sampleOrder } from "../../domain/journal/sample-entries.ts";
import { ok, refuse } from "../../domain/result.ts";
import { PLAIN_TERMS } from "../../domain/trading/entry.ts";
import { positionIdOf } from "../../domain/trading/portfolio.ts";
import type { EntryRequest } from "../../domain/trading/portfolio-state.ts";
import { NO_MONEY } from "../../domain/trading/position-money.ts";
import type { EntrySettlement, ExitSettlement } from "../../domain/trading/position-state.ts";
import type { LedgerId } from "../../domain/trading/signal.ts";
import { keysFor, marketMoved, PARAMETERS, signalFor } from "../../domain/trading/test-fixtures.ts";
import { PortfolioWorld } from "../test-portfolio.ts";

const OPENING = 5_000_000_000n;
const BASE = 1_000_000n;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

function openingOf(ledger: LedgerId) {
  return { ledger, openingLamports: OPENING, maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 200 } as const;
}

async function opened(ledger: LedgerId = "paper-A"): Promise<PortfolioWorld> {
  const world = new PortfolioWorld();
  await world.core.ensureOpen(openingOf(ledger));
  return world;
}

function requestOf(world: PortfolioWorld, mint: string, ledger: LedgerId = "paper-A"): EntryRequest {
  const signal = signalFor(mint, { ledger, assessedAtMs: world.nowMs, expiresAtMs: world.nowMs + 20_000 });
  return { signal, parameters: PARAMETERS, keys: keysFor(signal), market: marketMoved(0, 1_000, world.nowMs), terms: PLAIN_TERMS };
}

async function ask(world: PortfolioWorld, mint: string, ledger: LedgerId = "paper-A"): Promise<string> {
  const answer = await world.core.requestEntry(requestOf(world, mint, ledger), world.nowMs);
  await world.rest();
  return answer.ok ? answer.value.positionId : answer.reason;
}

function bought(positionId: string, mint: string, world: PortfolioWorld, costLamports = 500_000_000n): EntrySettlement {
  const money = { ...NO_MONEY, grossLamports: costLamports };
  const position = { baseAmount: BASE, rentLamports: 0n, valueLamports: costLamports, slot: 1_001, slippageBps: 0 };
  return { positionId, signalId: `${mint}:signature`, atMs: world.nowMs, costLamports, money, opened: position };
}

function sold(
  positionId: string,
  mint: string,
  world: PortfolioWorld,
  proceedsLamports: bigint,
  part: Partial<ExitSettlement> = {},
): ExitSettlement {
  const money = { ...NO_MONEY, grossLamports: proceedsLamports };
  const sale = { n: 1, isFinal: true, soldBase: BASE, slippageBps: 0, reason: "EXIT_STOP_LOSS" } as const;
  return { positionId, signalId: `${mint}:signature`, atMs: world.nowMs, proceedsLamports, money, ...sale, ...part };
}

/** A position that is open, in the books and by itself. */
async function held(world: PortfolioWorld, mint: string, ledger: LedgerId = "paper-A", costLamports = 500_000_000n): Promise<string> {
  const positionId = await ask(world, mint, ledger);
  const entry = bought(positionId, mint, world, costLamports);
  await world.core.settleEntry(entry);
  const position = world.position(positionId);
  if (position.state === null) throw new Error("not started");
  position.state = { ...position.state, status: "open", baseAmount: BASE, heldBase: BASE };
  position.settlements = { entry, exits: [] };
  await world.rest();
  return positionId;
}

describe("a start", () => {
  test("opens entries by itself once books and positions agree", async () => {
    const world = await opened();
    await ask(world, "reserved");
    await held(world, "open");
    world.restart();
    expect((await world.core.risk())?.isReconciled).toBe(false);
    await world.pass(1);
    expect((await world.core.risk())?.isReconciled).toBe(true);
    expect(world.storage.alarmMs).toBeNull();
    expect(await ask(world, "next")).toMatch(/^paper-A-next/);
  });

  test("compares before it decides on the first entry, and decides nothing while it cannot", async () => {
    const world = await opened();
    const positionId = await held(world, "open");
    world.restart();
    world.position(positionId).isAway = true;
    expect(await ask(world, "next")).toBe("RECONCILING");
    expect(await world.core.decided("next:signature")).toBeNull();
    world.position(positionId).isAway = false;
    expect(await ask(world, "next")).toMatch(/^paper-A-next/);
  });

  test("keeps asking with growing pauses, and the watchdog sets a lost alarm again", async () => {
    const world = await opened();
    const positionId = await held(world, "open");
    world.restart();
    world.position(positionId).isAway = true;
    await world.pass(100_000);
    expect((await world.core.risk())?.isReconciled).toBe(false);
    world.storage.setAlarm(null);
    await world.core.watchdog();
    expect(world.storage.alarmMs).not.toBeNull();
    world.position(positionId).isAway = false;
    await world.pass(61_000);
    expect((await world.core.risk())?.isReconciled).toBe(true);
  });

  test.each<[string, Partial<{ status: "closed" | "abandoned" | "entering" | "exiting"; heldBase: bigint }>, boolean]>([
    ["is selling", { status: "exiting" }, true],
    ["has sold its last and not settled it", { status: "closed" }, false],
    ["has sold a part and not settled it", { heldBase: BASE - 1n }, false],
    ["holds more than the books", { heldBase: BASE + 1n }, false],
    ["was set back to its entry", { status: "entering" }, false],
    ["says that it was abandoned", { status: "abandoned" }, false],
  ])("with a position that %s", async (_name, change, isOpen) => {
    const world = await opened();
    const position = world.position(await held(world, "open"));
    if (position.state !== null) position.state = { ...position.state, ...change };
    world.restart();
    await world.pass(5_000);
    expect((await world.core.risk())?.isReconciled).toBe(isOpen);
  });

  test("with an entry that is filled and not settled wakes its position and waits for the settlement", async () => {
    const world = await opened();
    const positionId = await ask(world, "a");
    const position = world.position(positionId);
    if (position.state !== null) position.state = { ...position.state, status: "open", heldBase: BASE };
    world.restart();
    expect(await ask(world, "next")).toBe("RECONCILING");
    expect(position.watched).toBeGreaterThan(0);
    await world.core.settleEntry(bought(positionId, "a", world));
    expect(await ask(world, "next")).toMatch(/^paper-A-next/);
  });

  test("starts a position that never began once more; a second start changes nothing", async () => {
    const world = await opened();
    const positionId = await ask(world, "a");
    const position = world.position(positionId);
    expect(position.starts).toBe(1);
    position.state = null;
    world.restart();
    expect(await ask(world, "next")).toBe("RECONCILING");
    expect(position).toMatchObject({ starts: 2, state: { status: "entering" } });
    expect(await ask(world, "next")).toMatch(/^paper-A-next/);
  });

  test("frees a reservation whose plan is gone, too", async () => {
    const world = await opened();
    const positionId = await ask(world, "a");
    world.position(positionId).state = null;
    world.storage.table("plans").delete(positionId);
    await world.rest();
    world.restart();
    await world.pass(5_000);
    expect(await world.core.status()).toMatchObject({ cashLamports: OPENING.toString(), reservedLamports: "0" });
    expect([...world.journal.entries.values()].at(-2)).toMatchObject({ kind: "ledger", movement: "release", positionId });
  });

  test("stays closed with an open position that lost its memory", async () => {
    const world = await opened();
    world.position(await held(world, "open")).state = null;
    world.restart();
    await world.pass(300_000);
    expect(await ask(world, "next")).toBe("RECONCILING");
  });
});

describe("a live start", () => {
  async function restarted(): Promise<{ world: PortfolioWorld; positionId: string }> {
    const world = await opened("live-A");
    const positionId = await held(world, "coin", "live-A");
    world.wallet = await world.walletOfBooks();
    world.restart();
    return { world, positionId };
  }

  test("asks the wallet once, for what is held only", async () => {
    const { world } = await restarted();
    await world.pass(5_000);
    expect((await world.core.risk())?.isReconciled).toBe(true);
    expect(world.asked).toEqual([["coin"]]);
  });

  test("a wallet that cannot be read is not an empty one: entries stay closed, nothing is told, it is asked again", async () => {
    const { world } = await restarted();
    const { wallet } = world;
    world.wallet = refuse("RPC_DISAGREEMENT");
    await world.pass(5_000);
    expect(await ask(world, "next", "live-A")).toBe("RECONCILING");
    expect(world.incidents.size).toBe(0);
    expect(await world.core.positions()).toHaveLength(1);
    world.wallet = wallet;
    await world.pass(61_000);
    expect((await world.core.risk())?.isReconciled).toBe(true);
  });

  test("tokens that are missing are an incident until they are there", async () => {
    const { world, positionId } = await restarted();
    const { wallet } = world;
    if (wallet.ok) world.wallet = ok({ ...wallet.value, tokens: new Map([["coin", BASE - 1n]]) });
    await world.pass(5_000);
    expect((await world.core.risk())?.isReconciled).toBe(false);
    expect(world.incidents.get(positionId)).toBe(`the wallet holds ${BASE - 1n} of ${BASE} base units of coin`);
    world.wallet = wallet;
    await world.pass(61_000);
    expect((await world.core.risk())?.isReconciled).toBe(true);
    expect(world.incidents.size).toBe(0);
  });

  test("missing lamports keep entries closed; more of them, and strangers' tokens, do not", async () => {
    const { world } = await restarted();
    const { wallet } = world;
    if (!wallet.ok) throw new Error(wallet.reason);
    world.wallet = ok({ ...wallet.value, lamports: wallet.value.lamports - 1n });
    await world.pass(5_000);
    expect((await world.core.risk())?.isReconciled).toBe(false);
    expect(world.incidents.size).toBe(0);
    const tokens = new Map([...wallet.value.tokens, ["an airdrop", 1n] as const]);
    world.wallet = ok({ lamports: wallet.value.lamports + 1n, tokens });
    await world.pass(61_000);
    expect((await world.core.risk())?.isReconciled).toBe(true);
  });

  test("waits for orders under way without asking the wallet", async () => {
    const { world, positionId } = await restarted();
    const position = world.position(positionId);
    const order = { id: `${positionId}:sell:1` } as never;
    if (position.state !== null) position.state = { ...position.state, status: "exiting", order };
    await world.pass(5_000);
    expect(world.asked).toEqual([]);
    if (position.state !== null) position.state = { ...position.state, order: null };
    await world.pass(61_000);
    expect((await world.core.risk())?.isReconciled).toBe(true);
  });

  test("tells nobody of tokens that a sale took while the wallet was read", async () => {
    const { world, positionId } = await restarted();
    const position = world.position(positionId);
    world.onWalletRead = () => {
      if (position.state !== null) position.state = { ...position.state, status: "exiting", order: { id: "sell" } as never };
    };
    world.wallet = ok({ lamports: OPENING * 2n, tokens: new Map() });
    await world.pass(5_000);
    expect(world.asked).toHaveLength(1);
    expect(world.incidents.size).toBe(0);
  });

  test("tells nobody of tokens that a sale under way has sold, also while another entry lost its memory", async () => {
    const { world, positionId } = await restarted();
    const other = await ask(world, "other", "live-A");
    expect(other).toMatch(/^live-A-other/);
    world.position(other).state = null;
    const position = world.position(positionId);
    if (position.state !== null) position.state = { ...position.state, status: "exiting", order: { id: "sell" } as never };
    world.wallet = ok({ lamports: OPENING, tokens: new Map() });
    world.restart();
    await world.pass(400_000);
    expect(world.incidents.size).toBe(0);
    expect((await world.core.risk())?.isReconciled).toBe(false);
  });

  test("an entry that lost its memory begins again only while the wallet holds none of its tokens", async () => {
    const world = await opened("live-A");
    const positionId = await ask(world, "coin", "live-A");
    const position = world.position(positionId);
    const { state } = position;
    position.state = null;
    world.wallet = ok({ lamports: OPENING, tokens: new Map([["coin", 5n]]) });
    world.restart();
    await world.pass(5_000);
    expect(position.starts).toBe(1);
    expect(world.incidents.get(positionId)).toBe("the wallet holds 5 base units of coin, the books none");
    world.wallet = ok({ lamports: OPENING, tokens: new Map() });
    // What was signed before may land for some time.
    await world.pass(60_000);
    expect(position.starts).toBe(1);
    await world.pass(200_000);
    expect(position.starts).toBe(2);
    expect(position.state).toEqual(state);
  });
});

test("a live entry whose plan is gone with its position is told of and never freed", async () => {
  const world = await opened("live-A");
  const positionId = await ask(world, "coin", "live-A");
  world.position(positionId).state = null;
  world.storage.table("plans").delete(positionId);
  world.wallet = ok({ lamports: OPENING, tokens: new Map() });
  await world.rest();
  world.restart();
  await world.pass(300_000);
  expect(world.incidents.get(positionId)).toBe("neither its position nor its plan is known any more");
  expect(await world.core.status()).toMatchObject({ reservedLamports: "502484080" });
});

test.each<[LedgerId, number]>([
  ["live-A", 1],
  ["paper-A", 0],
])("money of a position that %s never granted is refused, and told of once", async (ledger, incidents) => {
  const world = await opened(ledger);
  for (let i = 0; i < 3; i++) expect(await world.core.settleExit(sold("stranger", "m", world, 1n))).toBe(false);
  expect(await world.core.settleEntry(bought("stranger", "m", world))).toBe(false);
  await world.rest();
  expect(world.incidents.size).toBe(incidents);
  expect(console.error).toHaveBeenCalledTimes(1);
});

test("a settlement of an own position that was never granted halts the books, which then take the position in", async () => {
  const world = await opened();
  const earlier = world.storage.snapshot();
  const records = new Map(world.journal.entries);
  const positionId = await held(world, "after");
  const later = await world.core.status();
  // The grant's record is lost with the books: only the position knows.
  world.storage.restore(earlier);
  world.journal.entries.clear();
  for (const [id, entry] of records) world.journal.entries.set(id, entry);
  world.restart();
  await world.pass(5_000);
  expect(await world.core.risk()).toMatchObject({ state: "ACTIVE", isReconciled: true });
  const { entry } = world.position(positionId).settlements;
  if (entry === null) throw new Error("no entry");
  expect(await world.core.settleEntry(entry)).toBe(false);
  expect(await world.core.recordFlow(OPENING, 1n)).toBe(false);
  await world.pass(5_000);
  expect(await world.core.risk()).toMatchObject({ state: "HALTED", stateReason: "STATE_RESTORED" });
  expect(await world.core.settleEntry(entry)).toBe(true);
  const { cashLamports, openPositions } = later ?? {};
  expect(await world.core.status()).toMatchObject({ cashLamports, openPositions });
  expect(world.position(positionId).watched).toBeGreaterThan(0);
  expect(await world.core.settleExit(sold(positionId, "after", world, 600_000_000n))).toBe(true);
  expect(await world.core.status()).toMatchObject({ realisedLamports: "100000000", openPositions: 0 });
});

test("books that are told of another branch of the journal halt and take in the position that only it names", async () => {
  const world = await opened();
  const earlier = world.storage.snapshot();
  const records = new Map(world.journal.entries);
  const positionId = await held(world, "after");
  const later = await world.core.status();
  world.storage.restore(earlier);
  world.journal.entries.clear();
  for (const [id, entry] of records) world.journal.entries.set(id, entry);
  world.restart();
  await world.pass(5_000);
  expect(await world.core.risk()).toMatchObject({ state: "ACTIVE", isReconciled: true });
  const watched = world.position(positionId).watched;

  // The mended journal names it; it has none of its movements.
  world.journal.entries.set("named", sampleOrder(`${positionId}:buy:1`, { positionId }));
  await world.core.lookAgain(1_000);
  expect(await world.core.risk()).toMatchObject({ state: "HALTED", stateReason: "STATE_RESTORED", isReconciled: false });
  expect((await world.core.risk())?.note).toContain("mended");
  expect(await ask(world, "next")).not.toMatch(/^paper-A-/);
  // Asked again, as by a mend that died.
  await world.core.lookAgain(1_000);
  await world.pass(10_000);
  const { cashLamports, openPositions } = later ?? {};
  expect(await world.core.status()).toMatchObject({ cashLamports, openPositions });
  expect(world.position(positionId).watched).toBeGreaterThan(watched);
  expect(await world.core.risk()).toMatchObject({ state: "HALTED", isReconciled: true });
  const movements = [...world.journal.entries.values()].filter((entry) => entry.kind === "ledger" && entry.positionId === positionId);
  expect(movements.map((entry) => entry.kind === "ledger" && entry.movement)).toEqual(["reserve", "entry"]);
  expect(await world.core.setState("ACTIVE", "ann", null, "looked at it")).toBe(true);
  expect(await ask(world, "then")).toMatch(/^paper-A-then/);
});

test("books that are not open are told of another branch in vain, and ask the journal when they open", async () => {
  const world = new PortfolioWorld();
  await world.core.lookAgain(7);
  world.journal.newest = 7;
  await world.core.ensureOpen(openingOf("paper-A"));
  expect(await ask(world, "a")).toBe("STATE_RESTORED");
});

test("books that were lost and opened anew take nothing in, and wake what the journal names", async () => {
  const world = await opened("live-A");
  const positionId = await held(world, "before", "live-A");
  await world.rest();
  world.storage.restore({ tables: [], logs: [], alarmMs: null });
  world.restart();
  await world.core.watchdog("live-A");
  expect(world.position(positionId).watched).toBe(1);
  await world.core.ensureOpen({ ...openingOf("live-A"), openingLamports: 4_000_000_000n });
  await world.pass(60_000);
  await world.core.watchdog("live-A");
  await world.pass(60_000);
  expect(await world.core.status()).toMatchObject({ state: "HALTED", cashLamports: "4000000000", openPositions: 0 });
  expect(world.incidents.get(positionId)).toBe("it was granted before these books were opened anew");
});

test("a settled position is watched until it has told everything, whatever the clock says", async () => {
  const world = await opened();
  const positionId = await held(world, "a");
  await world.core.settleExit(sold(positionId, "a", world, 600_000_000n));
  const position = world.position(positionId);
  position.isBusy = true;
  world.nowMs += 3_600_000;
  for (let i = 0; i < 2; i++) await world.core.watchdog();
  expect(position.watched).toBe(2);
  position.isBusy = false;
  for (let i = 0; i < 3; i++) await world.core.watchdog();
  expect(position.watched).toBe(3);
});

describe("a state that was seen", () => {
  test("is replaced; a stop that came after the look stays, and so does one of another code", async () => {
    const world = await opened();
    const seen = { state: "ACTIVE", author: "ann", reason: null, note: null } as const;
    await world.core.setState("HALTED", "bob");
    const before = (await world.core.risk())?.sinceMs ?? 0;
    world.nowMs += 1;
    await world.core.setState("REDUCING", "system", "DRAWDOWN_BREAKER");
    for (const expected of [
      { sinceMs: before, clears: null },
      { sinceMs: null, clears: [] },
      { sinceMs: null, clears: ["DAILY_LOSS_LIMIT"] },
    ]) {
      const refused = await world.core.replaceState(seen, expected);
      const detail = "paper-A is REDUCING (DRAWDOWN_BREAKER) now, set by system";
      expect(refused).toEqual({ ok: false, reason: "STATE_CHANGED", detail });
    }
    expect((await world.core.risk())?.state).toBe("REDUCING");
    expect(await world.core.replaceState(seen, { sinceMs: before + 1, clears: ["DRAWDOWN_BREAKER"] })).toEqual({ ok: true, value: true });
    expect((await world.core.risk())?.state).toBe("ACTIVE");
    // To stop is never refused for what it would lift.
    expect((await world.core.replaceState({ ...seen, state: "HALTED" }, { sinceMs: null, clears: [] })).ok).toBe(true);
  });
});

test("books of an older version are read", async () => {
  const world = await opened();
  const positionId = await held(world, "open");
  const holdings = world.storage.table("holdings");
  const stored = JSON.parse(holdings.get(positionId) ?? "") as Record<string, unknown>;
  for (const name of ["exposureLamports", "grossLamports", "exits", "realisedLamports", "creator", "isRehearsal"]) delete stored[name];
  holdings.put(positionId, JSON.stringify(stored));
  const books = world.storage.table("books");
  const figures = JSON.parse(books.get("books") ?? "") as { control: Record<string, unknown> };
  delete figures.control["note"];
  books.put("books", JSON.stringify(figures));
  books.delete("risk");
  await world.rest();
  world.restart();
  expect(await world.core.risk()).toMatchObject({ note: null, locks: [] });
  expect(await ask(world, "next")).toMatch(/^paper-A-next/);
  expect(await world.core.settleExit(sold(positionId, "open", world, 600_000_000n))).toBe(true);
  expect(await world.core.status()).toMatchObject({ realisedLamports: "100000000", trades: 1 });
});

describe("the journal at a start", () => {
  test("knows a later record: the ledger halts until an operator resumes, and gives no number away twice", async () => {
    const world = await opened();
    await ask(world, "before");
    const earlier = world.storage.snapshot();
    world.nowMs += 1_000;
    await held(world, "after");
    world.storage.restore(earlier);
    const known = [...world.journal.entries.keys()];
    world.restart();
    await world.pass(5_000);
    expect(await world.core.risk()).toMatchObject({ state: "HALTED", stateReason: "STATE_RESTORED", author: "system", isReconciled: true });
    expect(await ask(world, "next")).toBe("STATE_RESTORED");
    const added = [...world.journal.entries.keys()].slice(known.length);
    expect(added.length).toBeGreaterThan(0);
    expect(await world.core.setState("ACTIVE", "ann", null, "looked at it")).toBe(true);
    await world.rest();
    expect([...world.journal.entries.values()].at(-1)).toMatchObject({ kind: "trading-state", state: "ACTIVE", note: "looked at it" });
    expect(await ask(world, "next2")).toMatch(/^paper-A-next2/);
    world.restart();
    await world.pass(5_000);
    expect((await world.core.risk())?.state).toBe("ACTIVE");
  });

  test("an empty object whose ledger the journal knows is restored, too", async () => {
    const world = new PortfolioWorld();
    world.journal.newest = 7;
    await world.core.ensureOpen(openingOf("paper-A"));
    expect(await ask(world, "a")).toBe("STATE_RESTORED");
  });

  test("is asked again after a restart in between, for what the books knew before", async () => {
    const world = await opened();
    await ask(world, "before");
    const earlier = world.storage.snapshot();
    world.nowMs += 1_000;
    await ask(world, "after");
    world.storage.restore(earlier);
    world.journal.isAway = true;
    world.restart();
    // Events that come meanwhile are booked under numbers beyond the ones that the journal knows.
    world.nowMs += 1_000;
    await world.core.setState("REDUCING", "ann");
    await world.rest();
    world.restart();
    world.journal.isAway = false;
    await world.pass(5_000);
    expect((await world.core.risk())?.stateReason).toBe("STATE_RESTORED");
  });

  test("does not answer: entries stay closed, nothing is written past it, settlements are booked", async () => {
    const world = await opened();
    const positionId = await held(world, "open");
    world.journal.isAway = true;
    world.restart();
    expect(await ask(world, "next")).toBe("RECONCILING");
    expect(await world.core.settleExit(sold(positionId, "open", world, 400_000_000n))).toBe(true);
    const before = world.journal.entries.size;
    await world.pass(10_000);
    expect(world.journal.entries.size).toBe(before);
    world.journal.isAway = false;
    await world.pass(61_000);
    expect(world.journal.entries.size).toBeGreaterThan(before);
    expect(await world.core.status()).toMatchObject({ state: "ACTIVE", trades: 1, openPositions: 0 });
  });
});

describe("calls", () => {
  test("a start that does not arrive is kept and delivered by the alarm", async () => {
    const world = await opened();
    const position = world.position(positionIdOf("paper-A", signalFor("a")));
    position.isAway = true;
    await ask(world, "a");
    expect(position.starts).toBe(0);
    position.isAway = false;
    world.restart();
    await world.pass(2_000);
    expect(position.state).toMatchObject({ status: "entering" });
  });

  test("before the books are open there is nothing to show, to lock or to settle; a state is kept for the opening", async () => {
    const world = new PortfolioWorld();
    expect([await world.core.status(), await world.core.risk(), await world.core.positions()]).toEqual([null, null, []]);
    const order = { scope: "all", value: null, untilMs: null, reason: "x", author: "ann" } as const;
    expect(await world.core.setLock(order)).toMatchObject({ ok: false, reason: "NOT_FOUND" });
    expect(await world.core.settleExit(sold("p", "m", world, 1n))).toBe(false);
    expect(await ask(world, "a")).toBe("NOT_FOUND");
    expect(await world.core.reconcile()).toBe(false);
    await world.core.setState("HALTED", "ann", null, "not yet");
    world.storage.sync();
    world.restart();
    await world.core.ensureOpen(openingOf("paper-A"));
    expect(await ask(world, "a")).toBe("TRADING_HALTED");
    await world.core.ensureOpen({ ...openingOf("paper-A"), openingLamports: 9n });
    expect(await world.core.status()).toMatchObject({ openingLamports: OPENING.toString() });
    expect([...world.journal.entries.values()].map(({ kind }) => kind)).toEqual(["ledger", "trading-state", "equity"]);
  });

  test("locks live through a restart and are lifted by id", async () => {
    const world = await opened();
    const set = await world.core.setLock({ scope: "all", value: null, untilMs: null, reason: "quiet", author: "ann" });
    if (!set.ok) throw new Error(set.reason);
    await world.rest();
    world.restart();
    expect(await ask(world, "a")).toBe("LOCKED_ALL");
    expect((await world.core.risk())?.locks).toEqual([set.value]);
    expect(await world.core.liftLock(set.value.lockId, "ann")).toBe(true);
    expect(await world.core.liftLock(set.value.lockId, "ann")).toBe(false);
    expect(await ask(world, "b")).toMatch(/^paper-A-b/);
    expect(await world.core.setLock({ scope: "mint", value: "x", untilMs: null, reason: "", author: "ann" })).toMatchObject({ ok: false });
  });

  test("health, stops and single closings reach the books", async () => {
    const world = await opened();
    const positionId = await held(world, "open");
    await world.core.health({ failedPolls: 9 });
    expect(await ask(world, "a")).toBe("RPC_UNHEALTHY");
    await world.core.health({ failedPolls: 0 });
    await world.core.setState("REDUCING", "system", "PROGRAM_DRIFT");
    expect(await ask(world, "b")).toBe("TRADING_REDUCING");
    await world.core.liftStop(["PROGRAM_DRIFT"], "ann");
    expect(await ask(world, "c")).toMatch(/^paper-A-c/);
    expect([
      await world.core.closePosition("nobody"),
      await world.core.closePosition(positionId),
      await world.core.closeAll("ann"),
    ]).toEqual([false, true, 2]);
    expect(await world.core.recordFlow(1n, 1n)).toBe(false);
    expect(await world.core.recordFlow(await cashOf(world), 5n)).toBe(true);
  });

  test("marks stay in memory until something else is written", async () => {
    const world = await opened();
    await held(world, "open", "paper-A", 100_000_000n);
    await world.rest();
    await world.core.mark([{ pool: "pool-open", market: marketMoved(500, 2_000, world.nowMs) }]);
    expect(world.storage.unsynced).toBe(0);
    world.nowMs += 5_000;
    await world.core.mark([{ pool: "pool-open", market: marketMoved(600, 2_010, world.nowMs) }]);
    await world.rest();
    const before = await world.core.status();
    world.restart();
    expect(await world.core.status()).toEqual(before);
  });

  test("a storage that fails loses the step whole: nothing is granted", async () => {
    const world = await opened();
    await ask(world, "a");
    const broken = vi.spyOn(world.storage, "transaction").mockImplementation(() => {
      throw new Error("disk full");
    });
    await expect(world.core.requestEntry(requestOf(world, "b"), world.nowMs)).rejects.toThrow("disk full");
    broken.mockRestore();
    expect(await world.core.decided("b:signature")).toBeNull();
    expect(await world.core.positions()).toHaveLength(1);
    expect(await ask(world, "b")).toMatch(/^paper-A-b/);
  });
});

async function cashOf(world: PortfolioWorld): Promise<bigint> {
  const status = await world.core.status();
  return BigInt(status?.cashLamports ?? "0") + BigInt(status?.reservedLamports ?? "0");
}

test("partial sales are booked in order, once each, across restarts", async () => {
  const world = await opened();
  const positionId = await held(world, "open");
  const part = (n: number, soldBase: bigint, isFinal = false) => sold(positionId, "open", world, 200_000_000n, { n, soldBase, isFinal });
  expect(await world.core.settleExit(part(2, 1n))).toBe(false);
  expect(await world.core.settleExit(part(1, 333_333n))).toBe(true);
  expect(await world.core.settleExit(part(1, 333_333n))).toBe(true);
  expect(await world.core.positions()).toMatchObject([{ status: "open", costLamports: "333333500" }]);
  await world.rest();
  world.restart();
  expect(await world.core.settleExit(part(1, 333_333n))).toBe(true);
  expect(await world.core.settleExit(part(2, 666_666n))).toBe(true);
  expect(await world.core.status()).toMatchObject({ trades: 0, openPositions: 1 });
  expect(await world.core.settleExit(part(3, 1n, true))).toBe(true);
  expect(await world.core.settleExit(part(3, 1n, true))).toBe(true);
  expect(await world.core.status()).toMatchObject({
    trades: 1,
    openPositions: 0,
    realisedLamports: "100000000",
    cashLamports: "5100000000",
  });
});
