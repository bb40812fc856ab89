import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bondingCurveAddress, canonicalPoolAddress } from "../venues/pdas.ts";
import { encodeBase58 } from "./base58.ts";
import { fromHex } from "./bytes.ts";
import { decodeTransaction, findGraduation, findGraduations } from "./decode.ts";
import { INSTRUCTION_DISCRIMINATOR } from "./discriminators.ts";
import { encodeEvent, eventCpiData, eventLogLine } from "./encode-events.ts";
import { decodeEventFields, EVENT_LAYOUTS, type EventFields, type FieldType } from "./event-layouts.ts";
import { readProgramData } from "./program-logs.ts";
import { DEFAULT_ADDRESS, PUMP_PROGRAM, PUMP_SWAP_PROGRAM, TOKEN_PROGRAM, USDC_MINT, WSOL_MINT } from "./programs.ts";
import type { ChainInstruction, ChainTransaction, TopInstruction } from "./transaction.ts";

const MINT = "ELJFma9JzJfLWbc2fBSXPMAExayXoTr2LUNJLbPpump";
const STRANGER = "BnnNJJgy9w2MLQ9XBKJKG9FQa2r9qdW7u5VpzEkwUcc3";
const SIGNATURE = "5nNtjezQMYBHvgSQmoRmJPiXGsPAWmJPoGSa64xanqrauogiVzFyGQhKeFataHGXq51jR2hjbzNTkPUpP787HAmL";

const migration = (fields: Record<string, string> = {}) =>
  encodeEvent("CompletePumpAmmMigration", {
    user: STRANGER,
    mint: MINT,
    mint_amount: "206900000000000",
    sol_amount: "84990359084",
    pool_migration_fee: "15000001",
    bonding_curve: bondingCurveAddress(MINT),
    timestamp: "1784955620",
    pool: canonicalPoolAddress(MINT),
    ...fields,
  });
const createPool = (fields: Record<string, string> = {}) =>
  encodeEvent("CreatePool", {
    pool: canonicalPoolAddress(MINT),
    base_mint: MINT,
    quote_mint: WSOL_MINT,
    coin_creator: STRANGER,
    ...fields,
  });

function call(programId: string, data: Uint8Array): ChainInstruction {
  return { programId, accounts: [], data };
}

function migrateInstruction(inner: ChainInstruction[], pool = canonicalPoolAddress(MINT), quoteMint = WSOL_MINT): TopInstruction {
  const accounts = Array.from({ length: 29 }, () => DEFAULT_ADDRESS);
  accounts[2] = MINT;
  accounts[3] = quoteMint;
  accounts[10] = pool;
  return { programId: PUMP_PROGRAM, accounts, data: fromHex(INSTRUCTION_DISCRIMINATOR.migrateV2), inner };
}

function transaction(instructions: TopInstruction[], logs: string[] = [], rest: Partial<ChainTransaction> = {}): ChainTransaction {
  return {
    signature: SIGNATURE,
    slot: 7,
    blockTimeMs: null,
    failed: false,
    accountKeys: [],
    instructions,
    innerRecorded: true,
    logs,
    preBalances: [],
    postBalances: [],
    preTokenBalances: [],
    postTokenBalances: [],
    ...rest,
  };
}

/** Log lines of `program` writing payloads while it runs. */
function running(program: string, ...lines: string[]): string[] {
  return [`Program ${program} invoke [1]`, ...lines, `Program ${program} success`];
}

const names = (tx: ChainTransaction) => decodeTransaction(tx).map(({ name }) => name);
const good = migrateInstruction([call(PUMP_SWAP_PROGRAM, eventCpiData(createPool())), call(PUMP_PROGRAM, eventCpiData(migration()))]);

describe("several graduations in one transaction", () => {
  const other = "DbGXoaGGkNoFQgEWSSSANfHnMpjJb7emo9c9cHdEpump";
  const otherInstruction = (pool: string): TopInstruction => {
    const event = migration({ mint: other, bonding_curve: bondingCurveAddress(other), pool });
    const built = migrateInstruction([call(PUMP_PROGRAM, eventCpiData(event))], pool);
    return { ...built, accounts: built.accounts.map((account, i) => (i === 2 ? other : account)) };
  };

  test("are all reported, each by itself", () => {
    const both = transaction([good, otherInstruction(canonicalPoolAddress(other))]);
    expect(findGraduations(both)).toMatchObject([
      { ok: true, value: { mint: MINT, pool: canonicalPoolAddress(MINT) } },
      { ok: true, value: { mint: other, pool: canonicalPoolAddress(other) } },
    ]);
    expect(findGraduation(both)).toEqual(findGraduations(both)[0]);
    const impostor = transaction([otherInstruction(canonicalPoolAddress(MINT)), good]);
    expect(findGraduations(impostor)).toMatchObject([{ reason: "POOL_NOT_CANONICAL" }, { ok: true, value: { mint: MINT } }]);
  });

  test("none is one refusal", () => {
    expect(findGraduations(transaction([]))).toMatchObject([{ reason: "TX_NOT_GRADUATION" }]);
    expect(findGraduations(transaction([good], [], { failed: true }))).toMatchObject([{ reason: "TX_FAILED" }]);
  });
});

describe("events of a transaction", () => {
  test("a boost tells the virtual reserves that it made", () => {
    const boost = encodeEvent("InitBoost", {
      mint: MINT,
      pool: canonicalPoolAddress(MINT),
      virtual_quote_reserves: 17_584_505_294n,
      real_quote_reserves_after: 67_405_853_790n,
    });
    const [event] = decodeTransaction(transaction([migrateInstruction([call(PUMP_SWAP_PROGRAM, eventCpiData(boost))])])).slice(1);
    expect(event).toMatchObject({
      name: "InitBoost",
      fields: { mint: MINT, virtual_quote_reserves: "17584505294", real_quote_reserves_after: "67405853790" },
    });
  });

  test("an event in inner instructions and logs is one event, in execution order", () => {
    const logs = running(PUMP_PROGRAM, eventLogLine(migration()));
    expect(names(transaction([good], logs))).toEqual(["migrate_v2", "CreatePool", "CompletePumpAmmMigration"]);
    expect(decodeTransaction(transaction([good], logs)).map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  test("two equal events stay two, in either form", () => {
    const twice = [call(PUMP_PROGRAM, eventCpiData(migration())), call(PUMP_PROGRAM, eventCpiData(migration()))];
    const line = eventLogLine(migration());
    expect(names(transaction([{ ...call(PUMP_PROGRAM, new Uint8Array()), inner: twice }], running(PUMP_PROGRAM, line, line)))).toHaveLength(
      2,
    );
    expect(names(transaction([], running(PUMP_PROGRAM, line, line)))).toHaveLength(2);
  });

  test("logs fill in what inner instructions lack", () => {
    const tx = transaction([migrateInstruction([])], running(PUMP_PROGRAM, eventLogLine(migration())), { innerRecorded: false });
    expect(names(tx)).toEqual(["migrate_v2", "CompletePumpAmmMigration"]);
  });

  test.each([
    [
      "another program's self-call",
      transaction([{ ...call(STRANGER, new Uint8Array()), inner: [call(STRANGER, eventCpiData(migration()))] }]),
    ],
    [
      "PumpSwap's self-call",
      transaction([{ ...call(STRANGER, new Uint8Array()), inner: [call(PUMP_SWAP_PROGRAM, eventCpiData(migration()))] }]),
    ],
    ["another program's log", transaction([], running(STRANGER, eventLogLine(migration())))],
    [
      "another program's log under pump's name in its text",
      transaction([], running(STRANGER, `Program log: \nProgram ${PUMP_PROGRAM} invoke [2]`, eventLogLine(migration()))),
    ],
    [
      "a log of a program that pump calls",
      transaction([], running(PUMP_PROGRAM, `Program ${STRANGER} invoke [2]`, eventLogLine(migration()))),
    ],
  ])("%s is no event of pump, and not a graduation", (_name, tx) => {
    expect(names(tx)).toEqual([]);
    expect(findGraduation(tx)).toMatchObject({ ok: false, reason: "EVENT_FOREIGN_PROGRAM" });
  });

  test.each([
    [
      "a top-level instruction that only looks like an event",
      transaction([{ ...call(PUMP_PROGRAM, eventCpiData(migration())), inner: [] }]),
    ],
    ["a log outside every program", transaction([], [eventLogLine(migration())])],
    ["a log after the stack stopped adding up", transaction([], [`Program ${PUMP_PROGRAM} invoke [3]`, eventLogLine(migration())])],
    ["a log after the cut", transaction([], [`Program ${PUMP_PROGRAM} invoke [1]`, "Log truncated", eventLogLine(migration())])],
    ["a payload that is not base64", transaction([], running(PUMP_PROGRAM, "Program data: velduVyU6p!"))],
    ["an unknown event", transaction([], running(PUMP_PROGRAM, "Program data: AAAAAAAAAAA="))],
    ["a failed transaction", transaction([good], [], { failed: true })],
  ])("%s gives none", (_name, tx) => {
    expect(names(tx)).toEqual([]);
    expect(findGraduation(tx).ok).toBe(false);
  });
});

describe("graduations", () => {
  test("instruction and event together are one", () => {
    expect(findGraduation(transaction([good]))).toEqual({
      ok: true,
      value: {
        signature: SIGNATURE,
        slot: 7,
        blockTimeMs: null,
        mint: MINT,
        pool: canonicalPoolAddress(MINT),
        bondingCurve: bondingCurveAddress(MINT),
        user: STRANGER,
        creator: STRANGER,
        quoteMint: WSOL_MINT,
        baseAmount: 206_900_000_000_000n,
        quoteAmountLamports: 84_990_359_084n,
        instruction: "migrate_v2",
      },
    });
  });

  test("another quote keeps its mint, for the filter to refuse", () => {
    const pool = canonicalPoolAddress(MINT, USDC_MINT);
    const event = migration({ quote_mint: USDC_MINT, pool, sol_amount: "0" });
    const tx = transaction([migrateInstruction([call(PUMP_PROGRAM, eventCpiData(event))], pool, USDC_MINT)]);
    expect(findGraduation(tx)).toMatchObject({ ok: true, value: { quoteMint: USDC_MINT, creator: null } });
  });

  const carry = (payload: Uint8Array, ...more: ChainInstruction[]) =>
    transaction([migrateInstruction([...more, call(PUMP_PROGRAM, eventCpiData(payload))])]);
  test.each([
    ["a failed transaction", transaction([good], [], { failed: true }), "TX_FAILED"],
    ["an instruction without its event", transaction([migrateInstruction([])]), "MIGRATION_NOOP"],
    ["a cut recording", transaction([migrateInstruction([])], ["Log truncated"], { innerRecorded: false }), "TX_MALFORMED"],
    [
      "a recording without inner instructions and logs",
      transaction([migrateInstruction([])], [], { innerRecorded: false }),
      "TX_MALFORMED",
    ],
    ["another pool", carry(migration({ pool: STRANGER })), "POOL_NOT_CANONICAL"],
    ["another curve", carry(migration({ bonding_curve: STRANGER })), "TX_MALFORMED"],
    ["another quote than the instruction's", carry(migration({ quote_mint: USDC_MINT })), "TX_MALFORMED"],
    ["another mint than the instruction's", carry(migration({ mint: STRANGER })), "TX_NOT_GRADUATION"],
    [
      "an inverted pool",
      carry(migration(), call(PUMP_SWAP_PROGRAM, eventCpiData(createPool({ base_mint: WSOL_MINT, quote_mint: MINT })))),
      "POOL_MINT_MISMATCH",
    ],
    [
      "a stranger's pool",
      transaction([{ ...call(PUMP_SWAP_PROGRAM, new Uint8Array()), inner: [call(PUMP_SWAP_PROGRAM, eventCpiData(createPool()))] }]),
      "TX_NOT_GRADUATION",
    ],
    [
      "an event without its instruction",
      transaction([{ ...call(TOKEN_PROGRAM, new Uint8Array()), inner: good.inner }]),
      "TX_NOT_GRADUATION",
    ],
    ["nothing", transaction([]), "TX_NOT_GRADUATION"],
  ])("%s is refused", (_name, tx, reason) => {
    expect(findGraduation(tx)).toMatchObject({ ok: false, reason });
  });
});

describe("event payloads", () => {
  const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(String);
  const byType: Record<FieldType, fc.Arbitrary<EventFields[string]>> = {
    u8: fc.nat(255),
    u16: fc.nat(65_535),
    u64,
    i64: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(String),
    i128: fc.bigInt({ min: -(1n << 127n), max: (1n << 127n) - 1n }).map(String),
    bool: fc.boolean(),
    pubkey: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeBase58),
    string: fc.string({ unit: "grapheme" }),
    shareholders: fc.array(fc.record({ address: fc.constant(STRANGER), share_bps: fc.nat(10_000) }), { maxLength: 10 }),
  };

  test.each(EVENT_LAYOUTS)("$name: decode gives back what was encoded, with any tail; cuts never throw", (layout) => {
    const fields = fc.record(Object.fromEntries(layout.fields.map(([name, type]) => [name, byType[type]])));
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 40 }), fc.nat(), (value, tail, cut) => {
        const payload = encodeEvent(layout.name, value);
        expect(decodeEventFields(layout, Uint8Array.of(...payload, ...tail))).toEqual(value);
        const decoded = decodeEventFields(layout, payload.subarray(0, cut % payload.length));
        if (decoded !== null) expect(Object.keys(decoded)).toEqual(layout.fields.map(([name]) => name));
      }),
      { numRuns: 60 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void decodeEventFields(layout, bytes)));
    expect(decodeEventFields(layout, fromHex(layout.discriminator))).toBeNull();
  });

  test("the migration event of 2025 (168 bytes) reads as SOL; a byte less is refused", () => {
    const layout = EVENT_LAYOUTS.find(({ name }) => name === "CompletePumpAmmMigration");
    if (layout === undefined) throw new Error("layout missing");
    const payload = migration({ quote_mint: USDC_MINT });
    expect(payload).toHaveLength(200);
    expect(decodeEventFields(layout, payload.subarray(0, 168))?.["quote_mint"]).toBe(DEFAULT_ADDRESS);
    expect(decodeEventFields(layout, payload.subarray(0, 167))).toBeNull();
  });

  test("a string or a share list that is longer than the payload is refused", () => {
    for (const [name, field] of [
      ["Create", "name"],
      ["Buy", "ix_name"],
    ] as const) {
      const layout = EVENT_LAYOUTS.find((candidate) => candidate.name === name);
      if (layout === undefined) throw new Error("layout missing");
      const payload = encodeEvent(name, { [field]: "abc" });
      const at = payload.findIndex((_, i) => payload[i] === 3 && payload[i + 4] === 97);
      payload.set([0xff, 0xff, 0xff, 0x7f], at);
      expect(decodeEventFields(layout, payload)).toBeNull();
    }
  });

  test("encoding refuses unknown fields and values that do not fit", () => {
    expect(() => encodeEvent("Trade", { sol_amuont: 1n })).toThrow(RangeError);
    expect(() => encodeEvent("Trade", { sol_amount: -1n })).toThrow(RangeError);
    expect(() => encodeEvent("Trade", { sol_amount: "1.5" })).toThrow(RangeError);
  });
});

describe("program logs", () => {
  test("any lines are read without throwing", () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(`Program ${PUMP_PROGRAM} invoke [1]`, `Program ${PUMP_PROGRAM} success`, "Log truncated", "Program data: AAAA"),
      fc.string().map((text) => `Program ${PUMP_PROGRAM} failed: ${text}`),
    );
    fc.assert(fc.property(fc.array(line), (logs) => void readProgramData(logs)));
  });

  test("a failed inner call is left again, its data stays its own", () => {
    const logs = [
      `Program ${PUMP_PROGRAM} invoke [1]`,
      `Program ${STRANGER} invoke [2]`,
      "Program data: AQ==",
      `Program ${STRANGER} failed: custom program error: 0x1`,
      "Program data: Ag==",
      `Program ${PUMP_PROGRAM} success`,
    ];
    expect(readProgramData(logs)).toEqual({
      data: [
        { program: STRANGER, payload: Uint8Array.of(1) },
        { program: PUMP_PROGRAM, payload: Uint8Array.of(2) },
      ],
      complete: true,
    });
  });
});
