import type { Rng } from "../random.ts";
import { compileMessage } from "../solana/build-message.ts";
import * as native from "../solana/instructions.ts";
import { ATA_PROGRAM, PUMP_PROGRAM, PUMP_SWAP_PROGRAM, SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../solana/programs.ts";
import { type Address, U64_MAX } from "../units.ts";
import { SAMPLE_BLOCKHASH, SAMPLE_KINDS, SAMPLE_POLICY, type SampleKind, sampleAddress, sampleInstructions } from "./sample-messages.ts";
import { HELIUS_TIP_ACCOUNTS } from "./tip-accounts.ts";

type Instructions = native.BuiltInstruction[];

const ATTACKER = sampleAddress(666);
const PROGRAMS = [SYSTEM_PROGRAM, TOKEN_PROGRAM, TOKEN_2022_PROGRAM, ATA_PROGRAM, PUMP_PROGRAM, PUMP_SWAP_PROGRAM, sampleAddress(667)];

/** A message that was allowed and then changed, with the names of the changes. */
export interface Mutant {
  readonly message: Uint8Array;
  readonly changes: readonly string[];
}

/** Allowed messages to change, as instructions, with their kinds. */
export type Sample = readonly [kind: SampleKind, instructions: Instructions];

/** Allowed messages of the wallet: every kind, with coins, amounts, tips and token programs at random. */
export function drawSamples(rng: Rng, wallet: Address, count: number): readonly Sample[] {
  return Array.from({ length: count }, (_, i): Sample => {
    const kind = itemAt(SAMPLE_KINDS, i % SAMPLE_KINDS.length);
    return [kind, sampleInstructions(kind, sampleOptions(rng, wallet))];
  });
}

/** Changes one of the samples once to three times, its instructions or its bytes. */
export function drawMutant(rng: Rng, wallet: Address, samples: readonly Sample[]): Mutant {
  const [kind, sample] = pick(rng, samples);
  let instructions = sample;
  const changes: string[] = [];
  let payer = wallet;
  let bytes: Uint8Array | null = null;
  for (let left = 1 + Math.floor(rng.int(10) / 6) + Math.floor(rng.int(10) / 8); left > 0; left--) {
    if (bytes === null && rng.int(3) > 0) {
      const [name, change] = pick(rng, INSTRUCTION_CHANGES);
      instructions = change([...instructions], rng, { wallet, samples });
      changes.push(name);
    } else if (bytes === null && rng.int(30) === 0) {
      payer = pick(rng, [ATTACKER, ...instructions.flatMap(({ accounts }) => accounts.map(({ address }) => address))]);
      changes.push("payer");
    } else {
      bytes ??= compile(payer, instructions);
      const [name, change] = pick(rng, BYTE_CHANGES);
      bytes = change(bytes, rng);
      changes.push(name);
    }
  }
  return { message: bytes ?? compile(payer, instructions), changes: [kind, ...changes] };
}

/** Options of an allowed message, some at random. */
function sampleOptions(rng: Rng, wallet: Address) {
  return {
    wallet,
    mint: sampleAddress(1_000 + rng.int(20)),
    coinCreator: sampleAddress(2_000 + rng.int(5)),
    tokenProgram: pick(rng, [TOKEN_PROGRAM, TOKEN_2022_PROGRAM]),
    cashback: rng.int(4) === 0,
    tipLamports: rng.int(2) === 0 ? null : 200_000n,
    tipAccount: pick(rng, HELIUS_TIP_ACCOUNTS),
    quoteLamports: BigInt(1 + rng.int(1_000_000_000)),
    base: BigInt(1 + rng.int(1_000_000_000)),
  };
}

function compile(payer: Address, instructions: Instructions): Uint8Array {
  return compileMessage({ payer, instructions, blockhash: SAMPLE_BLOCKHASH });
}

interface Source {
  readonly wallet: Address;
  readonly samples: readonly Sample[];
}

type InstructionChange = (instructions: Instructions, rng: Rng, source: Source) => Instructions;

const INSTRUCTION_CHANGES: readonly (readonly [string, InstructionChange])[] = [
  ["remove", (list, rng) => without(list, rng)],
  ["duplicate", (list, rng) => (list.length === 0 ? list : insert(list, rng, pick(rng, list)))],
  [
    "swap order",
    (list, rng) => {
      if (list.length === 0) return list;
      const [i, j] = [at(rng, list), at(rng, list)];
      [list[i], list[j]] = [itemAt(list, j), itemAt(list, i)];
      return list;
    },
  ],
  ["foreign instruction", (list, rng, { wallet }) => insert(list, rng, pick(rng, foreignInstructions(rng, list, wallet)))],
  ["other message's instruction", (list, rng, { samples }) => insert(list, rng, pick(rng, pick(rng, samples)[1]))],
  ["account", changeAccount],
  ["account", changeAccount],
  ["same account everywhere", changeEverywhere],
  ["program", (list, rng) => edit(list, rng, (one) => ({ ...one, programAddress: native.readonly(pick(rng, PROGRAMS)).address }))],
  ["amount", (list, rng) => edit(list, rng, (one) => ({ ...one, data: changeAmount(one.data, rng) }))],
  ["amount", (list, rng) => edit(list, rng, (one) => ({ ...one, data: changeAmount(one.data, rng) }))],
  ["same amount everywhere", changeAmountEverywhere],
  ["data byte", (list, rng) => edit(list, rng, (one) => ({ ...one, data: flipByte(one.data, rng) }))],
  ["data length", (list, rng) => edit(list, rng, (one) => ({ ...one, data: resize(one.data, rng) }))],
  ["drop account", (list, rng) => edit(list, rng, (one) => ({ ...one, accounts: without(one.accounts, rng) }))],
  [
    "add account",
    (list, rng, { wallet }) =>
      edit(list, rng, (one) => ({ ...one, accounts: [...one.accounts, native.writable(anyAddress(rng, list, wallet))] })),
  ],
  ["role", changeRole],
  ["second tip", (list, rng, { wallet }) => [...list, native.systemTransfer(wallet, pick(rng, HELIUS_TIP_ACCOUNTS), 100_000n)]],
];

function changeAccount(list: Instructions, rng: Rng, { wallet }: Source): Instructions {
  return edit(list, rng, (one) => {
    const index = at(rng, one.accounts);
    const address = native.readonly(anyAddress(rng, list, wallet)).address;
    return { ...one, accounts: one.accounts.map((account, i) => (i === index ? { ...account, address } : account)) };
  });
}

/** Replaces one address by another in every instruction: what stays consistent with itself. */
function changeEverywhere(list: Instructions, rng: Rng, { wallet }: Source): Instructions {
  const from = anyAddress(rng, list, wallet);
  const to = native.readonly(anyAddress(rng, list, wallet)).address;
  return list.map((one) => ({
    ...one,
    accounts: one.accounts.map((account) => (account.address === from ? { ...account, address: to } : account)),
  }));
}

function changeRole(list: Instructions, rng: Rng): Instructions {
  return edit(list, rng, (one) => {
    const index = at(rng, one.accounts);
    const roles = [native.readonly, native.writable, native.readonlySigner, native.writableSigner];
    return { ...one, accounts: one.accounts.map((account, i) => (i === index ? pick(rng, roles)(account.address) : account)) };
  });
}

function changeAmount(data: Uint8Array, rng: Rng): Uint8Array {
  if (data.length < 8) return flipByte(data, rng);
  const offsets = [8, 16, 4, 1, 0].filter((offset) => offset + 8 <= data.length);
  const copy = data.slice();
  new DataView(copy.buffer).setBigUint64(pick(rng, offsets), anyAmount(rng), true);
  return copy;
}

/** The wrapped and the spent amount of a buy, changed together. */
function changeAmountEverywhere(list: Instructions, rng: Rng): Instructions {
  const amount = anyAmount(rng);
  return list.map((one) => {
    const offset = one.programAddress === SYSTEM_PROGRAM ? 4 : 8;
    if (one.data.length < offset + 8) return one;
    const data = one.data.slice();
    new DataView(data.buffer).setBigUint64(offset, amount, true);
    return { ...one, data };
  });
}

function anyAmount(rng: Rng): bigint {
  const { maxSpendPerTxLamports: spend, maxFeePerTxLamports: fee } = SAMPLE_POLICY;
  return pick(rng, [0n, 1n, spend, spend + 1n, spend * 10n, fee, fee + 1n, U64_MAX, BigInt(rng.int(2 ** 48)), BigInt(rng.int(1_000_000))]);
}

/** Instructions of the listed programs and others that take control of, or value from, the wallet. */
function foreignInstructions(rng: Rng, list: Instructions, wallet: Address): Instructions {
  const { readonlySigner, writable, writableSigner, instruction } = native;
  const ours = writable(anyAddress(rng, list, wallet));
  const token = pick(rng, [TOKEN_PROGRAM, TOKEN_2022_PROGRAM]);
  const amount = Array.from({ length: 8 }, () => rng.int(256));
  const data = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
  return [
    native.systemTransfer(wallet, ATTACKER, BigInt(rng.int(1_000_000_000))),
    native.systemTransfer(wallet, ours.address, BigInt(rng.int(1_000_000_000))),
    native.closeAccount(ours.address, ATTACKER, wallet, token),
    native.closeAccount(ours.address, wallet, wallet, token),
    instruction(token, [ours, writable(ATTACKER), readonlySigner(wallet)], data(3, ...amount)), // Transfer
    instruction(token, [ours, writable(ATTACKER), readonlySigner(wallet)], data(4, ...amount)), // Approve
    instruction(token, [ours, readonlySigner(wallet)], data(6, 2, 1, ...Array.from({ length: 32 }, () => 6))), // SetAuthority
    instruction(token, [ours, writable(ATTACKER), readonlySigner(wallet)], data(8, ...amount)), // Burn
    instruction(SYSTEM_PROGRAM, [writableSigner(wallet)], data(1, 0, 0, 0, ...Array.from({ length: 32 }, () => 6))), // Assign
    instruction(SYSTEM_PROGRAM, [ours, writable(ATTACKER), readonlySigner(wallet)], data(4, 0, 0, 0)), // AdvanceNonceAccount
    instruction(sampleAddress(667), [writableSigner(wallet), ours], data(1, 2, 3)),
    native.setComputeUnitLimit(rng.int(2_000_000)),
    native.setComputeUnitPrice(anyAmount(rng)),
  ];
}

type ByteChange = (bytes: Uint8Array, rng: Rng) => Uint8Array;

const BYTE_CHANGES: readonly (readonly [string, ByteChange])[] = [
  ["flip byte", flipByte],
  ["flip byte", flipByte],
  [
    "flip bit",
    (bytes, rng) => {
      const copy = bytes.slice();
      const index = at(rng, copy);
      copy[index] = (copy[index] ?? 0) ^ (1 << rng.int(8));
      return copy;
    },
  ],
  ["insert byte", (bytes, rng) => splice(bytes, rng.int(bytes.length + 1), 0, rng.int(256))],
  ["delete byte", (bytes, rng) => splice(bytes, at(rng, bytes), 1)],
  ["cut off", (bytes, rng) => bytes.slice(0, at(rng, bytes))],
  ["append", (bytes, rng) => splice(bytes, bytes.length, 0, ...Array.from({ length: 1 + rng.int(40) }, () => rng.int(256)))],
  [
    "header",
    (bytes, rng) => {
      const copy = bytes.slice();
      copy[rng.int(4)] = rng.int(24);
      return copy;
    },
  ],
  ["legacy", (bytes) => (bytes[0] === 0x80 ? bytes.slice(1, -1) : bytes)],
  ["lookup table", (bytes, rng) => splice(bytes, bytes.length - 1, 1, 1, ...Array.from({ length: 32 }, () => rng.int(256)), 1, 0, 1, 1)],
  [
    "duplicate key",
    (bytes, rng) => {
      const [to, from] = [5 + 32 * rng.int(10), 5 + 32 * rng.int(10)];
      return bytes.slice().copyWithin(to, from, from + 32);
    },
  ],
];

function flipByte(bytes: Uint8Array, rng: Rng): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 0) copy[at(rng, copy)] = rng.int(256);
  return copy;
}

function resize(bytes: Uint8Array, rng: Rng): Uint8Array {
  return rng.int(2) === 0 ? bytes.slice(0, -1) : splice(bytes, bytes.length, 0, rng.int(3));
}

function splice(bytes: Uint8Array, index: number, removed: number, ...inserted: number[]): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, index), ...inserted, ...bytes.subarray(index + removed)]);
}

function without<T>(list: readonly T[], rng: Rng): T[] {
  const index = at(rng, list);
  return list.filter((_, i) => i !== index);
}

function edit(list: Instructions, rng: Rng, change: (one: native.BuiltInstruction) => native.BuiltInstruction): Instructions {
  const index = at(rng, list);
  return list.map((one, i) => (i === index ? change(one) : one));
}

function insert(list: Instructions, rng: Rng, one: native.BuiltInstruction): Instructions {
  const index = rng.int(list.length + 1);
  return [...list.slice(0, index), one, ...list.slice(index)];
}

function anyAddress(rng: Rng, list: Instructions, wallet: Address): Address {
  const all = list.flatMap(({ accounts, programAddress }) => [programAddress, ...accounts.map(({ address }) => address)]);
  return pick(rng, [ATTACKER, wallet, sampleAddress(1_000 + rng.int(20)), pick(rng, HELIUS_TIP_ACCOUNTS), pick(rng, [wallet, ...all])]);
}

function at(rng: Rng, list: ArrayLike<unknown>): number {
  return rng.int(Math.max(1, list.length));
}

function pick<T>(rng: Rng, list: readonly T[]): T {
  return itemAt(list, at(rng, list));
}

function itemAt<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}
