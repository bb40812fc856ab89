import { expect, test } from "vitest";
import { ok } from "../../domain/result.ts";
import { createXSource } from "./source.ts";

test("the client runs in workerd over our own fetch", async () => {
  const urls: string[] = [];
  const source = createXSource({
    bearerToken: "token",
    baseUrl: "http://x.test/prefix",
    budget: { claim: async () => ok("claim"), settle: async () => undefined },
    fetch: async (request) => {
      urls.push(new URL(request.url).pathname);
      return Response.json({ meta: { result_count: 0 } });
    },
  });
  expect(await source.sample({ mint: "HtMWEhAzz6ExYGXdNryncYJ7tvyivC6U8SUFu5szpump", symbol: "A1" })).toMatchObject({ ok: true });
  expect(urls).toEqual(["/prefix/2/tweets/search/recent"]);
});
