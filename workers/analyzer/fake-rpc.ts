import type { AccountInfo, Rpc, RpcReason, SignatureInfo } from "../../adapters/rpc/client.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { type SampleChanges, sampleAddress, sampleToken } from "../../domain/safety/sample-token.ts";
import { SAMPLE_CANDIDATE, SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { PYTH_RECEIVER_PROGRAM, PYTH_SOL_USD, PYTH_SOL_USD_FEED_ID, TOKEN_2022_PROGRAM } from "../../domain/solana/programs.ts";
import { encodePriceUpdate } from "../../domain/solana/pyth-price.ts";
import { encodeTokenAccount, plainTokenAccount } from "../../domain/solana/token.ts";
import { bundleIndex, type FakeScam, type Label, signature, transactionJson } from "./fake-history.ts";

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
  readonly scam?: FakeScam;
}

const SLOT = SAMPLE_OBSERVATIONS.asOfSlot;

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
  const curveAccount = associatedTokenAddress(SAMPLE_CANDIDATE.graduation.bondingCurve, token.mint, TOKEN_2022_PROGRAM);
  const holders = [
    { address: curveAccount, owner: SAMPLE_CANDIDATE.graduation.bondingCurve, amount: 1n },
    { address: sampleAddress(40), owner: sampleAddress(50), amount: 30_000_000_000_000n },
    { address: sampleAddress(41), owner: sampleAddress(51), amount: 20_000_000_000_000n },
  ];
  for (const { address, owner, amount } of holders)
    add(address, TOKEN_2022_PROGRAM, encodeTokenAccount(plainTokenAccount(token.mint, owner, amount, true)));
  for (const address of options.withoutAccounts ?? []) accounts.delete(address);

  const calls: string[] = [];
  async function answer<T>(method: keyof Rpc, value: () => T): Promise<Result<T, RpcReason>> {
    calls.push(method);
    const fault = options.faults?.[method];
    if (typeof fault === "string") return refuse(fault, method);
    if (fault !== undefined) await new Promise((resolve) => setTimeout(resolve, fault));
    return ok(value());
  }
  const rows = (history: { readonly rows: ReadonlyArray<{ readonly slot: number; readonly failed: boolean }> } | null, label: Label) =>
    (history?.rows ?? []).map((row, i): SignatureInfo => ({ ...row, signature: signature(label, i), blockTimeMs: null })).reverse();

  return {
    calls,
    rpc: {
      getSlot: () => answer("getSlot", () => SLOT),
      getAccounts: (addresses) =>
        answer("getAccounts", () => ({ slot: SLOT, accounts: addresses.map((address) => accounts.get(address) ?? null) })),
      getSignaturesForAddress: (address) =>
        answer("getSignaturesForAddress", () => {
          if (address === token.pool) return rows(SAMPLE_OBSERVATIONS.poolHistory, "P");
          const wallet = bundleIndex(address);
          if (wallet !== null) return [{ signature: signature("F", wallet), slot: 1, blockTimeMs: null, failed: false }];
          return rows(SAMPLE_OBSERVATIONS.curveHistory, "C");
        }),
      getTransaction: (wanted) => answer("getTransaction", () => transactionJson(wanted, options.scam ?? {})),
      getTokenLargestAccounts: () =>
        answer("getTokenLargestAccounts", () => [{ address: token.baseVault, amount: 206_900_000_000_000n }, ...holders]),
      getGenesisHash: () => answer("getGenesisHash", () => "1".repeat(44)),
      getBlockHeight: unexpected,
      getProgress: unexpected,
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
