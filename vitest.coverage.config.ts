import { defineConfig } from "vitest/config";

/**
 * Branch coverage of the part that holds money, by its tests in Node (istanbul: V8's counts do not
 * reach into workerd). Fails below the bound.
 */
export default defineConfig({
  test: {
    include: [
      "domain/trading/**/*.test.ts",
      "domain/ledger/**/*.test.ts",
      // Landing is tested where it runs: on the TypeScript chain.
      "workers/trader/live/{step,faults}.test.ts",
    ],
    testTimeout: 60_000,
    coverage: {
      enabled: true,
      provider: "istanbul",
      include: ["domain/trading/**/*.ts", "domain/ledger/**/*.ts"],
      exclude: ["**/*.test.ts", "**/test-*.ts"],
      reporter: ["text"],
      thresholds: { branches: 95 },
    },
  },
});
