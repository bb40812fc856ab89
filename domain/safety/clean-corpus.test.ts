import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import type { Finding } from "../scoring/assessment.ts";
import { decodeTransaction, findGraduation } from "../solana/decode.ts";
import { parseTransaction } from "../solana/transaction.ts";
import { cleanToken } from "./corpus/clean-tokens.ts";
import { type CorpusToken, judgeToken } from "./corpus/harness.ts";
import { hasVeto } from "./findings.ts";
import { type PoolTrade, poolTradesIn } from "./history.ts";
import { judgeMetadata } from "./metadata-gates.ts";
import { judgeTrades } from "./trade-gates.ts";

const SEED = "clean-corpus-1";
const DRAWN = 240;
const MAX_FALSE_REFUSALS = 0.02;
const FIXTURES = decodeURIComponent(new URL("../../../shared/fixtures/", import.meta.url).pathname);
const present = existsSync(FIXTURES);
if (!present) console.warn("SKIPPED: the recorded part of the clean corpus, ../shared/fixtures is missing");

const figures: string[] = [];
afterAll(() => console.log(figures.join("\n")));

/** How many were refused, and how often each soft finding came. */
function tally(what: string, judged: ReadonlyArray<readonly Finding[]>): number {
  const refused = judged.filter(hasVeto);
  const counts = new Map<string, number>();
  for (const findings of judged)
    for (const code of new Set(findings.map((finding) => `${finding.severity} ${finding.code}`)))
      counts.set(code, (counts.get(code) ?? 0) + 1);
  const shares = [...counts].sort((a, b) => b[1] - a[1]).map(([code, count]) => `${code} ${((100 * count) / judged.length).toFixed(1)} %`);
  figures.push(`${what}: ${refused.length} of ${judged.length} refused; ${shares.join(", ") || "no finding"}`);
  return refused.length / judged.length;
}

function json<T>(path: string): T {
  return JSON.parse(readFileSync(FIXTURES + path, "utf8")) as T;
}

test(`${DRAWN} sound tokens drawn from seed ${SEED}: at most 2 % are refused`, () => {
  const judged = Array.from({ length: DRAWN }, (_, index) => judgeToken(cleanToken(index, SEED)));
  expect(tally(`drawn (seed ${SEED})`, judged)).toBeLessThanOrEqual(MAX_FALSE_REFUSALS);
  // Most of them have no fault at all: gates that flag everything tell nothing.
  expect(judged.filter((findings) => findings.length === 0).length / DRAWN).toBeGreaterThan(0.6);
});

describe.skipIf(!present)("recorded", () => {
  test("graduations: accounts derived from the real mints, with the real amounts", () => {
    const { events } = json<{ events: Array<{ id: string; decoded: { fields: Record<string, unknown> } }> }>("events/real-events.json");
    const migrations: CorpusToken[] = events
      .filter(({ id }) => id.startsWith("migration"))
      .map(({ decoded: { fields } }) =>
        migrated(String(fields["mint"]), BigInt(Number(fields["mint_amount"])), BigInt(Number(fields["sol_amount"]))),
      );
    const parsed = parseTransaction(json("transactions/2025-pumpswap-create.json"));
    const found = parsed.ok ? findGraduation(parsed.value) : parsed;
    if (!found.ok) throw new Error(found.reason);
    const tokens = [...migrations, migrated(found.value.mint, found.value.baseAmount, found.value.quoteAmountLamports)];
    expect(tokens.length).toBe(4);
    expect(tally("recorded graduations", tokens.map(judgeToken))).toBe(0);
  });

  test("coins: real mints of pump and their symbols", () => {
    const lines = readFileSync(`${FIXTURES}datasets/smugcalls/calls.jsonl`, "utf8").trim().split("\n");
    const calls = lines.map((line) => JSON.parse(line) as { mint: string; sym: string | null });
    const judged = calls.map(({ mint, sym }) => judgeMetadata({ mint, name: sym ?? "", symbol: sym ?? "", uri: "", createdByPump: true }));
    expect(judged.length).toBe(4_898);
    expect(tally("recorded symbols", judged)).toBeLessThanOrEqual(MAX_FALSE_REFUSALS);
    expect(judged.filter((findings) => findings.length > 0).length / judged.length).toBeLessThan(0.05);
  });

  test.each(["2025-pumpswap-buy", "pumpswap-buy_exact_quote_in-2026-09-25"])("%s states the reserves that its vaults hold", (file) => {
    const parsed = parseTransaction(json(`transactions/${file}.json`));
    if (!parsed.ok) throw new Error(parsed.detail);
    // One of the recordings lacks its slot.
    const tx = { ...parsed.value, slot: parsed.value.slot ?? 1 };
    const events = decodeTransaction(tx);
    const pool = String(events.find(({ name }) => name === "Buy")?.fields["pool"]);
    const trades = poolTradesIn(tx, events, pool);
    expect(trades).toHaveLength(1);
    expect(trades[0]).toMatchObject({ side: "buy", failed: false, statesVaults: true });
    const spoiled = {
      ...tx,
      preTokenBalances: tx.preTokenBalances.map((one) => ({ ...one, amount: one.amount + 1n })),
    };
    expect(poolTradesIn(spoiled, events, pool)[0]?.statesVaults).toBe(false);
  });

  test("swaps of real launches, sound or not: no eight in a row are refused, and few are flagged", () => {
    const lines = readFileSync(`${FIXTURES}datasets/wsmao/floor_capture_sample.jsonl`, "utf8").trim().split("\n");
    const launches = lines.map((line) =>
      (JSON.parse(line) as { swaps: RecordedSwap[] }).swaps.map(poolTradeOf).sort((a, b) => a.slot - b.slot),
    );
    const judged = launches.flatMap((swaps) =>
      Array.from({ length: Math.floor(swaps.length / 8) }, (_, i) =>
        judgeTrades({ trades: swaps.slice(8 * i, 8 * i + 8), insiders: new Set(), prices: [] }),
      ),
    );
    expect(judged.length).toBeGreaterThan(1_000);
    expect(tally("eight swaps of recorded launches", judged)).toBe(0);
  });
});

interface RecordedSwap {
  readonly side: "buy" | "sell";
  readonly sol: number;
  readonly tokens: number;
  readonly trader: string;
  readonly ts: number;
}

function poolTradeOf({ side, sol, tokens, trader, ts }: RecordedSwap): PoolTrade {
  const quoteLamports = BigInt(Math.round(sol * 1e9));
  const baseAmount = BigInt(Math.round(tokens * 1e6));
  return { slot: Math.round(ts / 0.4), side, user: trader, failed: false, baseAmount, quoteLamports, before: null, statesVaults: null };
}

function migrated(mint: string, baseAmount: bigint, quoteAmountLamports: bigint): CorpusToken {
  const virtualQuoteReservesLamports = 17_584_505_288n;
  return {
    sample: {
      address: mint,
      baseVault: { amount: baseAmount },
      quoteVault: { amount: quoteAmountLamports - virtualQuoteReservesLamports },
      pool: { virtualQuoteReservesLamports },
    },
    graduation: { baseAmount, quoteAmountLamports },
  };
}
