/**
 * Speed of our decoder, quotes and message building against the official SDKs, in one process and on
 * the same input. Runs alone with `node bench/venues.ts`, and as a part of `npm run bench`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { utils } from "@coral-xyz/anchor";
import { getPumpProgram } from "@pump-fun/pump-sdk";
import { buyQuoteInput, type GlobalConfig, OFFLINE_PUMP_AMM_PROGRAM, sellBaseInput } from "@pump-fun/pump-swap-sdk";
import type { Connection } from "@solana/web3.js";
import { decodeBase58 } from "../domain/solana/base58.ts";
import { compileMessage, wireTransactionBytes } from "../domain/solana/build-message.ts";
import { fromHex, startsWith, toHex } from "../domain/solana/bytes.ts";
import { decodeTransaction } from "../domain/solana/decode.ts";
import { EVENT_CPI_TAG } from "../domain/solana/discriminators.ts";
import { unwrapTransactions } from "../domain/solana/envelope.ts";
import { decodeEventFields, eventLayout } from "../domain/solana/event-layouts.ts";
import * as native from "../domain/solana/instructions.ts";
import * as programs from "../domain/solana/programs.ts";
import { parseTransaction } from "../domain/solana/transaction.ts";
import { DEFAULT_FEE_CONFIG } from "../domain/venues/fee-config.ts";
import { pumpSwapBuyExactQuoteIn } from "../domain/venues/instructions.ts";
import { bn, key, Sampler, sdkFeeConfig } from "../domain/venues/parity-oracle.ts";
import { canonicalPoolAddress, poolAuthorityAddress } from "../domain/venues/pdas.ts";
import { feesForPool, poolReserves, quoteBuyExactQuoteIn, quoteSell } from "../domain/venues/pump-swap.ts";
import { poolTradeAccounts } from "../domain/venues/trade-accounts.ts";

const TRANSACTIONS = resolve(import.meta.dirname, "../../shared/fixtures/transactions");
const TARGET_RATIO = 10;
const TARGET_BUILD_MS = 0.5;
const ROUNDS = 30;
const WARM_UP_MS = 500;
/** More zero bytes than any event has grown by: the SDK pads older events the same way. */
const PADDING = Buffer.alloc(400);
const TAG_BYTES = 8;

/**
 * Microseconds of one run of each, as the lower quartile of rounds taken in turn, so that both see the same
 * machine. Before that each runs until the compiler has had its time.
 */
function compare(ours: () => void, theirs: () => void, runs: number): readonly [ours: number, theirs: number] {
  for (const run of [ours, theirs]) for (const untilMs = performance.now() + WARM_UP_MS; performance.now() < untilMs; ) run();
  const measured: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, run] of [ours, theirs].entries()) {
      const startedMs = performance.now();
      for (let n = 0; n < runs; n++) run();
      measured[i]?.push(((performance.now() - startedMs) * 1000) / runs);
    }
  }
  return [percentile(measured[0], 0.25), percentile(measured[1], 0.25)];
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function line(name: string, [ours, theirs]: readonly [number, number], per: string, target: number | null): string {
  const ratio = theirs / ours;
  const verdict = target === null ? "no target of its own" : `target ${target}x: ${ratio >= target ? "reached" : "MISSED"}`;
  return `${name.padEnd(27)} ${ours.toFixed(2)} us, SDK ${theirs.toFixed(2)} us per ${per}: ${ratio.toFixed(1)}x (${verdict})`;
}

interface RawJson {
  readonly meta?: { readonly innerInstructions?: ReadonlyArray<{ readonly instructions: ReadonlyArray<Inner> }> };
}
interface Inner {
  readonly programIdIndex?: number;
  readonly programId?: string;
  readonly data?: string;
}

const pumpCoder = getPumpProgram(null as unknown as Connection).coder;

/** The anchor coder of the program that emits under this address; null for other programs. */
function coderOf(program: string): typeof pumpCoder | typeof OFFLINE_PUMP_AMM_PROGRAM.coder | null {
  if (program === programs.PUMP_PROGRAM) return pumpCoder;
  return program === programs.PUMP_SWAP_PROGRAM ? OFFLINE_PUMP_AMM_PROGRAM.coder : null;
}

/** What reading an event with anchor takes: the coder wants base64 text of the bytes after the tag. */
function anchorDecode(program: string, data: Uint8Array): unknown {
  return coderOf(program)?.events.decode(Buffer.concat([data.subarray(TAG_BYTES), PADDING]).toString("base64"));
}

/** Events of recorded transactions, as the base58 text in which a node or a webhook delivers them. */
function recordedEvents(transactions: readonly unknown[]): Array<{ readonly program: string; readonly text: string }> {
  const tag = fromHex(EVENT_CPI_TAG);
  return transactions.flatMap((json) => {
    const tx = parseTransaction(json);
    if (!tx.ok) return [];
    return ((json as RawJson).meta?.innerInstructions ?? []).flatMap(({ instructions }) =>
      instructions.flatMap(({ programId, programIdIndex, data: text }) => {
        const program = programId ?? tx.value.accountKeys[programIdIndex ?? -1] ?? "";
        const data = text === undefined ? null : decodeBase58(text);
        if (text === undefined || data === null || coderOf(program) === null || !startsWith(data, tag)) return [];
        // Both sides have to know the event.
        const known = eventLayout(toHex(data.subarray(TAG_BYTES, 2 * TAG_BYTES))) !== undefined && anchorDecode(program, data) !== null;
        return known ? [{ program, text }] : [];
      }),
    );
  });
}

function decoderLines(): string[] {
  if (!existsSync(TRANSACTIONS)) return ["decoder                     SKIPPED: recorded transactions (../shared/fixtures) are missing"];
  const transactions = readdirSync(TRANSACTIONS)
    .filter((name) => /^(2025|raw_.*_tx|pumpswap-buy_)/.test(name))
    .flatMap((name) => unwrapTransactions(JSON.parse(readFileSync(join(TRANSACTIONS, name), "utf8"))));
  const events = recordedEvents(transactions);
  const bytes = events.map(({ program, text }) => ({ program, data: utils.bytes.bs58.decode(text) }));
  const ours = (data: Uint8Array): void => {
    const payload = data.subarray(TAG_BYTES);
    const layout = eventLayout(toHex(payload.subarray(0, TAG_BYTES)));
    if (layout === undefined || decodeEventFields(layout, payload) === null) throw new Error("not decoded");
  };
  const perEvent = (pair: readonly [number, number]) => [pair[0] / events.length, pair[1] / events.length] as const;
  const fromText = compare(
    () => {
      for (const { text } of events) ours(decodeBase58(text) ?? new Uint8Array());
    },
    () => {
      for (const { program, text } of events) anchorDecode(program, utils.bytes.bs58.decode(text));
    },
    10,
  );
  const fromBytes = compare(
    () => {
      for (const { data } of bytes) ours(data);
    },
    () => {
      for (const { program, data } of bytes) anchorDecode(program, data);
    },
    50,
  );
  const whole = compare(
    () => {
      for (const json of transactions) {
        const tx = parseTransaction(json);
        if (tx.ok) decodeTransaction(tx.value);
      }
    },
    () => {
      for (const { program, text } of events) anchorDecode(program, utils.bytes.bs58.decode(text));
    },
    3,
  );
  return [
    line(
      "decoder, as delivered",
      perEvent(fromText),
      `event (${events.length} events of ${transactions.length} recorded transactions)`,
      TARGET_RATIO,
    ),
    line("decoder, bytes alone", perEvent(fromBytes), "event", null),
    line(
      "whole transactions",
      [whole[0] / transactions.length, whole[1] / transactions.length],
      "transaction (ours checks and decodes all of the JSON, the SDK's side its events alone)",
      null,
    ),
  ];
}

function quoteLines(): string[] {
  const sampler = new Sampler("bench");
  const config = sdkFeeConfig(DEFAULT_FEE_CONFIG);
  const states = Array.from({ length: 200 }, () => {
    const baseMint = sampler.address();
    const [baseVault, quoteVault] = [10n ** 14n + sampler.amount(10n ** 14n), 10n ** 10n + sampler.amount(10n ** 12n)];
    const pool = { ...sampler.pool(baseMint, quoteVault), creator: poolAuthorityAddress(baseMint), quoteMint: programs.WSOL_MINT };
    const reserves = poolReserves({ ...pool, virtualQuoteReservesLamports: 17_584_505_294n }, baseVault, quoteVault);
    const sdk = {
      slippage: 1,
      baseReserve: bn(baseVault),
      quoteReserve: bn(quoteVault),
      virtualQuoteReserves: bn(17_584_505_294n),
      globalConfig: { creatorFeeConfigurable: true } as GlobalConfig,
      baseMintAccount: { supply: programs.PUMP_TOKEN_SUPPLY } as Parameters<typeof buyQuoteInput>[0]["baseMintAccount"],
      baseMint: key(baseMint),
      coinCreator: key(pool.coinCreator),
      creator: key(pool.creator),
      feeConfig: config,
      quoteMint: key(pool.quoteMint),
      isMayhemMode: pool.isMayhemMode,
      creatorFeeBps: bn(pool.creatorFeeBps),
    };
    return { pool, reserves, sdk };
  });
  const [spend, sold] = [500_000_000n, 10n ** 12n];
  const [sdkSpend, sdkSold] = [bn(spend), bn(sold)];
  const fees = ({ pool, reserves }: (typeof states)[number]) => feesForPool(DEFAULT_FEE_CONFIG, pool, reserves, programs.PUMP_TOKEN_SUPPLY);
  const buy = compare(
    () => {
      for (const state of states) quoteBuyExactQuoteIn(state.reserves, spend, fees(state));
    },
    () => {
      for (const { sdk } of states) buyQuoteInput({ ...sdk, quote: sdkSpend });
    },
    1,
  );
  const sell = compare(
    () => {
      for (const state of states) quoteSell(state.reserves, sold, fees(state));
    },
    () => {
      for (const { sdk } of states) sellBaseInput({ ...sdk, base: sdkSold });
    },
    1,
  );
  const each = ([ours, theirs]: readonly [number, number]) => [ours / states.length, theirs / states.length] as const;
  return [
    line("quote, buy exact quote in", each(buy), "quote, fees included", TARGET_RATIO),
    line("quote, sell", each(sell), "quote, fees included", TARGET_RATIO),
  ];
}

/** A whole purchase with cached accounts, from amounts to message bytes. */
function buildLine(): string {
  const sampler = new Sampler("bench/build");
  const samples: number[] = [];
  let size = 0;
  const [user, blockhash, tip] = [sampler.address(), sampler.address(), sampler.address()];
  const cached = Array.from({ length: 20 }, () => {
    const baseMint = sampler.address();
    const pool = canonicalPoolAddress(baseMint);
    const state = { ...sampler.pool(baseMint, 10n ** 11n), quoteMint: programs.WSOL_MINT, isCashbackCoin: true, coinCreator: baseMint };
    const recipients = { protocolFeeRecipient: sampler.address(), buybackFeeRecipient: sampler.address() };
    return poolTradeAccounts({ pool, state, user, baseTokenProgram: programs.TOKEN_2022_PROGRAM, recipients });
  });
  for (let i = 0; i < 4_000; i++) {
    const accounts = cached[i % cached.length];
    if (accounts === undefined) throw new Error("no accounts");
    const { userBaseTokenAccount, userQuoteTokenAccount, baseMint, baseTokenProgram } = accounts;
    const [amount, price] = [100_000_000n + BigInt(i), 10_000n + BigInt(i)];
    const startedMs = performance.now();
    const message = compileMessage({
      payer: user,
      blockhash,
      instructions: [
        native.setComputeUnitLimit(250_000),
        native.setComputeUnitPrice(price),
        native.createAssociatedToken({
          payer: user,
          account: userBaseTokenAccount,
          owner: user,
          mint: baseMint,
          tokenProgram: baseTokenProgram,
        }),
        native.createAssociatedTokenIdempotent({
          payer: user,
          account: userQuoteTokenAccount,
          owner: user,
          mint: programs.WSOL_MINT,
          tokenProgram: programs.TOKEN_PROGRAM,
        }),
        native.systemTransfer(user, userQuoteTokenAccount, amount),
        native.syncNative(userQuoteTokenAccount),
        pumpSwapBuyExactQuoteIn(accounts, { spendableQuoteIn: amount, minBaseAmountOut: 1_000_000n + amount }),
        native.closeAccount(userQuoteTokenAccount, user, user, programs.TOKEN_PROGRAM),
        native.systemTransfer(user, tip, 200_000n),
      ],
    });
    // The first two hundred warm up.
    if (i >= 200) samples.push(performance.now() - startedMs);
    size = Math.max(size, wireTransactionBytes(message));
  }
  const [p50, p99] = [percentile(samples, 0.5), percentile(samples, 0.99)];
  return `build of a buy, cached keys  p50 ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms in Node, ${size} of 1,232 bytes with tip (target p50 ${TARGET_BUILD_MS} ms with the signature, in workerd: ${p50 <= TARGET_BUILD_MS ? "reached without it" : "MISSED"})`;
}

/** Lines of the report. */
export function venueBench(): string[] {
  return [...decoderLines(), ...quoteLines(), buildLine()];
}

if (import.meta.main) for (const text of venueBench()) console.log(text);
