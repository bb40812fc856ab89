import { AccountRole, isInstructionWithAccounts, isInstructionWithData } from "@solana/kit";
import { ComputeBudgetProgram, PublicKey, SystemProgram, type TransactionInstruction } from "@solana/web3.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeBase58 } from "./base58.ts";
import { toHex } from "./bytes.ts";
import * as build from "./instructions.ts";
import { ATA_PROGRAM, SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "./programs.ts";

const address = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeBase58);
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

function flatOurs({ programAddress, accounts, data }: build.BuiltInstruction) {
  return {
    program: String(programAddress),
    accounts: accounts.map((meta) => [String(meta.address), meta.role >= 2, meta.role % 2 === 1]),
    data: toHex(data),
  };
}

function flatWeb3({ programId, keys, data }: TransactionInstruction) {
  return {
    program: programId.toBase58(),
    accounts: keys.map(({ pubkey, isSigner, isWritable }) => [pubkey.toBase58(), isSigner, isWritable]),
    data: toHex(data),
  };
}

describe("instructions of the native programs", () => {
  test("are those of @solana/web3.js", () => {
    fc.assert(
      fc.property(address, address, u64, fc.nat(2 ** 32 - 1), (from, to, amount, units) => {
        const transfer = { fromPubkey: new PublicKey(from), toPubkey: new PublicKey(to), lamports: amount };
        expect(flatOurs(build.systemTransfer(from, to, amount))).toEqual(flatWeb3(SystemProgram.transfer(transfer)));
        expect(flatOurs(build.setComputeUnitLimit(units))).toEqual(flatWeb3(ComputeBudgetProgram.setComputeUnitLimit({ units })));
        const price = ComputeBudgetProgram.setComputeUnitPrice({ microLamports: amount });
        expect(flatOurs(build.setComputeUnitPrice(amount))).toEqual(flatWeb3(price));
      }),
    );
  });

  test("throw on what does not fit", () => {
    expect(() => build.systemTransfer(ATA_PROGRAM, ATA_PROGRAM, -1n)).toThrow(RangeError);
    expect(() => build.setComputeUnitLimit(2 ** 32)).toThrow(RangeError);
    expect(() => build.setComputeUnitPrice(1n << 64n)).toThrow(RangeError);
  });
});

describe("instructions of the token programs", () => {
  const [payer, account, owner, mint] = fc.sample(address, { numRuns: 4, seed: 1 }) as [string, string, string, string];

  test.each([TOKEN_PROGRAM, TOKEN_2022_PROGRAM])("create an associated account of %s, with and without guard", (tokenProgram) => {
    const accounts = [
      [payer, true, true],
      [account, false, true],
      [owner, false, false],
      [mint, false, false],
      [SYSTEM_PROGRAM, false, false],
      [tokenProgram, false, false],
    ];
    const token = { payer, account, owner, mint, tokenProgram };
    expect(flatOurs(build.createAssociatedToken(token))).toEqual({ program: ATA_PROGRAM, accounts, data: "00" });
    expect(flatOurs(build.createAssociatedTokenIdempotent(token))).toEqual({ program: ATA_PROGRAM, accounts, data: "01" });
    const closed = [
      [account, false, true],
      [payer, false, true],
      [owner, true, false],
    ];
    const close = build.closeAccount(account, payer, owner, tokenProgram);
    expect(flatOurs(close)).toEqual({ program: tokenProgram, accounts: closed, data: "09" });
  });

  test("are instructions that @solana/kit takes, with its roles", () => {
    const close = build.closeAccount(account, payer, owner, TOKEN_PROGRAM);
    expect([isInstructionWithAccounts(close), isInstructionWithData(close)]).toEqual([true, true]);
    const roles = [build.readonly(mint), build.writable(mint), build.readonlySigner(mint), build.writableSigner(mint)].map(
      ({ role }) => role,
    );
    expect(roles).toEqual([AccountRole.READONLY, AccountRole.WRITABLE, AccountRole.READONLY_SIGNER, AccountRole.WRITABLE_SIGNER]);
    expect(flatOurs(build.syncNative(account))).toEqual({ program: TOKEN_PROGRAM, accounts: [[account, false, true]], data: "11" });
  });
});
