import { plainJson } from "../json.ts";
import { CREATION_PAGES, HISTORY_PAGE, MAX_HOLDERS } from "./observations.ts";
import { SAMPLE_OBSERVATIONS } from "./sample-observations.ts";

/** Fields of the observations, for people: what a value is of, and where it is bounded. */
const FIELDS: ReadonlyArray<readonly [keyof typeof SAMPLE_OBSERVATIONS, string]> = [
  ["asOfMs", "the moment of judgement, Unix ms: nothing that was read later is looked at"],
  ["asOfSlot", "the slot of the account read: no chain history after it is looked at"],
  ["candidate", "the graduation, and what the Discoverer found of it"],
  ["accounts", "pool, mint, creator and SOL price, each as of one slot; the newest counts"],
  ["holders", `the largest holders that are no vault, ${MAX_HOLDERS} at most, largest first; the newest reading counts`],
  [
    "curveHistory",
    `transactions of the curve, ${((CREATION_PAGES + 1) * HISTORY_PAGE).toLocaleString("en-US")} at most; \`isComplete\`: back to the first`,
  ],
  ["poolHistory", "transactions of the pool, likewise"],
  ["creation", "trades of the slot in which the coin was created; `isComplete`: all of them"],
  ["trades", "the newest swaps of the pool, as many as were decoded"],
  ["social", "posts and what is known of their authors; an author who is not listed is unknown"],
  ["moods", "what each classifier made of the posts, -1 to 1"],
  ["creatorRecord", "other coins of the creator in our own records"],
  ["marketRecord", "closed price paths of the last day, and SOL in USD, in our own records"],
];

/** The section on scoring a judgement once more. */
export function againText(): string {
  const rows = FIELDS.map(([name, text]) => `| \`${name}\` | ${text} |`);
  return `## Scoring again

Each judgement keeps what it was made from in the bucket: \`observations/v1/<mint>/<moment>.json\`, and the posts beside it
(\`social/v1/\`). \`npx sniper score MINT --save FILE\` writes both into one file with all else that the score depended on;
it can be edited, and \`npx sniper score FILE\` computes features and score anew. Unedited it gives what was recorded, or says
that it does not and exits with 1.

| field | what it is |
| --- | --- |
| \`observations\` | below; the only field that has to be there |
| \`findings\` | what the gates found. They look at raw accounts, which observations do not hold, so these are taken as they are |
| \`parameters\` | version, name and values. Values that are not those of the version are shown as \`edited-<hash>\`. Without it: \`--parameters\` |
| \`model\` | what the champion said, and of which vector: with other features it does not count, and the rules decide alone |
| \`recorded\` | the answer at the time, and a digest of what it was from |

Of \`observations\`, every field has to be there, and null stands for what was not had:

| field | what it is |
| --- | --- |
${rows.join("\n")}

Amounts are strings of decimal digits: lamports, and base units of the token. The sample token's, each list cut to its
first entry:

\`\`\`json
${plainJson(cut(SAMPLE_OBSERVATIONS), 2)}
\`\`\`

A **decision** from the API (\`score MINT --json\`, \`decisions --json\`) is scored again from its recorded features, findings and
model answer, with the parameters that it names: built in, or asked of the instance at \`--url\` (\`/api/v1/parameters/{version}\`).
A version ends in a hash of its values, which is checked; where the values are unknown the command says so and scores
nothing.

**Replays.** \`npx sniper replay RECORDING --seen FILE\` judges recorded transactions at the moment and slot of the first
judgement, with what transactions do not tell as it was seen then: posts, authors, moods, own records, holders, the
creator's balance, the SOL price and the Discoverer's facts. With the same transactions it is the same vector to the last
bit; features that came out otherwise are listed. Moments without a record have no posts. Training and the parameter
search score nothing again: they use recorded features and scores.`;
}

/** The same with at most one entry in each list. */
function cut(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(cut);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, cut(inner)]));
}
