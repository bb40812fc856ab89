import { getCompiledTransactionMessageDecoder, getTransactionDecoder, type Address as KitAddress } from "@solana/kit";
import { PublicKey, TransactionInstruction, TransactionMessage } from "@solana/web3.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeBase58 } from "./base58.ts";
import { compileMessage, wireTransaction, wireTransactionBytes } from "./build-message.ts";
import { type BuiltInstruction, instruction } from "./instructions.ts";
import { decodeWireTransaction } from "./message.ts";

const address = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeBase58);
/** Few keys used often, so that roles have to be merged. */
const parts = fc.array(address, { minLength: 2, maxLength: 30 }).chain((keys) => {
  const key = fc.constantFrom(...keys);
  const account = fc.record({ address: key.map((text) => text as KitAddress), role: fc.constantFrom(0, 1, 2, 3) });
  const one: fc.Arbitrary<BuiltInstruction> = fc
    .tuple(key, fc.array(account, { maxLength: 27 }), fc.uint8Array({ maxLength: 300 }))
    .map(([program, accounts, data]) => instruction(program, accounts, data));
  return fc.record({ payer: key, instructions: fc.array(one, { maxLength: 8 }), blockhash: address });
});

describe("compileMessage", () => {
  test("gives the bytes of @solana/web3.js and what @solana/kit reads back", () => {
    fc.assert(
      fc.property(parts, ({ payer, instructions, blockhash }) => {
        const message = compileMessage({ payer, instructions, blockhash });
        const oracle = new TransactionMessage({
          payerKey: new PublicKey(payer),
          recentBlockhash: blockhash,
          instructions: instructions.map(
            ({ programAddress, accounts, data }) =>
              new TransactionInstruction({
                programId: new PublicKey(programAddress),
                keys: accounts.map((meta) => ({
                  pubkey: new PublicKey(meta.address),
                  isSigner: meta.role >= 2,
                  isWritable: meta.role % 2 === 1,
                })),
                data: Buffer.from(data),
              }),
          ),
        }).compileToV0Message();
        // web3.js serializes into a packet-sized buffer; larger messages are compared by kit's reading only.
        const expected = serialized(() => oracle.serialize());
        if (expected !== null) expect(message).toEqual(expected);
        const read = getCompiledTransactionMessageDecoder().decode(message);
        if (read.version !== 0) throw new Error("version 0 expected");
        expect(read.staticAccounts[0]).toBe(payer);
        expect(read.lifetimeToken).toBe(blockhash);
        expect(
          read.instructions.map(({ programAddressIndex, accountIndices = [], data = new Uint8Array() }) => ({
            program: read.staticAccounts[programAddressIndex],
            accounts: accountIndices.map((index) => read.staticAccounts[index]),
            data: Uint8Array.from(data),
          })),
        ).toEqual(
          instructions.map(({ programAddress, accounts, data }) => ({
            program: programAddress,
            accounts: accounts.map((meta) => meta.address),
            data,
          })),
        );
      }),
      { numRuns: 100 },
    );
  });

  test("refuses what is no address", () => {
    const payer = encodeBase58(new Uint8Array(32).fill(7));
    expect(() => compileMessage({ payer: "abc", instructions: [], blockhash: payer })).toThrow(RangeError);
    expect(() => compileMessage({ payer, instructions: [], blockhash: "abc" })).toThrow(RangeError);
  });
});

function serialized(serialize: () => Uint8Array): Uint8Array | null {
  try {
    return Uint8Array.from(serialize());
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

describe("wireTransaction", () => {
  const payer = encodeBase58(new Uint8Array(32).fill(7));
  const other = encodeBase58(new Uint8Array(32).fill(9));
  const signature = new Uint8Array(64).fill(5);

  test("is what our own decoder and kit read", () => {
    const message = compileMessage({ payer, instructions: [instruction(other, [], Uint8Array.of(1, 2))], blockhash: other });
    const wire = wireTransaction(message, signature);
    expect(wire).toHaveLength(wireTransactionBytes(message));
    expect(decodeWireTransaction(wire)).toMatchObject({
      ok: true,
      value: {
        version: 0,
        signatures: [encodeBase58(signature)],
        accountKeys: [payer, other],
        recentBlockhash: other,
        instructions: [{ programIdIndex: 1, accounts: [], data: Uint8Array.of(1, 2) }],
        addressTableLookups: [],
      },
    });
    const { messageBytes, signatures } = getTransactionDecoder().decode(wire);
    expect(Uint8Array.from(messageBytes)).toEqual(message);
    expect(signatures[payer as KitAddress]).toEqual(signature);
  });

  test("takes one signature of 64 bytes and nothing else", () => {
    const message = compileMessage({ payer, instructions: [], blockhash: other });
    expect(() => wireTransaction(message, new Uint8Array(63))).toThrow(RangeError);
    const second = { address: other as KitAddress, role: 2 };
    const two = compileMessage({ payer, instructions: [instruction(payer, [second], new Uint8Array())], blockhash: other });
    expect(() => wireTransaction(two, signature)).toThrow(RangeError);
  });
});
