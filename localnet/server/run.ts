import type { Server } from "node:http";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { TransactionRecord } from "../chain/types.ts";
import type { MarketEvent } from "../market/context.ts";
import type { MixName } from "../market/kinds.ts";
import { type App, createApp } from "./app.ts";
import { createHistory } from "./history.ts";
import { createHttpServer } from "./http.ts";
import { createLocalnet, type Localnet } from "./localnet.ts";
import { lockState } from "./state-lock.ts";
import { openStore, type Store } from "./store.ts";

/** How often the clock is looked at: well below a tick at speed 1. */
const LOOP_MS = 50;
/** How often the state is saved; the transaction log covers what comes after. */
const SAVE_MS = 5_000;
/** Events that `/control/events` shows: about a minute at speed 1. */
const MAX_EVENTS = 2_000;

export interface RunOptions {
  readonly port: number;
  readonly seed: string;
  readonly mix: MixName;
  readonly speed: number;
  readonly webhook: { readonly url: string; readonly authHeader: string } | null;
  readonly webhooksEnabled: boolean;
  /** Where everything is kept; null keeps nothing. */
  readonly stateDir: string | null;
  readonly now: () => number;
}

export interface RunningLocalnet {
  readonly port: number;
  readonly localnet: Localnet;
  /** Saves the state, stops the market and closes the server. */
  stop(): Promise<void>;
}

export type RunReason = "PORT_IN_USE" | "STATE_LOCKED" | "STATE_MISMATCH" | "STATE_UNREADABLE";

/** Starts market and server. Refuses with one line for a person. */
export async function runLocalnet(options: RunOptions): Promise<Result<RunningLocalnet, RunReason>> {
  const { now, stateDir } = options;
  let app: App | null = null;
  const server = createHttpServer(async (request) => app?.handle(request) ?? new Response("starting", { status: 503 }));
  const listening = await listen(server, options.port);
  if (!listening.ok) return listening;
  const lock = stateDir === null ? null : lockState(stateDir);
  if (lock !== null && !lock.ok) return closing(server, lock);
  const store = stateDir === null ? null : openStore(stateDir, options);
  const events: MarketEvent[] = [];
  const onEvent = (event: MarketEvent): void => {
    events.push(event);
    if (events.length > 2 * MAX_EVENTS) events.splice(0, MAX_EVENTS);
  };
  const made = makeLocalnet(options, store, onEvent, (record) => app?.sender.offer(record));
  if (!made.ok) {
    lock?.value.release();
    return closing(server, made);
  }
  const localnet = made.value;
  localnet.open(now());
  app = createApp({ ...options, localnet, events: () => events.slice(-MAX_EVENTS) });
  const { sender } = app;
  store?.saveNow(localnet.state());
  const loop = setInterval(() => localnet.advance(now()), LOOP_MS);
  let saving: Promise<void> = Promise.resolve();
  const saver = setInterval(() => {
    saving = saving
      .then(() => store?.save(localnet.state()))
      .catch((error: unknown) => console.error(`the state could not be saved: ${error}`));
  }, SAVE_MS);
  return ok({
    port: listening.value,
    localnet,
    stop: async () => {
      clearInterval(loop);
      clearInterval(saver);
      sender.close();
      await saving;
      store?.saveNow(localnet.state());
      store?.close();
      lock?.value.release();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

/** Makes the localnet, from the store's state when it has one, and lets the store follow it. */
function makeLocalnet(
  { seed, mix, speed }: RunOptions,
  store: Store | null,
  onEvent: (event: MarketEvent) => void,
  onRecord: (record: TransactionRecord) => void,
): Result<Localnet, RunReason> {
  const loaded = store?.load() ?? ok(null);
  if (!loaded.ok) return loaded;
  const kept = loaded.value;
  const history = createHistory();
  for (const { packed } of kept?.frames ?? []) history.restore(packed);
  let opened = false;
  const localnet = createLocalnet({
    seed,
    mix,
    speed,
    history,
    onEvent,
    ...(kept === null ? {} : { kept: kept.state }),
    onRecord: (record, packed) => {
      store?.append({ tick: localnet.market.tick(), clock: localnet.chain.clock(), packed });
      // What is played again was delivered before.
      if (opened) onRecord(record);
    },
    onExternal: (input) => store?.appendInput(input),
  });
  for (const { clock, input } of kept?.later ?? []) localnet.replay(clock, input);
  opened = true;
  return ok(localnet);
}

async function closing<R extends RunReason>(server: Server, refusal: Result<never, R>): Promise<Result<never, R>> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return refusal;
}

function listen(server: Server, port: number): Promise<Result<number, "PORT_IN_USE">> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(refuse("PORT_IN_USE", `port ${port} is in use: choose another with --port`));
      else reject(error);
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(ok(typeof address === "object" && address !== null ? address.port : port));
    });
  });
}
