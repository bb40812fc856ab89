import type { JournalEntry } from "../../domain/journal/entry.ts";
import { Violation } from "../invariants/violation.ts";
import type { RunResult, RunSettings } from "../run.ts";
import { accountOf, differenceOf, misorderOf } from "./alike.ts";
import { drawScript, quietOptions, type Script } from "./script.ts";
import { type Performance, perform } from "./stage.ts";

/** C8: one seed's market on paper and live. Never throws for what the engine does: that is a violation. */
export async function runParity(seed: number, settings: RunSettings = {}): Promise<RunResult> {
  const script = drawScript(seed);
  let paper: Performance | null = null;
  let live: Performance | null = null;
  let violation: RunResult["violation"] = null;
  try {
    paper = await perform(script, "paper-A");
    live = await perform(script, "live-A");
    const difference = differenceOf(accountOf(paper), accountOf(live)) ?? misorderOf(live);
    if (difference !== null) throw new Violation("C8", difference);
  } catch (error) {
    const rule = error instanceof Violation ? error.rule : "engine";
    const message = error instanceof Error ? error.message : String(error);
    violation = { rule, message, stack: error instanceof Error ? (error.stack ?? "") : "" };
  }
  const successes = live?.world.chain.landed.filter(({ error }) => error === null) ?? [];
  return {
    seed,
    options: quietOptions(seed, "live-A"),
    hash: `${paper?.hash ?? ""}${live?.hash ?? ""}`,
    events: (paper?.world.scheduler.steps ?? 0) + (live?.world.scheduler.steps ?? 0),
    crashes: 0,
    landedBuys: successes.filter(({ instruction }) => instruction.side === "buy").length,
    landedSells: successes.filter(({ instruction }) => instruction.side === "sell").length,
    trades: live?.entries.filter(({ entry }) => entry.kind === "trade").length ?? 0,
    violation,
    log: violation === null && settings.keepLog !== true ? [] : told(script, live),
    seen: live === null ? {} : seenIn(live),
  };
}

/** What a comparison was of, by what happened: an idle engine would agree with itself, too. */
function seenIn({ entries, world }: Performance): Record<string, number> {
  const seen: Record<string, number> = {};
  const count = (what: string | null): void => {
    if (what !== null) seen[what] = (seen[what] ?? 0) + 1;
  };
  for (const { entry } of entries) count(kindOf(entry));
  for (const { error, instruction } of world.chain.landed) if (error !== null) count(`failed ${instruction.side}`);
  return seen;
}

function kindOf(entry: JournalEntry): string | null {
  switch (entry.kind) {
    case "decision":
      return entry.stage === "trade" ? (entry.reasons[0]?.code ?? entry.outcome) : null;
    case "order":
      return entry.reason === "EXIT_LADDER" ? "EXIT_LADDER" : null;
    case "trade":
      return entry.exitReason;
    case "trading-state":
      return entry.reason === null ? null : `stopped ${entry.reason}`;
    case "lock":
      return entry.author === "system" ? `locked ${entry.reason}` : "locked";
    default:
      return null;
  }
}

function told({ setup, epochs, slips }: Script, live: Performance | null): string[] {
  return [
    `opening ${setup.openingLamports} lamports, ${JSON.stringify(setup.parameters.parameters)}`,
    ...epochs.map((action, epoch) => `epoch ${epoch}: ${JSON.stringify(action)}`),
    ...slips.map((slip) => `slip: ${JSON.stringify(slip)}`),
    ...(live?.log ?? []),
  ];
}
