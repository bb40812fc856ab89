import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { budgetPort } from "./budget-port.ts";
import {
  gapFillerOf,
  inboxAt,
  inboxOf,
  journalOf,
  liveControlOf,
  liveFeedOf,
  locationOf,
  marketWatchOf,
  portfolioOf,
  positionOf,
} from "./stubs.ts";

/** The environment with every namespace noting the options that its objects are asked for with. */
function noting(location: string | undefined) {
  const options: unknown[] = [];
  const names: string[] = [];
  const namespace = {
    idFromName: (name: string) => name,
    get: (id: string, wanted: unknown) => {
      names.push(id);
      options.push(wanted);
      return {};
    },
  };
  const bindings = ["INBOX", "GAP_FILLER", "JOURNAL", "LIVE_CONTROL", "LIVE_FEED", "MARKET_WATCH", "PORTFOLIO", "POSITION", "BUDGET"];
  const fake = { ...Object.fromEntries(bindings.map((name) => [name, namespace])), LOCATION_HINT: location } as unknown as Env;
  return { fake, options, names };
}

describe("location of Durable Objects", () => {
  test("every object is asked for near the RPC provider", () => {
    const { fake, options, names } = noting("enam");
    for (const of of [gapFillerOf, journalOf, liveControlOf, liveFeedOf, marketWatchOf]) of(fake);
    inboxOf(fake, "signature");
    portfolioOf(fake, "live-A");
    positionOf(fake, "position");
    budgetPort(fake, "x");
    expect(new Set(names).size).toBe(9);
    expect(options).toEqual(Array.from({ length: 9 }, () => ({ locationHint: "enam" })));
  });

  test.each([undefined, "", "us-east-1", "ENAM", "enam "])("%j is no region: the object starts where Cloudflare likes", (location) => {
    expect(locationOf({ LOCATION_HINT: location })).toEqual({});
  });

  test("the runtime takes the hint", async () => {
    expect(await inboxAt({ ...env, LOCATION_HINT: "weur" } as Env, 0).unknown(["signature"])).toEqual(["signature"]);
  });
});
