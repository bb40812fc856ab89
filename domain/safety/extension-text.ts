import { ByteReader } from "../solana/bytes.ts";
import { DEFAULT_ADDRESS } from "../solana/programs.ts";
import { EXTENSION, type Extension, extensionName } from "../solana/token.ts";
import { type Address, U64_MAX } from "../units.ts";

/**
 * What a refused Token-2022 extension does to holders, for people: which of its cases it is, since
 * a hook or a fee that is harmless today can be changed by whoever holds its authority. Layouts:
 * token-2022 extension structs. A body of another size is named and not read.
 */
export function describeExtension({ type, data }: Extension): string {
  const name = extensionName(type);
  const detail = DESCRIBERS.get(type)?.(data) ?? null;
  return detail === null ? name : `${name}: ${detail}`;
}

type Describer = (data: Uint8Array) => string | null;

const DESCRIBERS: ReadonlyMap<number, Describer> = new Map<number, Describer>([
  [EXTENSION.transferHook, describeHook],
  [EXTENSION.transferFeeConfig, describeFee],
  [EXTENSION.permanentDelegate, (data) => describeKey(data, "may take or burn anybody's tokens")],
  [EXTENSION.mintCloseAuthority, (data) => describeKey(data, "may close the mint")],
  [
    EXTENSION.defaultAccountState,
    (data) => (data.length === 1 ? `new accounts are ${data[0] === 2 ? "frozen" : "not frozen today"}` : null),
  ],
  [EXTENSION.pausable, describePause],
  [EXTENSION.interestBearingConfig, describeInterest],
  [EXTENSION.scaledUiAmount, () => "displayed amounts are not the real ones"],
  [EXTENSION.nonTransferable, () => "tokens cannot be sold"],
  [
    EXTENSION.confidentialTransferMint,
    (data) => (data.length === 65 ? `new accounts ${data[32] === 1 ? "need no" : "need"} approval` : null),
  ],
]);

/** TransferHook: authority, program. */
function describeHook(data: Uint8Array): string | null {
  if (data.length !== 64) return null;
  const reader = new ByteReader(data);
  const authority = keyOf(reader);
  const program = keyOf(reader);
  const settable = authority === null ? "and nobody can set another" : `and ${authority} can set another`;
  return program === null ? `no program today, ${settable}` : `program ${program} decides on every transfer, ${settable}`;
}

/** TransferFeeConfig: config authority, withdraw authority, withheld, then twice (epoch, maximum, bps). */
function describeFee(data: Uint8Array): string | null {
  if (data.length !== 108) return null;
  const reader = new ByteReader(data);
  const authority = keyOf(reader);
  reader.skip(32 + 8);
  const older = readFee(reader);
  const newer = readFee(reader);
  const settable = authority === null ? "nobody can change it" : `${authority} can change it`;
  const next = older.text === newer.text ? "" : `, ${newer.text} from epoch ${newer.epoch} on`;
  return `${older.text}${next}, ${settable}`;
}

function readFee(reader: ByteReader): { readonly epoch: bigint; readonly text: string } {
  const epoch = reader.u64();
  const maximum = reader.u64();
  const bps = reader.u16();
  return { epoch, text: `${bps} bps${maximum === U64_MAX && bps > 0 ? " without a maximum" : ""}` };
}

/** PausableConfig: authority, paused. */
function describePause(data: Uint8Array): string | null {
  if (data.length !== 33) return null;
  const authority = keyOf(new ByteReader(data));
  return `${data[32] === 1 ? "transfers are paused" : "transfers run today"}, ${authority === null ? "nobody" : authority} can pause them`;
}

/** InterestBearingConfig: authority, start, average rate, last update, current rate. */
function describeInterest(data: Uint8Array): string | null {
  if (data.length !== 52) return null;
  const reader = new ByteReader(data, 50);
  return `displayed amounts grow by ${(reader.u16() << 16) >> 16} bps a year`;
}

function describeKey(data: Uint8Array, power: string): string | null {
  if (data.length !== 32) return null;
  const key = keyOf(new ByteReader(data));
  return key === null ? `nobody ${power} today` : `${key} ${power}`;
}

function keyOf(reader: ByteReader): Address | null {
  const key = reader.address();
  return key === DEFAULT_ADDRESS ? null : key;
}
