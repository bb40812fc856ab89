import type { Instruction as KitInstruction } from "@solana/kit";
import { addressBytes, associatedTokenAddress, findProgramAddress } from "../../domain/solana/address.ts";
import { ByteWriter, fromHex } from "../../domain/solana/bytes.ts";
import { INSTRUCTION_DISCRIMINATOR } from "../../domain/solana/discriminators.ts";
import {
  ATA_PROGRAM,
  MAYHEM_PROGRAM,
  PUMP_EVENT_AUTHORITY,
  PUMP_GLOBAL,
  PUMP_MINT_AUTHORITY,
  PUMP_PROGRAM,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
} from "../../domain/solana/programs.ts";
import type { Address } from "../../domain/units.ts";
import { readonly, writable, writableSigner } from "../chain/programs/token-instructions.ts";
import type { Instruction } from "../chain/types.ts";
import { type CoinAddresses, coinAddresses, migrateCoin } from "../market/instructions.ts";

const UTF8 = new TextEncoder();

function mayhemAddress(...seeds: ReadonlyArray<string | Uint8Array>): Address {
  return findProgramAddress(
    seeds.map((seed) => (typeof seed === "string" ? UTF8.encode(seed) : seed)),
    MAYHEM_PROGRAM,
  ).address;
}

export interface NewCoin {
  readonly creator: Address;
  readonly name: string;
  readonly symbol: string;
  readonly uri: string;
  readonly isCashbackCoin: boolean;
}

/** pump `create_v2` with the accounts that the real program insists on, those of mayhem mode included. */
export function createCoinV2(coin: CoinAddresses, { creator, name, symbol, uri, isCashbackCoin }: NewCoin): Instruction {
  const solVault = mayhemAddress("sol-vault");
  const accounts = [
    writableSigner(coin.mint),
    readonly(PUMP_MINT_AUTHORITY),
    writable(coin.curve),
    writable(coin.curveTokens),
    readonly(PUMP_GLOBAL),
    writableSigner(creator),
    readonly(SYSTEM_PROGRAM),
    readonly(TOKEN_2022_PROGRAM),
    readonly(ATA_PROGRAM),
    writable(MAYHEM_PROGRAM),
    readonly(mayhemAddress("global-params")),
    writable(solVault),
    writable(mayhemAddress("mayhem-state", addressBytes(coin.mint))),
    writable(associatedTokenAddress(solVault, coin.mint, TOKEN_2022_PROGRAM)),
    readonly(PUMP_EVENT_AUTHORITY),
    readonly(PUMP_PROGRAM),
  ];
  const data = new ByteWriter().bytes(fromHex(INSTRUCTION_DISCRIMINATOR.createV2)).string(name).string(symbol).string(uri);
  return { programId: PUMP_PROGRAM, accounts, data: data.address(creator).bool(false).bool(isCashbackCoin).toBytes() };
}

/** The coin's addresses when its mint belongs to `tokenProgram`. */
export function coinAddressesUnder(mint: Address, creator: Address, tokenProgram: Address): CoinAddresses {
  const coin = coinAddresses(mint, creator);
  const tokens = (owner: Address) => associatedTokenAddress(owner, mint, tokenProgram);
  return {
    ...coin,
    curveTokens: tokens(coin.curve),
    authorityBase: tokens(coin.poolAuthority),
    poolBase: tokens(coin.pool),
  };
}

/** Position of the base token program in `migrate_v2`. */
const MIGRATE_BASE_PROGRAM = 19;

/** pump `migrate_v2` of a coin whose mint belongs to `tokenProgram`. */
export function migrateUnder(coin: CoinAddresses, user: Address, tokenProgram: Address): Instruction {
  const built = migrateCoin(coin, user);
  return { ...built, accounts: built.accounts.map((meta, index) => (index === MIGRATE_BASE_PROGRAM ? readonly(tokenProgram) : meta)) };
}

/** Kit's account roles: bit 0 writable, bit 1 signer. */
const WRITABLE_BIT = 1;
const SIGNER_BIT = 2;

/** An instruction of the product's own builders in this chain's form. */
export function fromKit({ programAddress, accounts = [], data = new Uint8Array() }: KitInstruction): Instruction {
  return {
    programId: programAddress,
    accounts: accounts.map(({ address, role }) => ({
      address,
      signer: (role & SIGNER_BIT) !== 0,
      writable: (role & WRITABLE_BIT) !== 0,
    })),
    data: Uint8Array.from(data),
  };
}
