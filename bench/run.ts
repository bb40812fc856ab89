/**
 * `npm run bench [-- --limit SECONDS]`: how fast decoder, quotes, messages and sentiment are, how long a newcomer waits, and how
 * large the sniper Worker is. Runs the system on an empty state folder until a model is decided or the limit (default
 * 600 s) is over.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort } from "../cli/supervisor/ports.ts";
import type { ModelView, Page, StudyView } from "../domain/api/types.ts";
import { getApi, startInstance } from "../e2e/instance.ts";
import { buildBundle, bundleLine } from "./bundle.ts";
import { benchScoring } from "./scoring.ts";
import { benchSentiment } from "./sentiment.ts";
import { benchSigner } from "./signer.ts";
import { venueBench } from "./venues.ts";

const SEED = "1";

/** The targets that these figures are held against. */
const TARGETS = { readyS: 20, firstTradeS: 60, firstModelS: 600 };

function machine(): string {
  const cores = cpus();
  return `${cores.length} x ${cores[0]?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
}

async function poll<T>(read: () => Promise<T | null>, untilMs: number): Promise<T | null> {
  while (Date.now() < untilMs) {
    const value = await read().catch(() => null);
    if (value !== null) return value;
    await new Promise((done) => setTimeout(done, 2_000));
  }
  return null;
}

const { values } = parseArgs({ options: { limit: { type: "string", default: "600" } } });
const limitMs = Number(values.limit) * 1000;
const stateDir = mkdtempSync(join(tmpdir(), "sniper-bench-"));
const [port, localnetPort] = [await freePort(), await freePort()];
const url = `http://127.0.0.1:${port}`;
const bundle = buildBundle();
// Before the system starts, which would take the processor away.
const venueLines = [...venueBench(), ...(await benchSigner()), ...(await benchSentiment()), ...(await benchScoring())];
const instance = startInstance(["--port", String(port), "--localnet-port", String(localnetPort), "--state", stateDir, "--seed", SEED]);
const seconds = (fromMs: number, toMs: number | undefined): string =>
  toMs === undefined ? "not reached" : `${((toMs - fromMs) / 1000).toFixed(1)} s`;

try {
  const ready = await instance.waitFor("ready", ({ kind }) => kind === "ready", 120_000);
  const untilMs = ready.atMs + limitMs;
  const sold = await instance
    .waitFor("first closed trade", ({ kind }) => kind === "sold", Math.min(limitMs, 300_000))
    .catch(() => undefined);
  const model = await poll(async () => {
    const { items } = await getApi<Page<ModelView>>(url, "/models?limit=50");
    return items.length === 0 ? null : { atMs: Date.now(), items };
  }, untilMs);
  const search = await poll(async () => {
    const { items } = await getApi<Page<StudyView>>(url, "/studies?limit=10");
    const done = items.find(({ endedAtMs }) => endedAtMs !== null);
    return done === undefined ? null : { atMs: Date.now(), outcome: `${done.outcome}${done.reason === null ? "" : ` (${done.reason})`}` };
  }, untilMs);

  console.log(`machine                     ${machine()}`);
  console.log(`date, seed                  ${new Date().toISOString()}, ${SEED}`);
  for (const line of venueLines) console.log(line);
  console.log(`ready                       ${seconds(instance.startedAtMs, ready.atMs)} (target ${TARGETS.readyS} s)`);
  console.log(`first closed paper trade    ${seconds(ready.atMs, sold?.atMs)} after readiness (target ${TARGETS.firstTradeS} s)`);
  console.log(
    `first model decided         ${seconds(instance.startedAtMs, model?.atMs)} after the start (target ${TARGETS.firstModelS} s)`,
  );
  for (const { family, version, status, reason } of model?.items ?? []) {
    console.log(`  ${family} ${version}: ${status}${reason === null ? "" : ` (${reason})`}`);
  }
  console.log(
    `first search ended          ${seconds(instance.startedAtMs, search?.atMs)} after the start${search === null ? "" : `: ${search.outcome}`}`,
  );
  console.log(bundleLine(bundle));
  console.log(`trades closed meanwhile     ${instance.events.filter(({ kind }) => kind === "sold").length}`);
} finally {
  instance.process.kill("SIGTERM");
  await instance.exited;
  rmSync(stateDir, { recursive: true, force: true });
}
