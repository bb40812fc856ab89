import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressFromBytes, associatedTokenAddress } from "../../solana/address.ts";
import { PUMP_SWAP_PROGRAM, SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../solana/programs.ts";
import { EXTENSION, type Extension, encodeMint, encodeTokenAccount, type Mint, plainTokenAccount } from "../../solana/token.ts";
import type { AccountData } from "../market.ts";
import { creatorAccounts, judgeRug, type RugRead, type RugTerms, rugBaseline } from "./rug.ts";

const SEED = 20_261_121;
const KEYS = { mint: addressFromBytes(new Uint8Array(32).fill(11)), pool: addressFromBytes(new Uint8Array(32).fill(12)) };
const CREATOR = "39azUYFWPz3VHgKCf3VChUwbpURdCHRxjWVowf5jUJjg";
const OTHER = "So11111111111111111111111111111111111111112";
const TERMS: RugTerms = { mint: KEYS.mint, pool: KEYS.pool, creator: CREATOR, creatorSellBps: 5_000 };
const PLAIN: Mint = {
  mintAuthority: null,
  supply: 1_000_000_000_000_000n,
  decimals: 6,
  isInitialized: true,
  freezeAuthority: null,
  extensions: [],
};

function mintAccount(changes: Partial<Mint> = {}, owner = TOKEN_2022_PROGRAM): AccountData {
  return { owner, data: encodeMint({ ...PLAIN, ...changes }) };
}

function held(amount: bigint, owner = CREATOR, mint = KEYS.mint): AccountData {
  return { owner: TOKEN_2022_PROGRAM, data: encodeTokenAccount(plainTokenAccount(mint, owner, amount, true)) };
}

function read(changes: Partial<RugRead> = {}): RugRead {
  return { slot: 100, atMs: 1_000_000, mint: mintAccount(), creatorAccounts: [held(1_000n)], ...changes };
}

function baseline(changes: Partial<RugRead> = {}, terms = TERMS) {
  const made = rugBaseline(terms, read(changes));
  if (made === null) throw new Error("no baseline");
  return made;
}

/** Reasons that a later read gives. */
function reasons(changes: Partial<RugRead>, before = baseline(), terms = TERMS): string[] {
  return judgeRug(terms, before, read({ slot: 101, ...changes })).map(({ reason }) => reason);
}

function extension(type: number, bytes: number, fill = 0): Extension {
  return { type, data: new Uint8Array(bytes).fill(fill) };
}

describe("creator", () => {
  const SOLD = ["EXIT_CREATOR_SOLD"];
  const shares: Array<[string, AccountData, string[]]> = [
    ["holds all", held(1_000n), []],
    ["bought more", held(9_000n), []],
    ["sold a little less than the share", held(501n), []],
    ["sold the share exactly", held(500n), SOLD],
    ["sold everything", held(0n), SOLD],
    ["closed the account", null, SOLD],
    ["closed it, and somebody sent lamports there", { owner: SYSTEM_PROGRAM, data: new Uint8Array() }, SOLD],
    ["gave the account away", held(1_000n, OTHER), SOLD],
    ["has an account that cannot be read", { owner: TOKEN_2022_PROGRAM, data: new Uint8Array(7) }, []],
    ["has an account of another mint", held(0n, CREATOR, OTHER), []],
    ["has an account of another program", { owner: PUMP_SWAP_PROGRAM, data: new Uint8Array(165) }, []],
  ];
  test.each(shares)("%s", (_name, account, expected) => {
    expect(reasons({ creatorAccounts: [account] })).toEqual(expected);
  });

  test("the alert names pool, slot, time and figures", () => {
    const [alert] = judgeRug(TERMS, baseline(), read({ slot: 105, atMs: 1_002_000, creatorAccounts: [held(10n)] }));
    expect(alert).toEqual({
      pool: KEYS.pool,
      reason: "EXIT_CREATOR_SOLD",
      slot: 105,
      atMs: 1_002_000,
      detail: "the creator holds 10 of 1000 base units: 9900 bps are gone",
    });
  });

  test("who held nothing can sell nothing", () => {
    for (const account of [null, held(0n)]) {
      const before = baseline({ creatorAccounts: [account] });
      expect(before.creatorAmount).toBe(0n);
      expect(reasons({ creatorAccounts: [null] }, before)).toEqual([]);
    }
  });

  test("both programs' accounts are asked for until the coin's is known, and counted together", () => {
    const both = creatorAccounts(CREATOR, KEYS.mint, null);
    expect(both).toEqual([TOKEN_PROGRAM, TOKEN_2022_PROGRAM].map((program) => associatedTokenAddress(CREATOR, KEYS.mint, program)));
    expect(creatorAccounts(CREATOR, KEYS.mint, TOKEN_2022_PROGRAM)).toEqual([both[1]]);
    expect(creatorAccounts(null, KEYS.mint, null)).toEqual([]);
    expect(baseline({ creatorAccounts: [null, held(70n)] }).creatorAmount).toBe(70n);
  });

  test("an unreadable account is no baseline: the next read makes one", () => {
    expect(rugBaseline(TERMS, read({ creatorAccounts: [{ owner: TOKEN_PROGRAM, data: new Uint8Array(1) }] }))).toBeNull();
    expect(rugBaseline(TERMS, read({ creatorAccounts: [] }))).toBeNull();
    expect(rugBaseline(TERMS, read({ mint: null }))).toBeNull();
  });

  test("without a known creator only the mint is watched", () => {
    const terms = { ...TERMS, creator: null };
    const before = baseline({ creatorAccounts: [] }, terms);
    expect(reasons({ creatorAccounts: [] }, before, terms)).toEqual([]);
    expect(reasons({ creatorAccounts: [], mint: mintAccount({ freezeAuthority: OTHER }) }, before, terms)).toEqual(["EXIT_MINT_CHANGED"]);
  });

  test("an alert comes exactly from the share on, for any amounts", () => {
    const amount = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(
        amount,
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.integer({ min: 100, max: 10_000 }),
        (before, now, creatorSellBps) => {
          const terms = { ...TERMS, creatorSellBps };
          const got = reasons({ creatorAccounts: [held(now)] }, baseline({ creatorAccounts: [held(before)] }, terms), terms);
          const isSold = now < before && (before - now) * 10_000n >= before * BigInt(creatorSellBps);
          expect(got).toEqual(isSold ? SOLD : []);
        },
      ),
      { seed: SEED },
    );
  });
});

describe("mint", () => {
  const CHANGED = ["EXIT_MINT_CHANGED"];
  const fees = (withheld: number, bps: number): Extension => {
    const data = new Uint8Array(108);
    data[64] = withheld;
    data[106] = bps;
    return { type: EXTENSION.transferFeeConfig, data };
  };
  const cases: Array<[string, Partial<Mint>, Partial<Mint>, string[]]> = [
    ["nothing", {}, {}, []],
    ["a burn", {}, { supply: 900n }, []],
    ["newly minted tokens", {}, { supply: PLAIN.supply + 1n }, CHANGED],
    ["a mint authority", {}, { mintAuthority: OTHER }, CHANGED],
    ["a mint authority given up", { mintAuthority: OTHER }, {}, CHANGED],
    ["a freeze authority", {}, { freezeAuthority: OTHER }, CHANGED],
    ["decimals", {}, { decimals: 9 }, CHANGED],
    ["an added hook", {}, { extensions: [extension(EXTENSION.transferHook, 64)] }, CHANGED],
    ["a removed hook", { extensions: [extension(EXTENSION.transferHook, 64)] }, {}, CHANGED],
    [
      "another hook",
      { extensions: [extension(EXTENSION.transferHook, 64)] },
      { extensions: [extension(EXTENSION.transferHook, 64, 9)] },
      CHANGED,
    ],
    ["a higher fee", { extensions: [fees(0, 1)] }, { extensions: [fees(0, 2)] }, CHANGED],
    ["withheld fees", { extensions: [fees(0, 1)] }, { extensions: [fees(77, 1)] }, []],
    ["a pause", { extensions: [extension(EXTENSION.pausable, 33)] }, { extensions: [extension(EXTENSION.pausable, 33, 1)] }, CHANGED],
    [
      "another name",
      { extensions: [extension(EXTENSION.tokenMetadata, 80)] },
      { extensions: [extension(EXTENSION.tokenMetadata, 90, 1)] },
      [],
    ],
    ["an added name", {}, { extensions: [extension(EXTENSION.tokenMetadata, 80)] }, []],
    ["an unknown extension", {}, { extensions: [extension(900, 4)] }, CHANGED],
    [
      "the order of extensions",
      { extensions: [extension(EXTENSION.pausable, 33), extension(EXTENSION.transferHook, 64)] },
      { extensions: [extension(EXTENSION.transferHook, 64), extension(EXTENSION.pausable, 33)] },
      [],
    ],
  ];
  test.each(cases)("%s", (_name, before, after, expected) => {
    expect(reasons({ mint: mintAccount(after) }, baseline({ mint: mintAccount(before) }))).toEqual(expected);
  });

  test.each<[string, AccountData]>([
    ["no account", null],
    ["an account of another program", { owner: SYSTEM_PROGRAM, data: encodeMint(PLAIN) }],
    ["cut bytes", { owner: TOKEN_2022_PROGRAM, data: encodeMint(PLAIN).slice(0, 40) }],
    ["a mint that is not initialised", mintAccount({ isInitialized: false })],
  ])("%s says nothing", (_name, mint) => {
    expect(reasons({ mint })).toEqual([]);
  });

  test("the other token program is a change", () => {
    expect(reasons({ mint: mintAccount({}, TOKEN_PROGRAM) })).toEqual(CHANGED);
  });

  test("both alerts may come of one read, and the detail names each change", () => {
    const alerts = judgeRug(
      TERMS,
      baseline(),
      read({ mint: mintAccount({ mintAuthority: OTHER, supply: PLAIN.supply + 5n }), creatorAccounts: [null] }),
    );
    expect(alerts.map(({ reason }) => reason)).toEqual(["EXIT_CREATOR_SOLD", "EXIT_MINT_CHANGED"]);
    expect(alerts[1]?.detail).toBe(`mintAuthority was none, is ${OTHER}; 5 base units were minted`);
  });

  test("a node that lags behind the baseline says nothing, a baseline of a made-up slot blinds nobody", () => {
    const changed = { mint: mintAccount({ mintAuthority: OTHER }) };
    expect(reasons({ ...changed, slot: 99 })).toEqual([]);
    expect(reasons({ ...changed, slot: 100 })).toEqual(CHANGED);
    expect(reasons({ ...changed, slot: 99, atMs: 1_030_000 })).toEqual(CHANGED);
  });
});
