import type { IntentView, TradeView } from "../../domain/api/types.ts";
import type { Address, Signature } from "../../domain/units.ts";

/** One transaction of the wallet that landed, as the chain has it. */
export interface LandedTrade {
  readonly signature: Signature;
  readonly failed: boolean;
  /** Change of the wallet's tokens by mint. */
  readonly tokens: ReadonlyMap<Address, bigint>;
  /** Change of the wallet's lamports, fees and rent included. */
  readonly lamports: bigint;
}

/** What the chain knows: nothing of it comes from the program under test. */
export interface ChainSide {
  /** Every signature that a node was handed, landed or not. */
  readonly sent: ReadonlySet<Signature>;
  readonly landed: readonly LandedTrade[];
  readonly openingLamports: bigint;
  readonly walletLamports: bigint;
  /** Tokens that the wallet holds still, of mints that it bought. */
  readonly heldMints: readonly Address[];
}

/** What the program says of itself at rest. */
export interface BookSide {
  readonly intents: readonly IntentView[];
  readonly trades: readonly TradeView[];
  readonly cashLamports: bigint;
  readonly reservedLamports: bigint;
  readonly realisedLamports: bigint;
  readonly openPositions: number;
}

/** The kinds of damage that a crash can do to the books. */
export type Damage =
  | "duplicate-buy"
  | "lost-intent"
  | "two-signatures"
  | "unfinished-intent"
  | "wrong-end"
  | "cash"
  | "realised"
  | "left-behind";

export interface Violation {
  readonly damage: Damage;
  readonly detail: string;
}

/** Statuses that an intent does not leave any more. */
const ENDED: ReadonlySet<string> = new Set(["landed", "failed", "expired"]);

/**
 * Mints that more than one landed transaction bought: each mint graduates once, so there is one
 * signal and at most one position per mint. Needs the chain alone, so it can be asked at any time.
 */
export function duplicateBuys(landed: readonly LandedTrade[]): Violation[] {
  const buys = new Map<Address, Signature[]>();
  for (const { signature, failed, tokens } of landed) {
    if (failed) continue;
    for (const [mint, amount] of tokens) if (amount > 0n) buys.set(mint, [...(buys.get(mint) ?? []), signature]);
  }
  return [...buys]
    .filter(([, signatures]) => signatures.length > 1)
    .map(([mint, signatures]) => ({ damage: "duplicate-buy", detail: `${mint}: ${signatures.join(" ")}` }));
}

/**
 * Compares the books at rest (nothing open, nothing on its way) with the chain.
 * @returns every difference; empty when no crash has done damage
 */
export function compareBooks(chain: ChainSide, books: BookSide): Violation[] {
  const found: Violation[] = duplicateBuys(chain.landed);
  const bySignature = new Map<Signature, IntentView[]>();
  for (const intent of books.intents) {
    if (intent.signature === null) continue;
    bySignature.set(intent.signature, [...(bySignature.get(intent.signature) ?? []), intent]);
  }
  for (const signature of chain.sent) if (!bySignature.has(signature)) found.push({ damage: "lost-intent", detail: signature });
  const ids = new Map<string, Set<Signature>>();
  for (const { intentId, signature, status } of books.intents) {
    const signatures = ids.get(intentId) ?? new Set();
    if (signature !== null) signatures.add(signature);
    ids.set(intentId, signatures);
    if (!ENDED.has(status)) found.push({ damage: "unfinished-intent", detail: `${intentId} is ${status}` });
  }
  for (const [id, signatures] of ids)
    if (signatures.size > 1) found.push({ damage: "two-signatures", detail: `${id}: ${[...signatures].join(" ")}` });
  found.push(...wrongEnds(chain, bySignature), ...wrongMoney(chain, books));
  for (const mint of chain.heldMints) found.push({ damage: "left-behind", detail: `tokens of ${mint}` });
  if (books.openPositions !== 0) found.push({ damage: "left-behind", detail: `${books.openPositions} open positions` });
  return found;
}

/** What landed must be booked as landed or failed, and what is booked as landed must have landed. */
function wrongEnds({ landed }: ChainSide, bySignature: ReadonlyMap<Signature, readonly IntentView[]>): Violation[] {
  const found: Violation[] = [];
  const failedBy = new Map(landed.map(({ signature, failed }) => [signature, failed]));
  for (const [signature, failed] of failedBy) {
    const statuses = (bySignature.get(signature) ?? []).map(({ status }) => status);
    // A buy that was held for expired and landed is booked by the attempt after it.
    const isBooked = failed ? statuses.includes("failed") : statuses.includes("landed");
    if (statuses.length > 0 && !isBooked)
      found.push({ damage: "wrong-end", detail: `${signature} ${failed ? "failed" : "landed"} and is booked ${statuses.join(", ")}` });
  }
  for (const [signature, intents] of bySignature)
    if (intents.some(({ status }) => status === "landed") && failedBy.get(signature) !== false)
      found.push({ damage: "wrong-end", detail: `${signature} is booked as landed and is not on the chain` });
  return found;
}

function wrongMoney(chain: ChainSide, books: BookSide): Violation[] {
  const found: Violation[] = [];
  const { openingLamports, walletLamports } = chain;
  const moved = chain.landed.reduce((sum, { lamports }) => sum + lamports, openingLamports);
  if (moved !== walletLamports) found.push({ damage: "cash", detail: `wallet ${walletLamports}, its transactions leave ${moved}` });
  const { cashLamports, reservedLamports, realisedLamports } = books;
  if (cashLamports !== walletLamports || reservedLamports !== 0n)
    found.push({ damage: "cash", detail: `cash ${cashLamports}, reserved ${reservedLamports}, wallet ${walletLamports}` });
  if (openingLamports + realisedLamports !== walletLamports)
    found.push({ damage: "realised", detail: `opening ${openingLamports}, realised ${realisedLamports}, wallet ${walletLamports}` });
  return found;
}
