import type { AccountInfo, Rpc, RpcReason, SignatureInfo } from "../../adapters/rpc/client.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { type SampleChanges, sampleAddress, sampleToken } from "../../domain/safety/sample-token.ts";
import { SAMPLE_CANDIDATE, SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { encodeEvent, eventLogLine } from "../../domain/solana/encode-events.ts";
import {
  PUMP_SWAP_PROGRAM,
  PYTH_RECEIVER_PROGRAM,
  PYTH_SOL_USD,
  PYTH_SOL_USD_FEED_ID,
  TOKEN_2022_PROGRAM,
} from "../../domain/solana/programs.ts";
import { encodePriceUpdate } from "../../domain/solana/pyth-price.ts";
import { encodeTokenAccount, plainTokenAccount } from "../../domain/solana/token.ts";

/** A node that serves the sample token, for tests. */
export interface FakeNode {
  readonly rpc: Rpc;
  /** Method names in the order of the calls. */
  readonly calls: string[];
}

export interface FakeOptions extends SampleChanges {
  /** Answers of these methods: a refusal, or silence for this many milliseconds first. */
  readonly faults?: Readonly<Partial<Record<keyof Rpc, RpcReason | number>>>;
  readonly withoutAccounts?: readonly string[];
}

const SLOT = SAMPLE_OBSERVATIONS.asOfSlot;
const SIGNATURE_CHARS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZ";

export function fakeNode(options: FakeOptions = {}): FakeNode {
  const token = sampleToken(options);
  const creatorAccount = associatedTokenAddress(token.creator, token.mint, TOKEN_2022_PROGRAM);
  const accounts = new Map<string, AccountInfo>(
    [...token.accounts].map(([address, account]) => [address, { ...account, lamports: 2_039_280n }]),
  );
  const add = (address: string, owner: string, data: Uint8Array) => accounts.set(address, { owner, data, lamports: 2_039_280n });
  add(creatorAccount, TOKEN_2022_PROGRAM, encodeTokenAccount(plainTokenAccount(token.mint, token.creator, 12_000_000_000_000n, true)));
  const price = {
    price: 15_030_000_000n,
    conf: 1n,
    exponent: -8,
    publishTimeS: SAMPLE_OBSERVATIONS.asOfMs / 1000,
    feedId: PYTH_SOL_USD_FEED_ID,
  };
  add(PYTH_SOL_USD, PYTH_RECEIVER_PROGRAM, encodePriceUpdate(price, token.creator, SLOT));
  for (const address of options.withoutAccounts ?? []) accounts.delete(address);

  const calls: string[] = [];
  async function answer<T>(method: keyof Rpc, value: () => T): Promise<Result<T, RpcReason>> {
    calls.push(method);
    const fault = options.faults?.[method];
    if (typeof fault === "string") return refuse(fault, method);
    if (fault !== undefined) await new Promise((resolve) => setTimeout(resolve, fault));
    return ok(value());
  }
  const rows = (history: { readonly rows: ReadonlyArray<{ readonly slot: number; readonly failed: boolean }> } | null, label: string) =>
    (history?.rows ?? []).map((row, i): SignatureInfo => ({ ...row, signature: signature(label, i), blockTimeMs: null })).reverse();

  return {
    calls,
    rpc: {
      getSlot: () => answer("getSlot", () => SLOT),
      getAccounts: (addresses) =>
        answer("getAccounts", () => ({ slot: SLOT, accounts: addresses.map((address) => accounts.get(address) ?? null) })),
      getSignaturesForAddress: (address) =>
        answer("getSignaturesForAddress", () =>
          address === token.pool ? rows(SAMPLE_OBSERVATIONS.poolHistory, "P") : rows(SAMPLE_OBSERVATIONS.curveHistory, "C"),
        ),
      getTransaction: (wanted) => answer("getTransaction", () => swapJson(wanted, token.pool)),
      getTokenLargestAccounts: () =>
        answer("getTokenLargestAccounts", () => [
          { address: token.baseVault, amount: 206_900_000_000_000n },
          { address: associatedTokenAddress(SAMPLE_CANDIDATE.graduation.bondingCurve, token.mint, TOKEN_2022_PROGRAM), amount: 1n },
          { address: sampleAddress(40), amount: 30_000_000_000_000n },
          { address: sampleAddress(41), amount: 20_000_000_000_000n },
        ]),
      getGenesisHash: () => answer("getGenesisHash", () => "1".repeat(44)),
      getBlockHeight: unexpected,
      getLatestBlockhash: unexpected,
      getSignatureStatuses: unexpected,
      getSignatureStatus: unexpected,
      simulateTransaction: unexpected,
      sendTransaction: unexpected,
      getPriorityFeeEstimate: unexpected,
    },
  };
}

/** An assessment reads; it sends nothing. */
async function unexpected(): Promise<never> {
  throw new Error("an assessment does not call this method");
}

/** A 64-byte signature that holds its number. */
function signature(label: string, index: number): string {
  return `${label}${SIGNATURE_CHARS[index % SIGNATURE_CHARS.length]}${SIGNATURE_CHARS[Math.floor(index / SIGNATURE_CHARS.length)]}`.padEnd(
    87,
    "2",
  );
}

/** A getTransaction answer with one swap: every third is a sale. */
function swapJson(wanted: string, pool: string): unknown {
  const index = SIGNATURE_CHARS.indexOf(wanted[1] ?? "1");
  const payer = sampleAddress(100 + (index % 3));
  const event =
    index % 3 === 0
      ? encodeEvent("Sell", { pool, user: payer, user_quote_amount_out: 400_000_000n })
      : encodeEvent("Buy", { pool, user: payer, quote_amount_in: 1_000_000_000n, user_quote_amount_in: 1_012_500_000n });
  return {
    slot: SLOT - 1,
    blockTime: 1,
    transaction: { signatures: [wanted], message: { accountKeys: [payer, PUMP_SWAP_PROGRAM], instructions: [] } },
    meta: {
      err: null,
      fee: 5_000,
      preBalances: [1, 1],
      postBalances: [1, 1],
      preTokenBalances: [],
      postTokenBalances: [],
      innerInstructions: [],
      logMessages: [`Program ${PUMP_SWAP_PROGRAM} invoke [1]`, eventLogLine(event), `Program ${PUMP_SWAP_PROGRAM} success`],
    },
  };
}
