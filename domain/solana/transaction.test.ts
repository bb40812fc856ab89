import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeBase58 } from "./base58.ts";
import { encodeBase64 } from "./base64.ts";
import { ByteWriter, toHex } from "./bytes.ts";
import { EVENT_CPI_TAG, EVENT_DISCRIMINATOR, INSTRUCTION_DISCRIMINATOR } from "./discriminators.ts";
import { unwrapTransactions } from "./envelope.ts";
import { decodeWireTransaction, MAX_WIRE_TRANSACTION_BYTES } from "./message.ts";
import { PUMP_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "./programs.ts";
import { parseTransaction } from "./transaction.ts";

const SIGNATURE_BYTES = Uint8Array.from({ length: 64 }, (_, i) => i + 1);
const SIGNATURE = encodeBase58(SIGNATURE_BYTES);
const KEYS = [WSOL_MINT, PUMP_PROGRAM, TOKEN_PROGRAM];

/** One instruction of account 1 with account 0 and data 01 02 03. */
function wire(versioned: boolean): Uint8Array {
  const writer = new ByteWriter().u8(1).bytes(SIGNATURE_BYTES);
  if (versioned) writer.u8(0x80);
  writer.bytes(Uint8Array.of(1, 0, 2)).u8(KEYS.length);
  for (const key of KEYS) writer.address(key);
  writer
    .address(WSOL_MINT)
    .u8(1)
    .bytes(Uint8Array.of(1, 1, 0, 3, 1, 2, 3));
  if (versioned)
    writer
      .u8(1)
      .address(WSOL_MINT)
      .bytes(Uint8Array.of(1, 4, 2, 5, 6));
  return writer.toBytes();
}

const meta = { err: null, innerInstructions: [], logMessages: [], loadedAddresses: { writable: [], readonly: [] } };
const compiled = { programIdIndex: 1, accounts: [0], data: encodeBase58(Uint8Array.of(1, 2, 3)) };
const message = { accountKeys: KEYS, instructions: [compiled] };
const plain = { slot: 5, blockTime: 7, transaction: { signatures: [SIGNATURE], message }, meta };

test("lamports beyond 2^53 come as bigint and stay exact", () => {
  const balances = [9_007_199_254_740_993n, 5, 0];
  const parsed = parseTransaction({ ...plain, meta: { ...meta, fee: 2n ** 63n, preBalances: balances, postBalances: balances } });
  expect(parsed.ok && parsed.value.preBalances).toEqual([9_007_199_254_740_993n, 5n, 0n]);
  expect(parsed.ok && parsed.value.postBalances).toEqual([9_007_199_254_740_993n, 5n, 0n]);
  expect(parseTransaction({ ...plain, meta: { ...meta, preBalances: [-1n, 0, 0] } }).ok).toBe(false);
});

describe("wire transactions", () => {
  test("legacy and version 0", () => {
    expect(decodeWireTransaction(wire(false))).toMatchObject({
      ok: true,
      value: {
        version: "legacy",
        signatures: [SIGNATURE],
        accountKeys: KEYS,
        instructions: [{ programIdIndex: 1, accounts: [0], data: Uint8Array.of(1, 2, 3) }],
      },
    });
    expect(decodeWireTransaction(wire(true))).toMatchObject({
      ok: true,
      value: { version: 0, addressTableLookups: [{ accountKey: WSOL_MINT, writableIndexes: [4], readonlyIndexes: [5, 6] }] },
    });
  });

  test("every cut, surplus bytes, other versions and oversize are refused; arbitrary bytes never throw", () => {
    for (const bytes of [wire(false), wire(true)]) {
      for (let length = 0; length < bytes.length; length++)
        expect(decodeWireTransaction(bytes.subarray(0, length))).toMatchObject({ ok: false, reason: "TX_MALFORMED" });
      expect(decodeWireTransaction(Uint8Array.of(...bytes, 0))).toMatchObject({ reason: "TX_MALFORMED" });
    }
    const version1 = wire(true);
    version1[65] = 0x81;
    expect(decodeWireTransaction(version1)).toMatchObject({ reason: "TX_MALFORMED" });
    expect(decodeWireTransaction(new Uint8Array(MAX_WIRE_TRANSACTION_BYTES + 1))).toMatchObject({ reason: "TX_MALFORMED" });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void decodeWireTransaction(bytes)));
  });
});

describe("transactions from JSON", () => {
  const expected = {
    signature: SIGNATURE,
    slot: 5,
    blockTimeMs: 7_000,
    failed: false,
    instructions: [{ programId: PUMP_PROGRAM, accounts: [WSOL_MINT], data: Uint8Array.of(1, 2, 3), inner: [] }],
  };

  test.each<[string, unknown]>([
    ["getTransaction", plain],
    ["in its envelope", { jsonrpc: "2.0", id: 1, result: plain }],
    ["as wire bytes", { ...plain, transaction: [encodeBase64(wire(false)), "base64"] }],
    ["as base58 wire bytes", { ...plain, transaction: [encodeBase58(wire(false)), "base58"] }],
    [
      "with jsonParsed keys",
      {
        ...plain,
        transaction: {
          signatures: [SIGNATURE],
          message: {
            accountKeys: KEYS.map((pubkey) => ({ pubkey })),
            instructions: [{ programId: PUMP_PROGRAM, accounts: [WSOL_MINT], data: compiled.data }],
          },
        },
      },
    ],
    [
      "a notification",
      {
        jsonrpc: "2.0",
        method: "transactionNotification",
        params: {
          subscription: 1,
          result: { transaction: { transaction: plain.transaction, meta, version: 0, blockTime: 7 }, signature: SIGNATURE, slot: 5 },
        },
      },
    ],
    [
      "a block",
      {
        jsonrpc: "2.0",
        method: "blockNotification",
        params: {
          result: {
            context: { slot: 5 },
            value: { slot: 5, block: { blockTime: 7, transactions: [{ transaction: plain.transaction, meta }] } },
          },
        },
      },
    ],
    ["a webhook body of one", [plain]],
    [
      "enhanced",
      [
        {
          signature: SIGNATURE,
          slot: 5,
          timestamp: 7,
          accountData: [],
          transactionError: null,
          instructions: [{ programId: PUMP_PROGRAM, accounts: [WSOL_MINT], data: compiled.data, innerInstructions: [] }],
        },
      ],
    ],
  ])("%s", (_name, json) => {
    expect(parseTransaction(json)).toMatchObject({ ok: true, value: expected });
  });

  test("loaded addresses follow the static keys, writable before read-only", () => {
    const loadedAddresses = { writable: [TOKEN_PROGRAM], readonly: [WSOL_MINT] };
    const indexed = { ...message, instructions: [{ ...compiled, accounts: [3, 4] }] };
    const tx = parseTransaction({
      ...plain,
      transaction: { signatures: [SIGNATURE], message: indexed },
      meta: { ...meta, loadedAddresses },
    });
    expect(tx).toMatchObject({ ok: true, value: { instructions: [{ accounts: [TOKEN_PROGRAM, WSOL_MINT] }] } });
    expect(parseTransaction({ ...plain, transaction: { signatures: [SIGNATURE], message: indexed } })).toMatchObject({
      reason: "TX_MALFORMED",
    });
  });

  test("a failed transaction is one, in either form", () => {
    expect(parseTransaction({ ...plain, meta: { ...meta, err: { InstructionError: [0, { Custom: 6040 }] } } })).toMatchObject({
      value: { failed: true },
    });
    const enhanced = { signature: SIGNATURE, accountData: [], transactionError: { error: "x" } };
    expect(parseTransaction(enhanced)).toMatchObject({ value: { failed: true, slot: null, blockTimeMs: null } });
  });

  test.each<[string, unknown, string]>([
    ["null", null, "TX_NOT_FOUND"],
    ["an empty answer", { jsonrpc: "2.0", id: 1, result: null }, "TX_NOT_FOUND"],
    ["an empty list", [], "TX_MALFORMED"],
    ["two transactions", [plain, plain], "TX_MALFORMED"],
    ["a number", 7, "TX_MALFORMED"],
    ["no meta", { ...plain, meta: null }, "TX_MALFORMED"],
    ["a meta that hides whether it failed", { ...plain, meta: { innerInstructions: [] } }, "TX_MALFORMED"],
    ["no signature", { ...plain, transaction: { signatures: [], message } }, "TX_MALFORMED"],
    [
      "a signature of 63 bytes",
      { ...plain, transaction: { signatures: [encodeBase58(SIGNATURE_BYTES.subarray(1))], message } },
      "TX_MALFORMED",
    ],
    [
      "a key that is no address",
      { ...plain, transaction: { signatures: [SIGNATURE], message: { ...message, accountKeys: ["x"] } } },
      "TX_MALFORMED",
    ],
    [
      "an index past the keys",
      { ...plain, transaction: { signatures: [SIGNATURE], message: { ...message, instructions: [{ ...compiled, programIdIndex: 3 }] } } },
      "TX_MALFORMED",
    ],
    [
      "pump data that is not base58",
      { ...plain, transaction: { signatures: [SIGNATURE], message: { ...message, instructions: [{ ...compiled, data: "0OIl" }] } } },
      "TX_MALFORMED",
    ],
    [
      "inner instructions of no instruction",
      { ...plain, meta: { ...meta, innerInstructions: [{ index: 1, instructions: [] }] } },
      "TX_MALFORMED",
    ],
    [
      "inner instructions given twice",
      { ...plain, meta: { ...meta, innerInstructions: [0, 0].map((index) => ({ index, instructions: [] })) } },
      "TX_MALFORMED",
    ],
    ["a negative slot", { ...plain, slot: -1 }, "TX_MALFORMED"],
    ["a slot of text", { ...plain, slot: "5" }, "TX_MALFORMED"],
    ["a fractional time", { ...plain, blockTime: 1.5 }, "TX_MALFORMED"],
    [
      "a balance that is no number",
      {
        ...plain,
        meta: { ...meta, postTokenBalances: [{ accountIndex: 0, mint: WSOL_MINT, uiTokenAmount: { amount: "1e9", decimals: 6 } }] },
      },
      "TX_MALFORMED",
    ],
    ["cut wire bytes", { ...plain, transaction: [encodeBase64(wire(false).subarray(0, 80)), "base64"] }, "TX_MALFORMED"],
  ])("%s is refused", (_name, json, reason) => {
    expect(parseTransaction(json)).toMatchObject({ ok: false, reason });
  });

  test("any JSON is opened and read without throwing", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        for (const candidate of unwrapTransactions(json)) void parseTransaction(candidate);
        expect(parseTransaction(json).ok).toBe(false);
      }),
    );
    let nested: unknown = plain;
    for (let depth = 0; depth < 10_000; depth++) nested = [nested];
    expect(unwrapTransactions(nested)).toEqual([]);
  });

  test("names that belong to every object do no harm", () => {
    const json: unknown = JSON.parse(JSON.stringify({ ...plain, constructor: 1 }).replace("{", '{"__proto__":{"slot":9},'));
    expect(parseTransaction([json])).toMatchObject({ ok: true, value: { slot: 5 } });
  });
});

describe("discriminators are Anchor's", () => {
  const first8 = (text: string) => toHex(sha256(new TextEncoder().encode(text)).subarray(0, 8));
  const snake = (name: string) => name.replace(/[A-Z0-9]/g, (letter) => `_${letter.toLowerCase()}`).replace("v_2", "v2");
  const pascal = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`;

  test.each(Object.entries(INSTRUCTION_DISCRIMINATOR))("instruction %s", (name, hex) => {
    expect(first8(`global:${snake(name)}`)).toBe(hex);
  });
  test.each(Object.entries(EVENT_DISCRIMINATOR))("event %s", (name, hex) => {
    expect(first8(`event:${pascal(name)}Event`)).toBe(hex);
  });
  test("event tag", () => {
    // Anchor writes the eight hash bytes as a little-endian integer.
    expect(first8("anchor:event").match(/../g)?.reverse().join("")).toBe(EVENT_CPI_TAG);
  });
});
