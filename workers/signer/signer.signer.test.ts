import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type SampleKind, type SampleOptions, sampleAddress, sampleMessage } from "../../domain/signing/sample-messages.ts";
import type { SignerDescription, SignKind } from "../../domain/signing/types.ts";
import { decodeBase58, encodeBase58 } from "../../domain/solana/base58.ts";
import { toHex } from "../../domain/solana/bytes.ts";
import { giveSecret, giveTestWallet, signatures, signer, TEST_SEED, testKey } from "./test-wallet.ts";

const HOUR_MS = 3_600_000;
let wallet = "";
let logged: string[] = [];

beforeEach(async () => {
  await reset();
  wallet = await giveTestWallet();
  logged = [];
  for (const level of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => void logged.push(text(parts)));
  }
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function sign(intentId: string, kind: SampleKind = "pool-buy", options: Partial<SampleOptions> = {}) {
  return signer().sign({ intentId, message: sampleMessage(kind, { wallet, ...options }) });
}

async function described(): Promise<SignerDescription> {
  const description = await signer().describe();
  if (!description.ok) throw new Error(description.reason);
  return description.value;
}

async function used(kind: SignKind): Promise<{ lamports: bigint; signatures: number }> {
  const budget = (await described()).budgets.find((use) => use.kind === kind && use.windowMs === HOUR_MS);
  return { lamports: budget?.usedLamports ?? -1n, signatures: budget?.signatures ?? -1 };
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part)) ?? "";
}

describe("the signer's Worker", () => {
  test("signs an entry with the wallet's key, and says what it costs", async () => {
    const message = sampleMessage("pool-buy", { wallet, quoteLamports: 500_000_000n });
    const result = await signer().sign({ intentId: "p1:buy:1", message });
    if (!result.ok) throw new Error(result.reason);
    expect(result.value.kind).toBe("entry");
    // Quote, base fee, priority fee of 250,000 units at 0.4 lamports, coin account, wrapped SOL, creator vault, accumulator.
    expect(result.value.spendLamports).toBe(500_000_000n + 5_000n + 100_000n + 2_248_080n + 2_039_280n + 2_039_280n + 1_844_400n);
    const publicKey = await crypto.subtle.importKey("raw", decodeBase58(wallet) ?? new Uint8Array(), { name: "Ed25519" }, false, [
      "verify",
    ]);
    const signature = decodeBase58(result.value.signature) ?? new Uint8Array();
    expect(await crypto.subtle.verify({ name: "Ed25519" }, publicKey, signature, message)).toBe(true);
  });

  test("describes its address, policy and budgets", async () => {
    expect(await described()).toMatchObject({ address: wallet, policy: { network: "mainnet", maxSpendPerTxLamports: 1_000_000_000n } });
    expect((await described()).budgets.map(({ kind, windowMs }) => `${kind} ${windowMs / HOUR_MS}`)).toEqual([
      ...["entry 1", "entry 24", "exit 1", "exit 24", "sweep 1", "sweep 24"],
    ]);
  });

  test("journals signatures and refusals in order", async () => {
    const first = await sign("a");
    await sign("b", "pool-buy", { quoteLamports: 2_000_000_000n });
    await signer().sign({ intentId: "c", message: Uint8Array.of(1, 2, 3) });
    const history = await signer().history(0);
    if (!history.ok || !first.ok) throw new Error("no history");
    expect(history.value).toMatchObject([
      { seq: 1, intentId: "a", kind: "entry", signature: first.value.signature, spendLamports: first.value.spendLamports, reason: null },
      { seq: 2, intentId: "b", kind: null, signature: null, reason: "SIGN_SPEND_CAP" },
      { seq: 3, intentId: "c", kind: null, signature: null, reason: "SIGN_MALFORMED" },
    ]);
    expect(await signer().history(2)).toMatchObject({ ok: true, value: [{ seq: 3 }] });
    expect(await signer().history(-1)).toMatchObject({ ok: false, reason: "REQUEST_INVALID" });
  });

  test("the same message for the same intent is signed and counted once; another message never", async () => {
    const first = await sign("p:buy:1");
    expect(await sign("p:buy:1")).toEqual(first);
    await evictDurableObject(signatures());
    await giveTestWallet();
    expect(await sign("p:buy:1")).toEqual(first);
    expect(await used("entry")).toMatchObject({ signatures: 1 });
    expect(await sign("p:buy:1", "pool-buy", { unitPrice: 1n })).toMatchObject({ ok: false, reason: "SIGN_INTENT_REUSED" });
    expect(await signer().history(0)).toMatchObject({ value: [{ reason: null }, { reason: "SIGN_INTENT_REUSED" }] });
  });

  test("a reservation whose signature was never made binds its intent all the same", async () => {
    const message = sampleMessage("pool-buy", { wallet });
    const hash = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", message)));
    await runInDurableObject(signatures(), (_, state) => {
      const values = ["p:buy:1", hash, "entry", Date.now(), "500000000"];
      state.storage.sql.exec(
        "INSERT INTO reservations (intent_id, message_sha256, kind, at_ms, lamports) VALUES (?, ?, ?, ?, ?)",
        ...values,
      );
    });
    expect(await sign("p:buy:1", "pool-buy", { unitPrice: 1n })).toMatchObject({ reason: "SIGN_INTENT_REUSED" });
    expect(await signer().sign({ intentId: "p:buy:1", message })).toMatchObject({ ok: true });
    expect(await used("entry")).toEqual({ lamports: 500_000_000n, signatures: 1 });
  });

  test("entries end with their budget; exits go on; a restart frees nothing, an hour does", async () => {
    const outcomes: string[] = [];
    for (let i = 0; i < 12; i++) {
      const result = await sign(`e${i}`);
      outcomes.push(result.ok ? "signed" : result.reason);
    }
    expect(outcomes).toEqual([...Array(9).fill("signed"), ...Array(3).fill("SIGN_BUDGET")]);
    await evictDurableObject(signatures());
    await giveTestWallet();
    expect(await sign("after restart")).toMatchObject({ ok: false, reason: "SIGN_BUDGET" });
    expect(await sign("exit", "pool-sell")).toMatchObject({ ok: true, value: { kind: "exit" } });
    expect(await sign("closing", "close")).toMatchObject({ ok: true, value: { kind: "exit" } });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + HOUR_MS + 60_000 });
    expect(await sign("an hour later")).toMatchObject({ ok: true });
  });

  test("requests at the same time do not overspend together", async () => {
    const results = await Promise.all(Array.from({ length: 40 }, (_, i) => sign(`c${i}`, "pool-buy", { mint: sampleAddress(3_000 + i) })));
    const signed = results.filter(({ ok }) => ok);
    expect(signed).toHaveLength(9);
    const { lamports, signatures } = await used("entry");
    expect([signatures, lamports <= 5_000_000_000n]).toEqual([9, true]);
    const same = await Promise.all(Array.from({ length: 20 }, () => sign("one exit", "pool-sell")));
    expect(new Set(same.map(text)).size).toBe(1);
    expect(await used("exit")).toMatchObject({ signatures: 1 });
    const history = await signer().history(0);
    expect(history.ok && history.value.filter(({ intentId }) => intentId === "one exit")).toHaveLength(1);
  });

  test("sweeps are refused while no address is set", async () => {
    expect(await sign("s", "sweep")).toMatchObject({ ok: false, reason: "SIGN_SWEEP_ADDRESS" });
  });

  test("what is no request is refused, whatever it is", async () => {
    const message = sampleMessage("pool-buy", { wallet });
    for (const request of [
      null,
      {},
      { message, intentId: "" },
      { message, intentId: "x".repeat(201) },
      { message: [...message], intentId: "a" },
    ]) {
      expect(await signer().sign(request as never)).toMatchObject({ ok: false, reason: "SIGN_MALFORMED" });
    }
    expect(await signer().sign({ message: new Uint8Array(5_000), intentId: "a" })).toMatchObject({ ok: false, reason: "SIGN_MALFORMED" });
  });

  test("answers no request from outside", async () => {
    const worker = (exports as unknown as { readonly default: Fetcher }).default;
    for (const path of ["/", "/sign", "/api/describe"]) {
      const response = await worker.fetch(`http://signer.test${path}`, { method: "POST" });
      expect([response.status, await response.text()]).toEqual([404, ""]);
    }
  });
});

describe("the key", () => {
  test.each([undefined, ""])("none (%j): nothing is signed", async (secret) => {
    await evictDurableObject(signatures());
    await giveSecret(secret as string);
    expect(await sign("a")).toMatchObject({ ok: false, reason: "WALLET_MISSING" });
    expect(await signer().describe()).toMatchObject({ ok: false, reason: "WALLET_MISSING" });
  });

  test("appears in no answer, log or table, sound or broken", async () => {
    const key = await testKey();
    const foreign = Uint8Array.from(key);
    foreign.set(new Uint8Array(32).fill(1), 32);
    const forms = [
      encodeBase58(key),
      JSON.stringify([...key]),
      encodeBase58(key).slice(1),
      JSON.stringify([...key]).slice(0, -2),
      encodeBase58(foreign),
    ];
    const seen: string[] = [];
    for (const secret of forms) {
      await evictDurableObject(signatures());
      await giveSecret(secret);
      const id = `k${seen.length}`;
      const answers = [await sign(id), await sign(`${id}s`, "pool-sell"), await signer().describe(), await signer().history(0)];
      seen.push(text(answers));
    }
    await runInDurableObject(signatures(), async (_, state) => {
      for (const table of ["reservations", "records"]) seen.push(text(state.storage.sql.exec(`SELECT * FROM ${table}`).toArray()));
      seen.push(text([...(await state.storage.list())]));
    });
    expect(seen[0]).toContain('"ok":true');
    expect(seen[2]).toContain("WALLET_KEY_INVALID");
    const all = [...seen, ...logged].join("\n");
    const hex = toHex(TEST_SEED);
    for (let i = 0; i + 4 <= 32; i++) {
      expect(all).not.toContain(hex.slice(2 * i, 2 * i + 8));
      expect(all).not.toContain(TEST_SEED.subarray(i, i + 4).join(","));
    }
    for (const secret of [encodeBase58(key), encodeBase58(foreign), encodeBase58(TEST_SEED)]) {
      // The end of the whole is the public half: only what the seed decides is searched for.
      for (let i = 0; i + 6 <= 40; i++) expect(all).not.toContain(secret.slice(i, i + 6));
    }
  });
});
