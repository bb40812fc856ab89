import { expect, test } from "vitest";
import type { AccountInfo } from "../../adapters/rpc/client.ts";
import { type SampleChanges, sampleAddress, sampleToken } from "../../domain/safety/sample-token.ts";
import { SAMPLE_CANDIDATE, SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { builtinParameters } from "../../domain/trading/parameters.ts";
import { accountAddresses, amountOf, judgeAccounts } from "./accounts.ts";

/** A mint with pump's vanity suffix. */
const VANITY = "ELJFma9JzJfLWbc2fBSXPMAExayXoTr2LUNJLbPpump";

function judge(changes: SampleChanges, ...without: ReadonlyArray<"curve" | "pool">) {
  const token = sampleToken({ address: VANITY, ...changes });
  const graduation = { ...SAMPLE_CANDIDATE.graduation, mint: token.mint, pool: token.pool, bondingCurve: token.curve };
  const missing = new Set(without.map((name) => token[name]));
  const read = (address: string): AccountInfo | null => {
    const account = token.accounts.get(address);
    return account === undefined || missing.has(address) ? null : { ...account, lamports: 1n };
  };
  const verdict = judgeAccounts({ ...SAMPLE_CANDIDATE, graduation }, read, builtinParameters("default"), SAMPLE_OBSERVATIONS.asOfMs);
  return verdict.gates.map(({ severity, code }) => `${severity} ${code}`);
}

test("a coin of pump's is known by its curve or by its canonical pool; with neither its suffix is a lie", () => {
  expect(judge({})).toEqual([]);
  expect(judge({}, "curve")).toEqual([]);
  expect(judge({}, "pool")).toEqual(["hard POOL_UNAVAILABLE"]);
  expect(judge({}, "curve", "pool")).toEqual(["hard POOL_UNAVAILABLE", "hard TOKEN_IMPOSTOR"]);
  expect(judge({ pool: { creator: sampleAddress(66) } }, "curve")).toEqual(["hard POOL_NOT_CANONICAL", "hard TOKEN_IMPOSTOR"]);
});

test("everything that is judged is asked for in one call", () => {
  const addresses = accountAddresses(SAMPLE_CANDIDATE);
  const token = sampleToken();
  for (const address of token.accounts.keys()) expect(addresses).toContain(address);
  expect(new Set(addresses).size).toBe(addresses.length);
});

test("an account that does not exist holds nothing, an unreadable one an unknown amount", () => {
  expect(amountOf("none")).toBe(0n);
  expect(amountOf(null)).toBeNull();
  expect(amountOf({ owner: "x", lamports: 1n, data: new Uint8Array(10) })).toBeNull();
});
