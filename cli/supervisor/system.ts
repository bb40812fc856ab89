import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { buildWeb } from "./build-web.ts";
import { type Child, startChild } from "./child.ts";
import { isPortFree } from "./ports.ts";
import { RUN_ID_VARIABLE, waitUntil } from "./processes.ts";
import type { StartRefusal } from "./refusal.ts";
import { loadSecrets, type RunSecrets, writeEnvFile } from "./run-env.ts";
import { acquireState, type StateLock } from "./state-lock.ts";
import { signerArguments, signerEnvironment, wranglerArguments, wranglerEnvironment } from "./wrangler.ts";

/** The checkout that this file belongs to. */
export const ROOT = resolve(import.meta.dirname, "../..");

const READY_TIMEOUT_MS = 120_000;
const HEALTH_TIMEOUT_MS = 5_000;
/** Where the processes of `wrangler dev` find each other; it is of one run only. */
const REGISTRY = "wrangler-registry";
/** What a run keeps in its state folder beside the lock; `--fresh` removes these names and nothing else. */
const KEPT = [
  "identity.json",
  "localnet",
  "logs",
  "run.env",
  "secrets.json",
  "signer.env",
  "wallet.json",
  "wrangler",
  "wrangler-cache",
  REGISTRY,
  "wrangler-signer",
];

export interface SystemPlan {
  readonly stateDir: string;
  readonly fresh: boolean;
  readonly port: number;
  /** The embedded market, or null when the Workers look at another chain. */
  readonly localnet: LocalnetPlan | null;
  /** What the state belongs to; kept state of another identity is refused. */
  readonly identity: Readonly<Record<string, string>>;
  readonly withLearning: boolean;
  /** The signer, which makes live possible; null for a run that cannot trade live. */
  readonly signer: SignerPlan | null;
  readonly variables: (secrets: RunSecrets) => Result<Record<string, string>, StartRefusal>;
}

export interface LocalnetPlan {
  readonly port: number;
  readonly args: readonly string[];
}

export interface SignerPlan {
  /** Path of the file that holds the signer's variables, its key among them. */
  readonly envFile: () => Result<string, StartRefusal>;
}

export interface RunningSystem {
  readonly url: string;
  readonly stateDir: string;
  readonly secrets: RunSecrets;
  /** What changes over the API need; the person's own when their file names one. */
  readonly operatorToken: string;
  /** Resolves with a line for people when a part ended by itself. */
  readonly broken: Promise<string>;
  /** Ends exactly what this run started, and releases the state folder. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts the parts of a plan and resolves once the API answers. On refusal everything that was
 * started has been ended again. `onStep` hears of progress; `signal` breaks off the start.
 */
export async function startSystem(
  plan: SystemPlan,
  onStep: (text: string) => void,
  signal: AbortSignal,
): Promise<Result<RunningSystem, StartRefusal>> {
  const stateDir = resolve(plan.stateDir);
  const runId = randomUUID();
  const acquired = await acquireState(stateDir, runId);
  if (!acquired.ok) return acquired;
  const { lock, reaped } = acquired.value;
  if (reaped > 0) onStep("ended what an earlier killed run had left running");
  const children: Child[] = [];
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= Promise.all(children.map((child) => child.stop())).then(() => lock.release());
    return stopping;
  };
  try {
    const started = await startParts(plan, { stateDir, runId, lock, children, onStep, signal });
    if (!started.ok) await stop();
    return started.ok ? ok({ ...started.value, stop }) : started;
  } catch (error) {
    await stop();
    throw error;
  }
}

function portsOf(plan: SystemPlan): Array<readonly [number, string]> {
  return [[plan.port, "--port"], ...(plan.localnet === null ? [] : [[plan.localnet.port, "--localnet-port"] as const])];
}

interface StartContext {
  readonly stateDir: string;
  readonly runId: string;
  readonly lock: StateLock;
  readonly children: Child[];
  readonly onStep: (text: string) => void;
  readonly signal: AbortSignal;
}

async function startParts(plan: SystemPlan, context: StartContext): Promise<Result<Omit<RunningSystem, "stop">, StartRefusal>> {
  const { stateDir, onStep } = context;
  // After the lock: what an earlier killed run left on these ports is gone by now.
  for (const [port, flag] of portsOf(plan)) {
    if (!(await isPortFree(port))) return refuse("PORT_IN_USE", `Port ${port} is in use: choose another one with ${flag} <port>.`);
  }
  if (plan.fresh) wipe(stateDir);
  // A killed signer leaves its address there, and wrangler lets no other process take the name for 90 s: every
  // signature would be asked for at an address that nobody answers.
  rmSync(join(stateDir, REGISTRY), { recursive: true, force: true });
  const identified = checkIdentity(stateDir, plan.identity);
  if (!identified.ok) return identified;
  mkdirSync(join(stateDir, "logs"), { recursive: true });
  const secrets = loadSecrets(stateDir);
  const variables = plan.variables(secrets);
  if (!variables.ok) return variables;
  const signerFile = plan.signer?.envFile() ?? ok(null);
  if (!signerFile.ok) return signerFile;
  const envFile = join(stateDir, "run.env");
  writeEnvFile(envFile, variables.value);

  const environment = baseEnvironment(context.runId);
  const start = async (name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Child> => {
    const child = await startChild({
      name,
      command: process.execPath,
      args,
      cwd: ROOT,
      env: { ...environment, ...env },
      logFile: join(stateDir, "logs", `${name}.log`),
    });
    context.children.push(child);
    context.lock.record(child.identity);
    return child;
  };
  if (plan.localnet !== null) {
    onStep(`starting the embedded market on port ${plan.localnet.port}`);
    await start("localnet", [join(ROOT, "localnet/main.ts"), ...plan.localnet.args], {
      SNIPER_SECRETS_FILE: join(stateDir, "secrets.json"),
    });
  }
  const web = buildWeb(ROOT);
  if (!web.ok) return web;
  if (web.value.built) onStep("built the dashboard");
  onStep(`starting the Workers on port ${plan.port}`);
  if (signerFile.value !== null) {
    await start("signer", signerArguments({ root: ROOT, stateDir }, signerFile.value), signerEnvironment({ stateDir }));
  }
  const run = { root: ROOT, stateDir, port: plan.port, envFile, withLearning: plan.withLearning, live: plan.signer !== null };
  await start("workers", wranglerArguments(run), wranglerEnvironment(run));

  const url = `http://127.0.0.1:${plan.port}`;
  const broken = Promise.race(context.children.map(async (child) => endedLine(child, await child.exited)));
  const ready = waitUntil(() => context.signal.aborted || isHealthy(url), READY_TIMEOUT_MS, 150);
  const outcome = await Promise.race([ready, broken]);
  if (context.signal.aborted) return refuse("INTERRUPTED", "interrupted");
  const operatorToken = variables.value["OPERATOR_TOKEN"] ?? secrets.operatorToken;
  if (outcome === true) return ok({ url, stateDir, secrets, operatorToken, broken });
  if (outcome === false)
    return refuse("NOT_READY", `The API did not answer within ${READY_TIMEOUT_MS / 1000} s; see ${join(stateDir, "logs")}.`);
  return refuse("CHILD_FAILED", outcome);
}

function endedLine(child: Child, code: string): string {
  return `${child.name} ended by itself (${code}): ${child.lastLines().slice(-12).join("\n")}`;
}

/** True once the API answers, healthy or degraded: a 5xx means that it is not there yet. */
async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/v1/health`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
    return response.status < 500 && (response.headers.get("content-type")?.includes("json") ?? false);
  } catch {
    return false;
  }
}

/** What every part inherits: enough to find programs, and the mark by which a later start knows it. */
function baseEnvironment(runId: string): Record<string, string> {
  const { HOME, TMPDIR, LANG, USERPROFILE, SystemRoot } = process.env;
  const kept = Object.entries({ HOME, TMPDIR, LANG, USERPROFILE, SystemRoot }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return {
    ...Object.fromEntries(kept),
    PATH: [join(ROOT, "node_modules/.bin"), process.env["PATH"] ?? ""].join(delimiter),
    [RUN_ID_VARIABLE]: runId,
  };
}

/** Forgets the state of a folder that this process holds the lock of. */
function wipe(stateDir: string): void {
  for (const name of KEPT) rmSync(join(stateDir, name), { recursive: true, force: true });
}

/** Books of one market must never go on in another: the first start writes down what the state belongs to. */
function checkIdentity(stateDir: string, identity: Readonly<Record<string, string>>): Result<null, "STATE_MISMATCH"> {
  const path = join(stateDir, "identity.json");
  let kept: Record<string, unknown>;
  try {
    kept = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  } catch {
    writeFileSync(path, JSON.stringify(identity), { mode: 0o600 });
    return ok(null);
  }
  const other = Object.entries(identity).find(([name, value]) => kept[name] !== value);
  if (other === undefined) return ok(null);
  const [name, value] = other;
  return refuse(
    "STATE_MISMATCH",
    `The state in ${stateDir} belongs to ${name} ${String(kept[name] ?? "1")}, not ${value}: use another --state, or --fresh to start anew.`,
  );
}
