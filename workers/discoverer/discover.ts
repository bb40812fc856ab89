import type { Rpc } from "../../adapters/rpc/client.ts";
import { SOL_PRICE_SOURCE, solPriceFrom } from "../../adapters/rpc/sol-price.ts";
import type { Candidate, EventSource, Graduation } from "../../domain/candidate.ts";
import type { ReasonCode } from "../../domain/reasons.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { findGraduations } from "../../domain/solana/decode.ts";
import { metadataHashOf } from "../../domain/solana/metadata-hash.ts";
import { PUMP_SWAP_PROGRAM, PYTH_SOL_USD, TOKEN_PROGRAM, WSOL_MINT } from "../../domain/solana/programs.ts";
import { decodeMint, decodeTokenAccount, readTokenMetadata } from "../../domain/solana/token.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import type { Control } from "../../domain/trading/control.ts";
import type { Parameters } from "../../domain/trading/parameters.ts";
import { solNumber, type UnixMs } from "../../domain/units.ts";
import { decodePool } from "../../domain/venues/pump-swap.ts";
import { denied } from "./denylist.ts";
import { readTokenHistory } from "./history.ts";

/** A webhook may outrun our RPC node by some slots: tries, and the wait between them. */
export const CONFIRM_TRIES = 3;
const CONFIRM_WAIT_MS = 500;

/** The methods that a discovery calls. */
export type DiscoverRpc = Pick<Rpc, "getTransaction" | "getAccounts" | "getSignaturesForAddress">;

export interface DiscoverDeps {
  readonly rpc: DiscoverRpc;
  readonly parameters: Parameters;
  readonly denylist: Control["denylist"];
  readonly nowMs: () => UnixMs;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface Discovery {
  /** What was learnt before a filter refused, for the record. */
  readonly facts: {
    readonly symbol: string;
    readonly name: string;
    readonly liquidityLamports: bigint | null;
    readonly solUsd: number | null;
  };
  /** Whether the pool can be read, so that its price path can be recorded even if it is declined. */
  readonly watchable: boolean;
  readonly verdict: Result<Candidate>;
}

/**
 * Confirms a graduation with our own RPC node and applies the Discoverer's filters: quote, liquidity,
 * age, minimum trades, denylist. Everything unknown refuses. Throws on an RPC fault, which may pass.
 */
export async function discover(delivered: Graduation, source: EventSource, deps: DiscoverDeps): Promise<Discovery> {
  const confirmed = await confirm(delivered, deps);
  if (!confirmed.ok) return unread(confirmed.reason, confirmed.detail);
  // Amounts and times too are our own node's: what was delivered is no more than a hint where to look.
  const graduation = confirmed.value;
  if (graduation.quoteMint !== WSOL_MINT) return unread("QUOTE_NOT_SOL", graduation.quoteMint);

  const quoteVault = associatedTokenAddress(graduation.pool, WSOL_MINT, TOKEN_PROGRAM);
  const reply = await deps.rpc.getAccounts([graduation.mint, graduation.pool, quoteVault, PYTH_SOL_USD]);
  if (!reply.ok) throw new Error(`discover: ${reply.reason} ${reply.detail ?? ""}`);
  const [mintAccount, poolAccount, vaultAccount, priceAccount] = reply.value.accounts;

  const mint = mintAccount == null ? null : decodeMint(mintAccount.data);
  const metadata = mint?.ok === true ? readTokenMetadata(mint.value) : null;
  const pool = poolAccount == null || poolAccount.owner !== PUMP_SWAP_PROGRAM ? null : decodePool(poolAccount.data);
  const vault = vaultAccount == null ? null : decodeTokenAccount(vaultAccount.data);
  const liquidityLamports = vault?.ok === true ? 2n * vault.value.amount : null;
  const price = solPriceFrom(priceAccount ?? null, reply.value.slot, deps.nowMs(), deps.parameters.solPriceMaxAgeMs);
  const facts = {
    symbol: metadata?.symbol ?? "",
    name: metadata?.name ?? "",
    liquidityLamports,
    solUsd: price.ok ? price.value.usd : null,
  };
  const decline = (reason: ReasonCode, detail?: string): Discovery => ({
    facts,
    watchable: pool?.ok === true,
    verdict: refuse(reason, detail),
  });

  const creator = graduation.creator ?? (pool?.ok === true ? pool.value.coinCreator : null);
  const metadataHash = metadataHashOf(metadata);
  const entry = denied(deps.denylist, { mint: graduation.mint, creator, metadataHash });
  if (entry !== null) return decline(entry.reason, entry.detail);
  if (liquidityLamports === null) return decline("LIQUIDITY_UNKNOWN");
  if (!price.ok) return decline(price.reason, `${SOL_PRICE_SOURCE}: ${price.detail ?? "unknown"}`);
  const liquidityUsd = solNumber(liquidityLamports) * price.value.usd;
  if (liquidityUsd < deps.parameters.minLiquidityUsd) return decline("LIQUIDITY_TOO_LOW", `$${liquidityUsd.toFixed(0)}`);

  const history = await readTokenHistory(deps.rpc, graduation.bondingCurve, deps.nowMs(), deps.parameters);
  if (!history.ok) return decline(history.reason, history.detail);
  return {
    facts,
    watchable: pool?.ok === true,
    verdict: ok({
      graduation,
      source,
      discoveredAtMs: deps.nowMs(),
      symbol: facts.symbol,
      name: facts.name,
      uri: metadata?.uri ?? "",
      metadataHash,
      creator,
      liquidityLamports,
      liquidityUsd,
      ageMs: history.value.ageMs,
      tradeCount: history.value.tradeCount,
      solUsd: price.value.usd,
    }),
  };
}

/** A webhook's word is not enough: the same graduation must be in our own node's copy of the transaction. */
async function confirm(graduation: Graduation, deps: DiscoverDeps): Promise<Result<Graduation>> {
  for (let attempt = 1; attempt <= CONFIRM_TRIES; attempt++) {
    const reply = await deps.rpc.getTransaction(graduation.signature);
    if (!reply.ok) throw new Error(`discover: ${reply.reason} ${reply.detail ?? ""}`);
    if (reply.value != null) {
      const parsed = parseTransaction(reply.value);
      if (!parsed.ok) return parsed;
      const found = findGraduations(parsed.value);
      for (const one of found) if (one.ok && one.value.mint === graduation.mint && one.value.pool === graduation.pool) return one;
      return found[0].ok ? refuse("TX_NOT_GRADUATION", "our node's copy names another token") : found[0];
    }
    if (attempt < CONFIRM_TRIES) await deps.sleep(CONFIRM_WAIT_MS);
  }
  return refuse("TX_NOT_FOUND");
}

function unread(reason: ReasonCode, detail?: string): Discovery {
  return { facts: { symbol: "", name: "", liquidityLamports: null, solUsd: null }, watchable: false, verdict: refuse(reason, detail) };
}
