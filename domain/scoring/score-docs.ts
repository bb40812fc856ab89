import { builtinParameters } from "../trading/parameters.ts";
import { buildFeatures, FEATURE_NAMES, FEATURE_SET_VERSION, FEATURES, type FeatureSource } from "./features.ts";
import {
  CREATION_PAGES,
  CREATION_TRANSACTIONS,
  FAILED_SWAPS,
  FUNDED_WALLETS,
  GATE_SWAPS,
  HISTORY_PAGE,
  MAX_RPC_CALLS,
} from "./observations.ts";
import { type FeatureCurve, MIN_KNOWN_SHARE, ON_CHAIN_CURVES, pointsOf, SENTIMENT_HALF_POSTS, SOCIAL_CURVES } from "./parts.ts";
import { SAMPLE_OBSERVATIONS } from "./sample-observations.ts";
import { SOFT_FINDING_POINTS, scoreToken } from "./score.ts";

/** What only the gates read. */
type GateSource = "creation slot" | "funding" | "holder owners" | "own records";

const CALLS: Readonly<Record<FeatureSource | GateSource, string>> = {
  candidate: "0: the Discoverer knows it",
  accounts: "1 `getMultipleAccounts`, shared with the gates (2 when the creator is not known beforehand)",
  holders: "1 `getTokenLargestAccounts` (20 accounts)",
  "curve history": `1 \`getSignaturesForAddress\` (${HISTORY_PAGE.toLocaleString("en-US")} newest)`,
  "pool history": `1 \`getSignaturesForAddress\` (${HISTORY_PAGE.toLocaleString("en-US")} newest)`,
  "pool trades": `one \`getTransaction\` for each of the ${GATE_SWAPS} newest swaps, and for ${FAILED_SWAPS} failed ones`,
  "creation slot": `up to ${CREATION_TRANSACTIONS} \`getTransaction\`; for a curve of more than one page up to ${CREATION_PAGES} pages of its history before`,
  funding: `2 for each of the ${FUNDED_WALLETS} largest buyers of the creation slot, when there are as many`,
  "holder owners": "1 `getMultipleAccounts`",
  "own records": "0 RPC: one query of our own database",
  classifiers: "0 RPC: Workers AI, and a model of our own",
  posts: "0 RPC; X: 1 search of 10 posts and 1 lookup of unknown authors",
};

/** The page `docs/scoring.md`: how a token is judged, with a worked example computed from the code. */
export function renderScoringDocs(): string {
  return `${[intro(), sources(), features(), parts(), findings(), example()].join("\n\n")}\n`;
}

function intro(): string {
  return `# Scoring

This page is generated from \`domain/scoring/\` (\`score-docs.ts\`); a test fails when page and code differ.

A candidate is judged in this order:

1. **Gates** (\`domain/safety\`): mint, extensions, pool, vaults, LP tokens, names and links, age; then holders, the
   creation slot, the creator and the pool's trades. A hard finding vetoes: score 0, DECLINE, and one of the first
   group also spares every further call. A soft finding costs points. What a gate cannot know (late, beyond the call
   bound, a first transaction older than the pages read) is no finding, costs nothing, and is named in \`missing\`.
2. **Features** (set \`${FEATURE_SET_VERSION}\`): what is known at one slot and one moment. Nothing later is looked at. Unknown
   is null, never zero.
3. **Parts**, each 0-100: on-chain, sentiment, social. A part without data counts \`missingPartScore\` (50) and is named
   in \`missing\`.
4. **Score** = on-chain × \`weightOnChain\` (0.60) + sentiment × \`weightSentiment\` (0.15) + social × \`weightSocial\` (0.25),
   then (1 - \`modelWeight\`) × that + \`modelWeight\` × the champion's probability × 100, less soft findings, cut to 0-100.
5. **Recommendation**: BUY from \`qualityThreshold\` (60) on, WATCH down to \`watchMargin\` (10) below it, else DECLINE.
   Everything but a BUY carries a reason code.

Contributions are exact: they add up to score - \`missingPartScore\`, the score of a token of which nothing is known.`;
}

function sources(): string {
  const rows = Object.entries(CALLS).map(([source, calls]) => `| ${source} | ${calls} |`);
  return `## What a judgement costs

At most **${MAX_RPC_CALLS} RPC calls** a candidate, on every network; a coin without a bundle costs about half,
a token that a gate of its accounts vetoes 4 and no post. The soft
deadline is 1.5 s: what is later is missing, and \`missing\` names it. Accounts are waited for until 3 s; without them
there is no judgement.

| source | calls |
|---|---|
${rows.join("\n")}

X charges $0.005 a post and $0.010 an author: at most $0.15 a candidate. The Budget object stops at 300 requests per
15 minutes and at the day's dollars ($5 unless \`X_DAILY_BUDGET_USD\` says otherwise), before anything is sent. Over budget,
down or unreadable, sentiment and social are missing.`;
}

function features(): string {
  const rows = FEATURE_NAMES.map((name) => {
    const { unit, min, max, source, missing } = FEATURES[name];
    return `| \`${name}\` | ${unit} | ${number(min)} to ${number(max)} | ${source} | ${missing} |`;
  });
  return `## Features

Values outside the range are cut to it. The order is the order that models are fed.

| feature | unit | range | source | missing when |
|---|---|---|---|---|
${rows.join("\n")}`;
}

function parts(): string {
  return `## Parts

A curve turns a feature into points: linear between its knots, flat outside. A part is the weighted mean of its
features' points; an unknown feature counts as neutral, and with less than ${MIN_KNOWN_SHARE * 100} % of the weight known the part is
missing. Weights and knots are set by hand. The creation-slot and holder knots follow recorded launches, where insiders
took 79 % of the supply in the creation slot with 4-5 wallets, and what traders ask for (top 10 ≤ 20 %, creator ≤ 10 %).
No outcome data went into them: that is what the model is for.

### On-chain

${curves(ON_CHAIN_CURVES)}

### Sentiment

\`50 + 50 × sentimentWeighted × n / (n + ${SENTIMENT_HALF_POSTS})\`, with n = \`effectivePosts\`. Each post is scored by VADER with the crypto
overlay. Copies share one vote, a post that looks like a bot's counts a tenth, an author's posts together count at most
one, and followers weigh by log2(2 + followers), 16 at most. Missing without posts.

### Social

${curves(SOCIAL_CURVES)}`;
}

function curves(list: readonly FeatureCurve[]): string {
  const rows = list.map(({ feature, weight, at, points, why }) => {
    const knots = at.map((x, i) => `${number(x)} → ${points[i]}`).join(", ");
    return `| \`${feature}\` | ${weight} | ${knots} | ${why} |`;
  });
  return `| feature | weight | points | why |\n|---|---|---|---|\n${rows.join("\n")}`;
}

function findings(): string {
  const rows = Object.entries(SOFT_FINDING_POINTS).map(([code, points]) => `| ${code} | ${points} |`);
  return `## Soft findings

| finding | points |
|---|---|
${rows.join("\n")}

Some grow hard with size: a top holder or creator from 40 % of the supply, ten holders from 70 %, buyers of the creation
slot from 40 %, wallets of one funder from 30 %, a price that moves five times over within three slots, 50 coins of one creator.`;
}

function example(): string {
  const parameters = builtinParameters("default");
  const known = buildFeatures(SAMPLE_OBSERVATIONS);
  const scored = scoreToken({ features: known, findings: [], parameters, modelProbability: null });
  const weightTotal = ON_CHAIN_CURVES.reduce((sum, { weight }) => sum + weight, 0);
  const rows = ON_CHAIN_CURVES.map((curve) => {
    const value = known[curve.feature] ?? Number.NaN;
    const points = pointsOf(curve, value);
    const share = (parameters.weightOnChain * curve.weight) / weightTotal;
    return `| \`${curve.feature}\` | ${round(value, 4)} | ${points.toFixed(1)} | ${round(share, 4)} | ${signed(share * (points - parameters.missingPartScore))} |`;
  });
  const { onChain, sentiment, social } = scored.parts;
  return `## Worked example

The sample token of \`sample-observations.ts\`, ten seconds after its graduation, default parameters.

| on-chain feature | value | points | share of the score | contribution |
|---|---|---|---|---|
${rows.join("\n")}

On-chain ${(onChain ?? 0).toFixed(2)}; sentiment 50 + 50 × ${round(known.sentimentWeighted ?? 0, 4)} × ${round(known.effectivePosts ?? 0, 2)} / (${round(known.effectivePosts ?? 0, 2)} + ${SENTIMENT_HALF_POSTS}) = ${(sentiment ?? 0).toFixed(2)};
social ${(social ?? 0).toFixed(2)}. Score = 0.60 × ${(onChain ?? 0).toFixed(2)} + 0.15 × ${(sentiment ?? 0).toFixed(2)} + 0.25 × ${(social ?? 0).toFixed(2)} = **${scored.score.toFixed(2)}**: ${scored.recommendation}.`;
}

function number(value: number): string {
  return Math.abs(value) >= 1_000 ? value.toLocaleString("en-US") : String(value);
}

function round(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(2)}`;
}
