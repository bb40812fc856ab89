import { afterAll, describe, expect, test } from "vitest";
import { CrashWorld, POSITION_POINTS, type PositionPoint } from "./crash-world.ts";

/** Crashes at each point where money or a signature is at stake, and at each of the others. */
const CRASHES = 100;
const FEWER = 20;
const LESSER: ReadonlySet<PositionPoint> = new Set([
  "before-flush",
  "in-alarm",
  "before-journal",
  "after-journal",
  "before-watch",
  "after-watch",
]);
const PER_LIFE = 20;
const SEED = "crash";
const counts = new Map<string, number>();

afterAll(() => {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${total} crashes at ${counts.size} points of a position, seed ${SEED}: ${[...counts].map((one) => one.join(" ")).join(", ")}`,
  );
});

describe("a position whose object dies", { timeout: 300_000 }, () => {
  test.each(POSITION_POINTS)("%s: nothing is bought twice, no intent is lost, the books are the wallet's", async (point) => {
    let crashes = 0;
    const wanted = LESSER.has(point) ? FEWER : CRASHES;
    for (let life = 0; crashes < wanted && life < wanted; life++) {
      const { crashes: some, problems } = await new CrashWorld(point, `${SEED}/${life}`, PER_LIFE).play();
      expect(problems, `life ${life}`).toEqual([]);
      crashes += some;
    }
    counts.set(point, crashes);
    expect(crashes).toBeGreaterThanOrEqual(wanted);
  });
});
