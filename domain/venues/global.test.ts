import { PUMP_SDK } from "@pump-fun/pump-sdk";
import { PUMP_AMM_SDK } from "@pump-fun/pump-swap-sdk";
import type { PublicKey } from "@solana/web3.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex } from "../solana/bytes.ts";
import { DEFAULT_ADDRESS, PUMP_PROGRAM, PUMP_SWAP_PROGRAM } from "../solana/programs.ts";
import { curveFeeRecipients, decodePumpGlobal, decodePumpSwapGlobalConfig, pickFeeRecipients, poolFeeRecipients } from "./global.ts";
import { accountInfo, fromBn } from "./parity-oracle.ts";

const GLOBAL = fromHex("a7e8e8b1c86c727f");
const CONFIG = fromHex("95089ccaa0fcb0d9");
const A = "5YxQFdt3Tr9zJLvkFccqXVUwhdTWJQc1fFg2YPbxvxeD";
const B = "9M4giFFMxmFGXtc3feFzRai56WbBqehoSeRE5GK7gf7";

/** Random account data; booleans, which the SDK's coder insists on, are zero or one. */
function account(discriminator: Uint8Array, size: number, sizes: readonly number[], booleans: readonly number[]): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.uint8Array({ minLength: size, maxLength: size }), fc.constantFrom(...sizes)).map(([bytes, cut]) => {
    const data = Uint8Array.from(bytes);
    data.set(discriminator);
    for (const offset of booleans) data[offset] = (data[offset] ?? 0) & 1;
    return data.subarray(0, cut);
  });
}

function text(keys: readonly PublicKey[]): string[] {
  return keys.map((each) => each.toBase58());
}

describe("the programs' global accounts", () => {
  test("Global decodes as the official SDK decodes it, older sizes included", () => {
    const data = account(GLOBAL, 1_088, [1_045, 1_054, 1_087, 1_088], [8, 145, 450, 515, 740, 1_045, 1_086]);
    fc.assert(
      fc.property(data, (bytes) => {
        const ours = decodePumpGlobal(bytes);
        const theirs = PUMP_SDK.decodeGlobal(accountInfo(bytes, PUMP_PROGRAM));
        expect(ours).toEqual({
          ok: true,
          value: {
            feeRecipient: theirs.feeRecipient.toBase58(),
            initialVirtualTokenReserves: fromBn(theirs.initialVirtualTokenReserves),
            initialVirtualSolReserves: fromBn(theirs.initialVirtualSolReserves),
            initialRealTokenReserves: fromBn(theirs.initialRealTokenReserves),
            tokenTotalSupply: fromBn(theirs.tokenTotalSupply),
            feeBasisPoints: fromBn(theirs.feeBasisPoints),
            withdrawAuthority: theirs.withdrawAuthority.toBase58(),
            poolMigrationFeeLamports: fromBn(theirs.poolMigrationFee),
            creatorFeeBasisPoints: fromBn(theirs.creatorFeeBasisPoints),
            feeRecipients: text(theirs.feeRecipients),
            reservedFeeRecipient: theirs.reservedFeeRecipient.toBase58(),
            reservedFeeRecipients: text(theirs.reservedFeeRecipients),
            buybackFeeRecipients: text(theirs.buybackFeeRecipients),
            buybackBasisPoints: fromBn(theirs.buybackBasisPoints),
            creatorFeeConfigurable: theirs.creatorFeeConfigurable,
            maxConfigurableCreatorFeeBps: fromBn(theirs.maxConfigurableCreatorFeeBps),
          },
        });
      }),
      { numRuns: 60 },
    );
  });

  test("GlobalConfig decodes as the official SDK decodes it, older sizes included", () => {
    const data = account(CONFIG, 949, [907, 940, 949], [417, 642, 939, 940]);
    fc.assert(
      fc.property(data, (bytes) => {
        const ours = decodePumpSwapGlobalConfig(bytes);
        const theirs = PUMP_AMM_SDK.decodeGlobalConfig(accountInfo(bytes, PUMP_SWAP_PROGRAM));
        expect(ours).toEqual({
          ok: true,
          value: {
            lpFeeBasisPoints: fromBn(theirs.lpFeeBasisPoints),
            protocolFeeBasisPoints: fromBn(theirs.protocolFeeBasisPoints),
            disableFlags: theirs.disableFlags,
            protocolFeeRecipients: text(theirs.protocolFeeRecipients),
            coinCreatorFeeBasisPoints: fromBn(theirs.coinCreatorFeeBasisPoints),
            reservedFeeRecipient: theirs.reservedFeeRecipient.toBase58(),
            reservedFeeRecipients: text(theirs.reservedFeeRecipients),
            buybackFeeRecipients: text(theirs.buybackFeeRecipients),
            buybackBasisPoints: fromBn(theirs.buybackBasisPoints),
            boostEnabled: theirs.boostEnabled,
            creatorFeeConfigurable: theirs.creatorFeeConfigurable,
            maxConfigurableCreatorFeeBps: fromBn(theirs.maxConfigurableCreatorFeeBps),
          },
        });
      }),
      { numRuns: 60 },
    );
  });

  test("other bytes are refused", () => {
    expect(decodePumpGlobal(CONFIG)).toMatchObject({ reason: "GLOBAL_MALFORMED" });
    expect(decodePumpSwapGlobalConfig(GLOBAL)).toMatchObject({ reason: "GLOBAL_MALFORMED" });
    const global = new Uint8Array(1_004);
    global.set(GLOBAL);
    const config = new Uint8Array(906);
    config.set(CONFIG);
    expect([decodePumpGlobal(global), decodePumpSwapGlobalConfig(config)]).toMatchObject([{ ok: false }, { ok: false }]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_100 }), (bytes) => void [decodePumpGlobal(bytes), decodePumpSwapGlobalConfig(bytes)]),
    );
  });
});

describe("fee recipients", () => {
  const lists = { reservedFeeRecipient: B, reservedFeeRecipients: [DEFAULT_ADDRESS, A] };

  test("mayhem coins pay the reserved ones; empty entries are left out", () => {
    const global = { ...lists, feeRecipient: A, feeRecipients: [DEFAULT_ADDRESS] };
    expect([curveFeeRecipients(global, false), curveFeeRecipients(global, true)]).toEqual([[A], [B, A]]);
    const config = { ...lists, protocolFeeRecipients: [DEFAULT_ADDRESS, B] };
    expect([poolFeeRecipients(config, false), poolFeeRecipients(config, true)]).toEqual([[B], [B, A]]);
  });

  test("the choice selects from both lists; nothing to choose from is refused", () => {
    expect(pickFeeRecipients([A, B], [B], 3)).toEqual({ ok: true, value: { protocolFeeRecipient: B, buybackFeeRecipient: B } });
    expect(pickFeeRecipients([A, B], [DEFAULT_ADDRESS, A], 2)).toEqual({
      ok: true,
      value: { protocolFeeRecipient: A, buybackFeeRecipient: A },
    });
    expect(pickFeeRecipients([], [A], 0)).toMatchObject({ reason: "GLOBAL_MALFORMED" });
    expect(pickFeeRecipients([A], [DEFAULT_ADDRESS], 0)).toMatchObject({ reason: "GLOBAL_MALFORMED" });
  });
});
