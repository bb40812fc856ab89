/** Events of the safety phase unless a run asks for another number: enough for several trades from their graduation to their last sale. */
export const DEFAULT_EVENTS = 700;
