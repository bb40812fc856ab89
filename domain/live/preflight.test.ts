import { describe, expect, test } from "vitest";
import { ok, refuse } from "../result.ts";
import type { SignerPolicy } from "../signing/types.ts";
import { MAINNET_GENESIS_HASH, PUMP_PROGRAM } from "../solana/programs.ts";
import { builtinParameters } from "../trading/parameters.ts";
import { WATCHED_PROGRAMS } from "./drift.ts";
import { type Incidents, reduceIncidents } from "./incidents.ts";
import { confirmationText, evaluatePreflight, type PreflightFacts, walletFloorLamports } from "./preflight.ts";

const PARAMETERS = builtinParameters("default");
const POLICY: SignerPolicy = {
  network: "mainnet",
  maxSpendPerTxLamports: 1_000_000_000n,
  maxFeePerTxLamports: 1_000_000n,
  entryHourLamports: 5_000_000_000n,
  entryDayLamports: 20_000_000_000n,
  entrySignaturesPerHour: 20,
  entrySignaturesPerDay: 100,
  exitHourLamports: 50_000_000n,
  exitDayLamports: 200_000_000n,
  exitSignaturesPerHour: 60,
  exitSignaturesPerDay: 400,
  sweepAddress: "Sweep1111111111111111111111111111111111111",
  sweepAboveLamports: 5_000_000_000n,
  tipAccounts: ["Tip111111111111111111111111111111111111111"],
};
const primary = { name: "primary", genesisHash: MAINNET_GENESIS_HASH, slot: 500, lagSlots: null, reason: null };
const secondary = { ...primary, name: "secondary", slot: 498, lagSlots: 2 };
const PROGRAMS = WATCHED_PROGRAMS.map(({ programId }) => ({ programId, slot: 7, sha256: "aa" }));
const FACTS: PreflightFacts = {
  ceiling: "live",
  network: "mainnet",
  signer: signerWith({}),
  walletLamports: ok(3_000_000_000n),
  parameters: PARAMETERS,
  equityLamports: null,
  hasSender: true,
  pins: [],
  programs: PROGRAMS,
  clockSkewMs: 800,
  providers: [primary, secondary],
  books: { kind: "closed" },
  incidents: new Map(),
};

function signerWith(policy: Partial<SignerPolicy>): PreflightFacts["signer"] {
  return ok({ address: "Wa11et", policy: { ...POLICY, ...policy }, budgets: [], nowMs: 0 });
}

/** The checks that fail. */
function failing(change: Partial<PreflightFacts>) {
  return evaluatePreflight({ ...FACTS, ...change }).filter((check) => !check.ok);
}

function raised(severity: "page" | "warn", answered = false): Incidents {
  const report = { code: "EXIT_STUCK", subject: "p1", detail: "", severity } as const;
  const { incidents } = reduceIncidents(new Map(), { type: "raise", nowMs: 0, report, newId: "i", author: "system" });
  return answered ? reduceIncidents(incidents, { type: "acknowledge", nowMs: 1, incidentId: "i", author: "ann" }).incidents : incidents;
}

describe("preflight", () => {
  test("everything in order: eight checks pass, each with what it saw", () => {
    const checks = evaluatePreflight(FACTS);
    expect(checks.map(({ name }) => name).toSorted()).toEqual(
      ["mode", "wallet", "policy", "drift", "clock", "rpc", "books", "incidents"].toSorted(),
    );
    for (const check of checks) expect(check).toMatchObject({ ok: true, code: null, detail: expect.stringMatching(/.+/) });
    expect(checks.find(({ name }) => name === "wallet")?.detail).toBe("Wa11et holds 3 SOL");
    expect(checks.find(({ name }) => name === "policy")?.detail).toContain("what exceeds 5 SOL is swept to Sweep1");
  });

  test.each<[string, Partial<PreflightFacts>, string, string]>([
    ["a paper deployment", { ceiling: "paper" }, "mode", "MODE_NOT_ALLOWED"],
    ["an empty wallet", { walletLamports: ok(0n) }, "wallet", "WALLET_UNDERFUNDED"],
    ["a wallet just below the least", { walletLamports: ok(walletFloorLamports(PARAMETERS) - 1n) }, "wallet", "WALLET_UNDERFUNDED"],
    ["a balance that the providers dispute", { walletLamports: refuse("RPC_DISAGREEMENT") }, "wallet", "RPC_DISAGREEMENT"],
    ["a signer of another network", { signer: signerWith({ network: "localnet" }) }, "policy", "PREFLIGHT_FAILED"],
    ["a spend cap below any position", { signer: signerWith({ maxSpendPerTxLamports: 1n }) }, "policy", "PREFLIGHT_FAILED"],
    ["a fee cap below the fees", { signer: signerWith({ maxFeePerTxLamports: 304_999n }) }, "policy", "PREFLIGHT_FAILED"],
    ["too little for exits", { signer: signerWith({ exitHourLamports: 1_000_000n }) }, "policy", "PREFLIGHT_FAILED"],
    ["too few exits", { signer: signerWith({ exitSignaturesPerHour: 19 }) }, "policy", "PREFLIGHT_FAILED"],
    ["too little for an entry", { signer: signerWith({ entryHourLamports: 1n }) }, "policy", "PREFLIGHT_FAILED"],
    ["a limit without an address", { signer: signerWith({ sweepAddress: null }) }, "policy", "PREFLIGHT_FAILED"],
    ["a sweep that leaves nothing", { signer: signerWith({ sweepAboveLamports: 0n }) }, "policy", "PREFLIGHT_FAILED"],
    ["Sender without tip accounts", { signer: signerWith({ tipAccounts: [] }) }, "policy", "PREFLIGHT_FAILED"],
    ["a silent node", { providers: [{ ...primary, genesisHash: null }] }, "rpc", "RPC_UNAVAILABLE"],
    ["an unfit node", { providers: [{ ...primary, reason: "RPC_RATE_LIMITED" }] }, "rpc", "RPC_UNAVAILABLE"],
    ["one of two unfit", { providers: [primary, { ...secondary, genesisHash: null }] }, "rpc", "RPC_UNAVAILABLE"],
    ["a node of another cluster", { providers: [primary, { ...secondary, genesisHash: "devnet" }] }, "rpc", "RPC_WRONG_CLUSTER"],
    ["a node behind", { providers: [primary, { ...secondary, lagSlots: 21 }] }, "rpc", "RPC_LAGGING"],
    ["a clock ahead", { clockSkewMs: 5_001 }, "clock", "CLOCK_SKEW"],
    ["a clock behind", { clockSkewMs: -5_001 }, "clock", "CLOCK_SKEW"],
    ["a clock unread", { clockSkewMs: null }, "clock", "RPC_UNAVAILABLE"],
    ["programs unread", { programs: PROGRAMS.slice(1) }, "drift", "RPC_UNAVAILABLE"],
    ["code to pin that was not read", { programs: PROGRAMS.map((one) => ({ ...one, sha256: null })) }, "drift", "PROGRAM_DRIFT"],
    ["an order under way", { books: { kind: "busy" } }, "books", "OUTCOME_UNKNOWN"],
    [
      "books unlike the wallet",
      { books: { kind: "read", unsettledLamports: 0n, booksLamports: 2n, walletLamports: 1n } },
      "books",
      "BOOKS_MISMATCH",
    ],
    ["a page that nobody answered", { incidents: raised("page") }, "incidents", "PREFLIGHT_FAILED"],
  ])("%s fails one check", (_name, change, name, code) => {
    expect(failing(change)).toMatchObject([{ name, code }]);
  });

  test("without a signer neither wallet nor policy passes", () => {
    expect(failing({ signer: null }).map(({ name, code }) => `${name} ${code}`)).toEqual([
      "wallet SIGNER_UNAVAILABLE",
      "policy SIGNER_UNAVAILABLE",
    ]);
    expect(failing({ signer: refuse("WALLET_MISSING") })[0]).toMatchObject({ name: "wallet", code: "WALLET_MISSING" });
  });

  test("on the embedded market any genesis hash will do but mainnet's, and it must be one", () => {
    const local = { network: "localnet", signer: signerWith({ network: "localnet" }) } as const;
    const [one, other] = [
      { ...primary, genesisHash: "aaa" },
      { ...secondary, genesisHash: "bbb" },
    ];
    expect(failing({ ...local, providers: [one] })).toEqual([]);
    expect(failing({ ...local, providers: [primary] })).toMatchObject([{ code: "RPC_WRONG_CLUSTER" }]);
    expect(failing({ ...local, providers: [one, other] })).toMatchObject([{ code: "RPC_DISAGREEMENT" }]);
  });

  test.each<[string, Partial<PreflightFacts>, string, string]>([
    ["no sweep at all", { signer: signerWith({ sweepAddress: null, sweepAboveLamports: null }) }, "policy", "nothing is swept"],
    ["positions above the cap", { equityLamports: 20_000_000_000n }, "policy", "positions are cut from 3 to 1 SOL"],
    ["one provider", { providers: [primary] }, "rpc", "nothing replaces it"],
    ["pinned programs", { pins: PROGRAMS, programs: PROGRAMS.map((one) => ({ ...one, sha256: null })) }, "drift", "are those pinned"],
    ["an upgrade", { pins: [{ programId: PUMP_PROGRAM, slot: 1, sha256: "bb" }] }, "drift", "pump was deployed anew in slot 7"],
    [
      "equal books",
      { books: { kind: "read", unsettledLamports: 0n, booksLamports: 1_500_000_000n, walletLamports: 1_500_000_000n } },
      "books",
      "hold 1.5 SOL",
    ],
    ["an answered page", { incidents: raised("page", true) }, "incidents", "1 open, every page answered"],
    ["a warning", { incidents: raised("warn") }, "incidents", "1 open"],
  ])("%s passes, and is told", (_name, change, name, detail) => {
    expect(failing(change)).toEqual([]);
    expect(evaluatePreflight({ ...FACTS, ...change }).find((check) => check.name === name)?.detail).toContain(detail);
  });

  test("the confirmation names the wallet", () => {
    expect(confirmationText("7aBcDeFgHiJkLmNoPqRsTuVwXyZ1234567890wxyz", "0a1b2c")).toBe("GO LIVE 7aBc…wxyz 0a1b2c");
  });
});
