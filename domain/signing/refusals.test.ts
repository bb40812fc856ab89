import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { REASONS } from "../reasons.ts";
import { ACCOUNT_CASES } from "./refusals/account-cases.ts";
import { type Case, judgeCase } from "./refusals/changes.ts";
import { INSTRUCTION_CASES } from "./refusals/instruction-cases.ts";
import { LIMIT_CASES } from "./refusals/limit-cases.ts";
import { MESSAGE_CASES } from "./refusals/message-cases.ts";
import { STEP_CASES } from "./refusals/step-cases.ts";

const TABLES: Readonly<Record<string, readonly Case[]>> = {
  "the message": MESSAGE_CASES,
  "programs and instructions": INSTRUCTION_CASES,
  "accounts of a trade": ACCOUNT_CASES,
  "steps of a message": STEP_CASES,
  limits: LIMIT_CASES,
};
/** Codes of the signer's store and budget: signer-refusals.test.ts. */
const JUDGED_ELSEWHERE = ["SIGN_BUDGET", "SIGN_RATE", "SIGN_INTENT_REUSED", "SIGN_POSITION_AHEAD", "SIGN_COIN_TAKEN"];

function sourceOf(file: string): string {
  return readFileSync(fileURLToPath(new URL(file, import.meta.url).href), "utf8");
}

/** Refusals that were seen, as code and detail. */
const seen: string[] = [];

for (const [title, cases] of Object.entries(TABLES)) {
  describe(title, () => {
    test.each(cases.map((one) => [one.kind, one.rule, one] as const))("%s: %s", (_kind, _rule, one) => {
      const { before, after } = judgeCase(one);
      expect(before).toMatchObject({ ok: true });
      if (one.reason === null) {
        expect(after).toMatchObject({ ok: true });
        return;
      }
      const detail = one.detail === null ? {} : { detail: expect.stringContaining(one.detail) };
      expect(after).toEqual({ ok: false, reason: one.reason, ...detail });
      seen.push(`${one.reason}: ${one.detail ?? ""}`);
    });
  });
}

describe("the tables are complete", () => {
  test("every code of the signer has rows", () => {
    const codes = Object.keys(REASONS).filter((code) => code.startsWith("SIGN_") && !JUDGED_ELSEWHERE.includes(code));
    expect(codes.length).toBeGreaterThan(10);
    for (const code of codes) expect(seen.filter((refusal) => refusal.startsWith(code)).length, code).toBeGreaterThan(0);
  });

  test("every refusal that the source words has a row that meets it", () => {
    let found = 0;
    for (const file of ["policy.ts", "decode-message.ts"]) {
      const source = sourceOf(file);
      for (const [, code = "", detail = ""] of source.matchAll(/refuse\("(SIGN_[A-Z_]+)"(?:, "([^"]+)")?/g)) {
        found++;
        expect(
          seen.some((refusal) => refusal.startsWith(code) && refusal.includes(detail)),
          `${file}: ${code} ${detail}`,
        ).toBe(true);
      }
    }
    expect(found).toBeGreaterThan(25);
  });

  test("every account of a trade that the source takes has a row that meets it", () => {
    const source = sourceOf("trade-accounts.ts");
    const names = [...source.matchAll(/(?:list\.take|takeRecipient)\("([^"]+)"/g)].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(30);
    for (const name of names)
      expect(
        seen.some((refusal) => refusal.includes(`: ${name} is`)),
        name,
      ).toBe(true);
  });
});
