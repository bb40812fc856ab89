import { describe, expect, test } from "vitest";
import type { Rpc, SignatureInfo } from "../../adapters/rpc/client.ts";
import { ok, refuse } from "../../domain/result.ts";
import { readTokenHistory } from "./history.ts";

const NOW_MS = 1_790_000_000_000;
const LIMITS = { maxTokenAgeMs: 86_400_000, minTradeCount: 20 };

/** A curve with `count` transactions, one every `stepMs`, the newest just now; newest first. */
function curve(count: number, stepMs: number, failedEvery = 0): SignatureInfo[] {
  return Array.from({ length: count }, (_, i) => ({
    signature: `s${i}`,
    slot: 1_000_000 - i,
    blockTimeMs: NOW_MS - i * stepMs,
    failed: failedEvery > 0 && i % failedEvery === 0,
  }));
}

function rpcOver(rows: readonly SignatureInfo[]): { rpc: Rpc; calls: () => number } {
  let calls = 0;
  const getSignaturesForAddress: Rpc["getSignaturesForAddress"] = async (_address, options = {}) => {
    calls += 1;
    const start = options.before === undefined ? 0 : rows.findIndex((row) => row.signature === options.before) + 1;
    return ok(rows.slice(start, start + (options.limit ?? 1_000)));
  };
  return { rpc: { getSignaturesForAddress } as unknown as Rpc, calls: () => calls };
}

describe("token history", () => {
  test("counts successful trades without creation and migration, and dates by the oldest row", async () => {
    const { rpc } = rpcOver(curve(102, 1_000, 51));
    const history = await readTokenHistory(rpc, "curve", NOW_MS, LIMITS);
    expect(history).toEqual({ ok: true, value: { createdAtMs: NOW_MS - 101_000, ageMs: 101_000, tradeCount: 98 } });
  });

  test("walks pages to the beginning", async () => {
    const { rpc, calls } = rpcOver(curve(2_500, 1_000));
    const history = await readTokenHistory(rpc, "curve", NOW_MS, LIMITS);
    expect(history).toMatchObject({ ok: true, value: { tradeCount: 2_498, ageMs: 2_499_000 } });
    expect(calls()).toBe(3);
  });

  test("an old token is refused as soon as a page shows it", async () => {
    const { rpc, calls } = rpcOver(curve(5_000, 100_000));
    expect(await readTokenHistory(rpc, "curve", NOW_MS, LIMITS)).toMatchObject({ ok: false, reason: "TOKEN_TOO_OLD" });
    expect(calls()).toBe(1);
  });

  test("unknown is refused, never assumed", async () => {
    expect(await readTokenHistory(rpcOver([]).rpc, "curve", NOW_MS, LIMITS)).toMatchObject({ reason: "TRADES_UNKNOWN" });
    const undated = curve(30, 1_000).map((row) => ({ ...row, blockTimeMs: null }));
    expect(await readTokenHistory(rpcOver(undated).rpc, "curve", NOW_MS, LIMITS)).toMatchObject({ reason: "TOKEN_AGE_UNKNOWN" });
    expect(await readTokenHistory(rpcOver(curve(9_000, 1)).rpc, "curve", NOW_MS, LIMITS)).toMatchObject({ reason: "TOKEN_AGE_UNKNOWN" });
  });

  test.each([
    [21, "TOO_FEW_TRADES"],
    [22, null],
  ])("%i rows give %s", async (rows, reason) => {
    const history = await readTokenHistory(rpcOver(curve(rows, 1_000)).rpc, "curve", NOW_MS, LIMITS);
    expect(history.ok ? null : history.reason).toBe(reason);
  });

  test("an RPC fault throws, so that the stage is tried again", async () => {
    const rpc = { getSignaturesForAddress: async () => refuse("RPC_UNAVAILABLE") } as unknown as Rpc;
    await expect(readTokenHistory(rpc, "curve", NOW_MS, LIMITS)).rejects.toThrow("RPC_UNAVAILABLE");
  });
});
