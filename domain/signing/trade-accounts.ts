import { ok, type Result, refuse } from "../result.ts";
import type { TradeInstruction, TradeKind } from "./instructions.ts";
import { addressOf, KEYS, type Key, sameKey } from "./keys.ts";
import { isAssociatedToken, isCanonicalPool, isProgramAddress, type Seed } from "./program-address.ts";

/** Index of the user volume accumulator in a pool buy (IDL). */
const POOL_BUY_USER_VOLUME = 20;

/** What a trade's accounts say, once each was found to be ours, fixed, or derived from the mint. */
export interface TradeAccounts {
  readonly mint: Key;
  readonly tokenProgram: Key;
  /** Our token account of the mint. */
  readonly baseAccount: Key;
  readonly cashback: boolean;
}

/** An account list as it is walked: every take must hold, in order, and nothing may be left. */
class AccountList {
  readonly #accounts: readonly Key[];
  #next = 0;

  constructor(accounts: readonly Key[]) {
    this.#accounts = accounts;
  }

  at(index: number): Key {
    const key = this.#accounts[index];
    if (key === undefined) throw new AccountMismatch(`account ${index} is missing`);
    return key;
  }

  take(name: string, holds: (key: Key) => boolean): Key {
    const key = this.at(this.#next);
    if (!holds(key)) throw new AccountMismatch(`${name} is ${addressOf(key)}`);
    this.#next++;
    return key;
  }

  /** Takes the next account when it is the one; tells whether it was. */
  takeIf(holds: (key: Key) => boolean): boolean {
    const key = this.#accounts[this.#next];
    if (key === undefined || !holds(key)) return false;
    this.#next++;
    return true;
  }

  /** The account `ahead` of the next one, null past the end. */
  peek(ahead: number): Key | null {
    return this.#accounts[this.#next + ahead] ?? null;
  }

  end(): void {
    if (this.#next !== this.#accounts.length) throw new AccountMismatch("accounts after the last one");
  }
}

class AccountMismatch extends Error {}

/**
 * Checks every account of a trade. Three kinds cannot be derived from the message: protocol-fee and
 * buyback recipients, which the programs compare with lists in their configuration, and the creator's
 * fee vault, whose seed is in the pool or curve and which the programs derive again. Whoever they
 * are, they get a share of the fees inside the amount limits. Of them we can hold only that they are
 * not ours and that their wrapped-SOL accounts are the recipients' own.
 * Account order and seeds: the programs' IDLs; accounts after them as the official SDKs append them.
 * Refuses with SIGN_ACCOUNT.
 */
export function checkTradeAccounts(trade: TradeInstruction, wallet: Key): Result<TradeAccounts> {
  try {
    const list = new AccountList(trade.accounts);
    const accounts = trade.kind.startsWith("pool-") ? takePoolTrade(list, trade.kind, wallet) : takeCurveTrade(list, trade.kind, wallet);
    list.end();
    return ok(accounts);
  } catch (error) {
    if (error instanceof AccountMismatch) return refuse("SIGN_ACCOUNT", `${trade.kind}: ${error.message}`);
    throw error;
  }
}

type Holds = (key: Key) => boolean;
const is =
  (expected: Key): Holds =>
  (key) =>
    sameKey(key, expected);
const not =
  (...ours: readonly Key[]): Holds =>
  (key) =>
    !ours.some((own) => sameKey(key, own));
const associated =
  (owner: Key, mint: Key, tokenProgram: Key): Holds =>
  (key) =>
    isAssociatedToken(key, owner, mint, tokenProgram);
const derived =
  (program: Key, ...seeds: readonly Seed[]): Holds =>
  (key) =>
    isProgramAddress(key, program, ...seeds);
const isTokenProgram: Holds = (key) => sameKey(key, KEYS.token) || sameKey(key, KEYS.token2022);

function takePoolTrade(list: AccountList, kind: TradeKind, wallet: Key): TradeAccounts {
  const mint = list.at(3);
  const tokenProgram = list.at(11);
  const creatorAuthority = list.at(18);
  const wsolOf = (owner: Key): Holds => associated(owner, KEYS.wsol, KEYS.token);
  const takeRecipient = (name: string): void => {
    const recipient = list.take(name, not(wallet));
    list.take(`account of the ${name}`, wsolOf(recipient));
  };

  const pool = list.take("pool", (key) => isCanonicalPool(key, mint));
  list.take("user", is(wallet));
  list.take("global config", is(KEYS.pumpSwapGlobalConfig));
  list.take("base mint", not(KEYS.wsol));
  list.take("quote mint", is(KEYS.wsol));
  const baseAccount = list.take("user base account", associated(wallet, mint, tokenProgram));
  list.take("user quote account", wsolOf(wallet));
  list.take("pool base account", associated(pool, mint, tokenProgram));
  list.take("pool quote account", wsolOf(pool));
  takeRecipient("protocol fee recipient");
  list.take("base token program", isTokenProgram);
  list.take("quote token program", is(KEYS.token));
  list.take("system program", is(KEYS.system));
  list.take("associated token program", is(KEYS.associatedToken));
  list.take("event authority", is(KEYS.pumpSwapEventAuthority));
  list.take("program", is(KEYS.pumpSwap));
  list.take("creator vault", wsolOf(creatorAuthority));
  list.take("creator vault authority", not(wallet));
  const isUserVolume = derived(KEYS.pumpSwap, "user_volume_accumulator", wallet);
  if (kind === "pool-buy") {
    list.take("global volume accumulator", derived(KEYS.pumpSwap, "global_volume_accumulator"));
    list.take("user volume accumulator", isUserVolume);
  }
  list.take("fee config", is(KEYS.pumpSwapFeeConfig));
  list.take("fee program", is(KEYS.pumpFees));
  // Tried first because nearly every pool has it: what does not match costs a derivation for every bump.
  const takePoolV2 = (): boolean => list.takeIf(derived(KEYS.pumpSwap, "pool-v2", mint));
  let cashback = false;
  if (!takePoolV2()) {
    cashback = takeCashback(list, kind, isUserVolume);
    takePoolV2();
  }
  takeRecipient("buyback recipient");
  return { mint, tokenProgram, baseAccount, cashback };
}

/** Of a cashback coin, a buy names the wrapped-SOL account of our volume accumulator, and a sale the accumulator after it. */
function takeCashback(list: AccountList, kind: TradeKind, isUserVolume: Holds): boolean {
  const buy = kind === "pool-buy";
  const userVolume = buy ? list.at(POOL_BUY_USER_VOLUME) : list.peek(1);
  if (userVolume === null || !isUserVolume(userVolume)) return false;
  if (!list.takeIf(associated(userVolume, KEYS.wsol, KEYS.token))) return false;
  if (!buy) list.take("user volume accumulator", isUserVolume);
  return true;
}

function takeCurveTrade(list: AccountList, kind: TradeKind, wallet: Key): TradeAccounts {
  const buy = kind === "curve-buy";
  const mint = list.at(2);
  const tokenProgram = list.at(buy ? 8 : 9);
  const baseAccount = list.at(5);
  const stranger = not(wallet, baseAccount);

  list.take("global", is(KEYS.pumpGlobal));
  list.take("fee recipient", stranger);
  list.take("mint", not(KEYS.wsol));
  const curve = list.take("bonding curve", derived(KEYS.pump, "bonding-curve", mint));
  list.take("curve's account", associated(curve, mint, tokenProgram));
  list.take("user base account", associated(wallet, mint, tokenProgram));
  list.take("user", is(wallet));
  list.take("system program", is(KEYS.system));
  if (buy) list.take("token program", isTokenProgram);
  list.take("creator vault", stranger);
  if (!buy) list.take("token program", isTokenProgram);
  list.take("event authority", is(KEYS.pumpEventAuthority));
  list.take("program", is(KEYS.pump));
  const isUserVolume = derived(KEYS.pump, "user_volume_accumulator", wallet);
  if (buy) {
    list.take("global volume accumulator", derived(KEYS.pump, "global_volume_accumulator"));
    list.take("user volume accumulator", isUserVolume);
  }
  list.take("fee config", is(KEYS.pumpFeeConfig));
  list.take("fee program", is(KEYS.pumpFees));
  const cashback = !buy && list.takeIf(isUserVolume);
  list.take("curve v2", derived(KEYS.pump, "bonding-curve-v2", mint));
  list.take("buyback recipient", stranger);
  return { mint, tokenProgram, baseAccount, cashback };
}
