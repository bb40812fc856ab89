import { type FailingStorage, STORAGE_FAULTS, type StorageFault } from "./failing-storage.ts";

/** More operations than any one event makes. */
const MAX_OPERATIONS = 400;

/** An object on a storage that fails, with everything around it. */
export interface FaultyWorld {
  readonly disk: FailingStorage;
  /** The object dies and comes back. */
  restart(): unknown;
}

/** What is done to every world, and looked at in it. */
export interface FaultPlan<World extends FaultyWorld> {
  /** A world in which everything before the event went well. */
  readonly prepare: () => Promise<World>;
  /** The event, and what follows it behind its answer. May reject. */
  readonly event: (world: World) => Promise<unknown>;
  /** Looks at a world whose storage failed during the event and works again. `where` names the fault. */
  readonly judge: (world: World, where: string) => Promise<void>;
}

/**
 * Lets the storage fail at each operation that an event makes, in each way, each in a world of its own.
 * @returns how many faults of each kind there were
 */
export async function everyFault<World extends FaultyWorld>(
  { prepare, event, judge }: FaultPlan<World>,
  faults: readonly StorageFault[] = STORAGE_FAULTS,
): Promise<Map<StorageFault, number>> {
  const counts = new Map<StorageFault, number>();
  for (const fault of faults) {
    for (let n = 1; ; n++) {
      if (n > MAX_OPERATIONS) throw new Error(`more than ${MAX_OPERATIONS} operations`);
      const world = await prepare();
      world.disk.arm(n, fault);
      await event(world).catch(() => {});
      const { hasFailed } = world.disk;
      world.disk.arm(null);
      if (!hasFailed) break;
      counts.set(fault, n);
      await judge(world, `${fault} ${n}`);
    }
  }
  return counts;
}

/** Adds up the counts of several events, to be printed. */
export class FaultTally {
  readonly #counts = new Map<StorageFault, number>();

  add(counts: ReadonlyMap<StorageFault, number>): void {
    for (const [fault, n] of counts) this.#counts.set(fault, (this.#counts.get(fault) ?? 0) + n);
  }

  toString(): string {
    return [...this.#counts].map(([fault, n]) => `${fault} ${n}`).join(", ");
  }
}
