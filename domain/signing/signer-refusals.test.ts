import { describe, expect, test } from "vitest";
import { localSigner } from "../../adapters/local-signer.ts";
import { sampleWallet } from "../../adapters/sample-wallet.ts";
import { keyOf } from "./keys.ts";
import { memoryStore } from "./memory-store.ts";
import { SAMPLE_POLICY, type SampleKind, type SampleOptions, sampleMessage } from "./sample-messages.ts";
import { createSigner } from "./signer.ts";
import type { SignerPolicy, SignerPort } from "./types.ts";

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
  readonly sign: (kind?: SampleKind, options?: Partial<SampleOptions>, intentId?: string) => Promise<string>;
  readonly pass: (ms: number) => void;
}

/** A signer at a clock of its own; `sign` tells "signed" or the reason, each time for a new intent unless told. */
function bench(policy: Partial<SignerPolicy> = {}, secret = secretKey): Bench {
  let nowMs = 1_000 * DAY_MS;
  let intents = 0;
  const signer = localSigner({ secretKey: secret, policy: { ...SAMPLE_POLICY, ...policy }, nowMs: () => nowMs });
  const sign = async (kind: SampleKind = "pool-buy", options: Partial<SampleOptions> = {}, intentId = `intent-${intents++}`) => {
    const result = await signer.sign({ intentId, message: sampleMessage(kind, { wallet, quoteLamports: QUOTE, ...options }) });
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
    expect(await sign(kind, options, "p:buy:2")).toBe("signed");
    const history = await signer.history(0);
    expect(history.ok && history.value.map(({ reason }) => reason)).toEqual([null, "SIGN_INTENT_REUSED", "SIGN_INTENT_REUSED", null]);
  });

  test("the same message again, even with no budget left, is the same signature and counts once", async () => {
    const { signer } = bench({ entrySignaturesPerHour: 1 });
    const request = { intentId: "p:buy:1", message: sampleMessage("pool-buy", { wallet }) };
    const first = await signer.sign(request);
    expect(first.ok).toBe(true);
    expect(await signer.sign(request)).toEqual(first);
    expect(await signer.sign({ ...request, intentId: "p:buy:2" })).toMatchObject({ reason: "SIGN_RATE" });
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
    expect(await mended.sign({ intentId: "p:buy:2", message })).toMatchObject({ reason: "SIGN_RATE" });
    expect(await mended.sign({ intentId: "p:buy:1", message })).toMatchObject({ ok: true });
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
