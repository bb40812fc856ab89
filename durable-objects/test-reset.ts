import { reset as resetNow } from "cloudflare:test";

/** Turns of the event loop that objects get to finish what they do behind their answers; busy machines take longer for each. */
const TURNS = 10;
const TURN_MS = 15;
/** Nobody has done anything in so short a time. */
const CLEAN_MS = 5;

let cleanAtMs = Number.NEGATIVE_INFINITY;

/**
 * Empties every object, database and bucket. workerd drops what objects in memory hold, and one that is just being ended
 * keeps its rows: so what they do behind their answers, journal and flush, is let end first.
 */
export async function reset(): Promise<void> {
  if (performance.now() - cleanAtMs > CLEAN_MS) {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setTimeout(resolve, TURN_MS));
  }
  await resetNow();
  cleanAtMs = performance.now();
}
