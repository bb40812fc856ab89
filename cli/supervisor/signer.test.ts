import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { policyFromSettings } from "../../domain/signing/settings.ts";
import { decodeBase58 } from "../../domain/solana/base58.ts";
import { type Child, startChild } from "./child.ts";
import { freePort } from "./ports.ts";
import { waitUntil } from "./processes.ts";
import { loadSecrets, localnetVariables, writeEnvFile } from "./run-env.ts";
import { localnetSigner, mainnetSigner, WALLET_SECRET } from "./signer.ts";
import { ROOT } from "./system.ts";
import { fundWallet, loadWallet, OPENING_LAMPORTS } from "./wallet.ts";
import { signerArguments, signerEnvironment, wranglerArguments, wranglerEnvironment } from "./wrangler.ts";

const dir = mkdtempSync(join(tmpdir(), "sniper-signer-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function folder(name: string): string {
  const path = join(dir, name);
  mkdirSync(path, { recursive: true });
  return path;
}

describe("the embedded market's wallet", () => {
  test("is an Ed25519 key pair, made once, for its owner only", () => {
    const stateDir = folder("wallet");
    const wallet = loadWallet(stateDir);
    expect(loadWallet(stateDir)).toEqual(wallet);
    expect(statSync(join(stateDir, "wallet.json")).mode & 0o077).toBe(0);
    const bytes = Buffer.from(decodeBase58(wallet.key) ?? []);
    const [seed, publicKey] = [bytes.subarray(0, 32), bytes.subarray(32)];
    expect(Buffer.from(decodeBase58(wallet.address) ?? [])).toEqual(publicKey);
    const jwk = { kty: "OKP", crv: "Ed25519", x: publicKey.toString("base64url") };
    const secret = createPrivateKey({ key: { ...jwk, d: seed.toString("base64url") }, format: "jwk" });
    const signature = sign(null, Buffer.from("x"), secret);
    expect(verify(null, Buffer.from("x"), createPublicKey({ key: jwk, format: "jwk" }), signature)).toBe(true);
  });

  test("a damaged file is an error, not a new wallet", () => {
    const stateDir = folder("damaged");
    writeFileSync(join(stateDir, "wallet.json"), "{}");
    expect(() => loadWallet(stateDir)).toThrow();
    expect(readFileSync(join(stateDir, "wallet.json"), "utf8")).toBe("{}");
  });

  test("is funded once", async () => {
    let balance = 0;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        const { method, params } = JSON.parse(body) as { method: string; params: [string, number] };
        if (method === "requestAirdrop") balance += params[1];
        const result = method === "getBalance" ? { value: balance } : "signature";
        response.end(JSON.stringify(params[0] === "bad" ? { error: { message: "no faucet" } } : { result }));
      });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect([await fundWallet(url, "A"), await fundWallet(url, "A")]).toEqual([OPENING_LAMPORTS, 0]);
    expect(await fundWallet(url, "bad")).toContain("no faucet");
    server.close();
    server.closeAllConnections();
    expect(await fundWallet(url, "A")).toEqual(expect.stringContaining("faucet"));
  });
});

describe("the signer's variables", () => {
  test("the key is in the signer's file only", () => {
    const stateDir = folder("local");
    const file = localnetSigner(stateDir).envFile();
    if (!file.ok) throw new Error(file.reason);
    const { key } = loadWallet(stateDir);
    expect(parseEnv(readFileSync(file.value, "utf8"))).toMatchObject({ NETWORK: "localnet", [WALLET_SECRET]: key });
    const config = readFileSync(join(ROOT, "workers/signer/wrangler.toml"), "utf8");
    const vars = Object.fromEntries([...config.matchAll(/^([A-Z_]+) = "(.*)"$/gm)].map(([, name, value]) => [name, value]));
    expect(policyFromSettings({ ...vars, ...parseEnv(readFileSync(file.value, "utf8")) })).toMatchObject({ ok: true });
    expect(statSync(file.value).mode & 0o077).toBe(0);
    const others = localnetVariables("http://127.0.0.1:8899", loadSecrets(stateDir), "live");
    expect(JSON.stringify(others)).not.toContain(key);
    expect(others["MODE"]).toBe("live");
  });

  test("the real market's are the person's own file, or nothing starts", () => {
    const stateDir = folder("mainnet");
    const [vars, own] = [join(stateDir, ".dev.vars"), join(stateDir, ".dev.vars.signer")];
    const outcome = () => mainnetSigner(vars, own).envFile();
    expect(outcome()).toMatchObject({ reason: "SIGNER_SECRET_MISSING", detail: expect.stringContaining(own) });
    writeFileSync(own, `${WALLET_SECRET}=\n`, { mode: 0o600 });
    expect(outcome()).toMatchObject({ reason: "SIGNER_SECRET_MISSING" });
    writeFileSync(own, `${WALLET_SECRET}=abc\n`);
    expect(outcome()).toEqual({ ok: true, value: own });
    chmodSync(own, 0o644);
    expect(outcome()).toMatchObject({ reason: "SIGNER_SECRET_EXPOSED", detail: expect.stringContaining("chmod 600") });
    chmodSync(own, 0o600);
    writeFileSync(vars, `${WALLET_SECRET}=abc\n`);
    const exposed = outcome();
    expect(exposed).toMatchObject({ reason: "SIGNER_SECRET_EXPOSED" });
    expect(JSON.stringify(exposed)).not.toContain("abc");
  });
});

const SEEN = 'Object.entries(this.env).filter(([, value]) => typeof value === "string")';
const ENTRYPOINT = `
  import { WorkerEntrypoint } from "cloudflare:workers";
  export class Signer extends WorkerEntrypoint { seen() { return ${SEEN}; } }
  export default { fetch: () => new Response("", { status: 404 }) };`;
/** Stand-ins of the three Workers that tell what their environment holds. */
const STAND_INS: Readonly<Record<string, string>> = {
  "wrangler.live.toml": `${head("sniper")}${service("SIGNER", "sniper-signer")}${service("LEARNING", "sniper-learning")}[ai]\nbinding = "AI"\n`,
  "index.js": `
    import { WorkerEntrypoint } from "cloudflare:workers";
    export default class extends WorkerEntrypoint {
      async fetch() {
        const [signer, learning] = await Promise.all([this.env.SIGNER.seen().catch(() => []), this.env.LEARNING.seen().catch(() => [])]);
        return Response.json({ sniper: ${SEEN}, signer, learning });
      }
    }`,
  "workers/learning/wrangler.toml": head("sniper-learning"),
  "workers/learning/index.js": ENTRYPOINT,
  "workers/signer/wrangler.toml": head("sniper-signer"),
  "workers/signer/index.js": ENTRYPOINT,
};

test("in running Workers: the signer has the key, the sniper and the Learning Worker see everything but it, and Cloudflare is not asked", {
  timeout: 90_000,
}, async () => {
  const asked: string[] = [];
  const cloudflare = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => cloudflare.listen(0, "127.0.0.1", resolve));
  // As on a machine whose user has an account.
  const account = {
    CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${(cloudflare.address() as AddressInfo).port}`,
    CLOUDFLARE_API_TOKEN: "token-of-the-test",
    CLOUDFLARE_ACCOUNT_ID: "account-of-the-test",
  };
  const root = folder("root");
  const stateDir = folder("state");
  for (const [path, text] of Object.entries(STAND_INS)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  const { key } = loadWallet(stateDir);
  const signerFile = localnetSigner(stateDir).envFile();
  if (!signerFile.ok) throw new Error(signerFile.reason);
  const envFile = join(stateDir, "run.env");
  writeEnvFile(envFile, localnetVariables("http://127.0.0.1:8899", loadSecrets(stateDir), "live"));
  const run = { root, stateDir, port: await freePort(), envFile, withLearning: true, live: true };
  const children: Child[] = [];
  const start = async (name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> => {
    const paths = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };
    const logFile = join(stateDir, "logs", `${name}.log`);
    children.push(await startChild({ name, command: process.execPath, args, cwd: root, env: { ...paths, ...account, ...env }, logFile }));
  };
  try {
    await start("signer", signerArguments(run, signerFile.value), signerEnvironment(run));
    await start("workers", wranglerArguments(run), wranglerEnvironment(run));
    let views: Record<"sniper" | "signer" | "learning", Array<[string, string]>> = { sniper: [], signer: [], learning: [] };
    const isUp = async (): Promise<boolean> => {
      const reply = await fetch(`http://127.0.0.1:${run.port}/`).catch(() => null);
      if (reply?.ok !== true) return false;
      views = (await reply.json()) as typeof views;
      return views.signer.length > 0 && views.learning.length > 0;
    };
    expect(await waitUntil(isUp, 60_000, 500), children.flatMap((child) => child.lastLines()).join("\n")).toBe(true);
    expect(Object.fromEntries(views.signer)[WALLET_SECRET]).toBe(key);
    for (const view of [views.sniper, views.learning]) {
      expect(Object.fromEntries(view)["MODE"]).toBe("live");
      expect(JSON.stringify(view)).not.toContain(key);
      expect(view.map(([name]) => name)).not.toContain(WALLET_SECRET);
    }
    expect(Object.fromEntries(views.sniper)["AI"]).toBe("off");
    expect(asked).toEqual([]);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await new Promise((resolve) => cloudflare.close(resolve));
  }
});

function head(name: string): string {
  return `name = "${name}"\nmain = "index.js"\ncompatibility_date = "2026-11-01"\n`;
}

function service(binding: string, name: string): string {
  return `[[services]]\nbinding = "${binding}"\nservice = "${name}"\nentrypoint = "Signer"\n`;
}
