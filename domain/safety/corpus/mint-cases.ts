import { addressBytes } from "../../solana/address.ts";
import { ByteWriter } from "../../solana/bytes.ts";
import { SYSTEM_PROGRAM, TOKEN_PROGRAM, USDC_MINT, WSOL_MINT } from "../../solana/programs.ts";
import { EXTENSION, type Extension, metadataPointerExtension, tokenMetadataExtension } from "../../solana/token.ts";
import { type Address, U64_MAX } from "../../units.ts";
import { type Accounts, type CorpusToken, type ScamCase, SOUND, STRANGER } from "./harness.ts";

const NOBODY = new Uint8Array(32);
const KEY = addressBytes(STRANGER);

/** Changes the data of an account in place. */
export function editData(address: Address, change: (bytes: Uint8Array) => Uint8Array): (accounts: Accounts) => void {
  return (accounts) => {
    const account = accounts.get(address);
    if (account !== undefined) accounts.set(address, { ...account, data: change(account.data.slice()) });
  };
}

/** Gives an account to another program. */
export function editOwner(address: Address, owner: Address): (accounts: Accounts) => void {
  return (accounts) => {
    const account = accounts.get(address);
    if (account !== undefined) accounts.set(address, { ...account, owner });
  };
}

function extended(...extensions: Extension[]): CorpusToken {
  return { sample: { mint: { extensions } } };
}

function extension(type: number, data: Uint8Array = KEY): Extension {
  return { type, data };
}

function hook(authority: Uint8Array, program: Uint8Array): Extension {
  return extension(EXTENSION.transferHook, new ByteWriter().bytes(authority).bytes(program).toBytes());
}

function fee(authority: Uint8Array, now: number, next: number, maximum: bigint): Extension {
  const writer = new ByteWriter().bytes(authority).bytes(authority).u64(0n);
  for (const [epoch, bps] of [
    [600n, now],
    [602n, next],
  ] as const)
    writer.u64(epoch).u64(maximum).u16(bps);
  return extension(EXTENSION.transferFeeConfig, writer.toBytes());
}

function mint(number: number, name: string, code: ScamCase["code"], token: CorpusToken): ScamCase {
  return { number, name, severity: "hard", code, token };
}

function banned(number: number, name: string, ...extensions: Extension[]): ScamCase {
  return mint(number, name, "EXTENSION_NOT_ALLOWED", extended(...extensions));
}

/** Mint and Token-2022: every one must refuse. */
export const MINT_CASES: readonly ScamCase[] = [
  mint(1, "mint authority set", "MINT_AUTHORITY_SET", { sample: { mint: { mintAuthority: STRANGER } } }),
  mint(1, "mint authority set on a classic mint", "MINT_AUTHORITY_SET", { sample: { classic: true, mint: { mintAuthority: STRANGER } } }),
  mint(2, "freeze authority set", "FREEZE_AUTHORITY_SET", { sample: { mint: { freezeAuthority: STRANGER } } }),
  mint(2, "freeze authority set on a classic mint", "FREEZE_AUTHORITY_SET", {
    sample: { classic: true, mint: { freezeAuthority: STRANGER } },
  }),
  banned(3, "permanent delegate", extension(EXTENSION.permanentDelegate)),
  banned(3, "permanent delegate that is nobody", extension(EXTENSION.permanentDelegate, NOBODY)),
  banned(4, "transfer hook with a program", hook(KEY, KEY)),
  banned(5, "transfer hook without program, authority alive", hook(KEY, NOBODY)),
  banned(5, "transfer hook without program or authority", hook(NOBODY, NOBODY)),
  banned(6, "new accounts are frozen", extension(EXTENSION.defaultAccountState, Uint8Array.of(2))),
  mint(7, "new accounts are not frozen, freeze authority alive", "FREEZE_AUTHORITY_SET", {
    sample: { mint: { freezeAuthority: STRANGER, extensions: [extension(EXTENSION.defaultAccountState, Uint8Array.of(1))] } },
  }),
  banned(8, "cannot be transferred", extension(EXTENSION.nonTransferable, new Uint8Array())),
  banned(9, "paused", extension(EXTENSION.pausable, new ByteWriter().bytes(KEY).u8(1).toBytes())),
  banned(9, "can be paused", extension(EXTENSION.pausable, new ByteWriter().bytes(KEY).u8(0).toBytes())),
  banned(10, "transfer fee of 100 %", fee(KEY, 10_000, 10_000, 1n)),
  banned(11, "no fee now, 99 % from a later epoch", fee(KEY, 0, 9_900, 1n)),
  banned(12, "no fee, authority alive", fee(KEY, 0, 0, 0n)),
  banned(12, "no fee, nobody can set one", fee(NOBODY, 0, 0, 0n)),
  banned(13, "transfer fee without a maximum", fee(KEY, 1, 1, U64_MAX)),
  banned(14, "confidential transfers, approval needed", extension(EXTENSION.confidentialTransferMint, new Uint8Array(65))),
  banned(15, "confidential minting and burning", extension(EXTENSION.confidentialMintBurn, new Uint8Array(196))),
  banned(16, "confidential transfer fee", extension(EXTENSION.confidentialTransferFeeConfig, new Uint8Array(129))),
  banned(17, "mint can be closed", extension(EXTENSION.mintCloseAuthority)),
  banned(18, "permissioned burn", extension(EXTENSION.permissionedBurn)),
  banned(
    19,
    "extreme interest",
    extension(EXTENSION.interestBearingConfig, new ByteWriter().bytes(new Uint8Array(50)).u16(32_767).toBytes()),
  ),
  banned(20, "displayed amounts scaled by a billion", extension(EXTENSION.scaledUiAmount, new Uint8Array(56).fill(0x41, 32, 40))),
  banned(20, "displayed amounts scaled later", extension(EXTENSION.scaledUiAmount, new Uint8Array(56).fill(0x41, 48))),
  banned(21, "unknown extension 29", extension(29)),
  banned(21, "unknown extension 65535", extension(0xffff)),
  mint(22, "extension list cut off", "EXTENSION_MALFORMED", { edit: editData(SOUND.mint, (bytes) => bytes.subarray(0, -5)) }),
  mint(22, "extension header cut off", "EXTENSION_MALFORMED", { edit: editData(SOUND.mint, (bytes) => bytes.subarray(0, 169)) }),
  mint(23, "extension longer than the account", "EXTENSION_MALFORMED", {
    edit: editData(SOUND.mint, (bytes) => bytes.fill(0xff, 168, 170)),
  }),
  mint(
    24,
    "the same extension twice",
    "EXTENSION_MALFORMED",
    extended(metadataPointerExtension(null, SOUND.mint), metadataPointerExtension(null, SOUND.mint)),
  ),
  mint(24, "metadata pointer of a wrong size", "EXTENSION_MALFORMED", extended(extension(EXTENSION.metadataPointer, new Uint8Array(63)))),
  mint(24, "metadata cut off", "EXTENSION_MALFORMED", extended(extension(EXTENSION.tokenMetadata, new Uint8Array(40)))),
  mint(
    24,
    "metadata of another mint",
    "EXTENSION_MALFORMED",
    extended(tokenMetadataExtension({ updateAuthority: null, mint: STRANGER, name: "a", symbol: "b", uri: "c" })),
  ),
  mint(25, "zero-length mint", "MINT_MALFORMED", { edit: editData(SOUND.mint, () => new Uint8Array()) }),
  mint(25, "no mint account", "MINT_UNAVAILABLE", { edit: (accounts) => accounts.delete(SOUND.mint) }),
  mint(26, "owner is neither token program", "MINT_WRONG_OWNER", { edit: editOwner(SOUND.mint, SYSTEM_PROGRAM) }),
  mint(26, "classic program with extension bytes", "MINT_MALFORMED", { edit: editOwner(SOUND.mint, TOKEN_PROGRAM) }),
  mint(27, "an account posing as a mint", "MINT_MALFORMED", { edit: editData(SOUND.mint, (bytes) => bytes.fill(2, 165, 166)) }),
  mint(28, "not initialised", "MINT_UNINITIALIZED", { sample: { mint: { isInitialized: false } } }),
  mint(29, "no supply", "MINT_SUPPLY_INVALID", { sample: { mint: { supply: 0n } } }),
  mint(30, "supply of u64::MAX", "MINT_SUPPLY_INVALID", { sample: { mint: { supply: U64_MAX } } }),
  mint(30, "pool holds more than the supply", "MINT_SUPPLY_INVALID", { sample: { mint: { supply: 1_000_000n } } }),
  ...[0, 9, 18, 255].map((decimals) => mint(31, `${decimals} decimals`, "MINT_DECIMALS_INVALID", { sample: { mint: { decimals } } })),
  mint(32, "the mint is wrapped SOL", "TOKEN_IMPOSTOR", { metadata: { mint: WSOL_MINT } }),
  mint(32, "the mint is USDC", "TOKEN_IMPOSTOR", { metadata: { mint: USDC_MINT } }),
  mint(32, "an address that looks like USDC's", "TOKEN_IMPOSTOR", {
    metadata: { mint: `${USDC_MINT.slice(0, 4)}${"7".repeat(36)}${USDC_MINT.slice(-4)}` },
  }),
  mint(33, "a multisig as mint authority", "MINT_AUTHORITY_SET", { sample: { mint: { mintAuthority: SOUND.quoteVault } } }),
  mint(79, "holders can be blacklisted by freezing them after they bought", "FREEZE_AUTHORITY_SET", {
    sample: { mint: { freezeAuthority: STRANGER, extensions: [] } },
  }),
  mint(33, "mint of a multisig's size", "MINT_MALFORMED", { edit: editData(SOUND.mint, () => new Uint8Array(355)) }),
];
