import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { FEATURE_NAMES, FEATURES } from "../scoring/features.ts";
import { sampleFeatures } from "../scoring/sample-scores.ts";
import { answerInvocations, MAX_EXPLAINED_ROWS, MAX_INVOCATION_ROWS, readInvocations } from "./invocations.ts";
import { sampleForest, sampleModelFile } from "./sample-models.ts";
import { serveModel } from "./served-model.ts";

const rng = createRng("invocations");
const MODEL = serveModel(sampleModelFile({ family: "gbdt", parameters: sampleForest(rng, 20, 4) }));
const ROWS = Array.from({ length: 20 }, () => sampleFeatures(rng, 0.3));
const COLUMNS = [...FEATURE_NAMES].reverse();
const SPLIT = { columns: COLUMNS, data: ROWS.map((row) => COLUMNS.map((name) => row[name])) };
const [FIRST] = ROWS;
const NAME = "top10Share";

function read(json: unknown) {
  return readInvocations(JSON.parse(JSON.stringify(json)), MODEL);
}

describe("invocations", () => {
  test("both forms, in any order of columns, give what the Analyzer gets", () => {
    for (const body of [{ dataframe_split: SPLIT }, { instances: ROWS }, { dataframe_split: { ...SPLIT, index: [1, 2] }, params: {} }]) {
      const rows = read(body);
      if (!rows.ok) throw new Error(rows.reason);
      const answer = answerInvocations(MODEL, rows.value);
      expect(answer).toEqual({ ok: true, value: ROWS.map((row) => ({ probability: MODEL.predict(row) })) });
    }
    expect(read({ instances: [] })).toMatchObject({ ok: true, value: { count: 0 } });
  });

  test("explanations add up to the margin", () => {
    const rows = read({ instances: ROWS, params: { explain: true } });
    if (!rows.ok) throw new Error(rows.reason);
    const answer = answerInvocations(MODEL, rows.value);
    if (!answer.ok) throw new Error(answer.reason);
    for (const { explanation } of answer.value) {
      if (explanation === undefined) throw new Error("not explained");
      expect(explanation.shap.length).toBeLessThanOrEqual(10);
      const sum = explanation.shap.reduce((total, { value }) => total + value, explanation.rest);
      expect(explanation.baseMargin + sum).toBeCloseTo(explanation.margin, 9);
    }
  });

  const many = (count: number) => Array.from({ length: count }, () => FIRST);
  const { [NAME]: _, ...lacking } = FIRST ?? {};
  const withCell = (value: unknown) => ({ instances: [{ ...FIRST, [NAME]: value }] });
  test.each<readonly [string, unknown, string]>([
    ["no object", [], "REQUEST_INVALID"],
    ["null", null, "REQUEST_INVALID"],
    ["neither form", {}, "REQUEST_INVALID"],
    ["both forms", { dataframe_split: SPLIT, instances: [] }, "REQUEST_INVALID"],
    ["a field that is none", { instances: [], inputs: 1 }, "REQUEST_INVALID"],
    ["params that are none", { instances: [], params: 1 }, "REQUEST_INVALID"],
    ["a parameter that is none", { instances: [], params: { explains: true } }, "REQUEST_INVALID"],
    ["explain that is no boolean", { instances: [], params: { explain: 1 } }, "REQUEST_INVALID"],
    ["instances that are no array", { instances: {} }, "REQUEST_INVALID"],
    ["a row that is no object", { instances: [[1]] }, "REQUEST_INVALID"],
    ["a split without data", { dataframe_split: { columns: COLUMNS } }, "REQUEST_INVALID"],
    ["a split with more fields", { dataframe_split: { ...SPLIT, rows: 1 } }, "REQUEST_INVALID"],
    ["a short row", { dataframe_split: { ...SPLIT, data: [[1]] } }, "REQUEST_INVALID"],
    ["a column twice", { dataframe_split: { ...SPLIT, columns: [...COLUMNS.slice(1), COLUMNS[1]] } }, "REQUEST_INVALID"],
    ["an unknown column", { dataframe_split: { ...SPLIT, columns: [...COLUMNS, "x"] } }, "MODEL_COLUMN_UNKNOWN"],
    ["columns that are no names", { dataframe_split: { ...SPLIT, columns: [1] } }, "MODEL_COLUMN_UNKNOWN"],
    ["very many columns", { dataframe_split: { ...SPLIT, columns: many(10_000) } }, "MODEL_COLUMN_UNKNOWN"],
    ["a missing column", { dataframe_split: { columns: COLUMNS.slice(1), data: [] } }, "MODEL_COLUMN_MISSING"],
    ["an unknown field of a row", { instances: [{ ...FIRST, x: 1 }] }, "MODEL_COLUMN_UNKNOWN"],
    ["a missing field of a row", { instances: [lacking] }, "MODEL_COLUMN_MISSING"],
    ["text for a number", withCell("0.5"), "MODEL_VALUE_INVALID"],
    ["a boolean for a number", withCell(true), "MODEL_VALUE_INVALID"],
    ["an object for a number", withCell({}), "MODEL_VALUE_INVALID"],
    ["a number beyond the feature's range", withCell(FEATURES[NAME].max + 1), "MODEL_VALUE_INVALID"],
    ["too many rows", { instances: many(MAX_INVOCATION_ROWS + 1) }, "MODEL_ROWS_TOO_MANY"],
    ["too many explained rows", { instances: many(MAX_EXPLAINED_ROWS + 1), params: { explain: true } }, "MODEL_ROWS_TOO_MANY"],
  ])("%s is refused", (_name, body, reason) => {
    const answer = read(body);
    expect(answer).toMatchObject({ ok: false, reason });
    expect(JSON.stringify(answer).length).toBeLessThan(400);
  });

  test("a number too large for JSON's readers is infinite, and refused", () => {
    const text = JSON.stringify({ instances: [{ ...FIRST, [NAME]: 0 }] }).replace(`"${NAME}":0`, `"${NAME}":1e999`);
    expect(readInvocations(JSON.parse(text), MODEL)).toMatchObject({ ok: false, reason: "MODEL_VALUE_INVALID" });
  });

  test("whatever JSON comes, there is an answer", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("instances", "dataframe_split", "params", null), (json, field) => {
        const answer = readInvocations(field === null ? json : { instances: [], [field]: json }, MODEL);
        expect(typeof answer.ok).toBe("boolean");
      }),
      { numRuns: 500 },
    );
  });

  test("a model that answers with no probability is refused", () => {
    const rows = read({ instances: ROWS });
    if (!rows.ok) throw new Error(rows.reason);
    expect(answerInvocations({ ...MODEL, predictRow: () => Number.NaN }, rows.value)).toMatchObject({ reason: "MODEL_OUT_OF_RANGE" });
  });
});
