import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { encodeBase58 } from "../domain/solana/base58.ts";
import { walletFromSecret } from "./wallet-key.ts";

function newKey(): Uint8Array {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  return Uint8Array.from(Buffer.concat([Buffer.from(d ?? "", "base64url"), Buffer.from(x ?? "", "base64url")]));
}

const KEY = newKey();

/** Fails when a text holds four bytes of a key in a row, in base58 of the whole, hexadecimal, decimal or base64. */
function expectNothingOf(key: Uint8Array, text: string): void {
  const hex = Buffer.from(key).toString("hex");
  for (let i = 0; i + 4 <= 32; i++) {
    expect(text.toLowerCase()).not.toContain(hex.slice(2 * i, 2 * i + 8));
    expect(text).not.toContain(Array.from(key.subarray(i, i + 4)).join(","));
  }
  for (const whole of [encodeBase58(key), encodeBase58(key.subarray(0, 32)), Buffer.from(key).toString("base64")]) {
    for (let i = 0; i + 6 <= whole.length; i += 3) expect(text).not.toContain(whole.slice(i, i + 6));
  }
}

describe("wallet key", () => {
  test("base58 and JSON array give the same wallet, which signs as the key does", async () => {
    const forms = [encodeBase58(KEY), JSON.stringify([...KEY]), ` ${encodeBase58(KEY)}\n`, `[\n${[...KEY].join(",\n ")}\n]`];
    for (const form of forms) {
      const wallet = await walletFromSecret(form);
      if (!wallet.ok) throw new Error(wallet.reason);
      expect(wallet.value.address).toBe(encodeBase58(KEY.subarray(32)));
      const message = Uint8Array.of(1, 2, 3);
      const jwk = { kty: "OKP", crv: "Ed25519", x: Buffer.from(KEY.subarray(32)).toString("base64url") };
      const signature = await wallet.value.sign(message);
      expect(verify(null, message, createPublicKey({ key: jwk, format: "jwk" }), signature)).toBe(true);
      expectNothingOf(KEY, JSON.stringify(wallet));
    }
  });

  test.each([undefined, "", "  \n"])("no key: %j", async (secret) => {
    expect(await walletFromSecret(secret)).toEqual({ ok: false, reason: "WALLET_MISSING" });
  });

  const swapped = Uint8Array.from([...KEY.subarray(32), ...KEY.subarray(0, 32)]);
  const foreignHalf = Uint8Array.from([...KEY.subarray(0, 32), ...newKey().subarray(32)]);
  const text = encodeBase58(KEY);
  test.each([
    ["the seed alone", encodeBase58(KEY.subarray(0, 32))],
    ["a JSON array of the seed", JSON.stringify([...KEY.subarray(0, 32)])],
    ["65 bytes", JSON.stringify([...KEY, 0])],
    ["65 bytes in base58", `1${text}`],
    ["a character cut off", text.slice(0, -1)],
    ["a character that base58 lacks", `${text.slice(0, -1)}0`],
    ["halves swapped", encodeBase58(swapped)],
    ["another key's public half", encodeBase58(foreignHalf)],
    ["a number above a byte", JSON.stringify([...KEY.subarray(0, 63), 256])],
    ["a fraction", JSON.stringify([...KEY.subarray(0, 63), 1.5])],
    ["broken JSON", JSON.stringify([...KEY]).slice(0, -1)],
    ["JSON with text", `[${[...KEY].join(",")},oops]`],
    ["quoted base58", JSON.stringify(text)],
    ["hexadecimal", Buffer.from(KEY).toString("hex")],
    ["a long text", "1".repeat(100_000)],
  ])("%s is refused, and the refusal tells nothing of it", async (_, secret) => {
    const refusal = await walletFromSecret(secret);
    expect(refusal).toMatchObject({ ok: false, reason: "WALLET_KEY_INVALID" });
    expectNothingOf(KEY, JSON.stringify(refusal));
  });
});
