import { appendControlEvent } from "../../adapters/r2/control-log.ts";
import type { Result } from "../../domain/result.ts";
import { type Control, type ControlEvent, controlJournalEntries } from "../../domain/trading/control.ts";
import { journalOf } from "../../durable-objects/stubs.ts";

/**
 * The one way to change control: writes the event to the log, then to the journal. Safe to repeat with
 * the same event id; a repeat also mends a journal entry that an earlier failure left out.
 */
export async function recordControlEvent(env: Env, event: ControlEvent, nowMs: number): Promise<Result<Control>> {
  const appended = await appendControlEvent(env, event, nowMs);
  if (appended.ok) await journalOf(env).append(controlJournalEntries(event));
  return appended;
}
