import { expect, test } from "vitest";
import { chiSquare1UpperTail, erfc, normalCdf, normalMass, normalQuantile, studentQuantile } from "./normal.ts";

test.each([
  [-3.5, 1.9999992569016276],
  [-2.3, 1.9988568234026434],
  [-2.1, 1.997020533343667],
  [-1, 1.842700792949715],
  [-0.3, 1.3286267594591274],
  [0.5, 0.4795001221869535],
  [1, 0.15729920705028513],
  [2.1, 0.002979466656332984],
  [2.19, 0.0019540567571985426],
  [2.21, 0.0017755620240656313],
  [2.5, 0.0004069520174449589],
  [3, 2.2090496998585438e-5],
  [4, 1.541725790028002e-8],
  [6, 2.1519736712498916e-17],
  [6.1, 6.314602150193718e-18],
  [10, 2.088487583762545e-45],
  [20, 5.3958656116079005e-176],
  [26, 5.663192408856143e-296],
])("erfc(%d) as the C library has it", (x, expected) => {
  expect(Math.abs(erfc(x) / expected - 1)).toBeLessThan(2e-13);
});

test("masses keep their precision in the tails", () => {
  expect(normalCdf(0)).toBe(0.5);
  expect(normalMass(-1, 1)).toBeCloseTo(0.6826894921370859, 14);
  // Upper tail beyond 8 and 9 standard deviations: 6.2209605742718e-16 and 1.1285884059538e-19.
  expect(normalMass(8, 9) / 6.219831985865826e-16 - 1).toBeCloseTo(0, 9);
  expect(normalMass(-9, -8)).toBe(normalMass(8, 9));
});

test("chi-square with one degree of freedom: the usual 5 % and 1 % points", () => {
  expect(chiSquare1UpperTail(3.841458820694124)).toBeCloseTo(0.05, 12);
  expect(chiSquare1UpperTail(6.6348966010212145)).toBeCloseTo(0.01, 12);
  expect(chiSquare1UpperTail(0)).toBe(1);
});

test("quantiles of the tables", () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 9);
  expect(normalQuantile(0.05)).toBeCloseTo(-1.6448536269514722, 9);
  expect(studentQuantile(0.975, 10)).toBeCloseTo(2.2281388519, 3);
  expect(studentQuantile(0.95, 4)).toBeCloseTo(2.1318467863, 2);
  expect(studentQuantile(0.99, 1e9)).toBeCloseTo(2.326347874, 6);
});
