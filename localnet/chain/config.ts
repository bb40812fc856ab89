import type { Address } from "../../domain/units.ts";

/** Fee recipients of pump and PumpSwap (Global and GlobalConfig accounts on mainnet, 2026-10). */
export const PROTOCOL_FEE_RECIPIENTS: readonly Address[] = [
  "62qc2CNXwrYqQScmEdiZFFAnJR262PxWEuNQtxfafNgV",
  "7VtfL8fvgNfhz17qKRMjzQEXgbdpnHHHQRh54R9jP2RJ",
  "7hTckgnGnLQR6sdH7YkqFTAA7VwTfYFaZ6EhEsU3saCX",
  "9rPYyANsfQZw3DnDmKE3YCQF5E8oD89UXoHn9JFEhJUz",
  "AVmoTthdrX6tKt4nDjco2D775W2YK3sDhxPcMmzUAmTY",
  "CebN5WGQ4jvEPvsVU4EoHEpgzq1VV7AbicfhtW4xC9iM",
  "FWsW1xNtWscwNmKv6wVsU1iTzRN6wmmk3MjxRP5tT7hz",
  "G5UZAVbAf46s7cKWoyKu8kYTip9DGTpbLZ2qa9Aq69dP",
];

/** Recipients of the half of the protocol fee that buys PUMP back. */
export const BUYBACK_FEE_RECIPIENTS: readonly Address[] = [
  "5YxQFdt3Tr9zJLvkFccqXVUwhdTWJQc1fFg2YPbxvxeD",
  "9M4giFFMxmFGXtc3feFzRai56WbBqehoSeRE5GK7gf7",
  "GXPFM2caqTtQYC2cJ5yJRi9VDkpsYZXzYdwYpGnLmtDL",
  "3BpXnfJaUTiwXnJNe7Ej1rcbzqTTQUvLShZaWazebsVR",
  "5cjcW9wExnJJiqgLjq7DEG75Pm6JBgE1hNv4B2vHXUW6",
  "EHAAiTxcdDwQ3U4bU6YcMsQGaekdzLS3B5SmYo46kJtL",
  "5eHhjP8JaYkz83CWwvGU2uMUXefd3AazWGx4gpcuEEYD",
  "A7hAgCzFw14fejgCp387JUJRMNyz4j89JKnhtKU8piqW",
];

/** Share of the protocol fee that goes to buybacks. */
export const BUYBACK_BPS = 5_000n;
/** Share of a migration's quote that init_boost moves to the boost vault and keeps as virtual reserves. */
export const BOOST_BPS = 2_069n;
/** LP tokens that create_pool locks for ever. */
export const MINIMUM_LP = 100n;
/** Bytes of a user_volume_accumulator account: 1,844,400 lamports of rent, paid at a user's first buy. */
export const VOLUME_ACCUMULATOR_BYTES = 137;
/** Authority of both programs' configuration accounts. */
export const PUMP_ADMIN: Address = "FFWtrEQ4B4PKQoVuHYzZq8FabGkVatYzDpEVHsK5rrhF";
