import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeBase58 } from "./base58.ts";
import { TOKEN_2022_PROGRAM, WSOL_MINT } from "./programs.ts";
import {
  decodeMint,
  decodeTokenAccount,
  EXTENSION,
  encodeMint,
  encodeTokenAccount,
  extensionName,
  type Mint,
  metadataPointerExtension,
  plainTokenAccount,
  readTokenMetadata,
  tokenMetadataExtension,
} from "./token.ts";

const address = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeBase58);
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const extensions = fc
  .uniqueArray(fc.record({ type: fc.integer({ min: 1, max: 65_535 }), data: fc.uint8Array({ maxLength: 80 }) }), {
    selector: ({ type }) => type,
    maxLength: 5,
  })
  // Token-2022 never lets an account have the size of a multisig.
  .filter((list) => 166 + list.reduce((sum, { data }) => sum + 4 + data.length, 0) !== 355);
const mint: fc.Arbitrary<Mint> = fc.record({
  mintAuthority: fc.option(address),
  supply: u64,
  decimals: fc.nat(255),
  isInitialized: fc.boolean(),
  freezeAuthority: fc.option(address),
  extensions,
});

const plain: Mint = { mintAuthority: null, supply: 10n ** 15n, decimals: 6, isInitialized: true, freezeAuthority: null, extensions: [] };
const withPointer = encodeMint({ ...plain, extensions: [metadataPointerExtension(null, WSOL_MINT)] });

function patched(data: Uint8Array, offset: number, ...bytes: number[]): Uint8Array {
  const copy = Uint8Array.from(data);
  copy.set(bytes, offset);
  return copy;
}

describe("mints", () => {
  test("decode gives back what was encoded", () => {
    fc.assert(fc.property(mint, (value) => void expect(decodeMint(encodeMint(value))).toEqual({ ok: true, value })));
  });

  test("no cut of the bytes throws, and what passes lacks an extension", () => {
    fc.assert(
      fc.property(mint, fc.nat(1_000), (value, cut) => {
        const data = encodeMint(value);
        const length = cut % data.length;
        const decoded = decodeMint(data.subarray(0, length));
        if (decoded.ok) expect(decoded.value.extensions.length).toBeLessThan(value.extensions.length);
      }),
    );
  });

  test("arbitrary bytes never throw", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (data) => void decodeMint(data)));
  });

  test.each([
    ["empty", new Uint8Array(), "MINT_MALFORMED"],
    ["81 bytes", encodeMint(plain).subarray(0, 81), "MINT_MALFORMED"],
    ["83 bytes", new Uint8Array(83), "MINT_MALFORMED"],
    ["the size of a multisig", patched(new Uint8Array(355), 165, 1), "MINT_MALFORMED"],
    ["a token account", encodeTokenAccount(plainTokenAccount(WSOL_MINT, WSOL_MINT, 1n)), "MINT_MALFORMED"],
    ["account type of an account", patched(withPointer, 165, 2), "MINT_MALFORMED"],
    ["stray bytes in the padding", patched(withPointer, 100, 1), "MINT_MALFORMED"],
    ["an authority tag of 2", patched(encodeMint(plain), 0, 2), "MINT_MALFORMED"],
    ["an initialised flag of 2", patched(encodeMint(plain), 45, 2), "MINT_MALFORMED"],
    ["an extension that is cut off", withPointer.subarray(0, withPointer.length - 1), "EXTENSION_MALFORMED"],
    ["a length past the end", patched(withPointer, 168, 0xff, 0xff), "EXTENSION_MALFORMED"],
    [
      "a repeated extension",
      encodeMint({ ...plain, extensions: [1, 1].map((type) => ({ type, data: new Uint8Array(2) })) }),
      "EXTENSION_MALFORMED",
    ],
    ["bytes after the list's end", encodeMint({ ...plain, extensions: [{ type: 0, data: Uint8Array.of(1) }] }), "EXTENSION_MALFORMED"],
  ])("%s is refused", (_name, data, reason) => {
    expect(decodeMint(data)).toMatchObject({ ok: false, reason });
  });

  test("unknown extension types are kept for the allow-list to judge", () => {
    const decoded = decodeMint(encodeMint({ ...plain, extensions: [{ type: 0xffff, data: new Uint8Array() }] }));
    expect(decoded.ok && decoded.value.extensions.map(({ type }) => extensionName(type))).toEqual(["unknown (65535)"]);
    expect(extensionName(EXTENSION.permanentDelegate)).toBe("permanentDelegate");
  });

  test("metadata is read back, whatever a stranger wrote into it", () => {
    fc.assert(
      fc.property(address, fc.string({ unit: "grapheme" }), fc.string(), fc.string(), (key, name, symbol, uri) => {
        const metadata = { updateAuthority: null, mint: key, name, symbol, uri };
        const decoded = decodeMint(encodeMint({ ...plain, extensions: [tokenMetadataExtension(metadata)] }));
        expect(decoded.ok && readTokenMetadata(decoded.value)).toEqual(metadata);
      }),
    );
    expect(readTokenMetadata(plain)).toBeNull();
    expect(readTokenMetadata({ ...plain, extensions: [{ type: EXTENSION.tokenMetadata, data: new Uint8Array(70) }] })).toBeNull();
  });
});

describe("token accounts", () => {
  test("decode gives back what was encoded", () => {
    const account = fc.record({
      mint: address,
      owner: address,
      amount: u64,
      delegate: fc.option(address),
      state: fc.constantFrom("uninitialized", "initialized", "frozen"),
      nativeReserveLamports: fc.option(u64),
      delegatedAmount: u64,
      closeAuthority: fc.option(address),
      extensions,
    });
    fc.assert(fc.property(account, (value) => void expect(decodeTokenAccount(encodeTokenAccount(value))).toEqual({ ok: true, value })));
  });

  test("sizes are those on chain", () => {
    expect(encodeTokenAccount(plainTokenAccount(WSOL_MINT, TOKEN_2022_PROGRAM, 1n))).toHaveLength(165);
    expect(encodeTokenAccount(plainTokenAccount(WSOL_MINT, TOKEN_2022_PROGRAM, 1n, true))).toHaveLength(170);
  });

  test("cut and arbitrary bytes never throw", () => {
    const data = encodeTokenAccount(plainTokenAccount(WSOL_MINT, TOKEN_2022_PROGRAM, 5n, true));
    for (let length = 0; length < 165; length++)
      expect(decodeTokenAccount(data.subarray(0, length))).toMatchObject({ ok: false, reason: "TOKEN_ACCOUNT_MALFORMED" });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void decodeTokenAccount(bytes)));
  });

  test("a mint is not an account", () => {
    expect(decodeTokenAccount(withPointer)).toMatchObject({ ok: false, reason: "TOKEN_ACCOUNT_MALFORMED" });
  });
});
