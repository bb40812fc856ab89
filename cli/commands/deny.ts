import { Argument, type Command } from "commander";
import type { Page } from "../../domain/api/types.ts";
import type { DenyEntry, DenySubject } from "../../domain/trading/control.ts";
import { callApi } from "../api-client.ts";
import { type Io, report, table } from "../output.ts";
import { type ApiCommandOptions, changing, listing } from "./api-command.ts";

const SUBJECTS: readonly DenySubject[] = ["mint", "creator", "metadata"];

/** Adds `deny add`, `deny remove` and `deny list`. */
export function registerDeny(program: Command, io: Io): void {
  const deny = program.command("deny").description("denylist of mints, creators and metadata hashes: what is on it is never bought");
  addChange(deny, io, { name: "add", method: "POST", done: "on the denylist" });
  addChange(deny, io, { name: "remove", method: "DELETE", done: "off the denylist" });
  listing(deny.command("list").description("what is on the denylist, by whom and why")).action(
    (options: ApiCommandOptions & { limit: number }) =>
      report(io, options.json, callApi<Page<DenyEntry>>(options, `/denylist?limit=${options.limit}`), (page) =>
        page.items.length === 0
          ? ["the denylist is empty"]
          : table(
              ["since", "subject", "value", "author", "reason"],
              page.items.map(({ atMs, subject, value, author, reason }) => [
                new Date(atMs).toISOString().slice(0, 10),
                subject,
                value,
                author,
                reason,
              ]),
            ),
      ),
  );
}

interface Change {
  readonly name: "add" | "remove";
  readonly method: "POST" | "DELETE";
  readonly done: string;
}

function addChange(deny: Command, io: Io, { name, method, done }: Change): void {
  changing(deny.command(name).description(`${name} an entry; the reason is kept with it`))
    .addArgument(new Argument("<subject>", "what the value is").choices(SUBJECTS))
    .argument("<value>", "address of the mint or creator, or SHA-256 hex of the metadata")
    .requiredOption("--reason <text>", "why")
    .action((subject: DenySubject, value: string, options: ApiCommandOptions & { reason: string }) => {
      const body = { subject, value, reason: options.reason };
      return report(io, options.json, callApi<DenyEntry | null>(options, "/denylist", { method, body }), () => [
        `${subject} ${value} is ${done}`,
      ]);
    });
}
