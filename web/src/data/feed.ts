import type { FeedMessage } from "../../../domain/api/types.ts";

/** "live": socket open · "connecting": being opened · "waiting": between two tries. */
export type FeedState = "connecting" | "live" | "waiting";

/** The part of WebSocket that the feed uses. */
export interface FeedSocket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface FeedOptions {
  readonly url: string;
  readonly open: (url: string) => FeedSocket;
  readonly onMessage: (message: FeedMessage) => void;
  /** The connection was (re-)established, or the server's sequence started anew: fetch everything again. */
  readonly onResync: () => void;
  readonly onState: (state: FeedState) => void;
  /** Uniform in [0, 1): spreads the reconnects of many pages. */
  readonly random: () => number;
}

export interface Feed {
  /** Tries at once instead of waiting, when between two tries. */
  wake(): void;
  stop(): void;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
/** An unanswered handshake is given up after this long. */
const OPEN_TIMEOUT_MS = 8_000;
/** Distance of two pings; a connection that was silent since the last one is dead. The server answers "pong". */
const PING_MS = 20_000;
/** Larger messages are no feed messages: a decision is a few KiB. */
const MESSAGE_MAX_CHARS = 262_144;
const PAYLOAD: Readonly<Record<FeedMessage["type"], string>> = {
  hello: "seq",
  decision: "decision",
  position: "position",
  trade: "trade",
  equity: "point",
  incident: "incident",
  intent: "intent",
  notice: "text",
};

/** Reads one feed message; null for anything that is none. */
export function parseFeedMessage(data: unknown): FeedMessage | null {
  if (typeof data !== "string" || data.length > MESSAGE_MAX_CHARS) return null;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { type, seq } = value as Record<string, unknown>;
  if (typeof type !== "string" || !Object.hasOwn(PAYLOAD, type) || !Number.isSafeInteger(seq)) return null;
  const payload = (value as Record<string, unknown>)[PAYLOAD[type as FeedMessage["type"]]];
  return payload === undefined || payload === null ? null : (value as FeedMessage);
}

/**
 * Keeps a live feed open. It remembers the highest sequence seen and reconnects with `?since=`, so that
 * the server replays what was missed; consumers must take a message twice without harm.
 */
export function connectFeed(options: FeedOptions): Feed {
  let socket: FeedSocket | null = null;
  let lastSeq: number | null = null;
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let isStopped = false;

  function connect(): void {
    clearTimeout(timer);
    options.onState("connecting");
    const current = options.open(lastSeq === null ? options.url : `${options.url}?since=${lastSeq}`);
    socket = current;
    timer = setTimeout(() => drop(current), OPEN_TIMEOUT_MS);
    current.onopen = () => {
      clearTimeout(timer);
      attempt = 0;
      let isAlive = true;
      heartbeat = setInterval(() => {
        if (!isAlive) return drop(current);
        isAlive = false;
        current.send("ping");
      }, PING_MS);
      current.onmessage = ({ data }) => {
        isAlive = true;
        receive(parseFeedMessage(data));
      };
      options.onState("live");
      options.onResync();
    };
    current.onerror = () => drop(current);
    current.onclose = () => drop(current);
  }

  function receive(message: FeedMessage | null): void {
    if (message === null) return;
    if (message.type === "hello") {
      // The first hello sets the start. A later one must not: what was missed is still to come.
      if (lastSeq !== null && message.seq < lastSeq) options.onResync();
      if (lastSeq === null || message.seq < lastSeq) lastSeq = message.seq;
    } else {
      lastSeq = Math.max(lastSeq ?? 0, message.seq);
    }
    options.onMessage(message);
  }

  function drop(dropped: FeedSocket): void {
    if (socket !== dropped || isStopped) return;
    detach();
    const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt) * (0.75 + options.random() / 2);
    attempt++;
    options.onState("waiting");
    timer = setTimeout(connect, delayMs);
  }

  function detach(): void {
    clearTimeout(timer);
    clearInterval(heartbeat);
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
    socket = null;
  }

  connect();
  return {
    wake: () => {
      if (!isStopped && socket === null) connect();
    },
    stop: () => {
      isStopped = true;
      detach();
    },
  };
}
