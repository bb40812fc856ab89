/** Events of the safety phase unless a run asks for another number: enough for several trades from their graduation to their last sale. */
export const DEFAULT_EVENTS = 700;

/** A Saturday in 2026, some minutes before midnight UTC: a day ends in many runs. */
export const START_MS = Date.UTC(2026, 10, 21, 23, 56);
