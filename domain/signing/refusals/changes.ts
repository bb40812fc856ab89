import type { ReasonCode } from "../../reasons.ts";
import type { Result } from "../../result.ts";
import { compileMessage } from "../../solana/build-message.ts";
import { type BuiltInstruction, readonly } from "../../solana/instructions.ts";
import type { Address } from "../../units.ts";
import { type Judgement, judgeMessage } from "../policy.ts";
import {
  SAMPLE_BLOCKHASH,
  SAMPLE_POLICY,
  SAMPLE_WALLET,
  type SampleKind,
  type SampleOptions,
  sampleAddress,
  sampleInstructions,
} from "../sample-messages.ts";
import type { SignerPolicy } from "../types.ts";

export const STRANGER = sampleAddress(666);

/** Positions of the steps in a sample's instructions; a tip follows the last of them. */
export const STEP = {
  limit: 0,
  price: 1,
  poolBuy: { create: 2, ensure: 3, wrap: 4, sync: 5, trade: 6, close: 7, tip: 8 },
  poolSell: { ensure: 2, trade: 3, closeCoin: 4, closeWsol: 5, tip: 6 },
  curveBuy: { create: 2, trade: 3 },
  curveSell: { trade: 2, close: 3 },
  sweep: 2,
  close: 2,
} as const;

export type Change = (instructions: readonly BuiltInstruction[]) => readonly BuiltInstruction[];

/** An allowed message, what is changed in it, and what the signer must say to the changed one. */
export interface Case {
  readonly rule: string;
  readonly kind: SampleKind;
  /** Options of both messages. */
  readonly options?: Partial<SampleOptions>;
  /** Options of the changed message only. */
  readonly vary?: Partial<SampleOptions>;
  readonly change?: Change;
  readonly payer?: Address;
  /** Changes the changed message's bytes. */
  readonly bytes?: (message: Uint8Array) => Uint8Array;
  /** The policy that judges the changed message. */
  readonly policy?: Partial<SignerPolicy>;
  /** Null for a change that leaves the message allowed. */
  readonly reason: ReasonCode | null;
  /** Part of the refusal's detail; null when it has none. */
  readonly detail: string | null;
}

/** A row that is refused. */
export function refused(
  rule: string,
  kind: SampleKind,
  [reason, detail]: readonly [ReasonCode, string | null],
  changed: Omit<Case, "rule" | "kind" | "reason" | "detail"> | Change,
): Case {
  return { rule, kind, reason, detail, ...(typeof changed === "function" ? { change: changed } : changed) };
}

/** A row that is allowed: the limit itself, or a change that matters to nobody. */
export function allowed(rule: string, kind: SampleKind, changed: Omit<Case, "rule" | "kind" | "reason" | "detail"> | Change): Case {
  return { rule: `allowed: ${rule}`, kind, reason: null, detail: null, ...(typeof changed === "function" ? { change: changed } : changed) };
}

/** Judges a case's message before and after its change. */
export function judgeCase({ kind, options, vary, change, payer, bytes, policy }: Case): Record<"before" | "after", Result<Judgement>> {
  const compile = (instructions: readonly BuiltInstruction[], payer: Address): Uint8Array =>
    compileMessage({ payer, instructions, blockhash: SAMPLE_BLOCKHASH });
  const before = compile(sampleInstructions(kind, options), SAMPLE_WALLET);
  const varied = sampleInstructions(kind, { ...options, ...vary });
  const after = compile(change === undefined ? varied : change(varied), payer ?? SAMPLE_WALLET);
  return {
    before: judgeMessage(before, { wallet: SAMPLE_WALLET, policy: SAMPLE_POLICY }),
    after: judgeMessage(bytes === undefined ? after : bytes(after), {
      wallet: SAMPLE_WALLET,
      policy: { ...SAMPLE_POLICY, ...policy },
    }),
  };
}

/** All changes, one after the other. */
export function all(...changes: readonly Change[]): Change {
  return (instructions) => changes.reduce((list, change) => change(list), instructions);
}

export function editStep(step: number, edit: (one: BuiltInstruction) => BuiltInstruction): Change {
  return (instructions) => {
    if (instructions[step] === undefined) throw new RangeError(`no step ${step}`);
    return instructions.map((one, i) => (i === step ? edit(one) : one));
  };
}

/** Names another account in a step; it takes the old one's place but signs nothing unless it is the wallet. */
export function account(step: number, index: number, address: Address): Change {
  return editStep(step, (one) => {
    if (one.accounts[index] === undefined) throw new RangeError(`no account ${index}`);
    const { address: named } = readonly(address);
    const unsigned = (role: number): number => (address === SAMPLE_WALLET ? role : role % 2);
    return { ...one, accounts: one.accounts.map((meta, i) => (i === index ? { address: named, role: unsigned(meta.role) } : meta)) };
  });
}

export function data(step: number, edit: (bytes: Uint8Array) => Uint8Array): Change {
  return editStep(step, (one) => ({ ...one, data: edit(one.data) }));
}

/** Writes a u64 into a step's data. */
export function amount(step: number, offset: number, value: bigint): Change {
  return data(step, (bytes) => {
    const copy = bytes.slice();
    new DataView(copy.buffer).setBigUint64(offset, value, true);
    return copy;
  });
}

export function drop(step: number): Change {
  return (instructions) => instructions.filter((_, i) => i !== step);
}

/** Inserts before a step; at the end unless told. */
export function insert(one: BuiltInstruction, step?: number): Change {
  return (instructions) => instructions.toSpliced(step ?? instructions.length, 0, one);
}

export function repeat(step: number): Change {
  return (instructions) => instructions.flatMap((one, i) => (i === step ? [one, one] : [one]));
}

export function swap(step: number, other: number): Change {
  return (instructions) => instructions.map((one, i) => instructions[i === step ? other : i === other ? step : i] ?? one);
}

export function longer(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes, 0]);
}

export function shorter(bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, -1);
}
