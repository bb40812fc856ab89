import type { Address } from "../units.ts";
import { ByteReader } from "./bytes.ts";
import { EVENT_DISCRIMINATOR } from "./discriminators.ts";
import { PUMP_PROGRAM, PUMP_SWAP_PROGRAM } from "./programs.ts";

/** Borsh types that the events use; `shareholders` is a vector of (address, u16 basis points). */
export type FieldType = "u8" | "u16" | "u64" | "i64" | "i128" | "bool" | "pubkey" | "string" | "shareholders";

export interface Shareholder {
  readonly address: Address;
  readonly share_bps: number;
}

/** 64- and 128-bit integers are decimal strings, addresses base58. */
export type FieldValue = string | number | boolean | readonly Shareholder[];
export type EventFields = Readonly<Record<string, FieldValue>>;

export type EventName = "Create" | "Trade" | "Complete" | "CompletePumpAmmMigration" | "CreatePool" | "InitBoost" | "Buy" | "Sell";

export interface EventLayout {
  readonly name: EventName;
  readonly program: Address;
  /** Hexadecimal. */
  readonly discriminator: string;
  /** In wire order, names as in the IDL. */
  readonly fields: ReadonlyArray<readonly [name: string, type: FieldType]>;
  /** Last field of the oldest version: an event that is cut off before its end is not one. */
  readonly required: string;
}

const DISCRIMINATOR_BYTES = 8;
/** A share list has ten entries at most (pump fee sharing); more is not an event. */
const MAX_SHAREHOLDERS = 64;
const UTF8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** "name:type" pairs, separated by blanks. */
function fields(text: string): ReadonlyArray<readonly [string, FieldType]> {
  return text
    .trim()
    .split(/\s+/)
    .map((pair) => {
      const [name = "", type = ""] = pair.split(":");
      return [name, type as FieldType] as const;
    });
}

const SWAP_PARTIES = `pool:pubkey user:pubkey user_base_token_account:pubkey user_quote_token_account:pubkey
  protocol_fee_recipient:pubkey protocol_fee_recipient_token_account:pubkey
  coin_creator:pubkey coin_creator_fee_basis_points:u64 coin_creator_fee:u64`;
const VOLUME = `track_volume:bool total_unclaimed_tokens:u64 total_claimed_tokens:u64 current_sol_volume:u64
  last_update_timestamp:i64`;
const REBATES = "cashback_fee_basis_points:u64 cashback:u64 buyback_fee_basis_points:u64 buyback_fee:u64";
const BOOST = "virtual_quote_reserves:i128 can_boost:bool base_supply:u64";

/** Events of pump (IDL 2026-05) and PumpSwap (IDL 2026-07). Programs append fields, they never reorder them. */
export const EVENT_LAYOUTS: readonly EventLayout[] = [
  {
    name: "Create",
    program: PUMP_PROGRAM,
    discriminator: EVENT_DISCRIMINATOR.create,
    required: "user",
    fields: fields(`name:string symbol:string uri:string mint:pubkey bonding_curve:pubkey user:pubkey creator:pubkey
      timestamp:i64 virtual_token_reserves:u64 virtual_sol_reserves:u64 real_token_reserves:u64 token_total_supply:u64
      token_program:pubkey is_mayhem_mode:bool is_cashback_enabled:bool quote_mint:pubkey virtual_quote_reserves:u64`),
  },
  {
    name: "Trade",
    program: PUMP_PROGRAM,
    discriminator: EVENT_DISCRIMINATOR.trade,
    required: "virtual_token_reserves",
    fields: fields(`mint:pubkey sol_amount:u64 token_amount:u64 is_buy:bool user:pubkey timestamp:i64
      virtual_sol_reserves:u64 virtual_token_reserves:u64 real_sol_reserves:u64 real_token_reserves:u64
      fee_recipient:pubkey fee_basis_points:u64 fee:u64 creator:pubkey creator_fee_basis_points:u64 creator_fee:u64
      ${VOLUME} ix_name:string mayhem_mode:bool ${REBATES} shareholders:shareholders quote_mint:pubkey quote_amount:u64
      virtual_quote_reserves:u64 real_quote_reserves:u64`),
  },
  {
    name: "Complete",
    program: PUMP_PROGRAM,
    discriminator: EVENT_DISCRIMINATOR.complete,
    required: "timestamp",
    fields: fields("user:pubkey mint:pubkey bonding_curve:pubkey timestamp:i64 quote_mint:pubkey"),
  },
  {
    name: "CompletePumpAmmMigration",
    program: PUMP_PROGRAM,
    discriminator: EVENT_DISCRIMINATOR.completePumpAmmMigration,
    required: "pool",
    fields: fields(`user:pubkey mint:pubkey mint_amount:u64 sol_amount:u64 pool_migration_fee:u64 bonding_curve:pubkey
      timestamp:i64 pool:pubkey quote_mint:pubkey`),
  },
  {
    name: "CreatePool",
    program: PUMP_SWAP_PROGRAM,
    discriminator: EVENT_DISCRIMINATOR.createPool,
    required: "user_quote_token_account",
    fields: fields(`timestamp:i64 index:u16 creator:pubkey base_mint:pubkey quote_mint:pubkey base_mint_decimals:u8
      quote_mint_decimals:u8 base_amount_in:u64 quote_amount_in:u64 pool_base_amount:u64 pool_quote_amount:u64
      minimum_liquidity:u64 initial_liquidity:u64 lp_token_amount_out:u64 pool_bump:u8 pool:pubkey lp_mint:pubkey
      user_base_token_account:pubkey user_quote_token_account:pubkey coin_creator:pubkey is_mayhem_mode:bool`),
  },
  {
    name: "InitBoost",
    program: PUMP_SWAP_PROGRAM,
    discriminator: EVENT_DISCRIMINATOR.initBoost,
    required: "real_quote_reserves_after",
    fields: fields(`timestamp:i64 mint:pubkey bonding_curve:pubkey pool:pubkey virtual_quote_reserves:i128
      real_quote_reserves_after:u64`),
  },
  {
    name: "Buy",
    program: PUMP_SWAP_PROGRAM,
    discriminator: EVENT_DISCRIMINATOR.buy,
    required: "protocol_fee_recipient_token_account",
    fields: fields(`timestamp:i64 base_amount_out:u64 max_quote_amount_in:u64 user_base_token_reserves:u64
      user_quote_token_reserves:u64 pool_base_token_reserves:u64 pool_quote_token_reserves:u64 quote_amount_in:u64
      lp_fee_basis_points:u64 lp_fee:u64 protocol_fee_basis_points:u64 protocol_fee:u64 quote_amount_in_with_lp_fee:u64
      user_quote_amount_in:u64 ${SWAP_PARTIES} ${VOLUME} min_base_amount_out:u64 ix_name:string ${REBATES} ${BOOST}`),
  },
  {
    name: "Sell",
    program: PUMP_SWAP_PROGRAM,
    discriminator: EVENT_DISCRIMINATOR.sell,
    required: "protocol_fee_recipient_token_account",
    fields: fields(`timestamp:i64 base_amount_in:u64 min_quote_amount_out:u64 user_base_token_reserves:u64
      user_quote_token_reserves:u64 pool_base_token_reserves:u64 pool_quote_token_reserves:u64 quote_amount_out:u64
      lp_fee_basis_points:u64 lp_fee:u64 protocol_fee_basis_points:u64 protocol_fee:u64
      quote_amount_out_without_lp_fee:u64 user_quote_amount_out:u64 ${SWAP_PARTIES} ${REBATES} ${BOOST}`),
  },
];

const BY_DISCRIMINATOR = new Map(EVENT_LAYOUTS.map((layout) => [layout.discriminator, layout]));

/** Layout of an event by its discriminator in hexadecimal; undefined for one that is not read. */
export function eventLayout(discriminator: string): EventLayout | undefined {
  return BY_DISCRIMINATOR.get(discriminator);
}

/**
 * Fields of an event payload (discriminator included). A missing tail reads as zero, surplus bytes
 * are ignored; null when the payload ends inside the oldest version's fields or a length is absurd.
 */
export function decodeEventFields(layout: EventLayout, payload: Uint8Array): EventFields | null {
  const reader = new ByteReader(payload, DISCRIMINATOR_BYTES);
  const decoded: Record<string, FieldValue> = {};
  for (const [name, type] of layout.fields) {
    const value = readField(reader, type);
    if (value === null) return null;
    decoded[name] = value;
    if (name === layout.required && reader.overrun) return null;
  }
  return decoded;
}

function readField(reader: ByteReader, type: FieldType): FieldValue | null {
  switch (type) {
    case "u8":
      return reader.u8();
    case "u16":
      return reader.u16();
    case "u64":
      return reader.u64Text();
    case "i64":
      return reader.i64().toString();
    case "i128":
      return reader.i128().toString();
    case "bool":
      return reader.bool();
    case "pubkey":
      return reader.address();
    case "string": {
      const length = reader.u32();
      return length > reader.remaining ? null : UTF8.decode(reader.bytes(length));
    }
    case "shareholders": {
      const count = reader.u32();
      if (count > MAX_SHAREHOLDERS) return null;
      return Array.from({ length: count }, () => ({ address: reader.address(), share_bps: reader.u16() }));
    }
  }
}
