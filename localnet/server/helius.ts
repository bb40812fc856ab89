import { z } from "zod";
import { isAddress } from "../../domain/solana/address.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { PUMP_WITHDRAW_AUTHORITY } from "../../domain/solana/programs.ts";
import { seededBytes } from "../chain/bytes.ts";
import type { Webhook } from "./webhook-sender.ts";

/** Webhooks per account; Helius's plans allow few, this is far above. */
const MAX_WEBHOOKS = 16;
/** Addresses per webhook (Helius: up to 100,000; nothing here needs that many). */
const MAX_ADDRESSES = 1_000;
/** Id of the webhook for watched pools, which is there from the start and watches nothing yet. */
export const WATCH_WEBHOOK_ID = "watched-pools";

const webhookSchema = z.object({
  webhookURL: z.url().max(2_048),
  transactionTypes: z.array(z.string()).max(100).default(["ANY"]),
  accountAddresses: z.array(z.string().refine(isAddress)).max(MAX_ADDRESSES),
  webhookType: z.enum(["raw", "rawDevnet"]).default("raw"),
  authHeader: z.string().max(1_024).default(""),
  txnStatus: z.enum(["all", "success", "failed"]).default("all"),
});

export interface HeliusApi {
  /** Answers `/v0/webhooks` and `/v0/webhooks/<id>`. */
  handle(request: Request): Promise<Response>;
  webhooks(): readonly Webhook[];
}

/**
 * The webhook part of Helius's API. `initial` is the webhook that the command line asks for; beside it
 * the one for watched pools calls the route below its URL.
 */
export function createHeliusApi(seed: string, initial: { readonly url: string; readonly authHeader: string } | null): HeliusApi {
  const hooks = new Map<string, z.infer<typeof webhookSchema>>();
  let created = 0;
  const nextId = (): string => encodeBase58(seededBytes(`${seed}/webhook-id/${created++}`, 16));
  if (initial !== null) {
    const parsed = webhookSchema.parse({
      webhookURL: initial.url,
      authHeader: initial.authHeader,
      accountAddresses: [PUMP_WITHDRAW_AUTHORITY],
    });
    hooks.set(nextId(), parsed);
    hooks.set(WATCH_WEBHOOK_ID, { ...parsed, webhookURL: `${initial.url}/watch`, txnStatus: "success", accountAddresses: [] });
  }
  const render = (webhookID: string, hook: z.infer<typeof webhookSchema>) => ({ webhookID, wallet: "localnet", ...hook });

  async function read(request: Request): Promise<z.infer<typeof webhookSchema> | string> {
    const body: unknown = await request.json().catch(() => null);
    const parsed = webhookSchema.safeParse(body);
    return parsed.success ? parsed.data : (parsed.error.issues[0]?.message ?? "invalid body");
  }

  return {
    webhooks: () =>
      [...hooks].map(([id, { webhookURL: url, authHeader, accountAddresses: addresses, txnStatus }]) => ({
        id,
        url,
        authHeader,
        addresses,
        txnStatus,
      })),
    handle: async (request) => {
      const url = new URL(request.url);
      if (!url.searchParams.get("api-key")) return Response.json({ error: "unauthorized" }, { status: 401 });
      const match = /\/v0\/webhooks(?:\/([\w-]{1,44}))?$/.exec(url.pathname);
      if (match === null) return Response.json({ error: "not found" }, { status: 404 });
      const id = match[1];
      if (id === undefined) {
        if (request.method === "GET") return Response.json([...hooks].map(([key, hook]) => render(key, hook)));
        if (request.method !== "POST") return Response.json({ error: "method not allowed" }, { status: 405 });
        if (hooks.size >= MAX_WEBHOOKS) return Response.json({ error: "webhook limit reached" }, { status: 400 });
        const hook = await read(request);
        if (typeof hook === "string") return Response.json({ error: hook }, { status: 400 });
        const key = nextId();
        hooks.set(key, hook);
        return Response.json(render(key, hook), { status: 201 });
      }
      const known = hooks.get(id);
      if (known === undefined) return Response.json({ error: "webhook not found" }, { status: 404 });
      if (request.method === "GET") return Response.json(render(id, known));
      if (request.method === "DELETE") {
        hooks.delete(id);
        return new Response(null, { status: 200 });
      }
      if (request.method !== "PUT") return Response.json({ error: "method not allowed" }, { status: 405 });
      const hook = await read(request);
      if (typeof hook === "string") return Response.json({ error: hook }, { status: 400 });
      hooks.set(id, hook);
      return Response.json(render(id, hook));
    },
  };
}
