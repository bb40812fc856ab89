import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRpc } from "../../adapters/rpc/client.ts";
import { findGraduation } from "../../domain/solana/decode.ts";
import { MAINNET_GENESIS_HASH, PUMP_SWAP_PROGRAM, PYTH_SOL_USD, TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../domain/solana/programs.ts";
import { decodeMint, decodeTokenAccount, readTokenMetadata } from "../../domain/solana/token.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import { decodePool, isCanonicalPool } from "../../domain/venues/pump-swap.ts";
import { loadRecordedChain, loadRecordings } from "./recorded-chain.ts";
import { type RecordedRpc, startRecordedRpc } from "./recorded-rpc.ts";

const FIXTURES = decodeURIComponent(new URL("../../../shared/fixtures/", import.meta.url).pathname);
const present = existsSync(FIXTURES);
if (!present) console.warn("SKIPPED: replay of recorded files, ../shared/fixtures is missing");

const SIGNATURES = [
  "5nNtjezQMYBHvgSQmoRmJPiXGsPAWmJPoGSa64xanqrauogiVzFyGQhKeFataHGXq51jR2hjbzNTkPUpP787HAmL",
  "2ffHb9AXeKNVs3KSusTHTY3GTPnUJ2WLr48pjHDZjhMYfLC9P6XWXMuDkev13X49qLp6A5CkDmAJciJgieQUFidV",
  "4o3x4vqtYmhqVZZS7wWV1NoePZqFpcnnKwZugso2VYq3mg7bMSxJ7Nb6JLy1FDgvqxcXe81ZbmXVBucwEMjtFY3L",
] as const;
const OWNER = "ELJFma9JzJfLWbc2fBSXPMAExayXoTr2LUNJLbPpump";

function transaction(signature: string, slot: number | null, blockTime: number | null, lamports = 5): Record<string, unknown> {
  return {
    slot,
    blockTime,
    transaction: { signatures: [signature], message: { accountKeys: [OWNER], instructions: [] } },
    meta: { err: null, innerInstructions: [], logMessages: [], preBalances: [lamports], postBalances: [lamports] },
  };
}

let folder = "";
let rpc: RecordedRpc | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "recorded-"));
});
afterEach(async () => {
  await rpc?.close();
  rpc = null;
  await rm(folder, { recursive: true, force: true });
});

async function save(name: string, ...values: unknown[]): Promise<string> {
  const file = join(folder, name);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join("\n"));
  return file;
}

async function serve(paths: string[]): Promise<{ node: RecordedRpc; client: ReturnType<typeof createRpc> }> {
  const node = await startRecordedRpc(await loadRecordedChain(paths));
  rpc = node;
  return { node, client: createRpc({ url: node.url }) };
}

describe("loading recordings", () => {
  test("by time, then slot, then file; a folder stands for its files; twice recorded counts once", async () => {
    const [a, b, c] = SIGNATURES;
    await save("2.json", transaction(a, 9, 100), [transaction(b, 8, 100)]);
    await save("1.jsonl", { jsonrpc: "2.0", id: 1, result: transaction(c, null, null) }, transaction(a, 9, 100));
    await save("sub/notes.txt", "{}");
    const found = await loadRecordings([folder]);
    expect(found.map(({ signature }) => signature)).toEqual([c, b, a]);
    expect(found.map(({ slot, blockTimeMs }) => [slot, blockTimeMs])).toEqual([
      [null, null],
      [8, 100_000],
      [9, 100_000],
    ]);
    expect(found[2]?.file).toBe(join(folder, "1.jsonl"));
  });

  test("problems are named, the rest is used", async () => {
    const file = await save("x.json", transaction(SIGNATURES[0], 1, 1), '{"cut":', { a: 1 }, { transaction: {}, meta: {} });
    const { recordings, problems } = await loadRecordedChain([file, join(folder, "none.json")]);
    expect(recordings).toHaveLength(1);
    expect(problems.map(({ line, problem }) => [line, problem.split(":")[0]])).toEqual([
      [2, "not JSON"],
      [3, "neither a transaction nor an account with its address"],
      [4, "TX_MALFORMED"],
      [null, "no such file"],
    ]);
  });
});

describe("a recorded node", () => {
  test("knows nothing before the first transaction, and nothing of later ones", async () => {
    const [a, b] = SIGNATURES;
    const { node, client } = await serve([await save("x.json", transaction(a, 1, 1), transaction(b, 2, 2))]);
    expect(await client.getSlot()).toMatchObject({ ok: false, reason: "RPC_UNAVAILABLE" });
    expect(await client.getTransaction(a)).toEqual({ ok: true, value: null });
    node.advanceTo(a);
    expect(await client.getSlot()).toEqual({ ok: true, value: 1 });
    expect(await client.getTransaction(b)).toEqual({ ok: true, value: null });
    const reply = await client.getTransaction(a);
    expect(reply.ok && parseTransaction(reply.value)).toMatchObject({ ok: true, value: { signature: a, slot: 1, blockTimeMs: 1_000 } });
    expect(await client.getGenesisHash()).toEqual({ ok: true, value: MAINNET_GENESIS_HASH });
    expect(() => node.advanceTo("nope")).toThrow(RangeError);
  });

  test("what it cannot know is null, empty or an error", async () => {
    const { node, client } = await serve([await save("x.json", transaction(SIGNATURES[0], 1, 1))]);
    node.advanceTo(SIGNATURES[0]);
    expect(await client.getAccounts([OWNER, PYTH_SOL_USD])).toEqual({ ok: true, value: { slot: 1, accounts: [null, null] } });
    expect(await client.getSignaturesForAddress(OWNER)).toEqual({ ok: true, value: [] });
    expect(await client.getTokenLargestAccounts(OWNER)).toMatchObject({ ok: false, reason: "RPC_UNAVAILABLE" });
  });

  test("accounts that a node stated are used as they are, from their slot on", async () => {
    const stated = (data: string) => ({ pubkey: OWNER, account: { owner: TOKEN_PROGRAM, lamports: 7, data: [data, "base64"] } });
    const file = await save(
      "x.json",
      transaction(SIGNATURES[0], 5, 1),
      transaction(SIGNATURES[1], 6, 2),
      transaction(SIGNATURES[2], null, null),
      stated("AQ=="),
      { jsonrpc: "2.0", id: 1, result: { context: { slot: 6 }, value: [stated("Ag==")] } },
      stated("%"),
    );
    const { node, client } = await serve([file]);
    const first = async () => {
      const reply = await client.getAccounts([OWNER]);
      return reply.ok ? reply.value.accounts[0]?.data[0] : undefined;
    };
    for (const [signature, byte] of [
      [SIGNATURES[0], 1],
      [SIGNATURES[1], 2],
      [SIGNATURES[0], 1],
      [SIGNATURES[2], 1],
      [SIGNATURES[1], 2],
    ] as const) {
      node.advanceTo(signature);
      expect([signature, await first()]).toEqual([signature, byte]);
    }
  });

  test("up to a later slot it knows that slot too, and forgets it again", async () => {
    const [a, b, c] = SIGNATURES;
    const stated = (slot: number, data: string) => ({
      result: {
        context: { slot },
        value: [{ pubkey: OWNER, account: { owner: TOKEN_PROGRAM, lamports: 7, data: [data, "base64"] } }],
      },
    });
    const file = await save(
      "x.json",
      transaction(a, 5, 1),
      transaction(b, 7, 2),
      transaction(c, 9, 3),
      stated(5, "AQ=="),
      stated(8, "Ag=="),
    );
    const { node, client } = await serve([file]);
    const known = async () => {
      const reply = await client.getAccounts([OWNER]);
      const transactions = await Promise.all(SIGNATURES.map((signature) => client.getTransaction(signature)));
      const seen = transactions.filter((one) => one.ok && one.value !== null).length;
      return reply.ok ? [reply.value.slot, reply.value.accounts[0]?.data[0], seen] : null;
    };
    for (const [signature, untilSlot, expected] of [
      [a, null, [5, 1, 1]],
      [a, 6, [6, 1, 1]],
      [a, 8, [8, 2, 2]],
      // Nothing happened between: only the account tells.
      [b, null, [7, 1, 2]],
      [a, 7, [7, 1, 2]],
      [c, 4, [9, 2, 3]],
      [a, null, [5, 1, 1]],
    ] as const) {
      node.advanceTo(signature, untilSlot);
      expect([signature, untilSlot, await known()]).toEqual([signature, untilSlot, expected]);
    }
  });

  test.each([
    ["not JSON", "{", 400],
    ["a body above the limit", "x".repeat(300_000), 413],
  ])("%s gets HTTP %3$i", async (_name, body, status) => {
    const { node } = await serve([await save("x.json", transaction(SIGNATURES[0], 1, 1))]);
    expect((await fetch(node.url, { method: "POST", body })).status).toBe(status);
  });

  test("odd requests get JSON-RPC errors, batches a list", async () => {
    const { node } = await serve([await save("x.json", transaction(SIGNATURES[0], 1, 1))]);
    const ask = async (body: unknown) => (await fetch(node.url, { method: "POST", body: JSON.stringify(body) })).json();
    expect(await ask({})).toMatchObject({ error: { code: -32600 } });
    expect(await ask({ id: 1, method: "sendTransaction", params: ["AA"] })).toMatchObject({ error: { code: -32601 } });
    for (const params of [[], [7], [["a"], {}]])
      expect(await ask({ id: 1, method: "getTransaction", params })).toMatchObject({ error: { code: -32602 } });
    expect(await ask({ id: 1, method: "getMultipleAccounts", params: [Array.from({ length: 101 }, () => OWNER)] })).toMatchObject({
      error: { code: -32602 },
    });
    expect(await ask({ id: 1, method: "getSignaturesForAddress", params: [OWNER, { limit: 5_000 }] })).toMatchObject({
      error: { code: -32602 },
    });
    expect(
      await ask([
        { id: 1, method: "getGenesisHash" },
        { id: 2, method: "x" },
      ]),
    ).toMatchObject([
      { id: 1, result: MAINNET_GENESIS_HASH },
      { id: 2, error: {} },
    ]);
  });
});

describe.skipIf(!present)("recorded files", () => {
  const transactions = `${FIXTURES}transactions`;
  const GRADUATION = SIGNATURES[1];

  test("every form becomes a raw webhook entry that reads the same", async () => {
    const recordings = await loadRecordings([transactions, `${FIXTURES}helius`]);
    expect(recordings).toHaveLength(80);
    for (const { webhookEntry, transaction: recorded, file } of recordings) {
      expect([file, parseTransaction(webhookEntry)]).toEqual([file, { ok: true, value: recorded }]);
    }
    const raw = recordings.filter(({ file }) => !file.includes("enhanced") && !file.includes("PUMP_AMM"));
    for (const { webhookEntry } of raw) {
      expect(webhookEntry).toMatchObject({ transaction: { message: { accountKeys: expect.arrayContaining([expect.any(String)]) } } });
      expect(Object.keys(webhookEntry as object).sort()).toEqual(["blockTime", "indexWithinBlock", "meta", "slot", "transaction"]);
    }
  });

  test("exactly one graduation, and names for what is no recording", async () => {
    const { recordings, problems } = await loadRecordedChain([transactions]);
    expect(recordings.filter((recording) => findGraduation(recording.transaction).ok).map(({ signature }) => signature)).toEqual([
      GRADUATION,
    ]);
    expect(problems.map(({ file }) => file.split("/").at(-1))).toEqual([
      "migrate_v2-accounts-datadog.json",
      "pumpswap-buy-sell-account-lists-2026-09-20.json",
      "raw_bonding_curve_from_getaccountinfo.json",
    ]);
  });

  test("the graduation's pool, vaults and burnt LP mint are known, its mint is not", async () => {
    const { node, client } = await serve([transactions]);
    node.advanceTo(GRADUATION);
    const reply = await client.getAccounts([
      "Ef7wUrbarRXHNMMgBs8cstSkzRttnstjMsniaq7zMp6j",
      "4ujxrswYaeC8LMfHxmcm8nCH6DH1AL96rUjQcBqjQ9Gy",
      "66PLSijLEyjwqdCKbhUGY3BbixsxzMV8QmsA74ncvKXW",
      "B88Rh9j2qfakyhY8ZxkfejFRp1B56BMyHcAQ6D61rERS",
      "npB9cxTzwUiGt7jk2dXZa52xZve8SgVD6Et9Bpipump",
      PYTH_SOL_USD,
    ]);
    if (!reply.ok) throw new Error(reply.reason);
    const [poolAccount, baseVault, quoteVault, lpMint, mint, price] = reply.value.accounts;
    expect([reply.value.slot, mint, price]).toEqual([344_681_481, null, null]);
    const pool = decodePool(poolAccount?.data ?? new Uint8Array());
    if (!pool.ok) throw new Error(pool.reason);
    expect(isCanonicalPool(pool.value)).toBe(true);
    expect(pool.value).toMatchObject({
      lpSupply: 4_193_388_291_584n,
      virtualQuoteReservesLamports: 0n,
      poolBump: 253,
      isCashbackCoin: false,
    });
    expect(poolAccount).toMatchObject({ owner: PUMP_SWAP_PROGRAM, lamports: 2_582_160n });
    // The sniper's buy of the same transaction is in the balances.
    expect(decodeTokenAccount(baseVault?.data ?? new Uint8Array())).toMatchObject({ ok: true, value: { amount: 153_021_198_276_989n } });
    expect(decodeTokenAccount(quoteVault?.data ?? new Uint8Array())).toMatchObject({
      ok: true,
      value: { amount: 114_975_336_226n, nativeReserveLamports: 2_039_280n, state: "initialized" },
    });
    expect(decodeMint(lpMint?.data ?? new Uint8Array())).toMatchObject({
      ok: true,
      value: { supply: 0n, decimals: 9, freezeAuthority: null },
    });
    const history = await client.getSignaturesForAddress("Ef7wUrbarRXHNMMgBs8cstSkzRttnstjMsniaq7zMp6j");
    expect(history).toMatchObject({ ok: true, value: [{ signature: GRADUATION, slot: 344_681_481, failed: false }] });
    expect(await client.getSignaturesForAddress("8qoeYoeWG5ifYKp2uAdq7du8zsMB4AbZN7qqbdZnXbaH")).toEqual({ ok: true, value: [] });
  });

  test("a mint that the recording creates is known to the byte", async () => {
    const { node, client } = await serve([`${transactions}/raw_create_tx_from_blocksubscribe.json`]);
    node.advanceTo("5EDHe12KqokKkhDLY8n5cs7hYs5g49mNFTMKHARafs9FMVBYcG1rYf7VD4h1zd19G7zaXGNLqqyTsczPXbbafYuZ");
    const mint = "7YD6ZHb39jGb33ki2iFd7kHK11yMkSFCc9kvjJscpump";
    const reply = await client.getAccounts([mint]);
    const account = reply.ok ? reply.value.accounts[0] : null;
    if (account == null) throw new Error("unknown");
    const decoded = decodeMint(account.data);
    if (!decoded.ok) throw new Error(decoded.reason);
    expect(account.owner).toBe(TOKEN_2022_PROGRAM);
    // Rent is paid for the exact size: 6,960 lamports per byte and 128 bytes of overhead.
    expect(account.lamports).toBe(BigInt(6_960 * (account.data.length + 128)));
    expect(decoded.value).toMatchObject({
      supply: 10n ** 15n,
      decimals: 6,
      mintAuthority: null,
      freezeAuthority: null,
      isInitialized: true,
    });
    expect(readTokenMetadata(decoded.value)).toEqual({
      updateAuthority: null,
      mint,
      name: "NYXORA",
      symbol: "NYXORA",
      uri: "https://ipfs.io/ipfs/bafkreiguttiiufcl24xtnzgxvvonh7b535a3dh6txrjgwax2hyecsyj46i",
    });
  });
});
