import { sampleAddress } from "../../domain/safety/sample-token.ts";
import { SAMPLE_CANDIDATE, SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { ByteWriter, fromHex } from "../../domain/solana/bytes.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../../domain/solana/discriminators.ts";
import { encodeEvent, eventLogLine } from "../../domain/solana/encode-events.ts";
import { PUMP_PROGRAM, PUMP_SWAP_PROGRAM, SYSTEM_PROGRAM } from "../../domain/solana/programs.ts";

/** The scams that the sample token's history may show. */
export interface FakeScam {
  /** Base units that each of eight wallets buys in the creation slot. */
  readonly bundleTokens?: bigint;
  /** Sent every one of them its first SOL. */
  readonly funder?: string;
  /** The pool's failed transactions are sales of outsiders, and nobody outside sells. */
  readonly honeypot?: boolean;
}

/** Base units that the creator buys with the creation. */
export const CREATOR_BUYS = 15_000_000_000_000n;
const SIGNATURE_CHARS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const { mint, pool, bondingCurve } = SAMPLE_CANDIDATE.graduation;
const CREATION_SLOT = Math.min(...(SAMPLE_OBSERVATIONS.curveHistory?.rows ?? []).map(({ slot }) => slot));
const FAILED_EVERY = 4;

/** Label of a signature: what kind of transaction it stands for. */
export type Label = "P" | "C" | "F";

/** A 64-byte signature that holds its kind and number. */
export function signature(label: Label, index: number): string {
  const digits = [index % SIGNATURE_CHARS.length, Math.floor(index / SIGNATURE_CHARS.length)].map((digit) => SIGNATURE_CHARS[digit]);
  return `${label}${digits.join("")}`.padEnd(87, "2");
}

/** The creation slot's buyers, by number; null for any other wallet. */
export function bundleIndex(wallet: string): number | null {
  const index = Array.from({ length: 9 }, (_, i) => bundleWallet(i)).indexOf(wallet);
  return index < 1 ? null : index;
}

/** A getTransaction answer: a swap of the pool, a transaction of the creation slot, or a wallet's first funding. */
export function transactionJson(wanted: string, scam: FakeScam): unknown {
  const index = SIGNATURE_CHARS.indexOf(wanted[1] ?? "1") + SIGNATURE_CHARS.length * SIGNATURE_CHARS.indexOf(wanted[2] ?? "1");
  if (wanted.startsWith("P")) return swap(wanted, index, scam);
  return wanted.startsWith("C") ? creation(wanted, index, scam) : funding(wanted, index, scam);
}

function bundleWallet(index: number): string {
  return sampleAddress(150 + index);
}

/** Every third swap is a sale; every fourth transaction failed. */
function swap(wanted: string, index: number, { honeypot = false }: FakeScam): unknown {
  const user = sampleAddress(100 + (index < 7 ? 10 + index : index % 3));
  const slot = SAMPLE_OBSERVATIONS.poolHistory?.rows[index]?.slot ?? 0;
  if (index % FAILED_EVERY === 0) {
    const data = fromHex(honeypot ? INSTRUCTION_DISCRIMINATOR.sell : INSTRUCTION_DISCRIMINATOR.buy);
    const seller = sampleAddress(130 + index);
    return json({ wanted, slot, keys: [seller, pool, PUMP_SWAP_PROGRAM], instructions: [[2, [1, 0], data]], logs: [], failed: true });
  }
  const event =
    index % 3 === 0 && !honeypot
      ? encodeEvent("Sell", { pool, user, user_quote_amount_out: 400_000_000n })
      : encodeEvent("Buy", { pool, user, quote_amount_in: 1_000_000_000n, user_quote_amount_in: 1_012_500_000n });
  return json({ wanted, slot, keys: [user, PUMP_SWAP_PROGRAM], instructions: [], logs: logsOf(PUMP_SWAP_PROGRAM, [event]) });
}

function creation(wanted: string, index: number, { bundleTokens = 1_000_000_000_000n }: FakeScam): unknown {
  const user = index === 0 ? (SAMPLE_CANDIDATE.creator ?? "") : bundleWallet(index);
  const token_amount = index === 0 ? CREATOR_BUYS : bundleTokens;
  const trade = encodeEvent("Trade", { mint, sol_amount: 1_000_000_000n, token_amount, is_buy: true, user });
  const created = encodeEvent("Create", { mint, bonding_curve: bondingCurve, user, creator: user });
  const logs = logsOf(PUMP_PROGRAM, index === 0 ? [created, trade] : [trade]);
  return json({ wanted, slot: CREATION_SLOT, keys: [user, PUMP_PROGRAM], instructions: [], logs });
}

function funding(wanted: string, index: number, { funder }: FakeScam): unknown {
  const from = funder ?? sampleAddress(200 + index);
  const data = new ByteWriter().u32(2).u64(1_500_000_000n).toBytes();
  const keys = [from, bundleWallet(index), SYSTEM_PROGRAM];
  return json({ wanted, slot: CREATION_SLOT - 50, keys, instructions: [[2, [0, 1], data]], logs: [] });
}

function logsOf(program: string, events: readonly Uint8Array[]): string[] {
  return [`Program ${program} invoke [1]`, ...events.map(eventLogLine), `Program ${program} success`];
}

interface Shape {
  readonly wanted: string;
  readonly slot: number;
  readonly keys: readonly string[];
  readonly instructions: ReadonlyArray<readonly [program: number, accounts: readonly number[], data: Uint8Array]>;
  readonly logs: readonly string[];
  readonly failed?: boolean;
}

function json({ wanted, slot, keys, instructions, logs, failed = false }: Shape): unknown {
  const zeros = keys.map(() => 1);
  const rendered = instructions.map(([programIdIndex, accounts, data]) => ({ programIdIndex, accounts, data: encodeBase58(data) }));
  return {
    slot,
    blockTime: 1,
    transaction: { signatures: [wanted], message: { accountKeys: keys, instructions: rendered } },
    meta: {
      err: failed ? { InstructionError: [0, { Custom: 6004 }] } : null,
      fee: 5_000,
      preBalances: zeros,
      postBalances: zeros,
      preTokenBalances: [],
      postTokenBalances: [],
      innerInstructions: [],
      logMessages: logs,
    },
  };
}
