import { describe, expect, test } from "vitest";
import { associatedTokenAddress } from "../../../domain/solana/address.ts";
import { decodeTokenAccount, encodeTokenAccount } from "../../../domain/solana/token.ts";
import { isSettled, type PositionEffect } from "../../../domain/trading/position-state.ts";
import { PARAMETERS } from "../../../domain/trading/test-fixtures.ts";
import { tokenAmount } from "../../../localnet/testing/coins.ts";
import { NODE_START } from "../../../localnet/testing/node.ts";
import type { TestPosition } from "./test-desk.ts";
import { curvePosition, FUNDS, LAST_QUESTION, openPosition, plantTokens, runUntil, SIZE, sellOnCurve, world } from "./test-world.ts";

function entriesOf(position: TestPosition): unknown[] {
  return position.effects
    .filter((effect): effect is Extract<PositionEffect, { type: "journal" }> => effect.type === "journal")
    .map(({ entry }) => entry);
}

describe("a round trip on the TypeScript chain", () => {
  test.each([false, true])("buys and sells through the signer, booked to the lamport and as predicted (Sender: %s)", async (withSender) => {
    const { node, desk, lamports } = await world(`round-trip-${withSender}`, withSender);
    const coin = node.addCoin();
    const position = await desk.open(coin, SIZE, PARAMETERS);
    if (position === null) throw new Error("not opened");
    await runUntil(node, desk, () => position.live.position.status === "open");
    const { costLamports } = position.live.position;
    expect(FUNDS - lamports()).toBe(costLamports);
    position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => isSettled(position.live.position));
    const { proceedsLamports, reason } = position.live.position;
    expect(reason).toBe("EXIT_OPERATOR");
    expect(lamports()).toBe(FUNDS - costLamports + proceedsLamports);
    expect(desk.observations).toMatchObject([
      { kind: "prediction", agreed: true, detail: "" },
      { kind: "prediction", agreed: true, detail: "" },
    ]);
    expect([...position.intents.values()]).toMatchObject([
      { side: "buy", status: "landed" },
      { side: "sell", status: "landed" },
    ]);
    expect(entriesOf(position)).toMatchObject([
      { kind: "position", status: "entering", isDryRun: false },
      { kind: "order", side: "buy" },
      { kind: "intent", status: "planned", side: "buy" },
      { kind: "intent", status: "signed" },
      { kind: "intent", status: "sent" },
      { kind: "intent", status: "landed" },
      { kind: "position", status: "open" },
      { kind: "fill", side: "buy" },
      { kind: "position", status: "exiting" },
      { kind: "order", side: "sell", reason: "EXIT_OPERATOR" },
      { kind: "intent", status: "planned", side: "sell" },
      { kind: "intent", status: "signed" },
      { kind: "intent", status: "sent" },
      { kind: "intent", status: "landed" },
      { kind: "position", status: "closed" },
      { kind: "fill", side: "sell" },
      { kind: "trade" },
    ]);
  });
});

describe("a sale in parts on the TypeScript chain", () => {
  const LADDER = { ...PARAMETERS, ladderRungs: 3, ladderShareBps: 3_000, takeProfitConfirmMs: 400, trailingDeltaBps: 9_000 };

  test("sells what was ordered and keeps the account open until the last; wallet, books and predictions agree to the lamport", async () => {
    const { node, desk, address, lamports } = await world("in-parts");
    const coin = node.addCoin();
    const position = await desk.open(coin, SIZE, LADDER);
    if (position === null) throw new Error("not opened");
    await runUntil(node, desk, () => position.live.position.status === "open");
    const bought = position.live.position.baseAmount;
    const held = () => tokenAmount(node.chain, associatedTokenAddress(address, coin.mint, coin.tokenProgram));
    node.trade(coin, { side: "buy", amount: 60_000_000_000n });
    await runUntil(node, desk, () => position.live.position.sales === 1);
    expect(position.live.position).toMatchObject({ status: "open", rungs: 1, heldBase: bought - (bought * 3n) / 10n });
    expect(held()).toBe(position.live.position.heldBase);
    await runUntil(node, desk, () => isSettled(position.live.position));
    const { costLamports, proceedsLamports, sales, reason, heldBase } = position.live.position;
    expect({ sales, reason, heldBase }).toEqual({ sales: 3, reason: "EXIT_TAKE_PROFIT", heldBase: 0n });
    expect(lamports()).toBe(FUNDS - costLamports + proceedsLamports);
    expect(node.chain.account(associatedTokenAddress(address, coin.mint, coin.tokenProgram))).toBeNull();
    const exits = position.effects.flatMap((effect) => (effect.type === "settle-exit" ? [effect.settlement] : []));
    expect(exits.map(({ n, isFinal, money }) => [n, isFinal, money.rentLamports > 0n])).toEqual([
      [1, false, false],
      [2, false, false],
      [3, true, true],
    ]);
    expect(exits.reduce((sum, exit) => sum + exit.soldBase, 0n)).toBe(bought);
    expect(exits.reduce((sum, exit) => sum + exit.proceedsLamports, 0n)).toBe(proceedsLamports);
    expect(desk.observations.every((one) => one.kind === "prediction" && one.agreed)).toBe(true);
    for (const { slippageBps } of exits) expect(Math.abs(slippageBps ?? 9_999)).toBeLessThan(100);
  });

  test("dust that arrives between the parts is sold with the last", async () => {
    const { node, desk, address, lamports } = await world("in-parts-dust");
    const coin = node.addCoin();
    const position = await desk.open(coin, SIZE, { ...LADDER, ladderRungs: 2 });
    if (position === null) throw new Error("not opened");
    await runUntil(node, desk, () => position.live.position.status === "open");
    node.trade(coin, { side: "buy", amount: 60_000_000_000n });
    await runUntil(node, desk, () => position.live.position.sales === 1);
    plantTokens(node, coin, address, position.live.position.heldBase + 5n);
    await runUntil(node, desk, () => isSettled(position.live.position));
    const { costLamports, proceedsLamports } = position.live.position;
    expect(lamports()).toBe(FUNDS - costLamports + proceedsLamports);
    const last = position.effects.flatMap((effect) => (effect.type === "settle-exit" ? [effect.settlement] : [])).at(-1);
    expect(last).toMatchObject({ n: 2, isFinal: true });
  });
});

describe("entries that must not be made", () => {
  test("a coin whose account the wallet has already is not bought", async () => {
    const { node, desk, address, lamports } = await world("already-held");
    const coin = node.addCoin();
    const { account } = node.airdropToken(address);
    plantTokens(node, coin, address, 0n, account);
    const position = await desk.open(coin, SIZE, PARAMETERS);
    await runUntil(node, desk, () => desk.isSettled());
    expect(position?.live.position).toMatchObject({ status: "abandoned", reason: "ALREADY_HELD", costLamports: 0n });
    expect(lamports()).toBe(FUNDS);
  });

  test("an empty wallet signs nothing", async () => {
    const { node, desk, address } = await world("empty");
    node.fund(address, SIZE + 4_000_000n);
    const position = await desk.open(node.addCoin(), SIZE, PARAMETERS);
    await runUntil(node, desk, () => desk.isSettled());
    expect(position?.live.position).toMatchObject({ status: "abandoned", reason: "WALLET_UNDERFUNDED" });
    expect([...(position?.intents.values() ?? [])]).toMatchObject([{ signature: null, sends: 0 }]);
  });

  test("a price that left the minimum is found before anything is paid", async () => {
    const { node, desk, lamports } = await world("moved");
    const coin = node.addCoin();
    const position = await desk.open(coin, SIZE, PARAMETERS);
    node.trade(coin, { side: "buy", amount: 10_000_000_000n });
    await runUntil(node, desk, () => desk.isSettled());
    expect(position?.live.position.status).toBe("abandoned");
    expect([...(position?.intents.values() ?? [])][0]).toMatchObject({ status: "failed", reason: "SLIPPAGE_EXCEEDED", signature: null });
    expect(lamports()).toBe(FUNDS);
  });

  test("a blockhash that dies with nothing landed ends as expired, once both providers say so, and costs nothing", async () => {
    const { node, desk, lamports } = await world("expired");
    node.setFaults({ drop: 1 });
    const position = await desk.open(node.addCoin(), SIZE, PARAMETERS);
    node.setProvider(2, { lagSlots: 100 });
    await runUntil(node, desk, () => position?.live.intent?.status === "unknown", 300);
    expect(node.slot() - NODE_START.slot).toBeGreaterThan(150);
    node.setProvider(2, {});
    await runUntil(node, desk, () => desk.isSettled());
    expect([...(position?.intents.values() ?? [])]).toMatchObject([{ status: "expired", reason: "TX_EXPIRED" }, LAST_QUESTION]);
    expect(lamports()).toBe(FUNDS);
  });

  test("a node that hides our transactions does not make us buy again", async () => {
    const { node, desk, lamports } = await world("hidden");
    node.setProvider(1, { hidesTransactions: true });
    const position = await desk.open(node.addCoin(), SIZE, PARAMETERS);
    await runUntil(node, desk, () => position?.live.position.status === "open", 400);
    expect(position?.intents.size).toBe(1);
    expect(FUNDS - lamports()).toBe(position?.live.position.costLamports);
  });
});

describe("exits that are hard", () => {
  test("dust of the coin, sent to us before every attempt, does not hold up the exit", async () => {
    const { node, desk, address, lamports } = await world("dust");
    const { position, coin } = await openPosition(node, desk);
    const account = associatedTokenAddress(address, coin.mint, coin.tokenProgram);
    node.setFaults({ delay: 1, maxDelaySlots: 3 });
    position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => {
      // Somebody sees each sale coming and puts one unit more into the account.
      if (position.live.intent?.status === "sent" && position.live.intent.side === "sell")
        plantTokens(node, coin, address, tokenAmount(node.chain, account) + 1n);
      return isSettled(position.live.position);
    });
    const sells = [...position.intents.values()].filter(({ side }) => side === "sell");
    expect(sells.slice(0, -1).every(({ reason }) => reason === "TX_REVERTED")).toBe(true);
    expect(sells.at(-1)).toMatchObject({ status: "landed" });
    expect(node.chain.account(account)).not.toBeNull();
    expect(lamports()).toBe(FUNDS - position.live.position.costLamports + position.live.position.proceedsLamports);
    expect(desk.observations.every((one) => one.kind !== "prediction" || one.agreed)).toBe(true);
  });

  test("a drained pool: the exit keeps trying with pauses, tells a person, and sells when there is a price again", async () => {
    const { node, desk, lamports } = await world("drained");
    const { position, coin } = await openPosition(node, desk);
    const vault = node.poolAccounts(coin, coin.creator).poolQuoteTokenAccount;
    const full = node.chain.account(vault);
    if (full === null) throw new Error("no vault");
    const token = decodeTokenAccount(full.data);
    if (!token.ok) throw new Error(token.reason);
    node.chain.plant(vault, { ...full, data: encodeTokenAccount({ ...token.value, amount: 0n }) });
    const before = lamports();
    position.feed({ type: "close", nowMs: node.now() });
    for (let i = 0; i < 600; i++) {
      await desk.run();
      node.tick();
    }
    expect(position.live.position).toMatchObject({ status: "exiting", stuck: true });
    expect(position.live.position.attempts).toBeGreaterThan(5);
    expect(position.live.position.attempts).toBeLessThan(25);
    expect(position.effects.filter(({ type }) => type === "raise")[0]).toMatchObject({ code: "EXIT_STUCK" });
    expect(lamports()).toBe(before);
    node.chain.plant(vault, full);
    await runUntil(node, desk, () => isSettled(position.live.position));
    expect(position.effects.at(-2)).toMatchObject({ type: "clear", code: "EXIT_STUCK" });
    expect(lamports()).toBe(FUNDS - position.live.position.costLamports + position.live.position.proceedsLamports);
  });

  test("tokens that every provider misses are written off, and only then", async () => {
    const { node, desk, address } = await world("gone");
    const { position, coin } = await openPosition(node, desk);
    const account = associatedTokenAddress(address, coin.mint, coin.tokenProgram);
    node.chain.remove(account);
    position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => isSettled(position.live.position));
    expect(position.live.position).toMatchObject({ status: "closed", missing: 3, proceedsLamports: 0n });
    expect(position.effects.find(({ type }) => type === "raise")).toMatchObject({ code: "TOKENS_MISSING", cause: "past" });
    expect([...position.intents.values()].filter(({ side }) => side === "sell").every(({ signature }) => signature === null)).toBe(true);
  });

  test("a coin that is still on its curve is bought and sold there", async () => {
    const { node, desk, lamports } = await world("curve");
    const position = await curvePosition(node, desk);
    await runUntil(node, desk, () => position.live.position.status === "open");
    expect(position.live.intent?.prepared?.basis.venue).toBe("curve");
    sellOnCurve(node, position);
    await runUntil(node, desk, () => isSettled(position.live.position));
    expect(lamports()).toBe(FUNDS - position.live.position.costLamports + position.live.position.proceedsLamports);
    expect(desk.observations).toMatchObject([{ agreed: true }, { agreed: true }]);
  });
});
