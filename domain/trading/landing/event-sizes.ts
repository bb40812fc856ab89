import { fromHex, startsWith, toHex } from "../../solana/bytes.ts";
import { EVENT_CPI_TAG } from "../../solana/discriminators.ts";
import { encodeEvent } from "../../solana/encode-events.ts";
import { decodeEventFields, eventLayout } from "../../solana/event-layouts.ts";
import type { ChainTransaction } from "../../solana/transaction.ts";
import type { Address } from "../../units.ts";

const CPI_TAG = fromHex(EVENT_CPI_TAG);
const DISCRIMINATOR_BYTES = 8;
/** Swap events of mainnet end in 16 bytes that no public IDL explains, since 2026-09-24; before that in none. */
const KNOWN_SURPLUS: ReadonlySet<number> = new Set([0, 16]);

/** An event of a venue program whose length is not one that we know: the program was changed. */
export interface OddEvent {
  readonly event: string;
  readonly bytes: number;
}

/** Events of the venue programs in a transaction, by self-call, that are unknown or of an unknown length. */
export function oddEvents(transaction: ChainTransaction, programs: readonly Address[]): OddEvent[] {
  const odd: OddEvent[] = [];
  for (const { inner } of transaction.instructions) {
    for (const { programId, data } of inner) {
      if (!programs.includes(programId) || !startsWith(data, CPI_TAG)) continue;
      const payload = data.subarray(CPI_TAG.length);
      const discriminator = toHex(payload.subarray(0, DISCRIMINATOR_BYTES));
      const layout = eventLayout(discriminator);
      const fields = layout === undefined ? null : decodeEventFields(layout, payload);
      const surplus = layout === undefined || fields === null ? null : payload.length - encodeEvent(layout.name, fields).length;
      if (surplus === null || !KNOWN_SURPLUS.has(surplus)) odd.push({ event: layout?.name ?? discriminator, bytes: payload.length });
    }
  }
  return odd;
}
