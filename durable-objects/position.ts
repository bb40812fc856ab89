import { DurableObject } from "cloudflare:workers";
import type { PositionAccount } from "../domain/trading/portfolio-adopt.ts";
import type { PoolMark } from "../domain/trading/portfolio-state.ts";
import type { PositionPlan, PositionState } from "../domain/trading/position-state.ts";
import type { RugAlert } from "../domain/trading/rug-alert.ts";
import { PositionCore } from "./core/position-core.ts";
import { hostOf } from "./host/sqlite-host.ts";
import { positionPorts } from "./position-ports.ts";

/** One position: the Durable Object around `PositionCore`, which says what each call does. */
export class Position extends DurableObject<Env> {
  readonly core: PositionCore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.core = new PositionCore(hostOf(ctx), env, positionPorts(env));
  }

  async start(plan: PositionPlan): Promise<void> {
    return this.core.start(plan);
  }

  async onMark(mark: PoolMark): Promise<boolean> {
    return this.core.onMark(mark);
  }

  async onAlert(alert: RugAlert): Promise<boolean> {
    return this.core.onAlert(alert);
  }

  async cancelEntry(): Promise<void> {
    return this.core.cancelEntry();
  }

  async close(): Promise<void> {
    return this.core.close();
  }

  async view(): Promise<PositionState | null> {
    return this.core.view();
  }

  async account(): Promise<PositionAccount | null> {
    return this.core.account();
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    return this.core.alarm(info);
  }

  async watchdog(): Promise<boolean> {
    return this.core.watchdog();
  }
}
