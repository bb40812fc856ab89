import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";

const MAIN = join(import.meta.dirname, "main.ts");
const dir = mkdtempSync(join(tmpdir(), "localnet-main-"));
const children: ChildProcess[] = [];

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
  readonly ready: Promise<number>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let stderr = "";
  child.stderr.on("data", (part) => {
    stderr += part;
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => child.on("close", (code) => resolve({ code, stderr })));
  const ready = new Promise<number>((resolve, reject) => {
    child.stdout.on("data", (part) => resolve(z.object({ ready: z.literal(true), port: z.number() }).parse(JSON.parse(String(part))).port));
    ended.then(({ stderr: text }) => reject(new Error(text)), reject);
  });
  ready.catch(() => {});
  return { child, ended, ready };
}

async function state(port: number) {
  const response = await fetch(`http://127.0.0.1:${port}/control/state`);
  return z.object({ seed: z.string(), tick: z.number(), slot: z.number() }).parse(await response.json());
}

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

describe("the localnet process", () => {
  test("serves, refuses rivals with one line, and goes on after SIGTERM", async () => {
    const keep = join(dir, "state");
    const first = run("--port", "0", "--seed", "7", "--state", keep);
    const port = await first.ready;
    const before = await state(port);
    expect(before.seed).toBe("7");

    const [samePort, sameState] = await Promise.all([
      run("--port", String(port)).ended,
      run("--port", "0", "--seed", "7", "--state", keep).ended,
    ]);
    expect(samePort).toEqual({ code: 2, stderr: `port ${port} is in use: choose another with --port\n` });
    expect(sameState.code).toBe(2);
    expect(sameState.stderr).toMatch(/in use by process \d+.*--state\n$/);

    first.child.kill("SIGTERM");
    expect((await first.ended).code).toBe(0);
    const otherSeed = await run("--port", "0", "--seed", "8", "--state", keep).ended;
    expect(otherSeed.code).toBe(2);
    expect(otherSeed.stderr).toContain("--seed 7 --mix demo");

    const second = run("--port", "0", "--seed", "7", "--state", keep);
    const after = await state(await second.ready);
    expect(after.tick).toBeGreaterThanOrEqual(before.tick);
    expect(after.slot).toBeGreaterThan(before.slot);
    second.child.kill("SIGINT");
    expect((await second.ended).code).toBe(0);
  }, 60_000);

  test("refuses unknown flags, bad values and webhooks to other machines", async () => {
    const [flag, mix, url] = await Promise.all([
      run("--sped", "2").ended,
      run("--mix", "kind").ended,
      run("--webhook-url", "http://example.com/hook").ended,
    ]);
    expect(flag).toMatchObject({ code: 2, stderr: expect.stringContaining("--sped") });
    expect(mix).toMatchObject({ code: 2, stderr: expect.stringContaining("--mix") });
    expect(url).toMatchObject({ code: 2, stderr: expect.stringContaining("--webhook-url") });
  }, 30_000);
});
