import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { localSigner } from "../../adapters/local-signer.ts";
import { sampleWallet } from "../../adapters/sample-wallet.ts";
import { keyOf } from "./keys.ts";
import { memoryStore } from "./memory-store.ts";
import { SAMPLE_POLICY, type SampleKind, type SampleOptions, sampleMessage } from "./sample-messages.ts";
import { createSigner } from "./signer.ts";
import { MAX_MEMO_CHARS, type SignerPolicy, type SignerPort, type SignRequest } from "./types.ts";

const SEED = Number(process.env["SEED"] ?? 20261121);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const seed = new Uint8Array(32).fill(9);
const { address: wallet, secretKey } = await sampleWallet(seed);
const publicBytes = keyOf(wallet).bytes;

/** Base fee and 250,000 units at 0.4 lamports; rents of a pool buy beside its quote. */
const FEE = 105_000n;
const RENTS = 2_248_080n + 2n * 2_039_280n + 1_844_400n;
const QUOTE = 500_000_000n;
const ENTRY = QUOTE + FEE + RENTS;

interface Bench {
  readonly signer: SignerPort;
  readonly sign: (kind?: SampleKind, options?: Partial<SampleOptions>, intentId?: string, after?: string | null) => Promise<string>;
  readonly pass: (ms: number) => void;
}

/** A signer at a clock of its own; `sign` tells "signed" or the reason, each time for a new intent unless told. */
function bench(policy: Partial<SignerPolicy> = {}, secret = secretKey): Bench {
  let nowMs = 1_000 * DAY_MS;
  let intents = 0;
  const signer = localSigner({ secretKey: secret, policy: { ...SAMPLE_POLICY, ...policy }, nowMs: () => nowMs });
  const sign: Bench["sign"] = async (kind = "pool-buy", options = {}, intentId = `intent-${intents++}`, after = null) => {
    const message = sampleMessage(kind, { wallet, quoteLamports: QUOTE, ...options });
    const result = await signer.sign({ intentId, message, after, memo: `memo of ${intentId}` });
    return result.ok ? "signed" : result.reason;
  };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { signer, sign, pass };
}

async function repeated(times: number, sign: () => Promise<string>): Promise<string[]> {
  const outcomes: string[] = [];
  for (let i = 0; i < times; i++) outcomes.push(await sign());
  return outcomes;
}

const UNLIMITED: Partial<SignerPolicy> = {
  entryHourLamports: 10n ** 18n,
  entryDayLamports: 10n ** 18n,
  entrySignaturesPerHour: 1_000,
  entrySignaturesPerDay: 1_000,
};

describe("budgets of entries", () => {
  // Two entries fit; a lamport less and the second does not.
  test.each([
    ["an hour's lamports", { entryHourLamports: 2n * ENTRY }, { entryHourLamports: 2n * ENTRY - 1n }, "SIGN_BUDGET", HOUR_MS],
    ["a day's lamports", { entryDayLamports: 2n * ENTRY }, { entryDayLamports: 2n * ENTRY - 1n }, "SIGN_BUDGET", DAY_MS],
    ["an hour's number", { entrySignaturesPerHour: 2 }, { entrySignaturesPerHour: 1 }, "SIGN_RATE", HOUR_MS],
    ["a day's number", { entrySignaturesPerDay: 2 }, { entrySignaturesPerDay: 1 }, "SIGN_RATE", DAY_MS],
  ] as const)("%s", async (_, enough, short, reason, windowMs) => {
    const fits = bench({ ...UNLIMITED, ...enough });
    expect(await repeated(3, () => fits.sign())).toEqual(["signed", "signed", reason]);
    fits.pass(windowMs - 1);
    expect(await fits.sign()).toBe(reason);
    fits.pass(1);
    expect(await fits.sign()).toBe("signed");
    const tight = bench({ ...UNLIMITED, ...short });
    expect(await repeated(2, () => tight.sign())).toEqual(["signed", reason]);
  });

  test("none left: exits, closings and sweeps are signed all the same, and count nothing of it", async () => {
    const { sign, signer } = bench({ entrySignaturesPerHour: 1 });
    expect(await repeated(2, () => sign())).toEqual(["signed", "SIGN_RATE"]);
    for (const kind of ["pool-sell", "curve-sell", "close", "sweep"] as const) expect(await sign(kind), kind).toBe("signed");
    for (const kind of ["pool-buy", "curve-buy", "curve-buy-exact-in"] as const) expect(await sign(kind), kind).toBe("SIGN_RATE");
    expect(await signer.describe()).toMatchObject({
      value: {
        budgets: [
          { kind: "entry", usedLamports: ENTRY, signatures: 1 },
          { kind: "entry", usedLamports: ENTRY, signatures: 1 },
          { kind: "exit", usedLamports: 3n * FEE, signatures: 3 },
          { kind: "exit", usedLamports: 3n * FEE, signatures: 3 },
          { kind: "sweep", usedLamports: FEE, signatures: 1 },
          { kind: "sweep", usedLamports: FEE, signatures: 1 },
        ],
      },
    });
  });

  test("refused messages use nothing up", async () => {
    const { sign } = bench({ entrySignaturesPerHour: 1, exitSignaturesPerHour: 1 });
    for (const kind of ["pool-buy", "pool-sell"] as const) {
      expect(await repeated(3, () => sign(kind, { base: 0n }))).toEqual(["SIGN_MIN_OUT", "SIGN_MIN_OUT", "SIGN_MIN_OUT"]);
      expect(await sign(kind)).toBe("signed");
    }
  });
});

describe("budgets of exits and sweeps", () => {
  test.each([
    ["an hour's fees", { exitHourLamports: 2n * FEE }, "SIGN_BUDGET", HOUR_MS],
    ["a day's fees", { exitDayLamports: 2n * FEE }, "SIGN_BUDGET", DAY_MS],
    ["an hour's number", { exitSignaturesPerHour: 2 }, "SIGN_RATE", HOUR_MS],
    ["a day's number", { exitSignaturesPerDay: 2 }, "SIGN_RATE", DAY_MS],
  ] as const)("%s", async (_, policy, reason, windowMs) => {
    const { sign, pass } = bench(policy);
    expect([await sign("pool-sell"), await sign("close"), await sign("curve-sell"), await sign("close")]).toEqual([
      ...["signed", "signed", reason, reason],
    ]);
    expect(await sign("pool-buy")).toBe("signed");
    pass(windowMs - 1);
    expect(await sign("pool-sell")).toBe(reason);
    pass(1);
    expect(await sign("pool-sell")).toBe("signed");
  });

  test("an exit's proceeds and a sweep's amount are not counted, their fees are", async () => {
    const { sign } = bench({ exitHourLamports: FEE, exitDayLamports: FEE });
    expect(await sign("pool-sell", { quoteLamports: 10n ** 15n })).toBe("signed");
    expect(await sign("pool-sell", { quoteLamports: 1n })).toBe("SIGN_BUDGET");
    expect(await sign("sweep", { quoteLamports: 10n ** 15n })).toBe("signed");
  });

  test("six sweeps an hour, 24 a day", async () => {
    const { sign, pass } = bench();
    for (let hour = 0; hour < 4; hour++) {
      expect(await repeated(7, () => sign("sweep"))).toEqual([...Array(6).fill("signed"), "SIGN_RATE"]);
      pass(HOUR_MS);
    }
    expect(await sign("sweep")).toBe("SIGN_RATE");
    pass(20 * HOUR_MS);
    expect(await sign("sweep")).toBe("signed");
  });
});

describe("one message per intent", () => {
  test.each([
    ["the same shape at another price", "pool-buy", { unitPrice: 400_001n }],
    ["a tip added", "pool-buy", { tipLamports: 200_000n }],
    ["an exit in place of an entry", "pool-sell", {}],
  ] as const)("%s", async (_, kind, options) => {
    const { sign, pass, signer } = bench();
    expect(await sign("pool-buy", {}, "p:buy:1")).toBe("signed");
    expect(await sign(kind, options, "p:buy:1")).toBe("SIGN_INTENT_REUSED");
    pass(100 * DAY_MS);
    expect(await sign(kind, options, "p:buy:1")).toBe("SIGN_INTENT_REUSED");
    expect(await sign(kind, options, "p:buy:2", "p:buy:1")).toBe("signed");
    const history = await signer.history(0);
    expect(history.ok && history.value.map(({ reason }) => reason)).toEqual([null, "SIGN_INTENT_REUSED", "SIGN_INTENT_REUSED", null]);
  });

  test("the same message again, even with no budget left, is the same signature and counts once", async () => {
    const { signer } = bench({ entrySignaturesPerHour: 1 });
    const request = { intentId: "p:buy:1", message: sampleMessage("pool-buy", { wallet }) };
    const first = await signer.sign(request);
    expect(first.ok).toBe(true);
    expect(await signer.sign(request)).toEqual(first);
    expect(await signer.sign({ ...request, intentId: "p:buy:2", after: "p:buy:1" })).toMatchObject({ reason: "SIGN_RATE" });
  });

  test("an intent that was refused may be asked for again", async () => {
    const { sign } = bench();
    expect(await sign("pool-buy", { base: 0n }, "p:buy:1")).toBe("SIGN_MIN_OUT");
    expect(await sign("pool-buy", {}, "p:buy:1")).toBe("signed");
  });

  test("a signature that could not be made binds the intent and its budget", async () => {
    const store = memoryStore();
    const broken = async (): Promise<Uint8Array> => {
      throw new Error("no signature");
    };
    const at = (sign: () => Promise<Uint8Array>) =>
      createSigner({
        wallet: async () => ({ ok: true, value: { address: wallet, sign } }),
        policy: { ok: true, value: { ...SAMPLE_POLICY, entrySignaturesPerHour: 1 } },
        store,
        nowMs: () => DAY_MS,
      });
    const message = sampleMessage("pool-buy", { wallet });
    await expect(at(broken).sign({ intentId: "p:buy:1", message })).rejects.toThrow("no signature");
    const mended = at(async () => new Uint8Array(64).fill(1));
    const other = sampleMessage("pool-buy", { wallet, unitPrice: 1n });
    expect(await mended.sign({ intentId: "p:buy:1", message: other })).toMatchObject({ reason: "SIGN_INTENT_REUSED" });
    expect(await mended.sign({ intentId: "p:buy:2", message, after: "p:buy:1" })).toMatchObject({ reason: "SIGN_RATE" });
    expect(await mended.sign({ intentId: "p:buy:1", message })).toMatchObject({ ok: true });
  });
});

describe("the orders of a position", () => {
  const BUY = ["pool-buy", "p:buy:1", null] as const;
  const SECOND = ["pool-buy", "p:buy:2", "p:buy:1"] as const;
  const SALE = ["pool-sell", "p:sell:1", "p:buy:1"] as const;
  type Asked = readonly [kind: SampleKind, intentId: string, after: string | null];

  test.each<[string, Asked[], Asked, string]>([
    ["in their order, each after the newest", [BUY, SECOND], ["pool-sell", "p:sell:1", "p:buy:2"], "signed"],
    ["a sale after one that was never signed", [BUY], ["pool-sell", "p:sell:3", "p:sell:2"], "signed"],
    ["a sale of another position", [BUY, SALE], ["pool-sell", "q:sell:1", null], "signed"],
    ["a buy of the coin for another position", [BUY, SALE], ["pool-buy", "q:buy:1", null], "SIGN_COIN_TAKEN"],
    ["a rehearsal with the coin", [BUY, SALE], ["pool-buy", "rehearsal:q:buy:1", null], "signed"],
    ["a buy of a rehearsed coin", [["pool-buy", "rehearsal:q:buy:1", null]], BUY, "signed"],
    ["a buy by who knows of none", [BUY], ["pool-buy", "p:buy:2", null], "SIGN_POSITION_AHEAD"],
    ["a buy by who knows an older one", [BUY, SECOND], ["pool-buy", "p:buy:3", "p:buy:1"], "SIGN_POSITION_AHEAD"],
    ["a buy by who knows another position's", [BUY], ["pool-buy", "p:buy:2", "q:buy:1"], "SIGN_POSITION_AHEAD"],
    ["a buy by who knows something else", [BUY], ["pool-buy", "p:buy:2", "sweep-1"], "SIGN_POSITION_AHEAD"],
    ["a buy after a sale, whoever knows it", [BUY, SALE], ["pool-buy", "p:buy:2", "p:sell:1"], "SIGN_POSITION_AHEAD"],
    ["an earlier buy", [BUY, SECOND].slice(1), ["pool-buy", "p:buy:1", "p:buy:2"], "SIGN_POSITION_AHEAD"],
    ["a sale by who forgot the last", [BUY, SALE], ["pool-sell", "p:sell:2", "p:buy:1"], "SIGN_POSITION_AHEAD"],
    ["an earlier sale", [["pool-sell", "p:sell:2", null]], ["pool-sell", "p:sell:1", "p:sell:2"], "SIGN_POSITION_AHEAD"],
    ["a sale that is called a buy", [BUY, SALE], ["pool-sell", "p:buy:2", "p:sell:1"], "signed"],
    ["a buy after such a sale", [["close", "p:buy:1", null]], ["pool-buy", "p:buy:2", "p:buy:1"], "SIGN_POSITION_AHEAD"],
  ])("%s", async (_, before, [kind, intentId, after], expected) => {
    const { sign } = bench();
    for (const [earlierKind, earlierId, known] of before) expect(await sign(earlierKind, {}, earlierId, known)).toBe("signed");
    expect(await sign(kind, {}, intentId, after)).toBe(expected);
  });

  test("whatever is asked in whatever order: no buy is signed after a sale, no order before an earlier one", async () => {
    const asked = fc.record({
      isBuy: fc.boolean(),
      attempt: fc.integer({ min: 1, max: 4 }),
      after: fc.option(fc.tuple(fc.constantFrom("buy", "sell"), fc.integer({ min: 1, max: 4 }))),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { maxLength: 12 }), async (requests) => {
        const { sign } = bench(UNLIMITED);
        const signed: string[] = [];
        for (const { isBuy, attempt, after } of requests) {
          const id = `p:${isBuy ? "buy" : "sell"}:${attempt}`;
          const outcome = await sign(isBuy ? "pool-buy" : "pool-sell", {}, id, after === null ? null : `p:${after[0]}:${after[1]}`);
          if (outcome === "signed" && !signed.includes(id)) signed.push(id);
        }
        // "buy" is before "sell", as their names are.
        expect(signed).toEqual([...signed].sort());
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test("what was signed is told with its memo: of buys the newest, of sales the first", async () => {
    const { sign, signer } = bench();
    const told = async (intentId: string) => {
      const answer = await signer.signedFrom(intentId);
      return answer.ok ? (answer.value?.intentId ?? null) : answer.reason;
    };
    expect(await told("p:buy:1")).toBeNull();
    for (const [kind, id, after] of [BUY, SECOND, ["pool-sell", "p:sell:2", "p:buy:2"], ["pool-sell", "p:sell:4", "p:sell:2"]] as const)
      expect(await sign(kind, {}, id, after)).toBe("signed");
    expect(await sign("pool-sell", { base: 0n }, "p:sell:5", "p:sell:4")).toBe("SIGN_MIN_OUT");
    expect([await told("p:buy:1"), await told("p:buy:2"), await told("p:buy:3")]).toEqual(["p:buy:2", "p:buy:2", null]);
    expect([await told("p:sell:1"), await told("p:sell:3"), await told("p:sell:5")]).toEqual(["p:sell:2", "p:sell:4", null]);
    expect(await told("q:buy:1")).toBeNull();
    for (const none of ["", "sweep-1", "p:buy:0", "p:buy:x", "p:gift:1", "x".repeat(201)])
      expect(await told(none), none).toBe("REQUEST_INVALID");
    const first = await signer.sign({ intentId: "p:buy:2", message: sampleMessage("pool-buy", { wallet, quoteLamports: QUOTE }) });
    expect(await signer.signedFrom("p:buy:1")).toMatchObject({
      value: { memo: "memo of p:buy:2", signature: first.ok && first.value.signature },
    });
  });

  test("a memo has a limit, and what came before must be a text", async () => {
    const { signer } = bench();
    const request = { intentId: "p:buy:1", message: sampleMessage("pool-buy", { wallet }) };
    for (const bad of [{ memo: "x".repeat(MAX_MEMO_CHARS + 1) }, { memo: 1 }, { after: 1 }, { after: "" }, { after: "x".repeat(201) }])
      expect(await signer.sign({ ...request, ...bad } as SignRequest)).toMatchObject({ reason: "SIGN_MALFORMED" });
    expect(await signer.sign({ ...request, memo: "x".repeat(MAX_MEMO_CHARS) })).toMatchObject({ ok: true });
  });
});

describe("wallet and policy", () => {
  const foreign = JSON.stringify([...new Uint8Array(32).fill(8), ...publicBytes]);
  test.each([
    ["no key", "", "WALLET_MISSING"],
    ["spaces for a key", "  \n", "WALLET_MISSING"],
    ["text for a key", "wallet", "WALLET_KEY_INVALID"],
    ["63 numbers", JSON.stringify([...seed, ...publicBytes].slice(1)), "WALLET_KEY_INVALID"],
    ["a number above 255", JSON.stringify([256, ...seed.subarray(1), ...publicBytes]), "WALLET_KEY_INVALID"],
    ["another key's public half", foreign, "WALLET_KEY_INVALID"],
  ])("%s", async (_, secret, reason) => {
    const { sign, signer } = bench({}, secret);
    for (const kind of ["pool-buy", "pool-sell", "sweep"] as const) expect(await sign(kind)).toBe(reason);
    expect(await signer.describe()).toMatchObject({ ok: false, reason });
    const history = await signer.history(0);
    expect(history.ok && history.value.map((record) => [record.reason, record.kind, record.signature])).toEqual(
      Array(3).fill([reason, null, null]),
    );
  });

  test("an unreadable policy signs nothing, not even an exit", async () => {
    const signer = createSigner({
      wallet: async () => ({ ok: true, value: { address: wallet, sign: async () => new Uint8Array(64) } }),
      policy: { ok: false, reason: "SIGNER_POLICY_INVALID" },
      store: memoryStore(),
      nowMs: () => DAY_MS,
    });
    const message = sampleMessage("pool-sell", { wallet });
    expect(await signer.sign({ intentId: "p:sell:1", message })).toMatchObject({ reason: "SIGNER_POLICY_INVALID" });
    expect(await signer.describe()).toMatchObject({ reason: "SIGNER_POLICY_INVALID" });
    expect(await signer.history(0)).toMatchObject({ value: [{ intentId: "p:sell:1", kind: null, reason: "SIGNER_POLICY_INVALID" }] });
  });
});
