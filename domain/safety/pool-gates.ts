import type { Finding } from "../scoring/assessment.ts";
import { associatedTokenAddress } from "../solana/address.ts";
import { DEFAULT_ADDRESS, PUMP_PROGRAM, PUMP_SWAP_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../solana/programs.ts";
import { decodeMint, decodeTokenAccount, EXTENSION } from "../solana/token.ts";
import { type Address, BPS, solNumber } from "../units.ts";
import { canonicalPoolAddress, lpMintAddress } from "../venues/pdas.ts";
import { type BondingCurve, decodeBondingCurve } from "../venues/pump-curve.ts";
import { decodePool, isCanonicalPool, type Pool, type PoolReserves, poolReserves } from "../venues/pump-swap.ts";
import { hard, type RawAccount, soft } from "./findings.ts";

/**
 * LP tokens that may be in anyone's hands. A graduation burns all of its own; what is left was
 * deposited by others, who may leave at any time.
 */
export const MAX_WITHDRAWABLE_LP_BPS = 500n;
/** Virtual reserves quote a price but pay nobody: the vault must hold at least this share of the quote side. */
export const MIN_REAL_QUOTE_BPS = 2_500n;
/** Real liquidity may fall this far between discovery and assessment. */
export const MIN_LIQUIDITY_KEPT_BPS = 7_000n;
/** A price this many times the opening one has had its run, or is a spoof. */
export const MAX_OPENING_MULTIPLE = 3n;
/**
 * Swaps never shrink the product of the effective reserves, and fees make it grow: below this share of
 * the opening product somebody took liquidity out, whatever the price says.
 */
export const MIN_PRODUCT_KEPT_BPS = 9_900n;

/** Highest creator fee of a pool's own that is traded; the fee configuration's own tiers take 95 at most. */
export const MAX_CREATOR_FEE_BPS = 300n;

/** Addresses that the pool of a mint must have; all of them follow from the mint. */
export interface PoolAddresses {
  readonly pool: Address;
  readonly baseVault: Address;
  readonly quoteVault: Address;
  readonly lpMint: Address;
}

export interface PoolInputs {
  readonly mint: Address;
  /** Pool that the graduation named. */
  readonly pool: Address;
  /** Null when the mint could not be read. */
  readonly tokenProgram: Address | null;
  readonly mintSupply: bigint | null;
  readonly poolAccount: RawAccount | null;
  readonly baseVault: RawAccount | null;
  readonly quoteVault: RawAccount | null;
  readonly lpMint: RawAccount | null;
  readonly curve: RawAccount | null;
  readonly solUsd: number;
  readonly minLiquidityUsd: number;
  /** Twice the quote vault when the token was found. */
  readonly discoveredLiquidityLamports: bigint;
  /** What the graduation put into the pool: its opening price. */
  readonly opening: { readonly baseAmount: bigint; readonly quoteAmountLamports: bigint };
}

export interface PoolJudgement {
  readonly pool: Pool | null;
  readonly curve: BondingCurve | null;
  /** Null when a vault could not be read. */
  readonly reserves: (PoolReserves & { readonly quoteVaultLamports: bigint }) | null;
  readonly findings: readonly Finding[];
}

/** Canonical addresses of a mint's pool against wrapped SOL. */
export function poolAddresses(mint: Address, tokenProgram: Address): PoolAddresses {
  const pool = canonicalPoolAddress(mint);
  return {
    pool,
    baseVault: associatedTokenAddress(pool, mint, tokenProgram),
    quoteVault: associatedTokenAddress(pool, WSOL_MINT, TOKEN_PROGRAM),
    lpMint: lpMintAddress(pool),
  };
}

/**
 * Gates of the pool: that it is PumpSwap's, the canonical one of this mint, that its vaults are its
 * own and full, its LP tokens burnt and its liquidity above the minimum. What cannot be read refuses.
 */
export function judgePool(inputs: PoolInputs): PoolJudgement {
  const curve = judgeCurve(inputs.curve);
  const none = (finding: Finding): PoolJudgement => ({
    pool: null,
    curve: curve.curve,
    reserves: null,
    findings: [finding, ...curve.findings],
  });
  const { poolAccount } = inputs;
  if (poolAccount === null) return none(hard("POOL_UNAVAILABLE"));
  if (poolAccount.owner !== PUMP_SWAP_PROGRAM) return none(hard("POOL_WRONG_OWNER", poolAccount.owner));
  const decoded = decodePool(poolAccount.data);
  if (!decoded.ok) return none(hard(decoded.reason, decoded.detail));
  const pool = decoded.value;
  const vaults = judgeVaults(inputs, pool);
  return {
    pool,
    curve: curve.curve,
    reserves: vaults.reserves,
    findings: [...judgeIdentity(inputs, pool), ...vaults.findings, ...judgeLp(inputs, pool), ...curve.findings],
  };
}

function judgeIdentity({ mint, pool: address }: PoolInputs, pool: Pool): Finding[] {
  const findings: Finding[] = [];
  if (pool.baseMint !== mint) findings.push(hard("POOL_MINT_MISMATCH", pool.baseMint));
  if (pool.quoteMint !== WSOL_MINT) findings.push(hard("QUOTE_NOT_SOL", pool.quoteMint));
  if (address !== canonicalPoolAddress(mint)) findings.push(hard("POOL_NOT_CANONICAL", "address"));
  else if (!isCanonicalPool(pool)) findings.push(hard("POOL_NOT_CANONICAL", `index ${pool.index}, creator ${pool.creator}`));
  if (pool.creatorFeeBps > MAX_CREATOR_FEE_BPS) findings.push(hard("POOL_FEE_HIGH", `creator fee of ${pool.creatorFeeBps} bps`));
  return findings;
}

function judgeVaults(inputs: PoolInputs, pool: Pool): Pick<PoolJudgement, "reserves" | "findings"> {
  // Without a readable mint the classic program is assumed; the mint's own finding vetoes anyway.
  const tokenProgram = inputs.tokenProgram ?? TOKEN_PROGRAM;
  const baseAddress = associatedTokenAddress(inputs.pool, inputs.mint, tokenProgram);
  const quoteAddress = associatedTokenAddress(inputs.pool, WSOL_MINT, TOKEN_PROGRAM);
  const findings: Finding[] = [];
  if (pool.poolBaseTokenAccount !== baseAddress) findings.push(hard("POOL_VAULT_MISMATCH", "base vault address"));
  if (pool.poolQuoteTokenAccount !== quoteAddress) findings.push(hard("POOL_VAULT_MISMATCH", "quote vault address"));
  const base = readVault("base vault", inputs.baseVault, tokenProgram, inputs.mint, inputs.pool);
  const quote = readVault("quote vault", inputs.quoteVault, TOKEN_PROGRAM, WSOL_MINT, inputs.pool);
  findings.push(...base.findings, ...quote.findings);
  if (base.amount === null || quote.amount === null) return { reserves: null, findings };
  const reserves = { ...poolReserves(pool, base.amount, quote.amount), quoteVaultLamports: quote.amount };
  return { reserves, findings: [...findings, ...judgeReserves(inputs, reserves)] };
}

function judgeReserves(
  inputs: PoolInputs,
  { baseReserves, quoteReservesLamports, quoteVaultLamports }: PoolReserves & { readonly quoteVaultLamports: bigint },
): Finding[] {
  if (baseReserves <= 0n || quoteVaultLamports <= 0n || quoteReservesLamports <= 0n) return [hard("POOL_RESERVES_EMPTY")];
  const findings: Finding[] = [];
  const realBps = (quoteVaultLamports * BPS) / quoteReservesLamports;
  if (realBps < MIN_REAL_QUOTE_BPS)
    findings.push(hard("POOL_RESERVES_EMPTY", `the vault holds ${realBps} bps of the effective quote reserves`));
  if (inputs.mintSupply !== null && baseReserves > inputs.mintSupply)
    findings.push(hard("MINT_SUPPLY_INVALID", "the pool holds more than the supply"));
  const liquidityLamports = 2n * quoteVaultLamports;
  const liquidityUsd = solNumber(liquidityLamports) * inputs.solUsd;
  if (!(liquidityUsd >= inputs.minLiquidityUsd)) findings.push(hard("LIQUIDITY_TOO_LOW", `$${liquidityUsd.toFixed(0)}`));
  else if (liquidityLamports * BPS < inputs.discoveredLiquidityLamports * MIN_LIQUIDITY_KEPT_BPS)
    findings.push(
      soft(
        "LIQUIDITY_FELL",
        `to ${(liquidityLamports * BPS) / inputs.discoveredLiquidityLamports} bps of what it was when the token was found`,
      ),
    );
  const { baseAmount, quoteAmountLamports } = inputs.opening;
  const [product, opening] = [baseReserves * quoteReservesLamports, baseAmount * quoteAmountLamports];
  if (product * BPS < opening * MIN_PRODUCT_KEPT_BPS)
    findings.push(hard("LIQUIDITY_PULLED", `${(product * BPS) / opening} bps of the opening product`));
  if (quoteAmountLamports > 0n && quoteReservesLamports * baseAmount > MAX_OPENING_MULTIPLE * quoteAmountLamports * baseReserves)
    findings.push(
      soft("PRICE_JUMPED", `${(quoteReservesLamports * baseAmount) / (quoteAmountLamports * baseReserves)} times the opening price`),
    );
  return findings;
}

function readVault(
  name: string,
  account: RawAccount | null,
  tokenProgram: Address,
  mint: Address,
  pool: Address,
): { readonly amount: bigint | null; readonly findings: readonly Finding[] } {
  if (account === null) return { amount: null, findings: [hard("POOL_UNAVAILABLE", name)] };
  const mismatch = (detail: string) => ({ amount: null, findings: [hard("POOL_VAULT_MISMATCH", `${name}: ${detail}`)] });
  if (account.owner !== tokenProgram) return mismatch("owner program");
  const decoded = decodeTokenAccount(account.data);
  if (!decoded.ok) return mismatch("malformed");
  const vault = decoded.value;
  if (vault.mint !== mint) return mismatch("another mint");
  if (vault.owner !== pool) return mismatch("another authority");
  if (vault.state !== "initialized") return mismatch(vault.state);
  if (vault.delegate !== null || vault.closeAuthority !== null) return mismatch("someone else may move or close it");
  if (vault.extensions.some(({ type }) => type !== EXTENSION.immutableOwner)) return mismatch("extension");
  return { amount: vault.amount, findings: [] };
}

function judgeLp({ pool: address, lpMint }: PoolInputs, pool: Pool): Finding[] {
  if (pool.lpMint !== lpMintAddress(address)) return [hard("LP_NOT_BURNED", "another LP mint")];
  if (lpMint === null || lpMint.owner !== TOKEN_2022_PROGRAM) return [hard("LP_NOT_BURNED", "the LP mint cannot be read")];
  const decoded = decodeMint(lpMint.data);
  if (!decoded.ok) return [hard("LP_NOT_BURNED", "the LP mint cannot be read")];
  const { supply } = decoded.value;
  return supply * BPS > pool.lpSupply * MAX_WITHDRAWABLE_LP_BPS ? [hard("LP_NOT_BURNED", `${supply} of ${pool.lpSupply}`)] : [];
}

/** A curve that cannot be read is no finding: the pool's creator already proves the graduation. */
function judgeCurve(account: RawAccount | null): { readonly curve: BondingCurve | null; readonly findings: readonly Finding[] } {
  if (account === null || account.owner !== PUMP_PROGRAM) return { curve: null, findings: [] };
  const decoded = decodeBondingCurve(account.data);
  if (!decoded.ok) return { curve: null, findings: [] };
  const curve = decoded.value;
  return { curve, findings: curve.complete ? [] : [hard("POOL_NOT_CANONICAL", "the bonding curve is not complete")] };
}

/** Creator of the coin: the pool's, else the curve's, else what the graduation said. */
export function creatorOf(pool: Pool | null, curve: BondingCurve | null, stated: Address | null): Address | null {
  if (pool !== null && pool.coinCreator !== DEFAULT_ADDRESS) return pool.coinCreator;
  return stated ?? (curve !== null && curve.creator !== DEFAULT_ADDRESS ? curve.creator : null);
}
