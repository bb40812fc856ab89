import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ok, type Result, refuse } from "../../domain/result.ts";

export interface HeldLock {
  release(): void;
}

/** Takes the lock of a state folder. A lock whose process is gone is taken over. Refuses with one line for a person. */
export function lockState(dir: string): Result<HeldLock, "STATE_LOCKED"> {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, "lock");
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const fd = openSync(path, "wx");
      writeSync(fd, String(process.pid));
      closeSync(fd);
      return ok({ release: () => rmSync(path, { force: true }) });
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
    }
    const owner = Number(readText(path));
    if (isLocalnet(owner)) return refuse("STATE_LOCKED", `${dir} is in use by process ${owner}: stop it, or choose another --state`);
    rmSync(path, { force: true });
  }
  return refuse("STATE_LOCKED", `${dir} is in use by another process: stop it, or choose another --state`);
}

/** Whether the process runs and is a localnet: process ids are reused, and /proc tells where it exists. */
function isLocalnet(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  // A process that was killed but not reaped yet has an empty command line.
  return process.platform !== "linux" || readText(`/proc/${pid}/cmdline`).includes("localnet");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
