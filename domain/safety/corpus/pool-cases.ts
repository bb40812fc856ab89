import { USDC_MINT, WSOL_MINT } from "../../solana/programs.ts";
import { EXTENSION } from "../../solana/token.ts";
import { lpMintAddress } from "../../venues/pdas.ts";
import type { PoolTrade } from "../history.ts";
import type { SampleChanges } from "../sample-token.ts";
import { type CorpusToken, GRADUATION_SLOT, OPENING, type ScamCase, SOUND, STRANGER } from "./harness.ts";
import { editData, editOwner } from "./mint-cases.ts";

const RAYDIUM_V4 = "675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8";
const RAYDIUM_CLMM = "CAMMCzo5YL8w4VFF8KVHrK22GGUsp5VTaW7grrKgrWqK";

function pool(number: number, name: string, code: ScamCase["code"], token: CorpusToken): ScamCase {
  return { number, name, severity: "hard", code, token };
}

function sampled(number: number, name: string, code: ScamCase["code"], sample: SampleChanges): ScamCase {
  return pool(number, name, code, { sample });
}

const SWAP: PoolTrade = {
  slot: GRADUATION_SLOT + 2,
  side: "buy",
  user: STRANGER,
  failed: false,
  baseAmount: 1_000_000_000n,
  quoteLamports: 500_000n,
  before: { baseReserves: OPENING.baseAmount, quoteReservesLamports: OPENING.quoteAmountLamports },
  statesVaults: true,
};

/** Reserves after a price move of `multiple`, the product kept. */
function moved(multiple: bigint): NonNullable<PoolTrade["before"]> {
  return { baseReserves: OPENING.baseAmount, quoteReservesLamports: OPENING.quoteAmountLamports * multiple };
}

function priced(...points: ReadonlyArray<readonly [slotsLater: number, multiple: bigint]>): CorpusToken {
  const trades = points.map(([later, multiple]) => ({ ...SWAP, slot: GRADUATION_SLOT + later, before: moved(multiple) }));
  return { evidence: { trades } };
}

/** Pools and migrations. */
export const POOL_CASES: readonly ScamCase[] = [
  pool(36, "right bytes under another program", "POOL_WRONG_OWNER", { edit: editOwner(SOUND.pool, STRANGER) }),
  pool(37, "wrong discriminator", "POOL_MALFORMED", { edit: editData(SOUND.pool, (bytes) => bytes.fill(1, 0, 1)) }),
  pool(37, "pool cut off", "POOL_MALFORMED", { edit: editData(SOUND.pool, (bytes) => bytes.subarray(0, 100)) }),
  pool(38, "address that the mint does not derive", "POOL_NOT_CANONICAL", { graduation: { pool: STRANGER } }),
  sampled(39, "a stranger created it", "POOL_NOT_CANONICAL", { pool: { creator: STRANGER } }),
  sampled(40, "index 1", "POOL_NOT_CANONICAL", { pool: { index: 1 } }),
  sampled(41, "second pool, before the real migration", "POOL_NOT_CANONICAL", {
    pool: { creator: STRANGER },
    curve: { complete: false, realTokenReserves: 1n },
  }),
  sampled(42, "base and quote swapped", "POOL_MINT_MISMATCH", { pool: { baseMint: WSOL_MINT, quoteMint: SOUND.mint } }),
  sampled(42, "pool of another mint", "POOL_MINT_MISMATCH", { pool: { baseMint: STRANGER } }),
  sampled(43, "fake wrapped SOL", "QUOTE_NOT_SOL", { pool: { quoteMint: STRANGER } }),
  sampled(43, "quoted in USDC", "QUOTE_NOT_SOL", { pool: { quoteMint: USDC_MINT } }),
  sampled(43, "the quote vault holds another mint", "POOL_VAULT_MISMATCH", { quoteVault: { mint: STRANGER } }),
  sampled(44, "base vault of another authority", "POOL_VAULT_MISMATCH", { baseVault: { owner: STRANGER } }),
  sampled(44, "quote vault of another authority", "POOL_VAULT_MISMATCH", { quoteVault: { owner: STRANGER } }),
  sampled(44, "base vault elsewhere", "POOL_VAULT_MISMATCH", { pool: { poolBaseTokenAccount: STRANGER } }),
  sampled(44, "quote vault elsewhere", "POOL_VAULT_MISMATCH", { pool: { poolQuoteTokenAccount: STRANGER } }),
  sampled(44, "base vault frozen", "POOL_VAULT_MISMATCH", { baseVault: { state: "frozen" } }),
  sampled(44, "base vault with a delegate", "POOL_VAULT_MISMATCH", { baseVault: { delegate: STRANGER, delegatedAmount: 1n } }),
  sampled(44, "quote vault that someone can close", "POOL_VAULT_MISMATCH", { quoteVault: { closeAuthority: STRANGER } }),
  sampled(44, "base vault with an extension", "POOL_VAULT_MISMATCH", {
    baseVault: { extensions: [{ type: EXTENSION.pausableAccount, data: new Uint8Array() }] },
  }),
  pool(44, "vault of a foreign program", "POOL_VAULT_MISMATCH", { edit: editOwner(SOUND.quoteVault, STRANGER) }),
  pool(45, "a swap states reserves that the vaults do not hold", "POOL_RESERVES_MISMATCH", {
    evidence: { trades: [{ ...SWAP, statesVaults: false }] },
  }),
  sampled(45, "the vault holds a tenth of what the opening put there", "LIQUIDITY_PULLED", {
    quoteVault: { amount: 6_740_585_379n },
    pool: { virtualQuoteReservesLamports: 0n },
  }),
  sampled(46, "LP tokens not burnt", "LP_NOT_BURNED", { lpSupply: 4_193_388_281_021n }),
  sampled(46, "LP tokens outstanding, none recorded", "LP_NOT_BURNED", { lpSupply: 1n, pool: { lpSupply: 0n } }),
  sampled(47, "LP tokens burnt 1 % only", "LP_NOT_BURNED", { lpSupply: 4_151_454_398_210n }),
  // Sent to a look-alike of the burn address they still exist: the supply of the LP mint tells, not who holds it.
  sampled(48, "LP tokens sent to a look-alike of the burn address", "LP_NOT_BURNED", { lpSupply: 4_193_388_281_021n }),
  sampled(48, "another LP mint", "LP_NOT_BURNED", { pool: { lpMint: STRANGER } }),
  pool(48, "LP mint unreadable", "LP_NOT_BURNED", { edit: (accounts) => accounts.delete(lpMintAddress(SOUND.pool)) }),
  sampled(49, "no tokens", "POOL_RESERVES_EMPTY", { baseVault: { amount: 0n } }),
  sampled(49, "one lamport", "LIQUIDITY_TOO_LOW", { quoteVault: { amount: 1n }, pool: { virtualQuoteReservesLamports: 0n } }),
  sampled(49, "dust", "LIQUIDITY_TOO_LOW", { quoteVault: { amount: 1_000_000n }, pool: { virtualQuoteReservesLamports: 0n } }),
  sampled(50, "one-sided: virtual reserves only", "POOL_RESERVES_EMPTY", { quoteVault: { amount: 0n } }),
  sampled(51, "virtual reserves huge, real ones tiny", "POOL_RESERVES_EMPTY", { pool: { virtualQuoteReservesLamports: 10n ** 12n } }),
  sampled(51, "negative virtual reserves beyond the vault", "POOL_RESERVES_EMPTY", {
    pool: { virtualQuoteReservesLamports: -(10n ** 12n) },
  }),
  pool(52, "price moved 50 times over within the slot", "PRICE_FLASHED", priced([4, 1n], [4, 50n])),
  pool(52, "and back three slots later", "PRICE_FLASHED", priced([4, 1n], [5, 30n], [7, 1n])),
  pool(52, "between the opening and the first reading", "PRICE_FLASHED", {
    evidence: {
      reserves: {
        slot: GRADUATION_SLOT + 2,
        baseReserves: OPENING.baseAmount / 3n,
        quoteReservesLamports: OPENING.quoteAmountLamports * 3n,
      },
    },
  }),
  { number: 52, name: "price doubled within two slots", severity: "soft", code: "PRICE_FLASHED", token: priced([4, 1n], [6, 2n]) },
  pool(53, "thin pool driven up, then emptied", "LIQUIDITY_PULLED", {
    sample: { baseVault: { amount: 1_000_000_000_000n }, quoteVault: { amount: 10_000_000_000n } },
  }),
  // Raydium v4 and CLMM pools: not our venue, whatever their bytes say of opening times or ranges.
  pool(54, "a pool of Raydium that opens in the future", "POOL_WRONG_OWNER", { edit: editOwner(SOUND.pool, RAYDIUM_V4) }),
  sampled(55, "the pool's own fee takes everything", "POOL_FEE_HIGH", { pool: { creatorFeeBps: 10_000n } }),
  pool(56, "a concentrated pool with its liquidity out of range", "POOL_WRONG_OWNER", { edit: editOwner(SOUND.pool, RAYDIUM_CLMM) }),
  pool(57, "the curve is complete and there is no pool", "POOL_UNAVAILABLE", { edit: (accounts) => accounts.delete(SOUND.pool) }),
  sampled(58, "the curve is sold out and not complete", "POOL_NOT_CANONICAL", { curve: { complete: false, realTokenReserves: 0n } }),
  sampled(65, "liquidity pulled in the next slot", "LIQUIDITY_PULLED", { quoteVault: { amount: 30_000_000_000n } }),
  {
    number: 65,
    name: "liquidity sold off since the token was found",
    severity: "soft",
    code: "LIQUIDITY_FELL",
    token: { sample: { quoteVault: { amount: 40_000_000_000n }, baseVault: { amount: 305_500_000_000_000n } } },
  },
  {
    number: 52,
    name: "far above the opening price, for longer",
    severity: "soft",
    code: "PRICE_JUMPED",
    token: { sample: { quoteVault: { amount: 152_396_212_880n }, baseVault: { amount: 103_450_000_000_000n } } },
  },
];
