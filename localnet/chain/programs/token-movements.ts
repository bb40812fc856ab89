import { ByteReader, ByteWriter } from "../../../domain/solana/bytes.ts";
import { DEFAULT_ADDRESS, SYSTEM_PROGRAM, WSOL_MINT } from "../../../domain/solana/programs.ts";
import { EXTENSION, type Mint, type TokenAccount } from "../../../domain/solana/token.ts";
import { type Address, BPS, ceilDiv } from "../../../domain/units.ts";
import { poolAuthorityAddress } from "../../../domain/venues/pdas.ts";
import { abort, abortCustom, accountAt, type ProgramContext, requireSigner } from "../program.ts";
import { readMint, readTokenAccount, withMint, withTokenAccount } from "../token-state.ts";
import { TOKEN_ERROR } from "./token-instructions.ts";

/** Custom error of the market's hostile transfer hook: the holder may not send. */
export const HOOK_REFUSED = 6_000;

/** The initialised mint at an address; aborts when there is none. */
export function mintOf(context: ProgramContext, address: Address): Mint {
  const account = context.get(address);
  const mint = account.owner === context.programId ? readMint(account) : null;
  return mint?.isInitialized ? mint : abort("InvalidAccountData");
}

/** The token account at an address; aborts when there is none. */
export function tokenAccountOf(context: ProgramContext, address: Address): TokenAccount {
  const account = context.get(address);
  if (account.owner !== context.programId) abort("IncorrectProgramId");
  return readTokenAccount(account) ?? abortCustom(TOKEN_ERROR.uninitializedState);
}

/**
 * Moves `amount` between the accounts at two positions. A null source mints; a null authority skips
 * the signature, for mints. `mintAddress` and `decimals` are checked when given. Wrapped SOL moves
 * lamports along; a null source onto wrapped SOL syncs it with its lamports.
 */
export function transfer(
  context: ProgramContext,
  sourceIndex: number | null,
  targetIndex: number,
  authorityIndex: number | null,
  amount: bigint,
  mintAddress: Address | null,
  decimals: number | null,
): void {
  const targetAddress = accountAt(context, targetIndex);
  const target = tokenAccountOf(context, targetAddress);
  if (target.state === "frozen") abortCustom(TOKEN_ERROR.accountFrozen);
  if (mintAddress !== null && target.mint !== mintAddress) abortCustom(TOKEN_ERROR.mintMismatch);
  if (sourceIndex === null) {
    const account = context.get(targetAddress);
    const reserve = target.nativeReserveLamports;
    const credited = reserve === null ? target.amount + amount : account.lamports - reserve;
    context.set(targetAddress, withTokenAccount(account, { ...target, amount: credited }));
    return;
  }
  const sourceAddress = accountAt(context, sourceIndex);
  const source = tokenAccountOf(context, sourceAddress);
  if (source.state === "frozen") abortCustom(TOKEN_ERROR.accountFrozen);
  if (source.amount < amount) {
    context.log("Error: insufficient funds");
    abortCustom(TOKEN_ERROR.insufficientFunds);
  }
  if (source.mint !== target.mint) abortCustom(TOKEN_ERROR.mintMismatch);
  const mint = source.mint === WSOL_MINT ? null : mintOf(context, source.mint);
  if (decimals !== null && decimals !== (mint?.decimals ?? 9)) abortCustom(TOKEN_ERROR.mintDecimalsMismatch);
  if (authorityIndex !== null) authorize(context, source, accountAt(context, authorityIndex), mint, amount);
  if (mint !== null) enforceHook(context, source, mint);
  if (sourceAddress === targetAddress) return;
  const fee = mint === null ? 0n : transferFee(mint, target, amount);
  const native = source.nativeReserveLamports === null ? 0n : amount;
  const from = context.get(sourceAddress);
  const to = context.get(targetAddress);
  const left = spendDelegation(source, authorityIndex === null ? null : accountAt(context, authorityIndex), amount);
  context.set(sourceAddress, withTokenAccount({ ...from, lamports: from.lamports - native }, { ...left, amount: source.amount - amount }));
  context.set(
    targetAddress,
    withTokenAccount({ ...to, lamports: to.lamports + native }, { ...withhold(target, fee), amount: target.amount + amount - fee }),
  );
}

function authorize(context: ProgramContext, source: TokenAccount, authority: Address, mint: Mint | null, amount: bigint): void {
  requireSigner(context, authority);
  if (authority === source.owner) return;
  if (authority === source.delegate && source.delegatedAmount >= amount) return;
  if (mint !== null && authority === extensionAddress(mint, EXTENSION.permanentDelegate, 0)) return;
  abortCustom(TOKEN_ERROR.ownerMismatch);
}

function spendDelegation(source: TokenAccount, authority: Address | null, amount: bigint): TokenAccount {
  if (authority === null || authority === source.owner || authority !== source.delegate) return source;
  const delegatedAmount = source.delegatedAmount - amount;
  return { ...source, delegatedAmount, delegate: delegatedAmount === 0n ? null : source.delegate };
}

/**
 * Transfer hooks of this chain have one behaviour, that of a honeypot: curve, pool, migration and
 * the hook's authority may send, every other holder is refused.
 */
function enforceHook(context: ProgramContext, source: TokenAccount, mint: Mint): void {
  const program = extensionAddress(mint, EXTENSION.transferHook, 32);
  if (program === null) return;
  const authority = extensionAddress(mint, EXTENSION.transferHook, 0);
  const isProgram = context.get(source.owner).owner !== SYSTEM_PROGRAM || source.owner === poolAuthorityAddress(source.mint);
  if (isProgram || source.owner === authority) return;
  context.log(`Transfer hook ${program} refused the transfer`);
  abortCustom(HOOK_REFUSED);
}

/** An address inside an extension of the mint; null when missing or the default key. */
function extensionAddress(mint: Mint, type: number, offset: number): Address | null {
  const extension = mint.extensions.find((candidate) => candidate.type === type);
  if (extension === undefined) return null;
  const address = new ByteReader(extension.data, offset).address();
  return address === DEFAULT_ADDRESS ? null : address;
}

/** Offset in TransferFeeConfig of the fee in force: maximum, then basis points. */
const FEE_NEWER_MAXIMUM_OFFSET = 98;

/** The mint's transfer fee on `amount`; nothing when the target has no room to withhold it. */
function transferFee(mint: Mint, target: TokenAccount, amount: bigint): bigint {
  const extension = mint.extensions.find(({ type }) => type === EXTENSION.transferFeeConfig);
  if (extension === undefined || !target.extensions.some(({ type }) => type === EXTENSION.transferFeeAmount)) return 0n;
  const reader = new ByteReader(extension.data, FEE_NEWER_MAXIMUM_OFFSET);
  const maximum = reader.u64();
  const fee = ceilDiv(amount * BigInt(reader.u16()), BPS);
  // biome-ignore lint/complexity/useMathMinMax: Math.min does not take bigint
  return fee > maximum ? maximum : fee;
}

/** The account with `fee` added to what it withholds for the mint's fee authority. */
function withhold(account: TokenAccount, fee: bigint): TokenAccount {
  if (fee === 0n) return account;
  const extensions = account.extensions.map((extension) => {
    if (extension.type !== EXTENSION.transferFeeAmount) return extension;
    return { ...extension, data: new ByteWriter().u64(new ByteReader(extension.data).u64() + fee).toBytes() };
  });
  return { ...account, extensions };
}

/** Burn and BurnChecked: account, mint, authority. */
export function burn(context: ProgramContext, amount: bigint, decimals: number | null): void {
  const address = accountAt(context, 0);
  const mintAddress = accountAt(context, 1);
  const authority = accountAt(context, 2);
  const source = tokenAccountOf(context, address);
  if (source.mint === WSOL_MINT) abortCustom(TOKEN_ERROR.nativeNotSupported);
  if (source.state === "frozen") abortCustom(TOKEN_ERROR.accountFrozen);
  if (source.mint !== mintAddress) abortCustom(TOKEN_ERROR.mintMismatch);
  const mint = mintOf(context, mintAddress);
  if (decimals !== null && decimals !== mint.decimals) abortCustom(TOKEN_ERROR.mintDecimalsMismatch);
  if (source.amount < amount) abortCustom(TOKEN_ERROR.insufficientFunds);
  authorize(context, source, authority, mint, amount);
  context.set(
    address,
    withTokenAccount(context.get(address), { ...spendDelegation(source, authority, amount), amount: source.amount - amount }),
  );
  context.set(mintAddress, withMint(context.get(mintAddress), { ...mint, supply: mint.supply - amount }));
}

/** CloseAccount: account, destination, authority. Lamports go to the destination. */
export function closeAccount(context: ProgramContext): void {
  const address = accountAt(context, 0);
  const destination = accountAt(context, 1);
  const authority = accountAt(context, 2);
  if (address === destination) abort("InvalidAccountData");
  const closing = tokenAccountOf(context, address);
  if (closing.nativeReserveLamports === null && closing.amount > 0n) abortCustom(TOKEN_ERROR.nonNativeHasBalance);
  if (authority !== (closing.closeAuthority ?? closing.owner)) abortCustom(TOKEN_ERROR.ownerMismatch);
  requireSigner(context, authority);
  const account = context.get(address);
  const target = context.get(destination);
  context.set(destination, { ...target, lamports: target.lamports + account.lamports });
  context.set(address, { owner: SYSTEM_PROGRAM, lamports: 0n, data: new Uint8Array(0), executable: false });
}

/** FreezeAccount and ThawAccount: account, mint, freeze authority. */
export function freezeOrThaw(context: ProgramContext, freeze: boolean): void {
  const address = accountAt(context, 0);
  const account = tokenAccountOf(context, address);
  const mint = mintOf(context, accountAt(context, 1));
  if (account.mint !== accountAt(context, 1)) abortCustom(TOKEN_ERROR.mintMismatch);
  if (mint.freezeAuthority === null) abortCustom(TOKEN_ERROR.mintCannotFreeze);
  if (mint.freezeAuthority !== accountAt(context, 2)) abortCustom(TOKEN_ERROR.ownerMismatch);
  requireSigner(context, mint.freezeAuthority);
  if ((account.state === "frozen") === freeze) abortCustom(TOKEN_ERROR.invalidState);
  context.set(address, withTokenAccount(context.get(address), { ...account, state: freeze ? "frozen" : "initialized" }));
}
