import { env, exports } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { projectEntries } from "../../adapters/d1/project.ts";
import { appendControlEvent } from "../../adapters/r2/control-log.ts";
import { recordObservations } from "../../adapters/r2/observation-store.ts";
import { SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { builtinParameterSet, makeParameterSet } from "../../domain/trading/parameter-set.ts";
import { reset } from "../../durable-objects/test-reset.ts";

const BUILTIN = builtinParameterSet("default");
const setNamed = (name: string) => {
  const parameters = { ...BUILTIN.parameters, qualityThreshold: 71 };
  return makeParameterSet({ name, parent: BUILTIN.version, author: "test", createdAtMs: 1, parameters });
};
const TUNED = setNamed("tuned");
const { mint } = SAMPLE_OBSERVATIONS.candidate.graduation;

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
});

function get(path: string, token?: string): Promise<Response> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return exports.default.fetch(new Request(`http://sniper.test/api/v1${path}`, { headers }));
}

test("the values of the set in force, of the built-in one, and of any that the journal names", async () => {
  expect(await (await get(`/parameters/${BUILTIN.version}`)).json()).toEqual(BUILTIN);
  expect((await get(`/parameters/${TUNED.version}`)).status).toBe(404);
  const base = { atMs: 1, author: "test" };
  await appendControlEvent(env, { ...base, id: "a", type: "parameters-activated", set: TUNED, retired: BUILTIN }, Date.now());
  expect(await (await get(`/parameters/${TUNED.version}`)).json()).toEqual(TUNED);
  expect(await (await get(`/parameters/${BUILTIN.version}`)).json()).toEqual(BUILTIN);
  const old = setNamed("old");
  const record = { kind: "parameters", version: old.version, parent: null, author: "test", status: "retired" } as const;
  const entry = { ...record, id: "p", atMs: 1, parametersJson: JSON.stringify(old) };
  await projectEntries(env.DB, [{ seq: 1, hash: "", prevHash: "", entry }], 1);
  expect(await (await get(`/parameters/${old.version}`)).json()).toEqual(old);
});

test("what was observed is the operator's alone", async () => {
  await recordObservations(env.BUCKET, SAMPLE_OBSERVATIONS);
  expect((await get(`/observations/${mint}`)).status).toBe(401);
  const answer = await get(`/observations/${mint}`, "test-operator");
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  // The posts were never kept.
  expect(await answer.json()).toMatchObject({ record: { v: 1, observations: { asOfMs: SAMPLE_OBSERVATIONS.asOfMs } }, posts: null });
  expect((await get(`/observations/${mint}?untilMs=${SAMPLE_OBSERVATIONS.asOfMs - 1}`, "test-operator")).status).toBe(404);
  expect((await get("/observations/..%2Fcontrol", "test-operator")).status).toBe(400);
});
