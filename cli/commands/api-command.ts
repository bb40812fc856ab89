import { type Command, InvalidArgumentError } from "commander";
import { type ApiOptions, DEFAULT_URL } from "../api-client.ts";

/** Options of every command that talks to a running instance. */
export interface ApiCommandOptions extends ApiOptions {
  readonly json: boolean;
}

/** Adds the options of a command that reads from a running instance. */
export function reading(command: Command): Command {
  return command
    .option("--url <url>", "address of the running instance", process.env["SNIPER_URL"] ?? DEFAULT_URL)
    .option("--json", "print JSON", false);
}

/** Adds the options of a command that changes something: such a call carries the operator token. */
export function changing(command: Command): Command {
  return reading(command).option("--state <dir>", "state folder of a local run, for its operator token", ".sniper/state");
}

/** As `reading`, for a list. */
export function listing(command: Command): Command {
  return reading(command).option("--limit <n>", "how many, newest first", parseLimit, 20);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw new InvalidArgumentError("It must be between 1 and 500.");
  return limit;
}
