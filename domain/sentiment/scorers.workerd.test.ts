import { expect, test } from "vitest";
import golden from "../../models/sentiment-student.golden.json" with { type: "json" };
import { SCORERS } from "./scorers.ts";
import { plainVader } from "./test-vader.ts";

test("the student says in workerd what it says in Node", () => {
  for (const { text, ...expected } of golden) expect([text, SCORERS.student.score(text)]).toEqual([text, expected]);
});

test("VADER equals the plain rules in workerd", () => {
  for (const { text } of golden) expect([text, SCORERS.vader.score(text)]).toEqual([text, plainVader(text)]);
});
