import type { World } from "../world.ts";

/** What the engine must not have of the real world while it is simulated. */
interface Globals {
  setTimeout: unknown;
  clearTimeout: unknown;
  fetch: unknown;
}

/**
 * Puts the simulation's clock in the place of the platform's, and takes away what would make two runs of
 * one seed differ. Nothing else may run meanwhile: a simulation leaves the microtask queue only at its
 * end. @returns what gives everything back.
 */
export function takeGlobals(world: Pick<World, "now" | "scheduler">): () => void {
  const globals = globalThis as unknown as Globals;
  const { setTimeout, clearTimeout, fetch } = globals;
  const { now } = Date;
  const { random } = Math;
  const { log, warn, error, info } = console;
  const silent = (): void => {};
  const timers = new Map<number, boolean>();
  let timer = 0;
  Date.now = world.now;
  Math.random = () => {
    throw new Error("Math.random in a simulation");
  };
  globals.fetch = () => {
    throw new Error("fetch in a simulation");
  };
  globals.setTimeout = (run: () => void, ms = 0) => {
    const id = ++timer;
    timers.set(id, true);
    world.scheduler.after(ms, "timeout", run, () => timers.get(id) !== true);
    return id;
  };
  globals.clearTimeout = (id: number) => void timers.delete(id);
  Object.assign(console, { log: silent, warn: silent, error: silent, info: silent });
  return () => {
    Date.now = now;
    Math.random = random;
    Object.assign(globals, { setTimeout, clearTimeout, fetch });
    Object.assign(console, { log, warn, error, info });
  };
}
