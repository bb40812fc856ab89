import { confirm, isCancel } from "@clack/prompts";
import type { Command } from "commander";
import type { Page } from "../../domain/api/types.ts";
import { ok, refuse } from "../../domain/result.ts";
import type { DeadLetterView } from "../../workers/api/dead-letters.ts";
import { callApi } from "../api-client.ts";
import { type Io, type Outcome, report, table } from "../output.ts";
import { type ApiCommandOptions, changing, listing } from "./api-command.ts";

/** Adds `dead-letters list` and `dead-letters redrive`. */
export function registerDeadLetters(program: Command, io: Io): void {
  const group = program.command("dead-letters").description("queue messages that failed every retry and were archived");
  listing(group.command("list").description("what was archived")).action((options: ApiCommandOptions & { limit: number }) =>
    report(io, options.json, callApi<Page<DeadLetterView>>(options, `/dead-letters?limit=${options.limit}`), ({ items }) =>
      items.length === 0 ? ["no dead letters"] : table(["time", "queue", "id"], items.map(rowOf)),
    ),
  );
  changing(group.command("redrive").description("put archived messages back on their queues; a late one never buys"))
    .argument("<id...>", "ids as listed")
    .option("--yes", "do not ask", false)
    .action((ids: string[], options: ApiCommandOptions & { yes: boolean }) =>
      report(io, options.json, redrive(ids, options), (sent) => sent.map(({ id, queue }) => `${id} is on ${queue} again`)),
    );
}

async function redrive(ids: readonly string[], options: ApiCommandOptions & { yes: boolean }): Promise<Outcome<DeadLetterView[]>> {
  if (!options.yes && !options.json && process.stdin.isTTY === true) {
    const answer = await confirm({ message: `Put ${ids.length} message${ids.length === 1 ? "" : "s"} back?` });
    if (isCancel(answer) || !answer) return refuse("FAILED", "nothing was sent");
  }
  const sent: DeadLetterView[] = [];
  for (const id of ids) {
    const answer = await callApi<DeadLetterView>(options, `/dead-letters/${encodeURIComponent(id)}/redrive`, { method: "POST" });
    if (!answer.ok) return refuse("FAILED", `${id}: ${answer.detail ?? "failed"} (${sent.length} of ${ids.length} were sent)`);
    sent.push(answer.value);
  }
  return ok(sent);
}

function rowOf({ atMs, queue, id }: DeadLetterView): string[] {
  return [new Date(atMs).toISOString().slice(0, 19).replace("T", " "), queue, id];
}
