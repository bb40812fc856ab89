import { env, runInDurableObject } from "cloudflare:test";
import { describe, test } from "vitest";
import { SqliteStorage } from "../../durable-objects/host/sqlite-host.ts";
import { STORAGE_CONTRACT } from "./contract.ts";

describe("the contract, in a Durable Object's SQLite", () => {
  test.each(STORAGE_CONTRACT)("$name", async ({ name, run }) => {
    const stub = env.JOURNAL.get(env.JOURNAL.idFromName(`contract: ${name}`));
    await runInDurableObject(stub, async (_instance, state) => {
      await run(new SqliteStorage(state.storage));
    });
  });
});
