import { associatedTokenAddress } from "../../solana/address.ts";
import * as native from "../../solana/instructions.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_2022_MINT, WSOL_MINT } from "../../solana/programs.ts";
import type { Address } from "../../units.ts";
import { SAMPLE_WALLET, type SampleKind, sampleAddress, sampleInstructions } from "../sample-messages.ts";
import { HELIUS_TIP_ACCOUNTS } from "../tip-accounts.ts";
import { account, all, allowed, type Case, type Change, drop, editStep, insert, refused, repeat, STEP, STRANGER, swap } from "./changes.ts";

const WALLET = SAMPLE_WALLET;
const OTHER_ACCOUNT = sampleAddress(669);
const [TIP_ACCOUNT = STRANGER, SECOND_TIP_ACCOUNT = STRANGER] = HELIUS_TIP_ACCOUNTS;
const { poolBuy, poolSell, curveBuy, curveSell } = STEP;

const coin = ["SIGN_ACCOUNT", "the coin account is not the one that the trade fills"] as const;
const wsol = ["SIGN_ACCOUNT", "the wrapped-SOL account is not ours"] as const;
const wrapped = ["SIGN_ACCOUNT", "SOL is wrapped elsewhere than in our account"] as const;
const wsolKept = ["SIGN_ACCOUNT", "the wrapped-SOL account is not closed to our wallet"] as const;
const coinKept = ["SIGN_ACCOUNT", "the coin account is not closed to our wallet"] as const;
const notClosedToUs = ["SIGN_ACCOUNT", "an account is not closed to our wallet"] as const;
const shape = (kinds: string) => ["SIGN_SHAPE", kinds] as const;
const unitsFirst = shape("a unit limit and a unit price come first");

/** Each part of an instruction changed by itself. */
function each(
  kind: SampleKind,
  refusal: typeof coin | typeof wsol | typeof wrapped | typeof wsolKept | typeof coinKept | typeof notClosedToUs,
  changes: Readonly<Record<string, Change>>,
): Case[] {
  return Object.entries(changes).map(([rule, change]) => refused(rule, kind, refusal, change));
}

/** A CloseAccount whose account, destination, owner or program is another. */
function closings(name: string, step: number, otherProgram: Address): Record<string, Change> {
  return {
    [`${name}: another account`]: account(step, 0, OTHER_ACCOUNT),
    [`${name}: to a stranger`]: account(step, 1, STRANGER),
    [`${name}: another's account`]: account(step, 2, STRANGER),
    [`${name}: under the other token program`]: editStep(step, (one) => ({
      ...one,
      programAddress: native.readonly(otherProgram).address,
    })),
  };
}

/** Creating an account: payer, account, owner, mint or token program another. */
function creations(name: string, step: number, otherProgram: Address): Record<string, Change> {
  return {
    [`${name}: paid by another`]: account(step, 0, STRANGER),
    [`${name}: another account`]: account(step, 1, OTHER_ACCOUNT),
    [`${name}: another's account`]: account(step, 2, STRANGER),
    [`${name}: of another mint`]: account(step, 3, sampleAddress(20)),
    [`${name}: of the other token program`]: account(step, 5, otherProgram),
  };
}

/** The wrapped-SOL account of Token-2022, with its own mint, in place of the classic one. */
const newerWsol: Change = all(
  account(poolSell.ensure, 1, associatedTokenAddress(WALLET, WSOL_2022_MINT, TOKEN_2022_PROGRAM)),
  account(poolSell.ensure, 3, WSOL_2022_MINT),
  account(poolSell.ensure, 5, TOKEN_2022_PROGRAM),
);

const ACCOUNTS: readonly Case[] = [
  ...each("pool-buy", coin, creations("coin account of a pool buy", poolBuy.create, TOKEN_PROGRAM)),
  ...each("curve-buy", coin, creations("coin account of a curve buy", curveBuy.create, TOKEN_PROGRAM)),
  ...each("curve-buy-exact-in", coin, creations("coin account of a curve buy for a fixed amount of SOL", curveBuy.create, TOKEN_PROGRAM)),
  ...each("pool-buy", wsol, creations("wrapped SOL of a buy", poolBuy.ensure, TOKEN_2022_PROGRAM)),
  ...each("pool-sell", wsol, creations("wrapped SOL of a sale", poolSell.ensure, TOKEN_2022_PROGRAM)),
  refused("the newer program's wrapped SOL", "pool-sell", wsol, newerWsol),
  ...each("pool-buy", wrapped, {
    "wrapped from another wallet": account(poolBuy.wrap, 0, STRANGER),
    "transferred to a stranger instead of wrapped": account(poolBuy.wrap, 1, STRANGER),
    "wrapped in a stranger's account": account(poolBuy.wrap, 1, associatedTokenAddress(STRANGER, WSOL_MINT, TOKEN_PROGRAM)),
    "another account synced": account(poolBuy.sync, 0, OTHER_ACCOUNT),
  }),
  ...each("pool-buy", wsolKept, closings("wrapped SOL of a buy", poolBuy.close, TOKEN_2022_PROGRAM)),
  ...each("pool-sell", wsolKept, closings("wrapped SOL of a sale", poolSell.closeWsol, TOKEN_2022_PROGRAM)),
  ...each("pool-sell", coinKept, closings("coin account of a pool sale", poolSell.closeCoin, TOKEN_PROGRAM)),
  ...each("curve-sell", coinKept, closings("coin account of a curve sale", curveSell.close, TOKEN_PROGRAM)),
  refused("a pool sale closes in the wrong order", "pool-sell", coinKept, swap(poolSell.closeCoin, poolSell.closeWsol)),
  refused("a pool sale leaves its wrapped SOL open", "pool-sell", wsolKept, drop(poolSell.closeWsol)),
  allowed("a pool sale leaves the coin account open", "pool-sell", drop(poolSell.closeCoin)),
  allowed("a curve sale leaves the coin account open", "curve-sell", drop(curveSell.close)),
  ...[STEP.close, STEP.close + 1].flatMap((step) => [
    ...each("close", notClosedToUs, {
      [`closing ${step}: to a stranger`]: account(step, 1, STRANGER),
      [`closing ${step}: to a tip account`]: account(step, 1, TIP_ACCOUNT),
      [`closing ${step}: another's account`]: account(step, 2, STRANGER),
    }),
    refused(`closing ${step}: the wallet itself`, "close", ["SIGN_ACCOUNT", "the wallet is no token account"], account(step, 0, WALLET)),
  ]),
];

const transfer = (to: Address, lamports = 200_000n) => native.systemTransfer(WALLET, to, lamports);
const tip = transfer(TIP_ACCOUNT);
const sell = sampleInstructions("curve-sell").slice(2);
const buy = sampleInstructions("curve-buy").slice(2);
const others =
  (instructions: readonly native.BuiltInstruction[]): Change =>
  (list) => [...list, ...instructions];

const SHAPES: readonly Case[] = [
  ...(["pool-buy", "pool-sell", "curve-buy", "curve-sell", "sweep", "close"] as const).flatMap((kind) => [
    allowed("price before limit", kind, swap(STEP.limit, STEP.price)),
    refused("no unit limit", kind, unitsFirst, drop(STEP.limit)),
    refused("no unit price", kind, unitsFirst, drop(STEP.price)),
    refused("the limit twice, no price", kind, unitsFirst, all(drop(STEP.price), repeat(STEP.limit))),
    refused("the price twice, no limit", kind, unitsFirst, all(drop(STEP.limit), repeat(STEP.limit))),
    refused("the limit twice", kind, unitsFirst, repeat(STEP.limit)),
    // With nothing between, a sweep's own transfer is the last and taken for a tip, which its amount is too much for.
    refused("the price twice", kind, kind === "sweep" ? ["SIGN_FEE_CAP", "500105000 lamports"] : shape("unit-price"), repeat(STEP.price)),
    refused("another limit at the end", kind, shape("unit-limit"), insert(native.setComputeUnitLimit(1))),
    refused("limit and price at the end", kind, unitsFirst, (list) => [...list.slice(2), ...list.slice(0, 2)]),
    refused("nothing but limit and price", kind, shape(""), (list) => list.slice(0, 2)),
  ]),
  refused("no instruction at all", "close", unitsFirst, () => []),
  ...(["pool-buy", "pool-sell", "curve-buy"] as const).flatMap((kind) =>
    sampleInstructions(kind).flatMap((_, step) => {
      if (step < 2) return [];
      const cases = [refused(`step ${step} twice`, kind, shape(""), repeat(step))];
      // Without the step that these drop, a sale may still be complete: it has rows of its own.
      if (kind !== "pool-sell" || step < poolSell.closeCoin) cases.push(refused(`without step ${step}`, kind, shape(""), drop(step)));
      if (step > 2 && !(kind === "pool-sell" && step === poolSell.closeWsol)) {
        cases.push(refused(`steps ${step - 1} and ${step} swapped`, kind, shape(""), swap(step - 1, step)));
      }
      return cases;
    }),
  ),
  refused("a curve sale with a second closing", "curve-sell", shape("curve-sell close close"), repeat(curveSell.close)),
  refused("closing before the sale", "curve-sell", shape("close curve-sell"), swap(curveSell.trade, curveSell.close)),
  refused("buying and selling at once", "curve-buy", shape("create curve-buy curve-sell close"), others(sell)),
  refused("two coins at once", "curve-buy", shape("create curve-buy create curve-buy"), others(buy)),
  refused("two sales at once", "curve-sell", shape("curve-sell close curve-sell close"), others(sell)),
  refused(
    "our coin account ensured instead of created",
    "curve-buy",
    shape("ensure curve-buy"),
    editStep(curveBuy.create, (one) => ({ ...one, data: Uint8Array.of(1) })),
  ),
  refused(
    "our wrapped SOL created instead of ensured",
    "pool-sell",
    shape("create pool-sell close close"),
    editStep(poolSell.ensure, (one) => ({ ...one, data: Uint8Array.of(0) })),
  ),
  refused(
    "a transfer to a stranger in the middle",
    "pool-sell",
    shape("ensure transfer pool-sell"),
    insert(transfer(STRANGER), poolSell.trade),
  ),
  refused("a transfer to a tip account in the middle", "pool-sell", shape("ensure transfer pool-sell"), insert(tip, poolSell.trade)),
  refused(
    "a transfer to ourselves in the middle",
    "curve-sell",
    shape("curve-sell transfer close"),
    insert(transfer(WALLET), curveSell.close),
  ),
  ...(["pool-buy", "pool-sell", "curve-buy", "curve-buy-exact-in", "curve-sell"] as const).flatMap((kind) => [
    allowed("one tip", kind, insert(tip)),
    refused("two tips", kind, shape("transfer"), all(insert(tip), insert(transfer(SECOND_TIP_ACCOUNT)))),
    refused("the tip first", kind, shape("transfer "), insert(tip, 2)),
    refused("a transfer to a stranger before the tip", kind, shape("transfer"), all(insert(transfer(STRANGER)), insert(tip))),
  ]),
  refused("a tip when closing accounts", "close", shape("close close"), insert(tip)),
  refused("a tip with a sweep", "sweep", shape("transfer"), insert(tip)),
  refused("a sweep and a closing", "sweep", shape("transfer close"), others(sampleInstructions("close").slice(2, 3))),
  refused("a closing and a sale", "close", shape("close close curve-sell close"), others(sell)),
  refused("a sweep and a sale", "sweep", shape("transfer curve-sell close"), others(sell)),
];

/** Which instructions, in which order, and whose accounts they set up and close. */
export const STEP_CASES: readonly Case[] = [...ACCOUNTS, ...SHAPES];
