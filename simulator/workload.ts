import type { Graduation } from "../domain/candidate.ts";
import type { Rng } from "../domain/random.ts";
import { WSOL_MINT } from "../domain/solana/programs.ts";
import { inboxOf, journalOf, portfolioOf } from "../durable-objects/stubs.ts";
import { advance } from "../workers/pipeline/advance.ts";
import { COINS, type Coin, WALLET } from "./chain/coins.ts";
import { runMinute, stagesOf } from "./engine/consumers.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
/** The provider tries a webhook again so often, a second apart (Helius, webhooks). */
const WEBHOOK_RETRIES = 3;

/** What an operator asked for, and what became of it. */
export interface OperatorCall {
  readonly ledger: string;
  readonly action: "ACTIVE" | "REDUCING" | "HALTED" | "close" | "lock";
  readonly atMs: number;
  /** When the answer came that it is done; null before, and for ever when it did not. */
  doneAtMs: number | null;
}

/** A graduation that happened, and whether the engine ever said that it has it. */
export interface Happened {
  readonly graduation: Graduation;
  isAccepted: boolean;
}

/** Everything that comes from outside and is no fault: graduations, the cron, operators, other people's tokens. */
export class Workload {
  readonly operatorCalls: OperatorCall[] = [];
  readonly graduations: Happened[] = [];
  /** Bodies that nobody can read, by queue. */
  readonly poison: string[] = [];
  readonly #world: World;
  readonly #rng: Rng;

  constructor(world: World) {
    this.#world = world;
    this.#rng = world.rng.fork("workload");
  }

  /** Plans what will happen. */
  begin(): void {
    const { scheduler, options, chain } = this.#world;
    const { graduations, meanGapMs } = options.workload;
    this.beginCron(this.#rng.int(MINUTE_MS));
    const first = this.#rng.int(COINS.length);
    let atMs = 10;
    for (let i = 0; i < graduations; i++) {
      const coin = COINS[(first + (this.#rng.int(8) === 0 ? 0 : i)) % COINS.length];
      if (coin === undefined) continue;
      scheduler.after(atMs, "graduation", () => this.graduate(coin, i));
      atMs += this.#rng.int(2 * meanGapMs);
    }
    if (this.#rng.int(4) === 0) {
      const dust = COINS[this.#rng.int(COINS.length)];
      if (dust !== undefined) scheduler.after(this.#rng.int(atMs), "airdrop", () => chain.airdrop(dust, BigInt(1 + this.#rng.int(1_000))));
    }
  }

  /** Perhaps an operator does something now. */
  maybeOperate(): void {
    const { options } = this.#world;
    if (this.#rng.next() >= options.workload.operator) return;
    const { ledgers } = options.workload;
    const ledger = ledgers[this.#rng.int(ledgers.length)] ?? "paper-A";
    const action = (["ACTIVE", "ACTIVE", "ACTIVE", "REDUCING", "HALTED", "close", "lock"] as const)[this.#rng.int(7)] ?? "ACTIVE";
    this.operate(ledger, action);
  }

  operate(ledger: string, action: OperatorCall["action"]): void {
    const { scheduler } = this.#world;
    const call: OperatorCall = { ledger, action, atMs: scheduler.nowMs, doneAtMs: null };
    this.operatorCalls.push(call);
    this.#world.spawn("operator", async (env) => {
      const portfolio = portfolioOf(env, ledger);
      if (action === "close") await portfolio.closeAll("operator");
      else if (action === "lock") {
        await portfolio.setLock({
          scope: "all",
          value: null,
          untilMs: this.#world.now() + 20_000,
          reason: "simulated",
          author: "operator",
        });
      } else if (!(await portfolio.setState(action, "operator"))) return;
      call.doneAtMs = scheduler.nowMs;
    });
  }

  /** What an operator does after the journal was restored: it gets back what R2 has, and D1 is made anew from it. */
  recover(): void {
    this.#world.database.drop();
    this.#world.spawn("operator", async (env) => {
      for (let step = 0; step < 20; step++) {
        // An answer may still be lost that was asked for before the calm: a person asks again.
        const recovered = await journalOf(env)
          .recover()
          .catch(() => null);
        if (recovered === null) continue;
        if (!recovered.ok || (recovered.value.state === "open" && recovered.value.imported === 0)) return;
      }
    });
  }

  /** From `inMs` on the cron runs once a minute. */
  beginCron(inMs: number): void {
    this.#world.scheduler.after(inMs, "cron", () => {
      this.beginCron(MINUTE_MS);
      this.#world.spawn("cron", (env) => runMinute(this.#world, env));
    });
  }

  /** A coin graduates, and everybody is told. */
  graduate(coin: Coin, n: number): void {
    const { chain, options, network, queues } = this.#world;
    if (chain.coinOf(coin.keys.mint) === null) chain.open(coin);
    const graduation: Graduation = {
      signature: `Graduation${String(n).padStart(54, "1")}`,
      slot: chain.slot,
      blockTimeMs: this.#world.scheduler.nowMs,
      mint: coin.keys.mint,
      pool: coin.keys.pool,
      bondingCurve: coin.keys.pool,
      user: WALLET,
      creator: coin.creator,
      quoteMint: WSOL_MINT,
      baseAmount: coin.baseReserves,
      quoteAmountLamports: coin.quoteReservesLamports,
      instruction: "migrate",
    };
    const happened: Happened = { graduation, isAccepted: false };
    this.graduations.push(happened);
    if (!network.chance(options.faults.webhookLost)) this.#deliver(happened, 0);
    if (network.chance(options.faults.webhookDuplicate)) this.#deliver(happened, 0);
    // What no webhook brought the gap filler finds.
    this.#fillGap(happened);
    if (network.chance(options.faults.poison)) {
      const queue = ["sniper-discoveries", "sniper-analyses", "sniper-signals"][this.#rng.int(3)] ?? "sniper-signals";
      this.poison.push(queue);
      queues.get(queue)?.accept({ v: 99, nonsense: n }, 0);
    }
  }

  #fillGap(happened: Happened): void {
    const isFilled = () => happened.isAccepted;
    const fill = (): void => {
      this.#deliver(happened, WEBHOOK_RETRIES);
      this.#fillGap(happened);
    };
    this.#world.scheduler.after(MINUTE_MS, "gap filler", fill, isFilled);
  }

  /** One delivery of the webhook, repeated by the provider when it is not answered. */
  #deliver(happened: Happened, attempt: number): void {
    const { scheduler } = this.#world;
    const { graduation } = happened;
    const again = (): void => {
      if (attempt < WEBHOOK_RETRIES) scheduler.after(1_000, "webhook again", () => this.#deliver(happened, attempt + 1));
    };
    this.#world.spawn(
      "webhook",
      async (env, actor) => {
        const { signature, slot } = graduation;
        const delivery = { signature, slot, source: "webhook", receivedAtMs: this.#world.now(), graduation, rejection: null } as const;
        let answers: ReadonlyArray<{ readonly key: string | null; readonly status: string }>;
        try {
          answers = await inboxOf(env, signature).accept([delivery]);
        } catch {
          return again();
        }
        happened.isAccepted = true;
        // The fast lane: from here on the webhook is answered.
        for (const { key, status } of answers) {
          if (status === "inserted" && key !== null) await advance(env, key, this.#world.now, "discover", stagesOf(this.#world, actor));
        }
      },
      again,
    );
  }
}
