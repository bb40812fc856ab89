import { base58 } from "@scure/base";
import { describe, expect, test } from "vitest";
import { localSigner } from "../../../adapters/local-signer.ts";
import type { Rpc, RpcResult } from "../../../adapters/rpc/client.ts";
import { createProviders } from "../../../adapters/rpc/providers.ts";
import { createSender, type Sender } from "../../../adapters/rpc/sender.ts";
import { walletFromSecret } from "../../../adapters/wallet-key.ts";
import { ok } from "../../../domain/result.ts";
import { SAMPLE_POLICY } from "../../../domain/signing/sample-messages.ts";
import { associatedTokenAddress } from "../../../domain/solana/address.ts";
import { TOKEN_2022_PROGRAM } from "../../../domain/solana/programs.ts";
import { decodeTokenAccount, encodeTokenAccount, plainTokenAccount } from "../../../domain/solana/token.ts";
import { isSettled, type PositionEffect } from "../../../domain/trading/position-state.ts";
import { PARAMETERS } from "../../../domain/trading/test-fixtures.ts";
import type { Address } from "../../../domain/units.ts";
import { type TestCoin, tokenAmount } from "../../../localnet/testing/coins.ts";
import { createTestNode, NODE_START, type TestNode } from "../../../localnet/testing/node.ts";
import { TestDesk, type TestPosition } from "./test-desk.ts";
import { testSecret } from "./test-wallet.ts";

const SIZE = 100_000_000n;
const FUNDS = 5_000_000_000n;

async function world(seed: string, withSender = false) {
  const node = createTestNode({ seed });
  const secretKey = testSecret(seed);
  const wallet = await walletFromSecret(secretKey);
  if (!wallet.ok) throw new Error(wallet.reason);
  const { address } = wallet.value;
  node.fund(address, FUNDS);
  for (const tipAccount of SAMPLE_POLICY.tipAccounts) node.fund(tipAccount, 1_000_000_000n);
  const providers = createProviders({
    urls: ["http://node.test/rpc", "http://node.test/rpc2"],
    genesis: null,
    fetch: node.fetch,
    now: node.now,
  });
  const desk = new TestDesk({
    rpc: providers.rpc,
    providers: providers.all,
    sender: withSender ? createSender({ url: "http://node.test/sender", fetch: node.fetch }) : null,
    signer: localSigner({ secretKey, policy: SAMPLE_POLICY, nowMs: node.now }),
    wallet: { address, tipAccounts: SAMPLE_POLICY.tipAccounts },
    now: node.now,
    crashes: null,
  });
  return { node, desk, address, lamports: () => node.chain.account(address)?.lamports ?? 0n };
}

async function runUntil(node: TestNode, desk: TestDesk, holds: () => boolean, maxTicks = 400): Promise<void> {
  for (let i = 0; i < maxTicks && !holds(); i++) {
    await desk.run();
    node.tick();
  }
  if (!holds())
    throw new Error(
      `waited in vain; ${JSON.stringify(desk.positions.map(({ live }) => [live.position.status, live.intent?.status, live.intent?.reason, live.intent?.detail]))}`,
    );
}

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
      { kind: "intent", status: "planned", side: "buy" },
      { kind: "intent", status: "signed" },
      { kind: "intent", status: "sent" },
      { kind: "intent", status: "landed" },
      { kind: "position", status: "open" },
      { kind: "fill", side: "buy" },
      { kind: "position", status: "exiting" },
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
    expect([...(position?.intents.values() ?? [])]).toMatchObject([{ status: "expired", reason: "TX_EXPIRED" }]);
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

describe("sends that take longer than the pause between them", () => {
  /** Ways in that answer after about three seconds, the Sender's and the RPC node's. */
  async function slowWorld(seed: string) {
    const { node, desk, lamports } = await world(seed, true);
    const slow = (send: Rpc["sendTransaction"]): Rpc["sendTransaction"] => {
      return async (wireBase64) => {
        const answer = await send(wireBase64);
        node.tick(8);
        return answer;
      };
    };
    const { rpc, sender } = desk.parts;
    if (sender === null) throw new Error("no sender");
    const parts = {
      ...desk.parts,
      rpc: { ...rpc, sendTransaction: slow(rpc.sendTransaction) },
      sender: { sendTransaction: slow(sender.sendTransaction) },
    };
    return { node, desk: new TestDesk(parts), lamports };
  }

  test("landing is seen", async () => {
    const { node, desk, lamports } = await slowWorld("slow-send");
    const position = await desk.open(node.addCoin(), SIZE, PARAMETERS);
    await runUntil(node, desk, () => position?.live.position.status === "open", 20);
    expect(FUNDS - lamports()).toBe(position?.live.position.costLamports);
  });

  test("expiry is seen, although the host dies between any two steps", async () => {
    const { node, desk, lamports } = await slowWorld("slow-expiry");
    node.setFaults({ drop: 1 });
    const position = await desk.open(node.addCoin(), SIZE, PARAMETERS);
    await runUntil(node, desk, () => {
      position?.restart();
      return desk.isSettled();
    });
    expect([...(position?.intents.values() ?? [])]).toMatchObject([{ status: "expired", reason: "TX_EXPIRED" }]);
    expect(lamports()).toBe(FUNDS);
  });

  test("without a tip the bytes go to the RPC node, since the Sender drops them", async () => {
    const { node, desk, address } = await world("no-tip", true);
    const wallet = { address, tipAccounts: [] };
    const sent: string[] = [];
    const sender: Sender = {
      sendTransaction: async (wireBase64) => {
        sent.push(wireBase64);
        return { ok: false, reason: "RPC_UNAVAILABLE" };
      },
    };
    const untipped = new TestDesk({ ...desk.parts, wallet, sender });
    const position = await untipped.open(node.addCoin(), SIZE, PARAMETERS);
    await runUntil(node, untipped, () => position?.live.position.status === "open", 20);
    expect(sent).toEqual([]);
  });
});

describe("nodes that tell something else", () => {
  test("two that show the transaction with different fees: nothing is booked and a person is told, until they agree", async () => {
    const { node, desk, lamports } = await world("contradiction");
    let isLying = true;
    const providers = desk.parts.providers.map(({ name, rpc }, index) => ({
      name,
      rpc: { ...rpc, getTransaction: async (signature: string) => dearer(await rpc.getTransaction(signature), isLying && index === 1) },
    }));
    const doubting = new TestDesk({ ...desk.parts, providers });
    const position = await doubting.open(node.addCoin(), SIZE, PARAMETERS);
    const raised = () => position?.effects.find(({ type }) => type === "raise");
    await runUntil(node, doubting, () => raised() !== undefined, 30);
    expect(raised()).toMatchObject({ code: "RPC_DISAGREEMENT", cause: "lasts" });
    for (let i = 0; i < 20; i++) {
      await doubting.run();
      node.tick();
    }
    expect(position?.live.position.status).toBe("entering");
    isLying = false;
    await runUntil(node, doubting, () => position?.live.position.status === "open", 60);
    expect(FUNDS - lamports()).toBe(position?.live.position.costLamports);
    expect(position?.effects.some((effect) => effect.type === "clear" && effect.code === "RPC_DISAGREEMENT")).toBe(true);
  });

  test("one that has the transaction is enough while the other does not answer", async () => {
    const { node, desk, lamports } = await world("one-shows");
    const providers = desk.parts.providers.map(({ name, rpc }, index) => ({
      name,
      rpc: index === 0 ? { ...rpc, getTransaction: async () => ({ ok: false, reason: "RPC_UNAVAILABLE" }) as const } : rpc,
    }));
    const halved = new TestDesk({ ...desk.parts, providers });
    const position = await halved.open(node.addCoin(), SIZE, PARAMETERS);
    await runUntil(node, halved, () => position?.live.position.status === "open", 30);
    expect(FUNDS - lamports()).toBe(position?.live.position.costLamports);
  });

  test("a blockhash that is said to live for ever is not used", async () => {
    const { node, desk } = await world("undying");
    const { rpc } = desk.parts;
    const getLatestBlockhash: Rpc["getLatestBlockhash"] = async () => {
      const reply = await rpc.getLatestBlockhash();
      return reply.ok ? ok({ ...reply.value, lastValidBlockHeight: reply.value.lastValidBlockHeight + 100_000 }) : reply;
    };
    const believing = new TestDesk({ ...desk.parts, rpc: { ...rpc, getLatestBlockhash } });
    const position = await believing.open(node.addCoin(), SIZE, PARAMETERS);
    for (let i = 0; i < 5; i++) {
      await believing.run();
      node.tick();
    }
    expect(position?.live.intent).toMatchObject({ status: "planned", reason: "RPC_DISAGREEMENT", prepared: null });
  });
});

describe("transactions that show something new", () => {
  type Shown = { readonly transaction: { readonly message: object }; readonly meta: Meta };
  interface Meta {
    readonly logMessages: readonly string[];
    readonly innerInstructions: ReadonlyArray<{ readonly instructions: ReadonlyArray<{ readonly data: string }> }>;
    readonly postBalances: readonly number[];
    readonly preTokenBalances: readonly Balance[];
    readonly postTokenBalances: readonly Balance[];
  }
  interface Balance {
    readonly owner: string;
    readonly uiTokenAmount: { readonly amount: string };
  }

  /** A desk whose nodes show every transaction's meta with `change` applied. */
  async function changedWorld(seed: string, change: (meta: Meta, wallet: Address) => Meta) {
    const { node, desk, lamports, address } = await world(seed);
    const providers = desk.parts.providers.map(({ name, rpc }) => {
      const getTransaction: Rpc["getTransaction"] = async (signature) => {
        const reply = await rpc.getTransaction(signature);
        if (!reply.ok || reply.value === null) return reply;
        const shown = reply.value as Shown;
        return ok({ ...shown, meta: change(shown.meta, address) });
      };
      return { name, rpc: { ...rpc, getTransaction } };
    });
    return { node, desk: new TestDesk({ ...desk.parts, providers }), lamports };
  }

  const withoutEvents = (meta: Meta): Meta => ({ ...meta, innerInstructions: [], logMessages: [] });
  /** Events keep their discriminator and lose their fields. */
  const withOtherEvents = (meta: Meta): Meta => ({
    ...meta,
    logMessages: [],
    innerInstructions: meta.innerInstructions.map((group) => ({
      ...group,
      instructions: group.instructions.map((one) => {
        const data = base58.decode(one.data);
        return data.length > 64 ? { ...one, data: base58.encode(data.subarray(0, 20)) } : one;
      }),
    })),
  });
  const ourTokensOnly = (meta: Meta, wallet: Address): Meta => {
    const ours = (list: readonly Balance[]) => list.filter(({ owner }) => owner === wallet);
    return { ...withoutEvents(meta), preTokenBalances: ours(meta.preTokenBalances), postTokenBalances: ours(meta.postTokenBalances) };
  };

  test.each([
    ["the curve's events are gone", "curve", withoutEvents],
    ["the curve's events have another layout", "curve", withOtherEvents],
    ["the pool's own balances are not shown", "pool", ourTokensOnly],
  ] as const)("%s: what moved is booked all the same, and not as predicted", async (name, venue, change) => {
    const { node, desk, lamports } = await changedWorld(name, change);
    const position = venue === "curve" ? await curvePosition(node, desk) : await desk.open(node.addCoin(), SIZE, PARAMETERS);
    if (position === null) throw new Error("not opened");
    await runUntil(node, desk, () => position.live.position.status === "open", 60);
    expect(FUNDS - lamports()).toBe(position.live.position.costLamports);
    expect(position.live.position.entryQuoteReservesLamports).toBeGreaterThan(0n);
    expect(position.live.intent?.booking).toMatchObject({ expected: null, differences: ["not computable"] });
    if (venue === "curve") sellOnCurve(node, position);
    else position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => isSettled(position.live.position), 60);
    expect(lamports()).toBe(FUNDS - position.live.position.costLamports + position.live.position.proceedsLamports);
    expect(desk.observations.filter(({ kind }) => kind === "prediction")).toMatchObject([{ agreed: false }, { agreed: false }]);
  });

  test("a sale that cost more than it brought is booked at that", async () => {
    let taken = 0;
    const { node, desk, lamports } = await changedWorld("dear-sale", (meta) => {
      return { ...meta, postBalances: meta.postBalances.map((balance, index) => (index === 0 ? balance - taken : balance)) };
    });
    const { position } = await openPosition(node, desk);
    taken = 1_000_000_000;
    position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => isSettled(position.live.position), 60);
    const { costLamports, proceedsLamports } = position.live.position;
    expect(proceedsLamports).toBeLessThan(0n);
    expect(lamports() - BigInt(taken)).toBe(FUNDS - costLamports + proceedsLamports);
    expect(desk.observations.at(-1)).toMatchObject({ kind: "prediction", agreed: false });
  });

  test("a buy that landed and brought nothing ends at what it cost; nodes without token balances end nothing", async () => {
    let isBlind = true;
    const { node, desk, lamports } = await changedWorld("brought-nothing", (meta, wallet) => {
      const none = (balance: Balance) =>
        balance.owner === wallet ? { ...balance, uiTokenAmount: { ...balance.uiTokenAmount, amount: "0" } } : balance;
      return { ...meta, preTokenBalances: [], postTokenBalances: isBlind ? [] : meta.postTokenBalances.map(none) };
    });
    const position = await desk.open(node.addCoin(), SIZE, PARAMETERS);
    for (let i = 0; i < 40; i++) {
      await desk.run();
      node.tick();
    }
    expect(position?.live.position.status).toBe("entering");
    isBlind = false;
    await runUntil(node, desk, () => desk.isSettled(), 60);
    expect(position?.live.position).toMatchObject({ status: "abandoned", reason: "TX_MOVED_NOTHING" });
    expect(position?.live.position.costLamports).toBe(FUNDS - lamports());
    expect(desk.observations.at(-1)).toMatchObject({ kind: "prediction", agreed: false });
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

/** A position that buys a coin which is still on its curve. */
async function curvePosition(node: TestNode, desk: TestDesk): Promise<TestPosition> {
  const coin = node.addCoin({ stage: "curve" });
  const graduated = await desk.open(node.addCoin(), SIZE, PARAMETERS);
  if (graduated === null) throw new Error("not opened");
  const { plan } = graduated.live.position;
  desk.positions.length = 0;
  const signal = { ...plan.signal, mint: coin.mint, pool: coin.pool };
  const keys = { ...plan.keys, mint: coin.mint, pool: coin.pool };
  return desk.host({ ...plan, positionId: "live-A-curve", signal, keys, minBaseOut: 1n });
}

/** The pool cannot be read, so no mark comes: a mark decides to sell. */
function sellOnCurve(node: TestNode, position: TestPosition): void {
  position.feed({ type: "close", nowMs: node.now() });
  const fees = { lpBps: 0n, protocolBps: 0n, creatorBps: 0n };
  const market = { baseReserves: 1_000_000n, quoteReservesLamports: 1_000_000n, fees, slot: node.slot(), atMs: node.now() };
  position.feed({ type: "market", nowMs: node.now(), market });
}

async function openPosition(node: TestNode, desk: TestDesk): Promise<{ position: TestPosition; coin: TestCoin }> {
  const coin = node.addCoin();
  const position = await desk.open(coin, SIZE, PARAMETERS);
  if (position === null) throw new Error("not opened");
  await runUntil(node, desk, () => position.live.position.status === "open");
  return { position, coin };
}

/** A `getTransaction` answer that shows a higher fee. */
function dearer(reply: RpcResult<unknown>, isLying: boolean): RpcResult<unknown> {
  if (!reply.ok || reply.value === null || !isLying) return reply;
  const shown = reply.value as { readonly meta: { readonly fee: number } };
  return ok({ ...shown, meta: { ...shown.meta, fee: shown.meta.fee + 1 } });
}

/** Writes the wallet's account of a coin, as if somebody had sent tokens. */
function plantTokens(node: TestNode, coin: TestCoin, owner: Address, amount: bigint, like?: Address): void {
  const account = associatedTokenAddress(owner, coin.mint, coin.tokenProgram);
  const template = node.chain.account(account) ?? node.chain.account(like ?? account);
  if (template === null) throw new Error("no account to copy");
  const data = encodeTokenAccount(plainTokenAccount(coin.mint, owner, amount, coin.tokenProgram === TOKEN_2022_PROGRAM));
  node.chain.plant(account, { ...template, owner: coin.tokenProgram, data });
}
