import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { localSigner } from "../../adapters/local-signer.ts";
import { sampleWallet } from "../../adapters/sample-wallet.ts";
import type { Result } from "../result.ts";
import { PARAMETER_TABLE } from "../trading/parameter-table.ts";
import { SAMPLE_POLICY, type SampleKind, sampleAddress, sampleMessage } from "./sample-messages.ts";
import { policyFromSettings } from "./settings.ts";
import type { SignerPolicy } from "./types.ts";

const SEED = Number(process.env["SEED"] ?? 20261121);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BASE_FEE = 5_000n;
const wallet = await sampleWallet(new Uint8Array(32).fill(9));

type Venue = "pool" | "curve";
interface OpenPosition {
  readonly id: number;
  readonly venue: Venue;
  readonly openedMs: number;
}

/** A trader whose every transaction costs the policy's whole fee cap, and who sells each position once. */
function trader(policy: SignerPolicy) {
  let nowMs = 1_000 * DAY_MS;
  let next = 0;
  let open: OpenPosition[] = [];
  let sold = 0;
  const stranded: string[] = [];
  const signer = localSigner({ secretKey: wallet.secretKey, policy, nowMs: () => nowMs });

  async function sign(kind: SampleKind, intentId: string, id: number, quoteLamports: bigint, after: string | null = null) {
    const dear = { unitLimit: 1_000_000, unitPrice: policy.maxFeePerTxLamports - BASE_FEE };
    const options = { wallet: wallet.address, mint: sampleAddress(1_000 + (id % 8)), quoteLamports, ...dear };
    return signer.sign({ intentId, after, message: sampleMessage(kind, options) });
  }

  // Rehearsals: eight coins for all of them, whose pools are derived once.
  async function buy(venue: Venue, quoteLamports = 1_000_000n): Promise<Result<unknown>> {
    const id = next++;
    const result = await sign(`${venue}-buy`, `rehearsal:${id}:buy:1`, id, quoteLamports);
    if (result.ok) open.push({ id, venue, openedMs: nowMs });
    return result;
  }

  async function sell(positions: readonly OpenPosition[]): Promise<void> {
    for (const { id, venue } of positions) {
      const result = await sign(`${venue}-sell`, `rehearsal:${id}:sell:1`, id, 1n, `rehearsal:${id}:buy:1`);
      if (result.ok) sold++;
      else stranded.push(`position ${id} after ${sold} exits: ${result.reason} ${result.detail}`);
    }
    open = open.filter((position) => !positions.includes(position));
  }

  /** Lets time pass; what reaches the longest hold on the way is sold then. */
  async function pass(ms: number): Promise<void> {
    const untilMs = nowMs + ms;
    for (let due = open[0]; due !== undefined && due.openedMs + PARAMETER_TABLE.maxHoldMs.max <= untilMs; due = open[0]) {
      nowMs = due.openedMs + PARAMETER_TABLE.maxHoldMs.max;
      await sell([due]);
    }
    nowMs = untilMs;
  }

  return {
    buy,
    pass,
    sellOldest: () => sell(open.slice(0, 1)),
    sellAll: () => sell(open),
    stranded,
    sold: () => sold,
    open: () => open.length,
  };
}

const SETTINGS = {
  NETWORK: "localnet",
  MAX_SPEND_PER_TX_LAMPORTS: "1000000000",
  MAX_FEE_PER_TX_LAMPORTS: "5000000",
  ENTRY_HOUR_LAMPORTS: "5000000000",
  ENTRY_DAY_LAMPORTS: "20000000000",
};

/** How many more exits, or lamports for them, than entries of an hour and a day together: around what must suffice. */
const margin = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: -20, max: 2 }));

const settings = fc
  .record({
    fee: fc.constantFrom(5_000n, 105_000n, 5_000_000n),
    perHour: fc.integer({ min: 1, max: 6 }),
    perDay: fc.integer({ min: 1, max: 14 }),
    hourMargins: fc.tuple(margin, margin),
    dayMargins: fc.tuple(margin, margin),
    entryHourSol: fc.constantFrom(1n, 50n),
  })
  .map(({ fee, perHour, perDay, hourMargins, dayMargins, entryHourSol }) => {
    const [hourExits, hourPaid] = hourMargins.map((more) => Math.max(0, perDay + perHour + more));
    const [dayExits, dayPaid] = dayMargins.map((more) => Math.max(0, 2 * perDay + more));
    return {
      ...SETTINGS,
      MAX_FEE_PER_TX_LAMPORTS: String(fee),
      ENTRY_HOUR_LAMPORTS: String(entryHourSol * 1_000_000_000n),
      ENTRY_SIGNATURES_PER_HOUR: String(perHour),
      ENTRY_SIGNATURES_PER_DAY: String(perDay),
      EXIT_SIGNATURES_PER_HOUR: String(hourExits),
      EXIT_SIGNATURES_PER_DAY: String(dayExits),
      EXIT_HOUR_LAMPORTS: String(fee * BigInt(hourPaid ?? 0)),
      EXIT_DAY_LAMPORTS: String(fee * BigInt(dayPaid ?? 0)),
    };
  });

const policies = settings
  .map(policyFromSettings)
  .filter((result) => result.ok)
  .map(({ value }) => value);

const step = fc.record({
  afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: HOUR_MS }), fc.integer({ min: 0, max: 12 * HOUR_MS })),
  action: fc.constantFrom("buy", "buy as much as is allowed", "buy as much as is allowed", "sell one", "sell all"),
  venue: fc.constantFrom<Venue>("pool", "curve"),
  quoteLamports: fc.constantFrom(1n, 1_000_000n, 300_000_000n),
});

describe("no policy strands a position", () => {
  test(`what may be bought may be sold, at once and at the dearest fee (seed ${SEED})`, async () => {
    let sold = 0;
    await fc.assert(
      fc.asyncProperty(policies, fc.array(step, { minLength: 5, maxLength: 25 }), async (policy, steps) => {
        const { buy, pass, sellOldest, sellAll, stranded, ...trading } = trader(policy);
        for (const { afterMs, action, venue, quoteLamports } of steps) {
          await pass(afterMs);
          if (action === "sell one") await sellOldest();
          else if (action === "sell all") await sellAll();
          else while ((await buy(venue, quoteLamports)).ok && action !== "buy");
        }
        await sellAll();
        expect([stranded, trading.open()]).toEqual([[], 0]);
        sold += trading.sold();
      }),
      { seed: SEED, numRuns: 300 },
    );
    console.log(`seed ${SEED}: ${sold} positions bought and sold`);
    expect(sold).toBeGreaterThan(500);
  }, 15_000);

  /** As many as a day allows, as early as the hours allow, and as many again once the first fall due; then all at once. */
  async function worstDay(policy: SignerPolicy) {
    const { buy, pass, sellAll, stranded, sold } = trader(policy);
    for (let hour = 0; hour <= 24; hour++) {
      while ((await buy("curve", 1n)).ok);
      await pass(hour === 24 ? HOUR_MS - 1 : HOUR_MS);
    }
    await sellAll();
    return { stranded, sold: sold() };
  }

  test(`not even on the worst day there is (seed ${SEED})`, async () => {
    await fc.assert(
      fc.asyncProperty(policies, async (policy) => {
        expect((await worstDay(policy)).stranded).toEqual([]);
      }),
      { seed: SEED, numRuns: 100 },
    );
  }, 15_000);

  test("an hour must have exits for a day's entries and an hour's, and one less strands", async () => {
    const policy: SignerPolicy = {
      ...SAMPLE_POLICY,
      maxFeePerTxLamports: 105_000n,
      entrySignaturesPerHour: 3,
      entrySignaturesPerDay: 12,
      exitSignaturesPerHour: 15,
      exitHourLamports: 15n * 105_000n,
    };
    expect(await worstDay(policy)).toEqual({ stranded: [], sold: 15 }); // All of them in the last hour.
    for (const less of [{ exitSignaturesPerHour: 14 }, { exitHourLamports: 15n * 105_000n - 1n }]) {
      expect((await worstDay({ ...policy, ...less })).stranded).toHaveLength(1);
    }
  });

  test("a day must have exits for two days' entries, and one less strands", async () => {
    const policy: SignerPolicy = {
      ...SAMPLE_POLICY,
      maxFeePerTxLamports: 105_000n,
      entrySignaturesPerHour: 12,
      entrySignaturesPerDay: 12,
      exitSignaturesPerDay: 24,
      exitDayLamports: 24n * 105_000n,
    };
    expect(await worstDay(policy)).toEqual({ stranded: [], sold: 24 });
    for (const less of [{ exitSignaturesPerDay: 23 }, { exitDayLamports: 24n * 105_000n - 1n }]) {
      expect((await worstDay({ ...policy, ...less })).stranded).toHaveLength(1);
    }
  });
});
