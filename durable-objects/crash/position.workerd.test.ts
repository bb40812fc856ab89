import { afterAll, describe, expect, test } from "vitest";
import { CrashWorld, POSITION_POINTS } from "./crash-world.ts";

/** Crashes per point; the long run sets more. */
const CRASHES = 20;
const PER_LIFE = 12;
const SEED = "crash";
const counts = new Map<string, number>();

afterAll(() => {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${total} crashes at ${counts.size} points of a position, seed ${SEED}: ${[...counts].map((one) => one.join(" ")).join(", ")}`,
  );
});

describe("a position whose object dies", { timeout: 120_000 }, () => {
  test.each(POSITION_POINTS)("%s: nothing is bought twice, no intent is lost, the books are the wallet's", async (point) => {
    let crashes = 0;
    for (let life = 0; crashes < CRASHES && life < CRASHES; life++) {
      const { crashes: some, problems } = await new CrashWorld(point, `${SEED}/${life}`, PER_LIFE).play();
      expect(problems, `life ${life}`).toEqual([]);
      crashes += some;
    }
    counts.set(point, crashes);
    expect(crashes).toBeGreaterThanOrEqual(CRASHES);
  });
});
