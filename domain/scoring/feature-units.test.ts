import { expect, test } from "vitest";
import { FEATURE_UNITS } from "./feature-units.ts";
import { FEATURE_NAMES, FEATURES } from "./features.ts";

test("every feature's unit is the table's", () => {
  expect(FEATURE_UNITS).toEqual(Object.fromEntries(FEATURE_NAMES.map((name) => [name, FEATURES[name].unit])));
});
