import { ok, type Result, refuse } from "../result.ts";
import type { Address } from "../units.ts";
import { ByteReader, ByteWriter, fromHex, startsWith, toHex } from "./bytes.ts";

/** Anchor account discriminator: sha256("account:PriceUpdateV2"), first 8 bytes. */
const PRICE_UPDATE_DISCRIMINATOR = fromHex("22f123639d7ef4cd");
/** Allocated size of the account (pyth-solana-receiver-sdk `PriceUpdateV2::LEN`). */
const PRICE_UPDATE_SIZE = 134;
/** Enum value of full Wormhole verification; 0 (partial) carries one more byte. */
const VERIFICATION_FULL = 1;

export interface PriceUpdate {
  /** Price times 10^-exponent: 15012345678 with exponent -8 is 150.12345678. */
  readonly price: bigint;
  /** Half width of the confidence interval, in the price's scale. */
  readonly conf: bigint;
  readonly exponent: number;
  /** Unix seconds. */
  readonly publishTimeS: number;
  /** 32 bytes, hexadecimal. */
  readonly feedId: string;
}

/**
 * Decodes a Pyth PriceUpdateV2 account (pyth-solana-receiver-sdk). The caller checks the owner, the
 * feed id and the age. Refuses with UPSTREAM_MALFORMED; an update that Wormhole's guardians did not
 * fully sign counts as malformed.
 */
export function decodePriceUpdate(data: Uint8Array): Result<PriceUpdate> {
  if (!startsWith(data, PRICE_UPDATE_DISCRIMINATOR)) return refuse("UPSTREAM_MALFORMED", "not a PriceUpdateV2 account");
  const reader = new ByteReader(data, 8 + 32);
  if (reader.u8() !== VERIFICATION_FULL) return refuse("UPSTREAM_MALFORMED", "price is not fully verified");
  const feedId = toHex(reader.bytes(32));
  const price = reader.i64();
  const conf = reader.u64();
  const exponent = reader.i32();
  const publishTimeS = Number(reader.i64());
  if (reader.overrun) return refuse("UPSTREAM_MALFORMED", "PriceUpdateV2 is cut off");
  if (price <= 0n || exponent > 0 || exponent < -18 || !Number.isSafeInteger(publishTimeS))
    return refuse("UPSTREAM_MALFORMED", "price out of range");
  return ok({ price, conf, exponent, publishTimeS, feedId });
}

/** The price as a number, for valuation and display; no ledger entry is computed from it. */
export function priceNumber(update: PriceUpdate): number {
  return Number(update.price) * 10 ** update.exponent;
}

/** Account data of a fully verified PriceUpdateV2; average price and confidence repeat the spot values. */
export function encodePriceUpdate(update: PriceUpdate, writeAuthority: Address, postedSlot: number): Uint8Array {
  const publishTime = BigInt(update.publishTimeS);
  const writer = new ByteWriter().bytes(PRICE_UPDATE_DISCRIMINATOR).address(writeAuthority).u8(VERIFICATION_FULL);
  writer.bytes(fromHex(update.feedId)).i64(update.price).u64(update.conf).i32(update.exponent);
  writer.i64(publishTime).i64(publishTime).i64(update.price).u64(update.conf).u64(BigInt(postedSlot));
  return writer.padTo(PRICE_UPDATE_SIZE).toBytes();
}
