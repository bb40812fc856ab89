import type { RpcResult, SendResult } from "../../adapters/rpc/types.ts";
import type { TradeCosts } from "../../domain/journal/entry.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { checkCoin, checkOrder, claimsCoin, judgedOrder, orderOf, sameSide } from "../../domain/signing/orders.ts";
import type { SignedOrder } from "../../domain/signing/types.ts";
import { lessSlippage } from "../../domain/trading/costs.ts";
import { checkExpiry } from "../../domain/trading/landing/expiry.ts";
import type { Booking, Intent, Prepared } from "../../domain/trading/landing/intent.ts";
import { fromMemo, memoOf } from "../../domain/trading/landing/memo.ts";
import { quoteBuyExactQuoteIn, quoteSell } from "../../domain/venues/pump-swap.ts";
import type { LandingPorts, Shown, SignedWire, TradeContext } from "../../workers/trader/live/ports.ts";
import type { Actor } from "../cloud/actor.ts";
import type { Network } from "../cloud/network.ts";
import type { Chain, Instruction, Transaction } from "./chain.ts";
import { TOKEN_ACCOUNT_RENT, WALLET } from "./coins.ts";
import { type ChainNode, refusal, rpcOf } from "./node.ts";

/** Base fee of one signature (Solana). */
const SIGNATURE_FEE = 5_000n;
/** Blocks that a new blockhash is good for (Solana), and at most how many are left of one that a node gave out late. */
const BLOCKHASH_BLOCKS = 150;
const OLD_BLOCKHASH_BLOCKS = 20;
/** What the wallet may not fall below: the least that an account without data holds (Solana rent). */
const KEPT_LAMPORTS = 890_880n;

/** Who signs: one message per intent, for good; the same one gets the same signature. */
export class Signer {
  readonly #chain: Chain;
  readonly #reservations = new Map<string, { readonly message: string; readonly transaction: Transaction }>();
  /** What it remembers of each position, by the rules of the real one. */
  readonly #orders = new Map<string, Array<{ readonly rank: number; readonly order: SignedOrder }>>();
  /** The position that a buy of each coin was first signed for. */
  readonly #buyers = new Map<string, string>();
  /** Messages that wait to be signed, by their text. */
  readonly #messages = new Map<string, Instruction>();
  /** Told of each new signature, before it is given out. */
  onSignature: (transaction: Transaction) => void = () => {};
  #count = 0;

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /** Text of a message; each preparation makes its own. */
  message(instruction: Instruction): string {
    const text = `message-${++this.#count}`;
    this.#messages.set(text, instruction);
    return text;
  }

  sign(message: string, intentId: string, after: string | null, memo: string): Result<SignedWire> {
    const earlier = this.#reservations.get(intentId);
    if (earlier !== undefined && earlier.message !== message) return refuse("SIGN_INTENT_REUSED");
    const instruction = this.#messages.get(message);
    if (instruction === undefined) return refuse("SIGN_MALFORMED");
    let transaction = earlier?.transaction;
    if (transaction === undefined) {
      const key = judgedOrder(intentId, instruction.side === "buy" ? "entry" : "exit");
      if (key === null) return refuse("SIGN_MALFORMED");
      const orders = this.#orders.get(key.positionId) ?? [];
      const newest = orders.length === 0 ? null : Math.max(...orders.map(({ rank }) => rank));
      const inOrder = checkOrder(newest, key, after);
      if (!inOrder.ok) return inOrder;
      if (instruction.side === "buy" && claimsCoin(key)) {
        const isFree = checkCoin(this.#buyers.get(instruction.mint) ?? null, key);
        if (!isFree.ok) return isFree;
        this.#buyers.set(instruction.mint, key.positionId);
      }
      transaction = this.#chain.signed(instruction);
      const order = { intentId, signature: transaction.signature, memo };
      this.#orders.set(key.positionId, [...orders, { rank: key.rank, order }]);
      this.#reservations.set(intentId, { message, transaction });
      this.onSignature(transaction);
    }
    return ok({ signature: transaction.signature, wireBase64: transaction.signature });
  }

  signedFrom(intentId: string): Result<SignedOrder | null> {
    const key = orderOf(intentId);
    if (key === null) return refuse("REQUEST_INVALID");
    const { from, to, newest } = sameSide(key.rank);
    const fitting = (this.#orders.get(key.positionId) ?? []).filter(({ rank }) => rank >= from && rank <= to);
    return ok(fitting.sort((a, b) => a.rank - b.rank).at(newest ? -1 : 0)?.order ?? null);
  }
}

/** The ports that land an intent, over the simulated chain. */
export function simulatedLanding(
  parts: {
    readonly actor: Actor;
    readonly chain: Chain;
    readonly nodes: readonly ChainNode[];
    readonly network: Network;
    readonly signer: Signer;
  },
  hooks: Pick<LandingPorts, "now" | "observe">,
): LandingPorts {
  const { actor, chain, nodes, network, signer } = parts;
  const { rpc, all } = rpcOf(actor, nodes, chain);
  const asked = async <T>(label: string, answer: (node: ChainNode) => RpcResult<T> | Result<T>): Promise<Result<T>> => {
    let failure: Result<T> = refuse("RPC_UNAVAILABLE");
    for (const node of nodes) {
      const reply = await node.ask(actor, label, () => answer(node) as RpcResult<T>);
      if (reply.ok || !NODE_FAULTS.has(reply.reason)) return reply;
      failure = reply;
    }
    return failure;
  };
  return {
    ...hooks,
    rpc,
    providers: all,
    prepare: async (intent, context) => {
      const blocks = network.chance(network.rates.oldBlockhash) ? 1 + network.int(OLD_BLOCKHASH_BLOCKS) : BLOCKHASH_BLOCKS;
      const prepared = await asked("prepare", (node) => prepare(intent, context, node, chain, signer, hooks.now(), blocks));
      return prepared.ok || prepared.reason !== "TOKENS_MISSING" ? prepared : missing(intent, context, nodes, actor, chain, prepared);
    },
    sign: async (intent, after) => {
      const { id, prepared } = intent;
      if (prepared === null) throw new Error("nothing is prepared");
      const memo = memoOf(intent, prepared);
      const signed = network.call(actor, `sign ${id}`, (reply) => reply(signer.sign(prepared.messageBase64, id, after, memo)));
      return signed.then(
        (value) => value as Result<SignedWire>,
        () => refuse("SIGNER_UNAVAILABLE", "no answer"),
      );
    },
    signedFrom: async (intentId) => {
      const told = network.call(actor, `signed from ${intentId}`, (reply) => reply(signer.signedFrom(intentId)));
      const signed = await told.then(
        (value) => value as Result<SignedOrder | null>,
        () => refuse("SIGNER_UNAVAILABLE", "no answer"),
      );
      if (!signed.ok || signed.value === null) return signed.ok ? ok(null) : signed;
      const { intentId: id, signature, memo } = signed.value;
      const forgotten = fromMemo(memo, id, signature, () => signature);
      return forgotten === null ? refuse("SIGNER_UNAVAILABLE", "no memo") : ok(forgotten);
    },
    send: (intent) => {
      const { wireBase64, sends } = intent;
      if (wireBase64 === null) throw new Error("nothing is signed");
      // Once more by the other node, when the first time brought nothing.
      const node = nodes[sends % nodes.length] ?? nodes[0];
      const sent = node?.ask(actor, `send ${intent.id}`, () => {
        chain.broadcast(wireBase64);
        return ok(wireBase64);
      });
      return (sent ?? Promise.resolve(refusal("RPC_UNAVAILABLE", "no node"))) as Promise<SendResult>;
    },
    book: async (intent) => {
      const { signature } = intent;
      if (signature === null) throw new Error("nothing is signed");
      const replies = await Promise.all(nodes.map((node) => node.ask(actor, `show ${intent.id}`, () => ok(node.transaction(signature)))));
      const shown = replies.flatMap((reply) => (reply.ok && reply.value !== null ? [reply.value] : []))[0];
      return shown === undefined ? refuse("OUTCOME_UNKNOWN") : ok(outcomeOf(shown, hooks.now()));
    },
  };
}

const NODE_FAULTS: ReadonlySet<string> = new Set(["RPC_UNAVAILABLE", "RPC_RATE_LIMITED", "RPC_LAGGING", "UPSTREAM_MALFORMED"]);

/** As the real preparation: what the wallet holds and the pool quotes, with one node's eyes. */
function prepare(
  intent: Intent,
  { keys, parameters, minSlot, buyer }: TradeContext,
  node: ChainNode,
  chain: Chain,
  signer: Signer,
  nowMs: number,
  blocks: number,
): Result<Prepared> {
  if (buyer !== null && buyer !== WALLET) return refuse("WALLET_MISSING");
  const { slot, blockHeight } = node.progress();
  if (slot < minSlot) return refuse("RPC_LAGGING");
  const coin = chain.coinOf(keys.mint);
  const reserves = chain.reserves(keys.mint, slot);
  if (coin === null || reserves === null) return refuse("POOL_UNAVAILABLE");
  const lastValidBlockHeight = blockHeight + blocks;
  const expiry = checkExpiry(lastValidBlockHeight, blockHeight);
  if (!expiry.ok) return expiry;
  const { side } = intent;
  const held = chain.tokens(keys.mint, slot);
  if (side === "buy" && held !== null) return refuse("ALREADY_HELD");
  if (side === "sell" && (held === null || held === 0n)) return refuse("TOKENS_MISSING", held === null ? "no account" : "empty");
  const amountIn = side === "buy" ? intent.amountIn : intent.closesAccount ? (held ?? 0n) : minOf(intent.amountIn, held ?? 0n);
  const fees = chain.fees(coin, reserves);
  const quote = side === "buy" ? quoteBuyExactQuoteIn(reserves, amountIn, fees) : quoteSell(reserves, amountIn, fees);
  if (!quote.ok) return quote;
  const out = side === "buy" ? quote.value.baseAmount : quote.value.userQuoteAmountLamports;
  if (side === "buy" && out < intent.minOut) return refuse("SLIPPAGE_EXCEEDED");
  const wanted = side === "buy" ? intent.minOut : lessSlippage(out, intent.slippageBps);
  const priorityFeeLamports = BigInt(parameters.priorityFeeLamports);
  const networkFeeLamports = SIGNATURE_FEE + priorityFeeLamports;
  const tipLamports = BigInt(parameters.tipLamports);
  const rentLamports = side === "buy" ? TOKEN_ACCOUNT_RENT : intent.closesAccount ? TOKEN_ACCOUNT_RENT : 0n;
  const needed = networkFeeLamports + tipLamports + (side === "buy" ? amountIn + rentLamports : 0n) + KEPT_LAMPORTS;
  if (chain.lamports(slot) < needed) return refuse("WALLET_UNDERFUNDED");
  const instruction: Instruction = {
    intentId: intent.id,
    positionId: intent.positionId,
    side,
    mint: keys.mint,
    amountIn,
    minOut: wanted > 0n ? wanted : 1n,
    closesAccount: side === "sell" && intent.closesAccount,
    lastValidBlockHeight,
    networkFeeLamports,
    tipLamports,
  };
  const venueFeeLamports = quote.value.lpFeeLamports + quote.value.protocolFeeLamports + quote.value.creatorFeeLamports;
  const predicted: TradeCosts = {
    baseAmount: quote.value.baseAmount.toString(),
    quoteLamports: quote.value.userQuoteAmountLamports.toString(),
    venueFeeLamports: venueFeeLamports.toString(),
    networkFeeLamports: networkFeeLamports.toString(),
    tipLamports: tipLamports.toString(),
    rentLamports: rentLamports.toString(),
    otherRentLamports: "0",
  };
  return ok({
    preparedAtMs: nowMs,
    messageBase64: signer.message(instruction),
    lastValidBlockHeight,
    computeUnitLimit: 200_000,
    priorityFeeLamports,
    tipLamports,
    amountIn,
    minOut: instruction.minOut,
    basis: {
      venue: "curve",
      wallet: WALLET,
      baseAccount: coin.walletAccount,
      baseRentLamports: TOKEN_ACCOUNT_RENT,
      closesBase: instruction.closesAccount,
      creatables: [],
      curveAddress: keys.pool,
      fees,
    },
    predicted,
  });
}

/** That the tokens are gone must be said by every node. */
async function missing(
  intent: Intent,
  { keys, minSlot }: TradeContext,
  nodes: readonly ChainNode[],
  actor: Actor,
  chain: Chain,
  answer: Result<Prepared>,
): Promise<Result<Prepared>> {
  const replies = await Promise.all(
    nodes.map((node) =>
      node.ask(actor, `tokens ${intent.id}`, () => {
        const { slot } = node.progress();
        return slot < minSlot ? refusal("RPC_LAGGING", "behind") : ok(chain.tokens(keys.mint, slot) ?? 0n);
      }),
    ),
  );
  for (const reply of replies) {
    if (!reply.ok) return reply;
    if (reply.value > 0n) return refuse("RPC_DISAGREEMENT");
  }
  return answer;
}

function outcomeOf({ slot, error, moved, instruction }: Transaction, nowMs: number): Shown {
  if (error !== null || moved === null) return { kind: "reverted", slot, feeLamports: instruction.networkFeeLamports, detail: error };
  const { baseAmount, quoteLamports, venueFeeLamports, rentLamports, after, fees } = moved;
  const networkCostLamports = instruction.networkFeeLamports + instruction.tipLamports;
  const actual: TradeCosts = {
    baseAmount: baseAmount.toString(),
    quoteLamports: quoteLamports.toString(),
    venueFeeLamports: venueFeeLamports.toString(),
    networkFeeLamports: instruction.networkFeeLamports.toString(),
    tipLamports: instruction.tipLamports.toString(),
    rentLamports: rentLamports.toString(),
    otherRentLamports: "0",
  };
  const booking: Booking = {
    fill: {
      slot,
      baseAmount,
      quoteLamports,
      venueFeeLamports,
      networkCostLamports,
      tipLamports: instruction.tipLamports,
      rentLamports,
      otherRentLamports: 0n,
      impactBps: 0,
    },
    actual,
    market: { baseReserves: after.baseReserves, quoteReservesLamports: after.quoteReservesLamports, fees, slot, atMs: nowMs },
    expected: actual,
    differences: [],
  };
  return { kind: "moved", slot, booking };
}

function minOf(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
