import { type Command, InvalidArgumentError } from "commander";
import type { IntentView } from "../../domain/api/types.ts";
import type { TradeCosts } from "../../domain/journal/entry.ts";
import { ok, refuse } from "../../domain/result.ts";
import { listIntents, startRehearsal } from "../live-api.ts";
import { type Io, type Outcome, report, table } from "../output.ts";
import { type ApiCommandOptions, changing } from "./api-command.ts";

const POLL_MS = 1_000;
const DEFAULT_TIMEOUT_S = 300;
const OVER: ReadonlySet<string> = new Set(["landed", "failed", "expired"]);
/** Cost by cost, as the table names them. */
const COSTS: ReadonlyArray<readonly [keyof TradeCosts, string]> = [
  ["baseAmount", "base units"],
  ["quoteLamports", "quote"],
  ["venueFeeLamports", "venue fees, within the quote"],
  ["networkFeeLamports", "network and priority fee"],
  ["tipLamports", "tip"],
  ["rentLamports", "rent of our token account"],
  ["otherRentLamports", "rent that does not come back"],
];

interface RehearseOptions extends ApiCommandOptions {
  readonly mint?: string;
  readonly timeout: number;
}

/** One minimum-size round trip: its orders, and each cost that was not as predicted. */
export interface Rehearsal {
  readonly positionId: string;
  readonly intents: readonly IntentView[];
  readonly misses: ReadonlyArray<{ readonly intentId: string; readonly cost: string; readonly predicted: string; readonly actual: string }>;
}

/** Adds `live rehearse`. */
export function registerRehearse(live: Command, io: Io): void {
  changing(
    live.command("rehearse").description("one minimum-size round trip through the whole path: predicted against actual, cost by cost"),
  )
    .option("--mint <address>", "coin to buy and sell at once (default: the engine chooses one)")
    .option("--timeout <seconds>", "how long to wait for both orders", parseSeconds, DEFAULT_TIMEOUT_S)
    .action(async (options: RehearseOptions) => {
      const outcome = await rehearse(options);
      await report(io, options.json, Promise.resolve(outcome), showRehearsal);
      if (outcome.ok && outcome.value.misses.length > 0) io.fail(1);
    });
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 1 || seconds > 3_600) throw new InvalidArgumentError("It must be between 1 and 3600.");
  return seconds;
}

async function rehearse(options: RehearseOptions): Promise<Outcome<Rehearsal>> {
  const started = await startRehearsal(options, options.mint);
  if (!started.ok) return started;
  const { positionId } = started.value;
  const deadlineMs = performance.now() + options.timeout * 1_000;
  let seen: readonly IntentView[] = [];
  while (performance.now() < deadlineMs) {
    const page = await listIntents(options, 100, positionId);
    if (!page.ok) return page;
    seen = page.value.items;
    const landed = (side: IntentView["side"]): boolean => seen.some((intent) => intent.side === side && intent.status === "landed");
    if (landed("buy") && landed("sell")) return ok(rehearsalOf(positionId, seen));
    const buys = seen.filter(({ side }) => side === "buy");
    if (buys.length > 0 && !landed("buy") && buys.every(({ status }) => OVER.has(status))) {
      const last = buys[0];
      return refuse(
        "FAILED",
        `the buy ${last?.status}: ${last?.reason ?? ""} ${last?.detail ?? ""}; nothing was bought`.replace(/\s+/g, " "),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const states = seen.map(({ side, status }) => `${side} ${status}`).join(", ");
  return refuse(
    "FAILED",
    `not over within ${options.timeout} s (${states || "no order yet"}): see sniper intents; an exit goes on by itself`,
  );
}

/** The orders that landed, oldest first, with every cost that differs from its prediction. */
export function rehearsalOf(positionId: string, intents: readonly IntentView[]): Rehearsal {
  const landed = intents.filter(({ status }) => status === "landed").sort((a, b) => a.updatedAtMs - b.updatedAtMs);
  const misses = landed.flatMap((intent) =>
    COSTS.flatMap(([name, cost]) => {
      const [predicted, actual] = [intent.predicted?.[name] ?? "unknown", intent.actual?.[name] ?? "unknown"];
      return predicted === actual && predicted !== "unknown" ? [] : [{ intentId: intent.intentId, cost, predicted, actual }];
    }),
  );
  return { positionId, intents: landed, misses };
}

/** A rehearsal as lines for a person, amounts in lamports and base units. */
export function showRehearsal({ intents, misses }: Rehearsal): string[] {
  const tables = intents.flatMap(({ side, signature, predicted, actual }) => [
    `${side} ${signature ?? ""}`,
    ...table(
      ["  cost", "predicted", "actual", "difference"],
      COSTS.map(([name, cost]) => [
        `  ${cost}`,
        predicted?.[name] ?? "unknown",
        actual?.[name] ?? "unknown",
        difference(predicted?.[name], actual?.[name]),
      ]),
    ),
    "",
  ]);
  return [
    ...tables,
    misses.length === 0 ? "Every cost was as predicted." : `${misses.length} costs were not as predicted: size stays capped.`,
  ];
}

function difference(predicted: string | undefined, actual: string | undefined): string {
  if (predicted === undefined || actual === undefined) return "unknown";
  const by = BigInt(actual) - BigInt(predicted);
  return by === 0n ? "" : `${by > 0n ? "+" : ""}${by}`;
}
