import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { endGroup, identify, isStillRunning, type ProcessIdentity, processesOfRun, signal, waitUntil } from "./processes.ts";

const LOCK_NAME = "lock.json";
/** A takeover lasts milliseconds; a claim older than this was left by a start that died in it. */
const CLAIM_MAX_AGE_MS = 10_000;

const identitySchema = z.object({ pid: z.number().int().positive(), startedAt: z.string(), command: z.string() });
const lockSchema = z.object({ runId: z.string().min(1).max(64), owner: identitySchema, children: z.array(identitySchema).max(64) });

export type LockContent = z.infer<typeof lockSchema>;

export interface StateLock {
  readonly runId: string;
  /** Writes a child down, so that a later start can end it should this process die first. */
  record(child: ProcessIdentity): void;
  release(): void;
}

export interface Acquired {
  readonly lock: StateLock;
  /** What an earlier killed run left and this start ended. */
  readonly reaped: number;
}

/**
 * Takes a state folder for this process. Refused while the process that the lock names is alive (pid, start
 * time and command line all equal). A stale lock is taken over by exactly one start, which first ends what the
 * dead run left behind: recorded children that are still the same processes, with their groups, and
 * whatever else carries that run's id in its environment.
 */
export async function acquireState(stateDir: string, runId: string): Promise<Result<Acquired, "STATE_LOCKED">> {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const owner = identify(process.pid);
  if (owner === null) throw new Error("this process cannot be identified");
  const content: LockContent = { runId, owner, children: [] };
  let reaped = 0;
  for (let attempt = 0; attempt < 5; attempt++) {
    if (createLock(stateDir, content)) return ok({ lock: stateLock(stateDir, content), reaped });
    const held = readLock(stateDir);
    if (held === "gone") continue;
    if (held === "unreadable")
      return refuse("STATE_LOCKED", `${join(stateDir, LOCK_NAME)} cannot be read: remove it if no sniper runs on this folder.`);
    if (isStillRunning(held.owner)) {
      return refuse(
        "STATE_LOCKED",
        `The state folder ${stateDir} is in use by process ${held.owner.pid}: stop that run, or give this one its own --state.`,
      );
    }
    const outcome = await takeOver(stateDir, held);
    if (outcome !== null) reaped += outcome;
  }
  return refuse("STATE_LOCKED", `The state folder ${stateDir} is being taken by another start.`);
}

/** Creates the lock whole or not at all: a half-written lock is never visible. */
function createLock(stateDir: string, content: LockContent): boolean {
  const temporary = join(stateDir, `${LOCK_NAME}.${content.runId}`);
  writeFileSync(temporary, JSON.stringify(content), { mode: 0o600 });
  try {
    linkSync(temporary, join(stateDir, LOCK_NAME));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readLock(stateDir: string, name = LOCK_NAME): LockContent | "gone" | "unreadable" {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(join(stateDir, name), "utf8")));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "gone" : "unreadable";
  }
}

/** Ends the dead run's leftovers and removes its lock. Null when another start was faster. */
async function takeOver(stateDir: string, held: LockContent): Promise<number | null> {
  const claim = `${LOCK_NAME}.stale.${held.runId}`;
  const claimPath = join(stateDir, claim);
  try {
    linkSync(join(stateDir, LOCK_NAME), claimPath);
  } catch {
    const claimedAtMs = statSync(claimPath, { throwIfNoEntry: false })?.ctimeMs;
    if (claimedAtMs !== undefined && Date.now() - claimedAtMs > CLAIM_MAX_AGE_MS) rmSync(claimPath, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 200));
    return null;
  }
  try {
    const claimed = readLock(stateDir, claim);
    // Between reading the lock and claiming it, another start may have replaced it by its own.
    if (claimed === "gone" || claimed === "unreadable" || claimed.runId !== held.runId) return null;
    const reaped = await reap(claimed);
    rmSync(join(stateDir, LOCK_NAME), { force: true });
    return reaped;
  } finally {
    rmSync(claimPath, { force: true });
  }
}

/** Ends what a dead run left. Returns how many processes that were. */
export async function reap(held: LockContent): Promise<number> {
  let ended = 0;
  for (const child of held.children) {
    if (!isStillRunning(child)) continue;
    ended += 1;
    await endGroup(child.pid, 3_000);
  }
  const marked = processesOfRun(held.runId);
  for (const pid of marked) signal({ pid }, "SIGKILL");
  await waitUntil(() => processesOfRun(held.runId).length === 0, 2_000);
  return ended + marked.length;
}

function stateLock(stateDir: string, initial: LockContent): StateLock {
  const path = join(stateDir, LOCK_NAME);
  let content = initial;
  return {
    runId: initial.runId,
    record(child) {
      content = { ...content, children: [...content.children, child] };
      const temporary = `${path}.${content.runId}`;
      writeFileSync(temporary, JSON.stringify(content), { mode: 0o600 });
      renameSync(temporary, path);
    },
    release() {
      const held = readLock(stateDir);
      if (held !== "gone" && held !== "unreadable" && held.runId === content.runId) rmSync(path, { force: true });
    },
  };
}
