import { ok, type Result, refuse } from "../result.ts";
import { ByteReader, fromHex, startsWith } from "../solana/bytes.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../solana/discriminators.ts";
import type { DecodedInstruction } from "./decode-message.ts";
import { addressOf, KEYS, type Key, sameKey } from "./keys.ts";

/** A trade's venue and side. */
export type TradeKind = "pool-buy" | "pool-sell" | "curve-buy" | "curve-sell";

export interface TradeInstruction {
  readonly kind: TradeKind;
  readonly accounts: readonly Key[];
  /** Coins in base units: at least these are bought, exactly these are sold. */
  readonly base: bigint;
  /** Lamports: at most these are paid, at least these are received. */
  readonly quote: bigint;
}

/** Every instruction that a message may hold. Lamports and token amounts in base units. */
export type KnownInstruction =
  | { readonly kind: "unit-limit"; readonly units: bigint }
  | { readonly kind: "unit-price"; readonly microLamports: bigint }
  | { readonly kind: "transfer"; readonly from: Key; readonly to: Key; readonly lamports: bigint }
  | CreateTokenAccount
  | { readonly kind: "sync"; readonly account: Key }
  | CloseTokenAccount
  | TradeInstruction;

/** "create" fails when the account exists, "ensure" does not. */
export interface CreateTokenAccount {
  readonly kind: "create" | "ensure";
  readonly payer: Key;
  readonly account: Key;
  readonly owner: Key;
  readonly mint: Key;
  readonly tokenProgram: Key;
}

export interface CloseTokenAccount {
  readonly kind: "close";
  readonly account: Key;
  readonly destination: Key;
  readonly owner: Key;
  readonly tokenProgram: Key;
}

interface Form {
  readonly program: Key;
  /** First bytes of the data. */
  readonly prefix: Uint8Array;
  /** Exact length of the data. */
  readonly bytes: number;
  /** Exact number of accounts; trades have their own lists. */
  readonly accounts: number | null;
  /** Null when a byte has a value that the form does not allow. */
  readonly read: (data: ByteReader, accounts: (index: number) => Key, instruction: DecodedInstruction) => KnownInstruction | null;
}

const PROGRAMS: ReadonlySet<string> = new Set(
  [KEYS.system, KEYS.computeBudget, KEYS.token, KEYS.token2022, KEYS.associatedToken, KEYS.pump, KEYS.pumpSwap].map(({ hex }) => hex),
);

function createForm(tag: number, kind: "create" | "ensure"): Form {
  return {
    program: KEYS.associatedToken,
    prefix: Uint8Array.of(tag),
    bytes: 1,
    accounts: 6,
    read: (_, at) =>
      sameKey(at(4), KEYS.system) ? { kind, payer: at(0), account: at(1), owner: at(2), mint: at(3), tokenProgram: at(5) } : null,
  };
}

function closeForm(program: Key): Form {
  const read: Form["read"] = (_, at) => ({ kind: "close", account: at(0), destination: at(1), owner: at(2), tokenProgram: program });
  return { program, prefix: Uint8Array.of(9), bytes: 1, accounts: 3, read };
}

/** `quoteFirst`: the first amount is the quote. `flag`: a last byte, zero or one, says whether volume is counted. */
function tradeForm(
  program: Key,
  discriminator: string,
  kind: TradeKind,
  { quoteFirst, flag }: { quoteFirst: boolean; flag: boolean },
): Form {
  return {
    program,
    prefix: fromHex(discriminator),
    bytes: flag ? 25 : 24,
    accounts: null,
    read: (data, _, { accounts }) => {
      const [first, second] = [data.u64(), data.u64()];
      if (flag && data.u8() > 1) return null;
      return { kind, accounts, quote: quoteFirst ? first : second, base: quoteFirst ? second : first };
    },
  };
}

const FORMS: readonly Form[] = [
  {
    program: KEYS.computeBudget,
    prefix: Uint8Array.of(2),
    bytes: 5,
    accounts: 0,
    read: (data) => ({ kind: "unit-limit", units: BigInt(data.u32()) }),
  },
  {
    program: KEYS.computeBudget,
    prefix: Uint8Array.of(3),
    bytes: 9,
    accounts: 0,
    read: (data) => ({ kind: "unit-price", microLamports: data.u64() }),
  },
  {
    program: KEYS.system,
    prefix: Uint8Array.of(2, 0, 0, 0),
    bytes: 12,
    accounts: 2,
    read: (data, at) => ({ kind: "transfer", from: at(0), to: at(1), lamports: data.u64() }),
  },
  createForm(0, "create"),
  createForm(1, "ensure"),
  { program: KEYS.token, prefix: Uint8Array.of(17), bytes: 1, accounts: 1, read: (_, at) => ({ kind: "sync", account: at(0) }) },
  closeForm(KEYS.token),
  closeForm(KEYS.token2022),
  tradeForm(KEYS.pumpSwap, INSTRUCTION_DISCRIMINATOR.buyExactQuoteIn, "pool-buy", { quoteFirst: true, flag: true }),
  tradeForm(KEYS.pumpSwap, INSTRUCTION_DISCRIMINATOR.sell, "pool-sell", { quoteFirst: false, flag: false }),
  tradeForm(KEYS.pump, INSTRUCTION_DISCRIMINATOR.buy, "curve-buy", { quoteFirst: false, flag: true }),
  tradeForm(KEYS.pump, INSTRUCTION_DISCRIMINATOR.buyExactSolIn, "curve-buy", { quoteFirst: true, flag: true }),
  tradeForm(KEYS.pump, INSTRUCTION_DISCRIMINATOR.sell, "curve-sell", { quoteFirst: false, flag: false }),
];

/**
 * Reads an instruction as one of the known forms, exact in program, discriminator, length and number
 * of accounts. Refuses with SIGN_PROGRAM or SIGN_INSTRUCTION.
 */
export function readInstruction(instruction: DecodedInstruction): Result<KnownInstruction> {
  const { program, accounts, data } = instruction;
  if (!PROGRAMS.has(program.hex)) return refuse("SIGN_PROGRAM", addressOf(program));
  const form = FORMS.find((form) => sameKey(form.program, program) && form.bytes === data.length && startsWith(data, form.prefix));
  if (form === undefined || (form.accounts !== null && form.accounts !== accounts.length)) return refuseForm(program);
  const at = (index: number): Key => accounts[index] ?? KEYS.system;
  const known = form.read(new ByteReader(data, form.prefix.length), at, instruction);
  return known === null ? refuseForm(program) : ok(known);
}

function refuseForm(program: Key): Result<never> {
  return refuse("SIGN_INSTRUCTION", `not a form that we use of ${addressOf(program)}`);
}
