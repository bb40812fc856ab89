import { createRng, type Rng } from "../../random.ts";
import { addressFromBytes } from "../../solana/address.ts";
import { PUMP_TOKEN_SUPPLY } from "../../solana/programs.ts";
import type { Address } from "../../units.ts";
import { quoteBuyExactQuoteIn, quoteSell } from "../../venues/pump-swap.ts";
import type { CurveTrade, Funding, PoolTrade } from "../history.ts";
import { holderShares } from "../holder-gates.ts";
import { type CorpusToken, GRADUATION_SLOT, OPENING } from "./harness.ts";

/** Fees of a pool below 420 SOL of market cap, where every graduation starts (on-chain FeeConfig). */
const FEES = { lpBps: 2n, protocolBps: 93n, creatorBps: 30n };
const VIRTUAL_LAMPORTS = 17_584_505_288n;
/** Newest swaps and failures that an Analyzer decodes. */
const SAMPLE = { landed: 8, failed: 3 } as const;

const NAMES: ReadonlyArray<readonly [name: string, symbol: string]> = [
  ["Sleepy Otter", "OTTER"],
  ["Don't Look Down", "DLD"],
  ["Café au Chat", "CAFÉ"],
  ["狗狗币王", "狗王"],
  ["Пёс", "ПЁС"],
  ["しば犬", "SHIBAINU"],
  ["Pepe's Uncle", "PUNCLE"],
  ["$WIFE", "WIFE"],
  ["Grok 4.20", "GROK420"],
  ["The Cat (in a Hat)", "CATHAT"],
  ["100% Real", "REAL"],
  ["👨‍👩‍👧 Family", "FAM"],
  ["Ñandú", "NANDU"],
  ["🇺🇸 Eagle", "EAGLE"],
  ["AI16Z Fan Club", "AIFAN"],
  ["Rock & Roll", "R&R"],
  ["Moo!!!", "MOO"],
  ["kitty", "kitty"],
  ["Number Go Up", "NGU"],
  ["C++ Coin", "CPP"],
  ["Ελληνικός Γάτος", "GATOS"],
  ["a", "A"],
  ["This Is A Name Of 32 Characters!", "LONGEST"],
  ["Trump's Parrot", "PARROT"],
  ["Solana Hippo", "SOLHIPPO"],
  ["❤️ Love", "LOVE"],
  ["Étoile", "ETOILE"],
  ["Baby Bonk 2", "BBONK2"],
  ["Düsseldorf Döner", "DÖNER"],
  ["İstanbul Kedisi", "KEDİ"],
];
const LINKS: readonly string[] = [
  "https://ipfs.io/ipfs/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
  "https://metadata.example.com/ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
  "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
  "https://arweave.net/abc123",
  "https://cf-ipfs.com/ipfs/QmT5NvUtoM5nWFfrQdVrFtvGfKFmG7AHE8P34isapyhCxX?filename=coin.json",
  "",
];

/**
 * A sound token, drawn from what graduations look like and not from what the gates ask for: an organic
 * curve, some snipers, a creator who keeps, trims or sells, a crowd of unequal holders, and two to
 * forty slots of trades on exact PumpSwap quotes, with failures, bots, and now and then a large first buy.
 */
export function cleanToken(index: number, seed: string): CorpusToken {
  const rng = createRng(`${seed}/clean/${index}`);
  const address = randomAddress(rng);
  const creator = randomAddress(rng);
  const [name = "", symbol = ""] = NAMES[rng.int(NAMES.length)] ?? [];
  const creation = drawCreation(rng, creator);
  const market = drawMarket(rng);
  const creatorHolds = drawCreatorHolds(rng, creation.creatorTokens);
  return {
    sample: {
      address,
      creator,
      classic: rng.next() < 0.15,
      baseVault: { amount: market.base },
      quoteVault: { amount: market.effective - VIRTUAL_LAMPORTS },
      pool: { virtualQuoteReservesLamports: VIRTUAL_LAMPORTS, coinCreator: creator },
      lpSupply: rng.next() < 0.1 ? BigInt(rng.int(100_000_000)) * 1_000n : 0n,
    },
    metadata: { name, symbol, uri: LINKS[rng.int(LINKS.length)] ?? "" },
    curveMs: 20_000 + Math.round(900_000 * Math.exp(1.2 * rng.normal())),
    evidence: {
      creator,
      creatorHolds,
      holders: drawHolders(rng, creatorHolds),
      creation: {
        slot: GRADUATION_SLOT - 2_250,
        creators: [creator],
        trades: creation.trades,
        isComplete: true,
      },
      fundings: creation.fundings,
      trades: market.trades,
      reserves: { slot: market.slot, baseReserves: market.base, quoteReservesLamports: market.effective },
    },
  };
}

function drawCreation(
  rng: Rng,
  creator: Address,
): { readonly trades: CurveTrade[]; readonly fundings: Funding[]; readonly creatorTokens: bigint } {
  const creatorTokens = rng.next() < 0.2 ? 0n : tokens(Math.min(0.06, 0.01 * Math.exp(0.8 * rng.normal())));
  const snipers = [0, 0, 0, 1, 1, 2, 3][rng.int(7)] ?? 0;
  const exchange = randomAddress(rng);
  const slot = GRADUATION_SLOT - 2_250;
  const trades: CurveTrade[] = creatorTokens > 0n ? [{ slot, side: "buy", user: creator, payer: creator, tokenAmount: creatorTokens }] : [];
  const fundings: Funding[] = [];
  for (let i = 0; i < snipers; i++) {
    const wallet = randomAddress(rng);
    trades.push({ slot, side: "buy", user: wallet, payer: wallet, tokenAmount: tokens(0.005 + 0.025 * rng.next()) });
    fundings.push({ from: rng.next() < 0.2 ? exchange : randomAddress(rng), to: wallet, lamports: BigInt(1 + rng.int(5_000_000_000)) });
  }
  return { trades, fundings, creatorTokens };
}

function drawCreatorHolds(rng: Rng, bought: bigint): bigint {
  const dice = rng.next();
  if (dice < 0.6) return bought;
  return dice < 0.85 ? (bought * BigInt(30 + rng.int(60))) / 100n : 0n;
}

function drawHolders(rng: Rng, creatorHolds: bigint) {
  const top = 0.01 + 0.05 * rng.next();
  const steepness = 0.5 + 0.5 * rng.next();
  const holders = Array.from({ length: 19 }, (_, i) => ({ address: `h${i}`, amount: tokens(top / (i + 1) ** steepness) }));
  return holderShares(PUMP_TOKEN_SUPPLY, [{ address: "pool", amount: OPENING.baseAmount }, ...holders], new Set(["pool"]), creatorHolds);
}

function drawMarket(rng: Rng): { readonly base: bigint; readonly effective: bigint; readonly slot: number; readonly trades: PoolTrade[] } {
  const slots = 2 + rng.int(39);
  const perSlot = 0.2 + 1.3 * rng.next();
  const buyShare = 0.42 + 0.22 * rng.next();
  const failedShare = 0.05 + 0.25 * rng.next();
  const wallets = Array.from({ length: 20 + rng.int(150) }, () => ({ address: randomAddress(rng), tokens: tokens(0.002 * rng.next()) }));
  let [base, effective]: [bigint, bigint] = [OPENING.baseAmount, OPENING.quoteAmountLamports];
  const landed: PoolTrade[] = [];
  const failed: PoolTrade[] = [];
  const largeFirst = rng.next() < 0.1;
  for (let slot = GRADUATION_SLOT; slot <= GRADUATION_SLOT + slots; slot++) {
    for (let expected = perSlot; rng.next() < expected; expected -= 1) {
      const wallet = wallets[rng.int(wallets.length)];
      if (wallet === undefined) continue;
      const user = wallet.address;
      const side = rng.next() < buyShare || wallet.tokens === 0n ? "buy" : "sell";
      if (rng.next() < failedShare) {
        failed.push({ slot, side, user, failed: true, baseAmount: 0n, quoteLamports: 0n, before: null, statesVaults: null });
        continue;
      }
      const reserves = { baseReserves: base, quoteReservesLamports: effective };
      const sol = largeFirst && landed.length === 0 ? 10 + 15 * rng.next() : Math.min(8, 0.25 * Math.exp(1.2 * rng.normal()));
      const quote =
        side === "buy"
          ? quoteBuyExactQuoteIn(reserves, BigInt(Math.max(1_000_000, Math.round(sol * 1e9))), FEES)
          : quoteSell(reserves, (wallet.tokens * BigInt(20 + rng.int(81))) / 100n, FEES);
      if (!quote.ok) continue;
      const { baseAmount, userQuoteAmountLamports, after } = quote.value;
      wallet.tokens += side === "buy" ? baseAmount : -baseAmount;
      landed.push({
        slot,
        side,
        user,
        failed: false,
        baseAmount,
        quoteLamports: userQuoteAmountLamports,
        before: reserves,
        statesVaults: true,
      });
      [base, effective] = [after.baseReserves, after.quoteReservesLamports];
    }
  }
  const trades = [...landed.slice(-SAMPLE.landed), ...failed.slice(-SAMPLE.failed)];
  return { base, effective, slot: GRADUATION_SLOT + slots, trades };
}

function tokens(share: number): bigint {
  return BigInt(Math.round(share * Number(PUMP_TOKEN_SUPPLY)));
}

function randomAddress(rng: Rng): Address {
  return addressFromBytes(Uint8Array.from({ length: 32 }, () => rng.int(256)));
}
