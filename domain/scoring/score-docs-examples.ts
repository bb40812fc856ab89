import { gateExamples } from "../safety/gate-examples.ts";
import { builtinParameters } from "../trading/parameters.ts";
import { buildFeatures } from "./features.ts";
import { type FeatureCurve, ON_CHAIN_CURVES, pointsOf, SENTIMENT_HALF_POSTS, SOCIAL_CURVES } from "./parts.ts";
import { SAMPLE_OBSERVATIONS } from "./sample-observations.ts";
import { scoreToken } from "./score.ts";

/** A weight and a probability that show the blend; the built-in weight is zero until a model is promoted. */
const MODEL = { weight: 0.2, probability: 0.7 } as const;

/** Every gate at work on a bad input. */
export function gatesText(): string {
  const rows = gateExamples().map(({ gate, input, sum, finding }) => {
    const [severity, code] = gate.split(" ");
    return `| ${code} | ${severity} | ${cell(input)} | ${cell(sum)} | ${cell(shortened(finding.detail ?? ""))} |`;
  });
  return `## Gates, each with a worked example

Inputs are of the scam corpus (\`domain/safety/corpus\`); the sums are reckoned from them with the gates' own bounds, the
last column is what the gate said. What is not named is as in the sound sample token.

| gate | severity | input | sum | what the gate says |
|---|---|---|---|---|
${rows.join("\n")}`;
}

/** The sample token's parts and score, step by step. */
export function scoreText(): string {
  const parameters = builtinParameters("default");
  const known = buildFeatures(SAMPLE_OBSERVATIONS);
  const scored = scoreToken({ features: known, findings: [], parameters, modelProbability: null });
  const blended = scoreToken({
    features: known,
    findings: [],
    parameters: { ...parameters, modelWeight: MODEL.weight },
    modelProbability: MODEL.probability,
  });
  const { weightOnChain, weightSentiment, weightSocial } = parameters;
  const two = (value: number | null) => (value ?? Number.NaN).toFixed(2);
  const { onChain, sentiment, social } = scored.parts;
  const mood = round(known.sentimentWeighted ?? Number.NaN, 4);
  const posts = round(known.effectivePosts ?? Number.NaN, 2);
  return `## Worked example of each part

The sample token of \`sample-observations.ts\`, ten seconds after its graduation, default parameters.

### On-chain part

${curveRows(ON_CHAIN_CURVES, known)}

Sum of weight × points / sum of weights = **${two(onChain)}**.

### Sentiment part

50 + 50 × ${mood} × ${posts} / (${posts} + ${SENTIMENT_HALF_POSTS}) = **${two(sentiment)}**.

### Social part

${curveRows(SOCIAL_CURVES, known)}

Sum of weight × points / sum of weights = **${two(social)}**.

### Score

${weightOnChain} × ${two(onChain)} + ${weightSentiment} × ${two(sentiment)} + ${weightSocial} × ${two(social)} = **${scored.score.toFixed(2)}**: ${scored.recommendation}.

### Model blend

A champion's probability of ${MODEL.probability} at a \`modelWeight\` of ${MODEL.weight}: ${round(1 - MODEL.weight, 4)} × ${scored.score.toFixed(2)} + ${MODEL.weight} × 100 × ${MODEL.probability} = **${blended.score.toFixed(2)}**: ${blended.recommendation}.`;
}

function curveRows(curves: readonly FeatureCurve[], known: ReturnType<typeof buildFeatures>): string {
  const total = curves.reduce((sum, { weight }) => sum + weight, 0);
  const rows = curves.map((curve) => {
    const value = known[curve.feature] ?? Number.NaN;
    const points = pointsOf(curve, value);
    const weighted = curve.weight * points;
    return {
      weighted,
      text: `| \`${curve.feature}\` | ${round(value, 4)} | ${points.toFixed(1)} | ${curve.weight} | ${weighted.toFixed(2)} |`,
    };
  });
  const sum = rows.reduce((all, { weighted }) => all + weighted, 0);
  return `| feature | value | points | weight | weight × points |
|---|---|---|---|---|
${rows.map(({ text }) => text).join("\n")}
| sum | | | ${total} | ${sum.toFixed(2)} |`;
}

/** Text of the corpus for a table: an attacker's text may hold what ends a cell. */
function cell(text: string): string {
  return text.replace(/[|\r\n]/g, " ").replace(/</g, "&lt;");
}

/** Addresses are shown by their beginning. */
function shortened(detail: string): string {
  return detail.replace(/\b([1-9A-HJ-NP-Za-km-z]{6})[1-9A-HJ-NP-Za-km-z]{26,}\b/g, "$1…");
}

function round(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
