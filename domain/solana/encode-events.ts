import { encodeBase64 } from "./base64.ts";
import { ByteWriter, fromHex } from "./bytes.ts";
import { EVENT_CPI_TAG } from "./discriminators.ts";
import { EVENT_LAYOUTS, type EventName, type FieldType, type FieldValue } from "./event-layouts.ts";
import { DEFAULT_ADDRESS } from "./programs.ts";

/**
 * Payload of an event: discriminator and every field of the newest layout. Fields that are not
 * given are zero, empty, or the default key; 64-bit integers may be bigint or decimal strings.
 * Throws on a field that the event does not have or a value that does not fit.
 */
export function encodeEvent(name: EventName, fields: Readonly<Record<string, FieldValue | bigint>>): Uint8Array {
  const layout = EVENT_LAYOUTS.find((candidate) => candidate.name === name);
  if (layout === undefined) throw new RangeError(`no event ${name}`);
  for (const field of Object.keys(fields)) {
    if (!layout.fields.some(([known]) => known === field)) throw new RangeError(`${name} has no field ${field}`);
  }
  const writer = new ByteWriter().bytes(fromHex(layout.discriminator));
  for (const [field, type] of layout.fields) writeField(writer, type, fields[field], `${name}.${field}`);
  return writer.toBytes();
}

/** The log line of an event: what Anchor's `emit!` writes. */
export function eventLogLine(payload: Uint8Array): string {
  return `Program data: ${encodeBase64(payload)}`;
}

/** Instruction data of the self-call that carries an event: what Anchor's `emit_cpi!` sends. */
export function eventCpiData(payload: Uint8Array): Uint8Array {
  return new ByteWriter().bytes(fromHex(EVENT_CPI_TAG)).bytes(payload).toBytes();
}

function writeField(writer: ByteWriter, type: FieldType, value: FieldValue | bigint | undefined, label: string): void {
  switch (type) {
    case "u8":
      writer.u8(Number(integer(value, label)));
      return;
    case "u16":
      writer.u16(Number(integer(value, label)));
      return;
    case "u64":
      writer.u64(integer(value, label));
      return;
    case "i64":
      writer.i64(integer(value, label));
      return;
    case "i128":
      writer.i128(integer(value, label));
      return;
    case "bool":
      writer.bool(value === true);
      return;
    case "pubkey":
      writer.address(typeof value === "string" ? value : DEFAULT_ADDRESS);
      return;
    case "string":
      writer.string(typeof value === "string" ? value : "");
      return;
    case "shareholders": {
      const shareholders = typeof value === "object" ? value : [];
      writer.u32(shareholders.length);
      for (const { address, share_bps } of shareholders) writer.address(address).u16(share_bps);
    }
  }
}

function integer(value: FieldValue | bigint | undefined, label: string): bigint {
  if (value === undefined) return 0n;
  if (typeof value === "bigint" || typeof value === "number") return BigInt(value);
  if (typeof value === "string" && /^-?\d+$/.test(value)) return BigInt(value);
  throw new RangeError(`${label} is not an integer`);
}
