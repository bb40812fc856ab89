import { describe, test } from "vitest";
import { INBOX_STORE_CONTRACT, JOURNAL_STORE_CONTRACT } from "../../durable-objects/core/store-contract.ts";
import { MemoryInboxStore } from "./inbox-store.ts";
import { MemoryJournalStore } from "./journal-store.ts";
import { MemoryStorage } from "./memory-storage.ts";

describe("the Journal's store in plain JavaScript", () => {
  test.each(JOURNAL_STORE_CONTRACT)("$name", ({ run }) => run(new MemoryJournalStore(new MemoryStorage())));
});

describe("an Inbox's store in plain JavaScript", () => {
  test.each(INBOX_STORE_CONTRACT)("$name", ({ run }) => run(new MemoryInboxStore(new MemoryStorage())));
});
