import { describe, expect, test } from "vitest";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../solana/programs.ts";
import { judgeMessage } from "./policy.ts";
import { SAMPLE_KINDS, SAMPLE_POLICY, SAMPLE_WALLET, sampleAddress, sampleMessage } from "./sample-messages.ts";

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

describe("what a message may cost is counted in full", () => {
  const [quote, fee] = [500_000_000n, 105_000n];
  // Rents in lamports (solana-rent): a token account of 165 bytes, one of Token-2022, a volume accumulator, an account of 0 bytes.
  const [token, token2022, volume, empty] = [2_039_280n, 2_248_080n, 1_844_400n, 890_880n];
  test.each([
    ["pool-buy", TOKEN_2022_PROGRAM, false, "entry", quote + token2022 + 2n * token + volume],
    ["pool-buy", TOKEN_PROGRAM, false, "entry", quote + 3n * token + volume],
    ["pool-buy", TOKEN_2022_PROGRAM, true, "entry", quote + token2022 + 3n * token + volume],
    ["curve-buy", TOKEN_2022_PROGRAM, false, "entry", quote + token2022 + empty + volume],
    ["curve-buy-exact-in", TOKEN_PROGRAM, true, "entry", quote + token + empty + volume],
    ["pool-sell", TOKEN_2022_PROGRAM, false, "exit", 2n * token],
    ["pool-sell", TOKEN_2022_PROGRAM, true, "exit", 3n * token],
    ["curve-sell", TOKEN_2022_PROGRAM, true, "exit", empty],
    ["close", TOKEN_PROGRAM, false, "exit", 0n],
    ["sweep", TOKEN_PROGRAM, false, "sweep", quote],
  ] as const)("%s, %s, cashback %s: %s", (kind, tokenProgram, cashback, judgedAs, lamports) => {
    const mint = kind === "close" || kind === "sweep" ? null : sampleAddress(10);
    const judged = judgeMessage(sampleMessage(kind, { tokenProgram, cashback }), rules);
    expect(judged).toEqual({ ok: true, value: { kind: judgedAs, spendLamports: lamports + fee, feeLamports: fee, mint } });
    if (kind === "close" || kind === "sweep") return;
    const tipped = judgeMessage(sampleMessage(kind, { tokenProgram, cashback, tipLamports: 200_000n }), rules);
    const feeLamports = fee + 200_000n;
    expect(tipped).toEqual({ ok: true, value: { kind: judgedAs, spendLamports: lamports + feeLamports, feeLamports, mint } });
  });
});
