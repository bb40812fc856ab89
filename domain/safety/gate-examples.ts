import type { Finding } from "../scoring/assessment.ts";
import { PUMP_TOKEN_DECIMALS } from "../solana/programs.ts";
import { BPS, solNumber } from "../units.ts";
import { RUSHED_MS } from "./age-gates.ts";
import { BUNDLE, bundleWallets, FUNDED } from "./bundle-gates.ts";
import { BEHAVIOUR_CASES } from "./corpus/behaviour-cases.ts";
import { type CorpusToken, judgeToken, OPENING, type ScamCase, soundEvidence } from "./corpus/harness.ts";
import { METADATA_CASES } from "./corpus/metadata-cases.ts";
import { MINT_CASES } from "./corpus/mint-cases.ts";
import { POOL_CASES } from "./corpus/pool-cases.ts";
import { RECHECK_CASES } from "./corpus/transaction-cases.ts";
import { SERIAL, SOLD } from "./creator-gates.ts";
import { hard, percent } from "./findings.ts";
import type { PoolTrade } from "./history.ts";
import { DOMINANT, type HolderShares, LARGE } from "./holder-gates.ts";
import { MAX_BYTES } from "./metadata-gates.ts";
import { MAX_SUPPLY } from "./mint-gates.ts";
import {
  MAX_CREATOR_FEE_BPS,
  MAX_OPENING_MULTIPLE,
  MAX_WITHDRAWABLE_LP_BPS,
  MIN_LIQUIDITY_KEPT_BPS,
  MIN_PRODUCT_KEPT_BPS,
  MIN_REAL_QUOTE_BPS,
} from "./pool-gates.ts";
import { FLASH, MICRO, ONE_WAY, WASH } from "./trade-gates.ts";

/** One gate at work: a bad input of the scam corpus, what is reckoned from it, and what comes of it. */
export interface GateExample {
  /** `hard CODE` or `soft CODE`. */
  readonly gate: string;
  readonly input: string;
  readonly sum: string;
  /** What the gate's own code found. */
  readonly finding: Finding;
  /** Whether the reckoned figure is on the side of its bound where a finding is due. */
  readonly holds: boolean;
}

interface Sum {
  readonly text: string;
  readonly holds: boolean;
}

type Case = Pick<ScamCase, "name" | "token">;

/** What the corpus judges every token with. */
const HARNESS = { minLiquidityUsd: 1_000, solUsd: 150, maxAgeMs: 86_400_000, discoveredLamports: 134_811_707_592n } as const;

/** Rules without a figure: what is looked at, and what must be. */
const PLAIN: Readonly<Record<string, string>> = {
  "hard MINT_UNAVAILABLE": "the account does not exist: nothing can be judged",
  "hard MINT_WRONG_OWNER": "owner is neither the token program nor Token-2022",
  "hard MINT_MALFORMED": "the bytes are no mint",
  "hard MINT_UNINITIALIZED": "initialised must be true",
  "hard MINT_AUTHORITY_SET": "mint authority must be none",
  "hard FREEZE_AUTHORITY_SET": "freeze authority must be none",
  "hard EXTENSION_NOT_ALLOWED": "not one of the six extensions that can move, lock, tax or hide nothing",
  "hard EXTENSION_MALFORMED": "an allowed extension must have its exact form",
  "hard MINT_CHANGED": "what was read twice must not have changed but by burning",
  "soft METADATA_ELSEWHERE": "the metadata pointer must point to the mint",
  "soft METADATA_MUTABLE": "update authority must be none",
  "hard POOL_UNAVAILABLE": "the account does not exist: nothing can be judged",
  "hard POOL_WRONG_OWNER": "owner must be PumpSwap",
  "hard POOL_MALFORMED": "the bytes are no pool",
  "hard POOL_MINT_MISMATCH": "base mint must be the coin's",
  "hard QUOTE_NOT_SOL": "quote mint must be wrapped SOL",
  "hard POOL_NOT_CANONICAL": "address, index 0 and creator must follow from the mint, and the curve be complete",
  "hard POOL_VAULT_MISMATCH": "vaults must be the pool's own, of the right mint, and nobody else's to move or close",
  "hard POOL_RESERVES_MISMATCH": "the reserves that a swap states must be what its vaults held",
  "hard TOKEN_IMPOSTOR": "no other token's address or name, no suffix of pump's without its curve",
  "soft NAME_DECEPTIVE": "no invisible, reordering, mixed or look-alike characters",
  "soft NAME_HOSTILE": "no markup, links or instructions",
  "soft URI_UNSAFE": "a plain public web address",
};

/** Rules with figures, reckoned from the case's own input. */
const SUMS: Readonly<Record<string, (token: CorpusToken) => Sum>> = {
  "hard MINT_SUPPLY_INVALID": ({ sample }) => compare("supply in base units, 1 at least", sample?.mint?.supply ?? 0n, ">", MAX_SUPPLY),
  "hard MINT_DECIMALS_INVALID": ({ sample }) => compare("decimals", sample?.mint?.decimals ?? 0, "≠", PUMP_TOKEN_DECIMALS),
  "hard POOL_FEE_HIGH": ({ sample }) => compare("creator fee in bps", sample?.pool?.creatorFeeBps ?? 0n, ">", MAX_CREATOR_FEE_BPS),
  "hard POOL_RESERVES_EMPTY": (token) => {
    const { vault, quote } = reservesOf(token);
    return compare(`${vault} in the vault × 10,000 / ${quote} that price a swap`, (vault * BPS) / quote, "<", MIN_REAL_QUOTE_BPS);
  },
  "hard LIQUIDITY_TOO_LOW": (token) => {
    const { vault } = reservesOf(token);
    const usd = 2 * solNumber(vault) * HARNESS.solUsd;
    return compare(`2 × ${vault} lamports at $${HARNESS.solUsd} a SOL, in dollars`, round(usd), "<", HARNESS.minLiquidityUsd);
  },
  "soft LIQUIDITY_FELL": (token) => {
    const now = 2n * reservesOf(token).vault;
    const kept = (now * BPS) / HARNESS.discoveredLamports;
    return compare(`2 × ${now / 2n} × 10,000 / ${HARNESS.discoveredLamports} when found`, kept, "<", MIN_LIQUIDITY_KEPT_BPS);
  },
  "hard LIQUIDITY_PULLED": (token) => {
    const { base, quote } = reservesOf(token);
    const kept = (base * quote * BPS) / (OPENING.baseAmount * OPENING.quoteAmountLamports);
    const opening = `(${OPENING.baseAmount} × ${OPENING.quoteAmountLamports})`;
    return compare(`${base} × ${quote} × 10,000 / ${opening}`, kept, "<", MIN_PRODUCT_KEPT_BPS);
  },
  "soft PRICE_JUMPED": (token) => {
    const { base, quote } = reservesOf(token);
    const multiple = Number(quote * OPENING.baseAmount) / Number(OPENING.quoteAmountLamports * base);
    return compare("price / opening price", round(multiple), ">", Number(MAX_OPENING_MULTIPLE));
  },
  "hard LP_NOT_BURNED": ({ sample }) => {
    const [left, recorded] = [sample?.lpSupply ?? 0n, 4_193_388_281_021n];
    return compare(`${left} LP tokens × 10,000 / ${recorded}`, (left * BPS) / recorded, ">", MAX_WITHDRAWABLE_LP_BPS);
  },
  "soft NAME_OVERLONG": ({ metadata }) => compare("bytes of the link", metadata?.uri?.length ?? 0, ">", MAX_BYTES.uri),
  "hard TOKEN_TOO_OLD": ({ ageMs }) => compare("age in ms", ageMs ?? 0, ">", HARNESS.maxAgeMs),
  "soft CURVE_RUSHED": ({ curveMs }) => compare("creation to graduation in ms", curveMs ?? 0, "<", RUSHED_MS),
  "hard TOP_HOLDER_LARGE": held("topHolder", DOMINANT, "≥"),
  "soft TOP_HOLDER_LARGE": held("topHolder", LARGE, ">"),
  "hard HOLDERS_CONCENTRATED": held("top10", DOMINANT, "≥"),
  "soft HOLDERS_CONCENTRATED": held("top10", LARGE, ">"),
  "hard CREATOR_HOLDS": held("creator", DOMINANT, "≥"),
  "soft CREATOR_HOLDS": held("creator", LARGE, ">"),
  "hard CREATION_BUNDLE": bundled(BUNDLE.hard),
  "soft CREATION_BUNDLE": bundled(BUNDLE.soft),
  "hard COMMON_FUNDER": funded(FUNDED.hard),
  "soft COMMON_FUNDER": funded(FUNDED.soft),
  "soft CREATOR_SOLD": (token) => {
    const { creation, creatorHolds, supply } = evidenceOf(token);
    const bought = creation?.trades.reduce((sum, { tokenAmount }) => sum + tokenAmount, 0n) ?? 0n;
    const share = Number(bought - (creatorHolds ?? 0n)) / Number(supply);
    return compare(
      `(${bought} bought - ${creatorHolds} held) / ${supply}`,
      percent(share),
      "≥",
      percent(SOLD.ofSupply),
      share >= SOLD.ofSupply,
    );
  },
  "hard CREATOR_SERIAL": (token) => compare("other coins", evidenceOf(token).known?.creatorLaunches ?? 0, "≥", SERIAL.hard),
  "soft CREATOR_SERIAL": (token) => compare("other coins", evidenceOf(token).known?.creatorLaunches ?? 0, "≥", SERIAL.soft),
  "soft METADATA_COPIED": (token) =>
    compare("other coins with name, symbol and link", evidenceOf(token).known?.metadataCopies ?? 0, ">", 0),
  "hard PRICE_FLASHED": flashed(FLASH.hard),
  "soft PRICE_FLASHED": flashed(FLASH.soft),
  "soft WASH_VOLUME": (token) => {
    const trades = evidenceOf(token).trades;
    const users = [...new Set(trades.map(({ user }) => user))];
    const volume = (of: readonly PoolTrade[]) => of.reduce((sum, { quoteLamports }) => sum + quoteLamports, 0n);
    const both = users.map((user) => {
      const own = trades.filter((trade) => trade.user === user);
      const bought = volume(own.filter(({ side }) => side === "buy"));
      const sold = volume(own) - bought;
      return 2n * smaller(bought, sold);
    });
    const roundTrip = both.reduce((sum, one) => sum + one, 0n);
    const least = users.length <= WASH.fewWallets ? WASH.fewRoundTripBps : WASH.roundTripBps;
    const text = `${users.length} wallets: 2 × the smaller side of each = ${roundTrip} × 10,000 / ${volume(trades)} lamports`;
    return compare(text, (roundTrip * BPS) / volume(trades), "≥", least);
  },
  "soft MICRO_BUYS": (token) => {
    const trades = evidenceOf(token).trades;
    const small = trades.filter(({ side, quoteLamports }) => side === "buy" && quoteLamports <= MICRO.maxLamports);
    return compare(`buys of ${solNumber(MICRO.maxLamports)} SOL or less, alike in size and rhythm`, small.length, "≥", MICRO.buys);
  },
  "soft NO_FOREIGN_SELL": (token) => {
    const trades = evidenceOf(token).trades;
    return compare("outsiders' buys, without a sale", trades.filter(({ side }) => side === "buy").length, "≥", ONE_WAY.buys);
  },
  "hard SELLS_FAIL": (token) => {
    const turnedAway = new Set(evidenceOf(token).trades.flatMap((trade) => (trade.failed && trade.side === "sell" ? [trade.user] : [])));
    return compare("outsiders whose sale failed, none succeeded", turnedAway.size, "≥", ONE_WAY.failedSellers);
  },
};

/** Inputs whose names in the corpus lean on the case before them. */
const NAMES: Readonly<Record<string, string>> = { "the same, by the funder": "20 wallets of one funder took 60 % in the creation slot" };

/** Every gate with a worked example, in the order in which they are judged. */
export function gateExamples(): GateExample[] {
  const cases = [...MINT_CASES, ...POOL_CASES, ...METADATA_CASES, ...BEHAVIOUR_CASES];
  const changed = RECHECK_CASES.find(({ code }) => code === "MINT_CHANGED");
  const gates = [...Object.keys(PLAIN), ...Object.keys(SUMS)];
  return gates.map((gate): GateExample => {
    if (gate === "hard MINT_CHANGED" && changed !== undefined)
      return exampleOf(gate, changed.name, PLAIN[gate] ?? "", true, changed.findings());
    for (const one of cases.filter(({ severity, code }) => `${severity} ${code}` === gate)) {
      const sum = SUMS[gate]?.(one.token) ?? { text: PLAIN[gate] ?? "", holds: true };
      if (sum.holds) return exampleOf(gate, NAMES[one.name] ?? one.name, sum.text, sum.holds, judgeToken(one.token));
    }
    throw new RangeError(`the corpus has no case of ${gate}`);
  });
}

function exampleOf(gate: string, input: string, sum: string, holds: boolean, findings: readonly Finding[]): GateExample {
  const finding = findings.find(({ severity, code }) => `${severity} ${code}` === gate);
  return { gate, input, sum, holds, finding: finding ?? hard("INTERNAL_ERROR", `no finding for ${gate}`) };
}

function evidenceOf(token: Case["token"]) {
  return { ...soundEvidence(), ...token.evidence };
}

/** The reserves that a case's pool is priced on. */
function reservesOf({ sample }: CorpusToken): { readonly base: bigint; readonly vault: bigint; readonly quote: bigint } {
  const base = sample?.baseVault?.amount ?? OPENING.baseAmount;
  const vault = sample?.quoteVault?.amount ?? SOUND_VAULT_LAMPORTS;
  return { base, vault, quote: vault + (sample?.pool?.virtualQuoteReservesLamports ?? SOUND_VIRTUAL_LAMPORTS) };
}

/** What the sound sample's pool holds and adds. */
const SOUND_VAULT_LAMPORTS = 67_405_853_796n;
const SOUND_VIRTUAL_LAMPORTS = 17_584_505_288n;

function held(which: keyof HolderShares, bounds: Readonly<Record<keyof HolderShares, number>>, operator: "≥" | ">") {
  return (token: CorpusToken): Sum => {
    const share = evidenceOf(token).holders[which] ?? 0;
    const holds = operator === "≥" ? share >= bounds[which] : share > bounds[which];
    return compare("share of the supply", percent(share), operator, percent(bounds[which]), holds);
  };
}

function bundled(bound: number) {
  return (token: CorpusToken): Sum => {
    const { creation, supply } = evidenceOf(token);
    const wallets = creation === null ? [] : bundleWallets(creation);
    const tokens = wallets.reduce((sum, one) => sum + one.tokens, 0n);
    const share = Number(tokens) / Number(supply);
    return compare(`${tokens} bought by ${wallets.length} wallets / ${supply}`, percent(share), "≥", percent(bound), share >= bound);
  };
}

function funded(bound: number) {
  return (token: CorpusToken): Sum => {
    const { creation, fundings, supply } = evidenceOf(token);
    const wallets = creation === null ? [] : bundleWallets(creation);
    const funders = new Set([
      ...fundings.map(({ to }) => to),
      ...(creation?.trades ?? []).filter((one) => one.user !== one.payer).map(({ user }) => user),
    ]);
    const behind = wallets.filter(({ wallet }) => funders.has(wallet));
    const tokens = behind.reduce((sum, one) => sum + one.tokens, 0n);
    const share = Number(tokens) / Number(supply);
    const text = `${tokens} of ${behind.length} wallets (${FUNDED.wallets} or more) with one funder / ${supply}`;
    return compare(text, percent(share), "≥", percent(bound), share >= bound && behind.length >= FUNDED.wallets);
  };
}

function flashed(bound: bigint) {
  return (token: CorpusToken): Sum => {
    const prices = evidenceOf(token).trades.flatMap(({ before, slot }) =>
      before === null ? [] : [{ slot, price: Number(before.quoteReservesLamports) / Number(before.baseReserves) }],
    );
    const [first, second] = [prices[0], prices[1]];
    if (first === undefined || second === undefined) return { text: "", holds: false };
    const multiple = Math.max(first.price / second.price, second.price / first.price);
    const text = `dearer / cheaper price, ${Math.abs(second.slot - first.slot)} slots apart (${FLASH.slots} at most)`;
    return compare(text, round(multiple), "≥", Number(bound));
  };
}

/** `what = value operator bound`, and whether that is so. */
function compare<T extends number | bigint | string>(
  what: string,
  value: T,
  operator: "≥" | ">" | "<" | "≠",
  bound: T,
  known?: boolean,
): Sum {
  const holds = known ?? { "≥": value >= bound, ">": value > bound, "<": value < bound, "≠": value !== bound }[operator];
  return { text: `${what} = ${value} ${operator} ${bound}`, holds };
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
