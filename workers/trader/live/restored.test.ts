import { describe, expect, test } from "vitest";
import { isSettled } from "../../../domain/trading/position-state.ts";
import { PARAMETERS } from "../../../domain/trading/test-fixtures.ts";
import type { TestPosition } from "./test-desk.ts";
import { FUNDS, runUntil, SIZE, world } from "./test-world.ts";

/** A position that can be set back to before its first signature; the signer and the chain cannot. */
async function planned(seed: string, parameters = PARAMETERS) {
  const parts = await world(seed);
  const { node, desk } = parts;
  const coin = node.addCoin();
  const position = await desk.open(coin, SIZE, parameters);
  if (position === null) throw new Error("not opened");
  const signatures = async () => {
    const history = await desk.parts.signer.history(0);
    return history.ok ? history.value.filter(({ signature }) => signature !== null).length : -1;
  };
  return { ...parts, coin, position, signatures, before: position.snapshot() };
}

function money({ live, effects }: TestPosition) {
  const { costLamports, proceedsLamports, sales, status } = live.position;
  const fills = effects.filter((effect) => effect.type === "journal" && effect.entry.kind === "fill").length;
  return { costLamports, proceedsLamports, sales, status, fills };
}

describe("a position that was restored to before its buy was signed", () => {
  test("takes up the buy that landed, signs nothing, and sells once", async () => {
    const { node, desk, position, before, signatures, lamports } = await planned("restored-open");
    await runUntil(node, desk, () => position.live.position.status === "open");
    const { costLamports, baseAmount } = position.live.position;
    position.restore(before);
    expect(position.live.position).toMatchObject({ status: "entering", costLamports: 0n });
    await runUntil(node, desk, () => position.live.position.status === "open");
    expect(position.live.position).toMatchObject({ costLamports, baseAmount });
    expect(await signatures()).toBe(1);
    position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => isSettled(position.live.position));
    expect(await signatures()).toBe(2);
    expect(lamports()).toBe(FUNDS - costLamports + position.live.position.proceedsLamports);
  });

  test("lives a life that is over once more, from the chain, without a signature", async () => {
    const { node, desk, coin, position, before, signatures, lamports } = await planned("restored-closed");
    await runUntil(node, desk, () => position.live.position.status === "open");
    position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => isSettled(position.live.position));
    const once = money(position);
    const wallet = lamports();
    position.restore(before);
    // The price moved, so that the first buy is not even prepared.
    node.trade(coin, { side: "buy", amount: 10_000_000_000n });
    await runUntil(node, desk, () => position.live.position.status === "open");
    position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => isSettled(position.live.position));
    expect(money(position)).toEqual({ ...once, fills: 4 });
    expect(lamports()).toBe(wallet);
    expect(await signatures()).toBe(2);
  });

  test.each(["cancel-entry", "close"] as const)("opens although its entry is given up (%s): the buy landed", async (type) => {
    const { node, desk, position, before, signatures, lamports } = await planned(`restored-${type}`);
    await runUntil(node, desk, () => position.live.position.status === "open");
    position.restore(before);
    position.feed({ type, nowMs: node.now() });
    await runUntil(node, desk, () => position.live.position.openedAtMs !== null);
    if (type === "cancel-entry") position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => isSettled(position.live.position));
    const { status, costLamports, proceedsLamports } = position.live.position;
    expect(status).toBe("closed");
    expect(lamports()).toBe(FUNDS - costLamports + proceedsLamports);
    expect(await signatures()).toBe(2);
  });

  test("waits until what was signed is past, and does not send it again", async () => {
    const { node, desk, position, before, signatures, lamports } = await planned("restored-lost");
    node.setFaults({ drop: 1 });
    await runUntil(node, desk, () => position.live.intent?.signature != null);
    position.restore(before);
    node.setFaults({});
    await runUntil(node, desk, () => position.live.intent?.signature != null);
    expect(position.live.intent).toMatchObject({ wireBase64: null, sends: 0 });
    await runUntil(node, desk, () => isSettled(position.live.position));
    expect([...position.intents.values()][0]).toMatchObject({ status: "expired", sends: 0 });
    expect(lamports()).toBe(FUNDS);
    expect(await signatures()).toBe(1);
  });

  test("waits for a signer that does not answer, and gives nothing up meanwhile", async () => {
    const { node, desk, position, before } = await planned("restored-deaf");
    await runUntil(node, desk, () => position.live.position.status === "open");
    position.restore(before);
    const { signer } = desk.parts;
    const deaf = async () => ({ ok: false, reason: "SIGNER_UNAVAILABLE" }) as const;
    Object.assign(desk.parts, { signer: { ...signer, signedFrom: deaf } });
    for (let i = 0; i < 200; i++) {
      await desk.run();
      node.tick();
    }
    expect(position.live).toMatchObject({ position: { status: "entering" }, intent: { status: "planned", reason: "SIGNER_UNAVAILABLE" } });
    Object.assign(desk.parts, { signer });
    await runUntil(node, desk, () => position.live.position.status === "open");
  });
});

describe("a position that was restored to before its sales were signed", () => {
  const LADDER = { ...PARAMETERS, ladderRungs: 3, ladderShareBps: 3_000, takeProfitConfirmMs: 400, trailingDeltaBps: 9_000 };

  test("a part that was sold stays a part, also where everything is to be sold now; the rest is sold once", async () => {
    const { node, desk, position, coin, lamports, signatures } = await planned("restored-parts", LADDER);
    await runUntil(node, desk, () => position.live.position.status === "open");
    const open = position.snapshot();
    node.trade(coin, { side: "buy", amount: 60_000_000_000n });
    await runUntil(node, desk, () => position.live.position.sales === 1);
    const { heldBase, proceedsLamports } = position.live.position;
    position.restore(open);
    position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => position.live.position.sales === 1);
    expect(position.live.position).toMatchObject({ status: "exiting", heldBase, proceedsLamports, rungs: 1 });
    await runUntil(node, desk, () => isSettled(position.live.position));
    const { costLamports, proceedsLamports: all } = position.live.position;
    expect(lamports()).toBe(FUNDS - costLamports + all);
    expect(await signatures()).toBe(3);
  });

  test("a sale under another number than the next one's is the next one", async () => {
    const { node, desk, position, lamports, signatures } = await planned("restored-numbers");
    await runUntil(node, desk, () => position.live.position.status === "open");
    const open = position.snapshot();
    const { signer } = desk.parts;
    // The first sale is refused, the second one is signed.
    const strict = async () => ({ ok: false, reason: "SIGN_BUDGET" }) as const;
    Object.assign(desk.parts, { signer: { ...signer, sign: strict } });
    position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => position.live.position.backOffs === 1);
    Object.assign(desk.parts, { signer });
    await runUntil(node, desk, () => isSettled(position.live.position));
    const { proceedsLamports, costLamports } = position.live.position;
    position.restore(open);
    position.feed({ type: "close", nowMs: node.now() });
    await runUntil(node, desk, () => isSettled(position.live.position));
    expect(position.live.position).toMatchObject({ status: "closed", proceedsLamports, sales: 1 });
    expect([...position.intents.values()].map(({ id, status }) => [id.split(":").slice(-2).join(), status])).toEqual([
      ["buy,1", "landed"],
      ["sell,1", "failed"],
      ["sell,2", "landed"],
    ]);
    expect(lamports()).toBe(FUNDS - costLamports + proceedsLamports);
    expect(await signatures()).toBe(2);
  });
});
