import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { localSigner } from "../../adapters/local-signer.ts";
import { createRng } from "../random.ts";
import { decodeBase58, encodeBase58 } from "../solana/base58.ts";
import { SAMPLE_KINDS, SAMPLE_POLICY, sampleMessage } from "./sample-messages.ts";
import { drawMutant, drawSamples, type Mutant } from "./sample-mutations.ts";
import { forbiddenIn } from "./test-oracle.ts";
import type { SignerPolicy } from "./types.ts";

const MUTANTS = 100_000;
/** Allowed messages that they are drawn from. */
const SAMPLES = 350;
const SEED = process.env["SEED"] ?? "signer-1";
const DAY_MS = 86_400_000;

const seed = Buffer.alloc(32, 9);
const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
const publicKey = createPublicKey(createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }));
const publicBytes = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
const wallet = encodeBase58(publicBytes);
const secretKey = JSON.stringify([...seed, ...publicBytes]);

/** Signs one mutant a day, so that budgets never refuse what the policy would let through. */
async function campaign(
  policy: SignerPolicy,
  count: number,
  signed: (mutant: Mutant, judgement: { kind: "entry" | "exit" | "sweep"; spendLamports: bigint }) => Promise<void>,
) {
  const rng = createRng(SEED);
  const samples = drawSamples(rng, wallet, SAMPLES);
  const reasons = new Map<string, number>();
  let day = 0;
  const signer = localSigner({ secretKey, policy, nowMs: () => day * DAY_MS });
  for (; day < count; day++) {
    const mutant = drawMutant(rng, wallet, samples);
    const result = await signer.sign({ message: mutant.message, intentId: `intent-${day}` });
    if (result.ok) {
      const ok = verify(null, mutant.message, publicKey, decodeBase58(result.value.signature) ?? new Uint8Array());
      expect(ok).toBe(true);
      await signed(mutant, result.value);
    }
    const reason = result.ok ? "signed" : result.reason;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return reasons;
}

describe("mutated messages", () => {
  test(`of ${MUTANTS} the signer signs none that its policy forbids`, { timeout: 120_000 }, async () => {
    const startedMs = performance.now();
    const forbidden: string[] = [];
    const signedByChange = new Map<string, number>();
    const reasons = await campaign(SAMPLE_POLICY, MUTANTS, async ({ message, changes }, judgement) => {
      const found = await forbiddenIn(message, wallet, SAMPLE_POLICY, judgement);
      if (found.length > 0) forbidden.push(`${changes.join(", ")}: ${found.join("; ")}`);
      for (const change of new Set(changes.slice(1))) signedByChange.set(change, (signedByChange.get(change) ?? 0) + 1);
    });
    const counts = [...reasons].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${reason} ${count}`);
    console.log(`seed ${SEED}: ${MUTANTS} mutants in ${((performance.now() - startedMs) / 1000).toFixed(1)} s: ${counts.join(", ")}`);
    console.log(`signed, all within policy, by change: ${[...signedByChange].map(([change, count]) => `${change} ${count}`).join(", ")}`);
    expect(forbidden.slice(0, 10)).toEqual([]);
    // Some changes leave a message allowed (a blockhash, an amount, a fee); the oracle has to see plenty of those.
    expect(reasons.get("signed") ?? 0).toBeGreaterThan(MUTANTS / 100);
    for (const reason of [
      "SIGN_MALFORMED",
      "SIGN_LOOKUP_TABLE",
      "SIGN_FEE_PAYER",
      "SIGN_EXTRA_SIGNER",
      "SIGN_PROGRAM",
      "SIGN_INSTRUCTION",
    ]) {
      expect(reasons.get(reason) ?? 0, reason).toBeGreaterThan(0);
    }
    for (const reason of [
      "SIGN_SHAPE",
      "SIGN_ACCOUNT",
      "SIGN_MIN_OUT",
      "SIGN_SPEND_CAP",
      "SIGN_FEE_CAP",
      "SIGN_TIP_ACCOUNT",
      "SIGN_SWEEP_ADDRESS",
    ]) {
      expect(reasons.get(reason) ?? 0, reason).toBeGreaterThan(0);
    }
  });

  test("the second opinion objects to a signer with a looser policy", async () => {
    const loose: SignerPolicy = {
      ...SAMPLE_POLICY,
      maxSpendPerTxLamports: SAMPLE_POLICY.maxSpendPerTxLamports * 100n,
      maxFeePerTxLamports: SAMPLE_POLICY.maxFeePerTxLamports * 100n,
    };
    const objections = new Set<string>();
    await campaign(loose, 3_000, async ({ message }, judgement) => {
      for (const found of await forbiddenIn(message, wallet, SAMPLE_POLICY, judgement)) objections.add(found);
    });
    expect([...objections].sort()).toEqual(["fee cap", "spend cap"]);
  });

  test("the second opinion has nothing against what the engine builds, and much against mutants", async () => {
    for (const kind of SAMPLE_KINDS) {
      const judgement = { kind: kind.includes("buy") ? "entry" : kind === "sweep" ? "sweep" : "exit", spendLamports: 10n ** 12n } as const;
      expect(await forbiddenIn(sampleMessage(kind, { wallet, tipLamports: 200_000n }), wallet, SAMPLE_POLICY, judgement)).toEqual([]);
    }
    const rng = createRng(SEED);
    const samples = drawSamples(rng, wallet, SAMPLES);
    let objected = 0;
    let undecodable = 0;
    for (let i = 0; i < 2_000; i++) {
      const mutant = drawMutant(rng, wallet, samples);
      const judgement = {
        kind: mutant.changes[0]?.includes("buy") ? "entry" : mutant.changes[0] === "sweep" ? "sweep" : "exit",
        spendLamports: 10n ** 30n,
      } as const;
      try {
        if ((await forbiddenIn(mutant.message, wallet, SAMPLE_POLICY, judgement)).length > 0) objected++;
      } catch {
        undecodable++;
      }
    }
    console.log(`of 2000 mutants the second opinion objects to ${objected} and cannot read ${undecodable}`);
    expect(objected).toBeGreaterThan(800);
  });
});
