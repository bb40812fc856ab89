import { type Address, address, getAddressEncoder, getProgramDerivedAddress } from "@solana/kit";
import { type PublicKey, VersionedMessage } from "@solana/web3.js";
import type { Judgement } from "./policy.ts";
import type { SignerPolicy } from "./types.ts";

/*
 * A second opinion on signed messages, for tests: it shares no code with the signer. It decodes with
 * @solana/web3.js, derives every address with @solana/kit, names every instruction by its effect, and compares
 * whole account lists; the signer walks them in order against the bytes.
 */

const SYSTEM = address("11111111111111111111111111111111");
const COMPUTE = address("ComputeBudget111111111111111111111111111111");
const TOKEN = address("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
const TOKEN_2022 = address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
const ATA = address("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
const WSOL = address("So11111111111111111111111111111111111111112");
const PUMP = address("6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P");
const AMM = address("pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA");
const FEES = address("pfeeUxB6jkeY1Hxd7CsFCAjcbHA9rWtchMGdZ6VojVZ");

const encodeAddress = getAddressEncoder();
const texts = new Map<string, string>();
const derivations = new Map<string, Promise<Address>>();

function pda(program: Address, ...seeds: readonly (string | Uint8Array | { readonly key: string })[]): Promise<Address> {
  const id = `${program} ${JSON.stringify(seeds)}`;
  const known = derivations.get(id);
  if (known !== undefined) return known;
  const bytes = seeds.map((seed) =>
    typeof seed === "string" || seed instanceof Uint8Array ? seed : encodeAddress.encode(address(seed.key)),
  );
  const derived = getProgramDerivedAddress({ programAddress: program, seeds: bytes }).then(([found]) => found);
  derivations.set(id, derived);
  return derived;
}

function ata(owner: string, mint: string, tokenProgram: string): Promise<Address> {
  return pda(ATA, { key: owner }, { key: tokenProgram }, { key: mint });
}

/** Base58 is slow, and the keys recur. */
function textOf(key: PublicKey): string {
  const hex = Buffer.from(key.toBytes()).toString("hex");
  const text = texts.get(hex) ?? key.toBase58();
  texts.set(hex, text);
  return text;
}

interface Effect {
  readonly name: string;
  readonly accounts: readonly string[];
  readonly first: bigint;
  readonly second: bigint;
}

const EFFECTS: readonly (readonly [
  name: string,
  programs: readonly string[],
  hex: string,
  amounts: readonly number[],
  accounts: number | null,
])[] = [
  ["limit", [COMPUTE], "02", [4], 0],
  ["price", [COMPUTE], "03", [8], 0],
  ["pay", [SYSTEM], "02000000", [8], 2],
  ["create", [ATA], "00", [], 6],
  ["ensure", [ATA], "01", [], 6],
  ["sync", [TOKEN], "11", [], 1],
  ["close", [TOKEN, TOKEN_2022], "09", [], 3],
  ["pool buy", [AMM], "c62e1552b4d9e870", [8, 8, 1], null],
  ["pool sell", [AMM], "33e685a4017f83ad", [8, 8], null],
  ["curve buy exact out", [PUMP], "66063d1201daebea", [8, 8, 1], null],
  ["curve buy exact in", [PUMP], "38fc74089edfcd5f", [8, 8, 1], null],
  ["curve sell", [PUMP], "33e685a4017f83ad", [8, 8], null],
];

function effectOf(program: string, accounts: readonly string[], data: Uint8Array): Effect | null {
  const hex = Buffer.from(data).toString("hex");
  for (const [name, programs, prefix, amounts, count] of EFFECTS) {
    const length = prefix.length / 2 + amounts.reduce((sum, size) => sum + size, 0);
    if (!programs.includes(program) || !hex.startsWith(prefix) || data.length !== length) continue;
    if (count !== null && accounts.length !== count) continue;
    let offset = prefix.length / 2;
    const values = amounts.map((size) => {
      const bytes = data.slice(offset, offset + size).reverse();
      offset += size;
      return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
    });
    if (amounts.length === 3 && (values[2] ?? 2n) > 1n) return null;
    return { name: name === "close" ? `close ${program}` : name, accounts, first: values[0] ?? 0n, second: values[1] ?? 0n };
  }
  return null;
}

/**
 * Everything about a signed message that the policy forbids, for people; empty when there is nothing.
 * `judgement` is what the signer said of it, which must not understate what it costs.
 */
export async function forbiddenIn(
  bytes: Uint8Array,
  wallet: string,
  policy: SignerPolicy,
  judgement: Pick<Judgement, "kind" | "spendLamports">,
): Promise<string[]> {
  const found: string[] = [];
  const check = (holds: boolean, what: string): void => {
    if (!holds) found.push(what);
  };
  const message = VersionedMessage.deserialize(bytes);
  check(Buffer.from(message.serialize()).equals(Buffer.from(bytes)), "does not encode to the same bytes");
  check(message.addressTableLookups.length === 0, "lookup tables");
  check(message.header.numRequiredSignatures === 1 && message.header.numReadonlySignedAccounts === 0, "signers");
  const keys: readonly string[] = message.staticAccountKeys.map(textOf);
  check(keys[0] === wallet, "fee payer");
  check(new Set(keys).size === keys.length, "duplicate keys");

  const effects: Effect[] = [];
  for (const { programIdIndex, accountKeyIndexes, data } of message.compiledInstructions) {
    const accounts = Array.from(accountKeyIndexes, (index) => keys[index] ?? "out of range");
    const effect = effectOf(keys[programIdIndex] ?? "out of range", accounts, Uint8Array.from(data));
    if (effect === null) return [...found, `foreign instruction of ${keys[programIdIndex]}`];
    effects.push(effect);
  }
  const names = effects.map(({ name }) => name);
  const all = (name: string): Effect[] => effects.filter((effect) => effect.name === name);
  const closes = effects.filter(({ name }) => name.startsWith("close "));
  check(all("limit").length === 1 && all("price").length === 1, "one unit limit and one price");
  const ownWsol = await ata(wallet, WSOL, TOKEN);
  const payments = all("pay");
  const tips = payments.filter(({ accounts: [, to] }) => policy.tipAccounts.includes(to ?? ""));
  const wraps = payments.filter(({ accounts: [, to] }) => to === ownWsol);
  const sweeps = payments.filter(({ accounts: [, to] }) => to === policy.sweepAddress);
  check(payments.length === tips.length + wraps.length + sweeps.length, "pays a stranger");
  check(
    payments.every(({ accounts: [from] }) => from === wallet),
    "pays from elsewhere",
  );
  check(tips.length <= 1, "more than one tip");
  check(
    closes.every(({ accounts: [, to, owner] }) => to === wallet && owner === wallet),
    "closes to a stranger",
  );

  const priorityMicro = (all("limit")[0]?.first ?? 0n) * (all("price")[0]?.first ?? 0n);
  const fee = 5_000n + priorityMicro / 1_000_000n + (priorityMicro % 1_000_000n > 0n ? 1n : 0n) + (tips[0]?.first ?? 0n);
  check(fee <= policy.maxFeePerTxLamports, "fee cap");

  const trades = effects.filter(({ name }) => name.startsWith("pool") || name.startsWith("curve"));
  const [trade] = trades;
  check(trades.length <= 1, "more than one trade");
  let leaves = fee + sweeps.reduce((sum, { first }) => sum + first, 0n);
  if (trade === undefined) {
    check(wraps.length === 0 && tips.length === 0 && all("sync").length === 0, "pays without a trade");
    check(all("create").length + all("ensure").length === 0, "creates accounts without a trade");
    check((sweeps.length === 1) !== closes.length > 0 && sweeps.length <= 1, "neither a sweep nor a closing");
    check(judgement.kind === (sweeps.length === 1 ? "sweep" : "exit"), "kind");
  } else {
    check(sweeps.length === 0, "sweeps beside a trade");
    const buys = trade.name.includes("buy");
    const pool = trade.name.startsWith("pool");
    check(judgement.kind === (buys ? "entry" : "exit"), "kind");
    const [mint, tokenProgram] = mintOf(trade);
    check(mint !== WSOL && (tokenProgram === TOKEN || tokenProgram === TOKEN_2022), "mint or token program");
    const ownBase = await ata(wallet, mint, tokenProgram);
    const lists = await Promise.all(
      [false, true].flatMap((cashback) => [false, true].map((v2) => accountsOf(trade, wallet, mint, tokenProgram, cashback, v2))),
    );
    check(
      lists.some((list) => list.join() === trade.accounts.join()),
      `accounts of the ${trade.name}`,
    );
    const [quote, base] =
      trade.name === "pool buy" || trade.name === "curve buy exact in" ? [trade.first, trade.second] : [trade.second, trade.first];
    check(base > 0n && (buys || quote > 0n), "accepts nothing in return");
    const creates = (name: string, account: string, coin: string, program: string): boolean =>
      all(name).length === 1 && all(name)[0]?.accounts.join() === [wallet, account, wallet, coin, SYSTEM, program].join();
    check(all("ensure").length === (pool ? 1 : 0) && (!pool || creates("ensure", ownWsol, WSOL, TOKEN)), "wrapped-SOL account");
    check(all("create").length === (buys ? 1 : 0) && (!buys || creates("create", ownBase, mint, tokenProgram)), "coin account");
    const closesBase = closes.filter(({ name, accounts: [account] }) => account === ownBase && name === `close ${tokenProgram}`);
    const closesWsol = closes.filter(({ name, accounts: [account] }) => account === ownWsol && name === `close ${TOKEN}`);
    check(closes.length === closesBase.length + closesWsol.length, "closes another account");
    check(closesWsol.length === (pool ? 1 : 0) && closesBase.length <= (buys ? 0 : 1), "closings");
    const tradeAt = effects.indexOf(trade);
    check(
      closes.every((close) => effects.indexOf(close) > tradeAt),
      "closes before the trade",
    );
    check(
      effects.slice(0, tradeAt).length >= names.filter((name) => ["create", "ensure", "sync"].includes(name)).length,
      "creates after the trade",
    );
    if (buys) {
      check(quote <= policy.maxSpendPerTxLamports, "spend cap");
      leaves += quote;
      check(wraps.length === (pool ? 1 : 0) && all("sync").length === wraps.length, "wraps");
      check(!pool || (wraps[0]?.first === quote && all("sync")[0]?.accounts[0] === ownWsol), "wraps what it spends");
      const order = ["create", "ensure", "pay", "sync", "pool buy"].map((name) => names.indexOf(name));
      check(!pool || order.every((position, i) => i === 0 || position > (order[i - 1] ?? -1)), "order of a buy");
    } else {
      check(wraps.length === 0 && all("sync").length === 0, "wraps in a sale");
    }
  }
  check(judgement.spendLamports >= leaves, `says ${judgement.spendLamports} leave, ${leaves} do`);
  return found;
}

function mintOf({ name, accounts }: Effect): [mint: string, tokenProgram: string] {
  const [mintIndex, programIndex] = name.startsWith("pool") ? [3, 11] : [2, name === "curve sell" ? 9 : 8];
  return [accounts[mintIndex] ?? SYSTEM, accounts[programIndex] ?? SYSTEM];
}

/** The whole list as the programs' IDLs and the SDKs have it, with the message's own fee receivers in it. */
async function accountsOf(
  { name, accounts }: Effect,
  wallet: string,
  mint: string,
  tokenProgram: string,
  cashback: boolean,
  poolV2: boolean,
): Promise<string[]> {
  const at = (index: number): string => accounts.at(index) ?? SYSTEM;
  const foreign = (index: number): string => (at(index) === wallet ? "our own wallet" : at(index));
  const wsolOf = (owner: string): Promise<Address> => ata(owner, WSOL, TOKEN);
  const buys = name.includes("buy");
  const program = name.startsWith("pool") ? AMM : PUMP;
  const [eventAuthority, volume, userVolume, feeConfig] = await Promise.all([
    pda(program, "__event_authority"),
    pda(program, "global_volume_accumulator"),
    pda(program, "user_volume_accumulator", { key: wallet }),
    pda(FEES, "fee_config", { key: program }),
  ]);
  if (program === PUMP) {
    const curve = await pda(PUMP, "bonding-curve", { key: mint });
    const ownBase = await ata(wallet, mint, tokenProgram);
    const global = await pda(PUMP, "global");
    const creatorVault = foreign(buys ? 9 : 8);
    return [
      ...[global, foreign(1), mint, curve, await ata(curve, mint, tokenProgram), ownBase, wallet, SYSTEM],
      ...(buys ? [tokenProgram, creatorVault] : [creatorVault, tokenProgram]),
      ...[eventAuthority, PUMP],
      ...(buys ? [volume, userVolume] : []),
      ...[feeConfig, FEES],
      ...(cashback && !buys ? [userVolume] : []),
      ...[await pda(PUMP, "bonding-curve-v2", { key: mint }), foreign(-1)],
    ];
  }
  const authority = await pda(PUMP, "pool-authority", { key: mint });
  const pool = await pda(AMM, "pool", Uint8Array.of(0, 0), { key: authority }, { key: mint }, { key: WSOL });
  return [
    ...[pool, wallet, await pda(AMM, "global_config"), mint, WSOL],
    ...[await ata(wallet, mint, tokenProgram), await wsolOf(wallet), await ata(pool, mint, tokenProgram), await wsolOf(pool)],
    ...[foreign(9), await wsolOf(at(9)), tokenProgram, TOKEN, SYSTEM, ATA, eventAuthority, AMM],
    ...[await wsolOf(at(18)), foreign(18)],
    ...(buys ? [volume, userVolume] : []),
    ...[feeConfig, FEES],
    ...(cashback ? [await wsolOf(userVolume), ...(buys ? [] : [userVolume])] : []),
    ...(poolV2 ? [await pda(AMM, "pool-v2", { key: mint })] : []),
    ...[foreign(-2), await wsolOf(at(-2))],
  ];
}
