import type { MarketEvent } from "../market/context.ts";
import { createTelegramServer } from "../telegram/server.ts";
import { createPostSource } from "../x/posts.ts";
import { createXServer } from "../x/server.ts";
import { createControl } from "./control.ts";
import { createHeliusApi } from "./helius.ts";
import type { Handler } from "./http.ts";
import type { Localnet } from "./localnet.ts";
import { HONEST, type ProviderBehaviour, providerView } from "./provider-view.ts";
import { createRpcHandler, createSenderHandler, parseFailure, type RpcHandler } from "./rpc.ts";
import { createWebhookSender, type WebhookSender } from "./webhook-sender.ts";

export interface AppOptions {
  readonly seed: string;
  readonly mix: string;
  readonly speed: number;
  readonly localnet: Localnet;
  readonly webhook: { readonly url: string; readonly authHeader: string } | null;
  readonly webhooksEnabled: boolean;
  readonly now: () => number;
  readonly events: () => readonly MarketEvent[];
}

export interface App {
  readonly handle: Handler;
  readonly sender: WebhookSender;
}

/** Everything that the localnet answers over HTTP: RPC, Helius, X, Telegram, control. */
export function createApp(options: AppOptions): App {
  const { seed, localnet, now } = options;
  let secondProvider: ProviderBehaviour = HONEST;
  const endpoints: Readonly<Record<string, RpcHandler>> = {
    "/": createRpcHandler(localnet, seed),
    "/rpc": createRpcHandler(localnet, seed),
    "/rpc2": createRpcHandler(
      providerView(localnet, () => secondProvider),
      seed,
    ),
    "/sender": createSenderHandler(localnet),
  };
  const helius = createHeliusApi(seed, options.webhook);
  const sender = createWebhookSender({ seed, webhooks: helius.webhooks, enabled: options.webhooksEnabled });
  const posts = createPostSource({ seed, tokens: localnet.market.summaries, tempo: options.speed });
  const x = createXServer({ posts, now });
  const telegram = createTelegramServer({ now });
  const control = createControl({
    ...options,
    sender,
    setSecondProvider: (behaviour) => {
      secondProvider = behaviour;
    },
  });

  return {
    sender,
    handle: async (request) => {
      const { pathname } = new URL(request.url);
      const rpc = Object.hasOwn(endpoints, pathname) ? endpoints[pathname] : undefined;
      if (rpc !== undefined) return request.method === "POST" ? answerRpc(rpc, request) : notFound();
      if (pathname.startsWith("/helius/")) return helius.handle(request);
      if (pathname.startsWith("/x/")) return x(request);
      if (pathname.startsWith("/telegram/") || pathname.startsWith("/control/telegram/")) return telegram.handle(request);
      if (pathname.startsWith("/control/")) return control(request);
      return notFound();
    },
  };

  async function answerRpc(rpc: RpcHandler, request: Request): Promise<Response> {
    let body: unknown;
    try {
      body = JSON.parse(await request.text());
    } catch {
      return Response.json(parseFailure(), { status: 400 });
    }
    return Response.json(await rpc(body));
  }
}

function notFound(): Response {
  return Response.json({ error: "not found" }, { status: 404 });
}
