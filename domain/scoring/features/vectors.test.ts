import { expect, test } from "vitest";
import { EXPECTED_HASH, hashOfVectors } from "./vector-hash.ts";

test("vectors are the same to the byte in Node and in the Worker", () => {
  expect(hashOfVectors()).toBe(EXPECTED_HASH);
});
