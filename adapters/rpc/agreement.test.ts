import { describe, expect, test } from "vitest";
import { ok, refuse } from "../../domain/result.ts";
import {
  findSignature,
  readAccountsAgreeing,
  readAgreeing,
  readGenesisAgreeing,
  readLamportsAgreeing,
  type WhenOneFails,
} from "./agreement.ts";
import type { Provider, Rpc, RpcResult } from "./types.ts";

const UNAVAILABLE = refuse("RPC_UNAVAILABLE" as const);
const WALLET = "wallet";

/** Providers of which each answers only what the test says. */
function providers(...rpcs: ReadonlyArray<Partial<Rpc>>): readonly Provider[] {
  return rpcs.map((rpc, index) => ({ name: `${index}`, rpc: rpc as Rpc }));
}

const genesis = (answer: RpcResult<string>): Partial<Rpc> => ({ getGenesisHash: async () => answer });

describe("agreement of two providers", () => {
  const read = (rpc: Rpc) => rpc.getGenesisHash();
  const agree = (first: string, second: string) => (first === second ? first : null);

  test.each<[string, readonly Partial<Rpc>[], WhenOneFails, unknown]>([
    ["one configured", [genesis(ok("a"))], "refuse", { ok: true, value: { value: "a", backing: "single" } }],
    ["one configured, and it fails", [genesis(UNAVAILABLE)], "value", UNAVAILABLE],
    ["both alike", [genesis(ok("a")), genesis(ok("a"))], "refuse", { ok: true, value: { value: "a", backing: "both" } }],
    ["a contradiction", [genesis(ok("a")), genesis(ok("b"))], "value", refuse("RPC_DISAGREEMENT")],
    ["the first fails, for an entry", [genesis(UNAVAILABLE), genesis(ok("a"))], "refuse", UNAVAILABLE],
    ["the second fails, for an entry", [genesis(ok("a")), genesis(UNAVAILABLE)], "refuse", UNAVAILABLE],
    [
      "the first fails, for an exit",
      [genesis(UNAVAILABLE), genesis(ok("a"))],
      "value",
      { ok: true, value: { value: "a", backing: "one" } },
    ],
    [
      "the second fails, for an exit",
      [genesis(ok("a")), genesis(UNAVAILABLE)],
      "value",
      { ok: true, value: { value: "a", backing: "one" } },
    ],
    ["both fail", [genesis(UNAVAILABLE), genesis(refuse("RPC_LAGGING"))], "value", UNAVAILABLE],
  ])("%s", async (_name, rpcs, whenOneFails, expected) => {
    expect(await readAgreeing(providers(...rpcs), read, { agree }, whenOneFails)).toEqual(expected);
  });

  test("a value against a finding in the data is a contradiction, not a failure", async () => {
    const found = async (rpc: Rpc) => {
      const reply = await rpc.getGenesisHash();
      return reply.ok && reply.value === "none" ? refuse("POOL_UNAVAILABLE" as const) : reply;
    };
    const both = providers(genesis(ok("a")), genesis(ok("none")));
    expect(await readAgreeing(both, found, { agree }, "value")).toEqual(refuse("RPC_DISAGREEMENT", "POOL_UNAVAILABLE"));
  });

  test("one too far behind counts as failing", async () => {
    const slots = (first: number, second: number) => providers({ getSlot: async () => ok(first) }, { getSlot: async () => ok(second) });
    const comparison = { agree: Math.max, slotOf: (slot: number) => slot };
    const at = (first: number, second: number, whenOneFails: WhenOneFails) =>
      readAgreeing(slots(first, second), (rpc) => rpc.getSlot(), comparison, whenOneFails);
    expect(await at(100, 120, "refuse")).toMatchObject({ ok: true, value: { value: 120, backing: "both" } });
    expect(await at(100, 121, "refuse")).toMatchObject({ ok: false, reason: "RPC_LAGGING" });
    expect(await at(100, 121, "value")).toMatchObject({ ok: true, value: { value: 121, backing: "one" } });
  });

  test("genesis", async () => {
    expect(await readGenesisAgreeing(providers(genesis(ok("a")), genesis(ok("a"))), "a")).toEqual(ok("a"));
    expect(await readGenesisAgreeing(providers(genesis(ok("a")), genesis(ok("a"))), null)).toEqual(ok("a"));
    expect(await readGenesisAgreeing(providers(genesis(ok("a"))), "b")).toMatchObject({ reason: "RPC_WRONG_CLUSTER" });
    expect(await readGenesisAgreeing(providers(genesis(ok("a")), genesis(ok("b"))), "a")).toMatchObject({ reason: "RPC_DISAGREEMENT" });
  });
});

describe("balances that two providers give", () => {
  const pause = async () => {};

  /** Answers each read with the next of these, the last one for ever; notes the slots asked for. */
  function wallet(...reads: ReadonlyArray<readonly [slot: number, lamports: bigint | null] | RpcResult<never>>) {
    const minSlots: Array<number | undefined> = [];
    let turn = 0;
    const rpc: Partial<Rpc> = {
      getAccounts: async (_addresses, options) => {
        minSlots.push(options?.minContextSlot);
        const read = reads[Math.min(turn++, reads.length - 1)];
        if (read === undefined || "ok" in read) return read ?? UNAVAILABLE;
        const [slot, lamports] = read;
        return ok({ slot, accounts: [lamports === null ? null : { owner: "system", lamports, data: new Uint8Array() }] });
      },
    };
    return { rpc, minSlots };
  }

  test("are equal, also at different slots", async () => {
    const both = providers(wallet([5, 7n]).rpc, wallet([6, 7n]).rpc);
    expect(await readLamportsAgreeing(both, WALLET, "refuse", pause)).toEqual(ok({ value: 7n, backing: "both" }));
  });

  test("no account on either side holds nothing", async () => {
    expect(await readLamportsAgreeing(providers(wallet([5, null]).rpc, wallet([5, null]).rpc), WALLET, "refuse", pause)).toMatchObject(
      ok({ value: 0n }),
    );
  });

  test("are read again at the newer slot until they match", async () => {
    const first = wallet([5, 7n], [8, 6n]);
    const second = wallet([8, 6n]);
    expect(await readLamportsAgreeing(providers(first.rpc, second.rpc), WALLET, "refuse", pause)).toMatchObject(
      ok({ value: 6n, backing: "both" }),
    );
    expect(first.minSlots).toEqual([undefined, 8]);
  });

  test("that differ at one slot are a contradiction at once", async () => {
    const first = wallet([5, 7n]);
    expect(await readLamportsAgreeing(providers(first.rpc, wallet([5, 14n]).rpc), WALLET, "value", pause)).toMatchObject({
      reason: "RPC_DISAGREEMENT",
    });
    expect(first.minSlots.length).toBe(1);
  });

  test("that never match are a contradiction in the end", async () => {
    const first = wallet([5, 7n], [6, 7n], [7, 7n], [8, 7n]);
    const second = wallet([6, 8n], [7, 8n], [8, 8n], [9, 8n]);
    expect(await readLamportsAgreeing(providers(first.rpc, second.rpc), WALLET, "value", pause)).toMatchObject({
      reason: "RPC_DISAGREEMENT",
    });
    expect(first.minSlots).toEqual([undefined, 6, 7]);
  });

  test("one provider down: nothing for an entry, the other's for an exit, without waiting", async () => {
    const down = wallet(UNAVAILABLE);
    const both = providers(wallet([5, 7n]).rpc, down.rpc);
    expect(await readLamportsAgreeing(both, WALLET, "refuse", pause)).toMatchObject({ reason: "RPC_UNAVAILABLE" });
    expect(await readLamportsAgreeing(both, WALLET, "value", pause)).toEqual(ok({ value: 7n, backing: "one" }));
    expect(down.minSlots.length).toBe(2);
  });

  test("an account that one of them does not see", async () => {
    const both = providers(wallet([5, 7n]).rpc, wallet([5, null]).rpc);
    expect(await readAccountsAgreeing(both, [WALLET], "value", pause)).toMatchObject({ reason: "RPC_DISAGREEMENT" });
  });
});

describe("a signature that was sent", () => {
  const LAST_VALID = 1_000;
  const STATUS = { slot: 1_100, confirmationStatus: "confirmed", err: null } as const;

  interface View {
    readonly progress: Awaited<ReturnType<Rpc["getProgress"]>>;
    readonly lookup: Awaited<ReturnType<Rpc["getSignatureStatus"]>>;
  }
  const at = (slot: number, blockHeight: number): View["progress"] => ok({ slot, blockHeight });
  const GONE: View = { progress: at(1_200, 1_001), lookup: ok({ contextSlot: 1_201, status: null }) };

  function nodes(...views: readonly View[]) {
    return providers(
      ...views.map(({ progress, lookup }) => ({
        getProgress: async () => progress,
        getSignatureStatus: async () => lookup,
      })),
    );
  }

  test.each<[string, readonly View[], unknown]>([
    ["one provider, past the last height", [GONE], ok({ kind: "gone" })],
    ["two, past the last height", [GONE, GONE], ok({ kind: "gone" })],
    ["at the last height it may still land", [{ ...GONE, progress: at(1_200, 1_000) }], ok({ kind: "pending" })],
    ["one of the two is not there yet", [GONE, { ...GONE, progress: at(1_200, 999) }], ok({ kind: "pending" })],
    ["found", [{ ...GONE, lookup: ok({ contextSlot: 1, status: STATUS }) }], ok({ kind: "found", status: STATUS })],
    [
      "found by the one, hidden by the other",
      [GONE, { ...GONE, lookup: ok({ contextSlot: 1_201, status: STATUS }) }],
      ok({ kind: "found", status: STATUS }),
    ],
    [
      "found by the one while the other is down",
      [
        { progress: UNAVAILABLE, lookup: UNAVAILABLE },
        { ...GONE, lookup: ok({ contextSlot: 1, status: STATUS }) },
      ],
      ok({ kind: "found", status: STATUS }),
    ],
    ["the other is down: unknown", [GONE, { progress: UNAVAILABLE, lookup: UNAVAILABLE }], UNAVAILABLE],
    ["the lookup fails: unknown", [{ ...GONE, lookup: UNAVAILABLE }], UNAVAILABLE],
    ["the progress fails: unknown", [{ ...GONE, progress: UNAVAILABLE }], UNAVAILABLE],
    ["not found by a node behind", [{ ...GONE, lookup: ok({ contextSlot: 1_199, status: null }) }], { ok: false, reason: "RPC_LAGGING" }],
    [
      "not found by one that is behind the other, but past the last height",
      [{ progress: at(1_196, 1_001), lookup: ok({ contextSlot: 1_196, status: null }) }, GONE],
      ok({ kind: "gone" }),
    ],
    ["nobody to ask", [], ok({ kind: "pending" })],
  ])("%s", async (_name, views, expected) => {
    expect(await findSignature(nodes(...views), "s", LAST_VALID)).toMatchObject(expected as object);
  });
});
