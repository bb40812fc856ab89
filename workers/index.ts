import { receiveTelegramUpdate } from "./alerts/webhook.ts";
import { createApi } from "./api/app.ts";
import { consumeProposals } from "./control/proposals.ts";
import { runCron } from "./cron.ts";
import { consumeTradeEvents } from "./executor/index.ts";
import { archiveDeadLetters, DEAD_LETTER_SUFFIX } from "./gateway/dead-letters.ts";
import { receiveWatchWebhook } from "./gateway/watch-webhook.ts";
import { receiveHeliusWebhook } from "./gateway/webhook.ts";
import { consumeStage } from "./pipeline/consume.ts";

export { Budget } from "../durable-objects/budget.ts";
export { GapFiller } from "../durable-objects/gap-filler.ts";
export { Inbox } from "../durable-objects/inbox.ts";
export { Journal } from "../durable-objects/journal.ts";
export { LiveControl } from "../durable-objects/live-control.ts";
export { LiveFeed } from "../durable-objects/live-feed.ts";
export { MarketWatch } from "../durable-objects/market-watch.ts";
export { Portfolio } from "../durable-objects/portfolio.ts";
export { Position } from "../durable-objects/position.ts";

const api = createApi();

/** Routes by path, queue name and cron; the work is in the folders beside. */
export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/webhooks/helius") return receiveHeliusWebhook(request, env, ctx);
    if (pathname === "/webhooks/helius/watch") return receiveWatchWebhook(request, env, ctx);
    if (pathname === "/webhooks/telegram") return receiveTelegramUpdate(request, env, ctx);
    if (pathname.startsWith("/api/")) return api.fetch(request, env, ctx);
    return env.ASSETS.fetch(request);
  },

  async queue(batch, env, ctx) {
    if (batch.queue.endsWith(DEAD_LETTER_SUFFIX)) return archiveDeadLetters(batch, env);
    switch (batch.queue) {
      case "sniper-discoveries":
        return consumeStage(batch, env, "discover");
      case "sniper-analyses":
        return consumeStage(batch, env, "analyze");
      case "sniper-signals":
        return consumeStage(batch, env, "trade");
      case "sniper-trade-events":
        return consumeTradeEvents(batch, env, ctx);
      case "sniper-proposals":
        return consumeProposals(batch, env);
      default:
        throw new Error(`no consumer for queue ${batch.queue}`);
    }
  },

  async scheduled(_controller, env, _ctx) {
    await runCron(env);
  },
} satisfies ExportedHandler<Env>;
