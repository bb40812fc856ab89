import { expect, test } from "vitest";
import { pathChange } from "./path-change.ts";

const sample = (baseReserves: string, quoteReservesLamports: string) => ({ atMs: 1, slot: 1, baseReserves, quoteReservesLamports });

test("last price against first; what broke off, is empty or has no price is unknown", () => {
  const samples = [sample("200", "100"), sample("1", "900"), sample("100", "100")];
  expect(pathChange({ complete: true, samples })).toBe(1);
  expect(pathChange({ complete: false, samples })).toBeNull();
  expect(pathChange({ complete: true, samples: [] })).toBeNull();
  expect(pathChange({ complete: true, samples: [sample("100", "0"), sample("100", "100")] })).toBeNull();
  expect(pathChange({ complete: true, samples: [sample("100", "100"), sample("0", "100")] })).toBeNull();
  expect(pathChange({ complete: true, samples: [sample("100", "100"), sample("100", "0")] })).toBe(-1);
});
