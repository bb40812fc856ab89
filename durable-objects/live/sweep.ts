import { findSignature } from "../../adapters/rpc/agreement.ts";
import type { Providers } from "../../adapters/rpc/providers.ts";
import { sweepLamports } from "../../domain/live/books.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { SignerDescription, SignerPort } from "../../domain/signing/types.ts";
import { decodeBase58 } from "../../domain/solana/base58.ts";
import { encodeBase64 } from "../../domain/solana/base64.ts";
import { compileMessage, wireTransaction } from "../../domain/solana/build-message.ts";
import { setComputeUnitLimit, setComputeUnitPrice, systemTransfer } from "../../domain/solana/instructions.ts";
import { checkExpiry } from "../../domain/trading/landing/expiry.ts";
import { type Address, ceilDiv, type Signature, type UnixMs } from "../../domain/units.ts";

/** Three native instructions take 450 units (Solana, builtin costs of 150). */
const UNIT_LIMIT = 1_000;
const UNIT_PRICE_MICRO_LAMPORTS = 1_000_000n;
const BASE_FEE_LAMPORTS = 5_000n;
const FEE_LAMPORTS = BASE_FEE_LAMPORTS + ceilDiv(UNIT_PRICE_MICRO_LAMPORTS * BigInt(UNIT_LIMIT), 1_000_000n);
/** The signer allows six sweeps an hour. */
export const SWEEP_PAUSE_MS = 15 * 60_000;

/** One sweep: at most one signed message, stored before it is sent. */
export interface Sweep {
  readonly id: string;
  readonly atMs: UnixMs;
  readonly to: Address;
  /** Without the fee. */
  readonly lamports: bigint;
  readonly feeLamports: bigint;
  readonly signature: Signature;
  readonly wireBase64: string;
  readonly lastValidBlockHeight: number;
  /** landed: on chain, and not yet taken out of the books. */
  readonly status: "signed" | "landed" | "booked" | "failed" | "expired";
  /** The chain did not know it past its expiry, once. */
  readonly isMissed: boolean;
}

/** True while the sweep may still take something from the wallet, or has taken what the books still count. */
export function isSweepOpen(sweep: Sweep | null): boolean {
  return sweep !== null && (sweep.status === "signed" || sweep.status === "landed");
}

/** What a landed sweep took that the books still count, its fee included. */
export function unbookedLamports(sweep: Sweep | null): bigint {
  return sweep?.status === "landed" ? sweep.lamports + sweep.feeLamports : 0n;
}

/** Builds and signs the sweep that the policy calls for; null when it calls for none. Refuses as node and signer do. */
export async function prepareSweep(
  signer: SignerPort,
  { address, policy }: SignerDescription,
  providers: Providers,
  walletLamports: bigint,
  id: string,
): Promise<Result<Sweep | null>> {
  const { sweepAddress: to, sweepAboveLamports } = policy;
  if (to === null || sweepAboveLamports === null) return ok(null);
  const lamports = sweepLamports(walletLamports, sweepAboveLamports, FEE_LAMPORTS);
  if (lamports === null) return ok(null);
  const [latest, progress] = await Promise.all([providers.rpc.getLatestBlockhash(), providers.rpc.getProgress()]);
  if (!latest.ok) return latest;
  if (!progress.ok) return progress;
  const { blockhash, lastValidBlockHeight } = latest.value;
  const expiry = checkExpiry(lastValidBlockHeight, progress.value.blockHeight);
  if (!expiry.ok) return expiry;
  const transfer = systemTransfer(address, to, lamports);
  const instructions = [setComputeUnitLimit(UNIT_LIMIT), setComputeUnitPrice(UNIT_PRICE_MICRO_LAMPORTS), transfer];
  const message = compileMessage({ payer: address, instructions, blockhash });
  const signed = await signer.sign({ message, intentId: id });
  if (!signed.ok) return signed;
  const { signature } = signed.value;
  const bytes = decodeBase58(signature);
  if (bytes?.length !== 64) return refuse("SIGNER_UNAVAILABLE", "the signature is malformed");
  const wireBase64 = encodeBase64(wireTransaction(message, bytes));
  const sweep = { id, atMs: Date.now(), to, lamports, feeLamports: FEE_LAMPORTS, signature, wireBase64, lastValidBlockHeight } as const;
  return ok({ ...sweep, status: "signed", isMissed: false });
}

/** Sends a signed sweep again, or finds out what became of it. Unknown is not failed: it is asked again. */
export async function pursueSweep(sweep: Sweep, providers: Providers): Promise<Sweep> {
  const { signature, lastValidBlockHeight, wireBase64 } = sweep;
  const sighting = await findSignature(providers.all, signature, lastValidBlockHeight);
  if (!sighting.ok) return sweep;
  switch (sighting.value.kind) {
    case "found": {
      const { confirmationStatus, err } = sighting.value.status;
      if (confirmationStatus === "processed") return sweep;
      return { ...sweep, status: err === null || err === undefined ? "landed" : "failed" };
    }
    case "pending":
      await providers.rpc.sendTransaction(wireBase64);
      return sweep;
    case "gone":
      return sweep.isMissed ? { ...sweep, status: "expired" } : { ...sweep, isMissed: true };
  }
}
