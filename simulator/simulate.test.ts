import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BUGS, withBug } from "./bugs/bugs.ts";
import { PARITY_BUGS } from "./bugs/parity-bugs.ts";
import { QUEUES } from "./cloud/queue-config.ts";

/** Long enough for a machine that is busy with other tests. */
const TIMEOUT_MS = 300_000;
const SEEDS = 1_000;
/** Two runs each, of minutes of trading: some eight seconds of one core. */
const PARITY_SEEDS = 24;
/** Somewhat less than a run of `npm run simulate`: together they take about 75 seconds of one core. */
const EVENTS = 600;

interface Report {
  readonly runs: number;
  readonly events: number;
  readonly landed: number;
  readonly trades: number;
  readonly seen: Readonly<Record<string, number>>;
  readonly failures: ReadonlyArray<{ readonly seed: number; readonly violation: { readonly message: string } }>;
  readonly differing: readonly number[];
  readonly inWorkerd: number;
}

/** The simulation has the platform's clock to itself: it runs in a process of its own. */
function simulate(...args: string[]): { readonly status: number | null; readonly report: Report } {
  const run = spawnSync(process.execPath, ["simulator/cli.ts", "--json", "--workers", "1", ...args], {
    encoding: "utf8",
    timeout: TIMEOUT_MS,
  });
  if (run.stdout.trim() === "") throw new Error(run.stderr);
  return { status: run.status, report: JSON.parse(run.stdout) as Report };
}

describe("the simulation", () => {
  test(
    `${SEEDS} seeds keep every rule`,
    () => {
      const { status, report } = simulate("--seeds", String(SEEDS), "--events", String(EVENTS));
      const failures = report.failures.map(({ seed, violation }) => `--seed ${seed} --events ${EVENTS}: ${violation.message}`);
      expect(failures).toEqual([]);
      expect(status).toBe(0);
      expect(report.runs).toBe(SEEDS);
      // An idle simulation would keep every rule, too.
      expect(report.landed).toBeGreaterThan(SEEDS / 2);
      expect(report.trades).toBeGreaterThan(SEEDS / 2);
    },
    TIMEOUT_MS,
  );

  test(
    "the same seed is the same run, twice in Node and in workerd",
    () => {
      const { report } = simulate("--determinism", "40", "--start", "5000");
      expect(report.runs).toBe(40);
      expect(report.inWorkerd).toBe(40);
      expect(report.differing).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "a canary fails where it has to, and nowhere else",
    () => {
      const { status, report } = simulate("--canary", "--seeds", "10", "--start", "95");
      expect(status).toBe(1);
      expect(report.failures.map(({ seed }) => seed)).toEqual([100]);
    },
    TIMEOUT_MS,
  );

  test(
    "a seeded bug is found",
    () => {
      const run = spawnSync(process.execPath, ["simulator/cli.ts", "--bug", "no-inbox-dedupe", "--seeds", "200"], {
        encoding: "utf8",
        timeout: TIMEOUT_MS,
      });
      expect(run.stdout).toContain("no-inbox-dedupe: found at seed");
      expect(run.status).toBe(0);
    },
    TIMEOUT_MS,
  );
});

describe("paper and live", () => {
  test(
    "are the same on the same market",
    () => {
      const { status, report } = simulate("--parity", String(PARITY_SEEDS));
      expect(report.failures.map(({ seed, violation }) => `--parity 1 --seed ${seed}: ${violation.message}`)).toEqual([]);
      expect(status).toBe(0);
      expect(report.runs).toBe(PARITY_SEEDS);
      // Two idle engines would agree, too.
      expect(report.trades).toBeGreaterThan(PARITY_SEEDS);
      for (const kind of [
        "BUY",
        "EXIT_STOP_LOSS",
        "EXIT_TAKE_PROFIT",
        "EXIT_LADDER",
        "EXIT_MAX_HOLD",
        "EXIT_OPERATOR",
        "failed buy",
        "failed sell",
      ])
        expect(report.seen[kind] ?? 0, kind).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test.each(["paper-skips-a-fee", "live-rounds-otherwise"])(
    "%s is found",
    (name) => {
      const run = spawnSync(process.execPath, ["simulator/cli.ts", "--parity", "10", "--bug", name], {
        encoding: "utf8",
        timeout: TIMEOUT_MS,
      });
      expect(run.stdout).toContain(`${name}: found at seed`);
      expect(run.stdout).toContain("by C8");
      expect(run.status).toBe(0);
    },
    TIMEOUT_MS,
  );
});

describe("seeded bugs", () => {
  test("there are 24, each with its own name", () => {
    expect(new Set(BUGS.map(({ name }) => name)).size).toBe(24);
  });

  test("none has the name of one that the comparison of paper with live has to find", () => {
    expect(new Set([...BUGS, ...PARITY_BUGS].map(({ name }) => name)).size).toBe(BUGS.length + PARITY_BUGS.length);
  });

  test.each([...BUGS, ...PARITY_BUGS])("$name applies to the present source", (bug) => {
    for (const file of new Set(bug.edits.map((edit) => edit.file))) {
      const source = readFileSync(file, "utf8");
      expect(withBug(source, bug, file)).not.toBe(source);
    }
  });

  test("a fragment that is missing or there twice is a loud failure", () => {
    const bug = { name: "sample", what: "", edits: [{ file: "a.ts", find: "x", replace: "y" }] };
    expect(withBug("x", bug, "a.ts")).toBe("y");
    expect(() => withBug("z", bug, "a.ts")).toThrow("0 times");
    expect(() => withBug("x x", bug, "a.ts")).toThrow("2 times");
  });
});

test("the simulated queues are those of wrangler.toml", () => {
  // What precedes the first consumer names the queues, too: as producers.
  const consumers = readFileSync("wrangler.toml", "utf8").split("[[queues.consumers]]").slice(1);
  for (const { name, maxRetries, retryDelayS, deadLetterQueue } of QUEUES) {
    const block = consumers.find((part) => part.startsWith(`\nqueue = "${name}"\n`));
    expect(block, name).toBeDefined();
    expect(block).toContain(`max_retries = ${maxRetries}\n`);
    expect(block).toContain(`retry_delay = ${retryDelayS}\n`);
    if (deadLetterQueue === null) expect(block).not.toContain("dead_letter_queue");
    else expect(block).toContain(`dead_letter_queue = "${deadLetterQueue}"`);
  }
});
