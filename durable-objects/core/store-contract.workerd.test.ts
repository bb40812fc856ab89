import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, test } from "vitest";
import { SqliteInboxStore } from "./inbox-sqlite.ts";
import { SqliteJournalStore } from "./journal-sqlite.ts";
import { INBOX_STORE_CONTRACT, JOURNAL_STORE_CONTRACT } from "./store-contract.ts";

let next = 0;

/** Runs over the SQLite of a fresh object. */
async function inFreshObject(namespace: DurableObjectNamespace, run: (sql: SqlStorage) => void): Promise<void> {
  const stub = namespace.get(namespace.idFromName(`store-contract-${next++}`));
  await runInDurableObject(stub, (_instance, state) => {
    run(state.storage.sql);
  });
}

describe("the Journal's store in SQLite", () => {
  test.each(JOURNAL_STORE_CONTRACT)("$name", ({ run }) => inFreshObject(env.JOURNAL, (sql) => run(new SqliteJournalStore(sql))));
});

describe("an Inbox's store in SQLite", () => {
  test.each(INBOX_STORE_CONTRACT)("$name", ({ run }) => inFreshObject(env.INBOX, (sql) => run(new SqliteInboxStore(sql))));
});
