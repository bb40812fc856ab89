import { parseStartOptions } from "./options.ts";
import { createProgressLog } from "./progress-log.ts";
import { exitCodeOf } from "./refusal.ts";
import { runSystem } from "./run.ts";

const interrupt = new AbortController();
const interrupted = new Promise<null>((resolve) => interrupt.signal.addEventListener("abort", () => resolve(null)));

// A closed output (`npm start | head`) ends the run like Ctrl-C: the children must not outlive it.
process.stdout.on("error", () => interrupt.abort());
process.stderr.on("error", () => interrupt.abort());
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => interrupt.abort());

async function main(): Promise<number> {
  const parsed = parseStartOptions(process.argv.slice(2), process.env);
  if (!parsed.ok) {
    console.error(parsed.detail);
    return exitCodeOf(parsed.reason);
  }
  const options = parsed.value;
  if ("help" in options) {
    console.log(options.help.trimEnd());
    return 0;
  }
  const color = process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined;
  const log = createProgressLog((line) => console.log(line), { json: options.json, color, now: Date.now });
  const started = await runSystem(options, log, interrupt.signal);
  if (!started.ok) {
    if (started.reason === "INTERRUPTED") return 0;
    console.error(started.detail ?? started.reason);
    return exitCodeOf(started.reason);
  }
  const system = started.value;
  // A bug in the log or the feed must not leave the children behind either.
  const crashed = new Promise<string>((resolve) => process.on("uncaughtException", (error) => resolve(error.stack ?? error.message)));
  const failure = await Promise.race([interrupted, system.broken, crashed]);
  if (failure === null) log.write({ kind: "step", text: "stopping; the state is kept, and npm start goes on from it" });
  else console.error(failure);
  await system.stop();
  return failure === null ? 0 : 1;
}

/** A full disk or a folder that may not be written: one line, not a trace. */
function unexpected(error: unknown): number {
  const isDebug = process.env["SNIPER_DEBUG"] === "1" && error instanceof Error;
  console.error(isDebug ? error.stack : `error: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
}

process.exit(await main().catch(unexpected));
