import { describe, expect, test } from "vitest";
import { ok, refuse } from "../../domain/result.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../../domain/solana/programs.ts";
import { encodeTokenAccount, plainTokenAccount } from "../../domain/solana/token.ts";
import type { Address } from "../../domain/units.ts";
import { readWalletAgreeing } from "./read-wallet.ts";
import type { AccountInfo, Provider, Rpc } from "./types.ts";

const WALLET = "39azUYFWPz3VHgKCf3VChUwbpURdCHRxjWVowf5jUJjg";
const COIN = "So11111111111111111111111111111111111111112";
const pause = async () => {};

function provider(accounts: ReadonlyMap<Address, AccountInfo>, calls: Address[][] = []): Provider {
  const rpc: Partial<Rpc> = {
    getAccounts: async (addresses) => {
      calls.push([...addresses]);
      return ok({ slot: 5, accounts: addresses.map((address) => accounts.get(address) ?? null) });
    },
  };
  return { name: "one", rpc: rpc as Rpc };
}

function holding(amount: bigint, program = TOKEN_2022_PROGRAM, mint = COIN): readonly [Address, AccountInfo] {
  const data = encodeTokenAccount(plainTokenAccount(mint, WALLET, amount));
  return [associatedTokenAddress(WALLET, COIN, program), { owner: program, lamports: 2_039_280n, data }];
}

const own = (lamports: bigint): readonly [Address, AccountInfo] => [WALLET, { owner: "1".repeat(32), lamports, data: new Uint8Array() }];

describe("a wallet as all providers see it", () => {
  test("one call each: lamports, and tokens with either program", async () => {
    const calls: Address[][] = [];
    const accounts = new Map([own(7n), holding(5n), holding(3n, TOKEN_PROGRAM)]);
    const both = [provider(accounts, calls), provider(accounts, calls)];
    const read = await readWalletAgreeing(both, WALLET, [COIN, WSOL_MINT, COIN], pause);
    expect(read).toEqual(ok({ lamports: 7n, tokens: new Map([[COIN, 8n]]) }));
    expect(calls.length).toBe(2);
    expect(calls[0]?.length).toBe(3);
  });

  test("what does not exist holds nothing, and lamports at a token address are no tokens", async () => {
    const dust = new Map([
      [associatedTokenAddress(WALLET, COIN, TOKEN_PROGRAM), { owner: "1".repeat(32), lamports: 1n, data: new Uint8Array() }],
    ]);
    expect(await readWalletAgreeing([provider(dust)], WALLET, [COIN], pause)).toEqual(ok({ lamports: 0n, tokens: new Map([[COIN, 0n]]) }));
  });

  test.each<[string, readonly Provider[], readonly Address[], string]>([
    [
      "one provider fails",
      [provider(new Map([own(7n)])), { name: "two", rpc: { getAccounts: async () => refuse("RPC_UNAVAILABLE") } as never }],
      [],
      "RPC_UNAVAILABLE",
    ],
    ["they differ", [provider(new Map([own(7n)])), provider(new Map([own(8n)]))], [], "RPC_DISAGREEMENT"],
    [
      "an account cannot be read",
      [provider(new Map([[holding(1n)[0], { owner: TOKEN_2022_PROGRAM, lamports: 1n, data: new Uint8Array(9) }]]))],
      [COIN],
      "TOKEN_ACCOUNT_MALFORMED",
    ],
    ["an account is of another mint", [provider(new Map([holding(1n, TOKEN_2022_PROGRAM, WALLET)]))], [COIN], "TOKEN_ACCOUNT_MALFORMED"],
    ["too many are asked for", [provider(new Map())], Array.from({ length: 50 }, (_, i) => `${i}`), "REQUEST_INVALID"],
  ])("is a refusal when %s", async (_name, providers, mints, reason) => {
    expect(await readWalletAgreeing(providers, WALLET, mints, pause)).toMatchObject({ ok: false, reason });
  });
});
