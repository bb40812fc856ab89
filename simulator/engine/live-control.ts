import type { Host } from "../../durable-objects/host/host.ts";

/** What the live control object knows that the rest of the engine asks for; its own checks are outside of the simulation. */
export class SimulatedLiveControl {
  readonly #raised: string[];

  constructor(_host: Host, raised: string[]) {
    this.#raised = raised;
  }

  async mode(): Promise<"live"> {
    return "live";
  }

  async terms(): Promise<{ readonly mode: "live"; readonly holds: readonly never[]; readonly maxSizeLamports: null }> {
    return { mode: "live", holds: [], maxSizeLamports: null };
  }

  async raise(report: { readonly code: string; readonly subject: string; readonly detail: string }): Promise<string> {
    this.#raised.push(`${report.code} ${report.subject} ${report.detail}`);
    return "incident";
  }

  async clear(): Promise<void> {}

  async observe(): Promise<void> {}

  async watchdog(): Promise<void> {}
}
