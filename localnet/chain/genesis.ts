import { HELIUS_TIP_ACCOUNTS } from "../../domain/signing/tip-accounts.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { ByteWriter, fromHex } from "../../domain/solana/bytes.ts";
import {
  ATA_PROGRAM,
  COMPUTE_BUDGET_PROGRAM,
  PUMP_FEE_CONFIG,
  PUMP_FEES_PROGRAM,
  PUMP_GLOBAL,
  PUMP_PROGRAM,
  PUMP_SWAP_FEE_CONFIG,
  PUMP_SWAP_GLOBAL_CONFIG,
  PUMP_SWAP_PROGRAM,
  PUMP_TOKEN_SUPPLY,
  PUMP_WITHDRAW_AUTHORITY,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
  WSOL_MINT,
} from "../../domain/solana/programs.ts";
import { encodeMint, encodeTokenAccount, plainTokenAccount } from "../../domain/solana/token.ts";
import type { Address } from "../../domain/units.ts";
import { DEFAULT_CURVE_FEE_CONFIG, DEFAULT_FEE_CONFIG, encodeFeeConfig } from "../../domain/venues/fee-config.ts";
import { globalVolumeAccumulatorAddress } from "../../domain/venues/pdas.ts";
import {
  INITIAL_REAL_TOKEN_RESERVES,
  INITIAL_VIRTUAL_QUOTE_RESERVES_LAMPORTS,
  INITIAL_VIRTUAL_TOKEN_RESERVES,
  POOL_MIGRATION_FEE_LAMPORTS,
} from "../../domain/venues/pump-curve.ts";
import { BUYBACK_BPS, BUYBACK_FEE_RECIPIENTS, PROTOCOL_FEE_RECIPIENTS, PUMP_ADMIN } from "./config.ts";
import type { AccountMap } from "./overlay.ts";
import { programAccounts, UPGRADEABLE_LOADER } from "./program-accounts.ts";
import { rentExemptLamports } from "./rent.ts";

const NATIVE_LOADER: Address = "NativeLoader1111111111111111111111111111111";
/** Allocated sizes on mainnet, 2026-10. */
const GLOBAL_BYTES = 1_088;
const GLOBAL_CONFIG_BYTES = 949;
const GLOBAL_VOLUME_BYTES = 600;
/** What a recipient holds at the start: real ones are never empty, and an empty one cannot take small fees. */
const RECIPIENT_LAMPORTS = 1_000_000_000n;

/** All that exists before the first coin: programs, configuration, recipients of fees and tips, wrapped SOL. */
export function genesisAccounts(): AccountMap {
  const accounts: AccountMap = new Map();
  const plant = (address: Address, owner: Address, data: Uint8Array, lamports = rentExemptLamports(data.length), executable = false) =>
    accounts.set(address, { owner, lamports, data, executable });
  for (const program of [TOKEN_PROGRAM, TOKEN_2022_PROGRAM, ATA_PROGRAM])
    plant(program, UPGRADEABLE_LOADER, new Uint8Array(36), rentExemptLamports(36), true);
  for (const [address, account] of programAccounts()) accounts.set(address, account);
  for (const program of [SYSTEM_PROGRAM, COMPUTE_BUDGET_PROGRAM]) plant(program, NATIVE_LOADER, new Uint8Array(14), 1n, true);
  plant(
    WSOL_MINT,
    TOKEN_PROGRAM,
    encodeMint({ mintAuthority: null, supply: 0n, decimals: 9, isInitialized: true, freezeAuthority: null, extensions: [] }),
  );
  plant(PUMP_GLOBAL, PUMP_PROGRAM, encodeGlobal());
  plant(PUMP_SWAP_GLOBAL_CONFIG, PUMP_SWAP_PROGRAM, encodeGlobalConfig());
  plant(PUMP_FEE_CONFIG, PUMP_FEES_PROGRAM, encodeFeeConfig(DEFAULT_CURVE_FEE_CONFIG));
  plant(PUMP_SWAP_FEE_CONFIG, PUMP_FEES_PROGRAM, encodeFeeConfig(DEFAULT_FEE_CONFIG));
  for (const program of [PUMP_PROGRAM, PUMP_SWAP_PROGRAM])
    plant(globalVolumeAccumulatorAddress(program), program, encodeGlobalVolumeAccumulator());
  plant(PUMP_WITHDRAW_AUTHORITY, SYSTEM_PROGRAM, new Uint8Array(0), RECIPIENT_LAMPORTS);
  for (const recipient of [...PROTOCOL_FEE_RECIPIENTS, ...BUYBACK_FEE_RECIPIENTS]) {
    plant(recipient, SYSTEM_PROGRAM, new Uint8Array(0), RECIPIENT_LAMPORTS);
    const wrapped = wrappedSolAccount(recipient, RECIPIENT_LAMPORTS);
    accounts.set(wrapped.address, wrapped.account);
  }
  for (const tipAccount of HELIUS_TIP_ACCOUNTS) plant(tipAccount, SYSTEM_PROGRAM, new Uint8Array(0), RECIPIENT_LAMPORTS);
  return accounts;
}

/** An associated wrapped-SOL account that holds `lamports` on top of its rent. */
export function wrappedSolAccount(owner: Address, lamports: bigint) {
  const rent = rentExemptLamports(165);
  const data = encodeTokenAccount({ ...plainTokenAccount(WSOL_MINT, owner, lamports), nativeReserveLamports: rent });
  return {
    address: associatedTokenAddress(owner, WSOL_MINT, TOKEN_PROGRAM),
    account: { owner: TOKEN_PROGRAM, lamports: rent + lamports, data, executable: false },
  };
}

/** Pump's Global account, fields in the order of the IDL of 2026-05. */
function encodeGlobal(): Uint8Array {
  const [feeRecipient = PUMP_ADMIN, ...feeRecipients] = PROTOCOL_FEE_RECIPIENTS;
  const writer = new ByteWriter().bytes(fromHex("a7e8e8b1c86c727f")).bool(true).address(PUMP_ADMIN).address(feeRecipient);
  writer.u64(INITIAL_VIRTUAL_TOKEN_RESERVES).u64(INITIAL_VIRTUAL_QUOTE_RESERVES_LAMPORTS).u64(INITIAL_REAL_TOKEN_RESERVES);
  writer.u64(PUMP_TOKEN_SUPPLY).u64(95n).address(PUMP_WITHDRAW_AUTHORITY).bool(true).u64(POOL_MIGRATION_FEE_LAMPORTS).u64(5n);
  for (const recipient of feeRecipients) writer.address(recipient);
  writer.address(PUMP_ADMIN).address(PUMP_ADMIN).bool(true).address(PUMP_ADMIN).address(feeRecipient).bool(false);
  for (const recipient of feeRecipients) writer.address(recipient);
  writer.bool(true);
  for (const recipient of BUYBACK_FEE_RECIPIENTS) writer.address(recipient);
  writer.u64(BUYBACK_BPS).u64(INITIAL_VIRTUAL_QUOTE_RESERVES_LAMPORTS);
  return writer.padTo(GLOBAL_BYTES).toBytes();
}

/** PumpSwap's GlobalConfig account, fields in the order of the IDL of 2026-07. */
function encodeGlobalConfig(): Uint8Array {
  const [feeRecipient = PUMP_ADMIN, ...feeRecipients] = PROTOCOL_FEE_RECIPIENTS;
  const writer = new ByteWriter().bytes(fromHex("95089ccaa0fcb0d9")).address(PUMP_ADMIN).u64(20n).u64(5n).u8(0);
  for (const recipient of PROTOCOL_FEE_RECIPIENTS) writer.address(recipient);
  writer.u64(5n).address(PUMP_ADMIN).address(PUMP_ADMIN).address(feeRecipient).bool(false);
  for (const recipient of feeRecipients) writer.address(recipient);
  writer.bool(true);
  for (const recipient of BUYBACK_FEE_RECIPIENTS) writer.address(recipient);
  writer.u64(BUYBACK_BPS).address(PUMP_ADMIN).bool(true);
  return writer.padTo(GLOBAL_CONFIG_BYTES).toBytes();
}

/** A GlobalVolumeAccumulator account: discriminator, and no incentives in any of its days. */
function encodeGlobalVolumeAccumulator(): Uint8Array {
  return new ByteWriter().bytes(fromHex("ca2af62b8ebe1eff")).padTo(GLOBAL_VOLUME_BYTES).toBytes();
}
