/**
 * `npm run test:faults`: real processes that are killed with trades in flight, edge abuse over real sockets, and
 * disaster drills, each judged against the chain, which lives in this process and is never killed. Prints the
 * seed and one JSON line of figures per campaign, then "N passed, N failed".
 */
import { parseArgs } from "node:util";
import { createChecks, expect } from "../checks.ts";
import { Campaign, describeStop } from "./campaign.ts";
import { runDrills } from "./drills.ts";
import { runEdge } from "./edge.ts";
import { type Rig, runKills, startRig } from "./kills.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    trees: { type: "string", default: "15" },
    // Strikes no more after so long, compares, and says how many there were: for a pipeline with a time limit.
    minutes: { type: "string", default: "600" },
    "max-down-ms": { type: "string", default: "6000" },
    "skip-edge": { type: "boolean", default: false },
    "skip-drills": { type: "boolean", default: false },
    seed: { type: "string", default: String(Math.floor(Date.now() / 1000) % 1_000_000) },
  },
});
const [kills, trees, maxDownMs] = [Number(values.kills), Number(values.trees), Number(values["max-down-ms"])];
const strikeForMs = Number(values.minutes) * 60_000;
const { seed } = values;
const { check, fail, finish } = createChecks();
const print = (line: string): void => console.log(line);

console.log(`seed ${seed}; again with: npm run test:faults -- --seed ${seed} --kills ${kills} --trees ${trees}`);

let closeRig: () => Promise<void> = () => Promise.resolve();
// The system's processes are in groups of their own: whoever breaks off must not leave them behind.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.once(signal, () => void closeRig().finally(() => process.exit(code)));

function openRig(rigSeed: string): Promise<Rig> {
  return startRig(rigSeed, (close) => {
    closeRig = close;
  });
}

async function edgeAndDrills(): Promise<void> {
  const rig = await openRig(`${seed}-drills`);
  try {
    if (!values["skip-edge"])
      await check("edge abuse changes nothing and is refused", async () => {
        rig.market.setOpen(false);
        const campaign = new Campaign({ ...rig, seed, maxDownMs });
        await campaign.settle();
        rig.market.setOpen(false);
        const report = await runEdge(rig.system);
        print(JSON.stringify({ campaign: "edge", ...report }));
        expect(report.wrong.length === 0 && report.changes.length === 0, [...report.wrong, ...report.changes].join("; "));
        expect(report.cases >= 60, `${report.cases} cases`);
      });
    if (values["skip-drills"]) return;
    try {
      for (const drill of await runDrills(rig, new Campaign({ ...rig, seed, maxDownMs }))) {
        print(JSON.stringify({ campaign: "drills", ...drill }));
        await check(`drill: ${drill.name}`, () => expect(drill.problems.length === 0, drill.problems.join("; ")));
      }
    } catch (error) {
      print(await describeStop(rig));
      throw error;
    }
  } finally {
    await rig.close();
  }
}

async function killCampaign(): Promise<void> {
  const rig = await openRig(seed);
  try {
    const startedMs = performance.now();
    await check(`${kills} kills of workerd and ${trees} of the whole tree leave no duplicate buy and lose no intent`, async () => {
      try {
        const report = await runKills(rig, { kills, trees, strikeForMs, seed, maxDownMs, print });
        if (report.kills + report.trees < kills + trees)
          print(`time is up after ${report.kills} kills of workerd and ${report.trees} of the tree`);
        print(JSON.stringify({ campaign: "kills", seconds: Math.round((performance.now() - startedMs) / 1000), ...report }));
        expect(report.violations.length === 0, `${report.violations.length} violations, first: ${report.violations[0]}`);
      } catch (error) {
        print(await describeStop(rig));
        throw error;
      }
    });
  } finally {
    await rig.close();
  }
}

try {
  if (kills + trees > 0) await killCampaign();
  if (!values["skip-edge"] || !values["skip-drills"]) await edgeAndDrills();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
process.exit(finish());
