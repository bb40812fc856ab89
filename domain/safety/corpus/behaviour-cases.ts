import { createRng } from "../../random.ts";
import type { Address } from "../../units.ts";
import { hard, soft } from "../findings.ts";
import type { CreationSlot, CurveTrade, Funding, PoolTrade } from "../history.ts";
import { holderShares } from "../holder-gates.ts";
import { sampleAddress } from "../sample-token.ts";
import { type CorpusToken, GRADUATION_SLOT, type ScamCase, SOUND } from "./harness.ts";

const SUPPLY = 1_000_000_000_000_000n;
const CREATION_SLOT = GRADUATION_SLOT - 2_000;
const FUNDER = sampleAddress(250);

function percentOfSupply(percent: number): bigint {
  return BigInt(Math.round(percent * 10_000)) * (SUPPLY / 1_000_000n);
}

function wallet(index: number): Address {
  return sampleAddress(100 + index);
}

function creationBuy(user: Address, percent: number, payer = user): CurveTrade {
  return { slot: CREATION_SLOT, side: "buy", user, payer, tokenAmount: percentOfSupply(percent) };
}

function creation(...trades: CurveTrade[]): CreationSlot {
  return { slot: CREATION_SLOT, creators: [SOUND.creator], trades, isComplete: true };
}

/** `count` wallets that took `percent` of the supply together. */
function bundle(count: number, percent: number, payer?: Address): CreationSlot {
  return creation(...Array.from({ length: count }, (_, i) => creationBuy(wallet(i), percent / count, payer)));
}

function fundedBy(funder: Address, count: number): Funding[] {
  return Array.from({ length: count }, (_, i) => ({ from: funder, to: wallet(i), lamports: 2_000_000_000n }));
}

/** Every wallet's money came from the funder through so many others, each chain of its own. */
function fundedOver(hops: number, count: number): Funding[] {
  return Array.from({ length: count }, (_, i) => {
    const chain = [FUNDER, ...Array.from({ length: hops - 1 }, (_, hop) => `hop-${i}-${hop}`), wallet(i)];
    return chain.slice(1).map((to, hop) => ({ from: chain[hop] ?? FUNDER, to, lamports: 1_000_000_000n }));
  }).flat();
}

function trade(later: number, side: PoolTrade["side"], user: Address, sol: number, rest: Partial<PoolTrade> = {}): PoolTrade {
  const quoteLamports = BigInt(Math.round(sol * 1e9));
  return {
    slot: GRADUATION_SLOT + later,
    side,
    user,
    failed: false,
    baseAmount: quoteLamports * 2_400n,
    quoteLamports,
    before: null,
    statesVaults: true,
    ...rest,
  };
}

function failed(later: number, user: Address): PoolTrade {
  return trade(later, "sell", user, 0, { failed: true, statesVaults: null });
}

function buys(count: number): PoolTrade[] {
  const rng = createRng("buys");
  return Array.from({ length: count }, (_, i) => trade(1 + 2 * i + rng.int(2), "buy", wallet(i), 0.1 + rng.next()));
}

function evidence(evidence: CorpusToken["evidence"]): CorpusToken {
  return { evidence: evidence ?? {} };
}

function behaviour({ severity, code }: ReturnType<typeof hard>, number: number, name: string, token: CorpusToken): ScamCase {
  return { number, name, severity, code, token };
}

/** Ten wallets that trade 0.4 SOL to and fro. */
const WASH = Array.from({ length: 40 }, (_, i) => trade(1 + i, i % 2 === 0 ? "buy" : "sell", wallet(Math.floor(i / 2) % 10), 0.4));
const VAULT_AS_HOLDER = [
  { address: "pool", amount: percentOfSupply(20.7) },
  { address: "curve", amount: percentOfSupply(79) },
  { address: "a", amount: percentOfSupply(3) },
];

/** Holders and behaviour. */
export const BEHAVIOUR_CASES: readonly ScamCase[] = [
  behaviour(hard("TOP_HOLDER_LARGE"), 67, "one holder has 60 %", evidence({ holders: { topHolder: 0.6, top10: 0.65, creator: 0 } })),
  behaviour(soft("TOP_HOLDER_LARGE"), 67, "one holder has 20 %", evidence({ holders: { topHolder: 0.2, top10: 0.35, creator: 0 } })),
  behaviour(hard("HOLDERS_CONCENTRATED"), 67, "ten holders have 75 %", evidence({ holders: { topHolder: 0.1, top10: 0.75, creator: 0 } })),
  behaviour(soft("HOLDERS_CONCENTRATED"), 67, "ten holders have 50 %", evidence({ holders: { topHolder: 0.1, top10: 0.5, creator: 0 } })),
  behaviour(hard("CREATOR_HOLDS"), 67, "the creator has 45 %", evidence({ holders: { topHolder: 0.3, top10: 0.5, creator: 0.45 } })),
  behaviour(soft("CREATOR_HOLDS"), 67, "the creator has 15 %", evidence({ holders: { topHolder: 0.15, top10: 0.3, creator: 0.15 } })),
  behaviour(
    hard("CREATION_BUNDLE"),
    69,
    "20 wallets of one funder took 60 % in the creation slot",
    evidence({ creation: bundle(20, 60), fundings: fundedBy(FUNDER, 20) }),
  ),
  behaviour(hard("COMMON_FUNDER"), 69, "the same, by the funder", evidence({ creation: bundle(20, 60), fundings: fundedBy(FUNDER, 20) })),
  behaviour(hard("CREATION_BUNDLE"), 69, "five wallets took 79 %, funders unknown", evidence({ creation: bundle(5, 79) })),
  behaviour(
    hard("CREATION_BUNDLE"),
    69,
    "of 20 buyers only 12 could be decoded, with 45 %",
    evidence({ creation: { ...bundle(12, 45), isComplete: false } }),
  ),
  behaviour(soft("CREATION_BUNDLE"), 69, "five wallets took 15 %", evidence({ creation: bundle(5, 15) })),
  behaviour(
    soft("COMMON_FUNDER"),
    69,
    "five wallets with 8 % have one funder",
    evidence({ creation: bundle(5, 8), fundings: fundedBy(FUNDER, 5) }),
  ),
  behaviour(soft("COMMON_FUNDER"), 69, "the creator funded three wallets with 6 %", {
    evidence: { creation: bundle(3, 6), fundings: fundedBy(SOUND.creator, 3) },
  }),
  behaviour(soft("COMMON_FUNDER"), 69, "one wallet pays for the buys of four others", evidence({ creation: bundle(4, 8, FUNDER) })),
  behaviour(soft("COMMON_FUNDER"), 70, "one funder over five hops", evidence({ creation: bundle(6, 9), fundings: fundedOver(5, 6) })),
  behaviour(
    hard("COMMON_FUNDER"),
    70,
    "one funder over seven hops, 50 %",
    evidence({ creation: bundle(6, 50), fundings: fundedOver(7, 6) }),
  ),
  behaviour(
    soft("CREATOR_SOLD"),
    71,
    "the creator bought 8 % and holds nothing",
    evidence({ creation: creation(creationBuy(SOUND.creator, 8)), creatorHolds: 0n }),
  ),
  behaviour(
    soft("CREATOR_SOLD"),
    71,
    "the creator sells 5 % into the pool at once",
    evidence({ trades: [trade(1, "sell", SOUND.creator, 9, { baseAmount: percentOfSupply(5) }), ...buys(4)] }),
  ),
  behaviour(hard("CREATOR_SERIAL"), 72, "500 launches", evidence({ known: { creatorLaunches: 500, metadataCopies: 0 } })),
  behaviour(soft("CREATOR_SERIAL"), 72, "8 launches", evidence({ known: { creatorLaunches: 8, metadataCopies: 0 } })),
  behaviour(soft("WASH_VOLUME"), 73, "ten wallets trade to and fro", evidence({ trades: WASH })),
  behaviour(
    soft("WASH_VOLUME"),
    73,
    "three wallets make every swap, most of them buys",
    evidence({ trades: buys(6).map((one, i) => ({ ...one, user: wallet(i % 3), side: i > 3 ? "sell" : "buy" })) }),
  ),
  behaviour(
    soft("MICRO_BUYS"),
    74,
    "0.01 SOL every five slots",
    evidence({ trades: Array.from({ length: 8 }, (_, i) => trade(5 * i, "buy", wallet(i), 0.01)) }),
  ),
  behaviour(
    soft("MICRO_BUYS"),
    74,
    "nearly equal amounts, nearly equal intervals",
    evidence({ trades: Array.from({ length: 7 }, (_, i) => trade(8 * i + (i % 2), "buy", wallet(i), 0.02 + 0.0005 * i)) }),
  ),
  behaviour(soft("NO_FOREIGN_SELL"), 75, "ten buys and no sale", evidence({ trades: buys(10) })),
  behaviour(
    hard("SELLS_FAIL"),
    75,
    "outsiders' sales fail, none succeeds",
    evidence({ trades: [...buys(8), failed(5, wallet(1)), failed(7, wallet(2)), failed(9, wallet(3))] }),
  ),
  behaviour(
    hard("SELLS_FAIL"),
    76,
    "sales fail for all but the creator",
    evidence({
      trades: [...buys(6), trade(6, "sell", SOUND.creator, 0.5), failed(5, wallet(1)), failed(7, wallet(2)), failed(9, wallet(3))],
    }),
  ),
  behaviour(
    soft("NO_FOREIGN_SELL"),
    76,
    "only wallets of the creation slot sell",
    evidence({ creation: creation(creationBuy(wallet(50), 4)), trades: [...buys(6), trade(6, "sell", wallet(50), 0.8)] }),
  ),
  behaviour(soft("METADATA_COPIED"), 80, "name and links of another coin", evidence({ known: { creatorLaunches: 0, metadataCopies: 3 } })),
  behaviour(soft("CURVE_RUSHED"), 69, "the curve was filled in four seconds", { curveMs: 4_000 }),
  behaviour(hard("TOKEN_TOO_OLD"), 107, "a graduation of the day before yesterday, replayed", { ageMs: 2 * 86_400_000 }),
];

/** Case 68: what must not be refused. The vaults are the largest accounts and no holders. */
export const VAULTS_ARE_NO_HOLDERS: CorpusToken = evidence({
  holders: holderShares(SUPPLY, VAULT_AS_HOLDER, new Set(["pool", "curve"]), 0n),
});
