import { base58 } from "@scure/base";
import { describe, expect, test } from "vitest";
import type { Rpc, RpcResult } from "../../../adapters/rpc/client.ts";
import type { Sender } from "../../../adapters/rpc/sender.ts";
import { ok } from "../../../domain/result.ts";
import { isSettled } from "../../../domain/trading/position-state.ts";
import { PARAMETERS } from "../../../domain/trading/test-fixtures.ts";
import type { Address } from "../../../domain/units.ts";
import { type DeskParts, TestDesk } from "./test-desk.ts";
import { curvePosition, FUNDS, LAST_QUESTION, openPosition, runUntil, SIZE, sellOnCurve, world } from "./test-world.ts";

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
    expect([...(position?.intents.values() ?? [])]).toMatchObject([{ status: "expired", reason: "TX_EXPIRED" }, LAST_QUESTION]);
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

describe("a sale that cannot be prepared or signed", () => {
  test.each(["WALLET_MISSING", "SIGNER_UNAVAILABLE", "RPC_LAGGING"] as const)(
    "is told to a person, and sold in the end: %s",
    async (reason) => {
      const { node, desk: honest, lamports } = await world(`stuck-${reason}`);
      const parts: { -readonly [K in keyof DeskParts]: DeskParts[K] } = { ...honest.parts };
      const desk = new TestDesk(parts);
      const { position } = await openPosition(node, desk);
      const refusal = { ok: false, reason } as const;
      if (reason === "WALLET_MISSING") parts.wallet = null;
      if (reason === "SIGNER_UNAVAILABLE") parts.signer = { ...parts.signer, sign: async () => ({ ...refusal, reason }) };
      if (reason === "RPC_LAGGING") parts.rpc = { ...parts.rpc, getLatestBlockhash: async () => ({ ...refusal, reason }) };
      position.feed({ type: "close", nowMs: node.now() });
      const isTold = (type: "raise" | "clear") => position.effects.some((effect) => effect.type === type && effect.code === "EXIT_STUCK");
      // Two minutes of slots.
      await runUntil(node, desk, () => isTold("raise"), 300);
      expect(position.live.position.status).toBe("exiting");
      Object.assign(parts, honest.parts);
      await runUntil(node, desk, () => isSettled(position.live.position), 300);
      expect(isTold("clear")).toBe(true);
      expect(lamports()).toBe(FUNDS - position.live.position.costLamports + position.live.position.proceedsLamports);
    },
  );
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

describe("a buy that was held for expired and landed", () => {
  /** Both providers hide it until the first attempt counts as expired, and longer if `isHidden`. */
  async function lateWorld(seed: string, isHidden: boolean) {
    const { node, desk, lamports } = await world(seed);
    const plan = (await desk.open(node.addCoin(), SIZE, PARAMETERS))?.live.position.plan;
    if (plan === undefined) throw new Error("not opened");
    desk.positions.length = 0;
    const endsMs = node.now() + 600_000;
    const position = desk.host({ ...plan, signal: { ...plan.signal, expiresAtMs: endsMs }, entryDeadlineMs: endsMs });
    for (const provider of [1, 2] as const) node.setProvider(provider, { hidesTransactions: true });
    await runUntil(node, desk, () => position.live.intent?.status === "expired");
    expect(lamports()).toBeLessThan(FUNDS);
    if (!isHidden) for (const provider of [1, 2] as const) node.setProvider(provider, {});
    await runUntil(node, desk, () => position.live.position.status !== "entering");
    return { position, lamports, observations: desk.observations };
  }

  test("is booked in place of the next attempt, and a person is told", async () => {
    const { position, lamports, observations } = await lateWorld("late-landing", false);
    expect(position.live.position).toMatchObject({ status: "open", attempts: 0 });
    expect(FUNDS - lamports()).toBe(position.live.position.costLamports);
    const [first, second] = [...position.intents.values()];
    expect([first?.status, second?.status, second?.signature]).toEqual(["expired", "landed", first?.signature]);
    expect(position.effects.filter(({ type }) => type === "raise")).toMatchObject([{ code: "ALREADY_HELD", cause: "past" }]);
    expect(observations.at(-1)).toMatchObject({ kind: "prediction", intentId: first?.id, agreed: true });
  });

  test("and that nobody shows is an incident", async () => {
    const { position } = await lateWorld("late-hidden", true);
    expect(position.live.position).toMatchObject({ status: "abandoned", reason: "ALREADY_HELD" });
    expect(position.effects.filter(({ type }) => type === "raise")).toMatchObject([{ code: "ALREADY_HELD", cause: "past" }]);
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

/** A `getTransaction` answer that shows a higher fee. */
function dearer(reply: RpcResult<unknown>, isLying: boolean): RpcResult<unknown> {
  if (!reply.ok || reply.value === null || !isLying) return reply;
  const shown = reply.value as { readonly meta: { readonly fee: number } };
  return ok({ ...shown, meta: { ...shown.meta, fee: shown.meta.fee + 1 } });
}
