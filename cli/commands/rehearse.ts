import { confirm, isCancel } from "@clack/prompts";
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
  readonly yes: boolean;
}

/** Costs that follow the price, which others may move between quote and landing. */
const MARKET: ReadonlySet<keyof TradeCosts> = new Set(["baseAmount", "quoteLamports", "venueFeeLamports"]);

/** One minimum-size round trip: its orders, and what was not as predicted. */
export interface Rehearsal {
  readonly positionId: string;
  readonly intents: readonly IntentView[];
  readonly misses: ReadonlyArray<{ readonly intentId: string; readonly detail: string }>;
}

/** Adds `live rehearse`. */
export function registerRehearse(live: Command, io: Io): void {
  changing(
    live.command("rehearse").description("one minimum-size round trip through the whole path: predicted against actual, cost by cost"),
  )
    .option("--mint <address>", "coin to buy and sell at once (default: the engine chooses one)")
    .option("--yes", "do not ask", false)
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
  if (!options.yes && !options.json && process.stdin.isTTY === true) {
    const answer = await confirm({
      message: "This buys and sells a coin with the wallet's money, in the smallest size, also on paper. Go on?",
    });
    if (isCancel(answer) || !answer) return refuse("FAILED", "nothing was bought");
  }
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

/**
 * The orders that landed, oldest first, with what was not as predicted: what the engine found when it computed
 * the trade once more on the reserves that the transaction met (the order's detail), a cost that no price moves,
 * and a cost that is not known.
 */
export function rehearsalOf(positionId: string, intents: readonly IntentView[]): Rehearsal {
  const landed = intents.filter(({ status }) => status === "landed").sort((a, b) => a.updatedAtMs - b.updatedAtMs);
  const misses = landed.flatMap(({ intentId, detail, predicted, actual }) => {
    const found = COSTS.flatMap(([name, cost]) => {
      const [before, after] = [predicted?.[name], actual?.[name]];
      if (before === undefined || after === undefined) return [`${cost}: unknown`];
      return before === after || MARKET.has(name) ? [] : [`${cost}: ${after} instead of ${before}`];
    });
    return [...(detail === null ? [] : [detail]), ...found].map((text) => ({ intentId, detail: text }));
  });
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
  const hasMoved = intents.some(({ predicted, actual }) => [...MARKET].some((name) => predicted?.[name] !== actual?.[name]));
  if (misses.length > 0) return [...tables, ...misses.map(({ intentId, detail }) => `NOT AS PREDICTED  ${intentId}: ${detail}`)];
  return [
    ...tables,
    hasMoved
      ? "The price moved between quote and landing; computed again on the reserves that each transaction met, every cost was what moved."
      : "Every cost was as predicted.",
  ];
}

function difference(predicted: string | undefined, actual: string | undefined): string {
  if (predicted === undefined || actual === undefined) return "unknown";
  const by = BigInt(actual) - BigInt(predicted);
  return by === 0n ? "" : `${by > 0n ? "+" : ""}${by}`;
}
