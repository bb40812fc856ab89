import type { RowState } from "../../domain/pipeline/inbox.ts";
import type { UnixMs } from "../../domain/units.ts";

/** One graduation on its way through the stages. */
export interface InboxEntry {
  readonly key: string;
  readonly state: RowState;
  readonly leaseUntilMs: UnixMs;
  readonly attempts: number;
  readonly source: string;
  readonly receivedAtMs: UnixMs;
  /** Exact JSON of what the present stage works on. */
  readonly payload: string;
  readonly updatedAtMs: UnixMs;
}

/** Deliveries and graduations of one inbox, synchronous and inside the host's transactions. */
export interface InboxStore {
  /** Remembers a signature. False when it was known: nothing changes then. */
  addDelivery(signature: string, receivedAtMs: UnixMs): boolean;
  isDelivered(signature: string): boolean;
  /** Inserts a graduation or replaces the one of the same key. */
  put(entry: InboxEntry): void;
  get(key: string): InboxEntry | null;
  /** Graduations that are not done and were last changed at or before `updatedAtMs`, longest ago first (equal times by key), at most `limit`. */
  waiting(updatedAtMs: UnixMs, limit: number): readonly InboxEntry[];
  /** Whether any graduation is not done. */
  hasOpen(): boolean;
  /** Removes done graduations that were last changed before `beforeMs`, and signatures received before it. */
  forget(beforeMs: UnixMs): void;
}
