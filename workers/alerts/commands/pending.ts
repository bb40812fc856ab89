import { z } from "zod";

/** A confirmation is good for this long: the facts it was shown with get old. */
export const CONFIRM_MS = 60_000;

const actionSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("resume"),
    ledgers: z.array(z.object({ ledger: z.string(), clears: z.array(z.string()), sinceMs: z.number() })),
    note: z.string().nullable(),
  }),
  z.object({ kind: z.literal("unlock"), lockId: z.string() }),
  z.object({ kind: z.literal("close"), positionId: z.string() }),
  z.object({ kind: z.literal("close-all"), ledgers: z.array(z.string()) }),
]);

/** What a person has asked for and not confirmed yet, with the facts that they were shown. */
export type PendingAction = z.infer<typeof actionSchema>;

const storedSchema = z.object({ code: z.string(), expiresAtMs: z.number(), action: actionSchema });

/** One person's unconfirmed action: a new one replaces the one before. */
export interface PendingActions {
  /** @returns the code that confirms it within `CONFIRM_MS` */
  ask(action: PendingAction): Promise<string>;
  /** The action, once, when the code is right and not too old; null otherwise. */
  take(code: string): Promise<PendingAction | null>;
  /** @returns whether there was one */
  drop(): Promise<boolean>;
}

/** Keeps a person's unconfirmed action on R2, which every isolate sees at once. Objects may be expired after a day. */
export function pendingOnR2(bucket: R2Bucket, userId: number, nowMs: number): PendingActions {
  const key = `telegram/pending/${userId}`;
  const read = async (): Promise<z.infer<typeof storedSchema> | null> => {
    const object = await bucket.get(key);
    if (object === null) return null;
    const stored = storedSchema.safeParse(await object.json());
    return stored.success && stored.data.expiresAtMs > nowMs ? stored.data : null;
  };
  return {
    async ask(action) {
      const code = [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      await bucket.put(key, JSON.stringify({ code, expiresAtMs: nowMs + CONFIRM_MS, action }));
      return code;
    },
    async take(code) {
      const stored = await read();
      if (stored === null || stored.code !== code) return null;
      await bucket.delete(key);
      return stored.action;
    },
    async drop() {
      const stored = await read();
      await bucket.delete(key);
      return stored !== null;
    },
  };
}
