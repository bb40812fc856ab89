import { expect, test } from "vitest";
import { TtlCache } from "./ttl-cache.ts";

test("a value lives for its time, the oldest goes first, and a clock set back trusts nothing", () => {
  const cache = new TtlCache<number>(100, 2);
  cache.set("a", 1, 1_000);
  expect([cache.get("a", 1_099), cache.get("a", 1_100), cache.get("b", 1_000)]).toEqual([1, undefined, undefined]);
  for (const [i, key] of ["a", "b", "c"].entries()) cache.set(key, i, 1_000);
  expect([cache.get("a", 1_000), cache.get("b", 1_000), cache.get("c", 1_000)]).toEqual([undefined, 1, 2]);
  expect(cache.get("b", 999)).toBeUndefined();
});
