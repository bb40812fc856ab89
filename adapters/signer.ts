import { z } from "zod";
import { REASONS, type ReasonCode } from "../domain/reasons.ts";
import { type Result, refuse } from "../domain/result.ts";
import { MAX_HISTORY } from "../domain/signing/signer.ts";
import {
  MAX_MEMO_CHARS,
  type SignatureRecord,
  type SignedMessage,
  type SignedOrder,
  type SignerDescription,
  type SignerPort,
} from "../domain/signing/types.ts";
import { isAddress, isSignature } from "../domain/solana/address.ts";
import { U64_MAX } from "../domain/units.ts";

/** Texts in the signer's answers are shorter; a longer one is none of its. */
const MAX_TEXT_CHARS = 1_000;
/** Tip accounts in a policy; Helius has ten. */
const MAX_TIP_ACCOUNTS = 100;

const address = z.string().refine(isAddress);
const signature = z.string().refine(isSignature);
const lamports = z.bigint().min(0n).max(U64_MAX);
/** A sum: a transaction's spend and fees, or a window's, can exceed one amount. */
const sum = z.bigint().min(0n);
const count = z.int().min(0);
const text = z.string().max(MAX_TEXT_CHARS);
const kind = z.enum(["entry", "exit", "sweep"]);
const reason = z.custom<ReasonCode>((value) => typeof value === "string" && Object.hasOwn(REASONS, value));

const signedMessage: z.ZodType<SignedMessage> = z.object({ signature, kind, spendLamports: sum });
const signedOrder: z.ZodType<SignedOrder | null> = z.object({ intentId: text, signature, memo: z.string().max(MAX_MEMO_CHARS) }).nullable();
const policy = z.object({
  network: z.enum(["localnet", "mainnet"]),
  maxSpendPerTxLamports: lamports,
  maxFeePerTxLamports: lamports,
  entryHourLamports: lamports,
  entryDayLamports: lamports,
  entrySignaturesPerHour: count,
  entrySignaturesPerDay: count,
  exitHourLamports: lamports,
  exitDayLamports: lamports,
  exitSignaturesPerHour: count,
  exitSignaturesPerDay: count,
  sweepAddress: address.nullable(),
  sweepAboveLamports: lamports.nullable(),
  tipAccounts: z.array(address).max(MAX_TIP_ACCOUNTS),
});
const budget = z.object({
  kind,
  windowMs: count,
  usedLamports: sum,
  limitLamports: sum,
  signatures: count,
  signaturesLimit: count,
});
const description: z.ZodType<SignerDescription> = z.object({ address, policy, budgets: z.array(budget).max(20), nowMs: count });
const record = z.object({
  seq: count,
  atMs: count,
  intentId: text,
  kind: kind.nullable(),
  signature: signature.nullable(),
  messageSha256: z.string().regex(/^[0-9a-f]{64}$/),
  spendLamports: sum.nullable(),
  reason: text.nullable(),
});
const records: z.ZodType<readonly SignatureRecord[]> = z.array(record).max(MAX_HISTORY);

/**
 * The signer behind the service binding `SIGNER`; null in a deployment without one. A call that
 * throws, or an answer that is not the signer's, is SIGNER_UNAVAILABLE: whether a message was signed
 * is then unknown, and asking again with the same message and intent is safe.
 */
export function signerFromEnv(env: object): SignerPort | null {
  const signer = (env as { readonly SIGNER?: SignerPort }).SIGNER;
  if (signer === undefined || signer === null) return null;
  return {
    sign: (request) => call(() => signer.sign(request), signedMessage),
    signedFrom: (intentId) => call(() => signer.signedFrom(intentId), signedOrder),
    describe: () => call(() => signer.describe(), description),
    history: (afterSeq) => call(() => signer.history(afterSeq), records),
  };
}

async function call<T>(ask: () => Promise<unknown>, value: z.ZodType<T>): Promise<Result<T>> {
  const answer = z.discriminatedUnion("ok", [
    z.object({ ok: z.literal(true), value }),
    z.object({ ok: z.literal(false), reason, detail: text.optional() }),
  ]);
  try {
    const parsed = answer.safeParse(await ask());
    if (!parsed.success) return refuse("SIGNER_UNAVAILABLE", "the answer is not the signer's");
    return parsed.data.ok ? parsed.data : refuse(parsed.data.reason, parsed.data.detail);
  } catch (error) {
    return refuse("SIGNER_UNAVAILABLE", error instanceof Error ? error.message.slice(0, MAX_TEXT_CHARS) : undefined);
  }
}
