import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Graduation } from "../domain/candidate.ts";
import { LEASE_MS, SWEEP_AFTER_MS } from "../domain/pipeline/inbox.ts";
import type { Delivery, Inbox } from "./inbox.ts";
import { inboxAt } from "./stubs.ts";

let counter = 0;
/** A fresh object per test, so that tests cannot see each other's rows. */
function freshInbox(): DurableObjectStub<Inbox> {
  counter += 1;
  return env.INBOX.get(env.INBOX.idFromName(`test-inbox-${counter}`)) as DurableObjectStub<Inbox>;
}

function delivery(signature: string, graduated: boolean): Delivery {
  const graduation: Graduation = {
    signature,
    slot: 1,
    blockTimeMs: 1_000,
    mint: "Mint1111111111111111111111111111111",
    pool: "Pool",
    bondingCurve: "Curve",
    user: "User",
    creator: null,
    quoteMint: "So11111111111111111111111111111111111111112",
    baseAmount: 206_900_000_000_000n,
    quoteAmountLamports: 18_446_744_073_709_551_615n,
    instruction: "migrate_v2",
  };
  return {
    signature,
    slot: 1,
    source: "webhook",
    receivedAtMs: Date.now(),
    graduation: graduated ? graduation : null,
    rejection: graduated ? null : { reason: "TX_NOT_GRADUATION", detail: null },
  };
}

describe("Inbox", () => {
  test("a signature counts once, across eviction", async () => {
    const inbox = freshInbox();
    const first = await inbox.accept([delivery("sigA", true), delivery("sigB", false)]);
    expect(first.map((answer) => answer.status)).toEqual(["inserted", "inserted"]);
    await evictDurableObject(inbox);
    const again = await inbox.accept([delivery("sigA", true), delivery("sigB", false), delivery("sigC", true)]);
    expect(again.map((answer) => answer.status)).toEqual(["duplicate", "duplicate", "inserted"]);
    expect(await inbox.unknown(["sigA", "sigB", "sigX"])).toEqual(["sigX"]);
  });

  test("a damaged copy does not keep out the good one", async () => {
    const inbox = freshInbox();
    const damaged: Delivery = { ...delivery("sigA", false), rejection: { reason: "TX_MALFORMED", detail: "cut off" } };
    expect(await inbox.accept([damaged, damaged])).toEqual([
      { key: null, status: "damaged" },
      { key: null, status: "damaged" },
    ]);
    expect(await inbox.unknown(["sigA"])).toEqual(["sigA"]);
    expect((await inbox.accept([delivery("sigA", true)]))[0]?.status).toBe("inserted");
  });

  test("twenty workers, one lease; the result is stored once and u64 survives", async () => {
    const inbox = freshInbox();
    const [accepted] = await inbox.accept([delivery("sigA", true)]);
    const key = accepted?.key ?? "";
    const answers = await Promise.all(Array.from({ length: 20 }, () => inbox.lease(key, "discover", 5_000)));
    const granted = answers.filter((work) => work?.answer === "granted");
    expect(granted).toHaveLength(1);
    expect(granted[0]?.inputJson).toContain('"18446744073709551615"');
    const results = await Promise.all(
      Array.from({ length: 5 }, (_, i) => inbox.complete(key, "discover", { next: "analyze", resultJson: `"${i}"`, entries: [] }, 6_000)),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect((await inbox.lease(key, "analyze", 7_000))?.inputJson).toBe('"0"');
    expect((await inbox.lease(key, "discover", 7_000))?.answer).toBe("further");
  });

  test("a worker that died is followed by another when its lease ends", async () => {
    const inbox = freshInbox();
    const [accepted] = await inbox.accept([delivery("sigA", true)]);
    const key = accepted?.key ?? "";
    expect((await inbox.lease(key, "discover", 1_000))?.answer).toBe("granted");
    expect((await inbox.lease(key, "discover", 1_000 + LEASE_MS - 1))?.answer).toBe("held");
    expect((await inbox.lease(key, "discover", 1_000 + LEASE_MS))?.answer).toBe("granted");
  });

  test("the alarm hands out again what nobody finished, and stays armed meanwhile", async () => {
    const inbox = freshInbox();
    const [accepted] = await inbox.accept([{ ...delivery("sigA", true), receivedAtMs: Date.now() - SWEEP_AFTER_MS - 1 }]);
    expect(await runDurableObjectAlarm(inbox)).toBe(true);
    const armed = await runInDurableObject(inbox, (_instance, state) => state.storage.getAlarm());
    expect(armed).not.toBeNull();
    const key = accepted?.key ?? "";
    await inbox.complete(key, "discover", { next: "done", resultJson: "null", entries: [] }, Date.now());
    await runDurableObjectAlarm(inbox);
    const idle = await runInDurableObject(inbox, (_instance, state) => state.storage.getAlarm());
    expect(idle).toBeNull();
  });

  test("an unknown key has no work", async () => {
    expect(await inboxAt(env, 0).lease("nope:nope", "discover", 1)).toBeNull();
  });
});
