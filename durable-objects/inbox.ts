import { DurableObject } from "cloudflare:workers";
import type { Stage } from "../domain/pipeline/inbox.ts";
import type { Signature, UnixMs } from "../domain/units.ts";
import { type AcceptAnswer, type Delivery, InboxCore, type StageOutcomeRecord, type StageWork } from "./core/inbox-core.ts";
import { SqliteInboxStore } from "./core/inbox-sqlite.ts";
import { hostOf } from "./host/sqlite-host.ts";

export type { AcceptAnswer, Delivery, StageWork } from "./core/inbox-core.ts";

/** A share of all signatures and their graduations; see `InboxCore`. */
export class Inbox extends DurableObject<Env> {
  readonly #core: InboxCore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#core = new InboxCore(hostOf(ctx), env, new SqliteInboxStore(ctx.storage.sql));
  }

  accept(deliveries: readonly Delivery[]): Promise<readonly AcceptAnswer[]> {
    return this.#core.accept(deliveries);
  }

  unknown(signatures: readonly Signature[]): Signature[] {
    return this.#core.unknown(signatures);
  }

  lease(key: string, stage: Stage, nowMs: UnixMs): StageWork | null {
    return this.#core.lease(key, stage, nowMs);
  }

  complete(key: string, stage: Stage, outcome: StageOutcomeRecord, nowMs: UnixMs): Promise<boolean> {
    return this.#core.complete(key, stage, outcome, nowMs);
  }

  release(key: string, stage: Stage): void {
    this.#core.release(key, stage);
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return this.#core.alarm(info);
  }

  watchdog(): Promise<void> {
    return this.#core.watchdog();
  }
}
