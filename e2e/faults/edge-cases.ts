/** One request that somebody may send who should not, or that nobody sends in earnest. */
export interface EdgeCase {
  readonly name: string;
  readonly method: string;
  /** Sent as it is: no client tidies it up. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string | null;
  /** Sent without a Content-Length, in pieces. */
  readonly isChunked?: boolean;
  /** Statuses that refuse it. */
  readonly expected: readonly number[];
}

export interface EdgeSecrets {
  readonly operator: string;
  readonly webhook: string;
  readonly telegram: string;
}

const UNAUTHORISED = [401];
const BAD = [400];
const NOT_THERE = [400, 404, 405];
const JSON_TYPE = { "content-type": "application/json" };
const MEGABYTE = 1024 * 1024;
const MINT = "So11111111111111111111111111111111111111112";

/** Everything that changes something, with a body that would. */
const CHANGES: ReadonlyArray<readonly [method: string, path: string, body: unknown]> = [
  ["POST", "/api/v1/state", { ledger: "live-A", state: "HALTED", note: "x" }],
  ["POST", "/api/v1/locks", { scope: "all", value: null, forMs: null, note: "x" }],
  ["DELETE", "/api/v1/locks/abc", null],
  ["POST", "/api/v1/positions/abc/close", {}],
  ["POST", "/api/v1/positions/close", { ledger: "live-A" }],
  ["POST", "/api/v1/live/preflight", {}],
  ["POST", "/api/v1/live/enable", { confirmation: "GO LIVE" }],
  ["POST", "/api/v1/live/disable", {}],
  ["POST", "/api/v1/live/rehearse", { mint: MINT }],
  ["POST", "/api/v1/incidents/abc/acknowledge", {}],
  ["POST", "/api/v1/denylist", { creator: MINT, reason: "x" }],
  ["POST", "/api/v1/dead-letters/abc/redrive", {}],
  ["POST", "/api/v1/journal/recover", {}],
  ["POST", "/api/v1/journal/mend", { forkSeq: 1, forkHash: "0".repeat(64), note: "x" }],
  ["POST", "/api/v1/journal/hold", { hold: true }],
  ["POST", "/api/v1/journal/rebuild", { step: "wipe" }],
];

/** Requests that a running instance has to refuse, each without changing anything. */
export function edgeCases({ operator, webhook, telegram }: EdgeSecrets): EdgeCase[] {
  const auth = { authorization: webhook, ...JSON_TYPE };
  const bearer = { authorization: `Bearer ${operator}`, ...JSON_TYPE };
  const post = (
    name: string,
    path: string,
    headers: EdgeCase["headers"],
    body: EdgeCase["body"],
    expected: readonly number[],
  ): EdgeCase => ({
    name,
    method: "POST",
    path,
    headers,
    body,
    expected,
  });
  const hook = (name: string, body: EdgeCase["body"], expected: readonly number[]): EdgeCase =>
    post(name, "/webhooks/helius", auth, body, expected);
  const get = (name: string, path: string, expected: readonly number[]): EdgeCase => ({
    name,
    method: "GET",
    path,
    headers: {},
    body: null,
    expected,
  });
  const nested = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;

  const wrongTokens: ReadonlyArray<readonly [string, Readonly<Record<string, string>>]> = [
    ["no token", {}],
    ["an empty token", { authorization: "" }],
    ["a wrong token", { authorization: `Bearer ${"0".repeat(operator.length)}` }],
    ["a prefix of the token", { authorization: `Bearer ${operator.slice(0, -1)}` }],
    ["the token and more", { authorization: `Bearer ${operator}x` }],
    ["the webhook's secret", { authorization: `Bearer ${webhook}` }],
  ];
  const unauthorised = CHANGES.flatMap(([method, path, body], index) => {
    // Every change without a token, and the other forms in turn: each form meets several changes.
    const forms = [
      wrongTokens[0],
      wrongTokens[1 + (index % (wrongTokens.length - 1))],
      wrongTokens[1 + ((index + 2) % (wrongTokens.length - 1))],
    ];
    return forms.flatMap((form) =>
      form === undefined
        ? []
        : [
            {
              name: `${method} ${path} with ${form[0]}`,
              method,
              path,
              headers: { ...JSON_TYPE, ...form[1] },
              body: body === null ? null : JSON.stringify(body),
              expected: UNAUTHORISED,
            },
          ],
    );
  });
  const delivery = JSON.stringify([{ signature: "x" }]);
  return [
    ...unauthorised,
    post("the token in another scheme", "/api/v1/state", { ...JSON_TYPE, authorization: `Basic ${operator}` }, "{}", UNAUTHORISED),
    post("the token without a scheme", "/api/v1/state", { ...JSON_TYPE, authorization: operator }, "{}", UNAUTHORISED),
    post("the token in a cookie", "/api/v1/state", { ...JSON_TYPE, cookie: `authorization=Bearer ${operator}` }, "{}", UNAUTHORISED),
    post("the token in the query", `/api/v1/state?authorization=Bearer%20${operator}`, JSON_TYPE, "{}", UNAUTHORISED),
    post(
      "the token in upper case",
      "/api/v1/state",
      { ...JSON_TYPE, authorization: `Bearer ${operator.toUpperCase()}` },
      "{}",
      UNAUTHORISED,
    ),

    post("webhook without a secret", "/webhooks/helius", JSON_TYPE, delivery, UNAUTHORISED),
    post("webhook with an empty secret", "/webhooks/helius", { ...JSON_TYPE, authorization: "" }, delivery, UNAUTHORISED),
    post("webhook with a wrong secret", "/webhooks/helius", { ...JSON_TYPE, authorization: "guess" }, delivery, UNAUTHORISED),
    post(
      "webhook with the secret as a bearer",
      "/webhooks/helius",
      { ...JSON_TYPE, authorization: `Bearer ${webhook}` },
      delivery,
      UNAUTHORISED,
    ),
    post(
      "webhook with the operator's token",
      "/webhooks/helius",
      { ...JSON_TYPE, authorization: `Bearer ${operator}` },
      delivery,
      UNAUTHORISED,
    ),
    post("webhook of 10 MB without a secret", "/webhooks/helius", JSON_TYPE, Buffer.alloc(10 * MEGABYTE, 0x20), UNAUTHORISED),
    post("watch webhook without a secret", "/webhooks/helius/watch", JSON_TYPE, delivery, UNAUTHORISED),
    post("Telegram without its secret", "/webhooks/telegram", JSON_TYPE, '{"update_id":1}', UNAUTHORISED),
    post(
      "Telegram with the webhook's secret",
      "/webhooks/telegram",
      { ...JSON_TYPE, "x-telegram-bot-api-secret-token": webhook },
      "{}",
      UNAUTHORISED,
    ),

    post(
      "Telegram: an update without a message",
      "/webhooks/telegram",
      { ...JSON_TYPE, "x-telegram-bot-api-secret-token": telegram },
      '{"update_id":1}',
      [200],
    ),
    post(
      "Telegram: an update of 1e309",
      "/webhooks/telegram",
      { ...JSON_TYPE, "x-telegram-bot-api-secret-token": telegram },
      '{"update_id":1e309}',
      BAD,
    ),

    hook("10 MB", Buffer.alloc(10 * MEGABYTE, 0x20), [413]),
    hook("one byte more than a megabyte", `[${" ".repeat(MEGABYTE - 1)}]`, [413]),
    { ...hook("2 MB in pieces, without a length", Buffer.alloc(2 * MEGABYTE, 0x20), [413]), isChunked: true },
    hook("an empty body", "", BAD),
    hook("no JSON", "not json", BAD),
    hook("truncated JSON", '[{"a":1}', BAD),
    hook("an object", "{}", BAD),
    hook("null", "null", BAD),
    hook("a number", "1e309", BAD),
    hook("text", '"[]"', BAD),
    hook("bytes that are no UTF-8", Buffer.from([0x5b, 0xff, 0xfe, 0x5d]), BAD),
    hook("a byte order mark alone", Buffer.from([0xef, 0xbb, 0xbf]), BAD),
    hook("1,001 entries", JSON.stringify(Array.from({ length: 1_001 }, () => 0)), [413]),
    hook("1,000 entries of nothing", JSON.stringify(Array.from({ length: 1_000 }, () => 0)), [200]),
    hook("no entry", "[]", [200]),
    hook("__proto__ as a key", '[{"__proto__":{"signature":"x"},"constructor":{"prototype":{}}}]', [200]),
    hook("10,000 levels", nested, [200, 400]),
    hook("amounts of 1e309, -1 and NaN in words", '[{"slot":1e309,"blockTime":-1,"signature":"NaN"}]', [200]),
    hook("keys in other alphabets", '[{"signature\\u202e":"\\u0000","\u{1f680}":1}]', [200]),
    hook("duplicate keys", '[{"signature":"a","signature":"b"}]', [200]),
    hook("a signature of 63 bytes", JSON.stringify([{ transaction: { signatures: ["1".repeat(63)] } }]), [200]),
    hook("the same entry a hundred times", JSON.stringify(Array.from({ length: 100 }, () => ({ signature: "same" }))), [200]),

    ...(["GET", "PUT", "PATCH", "DELETE", "OPTIONS"] as const).map((method) => ({
      name: `${method} of the webhook`,
      method,
      path: "/webhooks/helius",
      headers: auth,
      body: null,
      expected: [405],
    })),
    { name: "GET of a change", method: "GET", path: "/api/v1/live/enable", headers: bearer, body: null, expected: NOT_THERE },
    { name: "PUT of a change", method: "PUT", path: "/api/v1/state", headers: bearer, body: "{}", expected: NOT_THERE },
    { name: "DELETE of a list", method: "DELETE", path: "/api/v1/trades", headers: bearer, body: null, expected: NOT_THERE },

    get("a path upwards", "/api/v1/../../wallet.json", [200, 404]),
    get("an encoded path upwards", "/api/v1/%2e%2e/%2e%2e/run.env", [200, 404]),
    get("a path with a zero byte", "/api/v1/status%00", [400, 404]),
    get("a doubled slash", "/api//v1/status", [404]),
    get("another case", "/API/V1/STATUS", [200, 404]),
    get("a path parameter", "/api/v1/status;admin=1", [404]),
    get("a path of 4,000 characters", `/api/v1/${"a".repeat(4_000)}`, [404, 414]),
    get("a malformed escape", "/api/v1/%zz", [400, 404]),
    post("the webhook's path with a slash", "/webhooks/helius/", JSON_TYPE, delivery, [401, 404, 405]),
    post("the webhook's path in capitals", "/WEBHOOKS/HELIUS", JSON_TYPE, delivery, [401, 404, 405]),
    post("the webhook's path escaped", "/webhooks/%68elius", JSON_TYPE, delivery, [401, 404, 405]),

    get("a limit of 0", "/api/v1/trades?limit=0", BAD),
    get("a limit of -1", "/api/v1/trades?limit=-1", BAD),
    get("a limit of 1e9", "/api/v1/trades?limit=1e9", BAD),
    get("a limit of NaN", "/api/v1/trades?limit=NaN", BAD),
    get("a made-up cursor", "/api/v1/trades?before=%27%20OR%201%3D1", [200, 400]),
    get("SQL for a mint", "/api/v1/decisions?mint=%27%3B%20DROP%20TABLE%20trades%3B--", [200, 400]),
    get("a ledger that is none", "/api/v1/risk?ledger=../../etc", [400, 404]),

    post("operator: no JSON", "/api/v1/state", bearer, "not json", BAD),
    post("operator: an array", "/api/v1/state", bearer, "[]", BAD),
    post("operator: an unknown field", "/api/v1/state", bearer, '{"ledger":"live-A","state":"ACTIVE","note":"x","admin":true}', BAD),
    post("operator: an unknown state", "/api/v1/state", bearer, '{"ledger":"live-A","state":"RICH","note":"x"}', BAD),
    post("operator: __proto__", "/api/v1/state", bearer, '{"__proto__":{"state":"HALTED"},"ledger":"live-A"}', BAD),
    post("operator: 10 MB", "/api/v1/live/enable", bearer, Buffer.alloc(10 * MEGABYTE, 0x20), [400, 413]),
    post("operator: a confirmation that was never given", "/api/v1/live/enable", bearer, '{"confirmation":"GO LIVE 000000"}', [409]),
    post("operator: a mint that is none", "/api/v1/live/rehearse", bearer, '{"mint":"\u200b"}', BAD),
    post("operator: a lock of 1e309 ms", "/api/v1/locks", bearer, '{"scope":"all","value":null,"forMs":1e309,"note":"x"}', BAD),
  ];
}
