import { defineConfig } from "vitest/config";

/** Tests that execute the real programs: they need PROGRAMS_DIR, and say so when it is missing. */
export default defineConfig({
  test: {
    reporters: ["default", "./lint/summary-reporter.ts"],
    include: ["**/*.chain.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/.sniper/**", "**/.wrangler/**"],
    globalSetup: "./localnet/svm/announce.ts",
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // The native engine and the two cores that tests share are better off with one process.
    fileParallelism: false,
  },
});
