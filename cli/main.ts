import { Command, CommanderError } from "commander";
import { registerDeadLetters } from "./commands/dead-letters.ts";
import { registerDecode } from "./commands/decode.ts";
import { registerDeny } from "./commands/deny.ts";
import { registerIncidents } from "./commands/incidents.ts";
import { registerJournal } from "./commands/journal.ts";
import { registerLists } from "./commands/lists.ts";
import { registerLive } from "./commands/live.ts";
import { registerReplay } from "./commands/replay.ts";
import { registerRisk } from "./commands/risk.ts";
import { registerScore } from "./commands/score.ts";
import { registerSentiment } from "./commands/sentiment.ts";
import { registerStats } from "./commands/stats.ts";
import { registerStatus } from "./commands/status.ts";
import { registerWallet } from "./commands/wallet.ts";
import type { Io } from "./output.ts";

/** The `sniper` command with all its sub-commands. Unknown flags and surplus arguments are usage errors (exit code 2). */
export function createProgram(io: Io): Command {
  const program = new Command("sniper").description("Look at, steer and test the sniper.").showHelpAfterError("(--help shows the usage)");
  registerStatus(program, io);
  registerLists(program, io);
  registerStats(program, io);
  registerRisk(program, io);
  registerDeny(program, io);
  registerDeadLetters(program, io);
  registerJournal(program, io);
  registerLive(program, io);
  registerWallet(program, io);
  registerIncidents(program, io);
  registerDecode(program);
  registerReplay(program, io);
  registerScore(program, io);
  registerSentiment(program, io);
  for (const command of [program, ...program.commands, ...program.commands.flatMap((sub) => sub.commands)]) {
    command
      .allowExcessArguments(false)
      .exitOverride()
      .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.err(text.trimEnd()) });
  }
  return program;
}

/** Runs one command line. An unexpected error is one line too; SNIPER_DEBUG=1 shows where it came from. */
export async function runCli(argv: readonly string[], io: Io): Promise<void> {
  try {
    await createProgram(io).parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode !== 0) io.fail(2);
      return;
    }
    const isDebug = process.env["SNIPER_DEBUG"] === "1";
    io.err(
      isDebug && error instanceof Error
        ? (error.stack ?? error.message)
        : `error: ${error instanceof Error ? error.message : String(error)}`,
    );
    io.fail(1);
  }
}
