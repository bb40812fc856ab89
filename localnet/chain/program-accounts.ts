import { addressBytes, findProgramAddress } from "../../domain/solana/address.ts";
import { ByteReader, ByteWriter } from "../../domain/solana/bytes.ts";
import { PUMP_FEES_PROGRAM, PUMP_PROGRAM, PUMP_SWAP_PROGRAM } from "../../domain/solana/programs.ts";
import type { Address } from "../../domain/units.ts";
import { seededBytes } from "./bytes.ts";
import type { Chain } from "./chain.ts";
import { PUMP_ADMIN } from "./config.ts";
import { rentExemptLamports } from "./rent.ts";
import type { Account } from "./types.ts";

/** The upgradeable loader: a Program account names a ProgramData account, which holds slot, authority and code. */
export const UPGRADEABLE_LOADER: Address = "BPFLoaderUpgradeab1e11111111111111111111111";
/** The venues' programs, by the names of their files. */
export const UPGRADEABLE_PROGRAMS = { pump: PUMP_PROGRAM, pump_amm: PUMP_SWAP_PROGRAM, pump_fees: PUMP_FEES_PROGRAM } as const;
export type ProgramName = keyof typeof UPGRADEABLE_PROGRAMS;

/** Tags of `UpgradeableLoaderState` (solana-loader-v3-interface state.rs). */
const PROGRAM_TAG = 2;
const PROGRAM_DATA_TAG = 3;
const HEADER_BYTES = 4 + 8 + 1 + 32;
/** Slot of the deployment that the embedded market starts with. */
const DEPLOYED_SLOT = 440_000_000;
/** Nobody executes these bytes: they are there to be hashed. */
const CODE_BYTES = 256;

export function isProgramName(name: unknown): name is ProgramName {
  return typeof name === "string" && Object.hasOwn(UPGRADEABLE_PROGRAMS, name);
}

/** Where the loader keeps a program's code: PDA [program] of the loader. */
export function programDataAddress(program: Address): Address {
  return findProgramAddress([addressBytes(program)], UPGRADEABLE_LOADER).address;
}

/** Program and ProgramData accounts of the venues' programs. */
export function* programAccounts(): Iterable<readonly [Address, Account]> {
  for (const program of Object.values(UPGRADEABLE_PROGRAMS)) {
    const address = programDataAddress(program);
    const data = new ByteWriter().u32(PROGRAM_TAG).address(address).toBytes();
    yield [program, { owner: UPGRADEABLE_LOADER, lamports: rentExemptLamports(data.length), data, executable: true }];
    yield [address, programData(DEPLOYED_SLOT, seededBytes(program, CODE_BYTES))];
  }
}

function programData(slot: number, code: Uint8Array): Account {
  const data = new ByteWriter().u32(PROGRAM_DATA_TAG).u64(BigInt(slot)).u8(1).address(PUMP_ADMIN).bytes(code).toBytes();
  return { owner: UPGRADEABLE_LOADER, lamports: rentExemptLamports(data.length), data, executable: false };
}

/**
 * Deploys a program anew, as its authority would: the slot changes, and the code by one byte of
 * padding, so that real programs go on working. Returns the slot of the deployment.
 */
export function upgradeProgram(chain: Chain, name: ProgramName): number {
  const address = programDataAddress(UPGRADEABLE_PROGRAMS[name]);
  const deployed = chain.account(address);
  if (deployed === null || new ByteReader(deployed.data).u32() !== PROGRAM_DATA_TAG) throw new Error(`${name} has no ProgramData account`);
  const { slot } = chain.clock();
  const code = deployed.data.subarray(HEADER_BYTES);
  const padded = new Uint8Array(code.length + 1);
  padded.set(code);
  chain.plant(address, programData(slot, padded));
  return slot;
}
