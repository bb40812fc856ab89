import { fromHex } from "../../solana/bytes.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../../solana/discriminators.ts";
import * as native from "../../solana/instructions.ts";
import {
  ATA_PROGRAM,
  COMPUTE_BUDGET_PROGRAM,
  METADATA_PROGRAM,
  PUMP_FEES_PROGRAM,
  PUMP_PROGRAM,
  PUMP_SWAP_PROGRAM,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
} from "../../solana/programs.ts";
import type { Address } from "../../units.ts";
import { SAMPLE_WALLET, type SampleKind, sampleAddress, sampleInstructions } from "../sample-messages.ts";
import { account, allowed, type Case, data, editStep, insert, longer, refused, STEP, STRANGER, shorter } from "./changes.ts";

const OURS = native.writable(sampleAddress(668));
const THEIRS = native.writable(STRANGER);
const SIGNED = native.readonlySigner(SAMPLE_WALLET);
const EIGHT = [1, 2, 3, 4, 5, 6, 7, 8];
const KEY = Array.from({ length: 32 }, () => 6);

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const u32 = (tag: number, ...rest: number[]): Uint8Array => bytes(tag, 0, 0, 0, ...rest);
const program = (address: Address) => ["SIGN_PROGRAM", address] as const;
const form = (address: Address) => ["SIGN_INSTRUCTION", `not a form that we use of ${address}`] as const;

/** Name, data and accounts of what the token programs could do to our accounts. */
const TOKEN_INSTRUCTIONS: readonly (readonly [string, Uint8Array])[] = [
  ["Transfer", bytes(3, ...EIGHT)],
  ["Approve", bytes(4, ...EIGHT)],
  ["Revoke", bytes(5)],
  ["SetAuthority of the owner", bytes(6, 2, 1, ...KEY)],
  ["SetAuthority to close", bytes(6, 3, 1, ...KEY)],
  ["MintTo", bytes(7, ...EIGHT)],
  ["Burn", bytes(8, ...EIGHT)],
  ["FreezeAccount", bytes(10)],
  ["TransferChecked", bytes(12, ...EIGHT, 6)],
  ["ApproveChecked", bytes(13, ...EIGHT, 6)],
  ["BurnChecked", bytes(15, ...EIGHT, 6)],
];

/** Other instructions of listed programs. */
const FOREIGN: readonly (readonly [string, Address, Uint8Array])[] = [
  ["CreateAccount", SYSTEM_PROGRAM, u32(0, ...EIGHT, ...EIGHT, ...KEY)],
  ["Assign", SYSTEM_PROGRAM, u32(1, ...KEY)],
  ["CreateAccountWithSeed", SYSTEM_PROGRAM, u32(3, ...KEY, ...EIGHT, ...EIGHT, ...EIGHT, ...KEY)],
  ["AdvanceNonceAccount", SYSTEM_PROGRAM, u32(4)],
  ["WithdrawNonceAccount", SYSTEM_PROGRAM, u32(5, ...EIGHT)],
  ["AuthorizeNonceAccount", SYSTEM_PROGRAM, u32(7, ...KEY)],
  ["Allocate", SYSTEM_PROGRAM, u32(8, ...EIGHT)],
  ["TransferWithSeed", SYSTEM_PROGRAM, u32(11, ...EIGHT, ...EIGHT, ...KEY)],
  ["RequestUnits", COMPUTE_BUDGET_PROGRAM, bytes(0, ...EIGHT)],
  ["RequestHeapFrame", COMPUTE_BUDGET_PROGRAM, bytes(1, 0, 0, 4, 0)],
  ["SetLoadedAccountsDataSizeLimit", COMPUTE_BUDGET_PROGRAM, bytes(4, 0, 0, 4, 0)],
  ["Create without a tag", ATA_PROGRAM, bytes()],
  ["RecoverNested", ATA_PROGRAM, bytes(2)],
  ["SyncNative of the newer token program", TOKEN_2022_PROGRAM, bytes(17)],
  ["SyncNative of the newer token program, by name only", TOKEN_2022_PROGRAM, bytes(17, 0)],
  ["create", PUMP_PROGRAM, fromHex(INSTRUCTION_DISCRIMINATOR.create)],
  ["buy_v2", PUMP_PROGRAM, bytes(...fromHex(INSTRUCTION_DISCRIMINATOR.buyV2), ...EIGHT, ...EIGHT)],
  ["sell_v2", PUMP_PROGRAM, bytes(...fromHex(INSTRUCTION_DISCRIMINATOR.sellV2), ...EIGHT, ...EIGHT)],
  ["migrate", PUMP_PROGRAM, fromHex(INSTRUCTION_DISCRIMINATOR.migrate)],
  [
    "buy_exact_quote_in, the pool's, on the curve",
    PUMP_PROGRAM,
    bytes(...fromHex(INSTRUCTION_DISCRIMINATOR.buyExactQuoteIn), ...EIGHT, ...EIGHT, 1),
  ],
  ["buy for a fixed amount of coins", PUMP_SWAP_PROGRAM, bytes(...fromHex(INSTRUCTION_DISCRIMINATOR.buy), ...EIGHT, ...EIGHT, 1)],
  ["create_pool", PUMP_SWAP_PROGRAM, fromHex(INSTRUCTION_DISCRIMINATOR.createPool)],
];

/** Every step of every kind of message, and the program that it calls. */
function eachStep(kinds: readonly SampleKind[]): { kind: SampleKind; step: number; program: Address }[] {
  return kinds.flatMap((kind) => sampleInstructions(kind).map(({ programAddress }, step) => ({ kind, step, program: programAddress })));
}

const TRADE_STEPS: readonly (readonly [SampleKind, number])[] = [
  ["pool-buy", STEP.poolBuy.trade],
  ["pool-sell", STEP.poolSell.trade],
  ["curve-buy", STEP.curveBuy.trade],
  ["curve-buy-exact-in", STEP.curveBuy.trade],
  ["curve-sell", STEP.curveSell.trade],
];
const isTrade = (kind: SampleKind, step: number): boolean => TRADE_STEPS.some(([of, at]) => of === kind && at === step);

/** Programs and instructions that are not on the list. */
export const INSTRUCTION_CASES: readonly Case[] = [
  ...[sampleAddress(667), METADATA_PROGRAM, PUMP_FEES_PROGRAM].map((address) =>
    refused(
      `a call of ${address.slice(0, 6)}`,
      "pool-buy",
      program(address),
      insert(native.instruction(address, [OURS, SIGNED], bytes(1))),
    ),
  ),
  refused("an unknown program among the first two", "pool-sell", program(STRANGER), insert(native.instruction(STRANGER, [], bytes(1)), 0)),
  ...[TOKEN_PROGRAM, TOKEN_2022_PROGRAM].flatMap((token) =>
    TOKEN_INSTRUCTIONS.map(([name, bytes]) =>
      refused(`${name} of ${token.slice(0, 6)}`, "pool-buy", form(token), insert(native.instruction(token, [OURS, THEIRS, SIGNED], bytes))),
    ),
  ),
  ...FOREIGN.map(([name, address, bytes]) =>
    refused(name, "pool-sell", form(address), insert(native.instruction(address, [OURS, THEIRS, SIGNED], bytes))),
  ),
  ...eachStep(["pool-buy", "pool-sell", "curve-buy", "curve-buy-exact-in", "curve-sell", "sweep", "close"]).flatMap(
    ({ kind, step, program }) => [
      refused(`a byte more in step ${step}`, kind, form(program), data(step, longer)),
      refused(`a byte less in step ${step}`, kind, form(program), data(step, shorter)),
      ...(isTrade(kind, step)
        ? []
        : [
            refused(
              `an account more in step ${step}`,
              kind,
              form(program),
              editStep(step, (one) => ({ ...one, accounts: [...one.accounts, OURS] })),
            ),
            ...(program === COMPUTE_BUDGET_PROGRAM
              ? []
              : [
                  refused(
                    `an account less in step ${step}`,
                    kind,
                    form(program),
                    editStep(step, (one) => ({ ...one, accounts: one.accounts.slice(0, -1) })),
                  ),
                ]),
          ]),
    ],
  ),
  ...TRADE_STEPS.filter(([kind]) => kind.includes("buy")).flatMap(([kind, step]) => [
    refused(
      "a flag that is neither zero nor one",
      kind,
      form(kind === "pool-buy" ? PUMP_SWAP_PROGRAM : PUMP_PROGRAM),
      data(step, (all) => bytes(...all.slice(0, -1), 2)),
    ),
    allowed(
      "volume not tracked",
      kind,
      data(step, (all) => bytes(...all.slice(0, -1), 0)),
    ),
  ]),
  refused(
    "another system program named to create our coin account",
    "pool-buy",
    form(ATA_PROGRAM),
    account(STEP.poolBuy.create, 4, STRANGER),
  ),
  refused(
    "another system program named to ensure our wrapped SOL",
    "pool-sell",
    form(ATA_PROGRAM),
    account(STEP.poolSell.ensure, 4, STRANGER),
  ),
];
