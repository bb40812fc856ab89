import { listDecisions } from "../../adapters/d1/queries.ts";
import { providersFromEnv } from "../../adapters/env.ts";
import { loadControl } from "../../adapters/r2/control-log.ts";
import { readSolPrice } from "../../adapters/rpc/sol-price.ts";
import type { DecisionView } from "../../domain/api/types.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { hasVeto } from "../../domain/safety/findings.ts";
import type { Parameters } from "../../domain/trading/parameters.ts";
import type { LedgerId, Signal } from "../../domain/trading/signal.ts";
import type { Address } from "../../domain/units.ts";
import { portfolioOf } from "../../durable-objects/stubs.ts";
import { prepareLiveEntry } from "./live-entry.ts";

const LEDGER: LedgerId = "live-A";
/** Decisions looked through for a coin to rehearse on. */
const CANDIDATES = 50;

export interface Rehearsal {
  /** The position whose intents show predicted against actual. */
  readonly positionId: string;
}

/**
 * One round trip of the smallest size through the whole live path, in a coin that passed the safety
 * gates and was never traded by the live ledger. It is real money and is booked as such; the position
 * sells as soon as it is open. Refuses with NOT_FOUND when no coin qualifies, or as `prepareLiveEntry`
 * and the ledger do.
 * @param request.mint the coin to trade; null takes the one with the deepest pool
 */
export async function rehearse(env: Env, request: { readonly mint: Address | null }): Promise<Result<Rehearsal>> {
  const nowMs = Date.now();
  const parameters = rehearsalParameters((await loadControl(env, nowMs)).active.parameters);
  const candidates = await candidatesFor(env, request.mint);
  const { rpc } = providersFromEnv(env);
  const price = await readSolPrice(rpc, nowMs, parameters.solPriceMaxAgeMs);
  if (!price.ok) return price;
  let refusal: Result<Rehearsal> = refuse("NOT_FOUND", "no coin that passed the gates and was not traded yet");
  for (const { mint, pool, symbol, creator, parameterVersion } of candidates) {
    const entry = { mint, pool, solUsd: price.value.usd, ledger: LEDGER, parameters, isRehearsal: true };
    const prepared = await prepareLiveEntry(entry, env);
    if (!prepared.ok) return prepared;
    const { opening, reading } = prepared.value;
    const { keys, market } = reading;
    const { baseReserves, quoteReservesLamports } = market;
    const signal: Signal = {
      id: `rehearsal:${mint}:${nowMs}`,
      mint,
      pool,
      symbol,
      score: parameters.qualityThreshold,
      assessedAtMs: nowMs,
      expiresAtMs: Date.now() + parameters.signalExpiryMs,
      baseReserves,
      quoteReservesLamports,
      solUsd: price.value.usd,
      parameterVersion,
      modelVersion: null,
      creator,
      ledger: LEDGER,
    };
    const portfolio = portfolioOf(env, LEDGER);
    await portfolio.ensureOpen(opening);
    const terms = { ...prepared.value.terms, maxSizeLamports: BigInt(parameters.minPositionLamports) };
    const granted = await portfolio.requestEntry({ signal, parameters, keys, market, terms }, nowMs);
    if (granted.ok) return ok({ positionId: granted.value.positionId });
    refusal = granted;
    // Another coin may do where this one was traded before; any other refusal is about us.
    if (granted.reason !== "MINT_ALREADY_TRADED") return granted;
  }
  return refusal;
}

/** The smallest size whatever share of the equity it is, and no cost gate: what it costs is what is to be seen. */
function rehearsalParameters(parameters: Parameters): Parameters {
  const whole = 10_000;
  const size = { sizeHighBps: whole, sizeMidBps: whole, sizeLowBps: whole, maxCostShareBps: whole };
  return { ...parameters, ...size, maxTokenExposureBps: whole, maxCreatorExposureBps: whole, maxExposureBps: whole };
}

/** Newest verdict of each coin that has no hard finding, deepest pool first. */
async function candidatesFor(env: Env, mint: Address | null): Promise<readonly DecisionView[]> {
  const filter = { stage: "analyze", ...(mint === null ? {} : { mint }) } as const;
  const { items } = await listDecisions(env.DB, { limit: CANDIDATES }, filter);
  const newest = items.filter((one, index) => items.findIndex((other) => other.mint === one.mint) === index);
  const sound = newest.filter(({ findings }) => !hasVeto(findings));
  return sound.sort((a, b) => Number(BigInt(b.liquidityLamports ?? "0") - BigInt(a.liquidityLamports ?? "0")));
}
