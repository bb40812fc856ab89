import { expect, test } from "vitest";
import { sectorOf } from "./market.ts";

test.each([
  ["Good Doge", "DOGE", "dogs"],
  ["Popcat 2", "PC", "cats"],
  ["Pepe the Frog", "PEPE", "frogs"],
  ["Thing", "AI", "ai"],
  ["Agent Smith", "SMITH", "ai"],
  ["Trump Dog", "TD", "politics"],
  ["Fair", "FAIR", "rest"],
  ["", "", "rest"],
  ["x".repeat(99_999), "dog", "dogs"],
  [`${"x".repeat(100)}dog`, "", "rest"],
])("%s (%s) belongs to %s", (name, symbol, sector) => {
  expect(sectorOf(name, symbol)).toBe(sector);
});
