import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { associatedTokenAddress } from "./address.ts";
import { decodeBase64 } from "./base64.ts";
import { toHex } from "./bytes.ts";
import { decodeTransaction, findGraduation } from "./decode.ts";
import { encodeEvent } from "./encode-events.ts";
import { unwrapTransactions } from "./envelope.ts";
import { decodeEventFields, eventLayout } from "./event-layouts.ts";
import { readProgramData } from "./program-logs.ts";
import { decodeMint, encodeMint, extensionName, readTokenMetadata } from "./token.ts";
import { type ChainTransaction, parseTransaction } from "./transaction.ts";

const FIXTURES = decodeURIComponent(new URL("../../../shared/fixtures/", import.meta.url).pathname);
const present = existsSync(FIXTURES);
if (!present) console.warn("SKIPPED: recorded chain data, ../shared/fixtures is missing");

function text(path: string): string {
  return readFileSync(FIXTURES + path, "utf8");
}

function json<T>(path: string): T {
  return JSON.parse(text(path)) as T;
}

function parsed(value: unknown): ChainTransaction {
  const result = parseTransaction(value);
  if (!result.ok) throw new Error(`${result.reason}: ${result.detail}`);
  return result.value;
}

/** Every recorded transaction of a file; the Raydium files hold several values, separated by commas. */
function recorded(path: string): ChainTransaction[] {
  const content = text(path).trim().replace(/,$/, "");
  return unwrapTransactions(JSON.parse(`[${content}]`)).map(parsed);
}

interface RecordedEvent {
  readonly id: string;
  readonly data_base64: string;
  readonly decoded: { readonly program: string; readonly event: string; readonly bytes: number; readonly fields: Record<string, unknown> };
}

describe.skipIf(!present)("recorded events", () => {
  const { events } = present ? json<{ events: RecordedEvent[] }>("events/real-events.json") : { events: [] };

  test.each(events)("$id: field for field", ({ data_base64, decoded }) => {
    const payload = decodeBase64(data_base64) ?? new Uint8Array();
    expect(payload).toHaveLength(decoded.bytes);
    const layout = eventLayout(toHex(payload.subarray(0, 8)));
    if (layout === undefined) throw new Error("no layout");
    expect({ program: layout.program, event: `${layout.name}Event` }).toEqual({ program: decoded.program, event: decoded.event });
    const fields = decodeEventFields(layout, payload) ?? {};
    // The recording has numbers where we have decimal strings.
    const expected = Object.entries(decoded.fields).map(([name, value]) => {
      const isText = typeof value === "number" && typeof fields[name] === "string";
      return [name, isText ? String(value) : value];
    });
    expect(fields).toEqual(Object.fromEntries(expected));
    expect(toHex(payload).startsWith(toHex(encodeEvent(layout.name, fields)).slice(0, 2 * Math.min(payload.length, 168)))).toBe(true);
  });

  test("a complete log of 2026-09-24 gives one event, attributed to PumpSwap", () => {
    const log = json<{ logMessages: string[]; expected: Record<string, number> }>("events/pumpswap-buy-full-logs-2026-09-24.json");
    const { data, complete } = readProgramData(log.logMessages);
    expect([data.length, complete]).toEqual([1, true]);
    const layout = eventLayout(toHex(data[0]?.payload.subarray(0, 8) ?? new Uint8Array()));
    const fields = layout === undefined || data[0] === undefined ? null : decodeEventFields(layout, data[0].payload);
    for (const [name, value] of Object.entries(log.expected)) expect(fields?.[name]).toBe(String(value));
  });
});

const FOUND: ReadonlyArray<readonly [file: string, events: string, outcome: string]> = [
  ["transactions/2025-pumpfun-create-token.json", "Create,Trade", "TX_NOT_GRADUATION"],
  ["transactions/2025-pumpfun-migrate.json", "migrate,Sell", "MIGRATION_NOOP"],
  ["transactions/2025-pumpfun-trade.json", "Trade", "TX_NOT_GRADUATION"],
  ["transactions/2025-pumpswap-add-liquidity.json", "", "TX_NOT_GRADUATION"],
  ["transactions/2025-pumpswap-buy.json", "Buy", "TX_NOT_GRADUATION"],
  ["transactions/2025-pumpswap-create.json", "migrate,CreatePool,CompletePumpAmmMigration,Buy", "graduation"],
  ["transactions/2025-pumpswap-withdraw.json", "", "TX_NOT_GRADUATION"],
  ["transactions/pumpswap-buy_exact_quote_in-2026-09-25.json", "Buy", "TX_NOT_GRADUATION"],
  ["transactions/raw_buy_tx_from_gettransaction.json", "Trade", "TX_NOT_GRADUATION"],
  ["transactions/raw_create_tx_from_blocksubscribe.json", "Create,Trade", "TX_NOT_GRADUATION"],
  ["transactions/raw_create_tx_from_gettransaction.json", "Create,Trade", "TX_NOT_GRADUATION"],
  ["helius/sample-raw-webhook.json", "", "TX_NOT_GRADUATION"],
  ["helius/sample-enhanced-webhook.json", "", "TX_NOT_GRADUATION"],
  ["helius/webhook-PUMP_AMM-SWAP-2025-08-26.json", "", "TX_NOT_GRADUATION"],
];

describe.skipIf(!present)("recorded transactions", () => {
  test.each(FOUND)("%s: %s, %s", (file, events, outcome) => {
    const [tx, ...more] = recorded(file);
    if (tx === undefined) throw new Error("no transaction");
    expect(more).toEqual([]);
    expect(
      decodeTransaction(tx)
        .map(({ name }) => name)
        .join(","),
    ).toBe(events);
    const found = findGraduation(tx);
    expect(found.ok ? "graduation" : found.reason).toBe(outcome);
  });

  test("inner instructions and logs tell the same events", () => {
    for (const [file] of FOUND) {
      const [tx] = recorded(file);
      if (tx === undefined || tx.logs.length === 0) continue;
      const fieldsOf = (side: ChainTransaction) => decodeTransaction(side).map(({ name, fields }) => ({ name, fields }));
      const onlyLogs = {
        ...tx,
        instructions: tx.instructions.map((top) => ({ ...top, inner: top.inner.filter(({ data }) => data[0] !== 0xe4) })),
      };
      const sort = (list: ReturnType<typeof fieldsOf>) => list.map((event) => JSON.stringify(event)).sort();
      expect(sort(fieldsOf(onlyLogs))).toEqual(sort(fieldsOf({ ...tx, logs: [] })));
    }
  });

  test("the one graduation, with what the chain says of it", () => {
    const [tx] = recorded("transactions/2025-pumpswap-create.json");
    expect(tx && findGraduation(tx)).toEqual({
      ok: true,
      value: {
        signature: "2ffHb9AXeKNVs3KSusTHTY3GTPnUJ2WLr48pjHDZjhMYfLC9P6XWXMuDkev13X49qLp6A5CkDmAJciJgieQUFidV",
        slot: 344_681_481,
        blockTimeMs: 1_749_087_571_000,
        mint: "npB9cxTzwUiGt7jk2dXZa52xZve8SgVD6Et9Bpipump",
        pool: "Ef7wUrbarRXHNMMgBs8cstSkzRttnstjMsniaq7zMp6j",
        bondingCurve: "8qoeYoeWG5ifYKp2uAdq7du8zsMB4AbZN7qqbdZnXbaH",
        user: "9ZbTXdPSdKZeTCY215VwzEHhJoiDK4xtbaRqr3f7b3R1",
        creator: "B9gnz4YLhxqzTkfakaVviZe5WfTLY4MqGmWhaxF8BrFk",
        quoteMint: "So11111111111111111111111111111111111111112",
        baseAmount: 206_900_000_000_001n,
        quoteAmountLamports: 84_990_359_420n,
        instruction: "migrate",
      },
    });
  });

  test("the wire form and the json form of an entry say the same", () => {
    const [wire] = recorded("transactions/raw_create_tx_from_blocksubscribe.json");
    const create = wire && decodeTransaction(wire)[0];
    expect(create?.fields).toMatchObject({ symbol: "NYXORA", mint: "7YD6ZHb39jGb33ki2iFd7kHK11yMkSFCc9kvjJscpump" });
    expect(wire?.accountKeys).toContain(create?.fields["bonding_curve"]);
    expect([wire?.slot, wire?.blockTimeMs]).toEqual([null, null]);
  });

  test("Raydium frames of 2024 and 52 enhanced swaps are read and hold no event of ours", () => {
    const frames = ["create-pool", "init", "transactions"].flatMap((name) => recorded(`transactions/2024-raydium-${name}.json`));
    const swaps = recorded("helius/enhanced-52-swaps.json");
    expect([frames.length, swaps.length]).toEqual([15, 52]);
    for (const tx of [...frames, ...swaps]) {
      expect(decodeTransaction(tx)).toEqual([]);
      expect(findGraduation(tx)).toMatchObject({ ok: false });
    }
  });

  test("damaged recordings are refused or read, never thrown at", () => {
    const files = FOUND.map(([file]) => file).filter((file) => !file.includes("enhanced"));
    const values = files.flatMap((file) => unwrapTransactions(json(file)));
    const damage = fc.constantFrom<unknown>(undefined, null, -1, Number.POSITIVE_INFINITY, "", "x", [], {}, 255, true);
    fc.assert(
      fc.property(fc.nat(values.length - 1), fc.array(fc.nat(), { minLength: 1, maxLength: 9 }), damage, (which, path, junk) => {
        const value: unknown = structuredClone(values[which]);
        let at: unknown = value;
        for (const [depth, step] of path.entries()) {
          if (typeof at !== "object" || at === null) break;
          const keys = Object.keys(at);
          const key = keys[step % Math.max(1, keys.length)];
          if (key === undefined) break;
          const record = at as Record<string, unknown>;
          if (depth === path.length - 1) record[key] = junk;
          at = record[key];
        }
        const tx = parseTransaction(value);
        if (tx.ok) void [decodeTransaction(tx.value), findGraduation(tx.value)];
        else expect(["TX_MALFORMED", "TX_NOT_FOUND"]).toContain(tx.reason);
      }),
      { numRuns: 400 },
    );
  });
});

describe.skipIf(!present)("recorded mints", () => {
  interface RecordedMint {
    readonly mint: string;
    readonly dataB64: string;
  }
  test.each([
    ["pump", ["metadataPointer", "tokenMetadata"], "Pump Key Tech", null],
    [
      "spam",
      ["metadataPointer", "permanentDelegate", "tokenMetadata"],
      "SWITCH TO PUMPAPI.IO!",
      "sWicthYFXXjnUQMujs4mZqH1p9WynTVGppuSqyBJBwU",
    ],
  ] as const)("the %s mint", (which, extensions, name, authority) => {
    const { mint, dataB64 } = json<Record<string, RecordedMint>>("accounts/mint-extensions.json")[which] ?? { mint: "", dataB64: "" };
    const data = decodeBase64(dataB64) ?? new Uint8Array();
    const decoded = decodeMint(data);
    if (!decoded.ok) throw new Error(decoded.reason);
    expect(decoded.value.extensions.map(({ type }) => extensionName(type))).toEqual(extensions);
    expect([decoded.value.mintAuthority, decoded.value.freezeAuthority, decoded.value.decimals]).toEqual([authority, authority, 6]);
    expect(readTokenMetadata(decoded.value)?.name.startsWith(name)).toBe(true);
    expect(readTokenMetadata(decoded.value)?.mint).toBe(mint);
    expect(encodeMint(decoded.value)).toEqual(data);
  });
});

describe.skipIf(!present)("recorded account lists", () => {
  test("vaults of a migrate_v2 (2026) are associated accounts of the pool under their token programs", () => {
    const { accounts } = json<{ accounts: Array<{ key: string; idl_name: string }> }>("transactions/migrate_v2-accounts-datadog.json");
    const named = Object.fromEntries(accounts.map(({ idl_name, key }) => [idl_name, key]));
    const at = (name: string) => named[name] ?? "";
    expect(associatedTokenAddress(at("pool"), at("base_mint"), at("base_token_program"))).toBe(at("pool_base_token_account"));
    expect(associatedTokenAddress(at("pool"), at("quote_mint"), at("quote_token_program"))).toBe(at("pool_quote_token_account"));
  });
});
