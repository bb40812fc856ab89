import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { encodeBase58 } from "../../domain/solana/base58.ts";

/** Opening balance of an embedded market's wallet: 10 SOL. */
export const OPENING_LAMPORTS = 10_000_000_000;
const TIMEOUT_MS = 10_000;

const walletSchema = z.object({ address: z.string().min(32).max(44), key: z.string().min(80).max(90) });

/** A wallet of the embedded market, worth nothing elsewhere. */
export interface LocalWallet {
  readonly address: string;
  /** Seed and public key, 64 bytes in base58, as wallets export it. */
  readonly key: string;
}

/** Reads the folder's wallet, making it on the first live start. The file is readable by its owner only. */
export function loadWallet(stateDir: string): LocalWallet {
  const path = join(stateDir, "wallet.json");
  // Never replaced when it cannot be read: what it holds would be lost.
  if (existsSync(path)) return walletSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const [seed, publicKey] = [d, x].map((part) => Buffer.from(part ?? "", "base64url"));
  if (seed?.length !== 32 || publicKey?.length !== 32) throw new Error("the wallet's key was not made");
  const wallet = { address: encodeBase58(publicKey), key: encodeBase58(Buffer.concat([seed, publicKey])) };
  writeFileSync(path, JSON.stringify(wallet), { mode: 0o600, flag: "wx" });
  return wallet;
}

/**
 * Asks the embedded market's faucet for the opening balance, once: a wallet that holds anything is left as
 * it is. Returns what the wallet got in lamports, 0 when it had something, or a line for people when it failed.
 */
export async function fundWallet(localnetUrl: string, address: string): Promise<number | string> {
  try {
    const balance = z.object({ value: z.number() }).parse(await call(localnetUrl, "getBalance", [address, { commitment: "confirmed" }]));
    if (balance.value > 0) return 0;
    await call(localnetUrl, "requestAirdrop", [address, OPENING_LAMPORTS]);
    return OPENING_LAMPORTS;
  } catch (error) {
    return `The embedded market's faucet did not fund the wallet: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function call(localnetUrl: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(`${localnetUrl}/rpc`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const reply = z
    .object({ result: z.unknown().optional(), error: z.object({ message: z.string() }).optional() })
    .parse(await response.json());
  if (reply.error !== undefined) throw new Error(reply.error.message);
  return reply.result;
}
