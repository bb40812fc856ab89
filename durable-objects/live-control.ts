import { DurableObject } from "cloudflare:workers";

/** The one object that holds the mode in force, what going live was allowed on, and what waits for a person. */
export class LiveControl extends DurableObject<Env> {}
