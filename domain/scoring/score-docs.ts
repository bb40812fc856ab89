import { FEATURE_SET_VERSION } from "./features.ts";
import { type FeatureCurve, MIN_KNOWN_SHARE, ON_CHAIN_CURVES, SENTIMENT_HALF_POSTS, SOCIAL_CURVES } from "./parts.ts";
import { SOFT_FINDING_POINTS } from "./score.ts";
import { againText } from "./score-docs-again.ts";
import { gatesText, scoreText } from "./score-docs-examples.ts";
import { costsText, featuresText } from "./score-docs-features.ts";

/** The page `docs/scoring.md`: how a token is judged, with worked examples computed from the code. */
export function renderScoringDocs(): string {
  return `${[intro(), costsText(), featuresText(), parts(), findings(), gatesText(), scoreText(), againText()].join("\n\n")}\n`;
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

function number(value: number): string {
  return Math.abs(value) >= 1_000 ? value.toLocaleString("en-US") : String(value);
}
