import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { DecisionView } from "../../domain/api/types.ts";
import { sampleDecision } from "../../domain/journal/sample-entries.ts";
import { decisionView } from "../../domain/journal/views.ts";
import { plainJson } from "../../domain/json.ts";
import { soft } from "../../domain/safety/findings.ts";
import { buildFeatures } from "../../domain/scoring/features.ts";
import { SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { scoreToken } from "../../domain/scoring/score.ts";
import { builtinParameterSet, makeParameterSet } from "../../domain/trading/parameter-set.ts";
import { runCli } from "../main.ts";

const { candidate, asOfMs, social } = SAMPLE_OBSERVATIONS;
const { mint } = candidate.graduation;
const DEFAULT = builtinParameterSet("default");
const TUNED = makeParameterSet({
  name: "tuned",
  parent: DEFAULT.version,
  author: "optimizer",
  createdAtMs: 1,
  parameters: { ...DEFAULT.parameters, weightOnChain: 0.2, weightSocial: 0.65, modelWeight: 0.4, qualityThreshold: 52 },
});
const MODEL_PROBABILITY = 0.43;

/** A judgement of the sample under the tuned set, with a model's answer, as it was recorded. */
function judged(): DecisionView {
  const features = buildFeatures(SAMPLE_OBSERVATIONS);
  const findings = [soft("LP_NOT_BURNED")];
  const inputs = { features, findings, parameters: TUNED.parameters, modelProbability: MODEL_PROBABILITY };
  const { recommendation: outcome, ...scored } = scoreToken(inputs);
  const base = decisionView(sampleDecision("d1", { mint, parameterVersion: TUNED.version, modelVersion: "gbdt-0123456789ab" }));
  return { ...base, ...scored, stage: "analyze", outcome, findings, features, atMs: asOfMs + 300 };
}

const withValues = (changes: object) => ({ ...TUNED, parameters: { ...TUNED.parameters, ...changes } });
const dir = mkdtempSync(join(tmpdir(), "sniper-saved-"));
let asked: string[] = [];
let answers: Record<string, unknown> = {};
let server: Server;
let url = "";

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = (request.url ?? "").replace("/api/v1", "");
    asked.push(`${request.headers.authorization ?? "-"} ${path}`);
    const answer = answers[path];
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(answer === undefined ? '{"title":"There is no such thing."}' : plainJson(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

beforeEach(() => {
  asked = [];
  const page = { items: [judged()], next: null };
  const record = { v: 1, postsFetchedAtMs: social?.fetchedAtMs ?? null, observations: { ...SAMPLE_OBSERVATIONS, social: null } };
  answers = {
    [`/decisions?limit=1&mint=${mint}`]: page,
    [`/decisions?limit=1&mint=${mint}&stage=analyze`]: page,
    [`/parameters/${TUNED.version}`]: TUNED,
    [`/observations/${mint}?untilMs=${asOfMs + 300}`]: { record, posts: { mint, symbol: "SMPL", assessedAtMs: asOfMs, sample: social } },
  };
  vi.stubEnv("SNIPER_OPERATOR_TOKEN", "the-token");
});

afterEach(() => {
  vi.unstubAllEnvs();
});

async function run(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  let code = 0;
  await runCli(["score", ...argv], {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    fail: (given) => {
      code = given;
    },
  });
  return { err, code, text: out.join("\n") };
}

let files = 0;
const fresh = () => join(dir, `${++files}.json`);

interface Saved {
  observations: { holders: Array<{ largest: Array<{ owner: string; amount: unknown }> }>; creation: object; social: unknown };
  parameters: { version: string; parameters: Record<string, number> } | null;
  [name: string]: unknown;
}

async function saved(): Promise<Saved> {
  const path = fresh();
  const { code, text, err } = await run(mint, "--save", path, "--url", url);
  expect([err, code]).toEqual([[], 0]);
  expect(text).toContain("they give the recorded features");
  return JSON.parse(readFileSync(path, "utf8")) as Saved;
}

function write(content: unknown): string {
  const path = fresh();
  writeFileSync(path, JSON.stringify(content));
  return path;
}

describe("observations of a judgement", () => {
  test("saved and scored again they give the recorded answer, with the parameters and the model's answer of then", async () => {
    const content = await saved();
    expect(asked.filter((line) => line.startsWith("Bearer the-token"))).toEqual([
      `Bearer the-token /observations/${mint}?untilMs=${asOfMs + 300}`,
    ]);
    asked = [];
    const { code, text } = await run(write(content), "--explain");
    expect(text).toContain("Scored again here from its observations: the same.");
    expect(text).toContain(`${judged().outcome}  score ${judged().score?.toFixed(1)}`);
    expect(text).toContain(`model 43.0)  parameters ${TUNED.version}`);
    expect([code, asked]).toEqual([0, []]);
    const json = JSON.parse((await run(write(content), "--json")).text) as DecisionView;
    expect(json.score).toBe(judged().score);
    expect(JSON.stringify(json.features)).toBe(JSON.stringify(judged().features));
  });

  test("edited they give another score, and the model's answer is of other features", async () => {
    const content = await saved();
    const before = content.observations.holders[0]?.largest[0];
    if (before === undefined) throw new Error("no holder");
    expect(before).toEqual({ owner: "H1", amount: "31000000000000" });
    before.amount = "310000000000000";
    const { code, text } = await run(write(content));
    expect(code).toBe(0);
    expect(text).toContain("The model gbdt-0123456789ab judged other features (43.0 %): its answer does not count here.");
    expect(text).toContain(`Edited since it was saved: recorded was ${judged().score?.toFixed(4)}, ${judged().outcome}.`);
    expect(text).not.toContain("Scored again");
    expect(text).not.toContain(`score ${judged().score?.toFixed(1)} `);
  });

  test("values that were changed under a version's name do not go by that name", async () => {
    const content = await saved();
    if (content.parameters === null) throw new Error("no parameters");
    content.parameters.parameters["qualityThreshold"] = 88;
    const { text } = await run(write(content));
    expect(text).toMatch(/^(WATCH|DECLINE) .* parameters edited-[0-9a-f]{12}$/m);
    expect(text).not.toContain(`parameters ${TUNED.version}`);
  });

  test("observations alone are enough: the rules, and the built-in parameters that were asked for", async () => {
    const { observations } = await saved();
    const { text, code } = await run(write({ observations }), "--parameters", "localnet");
    expect(code).toBe(0);
    expect(text).toContain(`parameters ${builtinParameterSet("localnet").version}`);
  });

  test("a record that this version scores otherwise is an error", async () => {
    const content = await saved();
    const { text, code } = await run(write({ ...content, recorded: { ...(content["recorded"] as object), score: 12.5 } }));
    expect(text).toContain("not what was recorded");
    expect(code).toBe(1);
  });

  test("an existing file stays; so does nothing when the posts are gone, the parameters unknown, or nothing is kept", async () => {
    const taken = write({ mine: true });
    expect((await run(mint, "--save", taken, "--url", url)).err).toEqual([`error: ${taken}: exists already`]);
    expect(readFileSync(taken, "utf8")).toBe('{"mine":true}');
    const path = fresh();
    const key = `/observations/${mint}?untilMs=${asOfMs + 300}`;
    answers[key] = { ...(answers[key] as object), posts: null };
    expect((await run(mint, "--save", path, "--url", url)).err[0]).toContain("its posts are not kept any more");
    delete answers[key];
    expect((await run(mint, "--save", path, "--url", url)).err[0]).toContain("There is no such thing.");
    delete answers[`/parameters/${TUNED.version}`];
    expect((await run(mint, "--save", path, "--url", url)).err[0]).toContain(
      `its parameters ${TUNED.version} are not built in, and unknown`,
    );
    expect(existsSync(path)).toBe(false);
  });

  test.each<[string, (content: Saved) => object, string]>([
    [
      "an amount as a number",
      ({ observations }) => ({ observations: { ...observations, creation: { ...observations.creation, trades: [{ tokenAmount: 5 }] } } }),
      "observations.creation.trades.0",
    ],
    ["something else beside it", (one) => ({ ...one, score: 99 }), "score"],
    ["posts left out", (one) => ({ ...one, observations: { ...one.observations, social: undefined } }), "observations.social"],
    ["weights that do not add up", (one) => ({ ...one, parameters: withValues({ weightSocial: 0.9 }) }), "add up to 1"],
    ["a set without what a score needs", (one) => ({ ...one, parameters: { ...TUNED, parameters: {} } }), "have no weightOnChain"],
  ])("refused: %s", async (_name, change, reason) => {
    const { err, code } = await run(write(change(await saved())));
    expect(code).toBe(1);
    expect(err[0]).toContain(reason);
  });
});

describe("a decision under parameters that are not built in", () => {
  test("is scored again with their values, from the instance that has them", async () => {
    const { text, code } = await run(write(judged()), "--url", url);
    expect(text).toContain("Scored again here from its features and findings: the same.");
    expect([code, asked]).toEqual([0, [`- /parameters/${TUNED.version}`]]);
  });

  test.each<[string, unknown, string]>([
    ["unknown there", undefined, `its parameters ${TUNED.version} are not built in, and unknown: http://127.0.0.1`],
    ["other values under its name", { ...TUNED, parameters: DEFAULT.parameters }, "are not those it was made of"],
    ["another set", DEFAULT, "answered something else"],
    ["no set", { items: [] }, "answered something else"],
  ])("is not scored again, and never with others: %s", async (_name, answer, why) => {
    answers[`/parameters/${TUNED.version}`] = answer;
    const { text, code } = await run(write(judged()), "--url", url);
    expect(text).toContain("Not scored again: ");
    expect(text).toContain(why);
    expect(code).toBe(0);
  });
});
