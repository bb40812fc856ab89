import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.sniper/**", "**/.wrangler/**"];

/** Node for pure code, workerd for Workers and Durable Objects, each suite beside what it tests. */
export default defineConfig({
  test: {
    reporters: ["default", "./lint/summary-reporter.ts"],
    // One per core of a small machine. What tests print goes straight out: sent to vitest, it outlives its test file in workerd.
    maxWorkers: 2,
    disableConsoleIntercept: true,
    projects: [
      {
        test: {
          name: "node",
          include: ["**/*.test.ts"],
          exclude: [...exclude, "**/*.workerd.test.ts", "**/*.learning.test.ts", "**/*.signer.test.ts", "**/*.chain.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            remoteBindings: false,
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: { RPC_URL: "http://rpc.test/", HELIUS_WEBHOOK_AUTH: "test-webhook-auth", OPERATOR_TOKEN: "test-operator" },
            },
          }),
        ],
        test: { name: "workerd", isolate: false, include: ["**/*.workerd.test.ts"], exclude, testTimeout: 30_000 },
      },
      {
        plugins: [
          cloudflareTest({
            remoteBindings: false,
            wrangler: { configPath: "./workers/learning/wrangler.toml" },
            miniflare: { bindings: { PARAMETER_PROFILE: "localnet" } },
          }),
        ],
        test: { name: "learning", isolate: false, include: ["**/*.learning.test.ts"], exclude, testTimeout: 60_000 },
      },
      {
        plugins: [cloudflareTest({ remoteBindings: false, wrangler: { configPath: "./workers/signer/wrangler.toml" } })],
        test: { name: "signer", isolate: false, include: ["**/*.signer.test.ts"], exclude, testTimeout: 30_000 },
      },
    ],
  },
});
