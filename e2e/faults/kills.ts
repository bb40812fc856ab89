import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../cli/supervisor/ports.ts";
import { loadWallet } from "../../cli/supervisor/wallet.ts";
import { Campaign, type Kill, quantile } from "./campaign.ts";
import { type FaultChain, startChain } from "./chain.ts";
import { type FaultMarket, startMarket } from "./market.ts";
import { type FaultSystem, faultSystem } from "./system.ts";

const OPENING_LAMPORTS = 12_000_000_000n;
/** Every coin costs the chain a hundred trades and the engine a judgement; more often, two cores do little else. */
const GAP_MS = 2_200;
const CRON_MS = 10_000;
/** Every other kill of workerd strikes the next transaction whether or not the last recovery has ended. */
const AWAITED_EVERY = 2;
/** Books and chain are compared after so many kills, beside the end. */
const COMPARE_EVERY = 50;

/** A system that trades live on a chain of this process. */
export interface Rig {
  readonly stateDir: string;
  readonly chain: FaultChain;
  readonly system: FaultSystem;
  readonly market: FaultMarket;
  readonly openingLamports: bigint;
  /** Ends everything and forgets the state folder. */
  close(): Promise<void>;
}

/**
 * Starts system, chain and market, puts live in force and lets coins graduate.
 * @param opened hears how to end it all before anything is started
 */
export async function startRig(seed: string, opened: (close: () => Promise<void>) => void): Promise<Rig> {
  const stateDir = mkdtempSync(join(tmpdir(), "sniper-faults-"));
  const chain = await startChain({ seed, wallet: loadWallet(stateDir).address, openingLamports: OPENING_LAMPORTS });
  // Some of what is sent is lost or late, and some answers are: a crash must cope with that as well.
  chain.node.setFaults({ drop: 0.05, delay: 0.1, maxDelaySlots: 20, lostReply: 0.05, duplicate: 0.05 });
  const system = faultSystem({ stateDir, port: await freePort(), chainUrl: chain.url });
  const market = startMarket({ chain, seed, gapMs: GAP_MS, deliver: (entries) => system.deliver(entries) });
  const cron = setInterval(() => void system.cron(), CRON_MS);
  const close = async (): Promise<void> => {
    clearInterval(cron);
    market.stop();
    await system.stop();
    await chain.close();
    if (process.env["SNIPER_KEEP"] === "1") console.log(`kept  ${stateDir}`);
    else rmSync(stateDir, { recursive: true, force: true });
  };
  opened(close);
  try {
    const seasonedMs = performance.now() + market.seasonMs;
    await system.start();
    await system.goLive();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, seasonedMs - performance.now())));
    market.setOpen(true);
    return { stateDir, chain, system, market, openingLamports: OPENING_LAMPORTS, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface KillOptions {
  readonly kills: number;
  readonly trees: number;
  /** Nothing is killed after this. */
  readonly strikeForMs: number;
  readonly seed: string;
  /** Longest outage of the whole tree. */
  readonly maxDownMs: number;
  readonly print: (line: string) => void;
}

/** Figures of a campaign. */
export interface KillReport {
  readonly seed: string;
  readonly kills: number;
  readonly trees: number;
  /** Kills that struck while a transaction was on its way or a position was held. */
  readonly withTrades: number;
  readonly sent: number;
  readonly landed: number;
  readonly duplicateBuys: number;
  readonly lostIntents: number;
  readonly violations: readonly string[];
  readonly worker: Recovery;
  readonly tree: Recovery;
  /** Of the machine, over the last minute: recovery is mostly work, and slower beside other work. */
  readonly load: number;
}

interface Recovery {
  readonly healthyP50Ms: number | null;
  readonly healthyP95Ms: number | null;
  readonly entriesP50Ms: number | null;
  readonly entriesP95Ms: number | null;
  readonly chainP95Ms: number | null;
}

/** Runs the kills on a rig and compares books and chain in between and at the end. */
export async function runKills(rig: Rig, { kills, trees, strikeForMs, seed, maxDownMs, print }: KillOptions): Promise<KillReport> {
  const campaign = new Campaign({ ...rig, seed, maxDownMs });
  const report = (): KillReport => reportOf(campaign, rig, seed);
  const compare = async (): Promise<void> => {
    const found = await campaign.settle();
    for (const { damage, detail } of found) print(`VIOLATION ${damage}: ${detail}`);
    print(JSON.stringify({ progress: "kills", ...report(), violations: campaign.violations.length }));
  };
  const total = kills + trees;
  const endMs = performance.now() + strikeForMs;
  const treeEvery = trees === 0 ? Number.POSITIVE_INFINITY : total / trees;
  for (let done = 1, struck = 0; done <= total; done++) {
    const isTree = Math.floor(done / treeEvery) > struck;
    if (isTree) {
      struck++;
      await campaign.killTree();
    } else await campaign.killWorker((done - struck) % AWAITED_EVERY === 0);
    const isLast = done === total || performance.now() > endMs;
    if (done % COMPARE_EVERY === 0 || isLast) await compare();
    if (isLast || campaign.violations.length > 0) break;
  }
  return report();
}

function reportOf({ kills, violations }: Campaign, { chain }: Rig, seed: string): KillReport {
  const of = (kind: Kill["kind"]): Kill[] => kills.filter((kill) => kill.kind === kind);
  return {
    seed,
    kills: of("worker").length,
    trees: of("tree").length,
    withTrades: kills.filter(({ inFlight }) => inFlight > 0).length,
    sent: chain.sent.size,
    landed: chain.landed.length,
    duplicateBuys: violations.filter(({ damage }) => damage === "duplicate-buy").length,
    lostIntents: violations.filter(({ damage }) => damage === "lost-intent").length,
    violations: violations.map(({ damage, detail }) => `${damage}: ${detail}`),
    worker: recoveryOf(of("worker")),
    tree: recoveryOf(of("tree")),
    load: loadavg()[0] ?? Number.NaN,
  };
}

function recoveryOf(kills: readonly Kill[]): Recovery {
  const [healthy, entries, chain] = (["healthyMs", "entriesMs", "chainMs"] as const).map((name) =>
    kills.map((kill) => kill[name]).filter((ms) => ms !== null),
  );
  return {
    healthyP50Ms: quantile(healthy ?? [], 0.5),
    healthyP95Ms: quantile(healthy ?? [], 0.95),
    entriesP50Ms: quantile(entries ?? [], 0.5),
    entriesP95Ms: quantile(entries ?? [], 0.95),
    chainP95Ms: quantile(chain ?? [], 0.95),
  };
}
