import type { Server } from "node:http";
import type { MixName } from "../market/kinds.ts";
import { type App, createApp } from "./app.ts";
import { createHttpServer } from "./http.ts";
import { createLocalnet, type Localnet } from "./localnet.ts";

/** How often the clock is looked at: well below a tick at speed 1. */
const LOOP_MS = 50;

export interface RunOptions {
  readonly port: number;
  readonly seed: string;
  readonly mix: MixName;
  readonly speed: number;
  readonly webhook: { readonly url: string; readonly authHeader: string } | null;
  readonly webhooksEnabled: boolean;
  readonly stateDir: string | null;
  readonly now: () => number;
}

export interface RunningLocalnet {
  readonly port: number;
  readonly localnet: Localnet;
  /** Stops the market and closes the server. */
  stop(): Promise<void>;
}

/** Starts market and server; rejects with the listen error when the port is taken. */
export async function runLocalnet(options: RunOptions): Promise<RunningLocalnet> {
  const { seed, mix, speed, now } = options;
  // The port is taken before the market is made, so that a second process cannot touch the state.
  let app: App | null = null;
  const server = createHttpServer(async (request) => app?.handle(request) ?? new Response("starting", { status: 503 }));
  const port = await listen(server, options.port);
  const localnet = createLocalnet({ seed, mix, speed, nowMs: now(), onRecord: (record) => app?.sender.offer(record) });
  app = createApp({ seed, mix, speed, localnet, webhook: options.webhook, webhooksEnabled: options.webhooksEnabled, now });
  const { sender } = app;
  const loop = setInterval(() => localnet.advance(now()), LOOP_MS);
  return {
    port,
    localnet,
    stop: async () => {
      clearInterval(loop);
      sender.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
