import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ok, type Result, refuse } from "../../domain/result.ts";

export interface StartOptions {
  /** Port of the dashboard, API and webhooks. */
  readonly port: number;
  readonly localnetPort: number;
  readonly seed: string;
  readonly mix: "demo" | "honest";
  /** Tempo of the embedded market; clocks and alarms run at wall speed. */
  readonly speed: number;
  readonly stateDir: string;
  readonly fresh: boolean;
  readonly mainnet: boolean;
  /** Starts the signer and raises the ceiling; the mode in force stays paper until it is enabled. */
  readonly live: boolean;
  /** With `live`: enables it after readiness through the preflight, without asking. */
  readonly yes: boolean;
  /** File of keys for `--mainnet`. */
  readonly varsFile: string;
  /** File of the wallet's key and the signer's limits for `--mainnet --live`. */
  readonly signerVarsFile: string;
  readonly json: boolean;
}

export const DEFAULT_PORT = 8787;
export const SIGNER_VARS_FILE = ".dev.vars.signer";

/** Commander parser for a TCP port. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new InvalidArgumentError("It must be a port between 1 and 65535.");
  return port;
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (!Number.isFinite(speed) || speed < 0.1 || speed > 100) throw new InvalidArgumentError("It must be a number between 0.1 and 100.");
  return speed;
}

/**
 * Reads the arguments of `npm start -- ...`. `help` carries the text to print when that is what was asked
 * for; a usage error is a refusal with commander's line. `MODE=live` in the environment means `--live`.
 */
export function parseStartOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Result<StartOptions | { readonly help: string }, "USAGE"> {
  let printed = "";
  let complaint = "";
  const program = new Command("npm start --")
    .description("Starts the whole system on this machine: the embedded market, both Workers, and the dashboard.")
    .option("--port <port>", "dashboard, API and webhooks", parsePort, DEFAULT_PORT)
    .option("--localnet-port <port>", "embedded market", parsePort, 8899)
    .option("--seed <seed>", "seed of the embedded market", "1")
    .addOption(new Option("--mix <mix>", "which token lives the market draws").choices(["demo", "honest"]).default("demo"))
    .option("--speed <factor>", "tempo of the embedded market", parseSpeed, 1)
    .option("--state <dir>", "where everything is kept (default: .sniper/state, with --mainnet .sniper/mainnet)")
    .option("--fresh", "forget the kept state and start anew", false)
    .option("--mainnet", "the real market, on paper without --live; needs RPC_URL in .dev.vars", false)
    .option("--live", "start the signer too, so that live trading can be enabled (also: MODE=live)", false)
    .option("--yes", "with --live: enable live trading at once if the preflight passes", false)
    .option("--vars <file>", "file of keys for --mainnet", ".dev.vars")
    .option("--signer-vars <file>", "file of the wallet's key for --mainnet --live", SIGNER_VARS_FILE)
    .option("--json", "one JSON object per line instead of text", false)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        printed += text;
      },
      writeErr: (text) => {
        complaint += text;
      },
    });
  try {
    program.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? ok({ help: printed }) : refuse("USAGE", complaint.trim() || error.message);
  }
  const given = program.opts<{
    port: number;
    localnetPort: number;
    seed: string;
    mix: "demo" | "honest";
    speed: number;
    state?: string;
    fresh: boolean;
    mainnet: boolean;
    live: boolean;
    yes: boolean;
    vars: string;
    signerVars: string;
    json: boolean;
  }>();
  if (given.port === given.localnetPort) return refuse("USAGE", "error: --port and --localnet-port must differ");
  const live = given.live || env["MODE"] === "live";
  if (given.yes && !live) return refuse("USAGE", "error: --yes needs --live");
  if (given.fresh && given.mainnet && live)
    return refuse("USAGE", "error: --fresh would forget what a real wallet holds: sell first, then choose another --state");
  return ok({
    port: given.port,
    localnetPort: given.localnetPort,
    seed: given.seed,
    mix: given.mix,
    speed: given.speed,
    stateDir: given.state ?? (given.mainnet ? ".sniper/mainnet" : ".sniper/state"),
    fresh: given.fresh,
    mainnet: given.mainnet,
    live,
    yes: given.yes,
    varsFile: given.vars,
    signerVarsFile: given.signerVars,
    json: given.json,
  });
}
