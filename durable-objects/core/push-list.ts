import type { Result } from "../../domain/result.ts";
import { afterFailure, afterList, type ListState, nextListStep, unknownList } from "../../domain/trading/watch/address-list.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import type { Host, Table } from "../host/host.ts";

/** Address list of the webhook that pushes transactions of watched pools. */
export interface PushWebhook {
  /** The addresses that the provider has. */
  read(): Promise<Result<readonly Address[]>>;
  /** Replaces them; answers what the provider has then. */
  edit(addresses: readonly Address[]): Promise<Result<readonly Address[]>>;
}

/** `off`: not configured, polling alone finds what happens; `failing`: the last call to the provider failed. */
export type PushStatus = "off" | "on" | "failing";

const KEY = "list";

/**
 * The one editor of the push webhook's address list. Edits cost, so they are put off, put together and
 * left out where they would bring nothing.
 */
export class PushList {
  readonly #host: Host;
  readonly #webhook: PushWebhook | null;
  readonly #table: Table;
  #state: ListState;
  #wanted: readonly Address[] = [];
  #wantedAtMs: UnixMs;
  /** Since this object was made, the provider's list has been looked at. */
  #isCompared = false;
  #running: Promise<void> | null = null;

  constructor(host: Host, webhook: PushWebhook | null) {
    this.#host = host;
    this.#webhook = webhook;
    this.#table = host.storage.table("push_list");
    const body = this.#table.get(KEY);
    this.#state = body === null ? unknownList() : (JSON.parse(body) as ListState);
    this.#wantedAtMs = host.now();
  }

  status(): PushStatus {
    if (this.#webhook === null) return "off";
    return this.#state.failures > 0 ? "failing" : "on";
  }

  /** Whether the list is still to be compared with the provider's, which no alarm of an earlier life knows of. */
  get isUnknown(): boolean {
    return !this.#isCompared && this.#state.failures === 0;
  }

  /** Says which addresses pushes are wanted for. */
  want(addresses: Iterable<Address>): void {
    const wanted = [...new Set(addresses)].sort();
    if (wanted.join() === this.#wanted.join()) return;
    this.#wanted = wanted;
    this.#wantedAtMs = this.#host.now();
  }

  /** Events that came for addresses nobody wants. Kept in memory only: a lost count delays an edit. */
  noteStale(events: number): void {
    this.#state = { ...this.#state, staleEvents: this.#state.staleEvents + events };
  }

  /** When something has to be done about the list; null when nothing has. */
  nextMs(): UnixMs | null {
    return this.#webhook === null ? null : (nextListStep(this.#planned(), this.#wanted, this.#wantedAtMs)?.atMs ?? null);
  }

  /** Does what is due, one thing at a time. Failures are kept and repeated later, ever more rarely. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    const next = nextListStep(this.#planned(), this.#wanted, this.#wantedAtMs);
    if (this.#webhook === null || next === null || next.atMs > this.#host.now()) return;
    const { step } = next;
    const answer = step.type === "check" ? await this.#webhook.read() : await this.#webhook.edit(step.addresses);
    if (answer.ok) {
      this.#isCompared = true;
      this.#keep(afterList(this.#state, step.type, answer.value, this.#host.now()));
      return;
    }
    console.warn(`push webhook: ${step.type} failed`, answer.reason, answer.detail ?? "");
    this.#keep(afterFailure(this.#state, this.#host.now()));
  }

  /** A list that was kept from an earlier life of the object is compared with the provider's first. */
  #planned(): ListState {
    return this.#isCompared ? this.#state : { ...this.#state, listed: null };
  }

  #keep(state: ListState): void {
    this.#state = state;
    this.#table.put(KEY, JSON.stringify(state));
  }
}
