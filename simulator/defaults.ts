/** Events of the safety phase unless a run asks for another number. */
export const DEFAULT_EVENTS = 300;
