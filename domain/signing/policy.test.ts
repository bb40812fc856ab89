import { describe, expect, test } from "vitest";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../solana/programs.ts";
import { judgeMessage } from "./policy.ts";
import { SAMPLE_KINDS, SAMPLE_POLICY, SAMPLE_WALLET, sampleMessage } from "./sample-messages.ts";

const rules = { wallet: SAMPLE_WALLET, policy: SAMPLE_POLICY };

describe("what the engine builds is allowed", () => {
  for (const kind of SAMPLE_KINDS) {
    for (const tokenProgram of [TOKEN_PROGRAM, TOKEN_2022_PROGRAM]) {
      for (const cashback of [false, true]) {
        for (const tipLamports of [null, 200_000n]) {
          const options = { tokenProgram, cashback, tipLamports };
          test(`${kind}, ${tokenProgram.slice(0, 6)}, cashback ${cashback}, tip ${tipLamports}`, () => {
            const message = sampleMessage(kind, options);
            const judged = judgeMessage(message, rules);
            expect(judged).toMatchObject({ ok: true });
          });
        }
      }
    }
  }
});
