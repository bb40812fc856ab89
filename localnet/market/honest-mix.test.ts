import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet/src/node.js";
import { describe, expect, test } from "vitest";
import { HONEST_SHARES, TOKEN_KINDS } from "./kinds.ts";

const ROOT = join(import.meta.dirname, "../..");
const DATASETS = join(ROOT, "../shared/fixtures/datasets");
const present = existsSync(DATASETS);
if (!present) console.warn(`SKIPPED: the honest mix is not checked against recorded outcomes, ${DATASETS} is missing`);

const decompress = (input: Uint8Array): Uint8Array => Uint8Array.from(zstdDecompressSync(input));
const page = readFileSync(join(ROOT, "docs/localnet.md"), "utf8");

test("the page states the shares that the code draws", () => {
  const honest = page.slice(page.indexOf("### The honest mix"));
  for (const kind of TOKEN_KINDS) {
    const label = kind.replaceAll("-", " ").replace("wash traded", "wash-traded");
    expect(honest).toContain(`| ${label} | ${(HONEST_SHARES[kind] / 10).toFixed(1)} % |`);
  }
});

describe.skipIf(!present)("recorded outcomes", () => {
  test("A: prices two hours after the first candle", () => {
    const coins: Record<string, { ohlcv?: number[][] }> = JSON.parse(readFileSync(join(DATASETS, "wsmao/gt_raw.json"), "utf8"));
    const changes = Object.values(coins).flatMap(({ ohlcv }) => {
      const [first, second] = ohlcv ?? [];
      const open = first?.[1];
      const close = (second ?? first)?.[4];
      return open === undefined || close === undefined ? [] : [close / open];
    });
    expect(changes).toHaveLength(289);
    const share = (low: number, high: number): string =>
      `${((100 * changes.filter((change) => change >= low && change < high).length) / changes.length).toFixed(1)} %`;
    expect(page).toContain(
      `below 10 % of it ${share(0, 0.1)}, 10-50 % ${share(0.1, 0.5)}, 50-100 % ${share(0.5, 1)}, at or above ${share(1, Infinity)}`,
    );
  });

  test("B: crashes, drained liquidity and silence in the first hour", async () => {
    const file = await asyncBufferFromFile(join(DATASETS, "raydium_q4_2024_targets/outcomes.parquet"));
    const [drained, crashed, idle] = ["md_liq_no_post_rc_0.99_0.01", "md_price_no_post_rc_0.9_0.01", "idle_300"] as const;
    const rows = await parquetReadObjects({
      file,
      columns: [drained, crashed, idle],
      compressors: { ZSTD: decompress },
    });
    const is = (row: Record<string, unknown>, column: string): boolean => Number(row[column]) === 1;
    const percent = (matching: readonly unknown[]): string => `${((100 * matching.length) / rows.length).toFixed(1)} %`;
    const dry = rows.filter((row) => is(row, drained));
    const wet = rows.filter((row) => !is(row, drained));
    const calm = wet.filter((row) => !is(row, crashed));
    expect(page).toContain(`liquidity down 99 % without recovery ${percent(dry)}`);
    expect(page).toContain(`although liquidity stayed ${percent(wet.filter((row) => is(row, crashed)))}`);
    expect(page).toContain(`without a crash ${percent(calm.filter((row) => is(row, idle)))}`);
    expect(page).toContain(`none of these ${percent(calm.filter((row) => !is(row, idle)))}`);
  });
});
