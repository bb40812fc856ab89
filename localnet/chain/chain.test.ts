import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeTransaction, findGraduation } from "../../domain/solana/decode.ts";
import { WSOL_MINT } from "../../domain/solana/programs.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import { DEFAULT_CURVE_FEES, DEFAULT_FEE_CONFIG } from "../../domain/venues/fee-config.ts";
import { decodeBondingCurve, quoteCurveBuyExactQuoteIn, quoteCurveSell } from "../../domain/venues/pump-curve.ts";
import { decodePool, feesForPool, poolReserves, quoteBuyExactQuoteIn, quoteSell } from "../../domain/venues/pump-swap.ts";
import { buyOnCurve, buyOnPool, migrateCoin, sellOnCurve, sellOnPool } from "../market/instructions.ts";
import { type ChainFixture, createFixture } from "./fixture.ts";
import { transferInstruction } from "./programs/system.ts";
import { renderTransaction } from "./render.ts";
import { readMint, readTokenAccount } from "./token-state.ts";
import type { TransactionRecord } from "./types.ts";

function amountAt(fixture: ChainFixture, address: string): bigint {
  const account = fixture.chain.account(address);
  return account === null ? 0n : (readTokenAccount(account)?.amount ?? 0n);
}

function curveOf({ chain, coin }: ChainFixture) {
  const decoded = decodeBondingCurve(chain.account(coin.curve)?.data ?? new Uint8Array());
  if (!decoded.ok) throw new Error("no curve");
  return decoded.value;
}

function poolState(fixture: ChainFixture) {
  const { chain, coin } = fixture;
  const decoded = decodePool(chain.account(coin.pool)?.data ?? new Uint8Array());
  if (!decoded.ok) throw new Error("no pool");
  const reserves = poolReserves(decoded.value, amountAt(fixture, coin.poolBase), amountAt(fixture, coin.poolQuote));
  const mint = chain.account(coin.mint);
  const supply = mint === null ? 0n : (readMint(mint)?.supply ?? 0n);
  return { pool: decoded.value, reserves, fees: feesForPool(DEFAULT_FEE_CONFIG, decoded.value, reserves, supply) };
}

function graduate(fixture: ChainFixture): TransactionRecord {
  const { coin, wallet, tokens, fees, send } = fixture;
  expect(send(buyOnCurve(coin, wallet, tokens, fees, 200_000_000_000n, 0n)).err).toBeNull();
  return send(migrateCoin(coin, wallet.address));
}

function eventsOf(record: TransactionRecord) {
  const parsed = parseTransaction(renderTransaction(record));
  if (!parsed.ok) throw new Error(`${parsed.reason} ${parsed.detail}`);
  return decodeTransaction(parsed.value);
}

function totals({ chain, coin }: ChainFixture) {
  let lamports = 0n;
  let tokens = 0n;
  let wrapped = 0n;
  let backing = 0n;
  for (const [, account] of chain.accounts()) {
    lamports += account.lamports;
    const token = readTokenAccount(account);
    if (token?.mint === coin.mint) tokens += token.amount;
    if (token?.mint === WSOL_MINT) {
      wrapped += token.amount;
      backing += account.lamports - (token.nativeReserveLamports ?? 0n);
    }
  }
  return { lamports, tokens, wrapped, backing };
}

describe("graduation", () => {
  test("moves the same numbers as on mainnet, and the decoder finds it", () => {
    const fixture = createFixture("graduation");
    const record = graduate(fixture);
    expect(record.err).toBeNull();
    const parsed = parseTransaction(renderTransaction(record));
    const graduation = parsed.ok ? findGraduation(parsed.value) : parsed;
    expect(graduation).toMatchObject({
      ok: true,
      value: {
        mint: fixture.coin.mint,
        pool: fixture.coin.pool,
        bondingCurve: fixture.coin.curve,
        creator: fixture.wallet.address,
        baseAmount: 206_900_000_000_000n,
        // Mainnet slot 443670052 migrated exactly this amount.
        quoteAmountLamports: 84_990_359_056n,
        instruction: "migrate_v2",
      },
    });
    const { pool, reserves } = poolState(fixture);
    expect(pool.virtualQuoteReservesLamports).toBe(17_584_505_288n);
    expect(reserves.quoteReservesLamports).toBe(84_990_359_056n);
    expect(fixture.chain.account(fixture.coin.pool)?.data.length).toBe(301);
    const lp = fixture.chain.account(fixture.coin.lpMint);
    expect(lp === null ? null : readMint(lp)?.supply).toBe(0n);
    const mint = fixture.chain.account(fixture.coin.mint);
    expect(mint === null ? null : readMint(mint)).toMatchObject({ mintAuthority: null, freezeAuthority: null });
    expect(curveOf(fixture).complete).toBe(true);
  });

  test("the curve takes 85.005 SOL", () => {
    const fixture = createFixture("complete");
    const { coin, wallet, tokens, fees, send } = fixture;
    const record = send(buyOnCurve(coin, wallet, tokens, fees, 200_000_000_000n, 0n));
    expect(curveOf(fixture).realQuoteReserves).toBe(85_005_359_057n);
    expect(eventsOf(record).map(({ name }) => name)).toEqual(expect.arrayContaining(["Trade", "Complete"]));
  });

  test("of a migrated curve is a successful no-op, of an incomplete one an error", () => {
    const fixture = createFixture("noop");
    expect(fixture.send(migrateCoin(fixture.coin, fixture.wallet.address)).err).toEqual({ InstructionError: [1, { Custom: 6006 }] });
    graduate(fixture);
    const again = fixture.send(migrateCoin(fixture.coin, fixture.wallet.address));
    expect(again.err).toBeNull();
    const parsed = parseTransaction(renderTransaction(again));
    expect(parsed.ok ? findGraduation(parsed.value) : parsed).toMatchObject({ ok: false, reason: "MIGRATION_NOOP" });
  });
});

const trades = fc.array(fc.record({ buy: fc.boolean(), share: fc.integer({ min: 1, max: 1_000 }) }), { minLength: 1, maxLength: 12 });

describe("every trade equals the domain's quote, and conserves lamports and tokens", () => {
  test("on the curve", () => {
    fc.assert(
      fc.property(trades, (steps) => {
        const fixture = createFixture("curve-property");
        const { coin, wallet, tokens, fees, send } = fixture;
        const before = totals(fixture).lamports;
        for (const { buy, share } of steps) {
          const curve = curveOf(fixture);
          const held = amountAt(fixture, tokens);
          const amount = buy ? BigInt(share) * 5_000_000n : (held * BigInt(share)) / 1_000n;
          if (amount === 0n) continue;
          const quoted = buy
            ? quoteCurveBuyExactQuoteIn(curve, amount, DEFAULT_CURVE_FEES)
            : quoteCurveSell(curve, amount, DEFAULT_CURVE_FEES);
          if (!quoted.ok) throw new Error(quoted.reason);
          const record = send((buy ? buyOnCurve : sellOnCurve)(coin, wallet, tokens, fees, amount, 0n));
          expect(record.err).toBeNull();
          const trade = eventsOf(record).find(({ name }) => name === "Trade");
          expect(trade?.fields).toMatchObject({
            sol_amount: quoted.value.quoteAmountLamports.toString(),
            token_amount: quoted.value.tokenAmount.toString(),
            fee: quoted.value.protocolFeeLamports.toString(),
            creator_fee: quoted.value.creatorFeeLamports.toString(),
          });
          expect(amountAt(fixture, tokens)).toBe(held + (buy ? quoted.value.tokenAmount : -amount));
        }
        const after = totals(fixture);
        expect(after.lamports).toBe(before);
        expect(after.tokens).toBe(1_000_000_000_000_000n);
      }),
      { numRuns: 15 },
    );
  });

  test("in the pool", () => {
    fc.assert(
      fc.property(trades, (steps) => {
        const fixture = createFixture("pool-property");
        const { coin, wallet, tokens, fees, send } = fixture;
        graduate(fixture);
        const before = totals(fixture).lamports;
        for (const { buy, share } of steps) {
          const { reserves, fees: rates } = poolState(fixture);
          const held = amountAt(fixture, tokens);
          const cash = amountAt(fixture, wallet.wrapped);
          const amount = buy ? BigInt(share) * 20_000_000n : (held * BigInt(share)) / 4_000n;
          const quoted = buy ? quoteBuyExactQuoteIn(reserves, amount, rates) : quoteSell(reserves, amount, rates);
          const record = send((buy ? buyOnPool : sellOnPool)(coin, wallet, tokens, fees, amount, 0n));
          if (!quoted.ok) {
            expect(record.err).not.toBeNull();
            continue;
          }
          expect(record.err).toBeNull();
          const total = quoted.value.userQuoteAmountLamports;
          expect(amountAt(fixture, tokens)).toBe(held + (buy ? quoted.value.baseAmount : -amount));
          expect(amountAt(fixture, wallet.wrapped)).toBe(cash + (buy ? -total : total));
          const after = poolState(fixture).reserves;
          expect({ base: after.baseReserves, quote: after.quoteReservesLamports }).toEqual({
            base: quoted.value.after.baseReserves,
            quote: quoted.value.after.quoteReservesLamports,
          });
          expect(eventsOf(record).map(({ name }) => name)).toEqual([buy ? "Buy" : "Sell"]);
        }
        const after = totals(fixture);
        expect(after.lamports).toBe(before);
        expect(after.wrapped).toBe(after.backing);
        expect(after.tokens).toBe(1_000_000_000_000_000n);
      }),
      { numRuns: 15 },
    );
  });
});

describe("runtime", () => {
  test("an error undoes everything but the fee", () => {
    const fixture = createFixture("rollback");
    const { coin, wallet, tokens, fees, send, chain } = fixture;
    graduate(fixture);
    const before = chain.account(wallet.address)?.lamports ?? 0n;
    const poolBefore = poolState(fixture).reserves;
    const record = send(
      buyOnPool(coin, wallet, tokens, fees, 1_000_000_000n, 0n),
      buyOnPool(coin, wallet, tokens, fees, 1_000_000_000n, 1n << 60n),
    );
    expect(record.err).toEqual({ InstructionError: [2, { Custom: 6040 }] });
    expect(record.logs.at(-1)).toContain("failed: custom program error: 0x1798");
    expect(chain.account(wallet.address)?.lamports).toBe(before - 5_000n);
    expect(poolState(fixture).reserves).toEqual(poolBefore);
    expect(record.postTokenBalances).toEqual(record.preTokenBalances);
  });

  test("a stranger's signature cannot be used, and a signature lands once", () => {
    const { chain, wallet, send, fees } = createFixture("signers");
    const theft = transferInstruction(fees.protocol, wallet.address, 1n);
    const unsigned = { ...theft, accounts: theft.accounts.map((meta) => ({ ...meta, signer: false })) };
    expect(send(unsigned).err).toEqual({ InstructionError: [1, "MissingRequiredSignature"] });
    const landed = send(transferInstruction(wallet.address, fees.protocol, 1n));
    expect(chain.execute(landed.transaction)).toEqual({ refused: "AlreadyProcessed" });
  });

  test("a blockhash is valid for 150 blocks and dead after", () => {
    const { chain } = createFixture("blockhash");
    const { blockhash } = chain.latestBlockhash();
    const { slot, unixMs } = chain.clock();
    chain.setClock({ slot: slot + 150, unixMs });
    expect(chain.isBlockhashValid(blockhash)).toBe(true);
    chain.setClock({ slot: slot + 151, unixMs });
    expect(chain.isBlockhashValid(blockhash)).toBe(false);
  });
});
