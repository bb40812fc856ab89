import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bondingCurveAddress,
  canonicalPoolAddress,
  eventAuthorityAddress,
  feeConfigAddress,
  poolAuthorityAddress,
} from "../venues/pdas.ts";
import {
  addressBytes,
  addressFromBytes,
  associatedTokenAddress,
  findProgramAddress,
  isAddress,
  isOnCurve,
  isSignature,
} from "./address.ts";
import * as programs from "./programs.ts";

const seed = (text: string) => new TextEncoder().encode(text);

describe("program-derived addresses", () => {
  test.each([
    ["global", programs.PUMP_PROGRAM, programs.PUMP_GLOBAL],
    ["mint-authority", programs.PUMP_PROGRAM, programs.PUMP_MINT_AUTHORITY],
    ["global_config", programs.PUMP_SWAP_PROGRAM, programs.PUMP_SWAP_GLOBAL_CONFIG],
  ])("%s of %s is the published one", (name, program, expected) => {
    expect(findProgramAddress([seed(name)], program).address).toBe(expected);
  });

  test("event authorities and fee configurations are the published ones", () => {
    expect(eventAuthorityAddress(programs.PUMP_PROGRAM)).toBe(programs.PUMP_EVENT_AUTHORITY);
    expect(eventAuthorityAddress(programs.PUMP_SWAP_PROGRAM)).toBe(programs.PUMP_SWAP_EVENT_AUTHORITY);
    expect(feeConfigAddress(programs.PUMP_PROGRAM)).toBe(programs.PUMP_FEE_CONFIG);
    expect(feeConfigAddress(programs.PUMP_SWAP_PROGRAM)).toBe(programs.PUMP_SWAP_FEE_CONFIG);
  });

  test("a graduated coin's addresses are those on chain (mainnet, 2026-07-25)", () => {
    const mint = "ELJFma9JzJfLWbc2fBSXPMAExayXoTr2LUNJLbPpump";
    expect(bondingCurveAddress(mint)).toBe("6ZBq94SFaKU4nCuwJJsfj1whTuwQct1wdNc3QMbuXNU3");
    expect(canonicalPoolAddress(mint)).toBe("GnpU6c7H9CbPrbb9cUkQMxgz6DZV41h8XbU4pLh4C27e");
  });

  test("an associated account depends on the token program (mainnet, migration of 2025-06-05)", () => {
    const pool = "Ef7wUrbarRXHNMMgBs8cstSkzRttnstjMsniaq7zMp6j";
    const mint = "npB9cxTzwUiGt7jk2dXZa52xZve8SgVD6Et9Bpipump";
    expect(associatedTokenAddress(pool, mint, programs.TOKEN_PROGRAM)).toBe("4ujxrswYaeC8LMfHxmcm8nCH6DH1AL96rUjQcBqjQ9Gy");
    expect(associatedTokenAddress(pool, mint, programs.TOKEN_2022_PROGRAM)).not.toBe("4ujxrswYaeC8LMfHxmcm8nCH6DH1AL96rUjQcBqjQ9Gy");
    expect(poolAuthorityAddress(mint)).toBe("DvKykSGS4HQXpuXogbfWAoNYTPLWJfTLtPz4xBy9N5fh");
  });

  test("derived addresses are off the curve and a repeated question has the same answer", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 32 }), (bytes) => {
        const first = findProgramAddress([bytes], programs.PUMP_PROGRAM);
        expect(isOnCurve(addressBytes(first.address))).toBe(false);
        expect(findProgramAddress([bytes], programs.PUMP_PROGRAM)).toEqual(first);
      }),
      { numRuns: 20 },
    );
  });

  test("seeds that the runtime refuses throw", () => {
    expect(() => findProgramAddress([new Uint8Array(33)], programs.PUMP_PROGRAM)).toThrow(RangeError);
    expect(() =>
      findProgramAddress(
        Array.from({ length: 16 }, () => new Uint8Array(1)),
        programs.PUMP_PROGRAM,
      ),
    ).toThrow(RangeError);
  });
});

describe("addresses and signatures", () => {
  test("every constant is an address", () => {
    const constants = Object.entries(programs).filter(([, value]) => typeof value === "string" && value.length < 45);
    expect(constants.length).toBeGreaterThan(20);
    for (const [name, value] of constants) expect([name, isAddress(value)]).toEqual([name, true]);
  });

  test.each(["", "1", "x".repeat(44), "So1111111111111111111111111111111111111111O", "1".repeat(33), 7, null, undefined])(
    "%s is no address",
    (text) => {
      expect(isAddress(text)).toBe(false);
    },
  );

  test("only 64 bytes are a signature", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 60, maxLength: 68 }), (bytes) => {
        if (bytes.length === 32) return;
        expect(() => addressFromBytes(bytes)).toThrow(RangeError);
      }),
    );
    expect(isSignature("5nNtjezQMYBHvgSQmoRmJPiXGsPAWmJPoGSa64xanqrauogiVzFyGQhKeFataHGXq51jR2hjbzNTkPUpP787HAmL")).toBe(true);
    expect(isSignature("5nNtjezQMYBHvgSQmoRmJPiXGsPAWmJPoGSa64xanqrauogiVzFyGQhKeFataHGXq51jR2hjbzNTkPUpP787")).toBe(false);
    expect(isSignature("So11111111111111111111111111111111111111112")).toBe(false);
  });
});
