import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { startChild } from "./child.ts";
import { identify, isStillRunning, processesOfRun, RUN_ID_VARIABLE, waitUntil } from "./processes.ts";
import { acquireState, type LockContent } from "./state-lock.ts";

const folders: string[] = [];
const started: number[] = [];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "sniper-lock-"));
  folders.push(path);
  return path;
}

afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {}
  }
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A process that does nothing for a minute. */
async function sleeper(runId?: string): Promise<number> {
  const env = { ...process.env, ...(runId === undefined ? {} : { [RUN_ID_VARIABLE]: runId }) };
  const child = spawn(process.execPath, ["-e", "setTimeout(()=>{}, 60000)"], { stdio: "ignore", env });
  await new Promise((resolve) => child.once("spawn", resolve));
  started.push(child.pid ?? 0);
  return child.pid ?? 0;
}

function writeLock(stateDir: string, content: LockContent): void {
  writeFileSync(join(stateDir, "lock.json"), JSON.stringify(content));
}

const DEAD = { pid: 2 ** 22 - 3, startedAt: "x:1", command: "node gone" };

describe("state lock", () => {
  test("a second start is refused while the first lives, and goes ahead once it has released", async () => {
    const dir = folder();
    const first = await acquireState(dir, "run-1");
    expect(first.ok).toBe(true);
    const second = await acquireState(dir, "run-2");
    expect(second).toMatchObject({ ok: false, reason: "STATE_LOCKED", detail: expect.stringContaining(`process ${process.pid}`) });
    if (first.ok) first.value.lock.release();
    expect((await acquireState(dir, "run-3")).ok).toBe(true);
  });

  test("a lock of a dead process is taken over", async () => {
    const dir = folder();
    writeLock(dir, { runId: "old", owner: DEAD, children: [] });
    expect(await acquireState(dir, "new")).toMatchObject({ ok: true, value: { reaped: 0, lock: { runId: "new" } } });
    expect(JSON.parse(readFileSync(join(dir, "lock.json"), "utf8"))).toMatchObject({ runId: "new" });
    expect(readdirSync(dir)).toEqual(["lock.json"]);
  });

  test("a pid that now belongs to another process does not hold the lock", async () => {
    const dir = folder();
    const pid = await sleeper();
    const now = identify(pid);
    if (now === null) throw new Error("the sleeper died");
    writeLock(dir, { runId: "old", owner: { ...now, startedAt: "another:0" }, children: [] });
    expect((await acquireState(dir, "new")).ok).toBe(true);
    expect(isStillRunning(now)).toBe(true);
  });

  test("of many starts on one stale lock exactly one gets it", async () => {
    const dir = folder();
    writeLock(dir, { runId: "old", owner: DEAD, children: [] });
    const outcomes = await Promise.all(Array.from({ length: 8 }, (_, i) => acquireState(dir, `new-${i}`)));
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
  });

  test("an unreadable lock is never taken over", async () => {
    const dir = folder();
    writeFileSync(join(dir, "lock.json"), "{");
    expect(await acquireState(dir, "new")).toMatchObject({ ok: false, detail: expect.stringContaining("cannot be read") });
  });

  test("orphans of a killed run are ended, and nobody else", async () => {
    const dir = folder();
    const child = await startChild({
      name: "orphan",
      command: process.execPath,
      // Its own child stays in the group, like workerd under wrangler.
      args: ["-e", "require('child_process').spawn(process.execPath, ['-e', 'setTimeout(()=>{}, 60000)']); setTimeout(()=>{}, 60000)"],
      cwd: dir,
      env: { [RUN_ID_VARIABLE]: "killed-run" },
      logFile: join(dir, "orphan.log"),
    });
    started.push(child.identity.pid);
    const strayPid = await sleeper("killed-run");
    const bystanderPid = await sleeper("another-run");
    const reusedPid = await sleeper();
    const reused = identify(reusedPid);
    if (reused === null) throw new Error("the sleeper died");
    await waitUntil(() => processesOfRun("killed-run").length === 3, 3_000);
    writeLock(dir, { runId: "killed-run", owner: DEAD, children: [child.identity, { ...reused, command: "wrangler dev" }] });

    const acquired = await acquireState(dir, "new");
    expect(acquired.ok && acquired.value.reaped).toBeGreaterThanOrEqual(2);
    expect(processesOfRun("killed-run")).toEqual([]);
    // A killed process has lost its environment a moment before it is a zombie.
    expect(await waitUntil(() => identify(child.identity.pid) === null && identify(strayPid) === null, 2_000)).toBe(true);
    expect(identify(bystanderPid)).not.toBeNull();
    expect(identify(reusedPid)).not.toBeNull();
  });
});

describe("child", () => {
  test("stop ends the whole group, also one that ignores SIGTERM", async () => {
    const dir = folder();
    const child = await startChild({
      name: "stubborn",
      command: process.execPath,
      args: ["-e", "process.on('SIGTERM', () => {}); console.log('up'); setTimeout(()=>{}, 60000)"],
      cwd: dir,
      env: {},
      logFile: join(dir, "log"),
    });
    started.push(child.identity.pid);
    await waitUntil(() => child.lastLines().includes("up"), 3_000);
    const beganAt = performance.now();
    await child.stop();
    expect(performance.now() - beganAt).toBeLessThan(5_000);
    expect(identify(child.identity.pid)).toBeNull();
    expect(await child.exited).toBe("SIGKILL");
    expect(readFileSync(join(dir, "log"), "utf8")).toBe("up\n");
  });

  test("a program that does not exist is an exit, not a crash", async () => {
    const dir = folder();
    const child = await startChild({ name: "no", command: join(dir, "nothing"), args: [], cwd: dir, env: {}, logFile: join(dir, "log") });
    expect(await child.exited).toContain("ENOENT");
    await child.stop();
  });
});
