import { decodePool } from "../../domain/venues/pump-swap.ts";
import { readTokenAccount } from "../chain/token-state.ts";
import type { MarketEvent } from "../market/context.ts";
import type { Localnet } from "./localnet.ts";
import { solUsd } from "./localnet.ts";
import type { WebhookSender } from "./webhook-sender.ts";

export interface ControlOptions {
  readonly seed: string;
  readonly mix: string;
  readonly speed: number;
  readonly localnet: Localnet;
  readonly sender: WebhookSender;
  /** The newest events, oldest first. */
  readonly events: () => readonly MarketEvent[];
}

/**
 * What a person or a test may look at and switch: GET `/control/state` and `/control/events`, POST
 * `/control/stop-webhooks` and `/control/start-webhooks`. The Workers never call it.
 */
export function createControl({ seed, mix, speed, localnet, sender, events }: ControlOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const action = new URL(request.url).pathname.slice("/control/".length);
    if (request.method === "GET" && action === "state") return Response.json(state());
    if (request.method === "GET" && action === "events") return Response.json({ ...localnet.market.eventLog(), newest: events() });
    if (request.method === "POST" && (action === "stop-webhooks" || action === "start-webhooks")) {
      sender.setEnabled(action === "start-webhooks");
      return Response.json(sender.status());
    }
    return Response.json({ error: "not found" }, { status: 404 });
  };

  function state() {
    const { market, chain, history } = localnet;
    const coins = market.live();
    return {
      seed,
      mix,
      speed,
      slot: chain.clock().slot,
      tick: market.tick(),
      solUsd: solUsd(seed, market.tick()),
      events: market.eventLog(),
      graduations: coins.filter(({ graduatedAtMs }) => graduatedAtMs !== null).length,
      transactions: history.size(),
      webhooks: sender.status(),
      tokens: coins.map(({ plan, coin, phase, createdAtMs, graduatedAtMs, holders }) => ({
        mint: plan.mint,
        pool: coin.pool,
        symbol: plan.symbol,
        name: plan.name,
        kind: plan.kind,
        course: plan.course,
        look: plan.look,
        phase,
        createdAtMs,
        graduatedAtMs,
        wallets: holders.length,
        priceSol: priceSol(localnet, coin),
      })),
    };
  }
}

/** Spot price of one token in SOL, null before graduation. */
function priceSol(
  { chain }: Localnet,
  coin: { readonly pool: string; readonly poolBase: string; readonly poolQuote: string },
): number | null {
  const pool = decodePool(chain.account(coin.pool)?.data ?? new Uint8Array(0));
  const [base, quote] = [coin.poolBase, coin.poolQuote].map((address) => {
    const account = chain.account(address);
    return account === null ? null : readTokenAccount(account);
  });
  if (!pool.ok || base == null || quote == null || base.amount === 0n) return null;
  return Number(quote.amount + pool.value.virtualQuoteReservesLamports) / Number(base.amount) / 1_000;
}
