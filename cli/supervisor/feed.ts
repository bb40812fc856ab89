import type { FeedMessage } from "../../domain/api/types.ts";

export interface Feed {
  close(): void;
}

const RETRY_MS = 1_000;
/** A feed message is one record; a decision with every feature is a few kilobytes. */
const MAX_MESSAGE_CHARS = 262_144;

/**
 * Follows `/api/v1/ws` of a running instance, reconnecting where it broke off (`?since=`). Messages that
 * cannot be read are skipped: the log is for people, the journal is the record.
 */
export function followFeed(baseUrl: string, onMessage: (message: FeedMessage) => void): Feed {
  let closed = false;
  let since: number | null = null;
  let socket: WebSocket | null = null;
  let timer: NodeJS.Timeout | null = null;

  function open(): void {
    const query = since === null ? "" : `?since=${since}`;
    const current = new WebSocket(`${baseUrl.replace(/^http/, "ws")}/api/v1/ws${query}`);
    socket = current;
    current.addEventListener("message", ({ data }) => {
      const message = readMessage(data);
      if (message === null) return;
      since = Math.max(since ?? 0, message.seq);
      onMessage(message);
    });
    current.addEventListener("error", () => {});
    current.addEventListener("close", () => {
      if (!closed) timer = setTimeout(open, RETRY_MS);
    });
  }

  open();
  return {
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      socket?.close();
    },
  };
}

function readMessage(data: unknown): FeedMessage | null {
  if (typeof data !== "string" || data.length > MAX_MESSAGE_CHARS) return null;
  try {
    const value: unknown = JSON.parse(data);
    const isMessage = typeof value === "object" && value !== null && "type" in value && "seq" in value && typeof value.seq === "number";
    return isMessage ? (value as FeedMessage) : null;
  } catch {
    return null;
  }
}
