/**
 * First eight bytes, hexadecimal, of Anchor instructions (sha256("global:<name>")) and events
 * (sha256("event:<Name>")). `buy` and `sell` are the same on pump and PumpSwap: always key on the
 * program too.
 */
export const INSTRUCTION_DISCRIMINATOR = {
  create: "181ec828051c0777",
  createV2: "d6904cec5f8b31b4",
  buy: "66063d1201daebea",
  sell: "33e685a4017f83ad",
  buyV2: "b817ee6167c5d33d",
  sellV2: "5df6823ce7e940b2",
  buyExactSolIn: "38fc74089edfcd5f",
  buyExactQuoteInV2: "c2ab1c46684d5b2f",
  migrate: "9beae792ec9ea21e",
  migrateV2: "bbcb121fceedfe29",
  createPool: "e992d18ecf6840bc",
  buyExactQuoteIn: "c62e1552b4d9e870",
  initBoost: "8ce9215e845ac28f",
  extendAccount: "ea66c2cb96483ee5",
} as const;

export const EVENT_DISCRIMINATOR = {
  create: "1b72a94ddeeb6376",
  trade: "bddb7fd34ee661ee",
  complete: "5f72619cd42e9808",
  completePumpAmmMigration: "bde95db95c94ea94",
  createPool: "b1310cd2a076a774",
  initBoost: "ae7c4af90451f611",
  buy: "67f4521f2cf57777",
  sell: "3e2f370aa503dc2a",
} as const;

/** Tag before the event's own discriminator when a program emits it by calling itself (anchor `emit_cpi!`). */
export const EVENT_CPI_TAG = "e445a52e51cb9a1d";
