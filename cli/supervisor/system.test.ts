import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { ok, refuse } from "../../domain/result.ts";
import { freePort } from "./ports.ts";
import type { StartRefusal } from "./refusal.ts";
import { type SystemPlan, startSystem } from "./system.ts";

const folders: string[] = [];
let stateDir = "";

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "sniper-system-"));
  folders.push(stateDir);
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A plan that is refused before it starts any process. */
async function refusedStart(plan: Partial<SystemPlan>): Promise<StartRefusal> {
  const full: SystemPlan = {
    stateDir,
    fresh: false,
    port: await freePort(),
    localnet: null,
    identity: { network: "localnet", seed: "1" },
    withLearning: false,
    signer: null,
    variables: () => refuse("RPC_URL_MISSING", "stop here"),
    ...plan,
  };
  const outcome = await startSystem(full, () => {}, new AbortController().signal);
  if (outcome.ok) throw new Error("it started");
  expect(existsSync(join(stateDir, "lock.json"))).toBe(false);
  return outcome.reason;
}

describe("refusals before anything is started, each leaving the folder unlocked", () => {
  test("kept state of another seed", async () => {
    expect(await refusedStart({})).toBe("RPC_URL_MISSING");
    expect(await refusedStart({ identity: { network: "localnet", seed: "2" } })).toBe("STATE_MISMATCH");
    expect(await refusedStart({ identity: { network: "mainnet" } })).toBe("STATE_MISMATCH");
    expect(await refusedStart({ fresh: true, identity: { network: "localnet", seed: "2" } })).toBe("RPC_URL_MISSING");
  });

  test("a port that is taken, of the dashboard or of the market", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const variables: SystemPlan["variables"] = () => ok({});
    expect(await refusedStart({ port, variables })).toBe("PORT_IN_USE");
    expect(await refusedStart({ localnet: { port, args: [] }, variables })).toBe("PORT_IN_USE");
    server.close();
  });
});

test("a fresh start forgets its own files and leaves a stranger's alone", async () => {
  mkdirSync(join(stateDir, "wrangler"));
  writeFileSync(join(stateDir, "wrangler", "books"), "x");
  writeFileSync(join(stateDir, "thesis.txt"), "x");
  await refusedStart({ fresh: true });
  expect(readdirSync(stateDir).sort()).toEqual(["identity.json", "logs", "secrets.json", "thesis.txt"]);
});

test("addresses of a killed run's Workers are forgotten, whatever else is kept", async () => {
  for (const name of ["wrangler-registry", "wrangler-signer"]) {
    mkdirSync(join(stateDir, name));
    writeFileSync(join(stateDir, name, "sniper-signer"), JSON.stringify({ debugPortAddress: "127.0.0.1:1" }));
  }
  await refusedStart({});
  expect(existsSync(join(stateDir, "wrangler-registry", "sniper-signer"))).toBe(false);
  expect(existsSync(join(stateDir, "wrangler-signer", "sniper-signer"))).toBe(true);
});
