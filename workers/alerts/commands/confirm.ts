import { html } from "../../../adapters/telegram/html.ts";
import { refuse } from "../../../domain/result.ts";
import type { Answer, Command, Desk, PendingAction } from "./desk.ts";
import { CONFIRM_MS } from "./pending.ts";
import { riskLines, settledText } from "./risk-text.ts";

/** Keeps an action until it is confirmed, and says how. `question` is HTML. */
export async function askFirst(desk: Desk, action: PendingAction, question: string): Promise<string> {
  const code = await desk.pending.ask(action);
  return `${question}\n\n${html`Go on within ${CONFIRM_MS / 1_000} s: /confirm_${code}`}\nLeave it: /cancel`;
}

const confirm: Answer = async ({ words: [code = ""] }, desk) => {
  const action = await desk.pending.take(code);
  return action === null
    ? "Nothing waits for this confirmation: it is too old, used, or another one came after it."
    : perform(action, desk);
};

async function perform(action: PendingAction, desk: Desk): Promise<string> {
  switch (action.kind) {
    case "resume":
      return resume(action.ledgers, action.note, desk);
    case "unlock": {
      const lifted = await desk.liftLocks(action.lockId);
      return lifted.length === 0 ? html`No lock ${action.lockId} is in force.` : html`🔓 Lifted in ${lifted.join(", ")}: ${action.lockId}`;
    }
    case "close": {
      const ledger = await desk.closePosition(action.positionId);
      return ledger === null
        ? html`Nothing is held as ${action.positionId}: it was sold already.`
        : html`Selling ${action.positionId} (${ledger}). The sale is told when it is done.`;
    }
    case "close-all": {
      const lines: string[] = [];
      for (const ledger of action.ledgers) lines.push(html`${ledger}: selling ${await desk.closeAll(ledger)} positions.`);
      return [...lines, "Entries go on: /pause stops them."].join("\n");
    }
  }
}

/** As the desk does it; a ledger that does not answer is a refusal, so that the others are asked too. */
export async function change(desk: Desk, wanted: Parameters<Desk["changeState"]>[0]): ReturnType<Desk["changeState"]> {
  try {
    return await desk.changeState(wanted);
  } catch (error) {
    console.error("trading state not set", wanted.ledger, String(error));
    return refuse("UPSTREAM_FAILED", "its books did not answer");
  }
}

/** Sets ACTIVE ledger by ledger; a ledger that refuses says why and stays as it is. */
export async function resume(
  ledgers: ReadonlyArray<{ readonly ledger: string; readonly clears: readonly string[]; readonly sinceMs: number }>,
  note: string | null,
  desk: Desk,
): Promise<string> {
  const lines: string[] = [];
  for (const { ledger, clears, sinceMs } of ledgers) {
    const changed = await change(desk, { ledger, state: "ACTIVE", note, clears, sinceMs });
    if (changed.ok) lines.push(...riskLines(changed.value.risk), settledText(changed.value.isSettled));
    else lines.push(html`⚠️ ${ledger} stays as it is: ${changed.detail ?? changed.reason} (${changed.reason}). Look again: /risk`);
  }
  return lines.filter((line) => line !== "").join("\n");
}

export const CONFIRM_COMMANDS: readonly Command[] = [
  { name: "confirm", group: "Other", usage: "CODE", text: "go on with what was asked last", answer: confirm },
  {
    name: "cancel",
    group: "Other",
    usage: "",
    text: "leave it",
    answer: async (_request, desk) => ((await desk.pending.drop()) ? "Left as it is." : "Nothing was waiting."),
  },
];
