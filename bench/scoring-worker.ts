import { answerInvocations, readInvocations } from "../domain/learning/invocations.ts";
import { sampleForest, sampleModelFile } from "../domain/learning/sample-models.ts";
import { serveModel } from "../domain/learning/served-model.ts";
import { createRng } from "../domain/random.ts";
import { askModels } from "../domain/scoring/champion.ts";
import { counterfactualOf } from "../domain/scoring/counterfactual.ts";
import { explainScore } from "../domain/scoring/explain.ts";
import { buildFeatures } from "../domain/scoring/features.ts";
import { SAMPLE_OBSERVATIONS } from "../domain/scoring/sample-observations.ts";
import { sampleFeatures } from "../domain/scoring/sample-scores.ts";
import { type Score, type ScoreInputs, scoreToken } from "../domain/scoring/score.ts";
import { builtinParameters } from "../domain/trading/parameters.ts";

const rng = createRng("scoring bench");
/** Full trees: 64 leaves each, where the trainer stops at 31. */
const MODEL = serveModel(sampleModelFile({ family: "gbdt", parameters: sampleForest(rng, 100, 6) }));
const PARAMETERS = { ...builtinParameters("default"), modelWeight: 0.2 };
const TOKENS = Array.from({ length: 20 }, () => {
  const features = sampleFeatures(rng, 0.15);
  const inputs: ScoreInputs = { features, findings: [], parameters: PARAMETERS, modelProbability: MODEL.predict(features) };
  return { inputs, scored: scoreToken(inputs) };
});

/** What is timed, `n` times a request; each returns something that a compiler cannot leave out. */
const STEPS: Readonly<Record<string, (i: number) => unknown>> = {
  idle: () => 0,
  features: () => buildFeatures(SAMPLE_OBSERVATIONS),
  score: () => {
    const features = buildFeatures(SAMPLE_OBSERVATIONS);
    const { probability } = askModels(MODEL, [], features);
    return scoreToken({ features, findings: [], parameters: PARAMETERS, modelProbability: probability });
  },
  explain: (i) => explainScore(tokenAt(i).inputs, tokenAt(i).scored, MODEL),
  shap: (i) => MODEL.attribute(tokenAt(i).inputs.features),
  counterfactual: (i) => counterfactualOf(tokenAt(i).inputs, tokenAt(i).scored, MODEL),
};

function tokenAt(i: number): { readonly inputs: ScoreInputs; readonly scored: Score } {
  const token = TOKENS[i % TOKENS.length];
  if (token === undefined) throw new Error("no token");
  return token;
}

/** Runs a step `n` times, or answers a batch as the API's route does. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/rows") return Response.json(Array.from({ length: Number(searchParams.get("n")) }, () => sampleFeatures(rng, 0.15)));
    if (pathname === "/invocations") {
      const rows = readInvocations(JSON.parse(await request.text()), MODEL);
      if (!rows.ok) return new Response(`${rows.reason} ${rows.detail}`, { status: 400 });
      const predictions = answerInvocations(MODEL, rows.value);
      return predictions.ok ? Response.json({ predictions: predictions.value }) : new Response(predictions.reason, { status: 500 });
    }
    const step = STEPS[pathname.slice(1)];
    if (step === undefined) return new Response("no such step", { status: 404 });
    let done = 0;
    for (let i = 0; i < Number(searchParams.get("n")); i++) if (step(i) !== undefined) done++;
    return new Response(String(done));
  },
};
