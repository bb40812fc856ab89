import { describe, expect, test } from "vitest";
import { SAMPLE_POLICY, SAMPLE_WALLET } from "../domain/signing/sample-messages.ts";
import { encodeBase58 } from "../domain/solana/base58.ts";
import { signerFromEnv } from "./signer.ts";

const REQUEST = { message: Uint8Array.of(1), intentId: "p:buy:1" };
const SIGNED = { signature: encodeBase58(new Uint8Array(64).fill(3)), kind: "entry", spendLamports: 5n };
const DESCRIPTION = {
  address: SAMPLE_WALLET,
  policy: SAMPLE_POLICY,
  budgets: [{ kind: "exit", windowMs: 1, usedLamports: 0n, limitLamports: 1n, signatures: 0, signaturesLimit: 1 }],
  nowMs: 1,
};
const RECORD = {
  ...{ seq: 1, atMs: 1, intentId: "a", kind: null, signature: null, messageSha256: "0".repeat(64), spendLamports: null },
  reason: "SIGN_SHAPE",
};

function portAnswering(answer: unknown) {
  const call = async () => (answer instanceof Error ? Promise.reject(answer) : answer);
  const port = signerFromEnv({ SIGNER: { sign: call, describe: call, history: call } });
  if (port === null) throw new Error("the binding was not seen");
  return port;
}

describe("signer over the service binding", () => {
  test("a deployment without the binding has no signer", () => {
    expect(signerFromEnv({})).toBeNull();
  });

  test("hands on good answers", async () => {
    expect(await portAnswering({ ok: true, value: SIGNED }).sign(REQUEST)).toEqual({ ok: true, value: SIGNED });
    expect(await portAnswering({ ok: true, value: DESCRIPTION }).describe()).toEqual({ ok: true, value: DESCRIPTION });
    expect(await portAnswering({ ok: true, value: [RECORD] }).history(0)).toEqual({ ok: true, value: [RECORD] });
    const refusal = { ok: false, reason: "SIGN_BUDGET", detail: "1 of 2" };
    expect(await portAnswering(refusal).sign(REQUEST)).toEqual(refusal);
  });

  test.each([
    ["a thrown error", new Error("worker not found")],
    ["nothing", undefined],
    ["no signature", { ok: true, value: { ...SIGNED, signature: "abc" } }],
    ["an amount that is a number", { ok: true, value: { ...SIGNED, spendLamports: 5 } }],
    ["a negative amount", { ok: true, value: { ...SIGNED, spendLamports: -5n } }],
    ["an unknown kind", { ok: true, value: { ...SIGNED, kind: "gift" } }],
    ["an unknown reason", { ok: false, reason: "BECAUSE" }],
    ["a reason of Object.prototype", { ok: false, reason: "toString" }],
  ])("%s is SIGNER_UNAVAILABLE", async (_, answer) => {
    expect(await portAnswering(answer).sign(REQUEST)).toMatchObject({ ok: false, reason: "SIGNER_UNAVAILABLE" });
  });

  test("too long a history is none", async () => {
    const records = Array.from({ length: 501 }, () => RECORD);
    expect(await portAnswering({ ok: true, value: records }).history(0)).toMatchObject({ reason: "SIGNER_UNAVAILABLE" });
  });
});
