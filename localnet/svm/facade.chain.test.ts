import { describe, expect, test } from "vitest";
import { HELIUS_TIP_ACCOUNTS } from "../../domain/signing/tip-accounts.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { encodeBase64 } from "../../domain/solana/base64.ts";
import {
  closeAccount,
  createAssociatedToken,
  createAssociatedTokenIdempotent,
  setComputeUnitLimit,
  setComputeUnitPrice,
  syncNative,
  systemTransfer,
} from "../../domain/solana/instructions.ts";
import { TOKEN_PROGRAM, WSOL_MINT } from "../../domain/solana/programs.ts";
import { labelAddress } from "../chain/fixture.ts";
import type { TestNode } from "../testing/node.ts";
import { IS_WITHOUT_PROGRAMS, land, newWallet, svmNode, typescriptNode } from "./pair.ts";
import { start } from "./server.ts";

interface Reply {
  readonly result?: { readonly value?: unknown } & Record<string, unknown>;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: { readonly err: unknown; readonly logs: readonly string[] };
  };
}

const LOOSE = { encoding: "base64", skipPreflight: true, maxRetries: 0 };
const payee = labelAddress("payee");

function caller(node: TestNode) {
  return async (method: string, params: readonly unknown[] = [], path = "/rpc"): Promise<Reply> => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    return (await (await node.fetch(new Request(`http://node.test${path}`, { method: "POST", body }))).json()) as Reply;
  };
}

function world(node: TestNode) {
  const wallet = newWallet("wallet");
  node.fund(wallet.address, 5_000_000_000n);
  const sign = (instructions: Parameters<typeof wallet.sign>[0], blockhash = node.chain.latestBlockhash().blockhash) => {
    const { wire, signature } = wallet.sign(instructions, blockhash);
    return { wire: encodeBase64(wire), bytes: wire, signature };
  };
  return { call: caller(node), wallet, sign };
}

const ENGINES = [
  ["the real programs", svmNode],
  ["the TypeScript programs", typescriptNode],
] as const;

describe.skipIf(IS_WITHOUT_PROGRAMS).each(ENGINES)("JSON-RPC over %s", (_, open) => {
  test("a blockhash lives 150 slots: at +150 a transaction lands, at +151 preflight refuses it and without preflight it vanishes", async () => {
    const node = open("window");
    const { call, wallet, sign } = world(node);
    const { value } = (await call("getLatestBlockhash", [{ commitment: "confirmed" }])).result ?? {};
    const { blockhash, lastValidBlockHeight } = value as { blockhash: string; lastValidBlockHeight: number };
    const early = sign([systemTransfer(wallet.address, payee, 1_000_000_000n)], blockhash);
    const late = sign([systemTransfer(wallet.address, payee, 2_000_000_000n)], blockhash);
    node.tick(149);
    await call("sendTransaction", [early.wire, LOOSE]);
    node.tick();
    expect(await call("getBlockHeight", [{ commitment: "confirmed" }])).toMatchObject({ result: lastValidBlockHeight });
    expect(await call("isBlockhashValid", [blockhash])).toMatchObject({ result: { value: true } });
    expect(node.chain.account(payee)?.lamports).toBe(1_000_000_000n);
    node.tick();
    expect(await call("isBlockhashValid", [blockhash])).toMatchObject({ result: { value: false } });
    expect(await call("sendTransaction", [late.wire, { encoding: "base64" }])).toMatchObject({
      error: { code: -32_002, data: { err: "BlockhashNotFound" } },
    });
    expect(await call("sendTransaction", [late.wire, LOOSE])).toMatchObject({ result: late.signature });
    node.tick(3);
    expect(await call("getSignatureStatuses", [[early.signature, late.signature], { searchTransactionHistory: true }])).toMatchObject({
      result: { value: [{ err: null, confirmationStatus: "confirmed" }, null] },
    });
    expect(node.chain.account(payee)?.lamports).toBe(1_000_000_000n);
  });

  test("five sends of one transaction, two of them dropped, have one effect", async () => {
    const node = open("five");
    const { call, wallet, sign } = world(node);
    const { wire, signature } = sign([systemTransfer(wallet.address, payee, 1_000_000_000n)]);
    for (let i = 0; i < 5; i++) {
      node.setFaults({ drop: i === 1 || i === 3 ? 1 : 0 });
      expect(await call("sendTransaction", [wire, LOOSE])).toMatchObject({ result: signature });
    }
    node.tick(3);
    expect(node.chain.account(payee)?.lamports).toBe(1_000_000_000n);
    expect(node.chain.account(wallet.address)?.lamports).toBe(3_999_995_000n);
    expect(node.counts()).toMatchObject({ accepted: 5, dropped: 2, landed: 1, duplicates: 2 });
  });

  test("a failing transaction: preflight tells its logs; without preflight it lands, fails and pays its fee", async () => {
    const node = open("failing");
    const { call, wallet, sign } = world(node);
    const tooMuch = [setComputeUnitLimit(10_000), setComputeUnitPrice(1_000_000n), systemTransfer(wallet.address, payee, 9_000_000_000n)];
    const first = sign(tooMuch);
    const refused = await call("sendTransaction", [first.wire, { encoding: "base64" }]);
    expect(refused.error).toMatchObject({ code: -32_002, data: { err: { InstructionError: [2, { Custom: 1 }] } } });
    expect(refused.error?.data?.logs.join("\n")).toContain("insufficient lamports");
    const landed = await land(node, { wire: first.bytes, signature: first.signature });
    expect(landed.err).toEqual({ InstructionError: [2, { Custom: 1 }] });
    expect(landed.feeLamports).toBe(15_000n);
    expect(node.chain.account(wallet.address)?.lamports).toBe(4_999_985_000n);
    expect(await call("getTransaction", [first.signature, { commitment: "confirmed", maxSupportedTransactionVersion: 0 }])).toMatchObject({
      result: { meta: { err: { InstructionError: [2, { Custom: 1 }] }, fee: 15_000 } },
    });
  });

  test("a wallet without lamports is refused outright, an unpayable rent fails in the block", async () => {
    const node = open("poor");
    const { call, sign, wallet } = world(node);
    const poor = newWallet("poor");
    const { wire, signature } = poor.sign([systemTransfer(poor.address, payee, 1n)], node.chain.latestBlockhash().blockhash);
    expect(await call("sendTransaction", [encodeBase64(wire), LOOSE])).toMatchObject({ result: signature });
    node.tick(2);
    expect(node.transaction(signature)).toBeNull();
    const dust = sign([systemTransfer(wallet.address, payee, 1_000n)]);
    expect((await land(node, { wire: dust.bytes, signature: dust.signature })).err).toEqual({
      InsufficientFundsForRent: { account_index: 1 },
    });
  });

  test("a simulation shows accounts after it, and changes none", async () => {
    const node = open("simulate");
    const { call, wallet, sign } = world(node);
    const { wire } = sign([systemTransfer(wallet.address, payee, 1_000_000_000n)], "11111111111111111111111111111111");
    const options = {
      encoding: "base64",
      sigVerify: false,
      replaceRecentBlockhash: true,
      accounts: { addresses: [payee], encoding: "base64" },
    };
    expect(await call("simulateTransaction", [wire, options])).toMatchObject({
      result: {
        value: {
          err: null,
          accounts: [{ lamports: 1_000_000_000 }],
          unitsConsumed: 150,
          replacementBlockhash: { blockhash: expect.any(String) },
        },
      },
    });
    expect(node.chain.account(payee)).toBeNull();
    expect((await call("simulateTransaction", [wire, { encoding: "base64" }])).result).toMatchObject({
      value: { err: "BlockhashNotFound" },
    });
  });

  test("token accounts: the plain creation guards against a second, wrapping, syncing and closing give everything back", async () => {
    const node = open("accounts");
    const { wallet, sign } = world(node);
    const { address } = wallet;
    const account = associatedTokenAddress(address, WSOL_MINT, TOKEN_PROGRAM);
    const token = { payer: address, account, owner: address, mint: WSOL_MINT, tokenProgram: TOKEN_PROGRAM };
    const run = async (...instructions: Parameters<typeof sign>[0]) => {
      const { bytes, signature } = sign(instructions);
      return land(node, { wire: bytes, signature });
    };
    expect((await run(createAssociatedToken(token), systemTransfer(address, account, 1_000_000n), syncNative(account))).err).toBeNull();
    expect(node.chain.account(account)?.lamports).toBe(2_039_280n + 1_000_000n);
    expect((await run(createAssociatedTokenIdempotent(token))).err).toBeNull();
    expect((await run(createAssociatedToken(token))).err).toEqual({ InstructionError: [0, "IllegalOwner"] });
    expect((await run(closeAccount(account, address, address, TOKEN_PROGRAM))).err).toBeNull();
    expect(node.chain.account(account)).toBeNull();
    expect(node.chain.account(address)?.lamports).toBe(5_000_000_000n - 4n * 5_000n);
    const coin = node.addCoin();
    node.trade(coin, { side: "buy", amount: 1_000_000_000n, stranger: 7 });
    const scam = node.airdropToken(address);
    expect((await run(closeAccount(scam.account, address, address, TOKEN_PROGRAM))).err).toEqual({ InstructionError: [0, { Custom: 11 }] });
  });

  test("Sender's rules, Clock sysvar, and the same node over HTTP", async () => {
    const node = open("http");
    const { wallet, sign } = world(node);
    const [tipAccount = ""] = HELIUS_TIP_ACCOUNTS;
    node.fund(tipAccount, 1_000_000_000n);
    const server = await start(node);
    try {
      const post = async (path: string, body: unknown): Promise<Reply> => {
        const response = await fetch(`${server.url}${path}`, { method: "POST", body: JSON.stringify(body) });
        return (await response.json()) as Reply;
      };
      const send = (wire: string, options: unknown) =>
        post("/sender", { jsonrpc: "2.0", id: 1, method: "sendTransaction", params: [wire, options] });
      const pay = systemTransfer(wallet.address, payee, 1_000_000_000n);
      const untipped = sign([setComputeUnitPrice(1n), pay]);
      expect((await send(untipped.wire, LOOSE)).error?.code).toBe(-32_602);
      const tipped = sign([setComputeUnitPrice(1n), pay, systemTransfer(wallet.address, tipAccount, 200_000n)]);
      expect((await send(tipped.wire, { ...LOOSE, maxRetries: 2 })).error?.code).toBe(-32_602);
      expect((await send(tipped.wire, LOOSE)).result).toBe(tipped.signature);
      const before = node.slot();
      expect(await post("/tick", { slots: 3 })).toEqual({ slot: before + 3 });
      expect(node.transaction(tipped.signature)?.err).toBeNull();
      const clock = await post("/rpc", {
        jsonrpc: "2.0",
        id: 1,
        method: "getAccountInfo",
        params: ["SysvarC1ock11111111111111111111111111111111", { encoding: "base64" }],
      });
      const account = clock.result?.value as { data: [string] } | undefined;
      const bytes = Buffer.from(account?.data[0] ?? "", "base64");
      expect(bytes.readBigUInt64LE(0)).toBe(BigInt(before + 3));
      expect(bytes.readBigInt64LE(32)).toBe(BigInt(Math.floor(node.now() / 1000)));
    } finally {
      await server.stop();
    }
  });
});
