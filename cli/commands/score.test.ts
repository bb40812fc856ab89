import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DecisionView } from "../../domain/api/types.ts";
import { sampleDecision } from "../../domain/journal/sample-entries.ts";
import { decisionView } from "../../domain/journal/views.ts";
import { soft } from "../../domain/safety/findings.ts";
import { explainScore } from "../../domain/scoring/explain.ts";
import { explainText } from "../../domain/scoring/explain-text.ts";
import { buildFeatures } from "../../domain/scoring/features.ts";
import { SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { scoreToken } from "../../domain/scoring/score.ts";
import { builtinParameterSet } from "../../domain/trading/parameter-set.ts";
import { runCli } from "../main.ts";
import { MAX_SCORE_FILE_BYTES } from "../score/read-file.ts";

const MINT = "So11111111111111111111111111111111111111112";
const OTHER = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";
const SET = builtinParameterSet("localnet");
const FEATURES = buildFeatures({ ...SAMPLE_OBSERVATIONS, social: null });
const CHANGE = "\u001b[2J\u202e";

/** A judgement as the Analyzer would have recorded it, with a shadow. */
function judged(changes: Partial<DecisionView> = {}): DecisionView {
  const findings = [soft("LP_NOT_BURNED")];
  const inputs = { features: FEATURES, findings, parameters: SET.parameters, modelProbability: null };
  const { recommendation: outcome, contributions: _contributions, ...scored } = scoreToken(inputs);
  const { contributions, counterfactual } = explainScore(inputs, scoreToken(inputs), null);
  const explanation = { counterfactual, shadows: [{ version: "gbdt-0123456789ab", probability: 0.214 }] };
  const base = decisionView(sampleDecision("d1", { mint: MINT, symbol: `EVIL${CHANGE}`, parameterVersion: SET.version }));
  return { ...base, ...scored, outcome, findings, features: FEATURES, contributions, explanation, ...changes };
}

const asked: string[] = [];
const dir = mkdtempSync(join(tmpdir(), "sniper-score-"));
const trade: DecisionView = {
  ...judged(),
  id: "d2",
  atMs: judged().atMs + 400,
  stage: "trade",
  outcome: "DECLINE",
  reasons: [{ code: "COST_TOO_HIGH", detail: `9 %${CHANGE}` }],
};
const ANSWERS: Record<string, readonly DecisionView[]> = {
  [`/api/v1/decisions?limit=1&mint=${MINT}`]: [trade],
  [`/api/v1/decisions?limit=1&mint=${MINT}&stage=analyze`]: [judged()],
};
let server: Server;
let url = "";

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ items: ANSWERS[request.url ?? ""] ?? [], next: null }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
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
  return { out, err, code, text: out.join("\n") };
}

function file(content: unknown, name = "file.json"): string {
  const path = join(dir, name);
  writeFileSync(path, typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content));
  return path;
}

describe("sniper score MINT", () => {
  test("the newest judgement, and what came of it later", async () => {
    const { text, err, code } = await run(MINT, "--url", url);
    expect([err, code]).toEqual([[], 0]);
    expect(text).toContain(`${judged().outcome}  score ${judged().score?.toFixed(1)}`);
    expect(text).toContain("later, in stage trade: DECLINE: COST_TOO_HIGH (9 %");
    expect(text).not.toContain("points against");
  });

  test("--explain: every sentence, contributions, what was missing and the shadows", async () => {
    const { text } = await run(MINT, "--explain", "--url", url);
    const view = judged();
    for (const sentence of explainText({ ...view, recommendation: view.outcome })) expect(text).toContain(`\n${sentence}\n`);
    expect(text).toContain("Models that do not count gave it a chance of 21.4 % (gbdt-0123456789ab).");
    expect(text).toMatch(/points against a token of which nothing is known:\n\s+[+-]\d/);
    expect(text).toContain(`not had: ${view.missing.join(", ")}`);
  });

  test("strangers' text does not act on the terminal", async () => {
    const { text } = await run(MINT, "--explain", "--url", url);
    expect(text).toContain("EVIL");
    for (const mark of ["\u001b", "\u202e"]) expect(text).not.toContain(mark);
  });

  test("--json is the decision; a file of it is judged again to the same", async () => {
    const { text } = await run(MINT, "--explain", "--json", "--url", url);
    const printed = JSON.parse(text) as DecisionView & { sentences: readonly string[] };
    expect(printed).toMatchObject(JSON.parse(JSON.stringify(judged())) as object);
    expect(printed.sentences.length).toBeGreaterThan(3);
    const before = asked.length;
    const again = await run(file(text), "--explain");
    expect(again.code).toBe(0);
    expect(again.text).toContain("Scored again here from its features and findings: the same.");
    expect(asked.length).toBe(before);
  });

  test("a mint that nobody decided about is an error", async () => {
    const { err, out, code } = await run(OTHER, "--url", url);
    expect([out, code]).toEqual([[], 1]);
    expect(err).toEqual([`error: Nothing was decided about ${OTHER}: it was not seen, or long ago.`]);
  });
});

describe("sniper score FILE", () => {
  test("another answer than the recorded one is told, with exit code 1", async () => {
    const { text, code } = await run(file(judged({ score: 99.5, outcome: "BUY" })));
    expect(text).toContain(`Scored again here it is ${judged().score?.toFixed(4)}`);
    expect(code).toBe(1);
  });

  test.each<[string, Partial<DecisionView>, string]>([
    ["other parameters", { parameterVersion: "tuned-0123456789ab" }, "its parameters tuned-0123456789ab are not built in"],
    ["another feature set", { features: { liquidityUsd: 1 } }, "another feature set"],
    ["no score", { score: null, parts: null, features: null }, "no judgement of the Analyzer"],
  ])("not scored again with %s", async (_name, changes, why) => {
    const { text, code } = await run(file(judged(changes)), "--explain", "--url", "http://127.0.0.1:9");
    expect(text).toContain("Not scored again: ");
    expect(text).toContain(why);
    expect(code).toBe(0);
  });

  test("of a page the newest judgement counts", async () => {
    const older = judged({ id: "d0", atMs: 1, symbol: "OLD" });
    const { text } = await run(file({ items: [trade, judged(), older], next: null }));
    expect(text).toMatch(/^EVIL\S* {2}\S+ {2}analyze/);
  });

  test("bare features are scored by the rules, unknown ones as unknown", async () => {
    const { text, code } = await run(file({ features: FEATURES, findings: [soft("LP_NOT_BURNED")] }), "--parameters", "localnet", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ score: judged().score, recommendation: judged().outcome, parameterVersion: SET.version });
    const few = await run(file({ features: { liquidityUsd: 20_000 } }), "--explain");
    expect(few.text).toContain("Too little is known of the token on chain");
  });

  test.each<[string, unknown, string]>([
    ["no JSON", "{", "NOT_JSON"],
    ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "NOT_JSON"],
    ["a list", [], "NOT_A_DECISION"],
    ["null", null, "NOT_A_DECISION"],
    ["an empty page", { items: [] }, "NOT_A_DECISION"],
    ["a decision without a field", { ...judged(), mint: undefined }, "NOT_A_DECISION: mint"],
    ["a score above the scale", { ...judged(), score: 101 }, "NOT_A_DECISION: score"],
    ["an unknown reason", { ...judged(), reasons: [{ code: "toString" }] }, "NOT_A_DECISION: reasons.0.code"],
    ["a time that is none", { ...judged(), atMs: 1e300 }, "NOT_A_DECISION: atMs"],
    ["an unknown feature", { features: { constructor: 1 } }, "FEATURE_UNKNOWN: constructor"],
    ["a feature out of range", { features: { top10Share: 40 } }, "FEATURE_OUT_OF_RANGE: top10Share"],
    ["a feature that is text", { features: { top10Share: "0.4" } }, "NOT_A_DECISION: features.top10Share"],
    ["too large", new Uint8Array(MAX_SCORE_FILE_BYTES + 1).fill(0x20), "FILE_TOO_LARGE"],
  ])("refused: %s", async (_name, content, reason) => {
    const { out, err, code } = await run(file(content));
    expect([out, code]).toEqual([[], 1]);
    expect(err).toHaveLength(1);
    expect(err[0]).toContain(`error: ${reason}`);
  });

  test("refused: no such file, a folder; with --json as JSON", async () => {
    expect((await run(join(dir, "none.json"))).err[0]).toContain("FILE_UNREADABLE");
    const folder = await run(dir, "--json");
    expect(JSON.parse(folder.text)).toEqual({ error: `FILE_UNREADABLE: ${dir}: is no file` });
    expect(folder.code).toBe(1);
  });
});
