import { describe, expect, test } from "vitest";
import { refuse } from "../../domain/result.ts";
import { sampleToken } from "../../domain/safety/sample-token.ts";
import { decodeTokenAccount } from "../../domain/solana/token.ts";
import type { PoolKeys } from "../../domain/trading/market.ts";
import { MAX_PRICE_DIFFERENCE_BPS, readMarketAgreeing, type WhenOneFails } from "./agreement.ts";
import type { Provider, Rpc } from "./types.ts";

const SOUND = sampleToken();
const KEYS: PoolKeys = { mint: SOUND.mint, pool: SOUND.pool, baseVault: SOUND.baseVault, quoteVault: SOUND.quoteVault };
const AT_MS = 1_800_000_000_000;
const QUOTE = vaultAmount(SOUND.quoteVault);
/** Real and virtual reserves: what the price is made of. */
const PRICED_QUOTE = await pricedQuote();

/** A node at a slot that sees the quote vault changed by so many lamports; null: it sees no pool. */
function node(slot: number, changeLamports: bigint | null): Provider {
  const { accounts } = sampleToken({ quoteVault: { amount: QUOTE + (changeLamports ?? 0n) } });
  const getAccounts: Rpc["getAccounts"] = async (addresses) => ({
    ok: true,
    value: {
      slot,
      accounts: addresses.map((address) => {
        const account = accounts.get(address);
        return account === undefined || changeLamports === null ? null : { ...account, lamports: 1n };
      }),
    },
  });
  return { name: "node", rpc: { getAccounts } as Rpc };
}

const DOWN: Provider = { name: "down", rpc: { getAccounts: async () => refuse("RPC_UNAVAILABLE") } as unknown as Rpc };

function read(whenOneFails: WhenOneFails, ...providers: readonly Provider[]) {
  return readMarketAgreeing(providers, KEYS, () => AT_MS, whenOneFails);
}

function vaultAmount(address: string): bigint {
  const account = SOUND.accounts.get(address);
  const decoded = account === undefined ? null : decodeTokenAccount(account.data);
  if (decoded?.ok !== true) throw new Error("the sample has a quote vault");
  return decoded.value.amount;
}

async function pricedQuote(): Promise<bigint> {
  const market = await read("refuse", node(1, 0n));
  if (!market.ok) throw new Error(market.reason);
  return market.value.value.quoteReservesLamports;
}

/** Lamports that move the price by this many basis points. */
function lamportsOf(moveBps: number): bigint {
  return (PRICED_QUOTE * BigInt(moveBps)) / 10_000n;
}

describe("a market that two providers see", () => {
  test("alike at one slot", async () => {
    const reply = await read("refuse", node(100, 0n), node(100, 0n));
    expect(reply).toMatchObject({ ok: true, value: { backing: "both", value: { slot: 100, quoteReservesLamports: PRICED_QUOTE } } });
  });

  test("a lamport apart at one slot is a contradiction", async () => {
    for (const whenOneFails of ["refuse", "value"] as const)
      expect(await read(whenOneFails, node(100, 0n), node(100, 1n))).toMatchObject({ ok: false, reason: "RPC_DISAGREEMENT" });
  });

  test.each([
    [0, 1],
    [MAX_PRICE_DIFFERENCE_BPS, 3],
    [-MAX_PRICE_DIFFERENCE_BPS, 20],
  ])("%i basis points apart, %i slots apart: the newer one counts", async (moveBps, slots) => {
    const older = node(100, 0n);
    const newer = node(100 + slots, lamportsOf(moveBps));
    for (const providers of [[older, newer] as const, [newer, older] as const])
      expect(await read("refuse", ...providers)).toMatchObject({
        ok: true,
        value: { backing: "both", value: { slot: 100 + slots, quoteReservesLamports: PRICED_QUOTE + lamportsOf(moveBps) } },
      });
  });

  test("further apart than trading explains is a contradiction", async () => {
    const apart = node(103, lamportsOf(MAX_PRICE_DIFFERENCE_BPS + 2));
    expect(await read("refuse", node(100, 0n), apart)).toMatchObject({ reason: "RPC_DISAGREEMENT" });
    expect(await read("value", node(100, 0n), node(103, QUOTE)), "a doubled balance").toMatchObject({ reason: "RPC_DISAGREEMENT" });
  });

  test("an old view is no second opinion", async () => {
    expect(await read("refuse", node(100, 0n), node(121, 0n))).toMatchObject({ reason: "RPC_LAGGING" });
    expect(await read("value", node(100, 0n), node(121, 5n))).toMatchObject({ ok: true, value: { backing: "one", value: { slot: 121 } } });
  });

  test("one that is down: no entry, but an exit", async () => {
    expect(await read("refuse", node(100, 0n), DOWN)).toMatchObject({ reason: "RPC_UNAVAILABLE" });
    expect(await read("value", DOWN, node(100, 0n))).toMatchObject({ ok: true, value: { backing: "one" } });
    expect(await read("value", DOWN, DOWN)).toMatchObject({ reason: "RPC_UNAVAILABLE" });
  });

  test("one that sees no pool contradicts", async () => {
    expect(await read("value", node(100, 0n), node(100, null))).toMatchObject({ reason: "RPC_DISAGREEMENT", detail: "POOL_UNAVAILABLE" });
    expect(await read("refuse", node(100, null), node(100, null))).toMatchObject({ reason: "POOL_UNAVAILABLE" });
  });
});
