import { closeAccount, instruction, readonlySigner } from "../../solana/instructions.ts";
import { TOKEN_PROGRAM } from "../../solana/programs.ts";
import { SAMPLE_WALLET, sampleAddress } from "../sample-messages.ts";
import { allowed, type Case, type Change, editStep, insert, refused, STEP, STRANGER } from "./changes.ts";

/** Layout of a compiled sample: version, three header bytes, the number of keys in one byte, keys, blockhash. */
const HEADER = { version: 0, signers: 1, readonlySigners: 2, readonlyOthers: 3, keys: 4 };
const KEYS_AT = 5;

function set(index: number, value: number) {
  return (message: Uint8Array): Uint8Array => message.map((byte, i) => (i === index ? value : byte));
}

function append(...bytes: number[]) {
  return (message: Uint8Array): Uint8Array => Uint8Array.from([...message, ...bytes]);
}

/** Replaces the last byte, the number of lookup tables, by `bytes`. */
function tables(...bytes: number[]) {
  return (message: Uint8Array): Uint8Array => Uint8Array.from([...message.slice(0, -1), ...bytes]);
}

/** First byte of the instructions: after the keys, the blockhash and their own number, one byte. */
function firstInstruction(message: Uint8Array): number {
  return KEYS_AT + 32 * (message[HEADER.keys] ?? 0) + 32 + 1;
}

const legacy = (message: Uint8Array): Uint8Array => message.slice(1, -1);
const zeros = (length: number): number[] => Array.from({ length }, () => 0);

/** The wallet asked for no signature, wherever it stands. */
const walletSignsNothing: Change = (instructions) =>
  instructions.map((one) => ({ ...one, accounts: one.accounts.map(({ address, role }) => ({ address, role: role % 2 })) }));

/** Adds a key to the table that no instruction names, at its end. */
function unusedKey(message: Uint8Array): Uint8Array {
  const end = KEYS_AT + 32 * (message[HEADER.keys] ?? 0);
  const longer = Uint8Array.from([...message.slice(0, end), ...zeros(31), 77, ...message.slice(end)]);
  return set(HEADER.readonlyOthers, (message[HEADER.readonlyOthers] ?? 0) + 1)(set(HEADER.keys, (message[HEADER.keys] ?? 0) + 1)(longer));
}

const malformed = (detail: string) => ["SIGN_MALFORMED", detail] as const;
const lookup = ["SIGN_LOOKUP_TABLE", null] as const;
const twoSigners = ["SIGN_EXTRA_SIGNER", "2 signers"] as const;

/** The message as bytes: its version, header, keys and lookup tables. */
export const MESSAGE_CASES: readonly Case[] = [
  allowed("legacy message", "pool-buy", { bytes: legacy }),
  refused("nothing at all", "pool-buy", malformed("cut off"), { bytes: () => new Uint8Array() }),
  refused("a byte more than a packet holds", "pool-buy", malformed("larger than a packet"), {
    bytes: (message) => append(...zeros(1_168 - message.length))(message),
  }),
  refused("as many bytes as a packet holds are read", "pool-buy", malformed("bytes after the end"), {
    bytes: (message) => append(...zeros(1_167 - message.length))(message),
  }),
  refused("version 1", "pool-buy", malformed("unknown message version"), { bytes: set(HEADER.version, 0x81) }),
  refused("last byte missing", "pool-buy", malformed("cut off"), { bytes: (message) => message.slice(0, -1) }),
  refused("a byte after the end", "pool-buy", malformed("bytes after the end"), { bytes: append(0) }),
  refused("a byte after the end of a legacy message", "pool-buy", malformed("bytes after the end"), {
    bytes: (message) => append(0)(legacy(message)),
  }),
  refused("no signer", "pool-buy", malformed("impossible header"), { bytes: set(HEADER.signers, 0) }),
  refused("read-only fee payer", "pool-buy", malformed("impossible header"), { bytes: set(HEADER.readonlySigners, 1) }),
  refused("more read-only keys than keys", "pool-buy", malformed("impossible header"), {
    bytes: (message) => set(HEADER.readonlyOthers, message[HEADER.keys] ?? 0)(message),
  }),
  refused("no keys", "pool-buy", malformed("impossible header"), {
    bytes: () => Uint8Array.from([0x80, 1, 0, 0, 0, ...zeros(32), 0, 0]),
  }),
  refused("the wallet twice among the keys", "pool-buy", malformed("duplicate account key"), {
    bytes: (message) => message.slice().copyWithin(KEYS_AT + 32, KEYS_AT, KEYS_AT + 32),
  }),
  refused("an account twice among the keys", "pool-buy", malformed("duplicate account key"), {
    bytes: (message) => message.slice().copyWithin(KEYS_AT + 64, KEYS_AT + 32, KEYS_AT + 64),
  }),
  refused("a key that nothing names", "pool-buy", malformed("unused account key"), { bytes: unusedKey }),
  refused("a program out of range", "pool-buy", malformed("account index out of range"), {
    bytes: (message) => set(firstInstruction(message), 200)(message),
  }),
  refused("the fee payer as a program", "pool-buy", malformed("the fee payer as a program"), {
    bytes: (message) => set(firstInstruction(message), 0)(message),
  }),
  refused("a length with a needless byte", "pool-buy", malformed("length is not in its shortest form"), { bytes: tables(0x80, 0) }),
  refused("a length of more than 16 bits", "pool-buy", malformed("length exceeds 16 bits"), { bytes: tables(0xff, 0xff, 0x04) }),
  refused("a length of four bytes", "pool-buy", malformed("length has more than three bytes"), { bytes: tables(0xff, 0xff, 0x83, 1) }),

  refused("a lookup table", "pool-buy", lookup, { bytes: tables(1, ...zeros(32), 1, 0, 1, 1) }),
  refused("a lookup table that nothing is taken from", "pool-buy", lookup, { bytes: tables(1, ...zeros(32), 0, 0) }),
  refused("a lookup table that is announced and left out", "pool-buy", lookup, { bytes: tables(1) }),
  refused("a lookup table and another signer", "pool-buy", lookup, {
    bytes: (message) => set(HEADER.signers, 2)(tables(1, ...zeros(32), 0, 0)(message)),
  }),

  refused("another signer among a trade's accounts", "pool-buy", twoSigners, {
    change: editStep(STEP.poolBuy.trade, (one) => ({ ...one, accounts: [...one.accounts, readonlySigner(STRANGER)] })),
  }),
  refused("another signer by the header alone", "pool-sell", twoSigners, { bytes: set(HEADER.signers, 2) }),
  refused("another's account closed with another's signature", "close", twoSigners, {
    change: insert(closeAccount(sampleAddress(668), SAMPLE_WALLET, STRANGER, TOKEN_PROGRAM)),
  }),
  refused("another pays the fee of what our wallet signs", "pool-buy", twoSigners, { payer: STRANGER }),
  refused("another pays the fee and our wallet signs nothing", "pool-buy", ["SIGN_FEE_PAYER", null], {
    change: walletSignsNothing,
    payer: STRANGER,
  }),
  refused("another wallet's message", "pool-buy", ["SIGN_FEE_PAYER", null], { vary: { wallet: STRANGER }, payer: STRANGER }),
  refused("another wallet's message with an unknown program", "pool-buy", ["SIGN_FEE_PAYER", null], {
    vary: { wallet: STRANGER },
    change: insert(instruction(sampleAddress(667), [], Uint8Array.of(1))),
    payer: STRANGER,
  }),
];
