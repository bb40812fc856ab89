import { z } from "zod";
import { decodePool } from "../../domain/venues/pump-swap.ts";
import { isProgramName, type ProgramName, UPGRADEABLE_PROGRAMS, upgradeProgram } from "../chain/program-accounts.ts";
import { readTokenAccount } from "../chain/token-state.ts";
import type { MarketEvent } from "../market/context.ts";
import type { Localnet } from "./localnet.ts";
import { solUsd } from "./localnet.ts";
import { MAX_LAG_SLOTS, type ProviderBehaviour } from "./provider-view.ts";
import type { WebhookSender } from "./webhook-sender.ts";

export interface ControlOptions {
  readonly seed: string;
  readonly mix: string;
  readonly speed: number;
  readonly localnet: Localnet;
  readonly sender: WebhookSender;
  /** The newest events, oldest first. */
  readonly events: () => readonly MarketEvent[];
  /** Makes `/rpc2` lag or lie. */
  readonly setSecondProvider: (behaviour: ProviderBehaviour) => void;
}

const upgradeSchema = z.object({ program: z.custom<ProgramName>(isProgramName) });
/** What is left out is as it should be. */
const providerSchema = z
  .strictObject({
    lagSlots: z.number().int().min(0).max(MAX_LAG_SLOTS),
    wrongGenesis: z.boolean(),
    inflatesBalances: z.boolean(),
    hidesTransactions: z.boolean(),
  })
  .partial();

/**
 * What a person or a test may look at and switch: GET `/control/state` and `/control/events`, POST
 * `/control/stop-webhooks` and `/control/start-webhooks`, `/control/upgrade-program` with
 * `{"program": "pump_amm"}`, and `/control/provider2` with what is wrong with `/rpc2`. The Workers
 * never call it.
 */
export function createControl({
  seed,
  mix,
  speed,
  localnet,
  sender,
  events,
  setSecondProvider,
}: ControlOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const action = new URL(request.url).pathname.slice("/control/".length);
    if (request.method === "GET" && action === "state") return Response.json(state());
    if (request.method === "GET" && action === "events") return Response.json({ ...localnet.market.eventLog(), newest: events() });
    if (request.method === "POST" && (action === "stop-webhooks" || action === "start-webhooks")) {
      sender.setEnabled(action === "start-webhooks");
      return Response.json(sender.status());
    }
    if (request.method === "POST" && action === "upgrade-program") {
      const body = upgradeSchema.safeParse(await jsonOf(request));
      if (!body.success) return badRequest(`program must be one of ${Object.keys(UPGRADEABLE_PROGRAMS).join(", ")}`);
      return Response.json({ program: body.data.program, slot: upgradeProgram(localnet.chain, body.data.program) });
    }
    if (request.method === "POST" && action === "provider2") {
      const body = providerSchema.safeParse(await jsonOf(request));
      if (!body.success) return badRequest(body.error.issues[0]?.message ?? "not a behaviour");
      const { lagSlots = 0, wrongGenesis = false, inflatesBalances = false, hidesTransactions = false } = body.data;
      const behaviour = { lagSlots, wrongGenesis, inflatesBalances, hidesTransactions };
      setSecondProvider(behaviour);
      return Response.json(behaviour);
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

/** The body as JSON; null when it is none, which no schema takes. */
async function jsonOf(request: Request): Promise<unknown> {
  try {
    return JSON.parse(await request.text());
  } catch {
    return null;
  }
}

function badRequest(error: string): Response {
  return Response.json({ error }, { status: 400 });
}
