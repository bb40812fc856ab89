import { ByteReader } from "../../../domain/solana/bytes.ts";
import { TOKEN_2022_PROGRAM, WSOL_MINT } from "../../../domain/solana/programs.ts";
import {
  EXTENSION,
  type Extension,
  encodeTokenAccount,
  MINT_SIZE,
  metadataPointerExtension,
  plainTokenAccount,
  TOKEN_ACCOUNT_SIZE,
  tokenMetadataExtension,
} from "../../../domain/solana/token.ts";
import { type Address, U64_MAX } from "../../../domain/units.ts";
import { abort, abortCustom, accountAt, type Program, type ProgramContext, requireSigner } from "../program.ts";
import { rentExemptLamports } from "../rent.ts";
import { accountExtensions, readMint, tokenAccountBytes, withMint } from "../token-state.ts";
import { TOKEN_ERROR, TOKEN_METADATA_INITIALIZE } from "./token-instructions.ts";
import { burn, closeAccount, freezeOrThaw, mintOf, transfer } from "./token-movements.ts";

type Handler = (context: ProgramContext, reader: ByteReader) => void;

/** Instruction number to log name, compute units under the classic program and under Token-2022, and handler. */
const HANDLERS: ReadonlyMap<number, readonly [name: string, classicUnits: number, units2022: number, handler: Handler]> = new Map([
  [0, ["InitializeMint", 90, 1_772, initializeMint]],
  [1, ["InitializeAccount", 90, 1_969, (context) => initializeAccount(context, accountAt(context, 2))]],
  [3, ["Transfer", 76, 1_400, (context, reader) => transfer(context, 0, 1, 2, reader.u64(), null, null)]],
  [6, ["SetAuthority", 120, 1_044, setAuthority]],
  [7, ["MintTo", 119, 1_714, (context, reader) => mintTo(context, reader.u64())]],
  [8, ["Burn", 126, 1_176, (context, reader) => burn(context, reader.u64(), null)]],
  [9, ["CloseAccount", 118, 1_342, closeAccount]],
  [10, ["FreezeAccount", 146, 1_200, (context) => freezeOrThaw(context, true)]],
  [11, ["ThawAccount", 144, 1_200, (context) => freezeOrThaw(context, false)]],
  [12, ["TransferChecked", 112, 2_562, (context, reader) => transfer(context, 0, 2, 3, reader.u64(), accountAt(context, 1), reader.u8())]],
  [14, ["MintToChecked", 170, 1_714, mintToChecked]],
  [15, ["BurnChecked", 129, 1_176, (context, reader) => burn(context, reader.u64(), reader.u8())]],
  [16, ["InitializeAccount2", 100, 1_969, (context, reader) => initializeAccount(context, reader.address())]],
  [17, ["SyncNative", 201, 900, syncNative]],
  [18, ["InitializeAccount3", 229, 1_969, (context, reader) => initializeAccount(context, reader.address())]],
  [20, ["InitializeMint2", 120, 1_772, initializeMint]],
  [21, ["GetAccountDataSize", 179, 1_447, getAccountDataSize]],
  [22, ["InitializeImmutableOwner", 37, 736, initializeImmutableOwner]],
  [39, ["MetadataPointerInstruction::Initialize", 105, 925, initializeMetadataPointer]],
]);

/** The classic token program and Token-2022: the instructions that wallets, pump and PumpSwap use. */
export const tokenProgram: Program = {
  builtin: false,
  process: (context) => {
    if (startsWithMetadataInitialize(context.data)) {
      context.log("TokenMetadataInstruction: Initialize");
      context.consume(3_522);
      initializeMetadata(context);
      return;
    }
    const reader = new ByteReader(context.data);
    const entry = HANDLERS.get(reader.u8());
    if (entry === undefined) return abortCustom(TOKEN_ERROR.invalidInstruction);
    const [name, classicUnits, units2022, handler] = entry;
    const is2022 = context.programId === TOKEN_2022_PROGRAM;
    // The classic program of 2026 (p-token) logs no instruction names.
    if (is2022) context.log(name.includes("::") ? name : `Instruction: ${name}`);
    context.consume(is2022 ? units2022 : classicUnits);
    handler(context, reader);
    if (reader.overrun) abortCustom(TOKEN_ERROR.invalidInstruction);
  },
};

function startsWithMetadataInitialize(data: Uint8Array): boolean {
  return data.length > 8 && TOKEN_METADATA_INITIALIZE.every((byte, index) => data[index] === byte);
}

function ownAccount(context: ProgramContext, address: Address): ReturnType<ProgramContext["get"]> {
  const account = context.get(address);
  if (account.owner !== context.programId) abort("IncorrectProgramId");
  return account;
}

function initializeMint(context: ProgramContext, reader: ByteReader): void {
  const address = accountAt(context, 0);
  const account = ownAccount(context, address);
  const decimals = reader.u8();
  const mintAuthority = reader.address();
  const freezeAuthority = reader.u8() === 1 ? reader.address() : null;
  const existing = readMint(account);
  if (existing?.isInitialized) abortCustom(TOKEN_ERROR.alreadyInUse);
  if (account.lamports < rentExemptLamports(account.data.length)) abortCustom(TOKEN_ERROR.notRentExempt);
  if (account.data.length < MINT_SIZE) abort("InvalidAccountData");
  const extensions = existing?.extensions ?? [];
  context.set(address, withMint(account, { mintAuthority, supply: 0n, decimals, isInitialized: true, freezeAuthority, extensions }));
}

function initializeAccount(context: ProgramContext, owner: Address): void {
  const address = accountAt(context, 0);
  const mint = accountAt(context, 1);
  const account = ownAccount(context, address);
  if (account.data.length < TOKEN_ACCOUNT_SIZE) abort("InvalidAccountData");
  if (account.data[108] !== 0) abortCustom(TOKEN_ERROR.alreadyInUse);
  const reserve = rentExemptLamports(account.data.length);
  if (account.lamports < reserve) abortCustom(TOKEN_ERROR.notRentExempt);
  if (mint !== WSOL_MINT && !readMint(context.get(mint))?.isInitialized) abortCustom(TOKEN_ERROR.invalidMint);
  if (context.get(mint).owner !== context.programId) abort("IncorrectProgramId");
  const plain = { ...plainTokenAccount(mint, owner, 0n), extensions: accountExtensions(context.programId, readMint(context.get(mint))) };
  const native = mint === WSOL_MINT ? { nativeReserveLamports: reserve, amount: account.lamports - reserve } : {};
  context.set(address, { ...account, data: encodeTokenAccount({ ...plain, ...native }) });
}

function initializeImmutableOwner(context: ProgramContext): void {
  if (context.programId !== TOKEN_2022_PROGRAM) {
    context.log("Please upgrade to SPL Token 2022 for immutable owner support");
    return;
  }
  const account = ownAccount(context, accountAt(context, 0));
  if (account.data[108] !== 0) abortCustom(TOKEN_ERROR.alreadyInUse);
}

function getAccountDataSize(context: ProgramContext): void {
  const bytes = new Uint8Array(8);
  bytes[0] = tokenAccountBytes(context.programId, readMint(context.get(accountAt(context, 0))));
  context.returnData(bytes);
}

function mintTo(context: ProgramContext, amount: bigint): void {
  const mintAddress = accountAt(context, 0);
  const mint = mintOf(context, mintAddress);
  if (mint.mintAuthority === null) abortCustom(TOKEN_ERROR.fixedSupply);
  if (mint.mintAuthority !== accountAt(context, 2)) abortCustom(TOKEN_ERROR.ownerMismatch);
  requireSigner(context, mint.mintAuthority);
  if (mint.supply + amount > U64_MAX) abortCustom(TOKEN_ERROR.overflow);
  context.set(mintAddress, withMint(context.get(mintAddress), { ...mint, supply: mint.supply + amount }));
  transfer(context, null, 1, null, amount, mintAddress, mint.decimals);
}

function mintToChecked(context: ProgramContext, reader: ByteReader): void {
  const amount = reader.u64();
  if (mintOf(context, accountAt(context, 0)).decimals !== reader.u8()) abortCustom(TOKEN_ERROR.mintDecimalsMismatch);
  mintTo(context, amount);
}

const AUTHORITY_MINT_TOKENS = 0;
const AUTHORITY_FREEZE_ACCOUNT = 1;

function setAuthority(context: ProgramContext, reader: ByteReader): void {
  const address = accountAt(context, 0);
  const current = accountAt(context, 1);
  const kind = reader.u8();
  const next = reader.u8() === 1 ? reader.address() : null;
  const mint = mintOf(context, address);
  if (kind !== AUTHORITY_MINT_TOKENS && kind !== AUTHORITY_FREEZE_ACCOUNT) abortCustom(TOKEN_ERROR.authorityTypeNotSupported);
  const held = kind === AUTHORITY_MINT_TOKENS ? mint.mintAuthority : mint.freezeAuthority;
  if (held === null) abortCustom(kind === AUTHORITY_MINT_TOKENS ? TOKEN_ERROR.fixedSupply : TOKEN_ERROR.mintCannotFreeze);
  if (held !== current) abortCustom(TOKEN_ERROR.ownerMismatch);
  requireSigner(context, current);
  const changed = kind === AUTHORITY_MINT_TOKENS ? { ...mint, mintAuthority: next } : { ...mint, freezeAuthority: next };
  context.set(address, withMint(context.get(address), changed));
}

function syncNative(context: ProgramContext): void {
  const address = accountAt(context, 0);
  transfer(context, null, 0, null, 0n, WSOL_MINT, null);
  if (context.get(address).owner !== context.programId) abort("IncorrectProgramId");
}

/** Extensions of a mint are written before InitializeMint2, into space allocated for them. */
function addExtension(context: ProgramContext, address: Address, extension: Extension): void {
  const account = ownAccount(context, address);
  const mint = readMint(account) ?? {
    mintAuthority: null,
    supply: 0n,
    decimals: 0,
    isInitialized: false,
    freezeAuthority: null,
    extensions: [],
  };
  if (mint.extensions.some(({ type }) => type === extension.type)) abort("AccountAlreadyInitialized");
  const grown = withMint(account, { ...mint, extensions: [...mint.extensions, extension] });
  if (grown.lamports < rentExemptLamports(grown.data.length)) abortCustom(TOKEN_ERROR.notRentExempt);
  context.set(address, grown);
}

function initializeMetadataPointer(context: ProgramContext, reader: ByteReader): void {
  if (context.programId !== TOKEN_2022_PROGRAM || reader.u8() !== 0) abort("InvalidInstructionData");
  const address = accountAt(context, 0);
  if (readMint(context.get(address))?.isInitialized) abortCustom(TOKEN_ERROR.alreadyInUse);
  const authority = reader.address();
  addExtension(context, address, metadataPointerExtension(authority, reader.address()));
}

/** SPL token-metadata interface: accounts metadata, update authority, mint, mint authority (signer). */
function initializeMetadata(context: ProgramContext): void {
  const reader = new ByteReader(context.data, TOKEN_METADATA_INITIALIZE.length);
  const address = accountAt(context, 0);
  const updateAuthority = accountAt(context, 1);
  const mint = mintOf(context, address);
  if (mint.mintAuthority === null || mint.mintAuthority !== accountAt(context, 3)) abortCustom(TOKEN_ERROR.ownerMismatch);
  requireSigner(context, mint.mintAuthority);
  const metadata = { updateAuthority, mint: address, name: reader.string(), symbol: reader.string(), uri: reader.string() };
  if (reader.overrun) abort("InvalidInstructionData");
  if (!mint.extensions.some(({ type }) => type === EXTENSION.metadataPointer)) abort("InvalidAccountData");
  addExtension(context, address, tokenMetadataExtension(metadata));
}
