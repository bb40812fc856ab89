import { describe, expect, test } from "vitest";
import { SAMPLE_SWEEP, sampleAddress } from "./sample-messages.ts";
import { policyFromSettings } from "./settings.ts";
import { HELIUS_TIP_ACCOUNTS } from "./tip-accounts.ts";

const SETTINGS = {
  NETWORK: "mainnet",
  MAX_SPEND_PER_TX_LAMPORTS: "1000000000",
  MAX_FEE_PER_TX_LAMPORTS: "5000000",
  ENTRY_HOUR_LAMPORTS: "5000000000",
  ENTRY_DAY_LAMPORTS: "20000000000",
  ENTRY_SIGNATURES_PER_HOUR: "30",
  ENTRY_SIGNATURES_PER_DAY: "120",
  EXIT_HOUR_LAMPORTS: "750000000",
  EXIT_DAY_LAMPORTS: "1500000000",
  EXIT_SIGNATURES_PER_HOUR: "600",
  EXIT_SIGNATURES_PER_DAY: "5000",
  SWEEP_ADDRESS: "",
  SWEEP_ABOVE_LAMPORTS: "",
  TIP_ACCOUNTS: "",
};

describe("signer policy from settings", () => {
  test("exits for a day's entries and an hour's in an hour, and for two days' in a day, are enough", () => {
    const exits = { EXIT_SIGNATURES_PER_HOUR: "150", EXIT_SIGNATURES_PER_DAY: "240", EXIT_DAY_LAMPORTS: "1200000000" };
    expect(policyFromSettings({ ...SETTINGS, ...exits })).toMatchObject({ ok: true });
  });

  test("reads every figure; empty optional ones are absent", () => {
    expect(policyFromSettings(SETTINGS)).toMatchObject({
      ok: true,
      value: { maxSpendPerTxLamports: 1_000_000_000n, exitSignaturesPerDay: 5_000, sweepAddress: null, sweepAboveLamports: null },
    });
    const own = sampleAddress(77);
    const full = policyFromSettings({
      ...SETTINGS,
      SWEEP_ADDRESS: SAMPLE_SWEEP,
      SWEEP_ABOVE_LAMPORTS: "5",
      TIP_ACCOUNTS: `${own}, ${own}`,
    });
    expect(full).toMatchObject({
      ok: true,
      value: { sweepAddress: SAMPLE_SWEEP, sweepAboveLamports: 5n, tipAccounts: [...HELIUS_TIP_ACCOUNTS, own, own] },
    });
  });

  for (const name of Object.keys(SETTINGS).slice(0, 11)) {
    test(`${name} is never defaulted`, () => {
      const { [name as keyof typeof SETTINGS]: _, ...rest } = SETTINGS;
      expect(policyFromSettings(rest)).toMatchObject({ ok: false, reason: "SIGNER_POLICY_INVALID", detail: expect.stringContaining(name) });
      for (const value of ["", "-1", "1.5", "1e9", "0x10", "99999999999999999999999", "lots"]) {
        expect(policyFromSettings({ ...SETTINGS, [name]: value }), value).toMatchObject({ ok: false, reason: "SIGNER_POLICY_INVALID" });
      }
    });
  }

  test.each([
    ["an hour has fewer exits than a day's entries and an hour's", { EXIT_SIGNATURES_PER_HOUR: "149" }],
    ["a day has fewer exits than two days' entries", { EXIT_SIGNATURES_PER_DAY: "239" }],
    ["an hour's exits cannot be paid", { EXIT_HOUR_LAMPORTS: "749999999" }],
    ["a day's exits cannot be paid", { EXIT_DAY_LAMPORTS: "1199999999" }],
    ["a sweep address that is none", { SWEEP_ADDRESS: "abc" }],
    ["a tip account that is none", { TIP_ACCOUNTS: `${SAMPLE_SWEEP},` }],
  ])("refused: %s", (_, change) => {
    expect(policyFromSettings({ ...SETTINGS, ...change })).toMatchObject({ ok: false, reason: "SIGNER_POLICY_INVALID" });
  });
});
